"""Functions of complex numbers. Errors are relative to the modulus of the result."""

from __future__ import annotations

import numpy as np

from harness.operator import get
from harness.operators.elementwise.annex import MODERATE
from harness.operators.elementwise.binary import binary
from harness.operators.elementwise.holomorphic import DERIVATIVES, differentiate
from harness.operators.elementwise.table import COMPLEX
from harness.operators.elementwise.unary import unary


def power_terms(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Magnitude of the error of exp(y log x): an exponent's rounding moves the result by as many units as the exponent is large."""
    return np.asarray(np.abs(np.power(x, y)) * (1 + np.abs(y) * (1 + np.abs(np.log(x)))))


def power_limits(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Where nothing is said: of a base of zero or an operand that is not finite (C17 Annex G leaves cpow open), next to overflow."""
    with np.errstate(all="ignore"):
        exponent = np.abs(y * np.log(x))
    return np.asarray((x == 0) | ~(exponent < np.log(MODERATE)) | ~(np.abs(x) < MODERATE) | ~(np.abs(y) < MODERATE))


# fmt: off
unary("complex_exp", np.exp, 4, 4, "torch.exp tf.math.exp jax.numpy.exp keras.ops.exp", dtypes=COMPLEX, annex_g=True)
unary("complex_log", np.log, 4, 4, "torch.log tf.math.log jax.numpy.log keras.ops.log", dtypes=COMPLEX, annex_g=True)
unary("complex_sqrt", np.sqrt, 4, 4, "torch.sqrt tf.math.sqrt jax.numpy.sqrt keras.ops.sqrt", dtypes=COMPLEX, annex_g=True)
unary("complex_sin", np.sin, 4, 4, "torch.sin tf.math.sin jax.numpy.sin keras.ops.sin", dtypes=COMPLEX, annex_g=True)
unary("complex_cos", np.cos, 4, 4, "torch.cos tf.math.cos jax.numpy.cos keras.ops.cos", dtypes=COMPLEX, annex_g=True)
unary("complex_sinh", np.sinh, 4, 4, "torch.sinh tf.math.sinh jax.numpy.sinh keras.ops.sinh", dtypes=COMPLEX, annex_g=True)
unary("complex_cosh", np.cosh, 4, 4, "torch.cosh tf.math.cosh jax.numpy.cosh keras.ops.cosh", dtypes=COMPLEX, annex_g=True)
unary("complex_tanh", np.tanh, 4, 4, "torch.tanh tf.math.tanh jax.numpy.tanh keras.ops.tanh", dtypes=COMPLEX, annex_g=True)
unary("complex_square", np.square, 4, 4, "torch.square tf.math.square jax.numpy.square keras.ops.square", dtypes=COMPLEX)
unary("complex_reciprocal", np.reciprocal, 4, 4, "torch.reciprocal tf.math.reciprocal jax.numpy.reciprocal keras.ops.reciprocal",
      dtypes=COMPLEX)
unary("complex_asin", np.arcsin, 4, 4, "torch.asin tf.math.asin jax.numpy.arcsin keras.ops.arcsin", dtypes=COMPLEX, annex_g=True)
unary("complex_acos", np.arccos, 4, 4, "torch.acos tf.math.acos jax.numpy.arccos keras.ops.arccos", dtypes=COMPLEX, annex_g=True)
unary("complex_atan", np.arctan, 4, 4, "torch.atan tf.math.atan jax.numpy.arctan keras.ops.arctan", dtypes=COMPLEX, annex_g=True)
unary("complex_asinh", np.arcsinh, 4, 4, "torch.asinh tf.math.asinh jax.numpy.arcsinh keras.ops.arcsinh", dtypes=COMPLEX, annex_g=True)
unary("complex_acosh", np.arccosh, 4, 4, "torch.acosh tf.math.acosh jax.numpy.arccosh keras.ops.arccosh", dtypes=COMPLEX, annex_g=True)
unary("complex_atanh", np.arctanh, 4, 4, "torch.atanh tf.math.atanh jax.numpy.arctanh keras.ops.arctanh", dtypes=COMPLEX, annex_g=True)
binary("complex_power", np.power, 16, 16, "torch.pow tf.math.pow jax.numpy.power keras.ops.power", dtypes=COMPLEX,
       scale=power_terms, undefined=power_limits)
# fmt: on

for _name in DERIVATIVES:
    differentiate(get(_name))
