"""The planted bugs: each a change of the case before a right implementation computes it, or of the result after."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from harness.case import GRADIENT, Case, Kind
from harness.formats import numpy_dtype

Arrays = dict[str, np.ndarray]
Results = list[np.ndarray]


class Refusal(Exception):
    """What a planted implementation raises."""


@dataclass(frozen=True)
class Bug:
    """``before`` sees case and arrays, ``after`` case and results, ``shape`` the inferred shape; ``kinds`` are those a finding may have.

    ``accepts`` computes what must be refused.
    """

    kinds: tuple[Kind, ...]
    before: Callable[[Case, Arrays], tuple[Case, Arrays]] = lambda case, arrays: (case, arrays)
    after: Callable[[Case, Results], Results] = lambda case, results: results
    shape: Callable[[Case, tuple[int, ...]], tuple[int, ...]] = lambda case, shape: shape
    accepts: bool = False


def _parameters(case: Case, **changes: object) -> Case:
    return case.with_parameters(**changes)


def _transposed(case: Case) -> bool:
    return "window" in case.parameters


def window_off_by_one(case, arrays):
    if not _transposed(case):
        return case, arrays
    return _parameters(case, window=[(lo + 1, out) for lo, out in case.parameters["window"]]), arrays


def pad_other_side(case, arrays):
    if _transposed(case) or "padding" not in case.parameters:
        return case, arrays
    return _parameters(case, padding=[(high, low) for low, high in case.parameters["padding"]]), arrays


def dilation_ignored(case, arrays):
    if not _transposed(case):
        return case, arrays
    return _parameters(case, dilation=[1 for _ in case.parameters["dilation"]]), arrays


def output_padding_other_side(case, arrays):
    """The cells that output_padding adds come first instead of last."""
    if not _transposed(case):
        return case, arrays
    p, kernel = case.parameters, case.inputs["w"].shape[2:]
    sizes = case.inputs["x"].shape[-len(kernel) :]
    lengths = [
        (n - 1) * s + d * (k - 1) + 1 for n, s, d, k in zip(sizes, p["stride"], p["dilation"], kernel, strict=True)
    ]
    moved = [
        (lo - max(out - (length - 2 * lo), 0), out) for (lo, out), length in zip(p["window"], lengths, strict=True)
    ]
    return _parameters(case, window=moved), arrays


def kernel_flipped(case, arrays):
    w = arrays["w"]
    return case, {**arrays, "w": np.flip(w, tuple(range(2, w.ndim)))}


def bias_forgotten_in_last_channel(case, arrays):
    if "b" not in arrays:
        return case, arrays
    b = arrays["b"].copy()
    b[-1:] = 0
    return case, {**arrays, "b": b}


def strided_read_as_contiguous(case, arrays):
    x = arrays["x"]
    if x.flags.c_contiguous or x.size == 0:
        return case, arrays
    base = x.base if isinstance(x.base, np.ndarray) else x
    return case, {**arrays, "x": base.ravel()[: x.size].reshape(x.shape)}


def axes_swapped_stride(case, arrays):
    stride = case.parameters["stride"]
    return (_parameters(case, stride=stride[::-1]), arrays) if _transposed(case) else (case, arrays)


def groups_transposed(case, results):
    """The channels of y are ordered (channel, group) instead of (group, channel)."""
    groups = case.parameters["groups"]
    if case.quantity == GRADIENT or groups == 1 or not case.parameters.get("batched", True):
        return results
    y = results[0]
    if y.shape[1] % groups or y.size == 0:
        return results
    split = y.reshape(y.shape[0], groups, y.shape[1] // groups, *y.shape[2:])
    return [np.ascontiguousarray(split.swapaxes(1, 2)).reshape(y.shape)]


def half_accumulation(case, results):
    if case.dtype != "float32":
        return results
    with np.errstate(over="ignore"):
        return [r.astype(np.float16).astype(np.float32) for r in results]


def truncated_bfloat16(case, results):
    """Rounded to bfloat16 towards zero, one unit in the last place too low; no matter for exact results."""
    if case.dtype != "bfloat16" or case.regime != "rounding":
        return results
    return [(np.ascontiguousarray(r).view(np.uint16) - 1).view(r.dtype) for r in results]


def nan_swallowed(case, results):
    return [
        np.nan_to_num(r.astype(np.float64), nan=0.0, posinf=np.inf, neginf=-np.inf).astype(r.dtype) for r in results
    ]


def infinity_saturates(case, results):
    if case.dtype not in ("float32", "float64"):
        return results
    return [np.nan_to_num(r, nan=np.nan) for r in results]


def wrong_dtype(case, results):
    return [r.astype(np.float32 if case.dtype != "float32" else np.float64) for r in results]


def only(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Case, Results], Results]:
    """Change one vector-Jacobian product and nothing else."""

    def after(case: Case, results: Results) -> Results:
        if case.quantity != GRADIENT:
            return results
        names = [n for n in ("x", "w", "b") if n in case.inputs]
        return [change(r) if n == name else r for n, r in zip(names, results, strict=True)]

    return after


def mirrored(array: np.ndarray) -> np.ndarray:
    """The last axis reversed."""
    return np.ascontiguousarray(array[..., ::-1])


def last_element_of_long_rows(case, results):
    """A scalar tail that is not written: the last element where a row is longer than a vector of eight."""
    y = results[0].copy()
    if y.ndim and y.shape[-1] > 8 and y.shape[-1] % 8:
        y[..., -1] = 0
    return [y, *results[1:]]


def relative_error(case, results):
    if case.dtype != "float32" or results[0].size == 0:
        return results
    y = results[0].copy()
    at = int(np.argmax(np.where(np.isfinite(y), np.abs(y), -1)))
    y.flat[at] = y.flat[at] * np.float32(1 + 1e-4)
    return [y, *results[1:]]


def wide_channels_only(case, results):
    """Wrong where 31 or more channels meet, as a blocked kernel may be."""
    return [r + r.dtype.type(1) for r in results] if max(case.inputs["w"].shape[:2]) >= 31 else results


def empty_batch_becomes_one(case, results):
    if case.quantity == GRADIENT or 0 not in case.inputs["x"].shape[:1] or not case.parameters.get("batched", True):
        return results
    return [np.zeros((1, *results[0].shape[1:]), results[0].dtype)]


def stale() -> Callable[[Case, Results], Results]:
    """The buffer of the previous case, when it has the right size."""
    previous: dict[int, np.ndarray] = {}

    def after(case: Case, results: Results) -> Results:
        y = results[0]
        old = previous.get(y.nbytes)
        previous[y.nbytes] = y
        if old is None or old.dtype != y.dtype or y.size < 2 or case.parameters["groups"] == 1:
            return results
        return [old.reshape(y.shape), *results[1:]]

    return after


def refuses_groups(case, arrays):
    if case.parameters["groups"] > 1:
        raise Refusal(f"groups of {case.parameters['groups']} are not supported")
    return case, arrays


def when_even_kernel(act: Callable[[], None]) -> Callable[[Case, Arrays], tuple[Case, Arrays]]:
    """Do something terrible for kernels of even size in every dimension."""

    def before(case: Case, arrays: Arrays) -> tuple[Case, Arrays]:
        kernel = case.inputs["w"].shape[2:]
        if kernel and all(k and k % 2 == 0 for k in kernel):
            act()
        return case, arrays

    return before


def segfault() -> None:
    ctypes.string_at(8)


def hang_with_the_gil() -> None:
    ctypes.PyDLL(None).sleep(3600)


def leak() -> None:
    hoard = []
    while True:
        hoard.append(np.ones(1 << 24))


def one_larger(case: Case, shape: tuple[int, ...]) -> tuple[int, ...]:
    return (*shape[:-1], shape[-1] + 1) if case.parameters["stride"][-1] > 1 else shape


WRONG = (Kind.VALUE, Kind.NOT_FINITE)

BUGS: dict[str, Bug] = {
    "window off by one": Bug(WRONG, before=window_off_by_one),
    "padding on the other side": Bug(WRONG, before=pad_other_side),
    "dilation ignored": Bug(WRONG, before=dilation_ignored),
    "output padding on the wrong side": Bug(WRONG, before=output_padding_other_side),
    "kernel flipped": Bug(WRONG, before=kernel_flipped),
    "bias forgotten in the last channel": Bug(WRONG, before=bias_forgotten_in_last_channel),
    "strided input read as contiguous": Bug(WRONG, before=strided_read_as_contiguous),
    "stride's axes swapped": Bug(WRONG, before=axes_swapped_stride),
    "groups transposed": Bug(WRONG, after=groups_transposed),
    "float16 accumulation": Bug(WRONG, after=half_accumulation),
    "bfloat16 truncated": Bug(WRONG, after=truncated_bfloat16),
    "NaN swallowed": Bug(WRONG, after=nan_swallowed),
    "infinity saturates": Bug(WRONG, after=infinity_saturates),
    "wrong dtype": Bug((Kind.DTYPE,), after=wrong_dtype),
    "kernel gradient mirrored": Bug(WRONG, after=only("w", mirrored)),
    "input gradient mirrored": Bug(WRONG, after=only("x", mirrored)),
    "bias gradient halved": Bug(WRONG, after=only("b", lambda array: (array / 2).astype(array.dtype))),
    "input gradient transposed in shape": Bug((Kind.SHAPE,), after=only("x", lambda array: array[..., None])),
    "tail of long rows": Bug(WRONG, after=last_element_of_long_rows),
    "relative error of 1e-4": Bug(WRONG, after=relative_error),
    "wide channels only": Bug(WRONG, after=wide_channels_only),
    "empty batch becomes one": Bug((Kind.SHAPE,), after=empty_batch_becomes_one),
    "stale result": Bug(WRONG, after=stale()),
    "one result too few": Bug((Kind.SHAPE,), after=lambda case, results: results[:-1] if len(results) > 1 else results),
    "shape inference one too large": Bug((Kind.SHAPE,), shape=one_larger),
    "refuses groups": Bug((Kind.RAISED,), before=refuses_groups),
    "accepts everything": Bug((Kind.ACCEPTED, Kind.DESCRIBED_INVALID), accepts=True),
    "abort": Bug((Kind.DIED,), before=when_even_kernel(os.abort)),
    "segfault": Bug((Kind.DIED,), before=when_even_kernel(segfault)),
    "exit without a word": Bug((Kind.DIED,), before=when_even_kernel(lambda: os._exit(0))),
    "hang with the GIL": Bug((Kind.TIMED_OUT,), before=when_even_kernel(hang_with_the_gil)),
    "hang in Python": Bug((Kind.TIMED_OUT,), before=when_even_kernel(lambda: time.sleep(3600))),
    "leak": Bug((Kind.OUT_OF_MEMORY, Kind.DIED), before=when_even_kernel(leak)),
}


def zeros_for(case: Case) -> Results:
    """What an implementation returns that accepts everything."""
    return [np.zeros((1,), numpy_dtype(case.dtype))]
