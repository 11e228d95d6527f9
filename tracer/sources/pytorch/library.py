"""PyTorch itself, which versions of it can be traced, and its tensors as plain numbers."""

from __future__ import annotations

from typing import Any, Final

from tracer.errors import SourceError
from tracer.sources.frameworks import Framework, Versions
from tracer.tensors import MOST_ENTRIES, Number, Summary, Tensor

torch: Any = Framework("torch", "PyTorch", "torch")
dispatching: Any = Framework("torch.utils._python_dispatch", "PyTorch", "torch")
overrides: Any = Framework("torch.overrides", "PyTorch", "torch")

VERSIONS: Final = Versions(torch, "PyTorch", oldest=(2, 13), newest=(2, 15))


def number_of(tensor: Any) -> Number:
    """A tensor as it is now, without PyTorch: a float if it has no axes.

    Raises:
        SourceError: it is complex, or has no numbers.
    """
    tensor = tensor.detach()
    if tensor.is_meta:
        raise SourceError("a tensor on the device meta has no numbers, so there is nothing to trace")
    if tensor.is_complex():
        raise SourceError("complex numbers cannot be traced; split them into real and imaginary parts")
    tensor = dense(tensor)
    if tensor.dim() == 0:
        return float(tensor.item())
    shape, dtype = tuple(tensor.shape), dtype_of(tensor)
    exact = tensor.to(torch.float64)
    if tensor.numel() <= MOST_ENTRIES:
        return Tensor.of(shape, dtype, exact.flatten().tolist())
    numbers = (exact.min(), exact.max(), exact.mean(), exact.norm())
    return Tensor(shape, dtype, None, Summary(*(float(number.item()) for number in numbers)))


def dtype_of(tensor: Any) -> str:
    """The name of a tensor's dtype: "float32"."""
    return str(tensor.dtype).removeprefix("torch.")


def dense(tensor: Any) -> Any:
    """A tensor with all its entries in place, sparse ones too."""
    return tensor if tensor.layout == torch.strided else tensor.to_dense()


def identical(one: Any, other: Any) -> bool:
    """Whether two tensors are the same, bit for bit but for what NaN it is."""
    one, other = dense(one), dense(other)
    return one.shape == other.shape and bool(((one == other) | (one.isnan() & other.isnan())).all())
