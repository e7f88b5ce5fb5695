"""References of functions of two numbers that NumPy has not, or not with the readings that frameworks have."""

from __future__ import annotations

from typing import Mapping, Tuple

import numpy as np

from harness.formats import numpy_dtype
from harness.operators.elementwise.bounds import flushed_to_zero
from harness.operators.elementwise.meaning import Reference


def one(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """The derivative 1."""
    return np.ones_like(z)


def minus_one(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """The derivative -1."""
    return -np.ones_like(z)


def squared_radius(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """x**2 + y**2, which the usual formulas of derivatives compute on their way."""
    return x * x + y * y


def first(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """The first operand."""
    return np.asarray(x + 0 * np.where(np.isfinite(z), z, 0))


def second(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """The second operand."""
    return np.asarray(y + 0 * np.where(np.isfinite(z), z, 0))


def at_zero(logarithm: Reference, other: Reference) -> Mapping[str, Tuple[Reference, ...]]:
    """Conventions for the derivative of x log(y) by x where x is zero: the logarithm, or zero. ``other`` is the derivative by y."""

    def log(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        return np.asarray(logarithm(y) + 0 * x)

    def zero(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        return np.asarray(np.where(x == 0, 0.0, logarithm(y)).astype(z.dtype))

    return {"log": (log, other), "zero": (zero, other)}


def division_is_undefined(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Integer division by zero, and that of the smallest integer by -1, whose quotient is no number of the type (C17 6.5.5)."""
    if x.dtype.kind == "u":
        return np.broadcast_to(y == 0, np.broadcast_shapes(x.shape, y.shape))
    return (y == 0) | ((x == np.iinfo(x.dtype).min) & (y == -1))


def by_zero(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Integer remainder of a division by zero."""
    return np.broadcast_to(y == 0, np.broadcast_shapes(x.shape, y.shape))


def safe(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The divisors with 1 in the places of zeros."""
    return np.where(y == 0, np.ones((), y.dtype), y)


def floor_quotient(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """floor(x / y) of integers."""
    return np.asarray(np.floor_divide(x, safe(x, y)))


def truncated_quotient(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """x / y of integers, rounded towards zero."""
    y = safe(x, y)
    floored, rest = np.floor_divide(x, y), np.remainder(x, y)
    return np.asarray(floored + ((rest != 0) & (floored < 0)).astype(x.dtype))


def integer_remainder(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The remainder that has the divisor's sign."""
    return np.asarray(np.remainder(x, safe(x, y)))


def integer_fmod(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The remainder that has the dividend's sign."""
    return np.asarray(np.fmod(x, safe(x, y)))


def exact_floor(x: np.ndarray, y: np.ndarray, dtype: str) -> np.ndarray:
    """floor of the exact quotient, by the exact remainder; x / y where y is zero."""
    rest = np.fmod(x, y)
    whole = np.rint((x - rest) / y) - ((rest != 0) & ((rest < 0) != (y < 0)))
    by_infinity = np.where(np.isinf(y) & np.isfinite(x), np.where((x != 0) & ((x < 0) != (y < 0)), -1.0, 0.0), whole)
    return np.asarray(np.where(y == 0, x / y, by_infinity))


def floor_of_rounded(x: np.ndarray, y: np.ndarray, dtype: str) -> np.ndarray:
    """floor of the quotient rounded to the dtype."""
    return np.asarray(np.floor((x / y).astype(numpy_dtype(dtype)).astype(x.dtype)))


def floor_of_normal(x: np.ndarray, y: np.ndarray, dtype: str) -> np.ndarray:
    """floor of the quotient, with zero in the place of a subnormal one."""
    return np.asarray(np.floor(flushed_to_zero(x / y, dtype)))


def remainder(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The remainder that has the divisor's sign; of opposite signs with an infinite divisor, that divisor."""
    return np.asarray(np.where(np.isinf(y) & np.isfinite(x) & (x * np.sign(y) < 0), y, np.remainder(x, y)))


def infinite_dividend(x: np.ndarray, y: np.ndarray, dtype: str) -> np.ndarray:
    """Where the dividend is infinite: the array API standard lets the floored quotient be infinite or NaN."""
    return np.asarray(np.isinf(x) & np.ones_like(y, bool))


def integer_power(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """x**y of integers, wrapped to the type; 1 in the places of negative exponents."""
    return np.asarray(np.power(x, np.maximum(y, 0)))


def negative_exponent(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Where the exponent is negative, so that the power is no integer."""
    return np.broadcast_to(y < 0, np.broadcast_shapes(x.shape, y.shape))


def multiple_overflows(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Where the least common multiple is no number of the type."""
    top = np.longdouble(np.iinfo(x.dtype).max)
    wide = [np.abs(a.astype(np.longdouble)) for a in np.broadcast_arrays(x, y)]
    divisor = np.maximum(np.abs(np.gcd(x, y).astype(np.longdouble)), 1)
    return np.asarray(wide[0] / divisor * wide[1] > top)


def divisor_overflows(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Where the greatest common divisor is no number of the type: the magnitude of the smallest integer."""
    low = np.iinfo(x.dtype).min
    one, other = ((a == low) | (a == 0) for a in (x, y))
    return np.asarray(one & other & ((x == low) | (y == low)) & (low < 0))


def out_of_width(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Where the count of a shift is negative or not below the width: undefined in C17 6.5.7."""
    width = np.iinfo(x.dtype).bits
    return np.broadcast_to((y < 0) | (y >= width), np.broadcast_shapes(x.shape, y.shape))


def left(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """x shifted left, wrapped to the type."""
    return np.asarray(np.left_shift(x, np.where(out_of_width(y, y), 0, y).astype(y.dtype)))


def right(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """x shifted right, with copies of the sign."""
    return np.asarray(np.right_shift(x, np.where(out_of_width(y, y), 0, y).astype(y.dtype)))


def second_is_nan(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Where the second operand is NaN, whose sign is nowhere defined (IEEE 754-2019 6.3)."""
    return np.broadcast_to(np.isnan(y), np.broadcast_shapes(x.shape, y.shape))


def heaviside(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """0 below zero, 1 above, y at zero; NaN at NaN."""
    return np.asarray(np.heaviside(x, y))


def heaviside_zero(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """``heaviside`` that is 0 at NaN."""
    return np.asarray(np.where(np.isnan(x), 0.0, np.heaviside(x, y)))


def heaviside_second(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """``heaviside`` that is y at NaN."""
    return np.asarray(np.where(np.isnan(x), y, np.heaviside(x, y)))


def xlogy(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """x log(y); 0 where x is zero, unless y is NaN."""
    return np.asarray(np.where((x == 0) & ~np.isnan(y), 0.0, x * np.log(y)))


def xlogy_zero(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """``xlogy`` that is 0 where x is zero, whatever y is."""
    return np.asarray(np.where(x == 0, 0.0, x * np.log(y)))


def xlog1py(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """x log(1 + y); 0 where x is zero, unless y is NaN."""
    return np.asarray(np.where((x == 0) & ~np.isnan(y), 0.0, x * np.log1p(y)))


def xlog1py_zero(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """``xlog1py`` that is 0 where x is zero, whatever y is."""
    return np.asarray(np.where(x == 0, 0.0, x * np.log1p(y)))


def larger(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The larger magnitude of two terms, 1 at least."""
    return np.asarray(np.maximum(np.maximum(np.abs(x), np.abs(y)), 1))


def share(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """The derivative of logaddexp by x: exp(x - z)."""
    return np.asarray(1 / (1 + np.exp(y - x)))


def other_share(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """The derivative of logaddexp by y: exp(y - z)."""
    return np.asarray(1 / (1 + np.exp(x - y)))


def power_spread(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Of x**(y - 1), in units of eight roundings: 48 of the power and its product, and that of y - 1 times its logarithmic derivative."""
    return np.asarray(6 + np.abs(y - 1) * np.abs(np.log(np.where(x == 0, 1, np.abs(x)))) / 8)


def spread(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """How much exponentials of the operands' differences amplify relative errors."""
    return np.asarray(1 + np.abs(x) + np.abs(y))
