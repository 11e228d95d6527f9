"""How large everything is, in px at scale 1. One place, so that a picture keeps its proportions.

The smallest text is `SMALL`. A picture is shown in a blog column `COLUMN` px wide, where no text may be smaller than
`LEGIBLE` px; a canvas wider than `WIDEST` would break that.
"""

from __future__ import annotations

from typing import Final

COLUMN: Final = 700
LEGIBLE: Final = 11.0

SMALL: Final = 12.0
FIGURE: Final = 12.0
LABEL: Final = 13.5
GLYPH: Final = 15.0
TITLE: Final = 13.0
REASON: Final = 13.0
FORMULA: Final = (19.0, 17.0, 15.0, 13.0)

WIDEST: Final = COLUMN * SMALL // LEGIBLE
NARROWEST: Final = 560.0

MARGIN: Final = 12.0
TITLE_BASELINE: Final = 26.0
GRAPH_TOP: Final = 44.0
CAPTION_GAP: Final = 34.0
FORMULA_LEADING: Final = 1.35
REASON_LEADING: Final = 18.0
BOTTOM: Final = 16.0

CARD_PADDING: Final = 7.0
CARD_RADIUS: Final = 8.0
CARD_GAP: Final = 6.0
CARD_NARROWEST: Final = 88.0
CARD_LABEL_WIDEST: Final = 220.0
LABEL_BASELINE: Final = 18.0
DATA_BASELINE: Final = 35.0
GRAD_BASELINE: Final = 51.0
CARD_HEIGHT: Final = 59.0
LITERAL_HEIGHT: Final = 28.0
# Tensors: from row to row, from column to column, and between data and gradient.
ROW: Final = 16.0
COLUMN_GAP: Final = 9.0
BLOCK_GAP: Final = 4.0

# A folded group: how far each of the sheets under its card sticks out, and how many there are.
SHEET: Final = 3.0
SHEETS: Final = 2

RECORD_PADDING: Final = 9.0
RECORD_HEIGHT: Final = 30.0
STACK_ROW: Final = 22.0
ARROW: Final = 6.5

OP_RADIUS: Final = 13.5
# A word stands in a circle up to this radius, with so much room around it; a longer one in a pill.
OP_WIDEST: Final = 20.0
WORD_PADDING: Final = 4.0
PILL_PADDING: Final = 9.0
GLYPH_WIDEST: Final = 80.0
CHIP_HEIGHT: Final = 19.0
CHIP_PADDING: Final = 5.0

LINE: Final = 1.3
FIRM: Final = 1.8
HEAVY: Final = 2.6
HEAVIEST: Final = 3.6
DOT: Final = 3.6
DOT_PITCH: Final = 14.0
STEP_GAP: Final = 6.0
MOST_DOTS: Final = 24
