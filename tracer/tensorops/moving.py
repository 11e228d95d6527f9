"""Ops that only put entries somewhere else."""

from __future__ import annotations

from typing import Final

from tracer.tensorops.entries import called, op, rules, words

_BACK: Final = "the entries are the same, so their gradients go back to where they came from"
_PIECE: Final = "each piece gets the part of the gradient where it went"
_TOGETHER: Final = "the gradients of the pieces are put together again"
_READ: Final = "gradients go to the entries that were read, 0 to the others"
_OFTEN: Final = "an entry that is used several times adds up its gradients"
_SORTED: Final = "each entry's gradient goes back to where the entry came from, 0 to those that were left out"
_WRITTEN: Final = "what was written over is lost and gets 0; every other entry gets the gradient of where it stands"

TABLE: Final = (
    op("transpose", "ᵀ", "aᵀ", rules("what was transposed is transposed back", "gᵀ")),
    op("permute", "permute", "", rules("the axes go back to where they were", "permute(g, axis)")),
    op("reshape", "reshape", "", rules(_BACK, "reshape(g, shape)")),
    op("copy", "copy", "", rules("a copy hands its gradient on unchanged", "g")),
    op("broadcast", "broadcast", "", rules(_OFTEN, "g", "sum(g, axis)")),
    op("concat", "concat", "", rules(_PIECE, "g[part]")),
    op("stack", "stack", "", rules(_PIECE, "g[part]")),
    op("split", "split", "", rules(_TOGETHER, "concat(g, axis)")),
    op("unstack", "unstack", "", rules(_TOGETHER, "stack(g, axis)")),
    op("slice", "[ ]", "", rules(_READ, "scatter(g, shape)")),
    op("index", "[ ]", "", rules(_READ, "scatter(g, shape)")),
    called("embedding", rules("a row gets the gradients of all places where it was looked up", "scatter(g, shape)")),
    called("flip", rules(_BACK, "flip(g, axis)")),
    op("rev", "flip", "", rules(_BACK, "flip(g, axis)")),
    called("roll", words(_BACK)),
    called("repeat", words(_OFTEN)),
    called("tile", words(_OFTEN)),
    called("pad", rules("the padding is cut off again", "g[part]", "")),
    called("sort", words(_SORTED)),
    called("topk", words(_SORTED)),
    op("top_k", "topk", "", words(_SORTED)),
    called("scatter", words(_WRITTEN), words("what was written gets the gradient of where it went")),
    called("scatter_add", words("what is added to gets its gradient unchanged; what is added, that of where it went")),
)
