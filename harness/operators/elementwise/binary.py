"""Functions of two real or complex numbers: arithmetic, remainders, powers, extremes.

Errors in units in the last place are those of OpenCL, as in ``unary``; where it has none (logarithms of sums) a few of the terms.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional, Tuple

import numpy as np

from harness.operators.elementwise import pairs as of
from harness.operators.elementwise import references as by
from harness.operators.elementwise import slopes
from harness.operators.elementwise.meaning import Function, Reference
from harness.operators.elementwise.table import COMPLEX, FLOATING, NUMBERS, REALS, named, row
from harness.plain import NOTHING, Expressions


def binary(
    name: str,
    reference: Reference,
    ulps: float,
    half: float,
    names: str,
    derivatives: Tuple[Reference, ...] = (),
    magnitudes: Tuple[Optional[Reference], ...] = (),
    calls: Optional[Expressions] = None,
    recipes: Mapping[str, Any] = NOTHING,
    **facts: Any,
) -> None:
    """Register a function of x and y. ``names`` are the dotted names that call it, each beginning with its framework's module."""
    expressions: Dict[str, Any] = {**named(names, "x, y"), **(calls or {})}
    function = Function(reference, ulps, half, derivatives, magnitudes, **facts)
    row(name, "x y", function, expressions, recipes=recipes)


def exponents(dtype: str) -> Mapping[str, Any]:
    """Recipe of the exponents of ``ldexp``, below and above those of the dtype."""
    return {"regime": "uniform", "low": -160, "high": 160}


UNITS = (0.0, 1.0, -1.0)

# fmt: off
binary("add", np.add, 0.5, 0.5, "torch.add tf.math.add jax.numpy.add keras.ops.add", (of.one, of.one), dtypes=NUMBERS, points=UNITS)
binary("subtract", np.subtract, 0.5, 0.5, "torch.sub tf.math.subtract jax.numpy.subtract keras.ops.subtract",
       (of.one, of.minus_one), dtypes=NUMBERS, points=UNITS)
binary("multiply", np.multiply, 0.5, 0.5, "torch.mul tf.math.multiply jax.numpy.multiply keras.ops.multiply",
       (lambda x, y, z: y + 0 * x, lambda x, y, z: x + 0 * y), dtypes=NUMBERS, points=UNITS)
binary("divide", np.divide, 2.5, 0.5, "torch.div tf.math.divide jax.numpy.divide keras.ops.divide",
       (lambda x, y, z: 1 / (y + 0 * x), lambda x, y, z: -z / y), intermediates=(lambda x, y, z: x / y / y, of.first, of.second,
       lambda x, y, z: y * y),
       dtypes=FLOATING + COMPLEX, points=UNITS)
binary("maximum", np.maximum, 0, 0, "torch.maximum tf.math.maximum jax.numpy.maximum keras.ops.maximum",
       kinks=slopes.at_ties(True), dtypes=REALS, points=(0.0, 1.0), signed=False)
binary("minimum", np.minimum, 0, 0, "torch.minimum tf.math.minimum jax.numpy.minimum keras.ops.minimum",
       kinks=slopes.at_ties(False), dtypes=REALS, points=(0.0, 1.0), signed=False)
binary("fmax", np.fmax, 0, 0, "torch.fmax jax.numpy.fmax keras.ops.fmax", kinks=slopes.at_ties(True), dtypes=FLOATING, points=(0.0, 1.0),
       signed=False)
binary("fmin", np.fmin, 0, 0, "torch.fmin jax.numpy.fmin keras.ops.fmin", kinks=slopes.at_ties(False), dtypes=FLOATING, points=(0.0, 1.0),
       signed=False)
binary("atan2", np.arctan2, 6, 2, "torch.atan2 tf.math.atan2 jax.numpy.arctan2 keras.ops.arctan2",
       (lambda x, y, z: y / (x * x + y * y), lambda x, y, z: -x / (x * x + y * y)), intermediates=(of.squared_radius, of.first,
       of.second), points=UNITS)
binary("hypot", np.hypot, 4, 2, "torch.hypot jax.numpy.hypot keras.ops.hypot",
       (lambda x, y, z: x / z, lambda x, y, z: y / z), intermediates=(of.squared_radius, of.first, of.second), points=UNITS)
