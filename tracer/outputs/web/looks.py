"""What the states of the picture look like, as a style sheet.

Nothing is said twice: the rules are made by drawing a sample of each shape in each state with the functions that draw
every other picture, and reading off its colours, weights and sizes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tracer.drawing.cards import LOOKS, Face, State, card, chip, edge, op_circle
from tracer.drawing.fonts import measure
from tracer.drawing.places import Box, Disc
from tracer.drawing.shapes import Circle, Curve, Part, Rect, Shape, Text
from tracer.drawing.styles import weighted
from tracer.drawing.theme import Theme
from tracer.outputs.svg import number

ON_CARD: Final = ("label", "field", "data", "field", "grad")
"""What the texts on a card are called, in the order in which they are drawn."""

ON_LITERAL: Final = ("literal",)
"""What the one text on the card of a literal is called."""

LEFT: Final = "left"
"""What the name on the card of a tensor is called besides: it begins at the left, and the shape follows."""

_BOX: Final = Box(0.0, 0.0, 100.0, 60.0)
_DISC: Final = Disc(0.0, 0.0, 10.0)
# Characters of numbers, which the player has to measure, and the least room between a field's name and its number.
_IN_NUMBERS: Final = "0.−× einfa"
_GAP: Final = 4.0
_LINE: Final = ((0.0, 0.0),)
_TENSOR: Final = Face("x", (("0",),), (("0",),), "1", (10.0,))


def state_of(part: Part) -> State:
    """The state of a card in a Scene."""
    frame = part.shapes[0]
    for state, look in LOOKS.items():
        if isinstance(frame, Rect) and (frame.fill, frame.stroke) == (look.fill, look.outline):
            return state
    return "waiting"


def is_lit(part: Part) -> bool:
    """Whether an edge or an op of a Scene is lit up."""
    shape = part.shapes[0]
    return not isinstance(shape, Text) and shape.stroke == LOOKS["active"].outline


def style_sheet(light: Theme, dark: Theme) -> str:
    """The rules for everything in the picture, in the colours of two themes and with the lines of the first."""
    return _colours(light, dark) + "".join(_rules(light.weight))


def measures(widest: float) -> dict[str, object]:
    """What the player has to know to draw chips and to fit numbers into cards: lengths in px, advances in em.

    Args:
        widest: how wide the number on a chip may become, in px. All digits are as wide as 0.
    """
    frame, words = chip((0.0, 0.0), "0")
    _, _, _, _, field, figure = card(_BOX, _face("0"), "waiting")
    if not (isinstance(frame, Rect) and isinstance(words, Text)):
        raise AssertionError("a chip is a rectangle with a text")
    if not (isinstance(field, Text) and isinstance(figure, Text)):
        raise AssertionError("a card is a rectangle with texts")
    return {
        "advance": {character: round(measure(character, 1.0), 4) for character in _IN_NUMBERS},
        "chip": {
            "size": words.size,
            "padding": round(frame.width - words.width, 2),
            "height": frame.height,
            "baseline": round(words.y, 2),
            "widest": round(widest, 2),
        },
        "figure": {"size": figure.size, "inset": round(_BOX.width - (figure.x - field.x - field.width - _GAP), 2)},
    }


def _colours(light: Theme, dark: Theme) -> str:
    """Custom properties, one a role: by the reader's setting unless the player's own switch says otherwise."""
    other = dark.colours()
    both = ";".join(f"--{role}:light-dark({colour},{other[role]})" for role, colour in light.colours().items())
    return (
        f".tracer{{color-scheme:light dark;{both}}}\n"
        ".tracer[data-theme=light]{color-scheme:light}\n"
        ".tracer[data-theme=dark]{color-scheme:dark}\n"
    )


def _rules(weight: float) -> Iterator[str]:
    """What shapes look like; a state says only what differs from the plain one."""
    names = ("rect", *(f".{name}" for name in ON_CARD))
    plain = weighted(card(_BOX, _face("0"), "waiting"), weight)
    yield from (_rule(f".card {name}", shape) for name, shape in zip(names, plain, strict=True) if name != ".field")
    yield _rule("#fields,.field", plain[names.index(".field")])
    of_tensor = weighted(card(_BOX, _TENSOR, "waiting"), weight)
    yield _rule(f".card .{LEFT}", of_tensor[1], plain[names.index(".label")])
    for state in ("done", "active", "wrong"):
        shapes = weighted(card(_BOX, _face("0"), state), weight)
        yield from (_rule(f".card.{state} {name}", *pair) for name, *pair in zip(names, shapes, plain, strict=True))
    yield _rule(".card .literal", card(_BOX, _face(None), "waiting")[1])
    (circle, sign), (lit, _) = (weighted(op_circle(_DISC, "+", lit=lit), weight) for lit in (False, True))
    yield _rule(".op :is(circle,rect)", circle)
    yield _rule(".op.lit :is(circle,rect)", lit, circle)
    yield _rule(".op text", sign)
    yield _rule(".op .word", op_circle(_DISC, "tanh", lit=False)[1], sign)
    yield _rule(".edges path", weighted(edge(_LINE, lit=False), weight)[0])
    yield _rule(".lit path", weighted(edge(_LINE, lit=True), weight)[0])
    yield from map(_rule, (".chip rect", ".chip text"), weighted(chip((0.0, 0.0), "0"), weight))


def _face(gradient: str | None) -> Face:
    return Face("x", "0", gradient)


def _rule(selector: str, shape: Shape, plain: Shape | None = None) -> str:
    """A rule with the declarations of a shape that are not those of `plain`; "" if there are none."""
    known = _declarations(plain) if plain else {}
    own = {name: value for name, value in _declarations(shape).items() if known.get(name) != value}
    return f"{selector}{{{';'.join(f'{name}:{value}' for name, value in own.items())}}}\n" if own else ""


def _declarations(shape: Shape) -> dict[str, str]:
    match shape:
        case Rect() | Circle():
            return {"fill": f"var(--{shape.fill})"} | _stroke(shape)
        case Curve():
            return {"fill": "none"} | _stroke(shape)
        case Text():
            return {
                "fill": f"var(--{shape.fill})",
                "font-size": f"{number(shape.size)}px",
                **({"font-weight": "700"} if shape.bold else {}),
                "text-anchor": shape.anchor,
            }


def _stroke(shape: Rect | Circle | Curve) -> dict[str, str]:
    return {"stroke": f"var(--{shape.stroke})", "stroke-width": number(shape.stroke_width)}
