"""Runs a JAX program step by step: what `make_jaxpr` gives, with all that is nested in it laid out in one line.

Functions under `jit`, checkpoints, the branch of a `cond` that is taken and every turn of a `scan` are entered; what is
left are primitives, and functions with a derivative rule of their own. Each runs on real numbers, under `vjp`, so that
it can be asked later what it hands on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tracer.errors import SourceError
from tracer.sources.jax.library import core, is_inexact, jax, jnp, numpy
from tracer.telling import shown

CALLS: Final[Mapping[str, str]] = {
    "jit": "jaxpr",
    "pjit": "jaxpr",
    "closed_call": "call_jaxpr",
    "core_call": "call_jaxpr",
    "checkpoint": "jaxpr",
    "remat": "jaxpr",
    "remat2": "jaxpr",
}
"""Equations that only call another program, and the parameter that holds it."""
CUT: Final = frozenset({"stop_gradient"})
"""Equations whose results count as constants, whatever went in."""
_COPIES: Final = frozenset({"copy", "copy_p"})


class Slot:
    """A number of the program: an array, and whether a gradient goes to it. Each is told from all others by identity.

    Attributes:
        value: the array.
        active: whether it depends on an input that is to have a gradient, in a way that can be differentiated.
        literal: whether it is a literal of the program.
        given: whether the program was given it, and has not computed it.
    """

    __slots__ = ("active", "given", "literal", "value")

    def __init__(self, value: Any, *, active: bool = False, literal: bool = False, given: bool = False) -> None:
        self.value = value
        self.active = active
        self.literal = literal
        self.given = given


@dataclass(frozen=True, slots=True)
class Step:
    """One op of the program as it ran.

    Attributes:
        primitive: its name in JAX; "index" and "stack" for what a scan does before and after its turns.
        params: its parameters.
        operands: what it read, in order.
        results: what it made.
        scope: path of the functions in which it stands.
        function: computes the results from arrays in place of the operands.
        hand_on: gives, for gradients of the results, what goes to each active operand.
    """

    primitive: str
    params: Mapping[str, Any]
    operands: tuple[Slot, ...]
    results: tuple[Slot, ...]
    scope: str
    function: Callable[..., Sequence[Any]]
    hand_on: Callable[[Sequence[Any]], Sequence[Any]]

    @property
    def active(self) -> list[int]:
        """The places of the operands that a gradient goes to."""
        return [place for place, operand in enumerate(self.operands) if operand.active]

    def again(self, first: Any) -> Any:
        """The first result for another first operand."""
        return self.function(first, *(operand.value for operand in self.operands[1:]))[0]

    def contributions(self, upstream: Sequence[Any]) -> dict[int, Any]:
        """What goes to each active operand, by its place; where there is no upstream gradient it counts as 0."""
        given = [
            jnp.zeros_like(result.value) if gradient is None else gradient
            for result, gradient in zip(self.results, upstream, strict=True)
        ]
        return dict(zip(self.active, self.hand_on(given), strict=True))


class Program:
    """A JAX program and its run.

    Attributes:
        steps: the ops that a gradient goes through, in order.
    """

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def run(self, closed: Any, inputs: Sequence[Slot]) -> list[Slot]:
        """Run a program and return its results.

        Args:
            closed: the program, a ClosedJaxpr.
            inputs: what it is given.

        Raises:
            SourceError: JAX cannot differentiate it.
        """
        return self._run(closed.jaxpr, [Slot(const, given=True) for const in closed.consts], inputs, "")

    def _run(self, jaxpr: Any, consts: Sequence[Slot], inputs: Sequence[Slot], scope: str) -> list[Slot]:
        known: dict[Any, Slot] = dict(zip((*jaxpr.constvars, *jaxpr.invars), (*consts, *inputs), strict=True))

        def read(atom: Any) -> Slot:
            return Slot(jnp.asarray(atom.val), literal=True) if isinstance(atom, core.Literal) else known[atom]

        for equation in jaxpr.eqns:
            operands = [read(atom) for atom in equation.invars]
            known.update(zip(equation.outvars, self._results(equation, operands, scope), strict=True))
        return [read(atom) for atom in jaxpr.outvars]

    def _results(self, equation: Any, operands: list[Slot], scope: str) -> list[Slot]:
        name, params = equation.primitive.name, equation.params
        if _changes_nothing(equation):
            return operands
        if name in CALLS:
            inner = params[CALLS[name]]
            return self._enter(inner, operands, _inside(scope, str(params.get("name", "")), inner))
        if name == "cond":
            branch = params["branches"][int(operands[0].value)]
            return self._enter(branch, operands[1:], scope)
        if name == "scan":
            return self._scan(params, operands, scope)
        return self._primitive(equation, operands, scope)

    def _enter(self, program: Any, operands: Sequence[Slot], scope: str) -> list[Slot]:
        """Run a program inside another; it may come with its constants, or have none."""
        if hasattr(program, "consts"):
            return self._run(program.jaxpr, [Slot(const, given=True) for const in program.consts], operands, scope)
        return self._run(program, [], operands, scope)

    def _scan(self, params: Mapping[str, Any], operands: list[Slot], scope: str) -> list[Slot]:
        fixed, carried = params["num_consts"], params["num_carry"]
        constants, carry, sequences = operands[:fixed], operands[fixed : fixed + carried], operands[fixed + carried :]
        turns = range(params["length"])
        outputs: dict[int, list[Slot]] = {}
        for turn in reversed(turns) if params["reverse"] else turns:
            items = [self._index(sequence, turn, scope) for sequence in sequences]
            here = "/".join(filter(None, (scope, f"turn {turn}")))
            results = self._enter(params["jaxpr"], [*constants, *carry, *items], here)
            carry, outputs[turn] = results[:carried], results[carried:]
        columns = zip(*(outputs[turn] for turn in turns), strict=True)
        return [*carry, *(self._stack(column, scope) for column in columns)]

    def _index(self, sequence: Slot, turn: int, scope: str) -> Slot:
        """One item of a sequence over which a scan runs."""
        (item,) = self._ran("index", {"turn": turn}, lambda array: [array[turn]], [sequence], scope)
        return item

    def _stack(self, items: Sequence[Slot], scope: str) -> Slot:
        """What a scan collects, put together."""
        (whole,) = self._ran("stack", {}, lambda *arrays: [jnp.stack(arrays)], items, scope)
        return whole

    def _primitive(self, equation: Any, operands: list[Slot], scope: str) -> list[Slot]:
        alone = _alone(equation)
        name = equation.primitive.name
        try:
            return self._ran(name, equation.params, alone, operands, scope)
        except (NotImplementedError, TypeError, ValueError) as error:
            raise SourceError(f"JAX cannot differentiate {name}: {shown(str(error), 300)}") from error

    def _ran(
        self,
        name: str,
        params: Mapping[str, Any],
        function: Callable[..., Sequence[Any]],
        operands: Sequence[Slot],
        scope: str,
    ) -> list[Slot]:
        """Run one op. Where no gradient goes through it, its results are constants."""
        active = [place for place, operand in enumerate(operands) if operand.active]
        values = [operand.value for operand in operands]
        if not active or name in CUT:
            return [Slot(value) for value in function(*values)]

        def of_active(*given: Any) -> Sequence[Any]:
            return function(*replaced(values, active, given))

        made, hand_on = jax.vjp(of_active, *(values[place] for place in active))
        results = [Slot(value, active=is_inexact(value)) for value in made]
        if any(result.active for result in results):
            pullback = _Pullback(hand_on, made)
            self.steps.append(Step(name, params, tuple(operands), tuple(results), scope, function, pullback))
        return results


class _Pullback:
    """What `vjp` gives, for a list of gradients; those of integers have a type of their own."""

    def __init__(self, hand_on: Callable[[Any], Any], made: Sequence[Any]) -> None:
        self._hand_on = hand_on
        self._made = made

    def __call__(self, upstream: Sequence[Any]) -> Sequence[Any]:
        given = [
            gradient if is_inexact(value) else numpy.zeros(value.shape, jax.dtypes.float0)
            for value, gradient in zip(self._made, upstream, strict=True)
        ]
        try:
            handed: Sequence[Any] = self._hand_on(given)
        except (NotImplementedError, TypeError, ValueError) as error:
            raise SourceError(f"JAX cannot differentiate the function: {shown(str(error), 300)}") from error
        return handed


def replaced(values: Sequence[Any], places: Sequence[int], given: Sequence[Any]) -> list[Any]:
    """The values, with others at some places."""
    changed = list(values)
    for place, value in zip(places, given, strict=True):
        changed[place] = value
    return changed


def _alone(equation: Any) -> Callable[..., Sequence[Any]]:
    """One equation as a function of its operands, each of which is an argument of its own."""
    inputs = [core.Var(atom.aval) for atom in equation.invars]
    outputs = [core.Var(atom.aval) for atom in equation.outvars]
    single = equation.replace(invars=inputs, outvars=outputs)
    # JAX wants to know for its messages what a program was made from.
    about = core.DebugInfo("one op", equation.primitive.name, ("",) * len(inputs), ("",) * len(outputs))
    jaxpr = core.Jaxpr((), inputs, outputs, [single], equation.effects, debug_info=about)
    function: Callable[..., Sequence[Any]] = core.jaxpr_as_fun(core.ClosedJaxpr(jaxpr, []))
    return function


def _changes_nothing(equation: Any) -> bool:
    """Whether an equation hands on what it is given as it is, and gradients too.

    JAX converts a number such as 2.0, whose dtype gives way to that of others, to one of that very dtype that does not.
    Here that makes no difference: in the equations of a program every dtype is settled.
    """
    if equation.primitive.name == "convert_element_type":
        same = equation.invars[0].aval.dtype == equation.params["new_dtype"]
        return bool(same) and equation.params.get("sharding") is None
    return equation.primitive.name in _COPIES


def _inside(scope: str, name: str, program: Any) -> str:
    """The path of a function that is called; helpers of JAX's own, and functions of one op, are no groups."""
    equations = getattr(program, "jaxpr", program).eqns
    if not name or name.startswith(("_", "<")) or len(equations) < 2:
        return scope
    return f"{scope}/{name}" if scope else name
