"""A row of the tables of elementwise operators becomes a registered operator."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Dict, Mapping, Tuple

from harness.case import Case
from harness.formats import FLOATS
from harness.operator import Operator, register
from harness.operators.elementwise.accuracy import facts_of
from harness.operators.elementwise.kernels import lacks
from harness.operators.elementwise.limits import DTYPES, OWN
from harness.operators.elementwise.meaning import Function, elementwise
from harness.operators.facts import FLUSHES, FLUSHING, Facts, flushing, state
from harness.plain import NOTHING, REGIMES_OF_KIND, Expressions, add_calls, case_of, classes, value_sets

FLOAT_DTYPES = ("float32", "float32", "float32", "float64", "float16", "bfloat16")
FLOATING = ("float32", "float64", "float16", "bfloat16")
SIGNED = ("int32", "int64", "int8", "int16")
INTEGERS = ("int32", "int64", "int8", "uint8", "int16", "uint16", "uint32", "uint64")
COMPLEX = ("complex64", "complex128")
BOOL = ("bool",)
REALS = FLOATING + INTEGERS
NUMBERS = REALS + COMPLEX

TABLES = {"torch": "torch", "tf": "tensorflow", "jax": "jax", "keras": "keras"}
"""Table of calls by the name of the module that an expression begins with."""

COMPARING = flushing(flush=(*FLUSHES.flush, "bool"))  # type: ignore[misc]
"""``FLUSHES`` for operators whose result is a truth value of operands that may become zero."""


def named(names: str, arguments: str) -> Dict[str, str]:
    """Expressions that call the dotted ``names``, separated by spaces, with the arguments."""
    return {TABLES[dotted.split(".")[0]]: f"{dotted}({arguments})" for dotted in names.split()}


def truth(dtype: str) -> str:
    """The dtype of predicates and comparisons."""
    return "bool"


def row(
    name: str,
    inputs: str,
    function: Function,
    calls: Expressions,
    *,
    parameters: Tuple[Tuple[str, Tuple[Any, ...]], ...] = (),
    recipes: Mapping[str, Any] = NOTHING,
    facts: Facts = (),
    most: int = 0,
    family: str = "elementwise",
    summary: str = "",
) -> Operator:
    """Register the operator ``name`` of the inputs named in ``inputs``, separated by spaces.

    ``recipes`` maps an input to a function of the dtype that gives further fields of its recipe; ``most`` is the largest number of
    elements.
    """
    names = tuple(inputs.split())
    dtypes = tuple(d for d in FLOAT_DTYPES if d in function.dtypes) + tuple(
        d for d in function.dtypes if d not in FLOATS
    )
    stated = (*facts, *facts_of(name, function.ulps, function.half))
    errors = [error for _, fact in stated for dtype, error in fact.ulps.items() if dtype in FLOATS]
    function = replace(function, loosest=max(errors, default=0.0))
    derived = bool(function.derivatives or function.kinks)

    def structures() -> Any:
        from strategies import elementwise as drawn

        strategy = drawn.structures(names, dtypes, parameters, others=function.others, recipes=recipes, most=most)
        return strategy.map(lambda structure: case_of(name, structure))

    def cases(structure: Case, seed: int) -> Any:
        gradient = ("rounding", "near") if derived else ()
        regimes = (*REGIMES_OF_KIND["complex"], "special") if function.annex_g else ()
        return value_sets(structure, seed, regimes=regimes, points=function.points, gradient=gradient, result=result)

    def result(case: Case) -> Tuple[Tuple[int, ...], str]:
        import numpy as np

        shape = np.broadcast_shapes(*(case.inputs[name].shape for name in names))
        return shape, function.result(case.dtype)

    operator = Operator(
        name,
        inputs=names,
        differentiable=tuple(n for n in names if n not in function.others) if derived else (),
        meaning=elementwise(function, names),
        structures=structures,
        cases=cases,
        classes=classes,
        words=lambda case: case.dtype,
        summary=summary or f"{name}, element by element",
        family=family,
        pointwise=True,
    )
    operator.differs(*OWN.get(name, ()), *lacks(name), *DTYPES)
    if function.result is truth:
        stated += tuple((pattern, COMPARING) for pattern in FLUSHING)
    return state(add_calls(register(operator), calls), stated)
