"""A row of the tables of elementwise operators becomes a registered operator."""

from __future__ import annotations

from typing import Any, Tuple

from harness.case import Case
from harness.formats import FLOATS
from harness.operator import Operator, register
from harness.operators.elementwise.meaning import Function, elementwise
from harness.operators.facts import Facts, state
from harness.plain import Expressions, add_calls, case_of, classes, value_sets

FLOAT_DTYPES = ("float32", "float32", "float32", "float64", "float16", "bfloat16")
INTEGER_DTYPES = ("int32", "int64", "int8", "uint8", "int16", "uint16", "uint32", "uint64")


def row(
    name: str,
    inputs: str,
    function: Function,
    calls: Expressions,
    *,
    parameters: Tuple[Tuple[str, Tuple[Any, ...]], ...] = (),
    facts: Facts = (),
    family: str = "elementwise",
    summary: str = "",
) -> Operator:
    """Register the operator ``name`` of the inputs named in ``inputs``, separated by spaces."""
    names = tuple(inputs.split())
    dtypes = tuple(d for d in FLOAT_DTYPES if d in function.dtypes) + tuple(
        d for d in function.dtypes if d not in FLOATS
    )

    def structures() -> Any:
        from strategies import elementwise as drawn

        return drawn.structures(names, dtypes, parameters).map(lambda structure: case_of(name, structure))

    def cases(structure: Case, seed: int) -> Any:
        gradient = ("rounding", "near") if function.derivatives or function.kinks else ()
        return value_sets(structure, seed, points=function.points, gradient=gradient, result=result)

    def result(case: Case) -> Tuple[Tuple[int, ...], str]:
        import numpy as np

        shape = np.broadcast_shapes(*(case.inputs[name].shape for name in names))
        return shape, function.result(case.dtype)

    operator = Operator(
        name,
        inputs=names,
        differentiable=names if function.derivatives or function.kinks else (),
        meaning=elementwise(function, names),
        structures=structures,
        cases=cases,
        classes=classes,
        words=lambda case: case.dtype,
        summary=summary or f"{name}, element by element",
        family=family,
        pointwise=True,
    )
    return state(add_calls(register(operator), calls), facts)
