"""Planted bugs of elementwise operators and of dtype promotion: {name: (operators, bug)}."""

from __future__ import annotations

import numpy as np

from harness.case import GRADIENT, Kind
from planted.bugs import WRONG, Bug, last_element_of_long_rows

FUNCTIONS = ("exp", "tanh", "sqrt", "sin")


def halves_up(case, arrays):
    """Ties are rounded away from the even number below them."""
    x = arrays["x"].astype(np.float64)
    with np.errstate(invalid="ignore"):
        tie = x - np.floor(x) == 0.5
    return case, {**arrays, "x": np.where(tie, np.floor(x) + 1, x).astype(arrays["x"].dtype)}


def nan_ignored(case, arrays):
    """NaN loses every comparison."""
    if case.quantity == GRADIENT or arrays["x"].dtype.kind in "iu":
        return case, arrays
    lost = {
        name: np.where(np.isnan(a.astype(np.float64)), a.dtype.type(-np.inf), a).astype(a.dtype)
        for name, a in arrays.items()
    }
    return case, lost


def positive_divisor(case, arrays):
    """The divisor's sign is lost."""
    y = arrays["y"]
    with np.errstate(over="ignore"):
        return case, {**arrays, "y": np.abs(y).astype(y.dtype)}


def count_masked(case, arrays):
    """The count of a shift is taken modulo 32, also of 64-bit integers."""
    return case, {**arrays, "y": arrays["y"] & arrays["y"].dtype.type(31)}


def through_float32(case, arrays):
    """64-bit integers are compared after a conversion to float32."""
    if case.dtype not in ("int64", "uint64"):
        return case, arrays
    with np.errstate(invalid="ignore"):
        return case, {name: a.astype(np.float32).astype(np.float64).astype(a.dtype) for name, a in arrays.items()}


def sign_of_zero_lost(case, results):
    return [r + r.dtype.type(0) if r.dtype.kind == "f" else r for r in results]


def one_stretch_worse(case, arrays):
    """Between 0.5 and 1.5 the polynomial of the magnitude is a poor one."""
    x = arrays["x"]
    size = np.abs(x.astype(np.float64))
    wrong = (size >= 0.5) & (size <= 1.5) & (x.dtype.kind == "f")
    with np.errstate(over="ignore"):
        return case, {**arrays, "x": np.where(wrong, x * x.dtype.type(1.02), x).astype(x.dtype)}


def some_bits_worse(case, arrays):
    """Inputs are wrong by their last bits, wherever they lie."""
    x = arrays["x"]
    if x.dtype.kind != "f":
        return case, arrays
    wrong = x.view(f"u{x.dtype.itemsize}") % 5 == 2
    with np.errstate(over="ignore"):
        return case, {**arrays, "x": np.where(wrong, x * x.dtype.type(1.02), x).astype(x.dtype)}


def overflows_early(case, results):
    """Infinity from half the largest number on."""
    if case.dtype != "float32" or case.quantity == GRADIENT:
        return results
    return [np.where(np.abs(r) > np.float32(1.7e38), np.copysign(np.float32(np.inf), r), r) for r in results]


def seven_digits_less_two(case, results):
    """A polynomial of too low a degree: a relative error of 1e-5."""
    if case.dtype not in ("float32", "float64"):
        return results
    with np.errstate(over="ignore", invalid="ignore"):
        return [(r * r.dtype.type(1 + 1e-5)).astype(r.dtype) for r in results]


def gradient_without_sign(case, results):
    return [np.abs(r) for r in results] if case.quantity == GRADIENT else results


def unsigned_wins(case, results):
    """A signed and an unsigned integer of one width give the unsigned one."""
    dtypes = {spec.dtype for spec in case.inputs.values()}
    if dtypes == {"int8", "uint8"}:
        return [r.astype(np.uint8) for r in results]
    return results


def zero_at_infinity(case, results):
    """An infinity in complex numbers becomes zero, as a wrong shortcut for large magnitudes."""
    return [np.where(np.isinf(r.real) | np.isinf(r.imag), r.dtype.type(0), r) for r in results]


def quotient_forgotten(case, results):
    """A remainder's derivative by the divisor is taken for zero."""
    return [results[0], results[1] * 0] if case.quantity == GRADIENT else results


def other_sheet(case, results):
    """The negative of a complex result whose imaginary part is above zero, as log(z + sqrt(z z - 1)) gives it on the left."""
    return [np.where(r.imag > 0, -r, r) for r in results]


def single_precision(case, results):
    """A function of float64 that is computed by coefficients of float32."""
    return [r.astype(np.float32).astype(r.dtype) if case.dtype == "float64" else r for r in results]


BUGS_ELEMENTWISE = {
    "one stretch of the range worse": (("exp", "sin"), Bug(WRONG, before=one_stretch_worse)),
    "some bits worse": (("exp", "sin"), Bug(WRONG, before=some_bits_worse)),
    "half away from even": (("round_half_even",), Bug(WRONG, before=halves_up)),
    "NaN ignored by an extreme": (("maximum", "minimum"), Bug(WRONG, before=nan_ignored)),
    "divisor's sign lost": (
        ("remainder", "integer_remainder", "integer_floor_divide"),
        Bug(WRONG, before=positive_divisor),
    ),
    "shift count modulo 32": (("shift_left", "shift_right"), Bug(WRONG, before=count_masked)),
    "64-bit integers compared as float32": (("equal", "less"), Bug(WRONG, before=through_float32)),
    "sign of zero lost": (("sqrt", "sin", "negative"), Bug(WRONG, after=sign_of_zero_lost)),
    "overflow at half the range": (("exp", "sinh"), Bug(WRONG, after=overflows_early)),
    "relative error of 1e-5": (FUNCTIONS, Bug(WRONG, after=seven_digits_less_two)),
    "elementwise tail of long rows": (FUNCTIONS, Bug(WRONG, after=last_element_of_long_rows)),
    "gradient without sign": (("multiply", "tanh", "sin"), Bug(WRONG, after=gradient_without_sign)),
    "zero at a complex infinity": (("complex_exp", "complex_log"), Bug(WRONG, after=zero_at_infinity)),
    "other sheet": (("complex_acosh", "complex_asin"), Bug(WRONG, after=other_sheet)),
    "coefficients in single precision": (("gammainc", "zeta"), Bug(WRONG, after=single_precision)),
    "divisor without a derivative": (("remainder", "fmod"), Bug(WRONG, after=quotient_forgotten)),
    "unsigned wins": (("promote:arrays",), Bug((Kind.DTYPE,), after=unsigned_wins)),
}
