"""A sampling operator from its meaning: its strategy, its value sets, its family."""

from __future__ import annotations

from typing import Any, Callable, List, Mapping, Sequence, Tuple

import numpy as np

from harness.case import Case
from harness.formats import FLOATS
from harness.meaning import Meaning
from harness.operator import Operator, register
from harness.operators.facts import state
from harness.plain import case_of, classes, value_sets

Result = Callable[[Case], Tuple[Tuple[int, ...], str]]
"""Shape and dtype of the result of a well-formed case."""


def sampling(
    name: str,
    inputs: Tuple[str, ...],
    meaning: Callable[[Case, Mapping[str, np.ndarray]], Meaning],
    summary: str,
    *,
    differentiable: Sequence[str],
    result: Result,
    points: Sequence[float] = (),
    smooth: Sequence[str] = tuple(FLOATS),
) -> Operator:
    """Register a sampling operator. Its values are finite; integers, and with ``points`` what lies around them, reach elements and borders.

    ``smooth``: the dtypes of x of which gradients are asked.
    """

    def structures() -> Any:
        from strategies.sampling import STRUCTURES

        return STRUCTURES[name].map(lambda structure: case_of(name, structure))

    def cases(structure: Case, seed: int) -> List[Case]:
        regimes = ("rounding", "exact", "near") if points else ("rounding", "exact")
        filled = not any(0 in spec.shape for spec in structure.inputs.values())
        gradient = ("rounding",) if filled and structure.dtype in smooth else ()
        return value_sets(structure, seed, regimes=regimes, points=points, gradient=gradient, result=result)

    return state(
        register(
            Operator(
                name,
                inputs=inputs,
                differentiable=tuple(differentiable),
                meaning=meaning,
                structures=structures,
                cases=cases,
                classes=classes,
                words=lambda case: case.dtype,
                summary=summary,
                family="resize",
            )
        )
    )
