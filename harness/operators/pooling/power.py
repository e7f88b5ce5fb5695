"""Power-average pooling: the p-th root of the sum of p-th powers under each window, f(X) = (sum x**p)**(1/p) (torch.nn.LPPool2d)."""

from __future__ import annotations

from dataclasses import replace
from typing import List, Mapping, Optional, Tuple

import numpy as np

from harness.case import COTANGENT, GRADIENT, Case
from harness.formats import FLOATS, reference_dtype
from harness.meaning import Accuracy, Expected, Meaning
from harness.numerics import ulp
from harness.operator import Operator, register
from harness.operators.facts import state
from harness.operators.pooling import values
from harness.operators.pooling.aligned import drawn, pooling_cases
from harness.operators.pooling.rules import shape_rule, sizes_rule
from harness.operators.pooling.taps import Taps, combined, strided, torch_out
from harness.plain import classes


def outputs_of(case: Case) -> List[int]:
    """Spatial sizes of the result."""
    p, sizes = case.parameters, case.inputs["x"].shape[2:]
    return [torch_out(n, k, s, 1, 0, bool(p["ceil_mode"])) for n, k, s in zip(sizes, p["kernel"], p["stride"])]


def meaning(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
    """Parameters: norm (the p), kernel, stride, ceil_mode. The root of a negative sum is left open."""
    p = case.parameters
    wrong = shape_rule(case, len(p["kernel"]), kernel=p["kernel"], stride=p["stride"])
    if wrong:
        return Meaning(*wrong)
    outs, sizes = outputs_of(case), case.inputs["x"].shape[2:]
    verdict, done = sizes_rule(case, outs, p["kernel"], (*p["kernel"], *p["stride"]))
    if done:
        return done
    taps = combined(sizes, [strided(n, k, s, 1, 0, out) for n, k, s, out in zip(sizes, p["kernel"], p["stride"], outs)])
    rows = taps.rows(arrays["x"].astype(reference_dtype(case.dtype)), 0)
    if case.quantity == GRADIENT:
        return Meaning(*verdict, {"": root_gradient(case, arrays, taps, rows)})
    return Meaning(*verdict, {"": (root_of_powers(rows, float(p["norm"]), case.dtype),)})


def root_of_powers(rows: np.ndarray, norm: float, dtype: str) -> Expected:
    """(sum x**p)**(1/p) of every row, n terms.

    The powers cost p roundings, their average and its rescaling n + 3 more, all of the dtype: the sum S is off by d <= (n
    + p + 3) u sum |x|**p and what underflows. The root of S + d differs from that of S by at most 2 d / p S**(1/p -
    1) where d <= S / 2, and nowhere by more than d**(1/p), because the root is concave; computing it costs 4 units.
    """
    form, n = FLOATS[dtype], rows.shape[-1]
    with np.errstate(all="ignore"):
        total, size = (rows**norm).sum(axis=-1), (np.abs(rows) ** norm).sum(axis=-1)
        value = np.where(total >= 0, np.abs(total) ** (1 / norm), total if norm == 1 else np.nan)
        highest = np.abs(rows).max(axis=-1, initial=0)
    free = (~(size <= form.largest / 2) & ~np.isnan(total)) | ((total < 0) & (norm != 1)) | (highest == np.inf)

    def bound(dtype: str, accuracy: Accuracy) -> Optional[np.ndarray]:
        step = form.smallest_normal if accuracy.flushes(dtype) else form.smallest_subnormal
        with np.errstate(all="ignore"):
            d = (n + norm + 3) * form.roundoff * size + (2 * n + 3) * step * max(n, 1)
            steep = np.where(d <= total / 2, 2 * d / norm * np.abs(total) ** (1 / norm - 1), np.inf)
            error = np.fmin(d ** (1 / norm), steep) if norm != 1 else d
            finite = np.where(np.isfinite(value), value, 0)
            found = np.where(np.isfinite(error), error, 0) + 4 * ulp(finite, dtype) + step
        return np.asarray(found)

    return Expected(value.shape, dtype, (value,), bound, free=free if free.any() else None)


MOST_ROUNDINGS = 256
"""Relative error of a sum of powers, in units of roundoff per term, above which the derivative of its root is left open."""


def root_gradient(case: Case, arrays: Mapping[str, np.ndarray], taps: Taps, rows: np.ndarray) -> Tuple[Expected, ...]:
    """The cotangent times x**(p - 1) S**(1/p - 1), where S = sum x**p; zero where S is (torch.nn.LPPool2d, Note).

    S is off by d, as in ``root_of_powers``, so that its power is off by 2 (1 - 1/p) d / S where d is small; 2 p + 16 roundings more are
    those of the powers and products. What a sum with cancellation or a negative one gives is left open.
    """
    norm, form, n = float(case.parameters["norm"]), FLOATS[case.dtype], rows.shape[-1]
    total, size = (rows**norm).sum(axis=-1), (np.abs(rows) ** norm).sum(axis=-1)
    with np.errstate(all="ignore"):
        lost = np.where(size > 0, (n + norm + 3) * size / np.abs(total), 0)
        powers = rows ** (norm - 1) * np.where(size > 0, np.abs(total) ** (1 / norm - 1), 0)[..., None]
    loose = (lost > MOST_ROUNDINGS * n) | ~np.isfinite(lost) | ((total < 0) & (norm != 1))
    count = int(2 * lost[~loose].max(initial=0) + 2 * norm + 16)
    weights = np.where(loose[..., None] | (size == 0)[..., None], 0, powers)
    (found,) = values.scattered(arrays["x"].shape, taps, weights, case, arrays, count)
    (touched,) = values.scattered(arrays["x"].shape, taps, loose[..., None] * np.ones(n), case, absolute(arrays), 0)
    free = touched.values[0] > 0
    free = free if found.free is None else free | found.free
    steep = count * form.roundoff > 0.125
    return (replace(found, free=np.ones(found.shape, bool) if steep else free if free.any() else None),)


def absolute(arrays: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
    """The arrays with ones in the place of the cotangent."""
    return {**arrays, COTANGENT: np.ones_like(arrays[COTANGENT])}


def result_shape(case: Case) -> Tuple[int, ...]:
    """Shape of the result of a well-formed case."""
    return (*case.inputs["x"].shape[:2], *(max(out, 0) for out in outputs_of(case)))


lp_pool = state(
    register(
        Operator(
            "lp_pool",
            inputs=("x",),
            differentiable=("x",),
            meaning=meaning,
            structures=drawn("lp_pool", "lp_pool"),
            cases=pooling_cases(result_shape, ("rounding", "exact"), ("rounding", "exact")),
            classes=classes,
            words=lambda case: case.dtype,
            summary="the p-th root of the sum of p-th powers under each window",
            family="pooling",
        )
    )
)


@lp_pool.call("torch")
def _(torch, x, *, norm, kernel, stride, ceil_mode):
    pool = torch.nn.functional
    if len(kernel) == 1:
        return pool.lp_pool1d(x, norm, kernel[0], stride[0], ceil_mode)
    return (pool.lp_pool2d, pool.lp_pool3d)[len(kernel) - 2](x, norm, kernel, stride, ceil_mode)
