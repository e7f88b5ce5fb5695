"""A row of the tables of decompositions, solutions and functions of matrices becomes a registered operator."""

from __future__ import annotations

from typing import Any, Callable, Mapping, Sequence, Tuple

import numpy as np

from harness.case import Case
from harness.formats import FLOATS, kind_of
from harness.meaning import Accuracy, Expected, Meaning, Property, Rule
from harness.operator import Operator, register
from harness.operators.elementwise.limits import LIMITS
from harness.operators.facts import Facts, state
from harness.operators.linalg.facts import WITHOUT_META
from harness.operators.linalg.matrices import frobenius, roundoff
from harness.operators.linalg.rows import FAMILY
from harness.plain import Expressions, add_calls, case_of, classes, value_sets

CONSTANT = 8.0
"""The constant of the bounds, which are ``8 n sqrt(n) u`` times norms; LAPACK's errors on drawn matrices stay below an eighth of that."""

Definition = Callable[[Case, Mapping[str, np.ndarray]], Meaning]


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
) -> Operator:
    """Register an operator on stacks of matrices of float32 or float64; ``square`` says that others must be refused."""

    def structures() -> Any:
        from strategies.matrices import MATRICES

        return MATRICES[name].map(lambda structure: case_of(name, structure))

    def meaning(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
        shape = case.inputs["x"].shape
        if len(shape) < 2:
            return Meaning(Rule.REFUSE, f"shape {shape}: a matrix has two axes")
        if square and shape[-1] != shape[-2]:
            return Meaning(Rule.REFUSE, f"shape {shape}: the matrices must be square")
        if len({spec.dtype for spec in case.inputs.values()}) > 1 or kind_of(case.dtype) != "float":
            return Meaning(Rule.EITHER, "inputs of different dtypes, or of other than floating-point numbers")
        with np.errstate(all="ignore"):
            return definition(case, arrays)

    operator = Operator(
        name,
        inputs=tuple(inputs.split()),
        meaning=meaning,
        structures=structures,
        cases=lambda structure, seed: value_sets(structure, seed, regimes=regimes, gradient=()),
        classes=classes,
        words=lambda case: f"shape of {len(case.inputs['x'].shape)} axes, {case.dtype}",
        summary=summary,
        family=FAMILY,
    )
    operator.differs(WITHOUT_META, *LIMITS)
    return state(add_calls(register(operator), calls), facts)


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
