"""Local derivatives of ops that work entry by entry, or that give one number.

There the local derivative has an entry for each entry of the operand, and a node of autograd gives it away: asked what
it would hand on if the upstream gradient were 1 everywhere, it answers with the local derivative.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from tracer.sources.pytorch.autograd import is_custom
from tracer.sources.pytorch.library import torch
from tracer.sources.pytorch.nodes import OpNode

# Ops that work entry by entry and that PyTorch does not mark as such.
_POINTWISE: Final = frozenset(("hardswish", "log_sigmoid_forward", "mse_loss", "_prelu_kernel", "tril", "triu"))


def local_derivatives(ops: Iterable[OpNode]) -> dict[Any, tuple[Any, ...]]:
    """For each autograd node that gives them away, its local derivatives, one for each edge.

    To be called before the backward pass, which lets go of what the nodes need.
    """
    return {op.node: _asked(op) for op in ops if is_entrywise(op) and _can_be_asked(op)}


def is_entrywise(op: OpNode) -> bool:
    """Whether an op works entry by entry, or gives one number, as far as was seen."""
    if op.described is None or op.call is None or len(op.results) != 1:
        return False
    pointwise = torch.Tag.pointwise in op.call.op.tags or op.call.name in _POINTWISE
    return pointwise or op.results[0].dim() == 0


def _can_be_asked(op: OpNode) -> bool:
    """Whether asking costs nothing: it runs none of the user's code, and makes nothing again that was not kept."""
    one_result = op.numbers == (0,) and len(op.node._input_metadata) == 1
    return one_result and not is_custom(op.node) and op.call is not None and not op.call.packed


def _asked(op: OpNode) -> tuple[Any, ...]:
    try:
        with torch.no_grad():
            answer = op.node(torch.ones_like(op.results[0]))
    except RuntimeError:  # what it needs was changed in place; the backward pass will say so
        return ()
    return answer if isinstance(answer, tuple) else (answer,)
