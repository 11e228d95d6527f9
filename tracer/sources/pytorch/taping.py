"""Watches a forward pass and puts on a tape what depends on a variable."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any, Final

from tracer.sources.pytorch.autograd import edges_of, is_custom, node_name
from tracer.sources.pytorch.careful import Careful, Kept, name_of, written_by
from tracer.sources.pytorch.forward import Edge, edge_of, flat
from tracer.sources.pytorch.library import overrides, torch
from tracer.sources.pytorch.shadowing import compared, is_scratch, run_again
from tracer.sources.pytorch.tape import Entry, Made, Operand, Place, double, results_of

# What these give does not depend on the numbers that they read.
_FACTORY: Final = re.compile(r".*_like$|^new_|^empty")
# By these, numbers leave PyTorch.
_WAYS_OUT: Final = frozenset(("numpy", "__array__", "__dlpack__", "tolist", "item", "data_ptr"))


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
        shadow = run_again(entry, state) if entry is not None else None
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
            if isinstance(item, torch.Tensor) and id(item) not in inside and not is_scratch(item, other):
                entry.made[place] = self._made(entry, item, other)
        others = changed if len(changed) == len(written) else [None] * len(written)
        for place, (item, other) in enumerate(zip(written, others, strict=True)):
            entry.changed[place] = self._made(entry, item, other)
        if entry.made or entry.changed:
            self.entries.append(entry)

    def _made(self, entry: Entry, item: Any, other: Any) -> Made:
        self._keep(item, Place.of(item))
        self._fresh.append(item)
        return compared(entry, item, other)


def _watched_calls(called: Callable[[Any, tuple[Any, ...]], None]) -> AbstractContextManager[Any]:
    """A context in which `called` is told, just before, whenever somebody's code calls a function of PyTorch's."""

    class Mode(overrides.TorchFunctionMode):  # type: ignore[misc]  # PyTorch is not imported before it is needed
        def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            called(function, args)
            return function(*args, **(kwargs or {}))

    mode: AbstractContextManager[Any] = Mode()
    return mode
