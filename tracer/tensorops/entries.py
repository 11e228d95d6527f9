"""What an entry of the tensor op table is, and short ways to write one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TensorRule:
    """What an op hands to one of its operands: a formula, "" where none is short enough, and a clause that says why."""

    formula: str
    why: str


@dataclass(frozen=True, slots=True)
class TensorOp:
    """An entry of the tensor op table.

    Attributes:
        name: how it is called, unique, and in no other table: "matmul".
        glyph: its symbol in a picture.
        written: how it is written, as a formula; "" for a call by name.
        rules: for each operand the rules that it may follow, of which the first that holds counts; an op with more
            operands than entries uses the last one for the rest.
    """

    name: str
    glyph: str
    written: str
    rules: tuple[tuple[TensorRule, ...], ...]

    def rules_for(self, slot: int) -> tuple[TensorRule, ...]:
        """The rules that operand `slot` may follow."""
        return self.rules[min(slot, len(self.rules) - 1)] if self.rules else ()

    def words(self, slot: int) -> str:
        """What is true of operand `slot` whichever rule it follows; "" where there is nothing to say."""
        rules = self.rules_for(slot)
        general = {rule.why for rule in rules if not rule.formula} or {rule.why for rule in rules}
        return general.pop() if len(general) == 1 else ""


def rules(why: str, *formulas: str) -> tuple[TensorRule, ...]:
    """Rules for one operand, all for the same reason."""
    return tuple(TensorRule(formula, why) for formula in formulas)


def words(why: str) -> tuple[TensorRule, ...]:
    """What is to be said of an operand where no rule can be written down that is short and holds."""
    return rules(why, "")


def op(name: str, glyph: str, written: str, *of_operands: tuple[TensorRule, ...]) -> TensorOp:
    """An entry with its symbol."""
    return TensorOp(name, glyph, written, of_operands)


def called(name: str, *of_operands: tuple[TensorRule, ...]) -> TensorOp:
    """An entry that goes by its name, in pictures and in formulas."""
    return TensorOp(name, name.replace("_", " "), "", of_operands)
