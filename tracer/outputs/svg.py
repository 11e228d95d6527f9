"""A Scene as SVG, the one drawing language: what is shown in browsers and what pixels are made from.

Text comes in one of two ways. "real" text can be selected, searched and read aloud; its width is written down, so that
a browser without Inter keeps the layout. "outlines" are the glyphs as paths: they look the same everywhere and need no
fonts at all.
"""

from __future__ import annotations

from typing import Final, Literal

from tracer.drawing.fonts import FAMILY, outline, shown
from tracer.drawing.glyphs import UNITS
from tracer.drawing.shapes import Circle, Curve, Part, Rect, Scene, Shape, Text
from tracer.drawing.theme import Theme

TextMode = Literal["real", "outlines"]

NAMESPACE: Final = "http://www.w3.org/2000/svg"

_ENTITIES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})

# Tabular digits, because the widths were measured with them.
_FONT: Final = (
    f"font-family=\"{FAMILY}, system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif\" "
    'style="font-variant-numeric:tabular-nums;text-rendering:geometricPrecision"'
)


def svg(scene: Scene, theme: Theme, text: TextMode = "real") -> str:
    """A whole SVG document.

    Labels and words are untrusted: whatever they contain is shown as it is and never becomes markup.

    Args:
        scene: what to draw; its title and description become those of the document.
        theme: the colours of its roles.
        text: "real" for text as text, "outlines" for glyphs as paths.
    """
    font = f" {_FONT}" if text == "real" else ""
    lines = [
        f'<svg xmlns="{NAMESPACE}" width="{scene.width}" height="{scene.height}"'
        f' viewBox="0 0 {scene.width} {scene.height}" role="img"{font}>'
    ]
    lines += [f"<{tag}>{_escaped(words)}</{tag}>" for tag, words in _words(scene) if words]
    lines.append(f'<rect width="{scene.width}" height="{scene.height}" fill="{theme["background"]}"/>')
    lines += [_group(part, theme, text) for part in scene.parts]
    return "\n".join(lines) + "\n</svg>\n"


def markup(shape: Shape, theme: Theme, text: TextMode) -> str:
    """One shape as an SVG element; "" for a text without ink when text comes as outlines."""
    match shape:
        case Rect():
            return _rect(shape, theme)
        case Circle():
            return _circle(shape, theme)
        case Curve():
            return _curve(shape, theme)
        case Text():
            return _real_text(shape, theme) if text == "real" else _outlined_text(shape, theme)


def number(value: float, digits: int = 2) -> str:
    """A length as short as it can be, to a hundredth of a px.

    >>> [number(x) for x in (12.0, 0.126, -0.001, 100.5)]
    ['12', '0.13', '0', '100.5']
    """
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _words(scene: Scene) -> tuple[tuple[str, str], ...]:
    return ("title", scene.title), ("desc", scene.description)


def _group(part: Part, theme: Theme, text: TextMode) -> str:
    return f'<g data-key="{_escaped(part.key)}">{"".join(markup(shape, theme, text) for shape in part.shapes)}</g>'


def _escaped(words: str) -> str:
    """Words as character data or as the value of an attribute. `shown` has removed what XML cannot hold."""
    return shown(words).translate(_ENTITIES)


def _rect(shape: Rect, theme: Theme) -> str:
    radius = f' rx="{number(shape.radius)}"' if shape.radius else ""
    return (
        f'<rect x="{number(shape.x)}" y="{number(shape.y)}" width="{number(shape.width)}"'
        f' height="{number(shape.height)}"{radius} fill="{theme[shape.fill]}"{_stroke(shape, theme)}/>'
    )


def _circle(shape: Circle, theme: Theme) -> str:
    return (
        f'<circle cx="{number(shape.x)}" cy="{number(shape.y)}" r="{number(shape.radius)}"'
        f' fill="{theme[shape.fill]}"{_stroke(shape, theme)}/>'
    )


def _curve(shape: Curve, theme: Theme) -> str:
    first, *rest = (f"{number(x)} {number(y)}" for x, y in shape.points)
    pieces = "".join(f"C{' '.join(rest[place : place + 3])}" for place in range(0, len(rest), 3))
    return f'<path d="M{first}{pieces}" fill="none"{_stroke(shape, theme)} stroke-linejoin="round"/>'


def _stroke(shape: Rect | Circle | Curve, theme: Theme) -> str:
    if not shape.stroke_width:
        return ""
    return f' stroke="{theme[shape.stroke]}" stroke-width="{number(shape.stroke_width)}"'


def _real_text(shape: Text, theme: Theme) -> str:
    weight = ' font-weight="bold"' if shape.bold else ""
    anchor = "" if shape.anchor == "start" else f' text-anchor="{shape.anchor}"'
    # Without it, spaces at the ends are dropped and runs of spaces become one.
    space = ' xml:space="preserve"' if shape.text != " ".join(shape.text.split()) else ""
    length = f' textLength="{number(shape.width)}" lengthAdjust="spacingAndGlyphs"' if shape.width > 0 else ""
    return (
        f'<text x="{number(shape.x)}" y="{number(shape.y)}" font-size="{number(shape.size)}"{weight}{anchor}{length}'
        f' fill="{theme[shape.fill]}"{space}>{_escaped(shape.text)}</text>'
    )


def _outlined_text(shape: Text, theme: Theme) -> str:
    path = outline(shape.text, shape.bold)
    if not path:
        return ""
    scale = number(shape.size / UNITS, 7)
    place = f"translate({number(shape.left)} {number(shape.y)})scale({scale} -{scale})"
    return f'<path transform="{place}" d="{path}" fill="{theme[shape.fill]}"/>'
