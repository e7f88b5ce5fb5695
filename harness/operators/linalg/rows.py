"""A row of the tables of products becomes a registered operator."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, List, Mapping, Optional, Tuple

import numpy as np

from harness.case import COTANGENT, Case, InputSpec
from harness.formats import FLOATS, kind_of
from harness.meaning import Meaning
from harness.numerics import exact_limits
from harness.operator import Operator, register, with_cotangent
from harness.operators.elementwise.limits import LIMITS
from harness.operators.facts import Facts, state
from harness.operators.linalg.contraction import Contraction, contract, lengths_of
from harness.operators.linalg.plans import Plan, terms
from harness.plain import Expressions, add_calls, case_of, classes, value_sets

FAMILY = "linalg"

REGIMES = {
    "float": ("exact", "rounding", "special", "magnitudes"),
    "integer": ("exact", "rounding", "magnitudes"),
    "complex": ("exact", "rounding"),
}
"""Value sets by kind."""


def product_row(
    name: str,
    plan: Callable[[Case], Plan],
    calls: Expressions,
    summary: str,
    *,
    inputs: str = "x y",
    facts: Facts = (),
    definition: Optional[Callable[[Case, Mapping[str, np.ndarray]], Meaning]] = None,
) -> Operator:
    """Register the operator that multiplies its inputs as ``plan`` says; an absent second input counts as 1.

    Where a ``definition`` gives the meaning, the plan is only that of the value sets.
    """
    names = tuple(inputs.split())

    def structures() -> Any:
        from strategies import linalg as drawn

        return drawn.PRODUCTS[name].map(lambda structure: case_of(name, structure))

    def meaning(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
        planned = plan(case)
        if "y" in arrays:
            return contract(case, arrays, planned)
        one = np.ones((), arrays["x"].dtype)
        both = replace(case, inputs={**case.inputs, "y": InputSpec((), case.dtype)})
        found = contract(both, {**arrays, "y": one}, planned)
        return replace(found, variants={key: outputs[:1] for key, outputs in found.variants.items()})

    operator = Operator(
        name,
        inputs=names,
        differentiable=names,
        meaning=definition or meaning,
        structures=structures,
        cases=lambda structure, seed: cases_of(plan, structure, seed),
        classes=classes,
        words=lambda case: case.dtype,
        summary=summary,
        family=FAMILY,
    )
    operator.differs(*LIMITS)
    return state(add_calls(register(operator), calls), facts)


def cases_of(plan: Callable[[Case], Plan], structure: Case, seed: int) -> List[Case]:
    """The value sets of a structure; the operands of the exact regime are so small that every order of summation is exact."""
    planned = plan(structure) if not structure.parameters.get("hostile") else ""
    sets = value_sets(structure, seed, regimes=REGIMES[kind_of(structure.dtype)], gradient=())
    if isinstance(planned, str):
        return sets
    count = terms(structure, planned)
    sets = [exact(case, count) if case.regime == "exact" else case for case in sets]
    if kind_of(structure.dtype) == "float":
        sets.append(_gradient(structure, planned, seed))
    return sets


def exact(case: Case, count: int) -> Case:
    """The case with operands whose sums of ``count`` products are exact."""
    if case.dtype not in FLOATS:
        return case
    limit, nonzeros = exact_limits(case.dtype, count)
    inputs = {name: replace(spec, limit=limit) for name, spec in case.inputs.items()}
    inputs["x"] = replace(inputs["x"], nonzeros=nonzeros)
    return replace(case, inputs=inputs)


def _gradient(structure: Case, planned: Contraction, seed: int) -> Case:
    """The gradient case of a structure."""
    labels, shapes = (planned.x, planned.y), [spec.shape for spec in structure.inputs.values()]
    lengths = lengths_of(labels, shapes)
    result = planned.result
    shape: Tuple[int, ...] = result if result is not None else tuple(lengths[label] for label in planned.out)
    case = value_sets(structure, seed, regimes=("rounding",), gradient=())[0]
    asked = with_cotangent(case, shape, case.dtype, seed + 8)
    cotangent = replace(asked.inputs[COTANGENT], regime="rounding")
    return replace(asked, inputs={**asked.inputs, COTANGENT: cotangent})