binary("power", np.power, 16, 4, "torch.pow tf.math.pow jax.numpy.power keras.ops.power",
       (lambda x, y, z: y * np.power(x, y - 1), lambda x, y, z: z * np.log(x)),
       conditions=(of.power_spread, lambda x, y, z: np.full_like(z, 6)),
       intermediates=(lambda x, y, z: np.power(x, y - 1), of.first, lambda x, y, z: z), points=(0.0, 1.0, -1.0, 2.0, 0.5, 3.0, -2.0))
binary("remainder", of.remainder, 1, 1,
       "torch.remainder tf.math.floormod jax.numpy.remainder keras.ops.mod",
       (of.one, slopes.minus_quotient), intermediates=slopes.QUOTIENTS,
       conditions=(None, slopes.jumps), flushing=(np.fmod,), points=UNITS, signed=False)
binary("fmod", np.fmod, 0, 0, "torch.fmod jax.numpy.fmod keras.ops.fmod",
       (of.one, slopes.minus_quotient), intermediates=slopes.QUOTIENTS,
       conditions=(None, slopes.jumps), points=UNITS)
binary("floor_divide", of.exact_floor, 2, 2, "torch.floor_divide tf.math.floordiv jax.numpy.floor_divide keras.ops.floor_divide",
       conventions={"exact": of.exact_floor, "rounded": of.floor_of_rounded}, undefined=of.infinite_dividend, aware=True,
       flushing=(of.floor_of_normal,), points=UNITS, signed=False)
binary("logaddexp", np.logaddexp, 4, 3, "torch.logaddexp jax.numpy.logaddexp keras.ops.logaddexp",
       (of.share, of.other_share), conditions=(of.spread, of.spread), points=UNITS, scale=of.larger, signed=False)
binary("logaddexp2", np.logaddexp2, 4, 3, "torch.logaddexp2 jax.numpy.logaddexp2 keras.ops.logaddexp2",
       (slopes.share_of_two, slopes.other_share_of_two), conditions=(of.spread, of.spread), points=UNITS, scale=of.larger, signed=False)
binary("copysign", np.copysign, 0, 0, "torch.copysign jax.numpy.copysign", undefined=of.second_is_nan, points=(0.0, 1.0))
binary("nextafter", by.nextafter, 0, 0, "torch.nextafter tf.math.nextafter jax.numpy.nextafter keras.ops.nextafter",
       aware=True, dtypes=("float32", "float64", "bfloat16", "float16"), points=UNITS)
binary("heaviside", of.heaviside, 0, 0, "torch.heaviside jax.numpy.heaviside keras.ops.heaviside",
       conventions={"nan": of.heaviside, "zero": of.heaviside_zero, "second": of.heaviside_second}, points=(0.0, 1.0), signed=False)
binary("xlogy", of.xlogy, 4, 3, "torch.xlogy tf.math.xlogy", kinks=of.at_zero(np.log, lambda x, y, z: x / y), intermediates=(of.first,
       of.second),
       conventions={"nan": of.xlogy, "zero": of.xlogy_zero}, points=(0.0, 1.0), signed=False)
binary("xlog1py", of.xlog1py, 4, 3, "torch.special.xlog1py tf.math.xlog1py", kinks=of.at_zero(np.log1p, lambda x, y, z: x / (1 + y)),
       intermediates=(of.first,),
       conditions=(None, lambda x, y, z: 1 + (1 + np.abs(y)) / np.abs(1 + y) + 0 * x),
       conventions={"nan": of.xlog1py, "zero": of.xlog1py_zero}, points=(0.0, -1.0), signed=False)
binary("ldexp", np.ldexp, 0.5, 0.5, "torch.ldexp jax.numpy.ldexp keras.ops.ldexp", others={"y": "int32"}, recipes={"y": exponents},
       dtypes=("float32", "float64"), points=UNITS)
binary("squared_difference", lambda x, y: (x - y) ** 2, 2.5, 2.5, "tf.math.squared_difference",
       (lambda x, y, z: 2 * (x - y), lambda x, y, z: -2 * (x - y)), points=UNITS)
# fmt: on
