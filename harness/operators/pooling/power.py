"""Power-average pooling: the p-th root of the sum of p-th powers under each window, f(X) = (sum x**p)**(1/p) (torch.nn.LPPool2d)."""

from __future__ import annotations

from typing import List, Mapping, Optional, Tuple

import numpy as np

from harness.case import Case
from harness.formats import FLOATS, reference_dtype
from harness.meaning import Accuracy, Expected, Meaning
from harness.numerics import ulp
from harness.operator import Operator, register
from harness.operators.facts import state
from harness.operators.pooling.aligned import drawn, pooling_cases
from harness.operators.pooling.rules import shape_rule, sizes_rule
from harness.operators.pooling.taps import combined, strided, torch_out
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
    return Meaning(verdict[0], verdict[1], {"": (root_of_powers(rows, float(p["norm"]), case.dtype),)})


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


def result_shape(case: Case) -> Tuple[int, ...]:
    """Shape of the result of a well-formed case."""
    return (*case.inputs["x"].shape[:2], *(max(out, 0) for out in outputs_of(case)))


lp_pool = state(
    register(
        Operator(
            "lp_pool",
            inputs=("x",),
            meaning=meaning,
            structures=drawn("lp_pool", "lp_pool"),
            cases=pooling_cases(result_shape, (), ("rounding", "exact")),
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
