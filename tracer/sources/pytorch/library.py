"""PyTorch itself, and which versions of it are known to work."""

from __future__ import annotations

from typing import Any, Final

from tracer.errors import SourceError
from tracer.sources.frameworks import Framework, release
from tracer.tensors import MOST_ENTRIES, Number, Summary, Tensor

torch: Any = Framework("torch", "PyTorch", "torch")
dispatching: Any = Framework("torch.utils._python_dispatch", "PyTorch", "torch")
overrides: Any = Framework("torch.overrides", "PyTorch", "torch")

OLDEST: Final = (2, 13)
NEWEST: Final = (2, 13)


def check_version() -> None:
    """Make sure that this version of PyTorch is one whose autograd is known to be seen right.

    Raises:
        SourceError: it is not.
        MissingDependencyError: there is no PyTorch.
    """
    if not OLDEST <= release(torch.__version__) <= NEWEST:
        oldest, newest = (".".join(map(str, version)) for version in (OLDEST, NEWEST))
        known = oldest if oldest == newest else f"{oldest} to {newest}"
        raise SourceError(f"PyTorch {torch.__version__} cannot be traced; what is known to be seen right is {known}")


def number_of(tensor: Any) -> Number:
    """A tensor as it is now, without PyTorch: a float if it has no axes.

    Raises:
        SourceError: it is complex.
    """
    tensor = tensor.detach()
    if tensor.is_complex():
        raise SourceError("complex numbers cannot be traced; split them into real and imaginary parts")
    if tensor.layout != torch.strided:
        tensor = tensor.to_dense()
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
