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

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from tracer.sources.pytorch.autograd import edges_of, is_custom, node_name
from tracer.sources.pytorch.careful import Careful, Kept, flat, name_of, written_by
from tracer.sources.pytorch.forward import Edge, edge_of
from tracer.sources.pytorch.library import overrides, torch
from tracer.telling import shown

# What these give does not depend on the numbers that they read.
_FACTORY: Final = re.compile(r".*_like$|^new_|^empty")
# By these, numbers leave PyTorch.
_WAYS_OUT: Final = frozenset(("numpy", "__array__", "__dlpack__", "tolist", "item", "data_ptr"))
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
        for arg in (*self.args, *self.kwargs.values()):
            for item in arg if isinstance(arg, (list, tuple)) else (arg,):
                if isinstance(item, Operand):
                    yield item

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


class Taping(Careful):
    """Watches a forward pass and puts it on a tape.

    Attributes:
        entries: the ops whose results depend on a variable, in order.
        places: where the tensors lie that hang on autograd's edges.
    """

    def __init__(self, kept: Kept) -> None:
        super().__init__(kept)
        self.entries: list[Entry] = []
        self.places: dict[Edge, Place] = {}
        # Storages are kept, so that no other one gets the same address.
        self._kept: list[Any] = []
        self._variable: set[int] = set()
        self._graded: set[int] = set()
        self._computed: set[Any] = set()
        self._inner_views: dict[Place, tuple[Edge, ...]] = {}
        self._customs: set[Any] = set()
        self._escaped = False
        self._fresh: list[Any] = []
        self._off = False

    def recording(self) -> AbstractContextManager[Any]:
        """Puts all ops inside a `with` block on the tape."""
        return self._recording()

    @contextmanager
    def _recording(self) -> Iterator[None]:
        with ExitStack() as stack:
            stack.enter_context(_watched_calls(self._called))
            stack.enter_context(super().recording())
            yield

    def finish(self) -> None:
        """Take note of where the results of the last op hang on."""
        super().finish()
        for tensor in self._fresh:
            for hanging in (tensor, tensor._base if tensor._is_view() else None):
                if hanging is not None and hanging.grad_fn is not None:
                    self._computed.add(hanging.grad_fn)
                    self._note_place(hanging)
        self._fresh = []

    def _called(self, function: Any, args: tuple[Any, ...]) -> None:
        """The user's code calls a function of PyTorch's.

        It may switch gradients on or off, which means nothing inside a custom Function, where they are off anyway. Or
        it may take numbers out of PyTorch, which inside a custom Function means that they cannot be followed.
        """
        if function is torch._C._set_grad_enabled:
            if self._off or torch.is_grad_enabled():
                self._off = not args[0]
        elif getattr(function, "__name__", "") in _WAYS_OUT and not torch.is_grad_enabled():
            self._escaped = True

    def _dispatched(self, op: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        self.finish()
        if torch.is_grad_enabled():
            self._inner_views.clear()
        constant = self._off or torch.is_inference_mode_enabled()
        written = written_by(op, args, kwargs)
        entry = self._entry(op, args, kwargs, written, constant)
        state = torch.get_rng_state() if torch.Tag.nondeterministic_seeded in op.tags else None
        shadow = self._run(entry, state) if entry is not None else None
        result = super()._dispatched(op, args, kwargs)
        if entry is not None and not self._is_view(entry, args, kwargs, result):
            self._put_down(entry, shadow, result, written)
        return result

    def _entry(
        self, op: Any, args: tuple[Any, ...], kwargs: dict[str, Any], written: list[Any], constant: bool
    ) -> Entry | None:
        """The op for the tape, None if what it gives depends on no variable."""
        changed = {id(tensor) for tensor in written}

        def taken(arg: Any) -> Any:
            if isinstance(arg, torch.Tensor):
                return self._operand(arg, constant, written=id(arg) in changed)
            return [taken(item) for item in arg] if isinstance(arg, (list, tuple)) else arg

        if not any(isinstance(arg, torch.Tensor) for arg in flat(args, kwargs)):
            return None
        if _FACTORY.match(name_of(op)):
            return None
        entry = Entry(op, tuple(map(taken, args)), {name: taken(arg) for name, arg in kwargs.items()}, ())
        entry.written = tuple(one for one in entry.operands if one.whole is not None)
        if constant:
            kept = [one for one in entry.written if one.place is not None and one.place.storage in self._variable]
            entry.reason = "its numbers were changed where gradients are off"
            return entry if kept else None
        return entry if any(map(self._depends, entry.operands)) else None

    def _depends(self, operand: Operand) -> bool:
        return operand.place is not None and (bool(operand.edges) or operand.place.storage in self._variable)

    def _operand(self, tensor: Any, constant: bool, *, written: bool) -> Operand:
        if tensor.layout != torch.strided:
            return Operand(None, tensor.detach().clone(), dtype=tensor.dtype)
        place = Place.of(tensor)
        value, whole = double(tensor), None
        if written:
            count = place.length
            whole = double(tensor.detach().as_strided((count,), (1,), 0))
        if tensor.requires_grad and not constant:
            self._follow_custom(tensor, place)
            self._keep(tensor, place)
            self._graded.add(place.storage)
            edges = self._note_place(tensor._base if written and tensor._is_view() else tensor)
            return Operand(place, value, edges, whole, tensor.dtype, tensor._is_view())
        if written or (not constant and self._is_variable(tensor, place)):
            return Operand(place, value, self._inner_views.get(place, ()), whole, tensor.dtype)
        return Operand(None, value, dtype=tensor.dtype)

    def _follow_custom(self, tensor: Any, place: Place) -> None:
        """Note what a custom Function has given if that cannot be run again: it was not all computed by PyTorch."""
        node = tensor.grad_fn
        if node is None or node in self._customs or not is_custom(node) or not torch.is_grad_enabled():
            return
        self._customs.add(node)
        if self._escaped or place.storage not in self._variable:
            read = [Operand(self.places.get(edge), None, self._chain(edge)) for _, edge in edges_of(node)]
            made = {0: Made(place, torch.float64)}
            reason = f"not all that {node_name(node)} computes is done by PyTorch, so it cannot run again"
            self.entries.append(Entry(None, tuple(read), {}, (), made, reason=reason))
        self._escaped = False

    def _is_variable(self, tensor: Any, place: Place) -> bool:
        """Whether a tensor without a gradient follows from variables all the same, as a mask does."""
        if place.storage not in self._variable:
            return False
        if place.storage not in self._graded:
            return True
        return place in self._inner_views

    def _note_place(self, tensor: Any) -> tuple[Edge, ...]:
        """The edges on which a tensor hangs: its own, and those of what it is a view of."""
        edge = edge_of(tensor)
        if edge is None:
            return ()
        self.places.setdefault(edge, Place.of(tensor))
        return (edge,) if is_custom(edge.node) and not tensor._is_view() else self._chain(edge)

    def _chain(self, edge: Edge) -> tuple[Edge, ...]:
        """An edge, and those of what its tensor is a view of."""
        chain = [edge]
        while not isinstance(edge.node, torch.Tensor) and edge.node not in self._computed:
            following = next(edges_of(edge.node), None)
            if following is None:
                break
            _, edge = following
            chain.append(edge)
        return tuple(chain)

    def _keep(self, tensor: Any, place: Place) -> None:
        if place.storage not in self._variable:
            self._variable.add(place.storage)
            self._kept.append(tensor.untyped_storage())

    def _run(self, entry: Entry, state: Any) -> Any:
        """What the op gives for the user's own numbers, in double precision if it can: results, and what it changes."""
        if entry.reason:
            return None
        for narrow in (False, True):
            entry.narrow = narrow and not entry.written
            try:
                return self._tried(entry)
            except REFUSALS as error:
                reason = shown(str(error).partition("\n")[0], 80)
            finally:
                if state is not None:
                    torch.set_rng_state(state)
        entry.reason = f"{name_of(entry.op)} cannot run in double precision: {reason}"
        return None

    def _tried(self, entry: Entry) -> Any:
        changed: dict[int, Any] = {}

        def value(operand: Operand) -> Any:
            if operand.whole is None or operand.place is None:
                return operand.value
            return operand.place.seen_in(changed.setdefault(id(operand), operand.whole.clone()))

        result = entry.run(value)
        return result, [
            one.place.seen_in(changed[id(one)]) for one in entry.written if one.place and id(one) in changed
        ]

    def _is_view(self, entry: Entry, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> bool:
        """Whether an op only gave views of what it read, which needs no entry; notes those inside a custom Function."""
        if entry.written or entry.reason:
            return False
        tensors = [item for item in results_of(result) if isinstance(item, torch.Tensor)]
        if any(tensor.layout != torch.strided for tensor in tensors):
            return False
        read = {operand.place.storage: operand for operand in entry.operands if operand.place is not None}
        viewed = [read.get(tensor.untyped_storage()._cdata) for tensor in tensors]
        if not viewed or any(operand is None for operand in viewed):
            return False
        if not torch.is_grad_enabled():
            for tensor, operand in zip(tensors, viewed, strict=True):
                self._inner_views[Place.of(tensor)] = operand.edges if operand is not None else ()
        return True

    def _put_down(self, entry: Entry, shadow: Any, result: Any, written: list[Any]) -> None:
        """Put an op on the tape, with how far its results in double precision are off the user's."""
        items = results_of(result)
        again, changed = shadow if shadow is not None else (None, [])
        shadows = results_of(again) if shadow is not None else [None] * len(items)
        inside = {id(tensor) for tensor in written}
        for place, (item, other) in enumerate(zip(items, shadows, strict=True)):
            if isinstance(item, torch.Tensor) and id(item) not in inside and not _is_scratch(item, other):
                entry.made[place] = self._compared(entry, item, other)
        others = changed if len(changed) == len(written) else [None] * len(written)
        for place, (item, other) in enumerate(zip(written, others, strict=True)):
            entry.changed[place] = self._compared(entry, item, other)
        if entry.made or entry.changed:
            self.entries.append(entry)

    def _compared(self, entry: Entry, item: Any, other: Any) -> Made:
        place = Place.of(item)
        self._keep(item, place)
        self._fresh.append(item)
        right = double(item)
        if other is None or entry.reason:
            entry.reason = entry.reason or f"{name_of(entry.op)} cannot be run again"
            return Made(place, right.dtype)
        other = other.to(right.dtype)
        offset = right - other if right.is_floating_point() else None
        if not _is_rounding(right, other, item.dtype):
            entry.reason = f"{name_of(entry.op)} gives something else when it runs again"
        if offset is not None:
            offset = torch.where(torch.isfinite(offset), offset, 0.0)
        precision = float(torch.finfo(item.dtype).eps) if item.is_floating_point() else 0.0
        return Made(place, right.dtype, offset, precision, entry.narrow)


def double(tensor: Any) -> Any:
    """A copy of what a tensor holds, in double precision if it holds floats."""
    tensor = tensor.detach()
    return tensor.to(torch.float64, copy=True) if tensor.is_floating_point() else tensor.clone()


def _is_scratch(item: Any, other: Any) -> bool:
    """Whether a result is no number but room for the backward pass, which is not the same twice."""
    return item.dtype == torch.uint8 and other is not None and not torch.equal(item, other)


def _is_rounding(right: Any, other: Any, dtype: Any) -> bool:
    """Whether two results differ by no more than rounding can explain."""
    if right.shape != other.shape:
        return False
    if not right.is_floating_point():
        return bool(torch.equal(right, other))
    finite = right[torch.isfinite(right)].abs()
    scale = float(finite.max()) if finite.numel() else 0.0
    rough = float(torch.finfo(dtype).eps) ** 0.5
    return bool(torch.allclose(other, right, rtol=rough, atol=rough * scale, equal_nan=True))


def _watched_calls(called: Callable[[Any, tuple[Any, ...]], None]) -> AbstractContextManager[Any]:
    """A context in which `called` is told, just before, whenever somebody's code calls a function of PyTorch's."""

    class Mode(overrides.TorchFunctionMode):  # type: ignore[misc]  # PyTorch is not imported before it is needed
        def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            called(function, args)
            return function(*args, **(kwargs or {}))

    mode: AbstractContextManager[Any] = Mode()
    return mode
