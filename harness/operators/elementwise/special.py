"""Special functions of one real number.

Errors of erf, erfc come from the OpenCL specification (see ``unary``). For the others no standard names one: the figures are the
largest that JAX documents for a function of the family it computes well (docs/accuracy.md), or a small multiple of a unit in the last
place of the terms (``scale``) where the function is computed from terms that cancel; what is above them is stated per target.
"""

from __future__ import annotations

import numpy as np

from harness.operators.elementwise import references as by
from harness.operators.elementwise.unary import unary

MOST = 160
"""Elements of an array, because references are computed one by one."""

PI = 4 * np.arctan(np.longdouble(1))


def gamma_terms(x: np.ndarray, *parameters: object) -> np.ndarray:
    """Magnitudes of the terms of log-gamma: Stirling's formula, and below 1/2 the reflection's logarithm of the sine."""
    size = np.abs(x) + 1
    pole = np.abs(np.log(np.abs(np.sin(np.pi * (x - np.rint(x)))) + 1e-300))
    return np.asarray(size * np.log(size) + size + 1 + np.where(x < 0.5, pole, 0))


def digamma_terms(x: np.ndarray, *parameters: object) -> np.ndarray:
    """Magnitudes of the terms of digamma: logarithm, reciprocal, and below 1/2 the reflection's cotangent with its argument's error."""
    turn = np.abs(np.sin(np.pi * (x - np.rint(x)))) + 1e-300
    reflected = np.pi / turn + np.pi**2 * np.abs(x) / turn**2
    return np.asarray(np.log(np.abs(x) + 2) + 1 + 1 / np.maximum(np.abs(x), 1e-300) + np.where(x < 0.5, reflected, 0))


def at_least_one(x: np.ndarray, *parameters: object) -> np.ndarray:
    """The magnitude 1 of terms that cancel."""
    return np.ones_like(x)


def nan_at_zero(x: np.ndarray) -> np.ndarray:
    """Digamma with NaN at its pole at zero as at the others."""
    return by.digamma_or_nan(x)


def at_least(x: np.ndarray) -> np.ndarray:
    """|x|, where at least the magnitude of a subnormal number."""
    return np.maximum(np.abs(x), 1e-300)


def value(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The function's own value, by whose quotient with x the derivative is computed."""
    return y


def ratio_to(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """y / x for y = I1(x) or its scaled form: 1/2 at zero."""
    small = np.abs(x) < 1e-150
    return np.asarray(np.where(small, 0.5, y / np.where(small, 1, x)))


# fmt: off
unary("erf", by.erf, 16, 4, "torch.erf tf.math.erf jax.lax.erf keras.ops.erf",
      lambda x, y: 2 / np.sqrt(PI).astype(x.dtype) * np.exp(-x * x), condition=lambda x, y: 1 + x * x, most=MOST, points=(0.0, 1.0,
      -1.0, 3.9, 5.9))
unary("erfc", by.erfc, 16, 4, "torch.erfc tf.math.erfc jax.lax.erfc keras.ops.erfc",
      lambda x, y: -2 / np.sqrt(PI).astype(x.dtype) * np.exp(-x * x), condition=lambda x, y: 1 + x * x, most=MOST,
      points=(0.0, 1.0, -1.0, 0.5, 2.0, 10.05, 9.2, 26.54, 27.2))
unary("erfinv", by.erfinv, 8, 4, "torch.erfinv tf.math.erfinv jax.lax.erf_inv keras.ops.erfinv",
      lambda x, y: np.sqrt(PI).astype(x.dtype) / 2 * np.exp(y * y), condition=lambda x, y: 2 + 20 * y * y, most=MOST,
      points=(0.0, 1.0, -1.0, 0.9, 0.7), signed=False)
unary("ndtri", by.ndtri, 8, 4, "torch.special.ndtri tf.math.ndtri",
      lambda x, y: np.sqrt(2 * PI).astype(x.dtype) * np.exp(y * y / 2), condition=lambda x, y: 2 + 20 * y * y, most=MOST,
      points=(0.0, 0.5, 1.0, 0.135), scale=lambda x: np.where(np.abs(x - 0.5) < 0.25, 1.0, 0.0), signed=False)
unary("lgamma", by.lgamma, 4, 4, "torch.lgamma tf.math.lgamma jax.lax.lgamma",
      lambda x, y: by.digamma(x), digamma_terms, condition=lambda x, y: np.full_like(x, 8), most=MOST,
      points=(0.0, 1.0, 2.0, 0.5, -1.0, -2.0, -2.5, 4.08e36), scale=gamma_terms)
unary("digamma", by.digamma, 8, 4, "torch.digamma tf.math.digamma jax.lax.digamma",
      lambda x, y: by.trigamma(x), lambda x, y: 1 / at_least(x) ** 2 + digamma_terms(x) ** 2, condition=lambda x, y: np.full_like(x, 8),
      most=MOST, points=(0.0, 1.0, 1.4616321449683623, 2.0, -1.0, -0.5, 10.0), scale=digamma_terms, alternatives=(nan_at_zero,))
unary("logistic", by.logistic, 4, 3, "torch.sigmoid tf.math.sigmoid jax.nn.sigmoid keras.ops.sigmoid",
      lambda x, y: y * by.logistic(-x), lambda x, y: y, points=(0.0, 1.0, -88.7, -103.0, 17.0, 36.7, -709.0))
unary("logit", by.logit, 4, 3, "torch.logit", lambda x, y: 1 / (x * (1 - x)), condition=lambda x, y: 1 + 1 / np.abs(1 - x),
      calls={"jax": "jax.scipy.special.logit(x)"}, points=(0.0, 0.5, 1.0), scale=at_least_one)
unary("sinc", by.sinc, 4, 2, "torch.sinc jax.numpy.sinc keras.ops.sinc",
      by.sinc_slope, lambda x, y: 4 * np.minimum(1 / at_least(x), 1 / at_least(x) ** 2) + np.where(np.abs(x) > 0.5, PI.astype(x.dtype), 0),
      points=(0.0, 1.0, -1.0, 0.5, 1e-4, 2.0), scale=at_least_one, signed=False)
unary("i0", by.i0, 16, 4, "torch.special.i0 tf.math.bessel_i0 jax.numpy.i0", lambda x, y: by.i1(x), condition=lambda x,
      y: np.full_like(x, 4),
      most=MOST, points=(0.0, 8.0, -8.0, 91.9, 713.9))
unary("i0e", by.i0e, 8, 2, "torch.special.i0e tf.math.bessel_i0e jax.lax.bessel_i0e",
      lambda x, y: by.i1e(x) - np.sign(x) * y, lambda x, y: 2 * y, condition=lambda x, y: np.full_like(x, 4), most=MOST, points=(0.0,
      8.0, -8.0))
unary("i1", by.i1, 16, 4, "torch.special.i1 tf.math.bessel_i1", lambda x, y: by.i0(x) - ratio_to(x, y),
      lambda x, y: 2 * by.i0(x), condition=lambda x, y: np.full_like(x, 4), intermediates=(value,), most=MOST, points=(0.0, 8.0, -8.0,
      91.9, 713.9), signed=False)
unary("i1e", by.i1e, 12, 2, "torch.special.i1e tf.math.bessel_i1e jax.lax.bessel_i1e",
      lambda x, y: by.i0e(x) - ratio_to(x, y) - np.sign(x) * y, lambda x, y: 3 * by.i0e(x),
      condition=lambda x, y: np.full_like(x, 4), intermediates=(value,), most=MOST, points=(0.0, 8.0, -8.0), signed=False)
# fmt: on
