"""Functions of one real number that C17 and IEEE 754 define.

Errors in units in the last place are those that the OpenCL specification requires of a full profile (KhronosGroup/OpenCL-Docs,
env/numerical_compliance, "ULP Values for Math Instructions"): a standard that hardware and compilers meet and no framework wrote.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional, Tuple

import numpy as np

from harness.operators.elementwise.meaning import Function, Reference
from harness.operators.elementwise.table import REALS, named, row
from harness.plain import Expressions


def unary(
    name: str,
    reference: Reference,
    ulps: float,
    half: float,
    names: str,
    derivative: Optional[Reference] = None,
    magnitude: Optional[Reference] = None,
    condition: Optional[Reference] = None,
    calls: Optional[Expressions] = None,
    most: int = 0,
    parameters: Tuple[Tuple[str, Tuple[Any, ...]], ...] = (),
    summary: str = "",
    **facts: Any,
) -> None:
    """Register a function of x. ``names`` are the dotted names that call it, each beginning with its framework's module."""
    function = Function(
        reference,
        ulps,
        half,
        derivatives=(derivative,) if derivative else (),
        magnitudes=(magnitude,) if magnitude else (),
        conditions=(condition,) if condition else (),
        **facts,
    )
    expressions: Dict[str, Any] = {**named(names, "x"), **(calls or {})}
    row(name, "x", function, expressions, parameters=parameters, most=most, summary=summary)


LN2, LN10 = np.log(np.longdouble(2)), np.log(np.longdouble(10))

# The logarithms of the largest finite and the smallest numbers, where exponentials overflow and underflow.
EXP_LIMITS: Tuple[float, ...] = (0.0, 1.0, 88.72283, -87.33654, -103.97208, 11.08984, -9.703125, -17.328125)
EXP_LIMITS += (709.782712893384, -708.396418532264, -745.13321910194)
SINH_LIMITS = (*EXP_LIMITS, 89.415985, -89.415985, 11.7822, 710.4758600739439, 0.02)
EXP2_LIMITS = (0.0, 1.0, 128.0, -126.0, -149.0, 16.0, -14.0, -24.0, 1024.0, -1022.0, -1074.0, 0.5)
HALVES = (0.0, 0.5, 1.0, 1.5, 2.5, -0.5, -1.5, -2.5, 2.0**23, 2.0**22, 2.0**52, 1024.0, 2048.0, 128.0)
TURNS = (0.0, np.pi / 4, np.pi / 2, np.pi, 3 * np.pi / 2, 2 * np.pi, 100 * np.pi, 1e5, -np.pi / 2, -np.pi)
UNIT = (0.0, 0.5, 1.0, -1.0)
ROOTS = (0.0, 1.0, 4.0)

SIGNS: Mapping[str, Reference] = {"nan": np.sign, "zero": lambda x: np.where(np.isnan(x), 0, np.sign(x))}
"""The sign of NaN is NaN, or zero."""


