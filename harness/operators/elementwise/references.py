"""References of special functions, computed with mpmath element by element; arrays of such operators are kept small.

mpmath is imported when a reference is computed, which happens in the parent and never in a worker. Results are within the roundoff
of longdouble: 120 bits of working precision, of which 113 are kept as the sum of two floats.
"""

from __future__ import annotations

import functools
import math
import statistics
from typing import Any, Callable

import numpy as np

PRECISION = 160
"""Bits of mpmath's arithmetic."""


def longdouble(result: Any) -> Any:
    """A number of mpmath within its working precision, or a float for a special value, as a longdouble."""
    import mpmath

    if isinstance(result, float):
        return np.longdouble(result)
    mantissa, exponent = mpmath.frexp(result)
    high = float(mantissa)
    wide = np.longdouble(high) + np.longdouble(float(mantissa - high))
    return np.ldexp(wide, int(min(max(exponent, -(10**6)), 10**6)))


def elementwise_by(function: Callable[[Any, Any], Any]) -> Callable[[np.ndarray], np.ndarray]:
    """The function of arrays whose elements are ``function(mpmath, x)`` for a finite mpf x, or a float for any special value."""

    @functools.lru_cache(maxsize=200_000)
    def of(number: float) -> Any:
        import mpmath

        with mpmath.workprec(PRECISION):
            return longdouble(function(mpmath, mpmath.mpf(number) if math.isfinite(number) else number))

    def reference(x: np.ndarray) -> np.ndarray:
        # Every element is a number of the case's dtype, so float64 holds it.
        values = [of(number) for number in np.asarray(x, np.float64).reshape(-1).tolist()]
        result = np.array(values, np.longdouble).astype(x.dtype).reshape(x.shape)
        return np.where((x == 0) & (result == 0), x, result)  # mpmath has no negative zero; such functions are odd

    return reference


def _finite(x: Any) -> bool:
    return not isinstance(x, float)


def _erf(mp: Any, x: Any) -> Any:
    return mp.erf(x) if _finite(x) else math.erf(x)


ERFC_LIMIT = 110.0
"""Beyond it erfc is below longdouble's smallest number; mpmath's own test for that overflows at huge arguments."""


def _erfc(mp: Any, x: Any) -> Any:
    if _finite(x) and abs(x) > ERFC_LIMIT:
        return 0.0 if x > 0 else 2.0
    return mp.erfc(x) if _finite(x) else math.erfc(x)


def _erfinv(mp: Any, x: Any) -> Any:
    if not _finite(x) or abs(x) > 1:
        return math.nan
    if abs(x) == 1:
        return math.copysign(math.inf, x)
    if abs(x) < 1e-9:  # the series' next term is below 1e-36 of the first
        return mp.sqrt(mp.pi) / 2 * (x + mp.pi * x**3 / 12 + 7 * mp.pi**2 * x**5 / 480)
    return _quantile(mp, (1 - abs(x)) / 2) * (-1 if x > 0 else 1) / mp.sqrt(2)


