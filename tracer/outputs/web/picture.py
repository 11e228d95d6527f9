"""The graph of a Scene as inline SVG whose states are classes: the player changes classes and numbers, nothing else.

What a state looks like is not said again here: see `looks.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tracer.drawing.cards import chip_size
from tracer.drawing.moments import moments
from tracer.drawing.scene import Painter
from tracer.drawing.shapes import Circle, Curve, Part, Point, Rect, Scene, Shape, Text
from tracer.drawing.stage import Stage
from tracer.outputs.svg import number
from tracer.outputs.web.entries import is_tensor, named
from tracer.outputs.web.looks import ON_CARD, ON_LITERAL, is_lit, state_of
from tracer.outputs.web.markup import escaped
from tracer.tracing import Frame

# Around everything, in px: room for outlines, and for the signs that the player puts on the corners of folded cards.
_MARGIN: Final = 4.0
_ROOM_FOR_SIGNS: Final = 9.0
# An edge that strays less from an axis, in px, is a matter of rounding and runs along it.
_STRAIGHT: Final = 0.15
# The names of the fields stand at the same place on every card, so they are drawn once and used again.
_FIELDS: Final = '<use href="#fields"/>'


@dataclass(frozen=True, slots=True)
class Picture:
    """A graph as the page holds it.

    Attributes:
        markup: what goes into the svg element: edges, ops, cards and chips as they are in the last image.
        box: left, top, width and height of the part of the Scene that the graph takes up, in px.
        cards: for each node the top left corner of its card.
        ops: for each op node the centre of its circle.
        edges: for each edge, "in:4:0" or "out:4:0", its path data.
        chips: for each edge that is lit up at some time the centre of its chip.
        widest: the width of the widest number on a chip, in px.
        signs: for each frame what the chips on the edges out of and into its op say, and how wide they are, in px;
            None where there are none.
    """

    markup: str
    box: tuple[float, float, float, float]
    cards: dict[str, Point]
    ops: dict[str, Point]
    edges: dict[str, str]
    chips: dict[str, Point]
    widest: float
    signs: list[list[tuple[str, float]] | None]


def picture(stage: Stage) -> Picture:
    """The graph of a trace, with the state that it has after the last frame."""
    painter = Painter(stage)
    end = moments(stage.trace)[-1]
    last = painter.image(end)
    # As if all frames were the current one: so all chips are there.
    lit = painter.image(end._replace(current=stage.trace.frames))
    edges, ops, cards, chips = (_parts(last, kind) for kind in ("edge", "op", "card", "chip"))
    every_chip = _parts(lit, "chip")
    sheets = {_place(part): part for part in _parts(last, "sheets")}
    groups = {
        "edges": map(_edge, edges),
        "lit": map(_edge, filter(is_lit, edges)),
        "ops": map(_op, ops),
        "cards": (_card(part, _group(part, stage), sheets.get(_place(part))) for part in cards),
        "chips": map(_chip, chips),
    }
    return Picture(
        markup=_fields(cards)
        + "".join(f'<g class="{name}">{"".join(elements)}</g>' for name, elements in groups.items()),
        box=_box([*edges, *ops, *cards, *sheets.values(), *every_chip], _ROOM_FOR_SIGNS if sheets else _MARGIN),
        cards={_place(part): _corner(part.shapes[0]) for part in cards},
        ops={_place(part): _centre(part.shapes[0]) for part in ops},
        edges={_place(part): _line(part.shapes[0]) for part in edges},
        chips={_place(part): _centre(part.shapes[0]) for part in every_chip},
        widest=max((text.width for part in every_chip for text in part.shapes if isinstance(text, Text)), default=0.0),
        signs=[_signs(frame, stage) for frame in stage.trace.frames],
    )


def _signs(frame: Frame, stage: Stage) -> list[tuple[str, float]] | None:
    if frame.op is None or frame.slot is None:
        return None
    return [(words, round(chip_size(words)[0], 2)) for words in (stage.upstream_chip(frame), stage.local_chip(frame))]


def _parts(scene: Scene, kind: str) -> list[Part]:
    """The parts of a kind in a fixed order, whatever is lit up."""
    found = [part for part in scene.parts if part.key.startswith(f"{kind}:")]
    return sorted(found, key=lambda part: [name.zfill(9) if name.isdigit() else name for name in part.key.split(":")])


def _place(part: Part) -> str:
    """Which node or edge a part belongs to: its key without the kind."""
    return part.key.partition(":")[2]


def _edge(part: Part) -> str:
    return f'<path data-edge="{_place(part)}" d="{_line(part.shapes[0])}"/>'


def _line(curve: Shape) -> str:
    """Path data in relative steps, which are short: cubic Béziers, or a straight line along an axis."""
    if not isinstance(curve, Curve):
        raise AssertionError("an edge is a curve")
    places = [(round(x, 1), round(y, 1)) for x, y in curve.points]
    (x, y), *rest = places
    across, down = zip(*places, strict=True)
    start = f"M{number(x, 1)} {number(y, 1)}"
    if max(down) - min(down) < _STRAIGHT:
        return f"{start}H{number(across[-1], 1)}"
    if max(across) - min(across) < _STRAIGHT:
        return f"{start}V{number(down[-1], 1)}"
    steps = []
    for place, (to_x, to_y) in enumerate(rest):
        steps.append(f"{number(to_x - x, 1)} {number(to_y - y, 1)}")
        if place % 3 == 2:
            x, y = to_x, to_y
    return f"{start}c{' '.join(steps)}".replace(" -", "-")


def _op(part: Part) -> str:
    outline, sign = part.shapes
    if not isinstance(outline, Circle | Rect) or not isinstance(sign, Text):
        raise AssertionError("an op is a circle or a pill with a text")
    x, y = _centre(outline)
    kind = ' class="word"' if len(sign.text) > 1 else ""
    words = f'<text{kind} y="{number(sign.y - y)}">{escaped(sign.text)}</text>'
    return (
        f'<g class="{"op lit" if is_lit(part) else "op"}" data-node="{_place(part)}"{_moved((x, y))}>'
        f"{_outline(outline)}{words}</g>"
    )


def _outline(shape: Circle | Rect) -> str:
    """The outline of an op, around (0, 0)."""
    if isinstance(shape, Circle):
        return f'<circle r="{number(shape.radius)}"/>'
    return (
        f'<rect x="{number(-shape.width / 2, 1)}" y="{number(-shape.height / 2)}" width="{number(shape.width, 1)}"'
        f' height="{number(shape.height)}" rx="{number(shape.radius)}"/>'
    )


def _group(part: Part, stage: Stage) -> str:
    """The path of the folded group that a card stands for; "" if it does for none."""
    return stage.trace.graph[int(_place(part))].group


def _card(part: Part, group: str = "", sheets: Part | None = None) -> str:
    frame, *texts = part.shapes
    if not isinstance(frame, Rect):
        raise AssertionError("a card is a rectangle with texts")
    if is_tensor(part):
        words = "".join(_text(text, frame, f' class="{name}"') for name, text in named(texts))
    else:
        words = _of_number(frame, texts)
    below = _sheets(frame, sheets.shapes) if sheets else ""
    folded = f' data-group="{escaped(group)}"' if group else ""
    return (
        f'<g class="card {state_of(part)}" data-node="{_place(part)}"{folded}{_moved(_corner(frame))}>{below}'
        f'<rect width="{number(frame.width, 1)}" height="{number(frame.height)}" rx="{number(frame.radius)}"/>'
        f"{words}</g>"
    )


def _sheets(card: Rect, sheets: tuple[Shape, ...]) -> str:
    """The sheets under a card, placed relative to it."""
    size = f'width="{number(card.width, 1)}" height="{number(card.height)}" rx="{number(card.radius)}"'
    places = [(number(x - card.x), number(y - card.y)) for x, y, _, _ in map(_extent, sheets)]
    rectangles = "".join(f'<rect x="{x}" y="{y}" {size}/>' for x, y in places)
    return f'<g class="sheets">{rectangles}</g>'


def _of_number(frame: Rect, texts: list[Shape]) -> str:
    """The texts on the card of a number."""
    names = ON_CARD if len(texts) == len(ON_CARD) else ON_LITERAL
    words = _FIELDS if names == ON_CARD else ""
    for name, text in zip(names, texts, strict=True):
        if name != "field":
            words += _text(text, frame, f' class="{name}"')
    return words


def _fields(cards: list[Part]) -> str:
    """What all cards of numbers use: the words "data" and "grad"."""
    for frame, *texts in (part.shapes for part in cards if not is_tensor(part)):
        if isinstance(frame, Rect) and len(texts) == len(ON_CARD):
            fields = (text for name, text in zip(ON_CARD, texts, strict=True) if name == "field")
            return f'<defs><g id="fields">{"".join(_text(text, frame) for text in fields)}</g></defs>'
    return ""


def _text(shape: Shape, frame: Rect, attributes: str = "") -> str:
    """A text of a card, placed relative to the card."""
    if not isinstance(shape, Text):
        raise AssertionError("a card is a rectangle with texts")
    x, y = number(shape.x - frame.x), number(shape.y - frame.y)
    return f'<text{attributes} x="{x}" y="{y}">{escaped(shape.text)}</text>'


def _chip(part: Part) -> str:
    frame, words = part.shapes
    if not isinstance(frame, Rect) or not isinstance(words, Text):
        raise AssertionError("a chip is a rectangle with a text")
    x, y = -frame.width / 2, -frame.height / 2
    return (
        f'<g class="chip"{_moved(_centre(frame))}>'
        f'<rect x="{number(x)}" y="{number(y)}" width="{number(frame.width)}" height="{number(frame.height)}"'
        f' rx="{number(frame.radius)}"/><text y="{number(words.y - frame.y + y)}">{escaped(words.text)}</text></g>'
    )


def _moved(place: Point) -> str:
    x, y = place
    return f' transform="translate({number(x, 1)},{number(y, 1)})"'


def _corner(shape: Shape) -> Point:
    left, top, _, _ = _extent(shape)
    return round(left, 1), round(top, 1)


def _centre(shape: Shape) -> Point:
    left, top, right, bottom = _extent(shape)
    return round((left + right) / 2, 1), round((top + bottom) / 2, 1)


def _box(parts: Iterable[Part], margin: float) -> tuple[float, float, float, float]:
    """The rectangle around all shapes but texts, which stand inside others, and a margin."""
    extents = [_extent(shape) for part in parts for shape in part.shapes if not isinstance(shape, Text)]
    left, top = (min(extent[side] for extent in extents) - margin for side in (0, 1))
    right, bottom = (max(extent[side] for extent in extents) + margin for side in (2, 3))
    return left, top, right - left, bottom - top


def _extent(shape: Shape) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a shape in px; of a curve those of its control points."""
    match shape:
        case Rect():
            return shape.x, shape.y, shape.x + shape.width, shape.y + shape.height
        case Circle():
            return shape.x - shape.radius, shape.y - shape.radius, shape.x + shape.radius, shape.y + shape.radius
        case Curve():
            across, down = zip(*shape.points, strict=True)
            return min(across), min(down), max(across), max(down)
        case Text():
            return shape.left, shape.y, shape.left + shape.width, shape.y
