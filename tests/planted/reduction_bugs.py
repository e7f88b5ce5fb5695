"""Planted bugs of reductions and scans."""

from __future__ import annotations

import numpy as np

from harness.case import GRADIENT, Case, Kind
from harness.values import arrays_of
from planted.bugs import WRONG, Arrays, Bug, Results


def last_of_long_rows(case: Case, arrays: Arrays) -> tuple[Case, Arrays]:
    """The scalar tail behind the last whole vector of eight is not read."""
    x = arrays["x"]
    if x.ndim != 1 or x.size <= 8 or x.size % 8 == 0:
        return case, arrays
    changed = x.copy()
    changed[x.size - x.size % 8 :] = 0
    return case, {**arrays, "x": changed}


def keepdims_ignored(case: Case, results: Results) -> Results:
    """keepdims is forgotten where all axes are reduced."""
    if case.quantity == GRADIENT or case.parameters["axis"] is not None or not case.parameters.get("keepdims"):
        return results
    return [result.reshape(()) for result in results]


def ddof_ignored(case: Case, arrays: Arrays) -> tuple[Case, Arrays]:
    """The variance of a sample is that of a population."""
    changed = case.with_parameters(ddof=0) if case.parameters["ddof"] == 1 else case
    return changed, arrays


def last_of_ties(case: Case, results: Results) -> Results:
    """The index of the extreme is off by one where there is one behind it."""
    index = results[0]
    axis = case.parameters["axis"]
    shape = case.inputs["x"].shape
    length = int(np.prod(shape)) if axis is None else shape[axis]
    return [np.where(index + 1 < length, index + 1, index).astype(index.dtype)]


def wraps_in_own_dtype(case: Case, results: Results) -> Results:
    """Narrow integers are summed in 8 bits before the result is widened."""
    if case.dtype not in ("int8", "uint8"):
        return results
    return [result.astype(case.dtype).astype(np.int64) for result in results]


def nan_skipped(case: Case, results: Results) -> Results:
    """The extreme of numbers with NaN is one of the numbers."""
    return [
        np.where(np.isnan(r.astype(np.float32)), r.dtype.type(0), r) if r.dtype.kind not in "iub" else r
        for r in results
    ]


def naive_variance(case: Case, arrays: Arrays) -> tuple[Case, Arrays]:
    """The mean is rounded to sixteen bits before it is subtracted, as if E[x^2] - E[x]^2 cancelled."""
    x = arrays["x"]
    if x.dtype != np.float32 or x.size < 2:
        return case, arrays
    return case, {**arrays, "x": (x * np.float32(1.001)).astype(np.float32)}


def empty_is_zero(case: Case, results: Results) -> Results:
    """The product of nothing is zero."""
    if case.quantity == GRADIENT or 0 not in case.inputs["x"].shape:
        return results
    return [np.zeros_like(result) for result in results]


def exclusive(case: Case, results: Results) -> Results:
    """A cumulative sum leaves its own element out: what it holds is shifted by one."""
    axis, y = case.parameters["axis"], results[0]
    if case.quantity == GRADIENT or y.shape[axis] < 2:
        return results
    return [np.roll(y, 1, axis=axis)]


def upper_median(case: Case, arrays: Arrays) -> tuple[Case, Arrays]:
    """Quantiles between two elements take the higher one."""
    linear = case.parameters["interpolation"] in ("linear", "lower")
    return (case.with_parameters(interpolation="higher") if linear else case), arrays


def gradient_of_all_ties(case: Case, results: Results) -> Results:
    """Every gradient is doubled."""
    return [(result * 2).astype(result.dtype) for result in results] if case.quantity == GRADIENT else results


def reverse_ignored(case: Case, arrays: Arrays) -> tuple[Case, Arrays]:
    """A scan from the end starts at the front."""
    return (case.with_parameters(reverse=False) if case.parameters.get("reverse") else case), arrays


def nan_counted(case: Case, arrays: Arrays) -> tuple[Case, Arrays]:
    """NaN is left out of the order, but takes part as a zero."""
    x = arrays["x"]
    return case, {**arrays, "x": np.where(np.isnan(x), np.zeros((), x.dtype), x)}


def converted_to_eight_bits(case: Case, results: Results) -> Results:
    """An integer dtype that is asked for is that of the result only: the sum wraps in eight bits before."""
    if case.dtype not in ("int8", "uint8") or case.parameters["to"] not in ("int32", "int64"):
        return results
    return [result.astype(case.dtype).astype(result.dtype) for result in results]


def gradient_of_the_next(case: Case, results: Results) -> Results:
    """The cotangent goes to the neighbour of the element that was chosen."""
    if case.quantity != GRADIENT:
        return results
    return [np.roll(result.reshape(-1), 1).reshape(result.shape) for result in results]


def gradient_is_nan_at_nan(case: Case, results: Results) -> Results:
    """Masked by a product with zero instead of a choice: where the input is NaN, so is the gradient."""
    if case.quantity != GRADIENT:
        return results
    x = arrays_of(case)["x"]
    return [np.where(np.isnan(x), x, result) for result in results]


def whole(case: Case, results: Results) -> Results:
    """A quantile of integers is computed in their dtype: what lies between two of them is cut."""
    return [np.trunc(result) if case.dtype.startswith(("int", "uint")) else result for result in results]


BUGS_REDUCTION = {
    "sum's tail is lost": (("sum", "mean"), Bug(WRONG, before=last_of_long_rows)),
    "keepdims ignored for all axes": (("sum", "mean", "max", "any"), Bug((Kind.SHAPE,), after=keepdims_ignored)),
    "ddof ignored": (("var", "std"), Bug(WRONG, before=ddof_ignored)),
    "index behind the extreme": (("argmax", "argmin"), Bug(WRONG, after=last_of_ties)),
    "sum wraps before it is widened": (("sum", "cumsum"), Bug((*WRONG, Kind.DTYPE), after=wraps_in_own_dtype)),
    "extremes skip NaN": (("max", "min"), Bug(WRONG, after=nan_skipped)),
    "variance off by a part in a thousand": (("var", "moments"), Bug(WRONG, before=naive_variance)),
    "empty product is zero": (("prod",), Bug(WRONG, after=empty_is_zero)),
    "cumulative sum is exclusive": (("cumsum", "cumprod"), Bug(WRONG, after=exclusive)),
    "quantile of integers is whole": (("quantile", "nanquantile", "nanmedian"), Bug(WRONG, after=whole)),
    "quantile takes the higher element": (("quantile",), Bug(WRONG, before=upper_median)),
    "reverse ignored": (("cumsum", "cummax", "logcumsumexp"), Bug(WRONG, before=reverse_ignored)),
    "NaN counted as zero": (("nanmedian", "nanvar", "nanquantile"), Bug(WRONG, before=nan_counted)),
    "dtype of the result only": (("sum_dtype", "cumsum_dtype"), Bug(WRONG, after=converted_to_eight_bits)),
    "cotangent goes to the neighbour": (
        ("median", "quantile", "cummax", "nanmedian"),
        Bug(WRONG, after=gradient_of_the_next),
    ),
    "gradient is NaN at NaN": (("nanvar", "nanstd", "nanquantile"), Bug(WRONG, after=gradient_is_nan_at_nan)),
    "reduction gradients doubled": (
        ("sum", "logsumexp", "norm", "norm_of_order", "moments"),
        Bug(WRONG, after=gradient_of_all_ties),
    ),
}
