"""Scenes made by hand, without a trace: for the tests of everything that turns Scenes into files."""

from __future__ import annotations

from tracer.drawing.fonts import measure
from tracer.drawing.shapes import Anchor, Circle, Curve, Part, Rect, Scene, Text

HOSTILE = (
    "<script>alert(1)</script>",
    "]]>",
    "</text></svg>",
    "&amp;&lt;&#65;",
    "\"'`${x}",
    "a\nb\tc\x00\x1b[31m\x7f",
    "\ud800 \udfff",
    "\ufffe\uffff\ufdd0",
    "\u202eabc\u200b\ufeff",
    "  two  spaces  ",
    "x̂ ŷ \u0302",
    "漢字 😀 ∇⋅ ℝ",
    "שלום عليكم",
    "|{}<>\\N",
    "-",
    " ",
    "",
)

LOOKS = {
    "waiting": ("card", "outline", 1.3, "muted", False),
    "done": ("done", "done_outline", 1.3, "ink", False),
    "active": ("active", "accent", 2.6, "accent", True),
}

# For each image the card that is assigned, the formula and the reason.
STEPS = (
    ("", "L = −8.0", "forward pass done"),
    ("L", "dL/dL = 1.0", "step 1 of 4  ·  the start"),
    ("d", "dL/dd = f = −2.0", "step 2 of 4  ·  L = d × f, so dL/dd is the other factor"),
    ("f", "dL/df = d = 4.0", "step 2 of 4  ·  L = d × f, so dL/df is the other factor"),
    ("c", "dL/dc = dL/dd · dd/dc = −2.0 × 1.0 = −2.0", "step 3 of 4  ·  d = c + e: a sum hands its gradient on"),
    ("e", "dL/de = dL/dd · dd/de = −2.0 × 1.0 = −2.0", "step 3 of 4  ·  d = c + e: a sum hands its gradient on"),
    ("a", "dL/da = dL/de · de/da = −2.0 × −3.0 = 6.0", "step 4 of 4  ·  e = a × b, so de/da is the other factor"),
    ("b", "dL/db = dL/de · de/db = −2.0 × 2.0 = −4.0", "step 4 of 4  ·  e = a × b, so de/db is the other factor"),
)
CARDS = {
    "a": (24, 60, "2.0000", "6.0000"),
    "b": (24, 150, "−3.0000", "−4.0000"),
    "e": (240, 105, "−6.0000", "−2.0000"),
    "c": (240, 195, "10.0000", "−2.0000"),
    "d": (460, 150, "4.0000", "−2.0000"),
    "f": (460, 240, "−2.0000", "4.0000"),
    "L": (680, 195, "−8.0000", "1.0000"),
}
OPS = {"e": ("×", 190, 138, "ab"), "d": ("+", 408, 183, "ce"), "L": ("×", 628, 228, "df")}


def lecture() -> list[Scene]:
    """Something like the images of `e = a*b; d = e + c; L = d*f`: a start and seven frames."""
    return [lecture_image(shown) for shown in range(len(STEPS))]


def lecture_image(shown: int) -> Scene:
    current, formula, reason = STEPS[shown]
    assigned = [step[0] for step in STEPS[1 : shown + 1]]
    parts = [Part("title", (text(24, 34, "L = (a × b + c) × f", 15, "muted"),)), progress(shown)]
    chips = []
    for made, (glyph, x, y, operands) in OPS.items():
        for operand in (*operands, made):
            card_x, card_y, _, _ = CARDS[operand]
            ends = (x, y, card_x, card_y + 33) if operand == made else (card_x + 116, card_y + 33, x, y)
            parts.append(edge(f"{made}:{operand}", *ends, lit=current in operands and operand in (current, made)))
        if current in operands and current:
            chips.append(chip(made, x + 18, y - 26, "× −3.0"))
        parts.append(op(made, x, y, glyph, lit=bool(current) and current in operands))
    for label, (x, y, data, grad) in CARDS.items():
        state = "active" if label == current else "done" if label in assigned else "waiting"
        parts.append(card(label, x, y, label, data, grad if label in assigned else "0.0000", state))
    parts += [
        *chips,
        Part("formula", (text(410, 340, formula, 21, "ink", anchor="middle"),)),
        Part("reason", (text(410, 366, reason, 14, "muted", anchor="middle"),)),
    ]
    return Scene(820, 384, tuple(parts), title="L = (a*b + c)*f", description=f"{formula}. {reason}.")


def text(x: float, y: float, words: str, size: float, fill: str, bold: bool = False, anchor: Anchor = "start") -> Text:
    return Text(x, y, words, size, fill, measure(words, size, bold), bold, anchor)


def labelled(words: str) -> Scene:
    """A scene with a text that comes from outside everywhere where there can be one."""
    label = text(20, 30, words, 14, "ink")
    return Scene(300, 50, (Part(words, (label,)),), title=words, description=words)


def card(key: str, x: float, y: float, label: str, data: str, grad: str, state: str = "waiting") -> Part:
    fill, outline, weight, gradient, bold = LOOKS[state]
    return Part(
        f"card:{key}",
        (
            Rect(x, y, 116, 66, 9, fill, outline, weight),
            text(x + 58, y + 18, label, 14.5, "ink", True, "middle"),
            text(x + 10, y + 38, "data", 12, "muted"),
            text(x + 106, y + 38, data, 13, "ink", anchor="end"),
            text(x + 10, y + 56, "grad", 12, "muted"),
            text(x + 106, y + 56, grad, 13, gradient, bold, "end"),
        ),
    )


def op(key: str, x: float, y: float, glyph: str, lit: bool) -> Part:
    fill, outline, weight, *_ = LOOKS["active" if lit else "waiting"]
    return Part(
        f"op:{key}",
        (Circle(x, y, 17, fill, outline, weight), text(x, y + 6, glyph, 18, "ink", anchor="middle")),
    )


def edge(key: str, x: float, y: float, to_x: float, to_y: float, lit: bool) -> Part:
    middle = (x + to_x) / 2
    points = ((x, y), (middle, y), (middle, to_y), (to_x, to_y))
    return Part(f"edge:{key}", (Curve(points, "accent" if lit else "outline", 2.6 if lit else 1.3),))


def chip(key: str, x: float, y: float, words: str) -> Part:
    width = measure(words, 12) + 14
    return Part(
        f"chip:{key}",
        (
            Rect(x - width / 2, y - 10, width, 20, 10, "background", "accent", 1.2),
            text(x, y + 4.3, words, 12, "accent", anchor="middle"),
        ),
    )


def progress(shown: int) -> Part:
    dots = []
    for place in range(len(STEPS) - 1):
        fill, outline = ("done_outline", "done_outline") if place < shown else ("background", "outline")
        dots.append(Circle(690 + 16 * place, 29, 5.5 if place == shown - 1 else 4, fill, outline, 1.2))
    return Part("progress", tuple(dots))
