"""Special functions of two real numbers: incomplete gamma functions, Hurwitz' zeta function; and the polygamma functions.

No standard names an error of these. All implementations multiply a power by an exponential (or take a power), whose exponent is
a sum of terms of magnitude S: one rounding of it moves the result by S units in the last place. Errors are therefore counted in units of
S times the value (``scale``), and of 1 where the usual formula subtracts from 1.
"""

from __future__ import annotations

import functools
import math
from typing import Any, Callable

import numpy as np

from harness.formats import FLOATS
from harness.operators.elementwise.meaning import Function
from harness.operators.elementwise.references import PRECISION, longdouble
from harness.operators.elementwise.special import MOST
from harness.operators.elementwise.table import row
from harness.operators.elementwise.unary import unary

SMALLEST, LARGEST = 2.0**-40, 2.0**13
"""Arguments outside of which nothing is said: there the exponent's terms are so large, or the number of terms, that no digit is left."""


def of_two(function: Callable[[Any, Any, Any], Any]) -> Callable[..., np.ndarray]:
    """The function of arrays whose elements are ``function(mpmath, a, x)`` within the usual arguments, NaN elsewhere."""

    @functools.lru_cache(maxsize=200_000)
    def of(a: float, x: float) -> Any:
        import mpmath

        with mpmath.workprec(PRECISION):
            return longdouble(function(mpmath, mpmath.mpf(a), mpmath.mpf(x)))

    def reference(a: np.ndarray, x: np.ndarray, **parameters: object) -> np.ndarray:
        a, x = np.broadcast_arrays(a, x)
        usual = is_usual(a) & (is_usual(x) | (x == 0))
        pairs = zip(a.reshape(-1).tolist(), x.reshape(-1).tolist(), usual.reshape(-1).tolist())
        values = [of(float(one), float(other)) if said else math.nan for one, other, said in pairs]
        return np.array(values, np.longdouble).astype(x.dtype).reshape(x.shape)

    return reference


def is_usual(x: np.ndarray) -> np.ndarray:
    """Which elements are positive and neither very small nor very large."""
    return np.asarray((x >= SMALLEST) & (x <= LARGEST))


def _lower(mp: Any, a: Any, x: Any) -> Any:
    return mp.gammainc(a, 0, x, regularized=True) if x else 0.0


def _upper(mp: Any, a: Any, x: Any) -> Any:
    return mp.gammainc(a, x, mp.inf, regularized=True) if x else 1.0


def _zeta(mp: Any, s: Any, q: Any) -> Any:
    if s <= 1 or not q:
        return math.inf if s >= 1 else math.nan
    return mp.zeta(s, q)


lower, upper, hurwitz = of_two(_lower), of_two(_upper), of_two(_zeta)


