"""Variance, standard deviation, both moments at once, vector norms, log-sum-exp: nonlinear functions of sums."""

from __future__ import annotations

from typing import Callable, Dict, Mapping, Optional, Tuple

import numpy as np

from harness.case import Case
from harness.formats import FLOATS as FORMATS
from harness.meaning import Accuracy, Expected
from harness.operators.facts import Facts
from harness.operators.reductions.extremes import extreme, extreme_gradient
from harness.operators.reductions.known import IN_FLOAT32
from harness.operators.reductions.meaning import Readings, Reduction, one
from harness.operators.reductions.sums import finite_of, sum_of, unchanged, within
from harness.operators.reductions.table import FLOATS, SEVERAL, row
from harness.plain import ask


def centred(rows: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Deviations from the mean, and the mean (one column)."""
    mean = rows.sum(axis=-1, keepdims=True) / max(rows.shape[-1], 1)
    return rows - mean, mean


def variance_of(rows: np.ndarray, dtype: str, ddof: int, textbook: bool = False) -> Expected:
    """The sum of squared deviations over n - ddof (NaN where that is not positive).

    Two passes: each deviation inherits the mean's error d <= gamma_n mean|x| and a rounding of its own, so the sum of squares S is
    off by (n + 3) u S + n d^2 (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 1.9 and problem 1.10).
    Updating the mean (Welford, Chan) is off by n u kappa S with kappa S <= S + sqrt(S sum x^2) (Chan, Golub and LeVeque 1983); both
    are inside 2 (n + 4) u (S + sqrt(S sum x^2)) + n d^2. The mean, deviations and squares may be rounded to the dtype beside the
    sums. With ``textbook``, E[x^2] - E[x]^2 is admissible too: (n + 4) u sum x^2 more.
    """
    form, n = FORMATS[dtype], rows.shape[-1]
    deviations, _ = centred(rows)
    freedom = n - ddof if n > ddof else np.nan
    squares, sizes = (deviations**2).sum(axis=-1), finite_of(rows)
    total, mean = (sizes**2).sum(axis=-1), sizes.sum(axis=-1) / max(n, 1)
    value = squares / freedom
    free = ~((total + n * mean**2) * 4 * max(n, 1) < form.largest) & np.isfinite(rows).all(axis=-1)
    finite = np.where(np.isfinite(squares), squares, 0)

    def error(u: float) -> np.ndarray:
        own = form.roundoff
        shift = n * ((2 * (n + 1) * u + 2 * own) * mean) ** 2
        stable = 2 * (n + 4) * u * (finite + np.sqrt(finite * total)) + 6 * own * finite + 2 * shift
        return np.asarray((stable + (4 * ((n + 4) * u + 2 * own) * total if textbook else 0)) / freedom)

    def tiny(step: float) -> np.ndarray:
        return np.asarray(4 * n * (step + np.sqrt(total) * step + step) / (1 if np.isnan(freedom) else freedom))

    return within(value, dtype, error, free=free if free.any() else None, tiny=tiny, ulps=3)


def root_of(square: Expected, ulps: float = 4.0, scale: float = 1.0) -> Expected:
    """The square root of an output that is not negative: sqrt(v + e) - sqrt(v) is at most e / sqrt(v), and at most sqrt(e)."""
    value = np.sqrt(square.values[0])
    own = square.bound

    def bound(dtype: str, accuracy: Accuracy) -> Optional[np.ndarray]:
        assert own is not None
        inner = own(dtype, accuracy)
        if inner is None:
            return None
        relative = inner / np.where(value > 0, value, np.inf)
        inside = np.where(inner * 4 < square.values[0], relative, np.sqrt(inner))
        step = FORMATS[dtype].smallest_normal if accuracy.flushes(dtype) else FORMATS[dtype].smallest_subnormal
        finite = np.where(np.isfinite(value), value, 0)
        return np.asarray(np.where(np.isfinite(inside), inside, 0) + ulps * 2 * FORMATS[dtype].roundoff * finite + step)

    return Expected(square.shape, square.dtype, (value,), bound, free=square.free, name=square.name)


def by_ddof(case: Case, of: Callable[[int], Tuple[Expected, ...]]) -> Readings:
    """The reading of the stated number of degrees of freedom, or those of both defaults."""
    ddof = case.parameters["ddof"]
    return {"": of(ddof)} if ddof is not None else {"ddof 0": of(0), "ddof 1": of(1)}


def default_of(name: str) -> Callable[[Case], str]:
    """The convention of a framework that documents its default."""
    return lambda case: name if case.parameters["ddof"] is None and case.parameters["axis"] != () else ""


def deviation_gradient(root: bool) -> Callable[[np.ndarray, np.ndarray, Case], Readings]:
    """2 (x - mean) / (n - ddof), for the standard deviation s over 2 s."""

    def gradient(rows: np.ndarray, cotangent: np.ndarray, case: Case) -> Readings:
        return by_ddof(case, lambda ddof: (deviation_product(rows, cotangent, case.dtype, ddof, root),))

    return gradient


def deviation_product(rows: np.ndarray, cotangent: np.ndarray, dtype: str, ddof: int, root: bool) -> Expected:
    """The vector-Jacobian product of a variance, or of its root.

    The deviation is off by (n + 2) u (|x| + mean |x|); the root's own relative error is half of its variance's. Free are rows without
    freedom, and for the root those whose variance is lost in rounding: there the quotient is anything.
    """
    form, n = FORMATS[dtype], rows.shape[-1]
    deviations, _ = centred(rows)
    if n <= ddof:
        return Expected(
            rows.shape,
            dtype,
            (np.full(rows.shape, np.nan),),
            lambda d, a: np.zeros(rows.shape),
            free=np.ones(rows.shape, bool),
            name="x",
        )
    variance = variance_of(rows, dtype, ddof)
    deviation = np.sqrt(variance.values[0])[..., None]
    scale = cotangent / (n - ddof) * ((1 / np.where(deviation > 0, deviation, np.nan)) if root else 2)
    value = deviations * scale
    spread = np.abs(rows) + np.abs(rows).sum(axis=-1, keepdims=True) / n
    worst = variance.bound(dtype, Accuracy()) if variance.bound else None
    assert worst is not None
    lost = worst[..., None] * 16 > variance.values[0][..., None]
    overflow = ~((np.abs(rows) ** 2).sum(axis=-1, keepdims=True) * 4 * n < form.largest)
    free = np.broadcast_to(overflow | (lost if root else False), rows.shape)

    def error(u: float) -> np.ndarray:
        own = np.abs(scale) * ((n + 4) * 2 * u + 4 * form.roundoff) * spread + 8 * form.roundoff * np.abs(value)
        return np.asarray(own + (np.abs(value) * (worst / variance.values[0])[..., None] if root else 0))

    return within(value, dtype, error, free=free, tiny=lambda step: 8 * n * step * (1 + np.abs(finite_of(scale))), name="x")


def variance(rows: np.ndarray, case: Case) -> Readings:
    """The variance."""
    return by_ddof(case, lambda ddof: (variance_of(rows, case.dtype, ddof),))


def deviation(rows: np.ndarray, case: Case) -> Readings:
    """The standard deviation."""
    return by_ddof(case, lambda ddof: (root_of(variance_of(rows, case.dtype, ddof)),))


def both(rows: np.ndarray, case: Case) -> Readings:
    """Mean and variance with ddof 0; implementations may use E[x^2] - E[x]^2."""
    mean = sum_of(rows, case.dtype, divisor=np.array(rows.shape[-1] or np.nan), name="mean")
    return {"": (mean, variance_of(rows, case.dtype, 0, textbook=True))}


def norm(rows: np.ndarray, case: Case) -> Readings:
    """The vector norm of order 1, 2 or infinity: the sum of magnitudes, the root of the sum of squares, the largest magnitude.

    For order 2 n + 1 roundings relative to the sum of squares, half of them after the root; squares that may underflow cost n steps,
    and those that may overflow leave it free.
    """
    order = case.parameters["order"]
    sizes = np.abs(rows)
    if order == "inf":
        return extreme(True)(sizes, case)
    if order == "1":
        return one(sum_of(sizes, case.dtype))
    form, n = FORMATS[case.dtype], rows.shape[-1]
    square = (rows**2).sum(axis=-1)
    total = (finite_of(rows) ** 2).sum(axis=-1)
    free = ~(total * (1 + n * form.roundoff) < form.largest)
    inner = within(
        square,
        case.dtype,
        lambda u: (n + 2) * u * total,
        free=free if free.any() else None,
        tiny=lambda step: np.asarray((n + 1) * step),
        ulps=2,
    )
    return one(root_of(inner))


def norm_gradient(rows: np.ndarray, cotangent: np.ndarray, case: Case) -> Readings:
    """Order 1: the sign. Order 2: x over the norm. Infinity: the sign at the largest magnitudes, as for an extreme with ties.

    The norm has no derivative at zero: the subgradient 0, or NaN from 0 / 0, are conventions.
    """
    order, form, n = case.parameters["order"], FORMATS[case.dtype], rows.shape[-1]
    sign = np.sign(rows)
    if order == "1":
        small = (np.abs(rows) < form.smallest_normal) & (rows != 0)
        return {
            name: (unchanged(np.where(rows == 0, at_zero, sign) * cotangent, case.dtype, name="x", free=small | np.isnan(rows)),)
            for name, at_zero in (("0 at zero", 0), ("1 at zero", 1))
        }
    if order == "inf":
        found = extreme_gradient(True)(np.abs(rows), cotangent, case)
        zero = (rows == 0).all(axis=-1, keepdims=True) & np.ones(rows.shape, bool)
        return {name: (signed(expected, sign, zero),) for name, (expected,) in found.items()}
    length = np.sqrt((rows**2).sum(axis=-1, keepdims=True))
    value = np.where(length > 0, rows / np.where(length > 0, length, 1), 0) * cotangent
    zero = np.broadcast_to(length == 0, rows.shape)
    squares = rows**2
    lost = (squares.sum(axis=-1, keepdims=True) < form.smallest_normal * 2**24 * n) & ~(length == 0)
    free = np.broadcast_to(~(squares.sum(axis=-1, keepdims=True) * 2 < form.largest) | lost, rows.shape)
    readings: Dict[str, Tuple[Expected, ...]] = {}
    for name, at_zero in (("0 at zero", 0.0), ("NaN at zero", np.nan)):
        readings[name] = (
            within(
                np.where(zero, at_zero, value),
                case.dtype,
                lambda u: (n + 8) * max(u, form.roundoff / 4) * np.abs(value) + 4 * form.roundoff * np.abs(value),
                free=free,
                tiny=lambda step: np.asarray(step * (1 + np.abs(cotangent))),
                name="x",
            ),
        )
    return readings


def signed(expected: Expected, sign: np.ndarray, free: np.ndarray) -> Expected:
    """The vector-Jacobian product of a magnitude from that of the number itself; a magnitude of zero has no derivative."""
    from dataclasses import replace

    joined = free if expected.free is None else free | expected.free
    return replace(expected, values=tuple(value * sign for value in expected.values), free=joined)


def log_sum_exp(rows: np.ndarray, case: Case) -> Readings:
    """max + log(sum(exp(x - max))), -inf for nothing.

    The differences round, so exp is off by |x - max| u relative, beside its own error; the sum of n terms adds n u, the logarithm three
    units, the last addition one (Blanchard, D. Higham and N. Higham, Accurately computing the log-sum-exp and softmax functions, 2021).
    """
    n = rows.shape[-1]
    top = rows.max(axis=-1, keepdims=True, initial=-np.inf)
    shift = np.where(np.isfinite(top), top, 0)
    weights = np.exp(rows - shift)
    total = weights.sum(axis=-1)
    value = np.log(total) + shift[..., 0]
    distance = np.where(weights > 0, np.abs(rows - shift) * weights, 0).sum(axis=-1)
    spread = np.where(total > 0, distance / np.where(total > 0, total, 1), 0)
    form = FORMATS[case.dtype]

    def error(u: float) -> np.ndarray:
        inner = np.abs(finite_of(np.log(total)))
        own = form.roundoff if case.dtype in ("float32", "float64") else u
        return np.asarray((n + 8 + 2 * spread + 4 * inner) * max(own, u) + np.abs(finite_of(value)) * 2 * form.roundoff)

    return one(within(value, case.dtype, error, ulps=2))


def log_sum_exp_gradient(rows: np.ndarray, cotangent: np.ndarray, case: Case) -> Readings:
    """softmax(x) times the cotangent; the exponent x - y inherits the error of y."""
    form, n = FORMATS[case.dtype], rows.shape[-1]
    top = rows.max(axis=-1, keepdims=True, initial=-np.inf)
    weights = np.exp(rows - np.where(np.isfinite(top), top, 0))
    share = weights / weights.sum(axis=-1, keepdims=True)
    value = share * cotangent
    size = np.abs(np.where(np.isfinite(rows), rows, 0)) + np.abs(np.where(np.isfinite(top), top, 0)) + np.log(n + 1)
    free = np.broadcast_to(~np.isfinite(rows).all(axis=-1, keepdims=True), rows.shape)

    def error(u: float) -> np.ndarray:
        return np.asarray((2 * n * u + (12 + 4 * size) * form.roundoff) * np.abs(value))

    tiny = lambda step: np.asarray(step * (1 + np.abs(cotangent)))
    return one(within(value, case.dtype, error, free=free, tiny=tiny, name="x"))


KERAS_TORCH: Facts = (("keras-torch:*:*", IN_FLOAT32),)
DDOF = (("ddof", (0, 1, None)),)
ORDER = (("order", ("2", "1", "inf")),)


def explicit(case: Case) -> bool:
    """Whether ddof is 0 or left to the framework."""
    return case.parameters["ddof"] in (0, None)


def vector(case: Case) -> bool:
    """Whether one axis is named: with two, TensorFlow and Keras document the norm of a matrix."""
    return isinstance(case.parameters["axis"], int)


def calls_of(name: str) -> Mapping[str, object]:
    """The calls of var and std."""
    long = {"var": "variance", "std": "std"}[name]
    return {
        "torch": ask(
            f"torch.{name}(x, dim=axis, keepdim=keepdims) if ddof is None else torch.{name}(x, dim=axis, correction=ddof, keepdim=keepdims)",
            convention=default_of("ddof 1"),
        ),
        "tensorflow": ask(f"tf.math.reduce_{long}(x, axis=axis, keepdims=keepdims)", when=explicit, convention=default_of("ddof 0")),
        "jax": ask(
            f"jax.numpy.{name}(x, axis=axis, keepdims=keepdims, ddof=0 if ddof is None else ddof)",
            when=lambda case: case.parameters["ddof"] is not None,
        ),
        "keras": ask(f"keras.ops.{name}(x, axis=axis, keepdims=keepdims)", when=explicit, convention=default_of("ddof 0")),
    }


# fmt: off
row("var", SEVERAL, Reduction(variance, deviation_gradient(False), dtypes=FLOATS, parameters=DDOF), calls_of("var"), "the variance",
    KERAS_TORCH)
row("std", SEVERAL, Reduction(deviation, deviation_gradient(True), dtypes=FLOATS, parameters=DDOF), calls_of("std"),
    "the standard deviation", KERAS_TORCH)
row("moments", SEVERAL, Reduction(both, dtypes=FLOATS), {
    "torch": ask("torch.var_mean(x, dim=axis, correction=0, keepdim=keepdims)[::-1]"),
    "tensorflow": ask("tf.nn.moments(x, axes=list(range(len(x.shape))) if axis is None else axis, keepdims=keepdims)"),
    "keras": ask("keras.ops.moments(x, axes=list(range(len(x.shape))) if axis is None else axis, keepdims=keepdims)"),
}, "mean and variance at once")
row("norm", SEVERAL, Reduction(norm, norm_gradient, dtypes=FLOATS, parameters=ORDER), {
    "torch": "torch.linalg.vector_norm(x, ord=float(order), dim=axis, keepdim=keepdims)",
    "tensorflow": ask("tf.norm(x, ord=float(order), axis=axis, keepdims=keepdims)", when=vector),
    "jax": "jax.numpy.linalg.vector_norm(x, ord=float(order), axis=axis, keepdims=keepdims)",
    "keras": ask("keras.ops.norm(x, ord=float(order), axis=axis, keepdims=keepdims)", when=vector),
}, "the norm of a vector")
row("logsumexp", SEVERAL, Reduction(log_sum_exp, log_sum_exp_gradient, dtypes=FLOATS), {
    "torch": "torch.logsumexp(x, dim=tuple(range(x.dim())) if axis is None else axis, keepdim=keepdims)",
    "tensorflow": "tf.math.reduce_logsumexp(x, axis=axis, keepdims=keepdims)",
    "jax": "jax.nn.logsumexp(x, axis=axis, keepdims=keepdims)",
    "keras": "keras.ops.logsumexp(x, axis=axis, keepdims=keepdims)",
}, "the logarithm of the sum of exponentials")
# fmt: on
