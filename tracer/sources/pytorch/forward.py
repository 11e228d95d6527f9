"""Watches a forward pass: every op that PyTorch dispatches, below autograd, where composite ones are taken apart.

Two things are taken down. The *values*: whenever an op reads a tensor, what the tensor holds at that moment, under the
autograd edge that it hangs on. So a value is right even if it is changed in place later. And the *calls*: which op,
with which arguments, in which module. Which autograd node a call made is found out afterwards, from its sequence number
and from the edges of the tensors that it read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple

from tracer.sources.pytorch.library import VERSIONS, dispatching, torch
from tracer.sources.pytorch.scopes import Scopes


class Edge(NamedTuple):
    """Where a tensor hangs on: output `number` of an autograd node; of a leaf, the tensor itself."""

    node: Any
    number: int

    # By identity, because == on tensors compares their entries.
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Edge) and self.node is other.node and self.number == other.number

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((id(self.node), self.number))


@dataclass(frozen=True, slots=True)
class Read:
    """A tensor as an op read it.

    Attributes:
        tensor: the tensor.
        edge: where it hung on; None where no gradient goes.
        value: what it held.
        version: how often it had been changed in place.
    """

    tensor: Any
    edge: Edge | None
    value: Any
    version: int


@dataclass(frozen=True, slots=True)
class Call:
    """One op that was dispatched.

    Attributes:
        op: PyTorch's own object for it.
        args: its arguments by the names of its schema, tensors as `Read`s, also inside lists.
        results: the tensors that came out, as they were then.
        number: the sequence number that the next autograd node was to get; the op's own had one by then.
        scope: path of the module in which it ran.
        packed: whether saved tensors are not kept but made again, as in checkpointing.
    """

    op: Any
    args: Mapping[str, Any]
    results: tuple[Any, ...]
    number: int
    scope: str
    packed: bool

    @property
    def name(self) -> str:
        """What PyTorch calls it: "add.Tensor"; ops that work in place go by the name of those that do not."""
        name, _, overload = str(self.op.name()).partition("::")[2].partition(".")
        return ".".join(filter(None, (name if name.startswith("__") else name.rstrip("_"), overload)))

    @property
    def reads(self) -> Iterator[Read]:
        """The tensors that it read, in order."""
        return (item for item in flat((), self.args) if isinstance(item, Read))

    def again(self, first: Any) -> Any:
        """What the op gives with another first tensor."""
        plain = {name: _values(arg) for name, arg in self.args.items()}
        return self.op(**(plain | {next(iter(plain)): first}))

    @property
    def edges(self) -> list[Edge]:
        """Where the tensors hang on that it read and that a gradient goes to."""
        return [read.edge for read in self.reads if read.edge is not None]


class Forward:
    """What was seen of a forward pass.

    Attributes:
        start: the number that the first autograd node was to get.
        calls: the ops, in order.
        values: what each edge that was read held.
        rebased: for autograd nodes that a change in place made of a whole tensor, the call that changed a view of it.
    """

    def __init__(self, scopes: Scopes) -> None:
        self.start = next_number()
        self.calls: list[Call] = []
        self.values: dict[Edge, Any] = {}
        self.rebased: dict[Any, Call] = {}
        self._scopes = scopes
        self._changed: tuple[Any, Call] | None = None

    def recording(self) -> AbstractContextManager[Any]:
        """Records all ops inside a `with` block."""
        return _mode(self._dispatched)

    def value(self, tensor: Any) -> Any:
        """What a tensor holds, and note it for its edge."""
        edge = edge_of(tensor)
        if edge is None:
            return tensor.detach().clone()
        if edge not in self.values:
            self.values[edge] = tensor.detach().clone()
        return self.values[edge]

    def finish(self) -> None:
        """Take note of what the last op has left behind."""
        if self._changed is not None:
            base, call = self._changed
            self._changed = None
            if base.grad_fn is not None:
                self.rebased[base.grad_fn] = call
                self.value(base)

    def _dispatched(self, op: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        with VERSIONS.inside():
            self.finish()
            number = next_number()
            given = by_name(op, args, kwargs)
            # What custom functions do inside is their own business: gradients are off there.
            outside = torch.is_grad_enabled()
            read = {name: self._read(arg) for name, arg in given.items()}
        result = op(*args, **kwargs)
        if outside:
            with VERSIONS.inside():
                self._take_down(op, read, result, number)
        return result

    def _take_down(self, op: Any, read: Mapping[str, Any], result: Any, number: int) -> None:
        items = result if isinstance(result, (tuple, list)) else (result,)
        tensors = tuple(item.detach().clone() if isinstance(item, torch.Tensor) else None for item in items)
        call = Call(op, read, tensors, number, self._scopes.here, _saves_elsewhere())
        self.calls.append(call)
        target = next(call.reads, None)
        if op._schema.is_mutable and target is not None and target.tensor._is_view():
            self._changed = (target.tensor._base, call)

    def _read(self, arg: Any) -> Any:
        if isinstance(arg, torch.Tensor):
            version = 0 if arg.is_inference() else int(arg._version)
            return Read(arg, edge_of(arg), self.value(arg), version)
        if isinstance(arg, (list, tuple)) and any(isinstance(item, torch.Tensor) for item in arg):
            return [self._read(item) for item in arg]
        return arg


def edge_of(tensor: Any) -> Edge | None:
    """Where a tensor hangs on, None if no gradient goes to it."""
    if not tensor.requires_grad:
        return None
    return Edge(tensor, 0) if tensor.grad_fn is None else Edge(tensor.grad_fn, tensor.output_nr)


def _values(arg: Any) -> Any:
    if isinstance(arg, list):
        return [_values(item) for item in arg]
    return arg.value if isinstance(arg, Read) else arg


def flat(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Iterator[Any]:
    """The arguments of an op, those in lists one by one."""
    for arg in (*args, *kwargs.values()):
        yield from arg if isinstance(arg, (list, tuple)) else (arg,)


def by_name(op: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of an op by the names of its schema."""
    names = [argument.name for argument in op._schema.arguments]
    return dict(zip(names, args, strict=False)) | dict(kwargs)


def next_number() -> int:
    """The number that the next autograd node will get."""
    return int(torch.autograd._get_sequence_nr())


def _saves_elsewhere() -> bool:
    """Whether tensors that are saved for backward go through hooks of the user's, or of checkpointing."""
    return torch._C._autograd._top_saved_tensors_default_hooks(True) is not None


def _mode(handler: Callable[[Any, tuple[Any, ...], dict[str, Any]], Any]) -> AbstractContextManager[Any]:
    """A context in which `handler` gets every op, with its arguments, and returns its result."""

    class Mode(dispatching.TorchDispatchMode):  # type: ignore[misc]  # PyTorch is not imported before it is needed
        def __torch_dispatch__(self, op: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            return handler(op, args, kwargs or {})

    mode: AbstractContextManager[Any] = Mode()
    return mode
