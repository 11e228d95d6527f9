"""How far rounding may have moved the gradients of a backward pass: found out by shaking it.

Both passes run again, with each result moved by about as much as it may have been rounded, up, down or not at all. The
gradients then differ by about as much as they are uncertain: hardly, or by all they are, where large contributions
cancel. (J. Vignes, "A stochastic arithmetic for reliable scientific computation", 1993, does that to every sum.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from tracer.sources.pytorch.autograd import Autograd
from tracer.sources.pytorch.careful import Careful, Kept, name_of
from tracer.sources.pytorch.forward import flat
from tracer.sources.pytorch.library import torch

# Ops that only choose among numbers round nothing, and their backward looks for what was chosen.
_EXACT: Final = re.compile(
    r"(a?max|a?min|aminmax|maximum|minimum|f(max|min)|.*max_pool.*|cummax|cummin|sort|topk|kthvalue|median|mode|"
    r"relu|clamp.*|abs|neg|cat|stack|clone|copy|where|index.*|gather|scatter|masked_.*|.*_pad.*|flip|roll|repeat)_?"
)


class Shake:
    """Random changes of numbers in their last digit, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._chance = torch.Generator().manual_seed(seed)

    def __call__(self, tensor: Any, precision: float | None = None) -> Any:
        """The numbers, some of them moved.

        Args:
            tensor: the numbers.
            precision: by how much of each; by as much as their dtype rounds, if left out.
        """
        moves = torch.randint(-1, 2, tensor.shape, generator=self._chance).to(tensor.dtype)
        moved = tensor + tensor.abs() * (moves * (precision or torch.finfo(tensor.dtype).eps))
        return torch.where(torch.isfinite(moved), moved, tensor)


class Shaken(Careful):
    """Watches a forward pass whose results are shaken where a gradient goes."""

    def __init__(self, kept: Kept, shake: Shake) -> None:
        super().__init__(kept)
        self._shake = shake

    def _dispatched(self, op: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        result = super()._dispatched(op, args, kwargs)
        tensors = [arg for arg in flat(args, kwargs) if isinstance(arg, torch.Tensor)]
        differentiable = not torch.is_grad_enabled() or any(tensor.requires_grad for tensor in tensors)
        if differentiable and not _EXACT.fullmatch(name_of(op)):
            read = {tensor.untyped_storage()._cdata for tensor in tensors if tensor.layout == torch.strided}
            for item in result if isinstance(result, (tuple, list)) else (result,):
                if _can_be_shaken(item) and item.untyped_storage()._cdata not in read:
                    item.copy_(self._shake(item))
        return result


@contextmanager
def shaken_backward(autograd: Autograd, shake: Shake) -> Iterator[None]:
    """A backward pass inside shakes what each node is given."""
    handles = [node.register_prehook(_shaking(shake)) for node in autograd.nodes]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _shaking(shake: Shake) -> Any:
    def given(gradients: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(shake(one) if _can_be_shaken(one) else one for one in gradients)

    return given


def _can_be_shaken(item: Any) -> bool:
    return isinstance(item, torch.Tensor) and item.is_floating_point() and item.layout == torch.strided
