"""Conversion of an array to another dtype.

Integers wrap to a narrower type; floats are rounded to the nearest, ties to even (IEEE 754-2019 5.4.1), and truncated on their way to
integers. A float whose integer part is no number of the type, NaN and infinity included, may become anything (C17 6.3.1.4). Named
conventions are the rounding of wide numbers to 16 bits by way of float32, and 32 bits in the place of 64, as JAX has them by default.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping, Tuple

import numpy as np

from harness.adapters.base import NARROWING
from harness.case import Case
from harness.formats import FLOATS, kind_of
from harness.meaning import Accuracy, Expected, Meaning, Rule
from harness.operator import Operator, register
from harness.operators.elementwise.bounds import SIXTEEN_BITS, flushed_to_zero, value_within
from harness.operators.elementwise.limits import DTYPES as LIMITED
from harness.operators.elementwise.meaning import FLUSHED
from harness.operators.elementwise.table import BOOL, COMPARING, FLOAT_DTYPES, INTEGERS
from harness.operators.facts import FLUSHING, state
from harness.plain import add_calls, case_of, classes, value_sets

DTYPES = ("float32", "float64", "float16", "bfloat16", *INTEGERS, *BOOL)

POINTS = (
    0.0,
    0.5,
    127.5,
    128.0,
    -128.5,
    255.5,
    32768.0,
    65504.0,
    65520.0,
    2.0**24,
    2.0**31,
    -(2.0**31),
    2.0**53,
    2.0**63,
)


def meaning(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
    """The converted array per convention."""
    x, to = arrays["x"], case.parameters["to"]
    variants = {"once": (_converted(x, case.dtype, to),)}
    if to in SIXTEEN_BITS and case.dtype in ("float64", "int32", "int64", "uint32", "uint64"):
        with np.errstate(over="ignore", invalid="ignore"):
            narrow = x.astype(np.float32)
        variants["through float32"] = (_converted(narrow, "float32", to),)
    if to in NARROWING:
        variants["32 bits"] = (_converted(x, case.dtype, NARROWING[to]),)
    return Meaning(Rule.COMPUTE, "", variants)


def _converted(x: np.ndarray, dtype: str, to: str) -> Expected:
    """The array ``x`` of ``dtype`` as one of ``to``."""
    kind = kind_of(to)
    with np.errstate(over="ignore", invalid="ignore"):
        if kind == "float":
            value = x.astype(np.longdouble)
            return value_within(value, to, *_ulps(dtype, to), signed=True, flushed=(_flushed(value, dtype),))
        zero = np.zeros(x.shape)
        free = None
        if kind == "bool":
            value, flushed = (x != 0), (_flushed(x.astype(np.longdouble), dtype) != 0,)
            readings = tuple(reading.astype(np.longdouble) for reading in flushed)
            return Expected(x.shape, to, (value.astype(np.longdouble),), _exactly(zero), flushed=readings)
        info = np.iinfo(to)
        if kind_of(dtype) == "float":
            whole = np.trunc(x.astype(np.longdouble))
            free = ~((whole >= info.min) & (whole <= np.longdouble(info.max)))
            value = np.where(free, 0, whole)
        else:
            value = x.astype(to).astype(np.longdouble)
    return Expected(x.shape, to, (value,), _exactly(zero), free=free)


def _ulps(dtype: str, to: str) -> Tuple[float, float]:
    """0 where every number of ``dtype`` is one of ``to``, else half a unit in the last place."""
    if kind_of(dtype) == "bool" or dtype == to:
        return 0, 0
    return 0.5, 0.5


def _flushed(value: np.ndarray, dtype: str) -> np.ndarray:
    """The numbers with zero in the place of those that are subnormal in ``dtype``."""
    return flushed_to_zero(value, dtype) if dtype in FLUSHED and dtype in FLOATS else value


def _exactly(zero: np.ndarray) -> Any:
    def bound(dtype: str, accuracy: Accuracy) -> np.ndarray:
        return zero

    return bound


def _structures() -> Any:
    from strategies import elementwise as drawn

    dtypes = (*FLOAT_DTYPES, *INTEGERS, *BOOL)
    strategy = drawn.structures(("x",), dtypes, (("to", tuple(d for d in DTYPES)),))
    return strategy.map(lambda structure: case_of("cast", structure))


def _words(case: Case) -> str:
    return f"{case.dtype} to {case.parameters['to']}"


operator = Operator(
    "cast",
    inputs=("x",),
    meaning=meaning,
    structures=_structures,
    cases=lambda structure, seed: value_sets(structure, seed, points=POINTS, gradient=()),
    classes=classes,
    words=_words,
    summary="conversion to another dtype, element by element",
    family="elementwise",
    pointwise=True,
)
operator.differs(*LIMITED)
CALLS: Dict[str, Any] = {
    "torch": "x.to(getattr(torch, to))",
    "tensorflow": "tf.cast(x, to)",
    "jax": "jax.lax.convert_element_type(x, to)",
    "keras": "keras.ops.cast(x, to)",
}
state(add_calls(register(operator), CALLS), tuple((pattern, COMPARING) for pattern in FLUSHING))
