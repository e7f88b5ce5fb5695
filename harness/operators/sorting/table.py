"""A row of the tables of sorting and searching becomes a registered operator."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from harness.case import COTANGENT, GRADIENT, Case, InputSpec, KnownDifference
from harness.formats import kind_of
from harness.meaning import Meaning
from harness.operator import Operator, register
from harness.operators.facts import Facts, state
from harness.operators.reductions.known import differs
from harness.operators.reductions.table import REGIMES, classes
from harness.plain import Expressions, add_calls, case_of, value_sets

FLOATS = ("float32", "float32", "float32", "float64", "float16", "bfloat16")
INTEGERS = ("int32", "int64", "int8", "uint8", "int16", "uint16", "uint32", "uint64")
NUMBERS = (*FLOATS, *INTEGERS)

MeaningOf = Callable[[Case, Mapping[str, np.ndarray]], Meaning]
Result = Callable[[Case], Tuple[int, ...]]


def row(
    name: str,
    inputs: str,
    meaning: MeaningOf,
    structures: Callable[[], Any],
    calls: Expressions,
    summary: str,
    *,
    regimes: Mapping[str, Tuple[str, ...]] = REGIMES,
    points: Tuple[float, ...] = (0.0, 1.0),
    result: Optional[Result] = None,
    facts: Facts = (),
    known: Tuple[KnownDifference, ...] = (),
) -> Operator:
    """Register the operator ``name`` of the inputs named in ``inputs``; ``result`` is the shape of the result of one with a gradient."""
    operator = Operator(
        name,
        inputs=tuple(inputs.split()),
        differentiable=("x",) if result else (),
        meaning=meaning,
        structures=lambda: structures().map(lambda structure: case_of(name, structure)),
        cases=lambda structure, seed: cases_of(structure, seed, regimes, points, result),
        classes=classes,
        words=lambda case: (
            f"dtype {case.dtype}, {', '.join(f'{k} {v}' for k, v in case.parameters.items() if isinstance(v, (bool, str)))}"
        ),
        summary=summary,
        family="sorting",
    )
    return state(add_calls(differs(register(operator), *known), calls), facts)


def cases_of(
    structure: Case,
    seed: int,
    regimes: Mapping[str, Tuple[str, ...]],
    points: Sequence[float],
    result: Optional[Result],
) -> List[Case]:
    """The value sets of a structure. One whose every input is drawn uniformly has one value set."""
    chosen = regimes[kind_of(structure.dtype)]
    if all(spec.regime == "uniform" for spec in structure.inputs.values()):
        chosen = chosen[:1]
    sets = value_sets(structure, seed, regimes=chosen, points=points, gradient=())
    if result is None or kind_of(structure.dtype) != "float" or structure.parameters.get("hostile"):
        return sets
    return sets + [with_gradient(case, result(structure)) for case in sets if case.regime in ("rounding", "exact")]


def with_gradient(case: Case, shape: Tuple[int, ...]) -> Case:
    """The gradient case of a value case."""
    spec = InputSpec(shape, case.dtype, "rounding", case.inputs["x"].seed + 1)
    return replace(case, inputs={**case.inputs, COTANGENT: spec}, quantity=GRADIENT)
