"""Variance, standard deviation, and mean and variance at once."""

from __future__ import annotations

from typing import Callable, Optional, Tuple

import numpy as np

from harness.case import GRADIENT, Case, Kind, KnownDifference
from harness.formats import FLOATS as FORMATS
from harness.meaning import Accuracy, Expected
from harness.operators.facts import Facts
from harness.operators.reductions.known import FLOAT64_RANGE, IN_FLOAT32, TENSORFLOW_SUMS
from harness.operators.reductions.meaning import Readings, Reduction
from harness.operators.reductions.sums import finite_of, sum_of, within
from harness.operators.reductions.table import FLOATS, SEVERAL, row
from harness.plain import Expressions, ask
from harness.values import arrays_of


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

    return within(
        value, dtype, error, free=free, tiny=lambda step: 8 * n * step * (1 + np.abs(finite_of(scale))), name="x"
    )


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


def sum_gradient(rows: np.ndarray, cotangent: np.ndarray, case: Case) -> Readings:
    """Of the sum of both: (1 + 2 (x - mean)) / n; the addition rounds once, the quotient of the mean twice."""
    spread = deviation_product(rows, cotangent, case.dtype, 0, False)
    share = np.broadcast_to(cotangent / rows.shape[-1], rows.shape)
    value, form = spread.values[0] + share, FORMATS[case.dtype]

    def bound(dtype: str, accuracy: Accuracy) -> Optional[np.ndarray]:
        found = spread.bound(dtype, accuracy) if spread.bound else None
        u = max(form.roundoff, FORMATS[accuracy.accumulator(dtype)].roundoff)
        return None if found is None else np.asarray(found + u * (4 * np.abs(share) + 2 * np.abs(value)))

    return {"": (Expected(rows.shape, case.dtype, (value,), bound, free=spread.free, name="x"),)}


def of_gradient(case: Case) -> bool:
    """Whether the gradient is asked for, which is that of mean and variance together."""
    return case.quantity == GRADIENT


def of_value(case: Case) -> bool:
    """Whether the mean and the variance are asked for."""
    return case.quantity != GRADIENT


CLIPPED = KnownDifference(
    "keras-*:*:*",
    Kind.NOT_FINITE,
    "NaN or infinity",
    "Keras computes the moments of float16 in float32 and clips them to the finite range of float16",
    "keras/src/backend/*/nn.py, moments: 'avoid overflow and underflow when casting from float16 to float32'",
    "documented",
    when=lambda case: (
        case.dtype == "float16" and not bool((np.abs(arrays_of(case)["x"].astype(np.float64)) < 255).all())
    ),
    name="moments of float16 are clipped",
)
FACTS: Facts = (("keras-torch:*:*", IN_FLOAT32), *TENSORFLOW_SUMS)
"""The variance; keras.ops.std calls torch.std, in float64 (measured: 2e-16 of 1, and gradients as exact)."""
DDOF = (("ddof", (0, 1, None)),)


def explicit(case: Case) -> bool:
    """Whether ddof is 0 or left to the framework."""
    return case.parameters["ddof"] in (0, None)


def calls_of(name: str) -> Expressions:
    """The calls of var and std."""
    long = {"var": "variance", "std": "std"}[name]
    return {
        "torch": ask(
            f"torch.{name}(x, dim=axis, keepdim=keepdims) if ddof is None "
            f"else torch.{name}(x, dim=axis, correction=ddof, keepdim=keepdims)",
            convention=default_of("ddof 1"),
        ),
        "tensorflow": ask(
            f"tf.math.reduce_{long}(x, axis=axis, keepdims=keepdims)", when=explicit, convention=default_of("ddof 0")
        ),
        "jax": ask(
            f"jax.numpy.{name}(x, axis=axis, keepdims=keepdims, ddof=0 if ddof is None else ddof)",
            when=lambda case: case.parameters["ddof"] is not None,
        ),
        "keras": ask(
            f"keras.ops.{name}(x, axis=axis, keepdims=keepdims)", when=explicit, convention=default_of("ddof 0")
        ),
    }


# fmt: off
row("var", SEVERAL, Reduction(variance, deviation_gradient(False), dtypes=FLOATS, parameters=DDOF), calls_of("var"), "the variance",
    FACTS, known=(FLOAT64_RANGE,))
row("std", SEVERAL, Reduction(deviation, deviation_gradient(True), dtypes=FLOATS, parameters=DDOF), calls_of("std"),
    "the standard deviation", TENSORFLOW_SUMS)
row("moments", SEVERAL, Reduction(both, sum_gradient, dtypes=FLOATS), {
    "torch": [
        ask("torch.var_mean(x, dim=axis, correction=0, keepdim=keepdims)[::-1]", when=of_value),
        ask("sum(torch.var_mean(x, dim=axis, correction=0, keepdim=keepdims))", when=of_gradient, composed=True),
    ],
    "tensorflow": [
        ask("tf.nn.moments(x, axes=list(range(len(x.shape))) if axis is None else axis, keepdims=keepdims)", when=of_value),
        ask("tf.add_n(tf.nn.moments(x, axes=list(range(len(x.shape))) if axis is None else axis, keepdims=keepdims))", when=of_gradient,
            composed=True),
    ],
    "keras": [
        ask("keras.ops.moments(x, axes=list(range(len(x.shape))) if axis is None else axis, keepdims=keepdims)", when=of_value),
        ask("keras.ops.add(*keras.ops.moments(x, axes=list(range(len(x.shape))) if axis is None else axis, keepdims=keepdims))",
            when=of_gradient, composed=True),
    ],
}, "mean and variance at once", TENSORFLOW_SUMS, known=(CLIPPED,))
# fmt: on
