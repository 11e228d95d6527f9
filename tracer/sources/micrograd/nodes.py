"""The values of a micrograd-like graph, told as nodes."""

from __future__ import annotations

from collections.abc import Mapping, Set

from tracer.ops import OPS
from tracer.sources.logbook import Logbook
from tracer.sources.micrograd.objects import in_order, label_of, number_of
from tracer.sources.micrograd.reading import Reading, operand_number


class Computation:
    """The values behind an output, each with its node.

    Args:
        output: the last value.
        readings: how each value was made, by its id.
        names: names for values that have no label, by id.
        unheld: ids of leaves that nothing but the graph holds: those without a name are literals.

    Attributes:
        book: where the nodes are written down.
        order: the values, inputs first.
        node: the node of each value, by its id.
        shown: for each node the name it is shown by.

    Raises:
        CycleError: a value was made from itself.
        SourceError: a value does not hold one real number.
    """

    def __init__(
        self, output: object, readings: Mapping[int, Reading], names: Mapping[int, str], unheld: Set[int]
    ) -> None:
        self.book = Logbook()
        self.output = id(output)
        self.readings = readings
        self.order = in_order(output, {key: reading.values for key, reading in readings.items()})
        self.node: dict[int, int] = {}
        self._numbers = {id(value): number_of(value) for value in self.order}
        labels = {id(value): label_of(value) or names.get(id(value), "") for value in self.order}
        leaves = {key for key, reading in readings.items() if not reading.operands}
        # Where all leaves are nameless and unheld, they were variables of a function that has returned.
        literals = {leaf for leaf in leaves & unheld if not labels[leaf]}
        self._literals = literals if literals < leaves else set()
        self._literals |= {id(value) for value in self.order if getattr(value, "requires_grad", True) is False}
        for value in self.order:
            self.node[id(value)] = self._written(value, labels[id(value)])
        self.shown = self.book.names(self.node[self.output])

    def slots(self, owner: int, target: int) -> list[int]:
        """The places at which one value is an operand of another."""
        operands = self.readings[owner].operands if owner in self.readings else ()
        return [slot for slot, operand in enumerate(operands) if id(operand) == target]

    def name(self, value: int) -> str:
        """The name that a value is shown by."""
        return self.shown[self.node[value]]

    def number(self, value: int) -> float:
        """The number of a value."""
        return self._numbers[value]

    def needs_none(self, value: int) -> bool:
        """Whether a value is to get no gradient: a literal, or one that says so itself."""
        return value in self._literals

    def _written(self, value: object, label: str) -> int:
        reading, number = self.readings[id(value)], self._numbers[id(value)]
        if not reading.operands:
            return self.book.leaf("constant" if self.needs_none(id(value)) else "input", number, label)
        inputs = tuple(
            self.book.leaf("constant", operand) if isinstance(operand, float) else self.node[id(operand)]
            for operand in reading.operands
        )
        node = self.book.op(reading.op, number, inputs, label)
        for slot, local in enumerate(table_locals(reading, number)):
            self.book.local(node, slot, local)
        return node


def table_locals(reading: Reading, result: float) -> tuple[float, ...]:
    """The local derivatives of an op by the op table; () where it is not the table's."""
    if not reading.known:
        return ()
    return OPS[reading.op].local_derivatives([operand_number(operand) for operand in reading.operands], result)
