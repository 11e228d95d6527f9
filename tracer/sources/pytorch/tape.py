"""A tape of a forward pass: every op whose result depends on a variable, so that they can be run again (`replaying`).

The tape is in double precision, but it stands on the very numbers that the user's function computed: what an op gives
in double precision differs from these by rounding, and that difference is kept as an offset. So the derivative is
measured where autograd computed it, and a relu that stood exactly on its kink still does.

Tensors are told apart by the memory they lie in: their storage, and the part of it. So a view needs no op of its own,
and changes in place reach whatever shares the memory, as they did.

What autograd takes for constant is constant here too: what has been through `detach()` or was computed under `no_grad`.
What was computed inside a custom Function is not, although gradients are off there as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from tracer.sources.pytorch.forward import Edge, flat
from tracer.sources.pytorch.library import torch

# What an op raises that cannot compute with other numbers, or in double precision.
REFUSALS: Final = (RuntimeError, TypeError, ValueError, IndexError, NotImplementedError)


class Place(NamedTuple):
    """Where a tensor lies: in which storage, of how many numbers, and which of them are its own."""

    storage: int
    length: int
    size: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int

    @classmethod
    def of(cls, tensor: Any) -> Place:
        """The place of a tensor."""
        storage = tensor.untyped_storage()
        length = storage.nbytes() // tensor.element_size()
        return cls(storage._cdata, length, tuple(tensor.shape), tuple(tensor.stride()), int(tensor.storage_offset()))

    def seen_in(self, numbers: Any) -> Any:
        """The tensor at this place in a storage's numbers."""
        return numbers.as_strided(self.size, self.stride, self.offset)

    @property
    def overlaps(self) -> bool:
        """Whether several of its entries are the same number, as in a broadcast view."""
        return any(stride == 0 and size > 1 for size, stride in zip(self.size, self.stride, strict=True))


@dataclass(frozen=True, slots=True)
class Operand:
    """A tensor as an op read it.

    Attributes:
        place: where it lay; None for what counts as a constant.
        value: what it held, in double precision where it held floats.
        edges: where it hung on in autograd's graph, and, for a view, where that hung on which it is a view of.
        whole: all of its storage, where the op wrote to it; otherwise None.
        dtype: the dtype that it had.
        is_view: whether autograd knows it as a view, so that changing it is changing what it is a view of.
    """

    place: Place | None
    value: Any
    edges: tuple[Edge, ...] = ()
    whole: Any = None
    dtype: Any = None
    is_view: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """A tensor that an op made or changed.

    Attributes:
        place: where it lies.
        dtype: the dtype of its numbers on the tape.
        offset: what to add to bring it to the user's numbers; None for what are no floats.
        precision: how far 1 is from the next number in the user's dtype.
        narrow: whether that is the dtype in which the op runs again.
    """

    place: Place
    dtype: Any
    offset: Any = None
    precision: float = 0.0
    narrow: bool = False


@dataclass(slots=True)
class Entry:
    """One op on the tape.

    Attributes:
        op: what runs.
        args: its arguments by position, with `Operand`s for tensors, also inside lists.
        kwargs: the same by name.
        written: its arguments that it changes in place.
        made: what it gives, by its place among the results.
        changed: what it changes, by its place among `written`.
        narrow: whether it runs in the user's dtype, because it cannot run in double precision.
        reason: why it cannot be run again; "" if it can.
    """

    op: Any
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    written: tuple[Operand, ...]
    made: dict[int, Made] = field(default_factory=dict)
    changed: dict[int, Made] = field(default_factory=dict)
    narrow: bool = False
    reason: str = ""

    @property
    def operands(self) -> Iterator[Operand]:
        """The tensors that it reads."""
        return (item for item in flat(self.args, self.kwargs) if isinstance(item, Operand))

    def run(self, value: Callable[[Operand], Any]) -> Any:
        """Run the op on other numbers, in double precision if it can."""

        def given(arg: Any) -> Any:
            if isinstance(arg, Operand):
                return value(arg).to(arg.dtype) if self.narrow else value(arg)
            if isinstance(arg, (list, tuple)):
                return [given(item) for item in arg]
            wide = isinstance(arg, torch.dtype) and arg.is_floating_point and not self.narrow
            return torch.float64 if wide else arg

        return self.op(*map(given, self.args), **{name: given(arg) for name, arg in self.kwargs.items()})


def results_of(result: Any) -> list[Any]:
    """The results of an op, one by one."""
    return list(result) if isinstance(result, (tuple, list)) else [result]


def double(tensor: Any) -> Any:
    """A copy of what a tensor holds, in double precision if it holds floats."""
    tensor = tensor.detach()
    return tensor.to(torch.float64, copy=True) if tensor.is_floating_point() else tensor.clone()
