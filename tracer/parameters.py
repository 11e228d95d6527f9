"""Parameters: the leaves that are to be learned."""

from __future__ import annotations

from tracer.grouping import current_path
from tracer.value import Number, Value


class Parameter(Value):
    """A Value that is to be learned; it belongs for good to the group that was open when it was made.

    Args:
        data: the number.
        label: the name it is shown by.

    Attributes:
        scope: path of its group, such as "layer1/neuron2"; "" if it has none.
    """

    __slots__ = ("scope",)

    scope: str

    def __init__(self, data: Number, label: str = "") -> None:
        super().__init__(data, label=label)
        self.scope = current_path()