def near_one(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """How much 1 - x * x, computed as it stands, amplifies relative errors."""
    return 1 + (1 + x * x) / np.abs((1 - x) * (1 + x))


def flat(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The derivative of a step."""
    return np.zeros_like(x)


# fmt: off
unary("negative", np.negative, 0, 0, "torch.neg tf.math.negative jax.numpy.negative keras.ops.negative",
      lambda x, y: -np.ones_like(x), dtypes=REALS)
unary("abs", np.abs, 0, 0, "torch.abs tf.math.abs jax.numpy.abs keras.ops.abs",
      kinks={"zero": (lambda x, y: np.sign(x),), "one": (lambda x, y: np.where(x < 0, -1.0, 1.0),)}, dtypes=REALS, points=(0.0, 1.0))
unary("sign", np.sign, 0, 0, "torch.sign tf.math.sign jax.numpy.sign keras.ops.sign",
      flat, conventions=SIGNS, dtypes=REALS, points=(0.0, 1.0), signed=False)
unary("floor", np.floor, 0, 0, "torch.floor tf.math.floor jax.numpy.floor keras.ops.floor", points=HALVES)
unary("ceil", np.ceil, 0, 0, "torch.ceil tf.math.ceil jax.numpy.ceil keras.ops.ceil", points=HALVES)
unary("trunc", np.trunc, 0, 0, "torch.trunc jax.numpy.trunc keras.ops.trunc", points=HALVES)
unary("frac", lambda x: np.where(np.isinf(x), np.nan, x - np.trunc(x)), 0, 0, "torch.frac", points=HALVES, signed=False)
unary("round_half_even", np.rint, 0, 0, "torch.round tf.math.round jax.numpy.round keras.ops.round", points=HALVES)
unary("sqrt", np.sqrt, 3, 0.5, "torch.sqrt tf.math.sqrt jax.numpy.sqrt keras.ops.sqrt", lambda x, y: 0.5 / y, points=ROOTS)
unary("rsqrt", lambda x: 1 / np.sqrt(x), 2, 1, "torch.rsqrt tf.math.rsqrt jax.lax.rsqrt keras.ops.rsqrt",
      lambda x, y: -0.5 * y / x, intermediates=(lambda x, y: y * y * y,), points=ROOTS)
unary("cbrt", np.cbrt, 2, 2, "jax.numpy.cbrt keras.ops.cbrt", lambda x, y: 1 / (3 * y * y),
      intermediates=(lambda x, y: y / x,), points=(0.0, 1.0, 8.0, -1.0))
unary("square", np.square, 0.5, 0.5, "torch.square tf.math.square jax.numpy.square keras.ops.square",
      lambda x, y: 2 * x, dtypes=REALS, points=(0.0, 1.8446742e19, 1.0842022e-19))
unary("reciprocal", np.reciprocal, 2.5, 0.5, "torch.reciprocal tf.math.reciprocal jax.numpy.reciprocal keras.ops.reciprocal",
      lambda x, y: -y * y, points=(0.0, 1.0))
unary("exp", np.exp, 3, 2, "torch.exp tf.math.exp jax.numpy.exp keras.ops.exp", lambda x, y: y, points=EXP_LIMITS)
unary("exp2", np.exp2, 3, 2, "torch.exp2 jax.numpy.exp2 keras.ops.exp2",
      lambda x, y: LN2.astype(x.dtype) * y, points=EXP2_LIMITS)
unary("expm1", np.expm1, 3, 2, "torch.expm1 tf.math.expm1 jax.numpy.expm1 keras.ops.expm1",
      lambda x, y: y + 1, lambda x, y: np.abs(y) + 1, points=EXP_LIMITS)
unary("log", np.log, 3, 2, "torch.log tf.math.log jax.numpy.log keras.ops.log", lambda x, y: 1 / x, points=(0.0, 1.0, np.e))
unary("log2", np.log2, 3, 2, "torch.log2 jax.numpy.log2 keras.ops.log2",
      lambda x, y: 1 / (x * LN2.astype(x.dtype)), points=(0.0, 1.0, 2.0))
unary("log10", np.log10, 3, 2, "torch.log10 jax.numpy.log10 keras.ops.log10",
      lambda x, y: 1 / (x * LN10.astype(x.dtype)), points=(0.0, 1.0, 10.0))
unary("log1p", np.log1p, 2, 2, "torch.log1p tf.math.log1p jax.numpy.log1p keras.ops.log1p",
      lambda x, y: 1 / (1 + x), condition=lambda x, y: 1 + (1 + np.abs(x)) / np.abs(1 + x), points=(0.0, -1.0, 1.0))
unary("sin", np.sin, 4, 2, "torch.sin tf.math.sin jax.numpy.sin keras.ops.sin", lambda x, y: np.cos(x), points=TURNS)
unary("cos", np.cos, 4, 2, "torch.cos tf.math.cos jax.numpy.cos keras.ops.cos", lambda x, y: -np.sin(x), points=TURNS)
unary("tan", np.tan, 5, 2, "torch.tan tf.math.tan jax.numpy.tan keras.ops.tan", lambda x, y: 1 + y * y, points=TURNS)
unary("asin", np.arcsin, 4, 2, "torch.asin tf.math.asin jax.numpy.arcsin keras.ops.arcsin",
      lambda x, y: 1 / np.sqrt((1 - x) * (1 + x)), condition=near_one, points=UNIT, underflow=2)  # 2 atan2(x, 1 + sqrt(1 - x * x))
unary("acos", np.arccos, 4, 2, "torch.acos tf.math.acos jax.numpy.arccos keras.ops.arccos",
      lambda x, y: -1 / np.sqrt((1 - x) * (1 + x)), condition=near_one, points=UNIT)
unary("atan", np.arctan, 5, 2, "torch.atan tf.math.atan jax.numpy.arctan keras.ops.arctan",
      lambda x, y: 1 / (1 + x * x), points=UNIT)
unary("sinh", np.sinh, 4, 2, "torch.sinh tf.math.sinh jax.numpy.sinh keras.ops.sinh", lambda x, y: np.cosh(x), points=SINH_LIMITS)
unary("cosh", np.cosh, 4, 2, "torch.cosh tf.math.cosh jax.numpy.cosh keras.ops.cosh", lambda x, y: np.sinh(x), points=SINH_LIMITS)
unary("tanh", np.tanh, 5, 2, "torch.tanh tf.math.tanh jax.numpy.tanh keras.ops.tanh",
      lambda x, y: 1 / np.cosh(x) ** 2, lambda x, y: 1 + y * y, points=(0.0, 9.0, -9.0, 0.0004))
unary("asinh", np.arcsinh, 4, 2, "torch.asinh tf.math.asinh jax.numpy.arcsinh keras.ops.arcsinh",
      lambda x, y: 1 / np.sqrt(1 + x * x), points=(0.0, 1.0))
unary("acosh", np.arccosh, 4, 2, "torch.acosh tf.math.acosh jax.numpy.arccosh keras.ops.arccosh",
      lambda x, y: 1 / np.sqrt((x - 1) * (x + 1)), condition=near_one, points=(1.0, 2.0))
unary("atanh", np.arctanh, 5, 2, "torch.atanh tf.math.atanh jax.numpy.arctanh keras.ops.arctanh",
      lambda x, y: 1 / ((1 - x) * (1 + x)), condition=near_one, points=(0.0, 1.0, -1.0))
unary("deg2rad", lambda x: (x.astype(np.longdouble) * np.arctan(np.longdouble(1)) / 45).astype(x.dtype), 2, 2,
      "torch.deg2rad jax.numpy.deg2rad keras.ops.deg2rad",
      lambda x, y: np.full_like(x, np.arctan(np.longdouble(1)) / 45), points=(0.0, 180.0))
unary("rad2deg", lambda x: (x.astype(np.longdouble) * 45 / np.arctan(np.longdouble(1))).astype(x.dtype), 2, 2,
      "torch.rad2deg jax.numpy.rad2deg keras.ops.rad2deg",
      lambda x, y: np.full_like(x, 45 / np.arctan(np.longdouble(1))), points=(0.0, np.pi))
# fmt: on
