"""Predicates of numbers, functions of bits and of truth values, and the parts of complex numbers."""

from __future__ import annotations

import numpy as np

from harness.formats import PARTS
from harness.operators.elementwise import references as by
from harness.operators.elementwise.table import BOOL, COMPLEX, FLOATING, INTEGERS, REALS, truth
from harness.operators.elementwise.unary import unary
from harness.plain import ask


def part(dtype: str) -> str:
    """The dtype of a complex number's parts."""
    return PARTS.get(dtype, dtype)


def ones_of(x: np.ndarray) -> np.ndarray:
    """Number of one bits; of negative numbers those of the two's complement (array API standard, 2024.12, has no such function)."""
    bits = np.ascontiguousarray(x).reshape(x.shape).view(x.dtype.str.replace("i", "u"))
    return np.asarray(np.bitwise_count(bits))


def is_bool(case):
    return case.dtype == "bool"


def is_no_bool(case):
    return case.dtype != "bool"


# fmt: off
unary("isnan", np.isnan, 0, 0, "torch.isnan tf.math.is_nan jax.numpy.isnan keras.ops.isnan", result=truth)
unary("isinf", np.isinf, 0, 0, "torch.isinf tf.math.is_inf jax.numpy.isinf keras.ops.isinf", result=truth)
unary("isfinite", np.isfinite, 0, 0, "torch.isfinite tf.math.is_finite jax.numpy.isfinite keras.ops.isfinite", result=truth)
unary("isposinf", lambda x: x == np.inf, 0, 0, "torch.isposinf jax.numpy.isposinf keras.ops.isposinf", result=truth)
unary("isneginf", lambda x: x == -np.inf, 0, 0, "torch.isneginf jax.numpy.isneginf keras.ops.isneginf", result=truth)
unary("signbit", lambda x: np.signbit(x) if x.dtype.kind == "f" else x < 0, 0, 0, "torch.signbit jax.numpy.signbit keras.ops.signbit",
      result=truth, undefined=np.isnan, dtypes=FLOATING, points=(0.0,))
unary("logical_not", np.logical_not, 0, 0, "torch.logical_not jax.numpy.logical_not keras.ops.logical_not",
      calls={"tensorflow": ask("tf.math.logical_not(x)", when=is_bool)}, result=truth, dtypes=BOOL + REALS, points=(0.0,))
unary("bitwise_not", np.bitwise_not, 0, 0, "torch.bitwise_not jax.numpy.bitwise_not keras.ops.bitwise_not",
      calls={"tensorflow": ask("tf.bitwise.invert(x)", when=is_no_bool)}, dtypes=INTEGERS + BOOL)
unary("population_count", ones_of, 0, 0, "jax.lax.population_count", calls={"tensorflow": "tf.raw_ops.PopulationCount(x=x)"},
      result=lambda dtype: "uint8", other_results=lambda dtype: (dtype,), dtypes=INTEGERS)
unary("nan_to_num", by.nan_to_num, 0, 0, "torch.nan_to_num jax.numpy.nan_to_num keras.ops.nan_to_num", aware=True)
unary("real", np.real, 0, 0, "torch.real tf.math.real jax.numpy.real keras.ops.real", dtypes=COMPLEX, result=part)
unary("imag", np.imag, 0, 0, "torch.imag tf.math.imag jax.numpy.imag keras.ops.imag", dtypes=COMPLEX, result=part)
unary("conj", np.conj, 0, 0, "torch.conj_physical tf.math.conj jax.numpy.conj keras.ops.conj", dtypes=COMPLEX)
unary("angle", np.angle, 6, 2, "torch.angle tf.math.angle jax.numpy.angle keras.ops.angle", dtypes=COMPLEX, result=part)
unary("modulus", np.abs, 4, 2, "torch.abs tf.math.abs jax.numpy.abs keras.ops.abs", dtypes=COMPLEX, result=part)
# fmt: on