def _quantile(mp: Any, p: Any) -> Any:
    """The argument at which the standard normal distribution function is ``p``, by Newton's method on its logarithm; p < 1/2."""
    z = mp.mpf(statistics.NormalDist().inv_cdf(max(float(p), 5e-324)))
    for _ in range(8):
        below = mp.erfc(-z / mp.sqrt(2)) / 2
        step = mp.log(below / p) * below * mp.sqrt(2 * mp.pi) * mp.exp(z * z / 2)
        z -= step
        if abs(step) < abs(z) * mp.mpf(2) ** (-PRECISION // 2 - 10):
            break
    return z


def _ndtri(mp: Any, p: Any) -> Any:
    if not _finite(p) or p < 0 or p > 1:
        return math.nan
    if p in (0, 1):
        return math.inf if p else -math.inf
    if p == 0.5:
        return 0.0
    return _quantile(mp, p) if p < 0.5 else -_quantile(mp, 1 - p)


def _is_pole(x: Any) -> bool:
    return bool(x <= 0 and x == int(x))


def _lgamma(mp: Any, x: Any) -> Any:
    if not _finite(x):
        return math.nan if math.isnan(x) else math.inf
    return math.inf if _is_pole(x) else mp.re(mp.loggamma(x))


def _digamma(mp: Any, x: Any) -> Any:
    if not _finite(x):
        return x if x > 0 else math.nan
    return math.nan if _is_pole(x) else mp.digamma(x)


def _trigamma(mp: Any, x: Any) -> Any:
    if not _finite(x) or _is_pole(x):
        return math.nan
    return mp.psi(1, x)


def _bessel(order: int, scaled: bool) -> Callable[[Any, Any], Any]:
    """The modified Bessel function of the first kind, scaled by exp(-|x|) or not."""

    def of(mp: Any, x: Any) -> Any:
        sign = -1 if order and x < 0 else 1
        if not _finite(x):
            return math.nan if math.isnan(x) else (sign * 0.0 if scaled else sign * math.inf)
        x = abs(x)
        if x > 2000:  # the asymptotic series of DLMF 10.40.1: its seventh term is below 1e-23 of the first
            if not scaled:
                return sign * math.inf
            term, total, mu = mp.mpf(1), mp.mpf(1), 4 * order
            for k in range(1, 12):
                term = -term * (mu - (2 * k - 1) ** 2) / (k * 8 * x)
                total += term
            return sign * total / mp.sqrt(2 * mp.pi * x)
        return sign * mp.besseli(order, x) * (mp.exp(-x) if scaled else 1)

    return of


erf = elementwise_by(_erf)
erfc = elementwise_by(_erfc)
erfinv = elementwise_by(_erfinv)
ndtri = elementwise_by(_ndtri)
lgamma = elementwise_by(_lgamma)
digamma_or_nan = elementwise_by(_digamma)
trigamma = elementwise_by(_trigamma)
i0 = elementwise_by(_bessel(0, False))
i0e = elementwise_by(_bessel(0, True))
i1 = elementwise_by(_bessel(1, False))
i1e = elementwise_by(_bessel(1, True))


def digamma(x: np.ndarray) -> np.ndarray:
    """The logarithmic derivative of the gamma function: at zero the infinity of the opposite sign, at negative integers NaN."""
    return np.asarray(np.where(x == 0, -np.copysign(np.inf, x), digamma_or_nan(x)))


def logistic(x: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)), without overflow for large negative x."""
    small = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0, 1 / (1 + small), small / (1 + small)))


def logit(x: np.ndarray) -> np.ndarray:
    """log(x / (1 - x)); NaN outside [0, 1]."""
    return np.asarray(np.log(x) - np.log1p(-x))


def sinc(x: np.ndarray) -> np.ndarray:
    """sin(pi x) / (pi x), 1 at zero: by the reduced argument, so that the zeros at integers are exact. Infinity gives NaN."""
    pi = np.longdouble("3.14159265358979323846264338327950288")
    reduced = x - 2 * np.rint(x / 2)  # exact, in [-1, 1]
    folded = np.where(np.abs(reduced) > 0.5, np.copysign(1, reduced) - reduced, reduced)
    wide = np.sin(pi * folded.astype(np.longdouble)) / (pi * x.astype(np.longdouble))
    return np.asarray(np.where(x == 0, 1, wide).astype(x.dtype))


def sinc_slope(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The derivative of ``sinc``: (cos(pi x) - sinc(x)) / x, by its series near zero."""
    pi = np.longdouble("3.14159265358979323846264338327950288")
    wide = x.astype(np.longdouble)
    turned = pi * (wide - 2 * np.rint(wide / 2))
    near = -(pi**2) * wide / 3 * (1 - pi**2 * wide**2 / 10 * (1 - pi**2 * wide**2 / 28))
    return np.asarray(np.where(np.abs(wide) < 1e-3, near, (np.cos(turned) - y) / wide).astype(x.dtype))


def nan_to_num(x: np.ndarray, dtype: str) -> np.ndarray:
    """NaN becomes zero, an infinity the largest finite number of its sign."""
    from harness.formats import FLOATS

    largest = FLOATS[dtype].largest
    return np.asarray(np.where(np.isnan(x), 0, np.clip(x, -largest, largest)))


def nextafter(x: np.ndarray, y: np.ndarray, dtype: str) -> np.ndarray:
    """The next number of ``dtype`` after x towards y; y where they are equal (C17 7.12.11.3)."""
    from harness.formats import FLOATS, numpy_dtype

    x, y = np.broadcast_arrays(x, y)
    narrow = x.astype(numpy_dtype(dtype))
    form = FLOATS[dtype]
    signed = {"float64": np.int64, "float32": np.int32}.get(dtype, np.int16)
    bits = np.ascontiguousarray(narrow).reshape(x.shape).view(signed)
    away = (y > x) == (x > 0)
    stepped = (bits + np.where(away, 1, -1).astype(signed)).view(narrow.dtype).astype(x.dtype)
    from_zero = np.copysign(form.smallest_subnormal, y)
    result = np.where(x == 0, from_zero, stepped)
    return np.asarray(np.where(x == y, y, np.where(np.isnan(x) | np.isnan(y), np.nan, result)))