def exponent(a: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Magnitudes of the terms of a log x - x - log gamma(a)."""
    return np.asarray(1 + a * np.abs(np.log(x)) + x + a * np.abs(np.log(a)) + a + np.abs(np.log(a)))


def by_complement(a: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Where the upper function is the one that is computed, and the lower one subtracted from 1."""
    return np.asarray(x > 1.2 * np.maximum(a, 1))


def lower_terms(a: np.ndarray, x: np.ndarray, **parameters: object) -> np.ndarray:
    """Magnitude of the lower function's error in units in the last place of 1."""
    p, q = lower(a, x), upper(a, x)
    return np.asarray(np.where(x > 0, p + exponent(a, x) * np.where(by_complement(a, x), q, p), p))


def upper_terms(a: np.ndarray, x: np.ndarray, **parameters: object) -> np.ndarray:
    """Magnitude of the upper function's error in units in the last place of 1."""
    p, q = lower(a, x), upper(a, x)
    return np.asarray(np.where(x > 0, np.where(by_complement(a, x), q * exponent(a, x), 1 + p * exponent(a, x)), q))


def zeta_terms(s: np.ndarray, q: np.ndarray, **parameters: object) -> np.ndarray:
    """Magnitude of the error of powers with exponents up to s."""
    return np.asarray(hurwitz(s, q) * (1 + s * np.abs(np.log(q))))


UNDERFLOW = 2.0**20
"""How many times the smallest normal number a result must be: the exponential may underflow before a sum is multiplied to it."""


def unsaid(function: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """Where nothing is said of a function: at unusual arguments, among them NaN and shapes of zero, and below ``UNDERFLOW``."""

    def undefined(a: np.ndarray, x: np.ndarray, dtype: str) -> np.ndarray:
        value = function(a, x)
        small = (value > 0) & (value < UNDERFLOW * FLOATS[dtype].smallest_normal)
        return np.asarray(~(is_usual(a) & (is_usual(x) | (x == 0))) | small)

    return undefined


ORDER, START = 12.0, 512.0
"""Largest arguments of Hurwitz' zeta function of which something is said: its powers stay above float32's smallest number, and the usual
Euler-Maclaurin sum of nine terms and twelve coefficients, whose remainder grows with the order, below a rounding."""


def unusual_zeta(s: np.ndarray, q: np.ndarray, **parameters: object) -> np.ndarray:
    """Where nothing is said of Hurwitz' zeta function."""
    return ~(is_usual(s) & is_usual(q) & (s <= ORDER) & (q <= START))


ORDERS = (1, 2, 3, 4, 5)
"""Orders of polygamma functions."""


def polygamma(x: np.ndarray, n: int) -> np.ndarray:
    """The n-th derivative of digamma for usual x: (-1)**(n + 1) n! zeta(n + 1, x)."""
    sign = 1 if n % 2 else -1
    return np.asarray(sign * math.factorial(n) * hurwitz(np.full_like(x, n + 1), x))


def polygamma_terms(x: np.ndarray, n: int) -> np.ndarray:
    """Magnitude of the error of the power and of the exponential of a log-gamma in place of the factorial."""
    return np.asarray(np.abs(polygamma(x, n)) * (1 + (n + 1) * np.abs(np.log(x)) + math.lgamma(n + 1)))


def unusual_order(x: np.ndarray, n: int) -> np.ndarray:
    """Where nothing is said of polygamma functions, which are zeta functions of order n + 1."""
    return unusual_zeta(np.full_like(x, n + 1), x) | (x < 1 / START)


def slope(x: np.ndarray, y: np.ndarray, n: int) -> np.ndarray:
    """The derivative: the next polygamma function."""
    return polygamma(x, n + 1)


POSITIVE = (0.5, 1.0, 2.0, 3.5, 5.0, 10.0, 12.0, 25.0, 37.0, 45.0, 100.0, 110.0, 200.0, 0.03)
"""Points around which arguments are drawn: shapes and limits next to each other, where an expansion of its own is used."""

row("gammainc", "x y", Function(lower, 8, 4, scale=lower_terms, undefined=unsaid(lower), aware=True, points=POSITIVE, signed=False), {
    "torch": "torch.special.gammainc(x, y)",
    "tensorflow": "tf.math.igamma(x, y)",
    "jax": "jax.scipy.special.gammainc(x, y)",
}, most=MOST, summary="regularised lower incomplete gamma function of shape x up to y")  # fmt: skip
row("gammaincc", "x y", Function(upper, 8, 4, scale=upper_terms, undefined=unsaid(upper), aware=True, points=POSITIVE, signed=False), {
    "torch": "torch.special.gammaincc(x, y)",
    "tensorflow": "tf.math.igammac(x, y)",
    "jax": "jax.scipy.special.gammaincc(x, y)",
}, most=MOST, summary="regularised upper incomplete gamma function of shape x from y on")  # fmt: skip
row("zeta", "x y", Function(hurwitz, 8, 4, scale=zeta_terms, undefined=unusual_zeta, points=POSITIVE, signed=False), {
    "torch": "torch.special.zeta(x, y)",
    "tensorflow": "tf.math.zeta(x, y)",
    "jax": "jax.scipy.special.zeta(x, y)",
}, most=MOST, summary="Hurwitz' zeta function: the sum of (k + y)**-x")  # fmt: skip
unary("polygamma", polygamma, 8, 4, "", slope, condition=lambda x, y, n: 8 * (1 + (n + 2) * np.abs(np.log(x))), calls={
          "torch": "torch.special.polygamma(n, x)",
          "tensorflow": "tf.math.polygamma(tf.fill(x.shape, tf.cast(n, x.dtype)), x)",
          "jax": "jax.scipy.special.polygamma(n, x)",
      }, parameters=(("n", ORDERS),), scale=polygamma_terms, undefined=unusual_order, points=POSITIVE, most=MOST,
      signed=False, summary="a derivative of digamma")  # fmt: skip
