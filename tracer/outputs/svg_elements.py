"""Showings → SVG elements and a style sheet in which nothing is said twice.

Each shape is written as `svg.py` writes it, and then taken apart. Its look, and the images in which it is seen, become
CSS classes; a form that stands in several places is defined once and used there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from string import ascii_letters
from typing import Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from tracer.drawing.shapes import Curve, Point, Shape
from tracer.drawing.theme import Theme
from tracer.outputs.showings import Showing
from tracer.outputs.svg import markup, number

# What makes up a look, and the unit that CSS wants where SVG wants none.
_LOOK: Final = {
    "fill": "",
    "stroke": "",
    "stroke-width": "",
    "stroke-linejoin": "",
    "font-size": "px",
    "font-weight": "",
    "text-anchor": "",
}
_PLACE: Final = ("x", "y", "cx", "cy")
# About how many characters it takes to use a form, and how many more than the form itself to define one.
_USE: Final = len('<use href="#t12345aa"/>')
_DEFINITION: Final = len(' id="t12345aa"')


@dataclass(frozen=True, slots=True)
class _Painted:
    """One shape of the picture, taken apart.

    Attributes:
        shape: itself.
        form: what it is, as an element without look and place.
        look: what it looks like, as CSS declarations.
        opacity: when it is seen, as a CSS value; "" is always.
        at_last: whether the last image shows it.
    """

    shape: Shape
    form: str
    look: str
    opacity: str
    at_last: bool

    @property
    def classes(self) -> tuple[str, ...]:
        """The declarations that become classes."""
        return (self.look, self.opacity) if self.opacity else (self.look,)


class Elements:
    """The elements of an animation and their style sheet.

    Args:
        shown: the shapes, in painting order.
        images: how many images there are; the clock, the custom property `--t`, counts them from 0.
        theme: the colours.
        name: what all names in the document begin with.
    """

    def __init__(self, shown: Iterable[Showing], images: int, theme: Theme, name: str) -> None:
        self._theme = theme
        self._name = name
        self._painted = [self._taken_apart(showing, images) for showing in shown]
        self._classes = _short_names(word for painted in self._painted for word in painted.classes)
        forms = Counter(painted.form for painted in self._painted)
        self._forms = _short_names(painted.form for painted in self._painted if _is_worth_it(painted.form, forms))

    def rules(self) -> list[str]:
        """The style sheet: what things look like, and when they are seen."""
        looks = dict.fromkeys(painted.look for painted in self._painted)
        times = {painted.opacity: painted.at_last for painted in self._painted if painted.opacity}
        hidden = ",".join(self._selector(opacity) for opacity, at_last in times.items() if not at_last)
        rules = [f"{self._selector(look)}{{{look}}}" for look in looks]
        # Whoever does not know min() shows the last image.
        rules += [f"{hidden}{{opacity:0}}"] if hidden else []
        timed = [f"{self._selector(opacity)}{{opacity:{opacity}}}" for opacity in times]
        return [*rules, "@supports(opacity:min(0,1)){", *timed, "}"] if timed else rules

    def definitions(self) -> Element:
        """The forms that are used in several places."""
        definitions = Element("defs")
        for form, name in self._forms.items():
            element = ElementTree.fromstring(form)  # noqa: S314  # our own
            element.set("id", self._name + name)
            definitions.append(element)
        return definitions

    def painted(self) -> list[Element]:
        """The shapes, in painting order."""
        return [self._element(painted) for painted in self._painted]

    def _taken_apart(self, showing: Showing, images: int) -> _Painted:
        element = self._written(_in_the_corner(showing.shape))
        for place in _PLACE:
            element.attrib.pop(place, None)
        look = ";".join(f"{name}:{value}{_LOOK[name]}" for name, value in _taken(element, _LOOK).items())
        return _Painted(
            showing.shape,
            ElementTree.tostring(element, encoding="unicode"),
            look,
            _opacity(showing.runs, images),
            images - 1 in showing.images,
        )

    def _element(self, painted: _Painted) -> Element:
        if painted.form in self._forms:
            name = self._name + self._forms[painted.form]
            x, y = map(number, _place(painted.shape))
            element = Element("use", {"href": f"#{name}", "x": x, "y": y})
        else:
            element = self._written(painted.shape)
            _taken(element, _LOOK)
        element.set("class", " ".join(self._classes[word] for word in painted.classes))
        return element

    def _written(self, shape: Shape) -> Element:
        """A shape as `svg.py` writes it."""
        return ElementTree.fromstring(markup(shape, self._theme, "real"))  # noqa: S314  # our own

    def _selector(self, word: str) -> str:
        return f"#{self._name} .{self._classes[word]}"


def _taken(element: Element, names: Iterable[str]) -> dict[str, str]:
    """Some of an element's attributes, which it has no longer."""
    return {name: element.attrib.pop(name) for name in names if name in element.attrib}


def _place(shape: Shape) -> Point:
    return shape.points[0] if isinstance(shape, Curve) else (shape.x, shape.y)


def _in_the_corner(shape: Shape) -> Shape:
    """The shape, moved so that its place is (0, 0)."""
    if isinstance(shape, Curve):
        left, top = shape.points[0]
        return shape._replace(points=tuple((x - left, y - top) for x, y in shape.points))
    return shape._replace(x=0.0, y=0.0)


def _opacity(runs: Sequence[range], images: int) -> str:
    """When a shape is seen: a CSS value of at least 1 in those images and at most 0 in the others; "" for always."""
    seen = []
    for run in runs:
        since = [f"var(--t) - {run.start - 1}"] if run.start else []
        until = [f"{run.stop} - var(--t)"] if run.stop < images else []
        seen.append(f"min({since[0]},{until[0]})" if since and until else "".join(since + until))
    if len(seen) > 1:
        return f"max({','.join(seen)})"
    return seen[0] if seen[0].startswith("min") or not seen[0] else f"calc({seen[0]})"


def _is_worth_it(form: str, forms: Counter[str]) -> bool:
    """Whether it makes the document shorter to define a form."""
    return forms[form] * (len(form) - _USE) > len(form) + _DEFINITION


def _short_names(words: Iterable[str]) -> dict[str, str]:
    """For each word a name of letters; those that occur most often get the shortest."""
    ranked = [word for word, _ in Counter(words).most_common()]
    return {word: _letters(rank) for rank, word in enumerate(ranked)}


def _letters(number: int) -> str:
    """The numbers as a, b, ..., Z, aa, ab, ..."""
    letters = ""
    while number >= 0:
        number, letter = divmod(number, len(ascii_letters))
        letters = ascii_letters[letter] + letters
        number -= 1
    return letters
