"""What an object holds, and how Python spells it: `net.layers[0]`, `grades["x"]`.

Nothing of the user's runs here: no property, no `__getattr__`, no `__iter__`, no `__repr__`. Containers of the standard
library are read by its own methods, and other objects through the descriptors of their instance dictionary and slots.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import islice
from types import (
    BuiltinFunctionType,
    CodeType,
    FrameType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
    SimpleNamespace,
)
from typing import Any, Final

WIDEST: Final = 2000
"""Of a longer container, only this many items are looked at."""

LONGEST_KEY: Final = 24
_MOST_TYPES: Final = 1000
_ON_HEAP: Final = 1 << 9  # Py_TPFLAGS_HEAPTYPE: made by a class statement, or as if it were

# What is met often and holds nothing, by id: a metaclass can make a type unhashable, or hash it with the user's code.
_HOLD_NOTHING: Final = frozenset(
    map(
        id,
        (
            bool,
            bytes,
            complex,
            float,
            int,
            str,
            type,
            type(None),
            BuiltinFunctionType,
            CodeType,
            FrameType,
            FunctionType,
            MethodType,
            ModuleType,
        ),
    )
)

Key = object
Items = Iterable[tuple[Key, object]]


class Looker:
    """Looks into things; remembers for each type how that is done."""

    def __init__(self) -> None:
        # By id, see above; the type is kept as well, so that its id stays its own.
        self._ways: dict[int, tuple[type, Callable[[Any], Items], bool]] = {}

    def into(self, thing: object) -> tuple[Items, bool]:
        """What `thing` holds, by index, key or name, and whether these are names of attributes."""
        kind = type(thing)
        way = self._ways.get(id(kind))
        if way is None:
            if len(self._ways) >= _MOST_TYPES:
                self._ways.clear()
            look, named = _way(kind)
            way = self._ways[id(kind)] = (kind, look, named)
        return way[1](thing), way[2]


look_into: Final = Looker().into
"""What everybody may use who looks into things often."""


def holds_nothing(thing: object) -> bool:
    """Whether it is of a common type that has no room for a Value, such as a number or a function."""
    return id(type(thing)) in _HOLD_NOTHING


def spelled(path: str, key: Key, named: bool) -> str:
    """The path of an item: `path.key` for an attribute, otherwise `path[key]`; "" if it cannot be spelled shortly."""
    if named:
        return f"{path}.{key}"
    text = _key_text(key)
    return f"{path}[{text}]" if text else ""


def is_name(key: object) -> bool:
    """Whether it is a name that was given to be read: no private one, nor one that Python or a tool made up."""
    return type(key) is str and not key.startswith("_") and key.isidentifier()


def is_library(module: object) -> bool:
    """Whether a module of that name belongs to Python or to the tracer rather than to the user."""
    root = module.partition(".")[0] if type(module) is str else ""
    return root == "tracer" or root in sys.stdlib_module_names


def is_installed(code: CodeType, module: object, file: object) -> bool:
    """Whether code is part of an installed package, whose variables mean nothing to the user.

    Args:
        code: the code.
        module: the name of the module that it belongs to.
        file: that module's file, if it has one: code that a package makes up as it runs has none of its own.
    """
    files = code.co_filename, file if type(file) is str else ""
    if any(packages in name for name in files for packages in ("site-packages", "dist-packages")):
        return True
    return type(module) is str and module.startswith("namedtuple_")  # the constructor of a named tuple


def is_users(frame: FrameType) -> bool:
    """Whether running code is the user's own, and neither Python's, nor the tracer's, nor an installed package's."""
    variables = frame.f_globals
    module = variables.get("__name__")
    return not is_library(module) and not is_installed(frame.f_code, module, variables.get("__file__"))


def _way(kind: type) -> tuple[Callable[[Any], Items], bool]:
    """How to look into the instances of a type, and whether that gives attributes."""
    if issubclass(kind, dict):
        return _items, False
    if issubclass(kind, tuple):
        fields = getattr(kind, "_fields", None)  # of a named tuple
        if type(fields) is tuple:
            return lambda thing: zip(fields, tuple.__iter__(thing), strict=False), True
        return lambda thing: enumerate(islice(tuple.__iter__(thing), WIDEST)), False
    if issubclass(kind, list):
        return lambda thing: enumerate(list.__getitem__(thing, slice(WIDEST))), False
    if issubclass(kind, deque):
        return lambda thing: enumerate(list(islice(deque.__iter__(thing), WIDEST))), False
    if issubclass(kind, type):  # a class is for its instances
        return lambda thing: (), True
    if _is_librarys(kind) and not _is_namespace(kind):
        return lambda thing: (), True
    return _attribute_reader(kind), True


def _is_librarys(kind: type) -> bool:
    """Whether a type belongs to Python or to the tracer. Classes in code without a module seem to be built-in ones."""
    module = type.__getattribute__(kind, "__module__")
    return is_library(module) and not (module == "builtins" and kind.__flags__ & _ON_HEAP)


def _is_namespace(kind: type) -> bool:
    """Whether a type is there to have attributes put on its instances: Python's has one, and argparse another."""
    argparse = sys.modules.get("argparse")
    return issubclass(kind, SimpleNamespace) or (argparse is not None and issubclass(kind, argparse.Namespace))


def _items(thing: dict[Any, Any]) -> Items:
    return list(islice(dict.items(thing), WIDEST))


def _attribute_reader(kind: type) -> Callable[[Any], Items]:
    """What reads the instance dictionary and the slots of a type's instances; private attributes are left out."""
    whole: list[GetSetDescriptorType | MemberDescriptorType] = []
    slots: list[tuple[str, MemberDescriptorType]] = []
    for base in type.__getattribute__(kind, "__mro__"):
        own = type.__dict__["__dict__"].__get__(base)
        given = own.get("__dict__")
        if isinstance(given, (GetSetDescriptorType, MemberDescriptorType)):
            whole.append(given)
        slots += [(name, found) for name, found in own.items() if type(found) is MemberDescriptorType and is_name(name)]
    return lambda thing: _attributes(thing, whole[:1], slots)


def _attributes(
    thing: object,
    whole: list[GetSetDescriptorType | MemberDescriptorType],
    slots: list[tuple[str, MemberDescriptorType]],
) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    for dictionary in whole:
        items = list(islice(dictionary.__get__(thing).items(), WIDEST))
        found += [(name, item) for name, item in items if not holds_nothing(item) and is_name(name)]
    for name, slot in slots:
        with suppress(AttributeError):  # nothing has been assigned to it
            found.append((name, slot.__get__(thing)))
    return found


def _key_text(key: Key) -> str:
    """An index or key as Python spells it; "" for what is too long or not spelled by plain text."""
    if type(key) is tuple:
        parts = [_key_text(part) for part in key[:LONGEST_KEY]]
        text = ", ".join(parts) + "," * (len(parts) == 1) if parts and all(parts) else ""
    else:
        text = repr(key) if type(key) in (int, str, bool) else ""
    return text if len(text) <= LONGEST_KEY else ""
