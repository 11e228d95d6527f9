"""The arguments of a function, taken apart: the arrays in them, with their names, and what is left as it is.

Arrays and numbers with a point are what a function is traced for. Whole numbers, booleans, text and all else that is no
array are handed to it as they are, as `jax.grad` does: it may use them for shapes, as keys, or to choose its way.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tracer.errors import SourceError
from tracer.sources.closures import refuse_async
from tracer.sources.jax.library import is_inexact, jax, jnp, numpy
from tracer.sources.jax.program import Slot, replaced


class Arguments:
    """What a function is called with.

    Args:
        function: the function.
        args: its arguments by position.
        kwargs: its arguments by name.
        wanted: the places of the arguments that are to have gradients; all if None.

    Attributes:
        arrays: the arrays, in order.
        names: for each of them what it is called: "params['w']".
        slots: each as an input of a program.

    Raises:
        SourceError: there is no argument at one of the places.
    """

    def __init__(
        self, function: Callable[..., object], args: Sequence[object], kwargs: Mapping[str, object], wanted: object
    ) -> None:
        self._function = function
        counted = _places(wanted, len(args))
        found, self._structure = jax.tree_util.tree_flatten_with_path((tuple(args), dict(kwargs)))
        self._leaves = [leaf for _, leaf in found]
        parameters = _positions(function, len(args))
        self._places = [place for place, leaf in enumerate(self._leaves) if is_traced(leaf)]
        self.arrays = [self._leaves[place] for place in self._places]
        paths = [found[place][0] for place in self._places]
        self.names = [_named(path, parameters) for path in paths]
        actives = [wanted is None if path[0].idx else path[1].idx in counted for path in paths]
        self.slots = [_slot(array, active) for array, active in zip(self.arrays, actives, strict=True)]

    def call(self, *arrays: object) -> object:
        """Call the function with other arrays in place of those that it was given."""
        leaves = replaced(self._leaves, self._places, arrays)
        args, kwargs = jax.tree_util.tree_unflatten(self._structure, leaves)
        result = self._function(*args, **kwargs)
        refuse_async(self._function, result)
        return result


def is_traced(leaf: object) -> bool:
    """Whether a function is traced for an argument: for arrays, and numbers with a point."""
    return isinstance(leaf, (jax.Array, numpy.ndarray, numpy.inexact, float, complex))


def _slot(leaf: Any, active: bool) -> Slot:
    array = jnp.asarray(leaf)
    return Slot(array, active=active and is_inexact(array), given=True)


def _places(wanted: Any, count: int) -> set[int]:
    """The places that `argnums` means."""
    if wanted is None:
        return set(range(count))
    places = [wanted] if isinstance(wanted, int) else list(wanted)
    for place in places:
        if not -count <= place < count:
            raise SourceError(f"argnums={place} means no argument: the function is given {count} by position")
    return {place % count for place in places}


def _named(path: Sequence[Any], parameters: Sequence[str]) -> str:
    by_name, first, *inner = path
    name = first.key if by_name.idx else parameters[first.idx]
    return f"{name}{jax.tree_util.keystr(tuple(inner))}"


def _positions(function: Callable[..., object], count: int) -> list[str]:
    """The names of the first so many parameters of a function."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # it does not tell
        parameters = []
    names = [one.name for one in parameters if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)][:count]
    rest = next((one.name for one in parameters if one.kind is one.VAR_POSITIONAL), "x")
    return names + [f"{rest}[{place}]" for place in range(count - len(names))]
