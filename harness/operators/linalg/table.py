"""A row of the tables of decompositions, solutions and functions of matrices becomes a registered operator."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from harness.case import GRADIENT, Case
from harness.formats import FLOATS, kind_of
from harness.meaning import Accuracy, Expected, Meaning, Property, Rule
from harness.operator import Operator, always, register, with_cotangent
from harness.operators.elementwise.limits import LIMITS
from harness.operators.facts import Facts, state
from harness.operators.linalg.facts import META_ASSERTS, WITHOUT_META
from harness.operators.linalg.matrices import frobenius, roundoff
from harness.operators.linalg.rows import FAMILY
from harness.plain import Ask, Expressions, add_calls, ask, case_of, classes, value_sets

CONSTANT = 8.0
"""The constant of the bounds, which are ``8 n sqrt(n) u`` times norms; LAPACK's errors on drawn matrices stay below an eighth of that."""

Definition = Callable[[Case, Mapping[str, np.ndarray]], Meaning]


def own_shape(case: Case) -> Tuple[int, ...]:
    """The shape of the first input."""
    return case.inputs["x"].shape


@dataclass(frozen=True)
class Derivative:
    """The vector-Jacobian products of an operator on matrices.

    ``result`` gives the shape of the cotangent. ``calls`` are asked for the gradient where the value has several outputs, or
    outputs that are not unique: expressions whose result is one and unique. ``when`` says which structures have a gradient.
    """

    definition: Definition
    result: Callable[[Case], Tuple[int, ...]] = own_shape
    calls: Expressions = field(default_factory=dict)
    when: Callable[[Case], bool] = always


def matrix_row(
    name: str,
    definition: Definition,
    calls: Expressions,
    summary: str,
    *,
    inputs: str = "x",
    square: bool = True,
    facts: Facts = (),
    regimes: Sequence[str] = ("exact", "rounding"),
    derivative: Optional[Derivative] = None,
) -> Operator:
    """Register an operator on stacks of matrices of float32 or float64; ``square`` says that others must be refused."""
    names = tuple(inputs.split())

    def structures() -> Any:
        from strategies.matrices import MATRICES

        return MATRICES[name].map(lambda structure: case_of(name, structure))

    def meaning(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
        shape = case.inputs["x"].shape
        if len(shape) < 2:
            return Meaning(Rule.REFUSE, f"shape {shape}: a matrix has two axes")
        if square and shape[-1] != shape[-2]:
            if 1 in shape[-2:] and "symmetric" in case.parameters:
                return Meaning(Rule.EITHER, f"shape {shape}: broadcast to a square when the transpose is added")
            return Meaning(Rule.REFUSE, f"shape {shape}: the matrices must be square")
        if len({spec.dtype for spec in case.inputs.values()}) > 1 or kind_of(case.dtype) != "float":
            return Meaning(Rule.EITHER, "inputs of different dtypes, or of other than floating-point numbers")
        with np.errstate(all="ignore"):
            if case.quantity == GRADIENT and derivative:
                return derivative.definition(case, arrays)
            return definition(case, arrays)

    def cases(structure: Case, seed: int) -> List[Case]:
        sets = value_sets(structure, seed, regimes=regimes, gradient=())
        if derivative and not structure.parameters.get("hostile") and derivative.when(structure):
            sets.append(_gradient(derivative, structure, seed))
        return sets

    operator = Operator(
        name,
        inputs=names,
        differentiable=names if derivative else (),
        meaning=meaning,
        structures=structures,
        cases=cases,
        classes=classes,
        words=lambda case: f"shape of {len(case.inputs['x'].shape)} axes, {case.dtype}",
        summary=summary,
        family=FAMILY,
    )
    operator.differs(WITHOUT_META, META_ASSERTS, *LIMITS)
    register(operator)
    if derivative and derivative.calls:
        add_calls(operator, _only(derivative.calls, gradient=True))
        calls = _only(calls, gradient=False)
    return state(add_calls(operator, calls), facts)


def _gradient(derivative: Derivative, structure: Case, seed: int) -> Case:
    """The gradient case of a structure."""
    case = value_sets(structure, seed, regimes=("rounding",), gradient=())[0]
    return with_cotangent(case, derivative.result(case), case.dtype, seed + 8)


def _only(calls: Expressions, gradient: bool) -> Dict[str, List[Ask]]:
    """The calls for gradient cases alone, or for all others."""

    def limited(row: Any) -> Ask:
        row = ask(row) if isinstance(row, str) else row
        when = row.facts.get("when", always)
        return replace(
            row, facts={**row.facts, "when": lambda case: (case.quantity == GRADIENT) == gradient and when(case)}
        )

    return {
        table: [limited(row) for row in ([given] if isinstance(given, (str, Ask)) else given)]
        for table, given in calls.items()
    }


def unit_of(a: np.ndarray, dtype: str) -> float:
    """``8 n sqrt(n) u`` with n the longer side, where float64's u, that of references by NumPy, is added to the dtype's."""
    n = max(*a.shape[-2:], 1)
    return CONSTANT * float(n) ** 1.5 * roundoff(dtype)


def limit_of(a: np.ndarray, dtype: str) -> np.ndarray:
    """``unit_of`` times the norm of each matrix, and what underflow may add."""
    return np.asarray(unit_of(a, dtype) * frobenius(a) + max(a.shape[-1], 1) * FLOATS[dtype].smallest_normal)


def judged(
    value: np.ndarray, dtype: str, name: str, words: str, error: Callable[..., np.ndarray], **facts: Any
) -> Expected:
    """An output that is judged by a property; ``value`` is one of the right ones."""
    return Expected(value.shape, dtype, (value,), name=name, property=Property(words, error, facts))


def within(value: np.ndarray, dtype: str, limit: np.ndarray, name: str = "y", **facts: Any) -> Expected:
    """An output within ``limit`` of ``value``."""
    allowed = np.broadcast_to(limit, value.shape)

    def bound(dtype: str, accuracy: Accuracy) -> np.ndarray:
        return allowed

    return Expected(value.shape, dtype, (value,), bound, name=name, **facts)


def computed(*outputs: Expected) -> Meaning:
    """The meaning of a case with one reading."""
    return Meaning(Rule.COMPUTE, "", {"": outputs})


def read(variants: Mapping[str, Tuple[Expected, ...]]) -> Meaning:
    """The meaning of a case with several."""
    return Meaning(Rule.COMPUTE, "", variants)
