"""Extremes, positions, order statistics and variances of the elements that are not NaN."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, Callable, Dict, List, Sequence, Tuple

import numpy as np

from harness.case import Case, Kind, KnownDifference
from harness.formats import FLOATS as FORMATS
from harness.formats import kind_of
from harness.meaning import Accuracy, Expected, Property, Rule
from harness.operators.facts import Facts
from harness.operators.reductions.extremes import extreme_gradient, identity, indices
from harness.operators.reductions.known import FLOAT64_RANGE, IN_FLOAT32, TENSORFLOW_SUMS
from harness.operators.reductions.meaning import Readings, Reduction, one
from harness.operators.reductions.moments import deviation, deviation_gradient, variance
from harness.operators.reductions.nan_gradients import numbers_of_gradient
from harness.operators.reductions.nan_sums import NAN_REGIMES
from harness.operators.reductions.orders import (
    LOWER,
    NARROW,
    PARAMETERS,
    median,
    median_gradient,
    midpoint,
    quantile,
    quantile_gradient,
    torch_dtype,
)
from harness.operators.reductions.sums import integers, unchanged
from harness.operators.reductions.table import FLOATS, NUMBERS, ONE, SEVERAL, all_or_one, row
from harness.plain import ask
from harness.values import arrays_of


def nan_extreme(largest: bool) -> Callable[[np.ndarray, Case], Readings]:
    """The extreme of the numbers; NaN where there is none."""

    def value(rows: np.ndarray, case: Case) -> Readings:
        filled = np.where(np.isnan(rows), identity(rows, largest), rows)
        found = (np.max if largest else np.min)(filled, axis=-1, initial=identity(rows, largest))
        return one(unchanged(np.where(np.isnan(rows).all(axis=-1), np.nan, found), case.dtype))

    return value


def nan_extreme_gradient(largest: bool) -> Callable[[np.ndarray, np.ndarray, Case], Readings]:
    """That of the extreme of the numbers; free where there is none."""
    plain = extreme_gradient(largest)

    def gradient(rows: np.ndarray, cotangent: np.ndarray, case: Case) -> Readings:
        nan = np.isnan(rows)
        found = plain(np.where(nan, identity(rows, largest), rows), cotangent, case)
        infinite = nan & np.isinf(np.where(nan, 0, rows)).any(axis=-1, keepdims=True)
        free = nan.all(axis=-1, keepdims=True) | infinite.any(axis=-1, keepdims=True)
        return {
            name: (
                replace(
                    output, free=np.broadcast_to(free, rows.shape) | (False if output.free is None else output.free)
                ),
            )
            for name, (output,) in found.items()
        }

    return gradient


for _name, _largest in (("nanmax", True), ("nanmin", False)):
    row(
        _name,
        SEVERAL,
        Reduction(
            nan_extreme(_largest),
            nan_extreme_gradient(_largest),
            empty=Rule.EITHER,
            dtypes=FLOATS,
            regimes=("special", "rounding", "exact"),
        ),
        {
            "jax": f"jax.numpy.{_name}(x, axis=axis, keepdims=keepdims)",
            "keras": f"keras.ops.{_name}(x, axis=axis, keepdims=keepdims)",
        },
        f"the {'largest' if _largest else 'smallest'} element that is not NaN",
    )


def numbers_of_rows(plain: Callable[[np.ndarray, Case], Readings]) -> Callable[[np.ndarray, Case], Readings]:
    """The reduction of the numbers of each row; NaN where there is none. Rows with equally many numbers are reduced at once."""

    def value(rows: np.ndarray, case: Case) -> Readings:
        if kind_of(case.dtype) == "integer":
            return plain(rows, case)
        flat = np.sort(rows.reshape(math.prod(rows.shape[:-1]), rows.shape[-1]), axis=-1)  # NaN stands last
        counts = (~np.isnan(flat)).sum(axis=-1)
        parts = [(counts == m, plain(flat[counts == m, :m], case)) for m in np.unique(counts) if m]
        names: List[str] = list(dict.fromkeys(name for _, found in parts for name in found)) or [""]
        names = [name for name in names if name] or names
        return {
            name: (joined([(rows_of, of.get(name, of.get(""))) for rows_of, of in parts], rows, case),)
            for name in names
        }

    return value


def joined(parts: Sequence[Tuple[np.ndarray, Any]], rows: np.ndarray, case: Case) -> Expected:
    """One output per row from those of groups of rows; NaN for rows of none."""
    shape, count = rows.shape[:-1], math.prod(rows.shape[:-1])
    outputs = [(rows_of, found[0]) for rows_of, found in parts]
    readings = max((len(output.values) for _, output in outputs), default=1)
    values = [np.full(count, np.nan, rows.dtype) for _ in range(readings)]
    free = np.zeros(count, bool)
    for rows_of, output in outputs:
        for i, value in enumerate(values):
            value[rows_of] = output.values[min(i, len(output.values) - 1)]
        if output.free is not None:
            free[rows_of] = output.free

    def bound(dtype: str, accuracy: Accuracy) -> np.ndarray:
        error = np.zeros(count, rows.dtype)
        for rows_of, output in outputs:
            assert output.bound is not None
            error[rows_of] = output.bound(dtype, accuracy)
        return error.reshape(shape)

    return Expected(
        shape,
        case.dtype,
        tuple(value.reshape(shape) for value in values),
        bound,
        free=free.reshape(shape) if free.any() else None,
    )


def points_at_number(outputs: Sequence[np.ndarray], rows: np.ndarray, largest: bool) -> np.ndarray:
    """0 where the index points at the extreme of the numbers of its row, and for rows without numbers; 2 elsewhere.

    In a row of NaN and the infinity that loses to every number any index will do: numpy.nanargmax and numpy.nanargmin, whose definition
    the others take over, warn that "the results cannot be trusted if a slice contains only NaNs and Infs".
    """
    index = np.asarray(outputs[0]).astype(np.int64).reshape(rows.shape[:-1])
    inside = (index >= 0) & (index < rows.shape[-1])
    chosen = np.take_along_axis(rows, np.where(inside, index, 0)[..., None], axis=-1)[..., 0]
    numbers = np.where(np.isnan(rows), -np.inf if largest else np.inf, rows)
    best = numbers.max(axis=-1) if largest else numbers.min(axis=-1)
    missing = np.isnan(rows)
    undecided = missing.any(axis=-1) & (best == (-np.inf if largest else np.inf))
    return np.where((inside & ((chosen == best) | undecided)) | missing.all(axis=-1), 0.0, 2.0)


def nan_index(largest: bool) -> Callable[[np.ndarray, Case], Readings]:
    """Where the extreme of the numbers is; nothing is said of rows without numbers, which NumPy refuses."""

    def value(rows: np.ndarray, case: Case) -> Readings:
        if not rows.shape[-1]:
            return {}
        found = (np.argmax if largest else np.argmin)(np.where(np.isnan(rows), identity(rows, largest), rows), axis=-1)
        facts: Dict[str, Any] = {"rows": rows.astype(np.float64), "largest": largest}
        wanted = Property("x[y] is the extreme of the numbers", points_at_number, facts)
        return one(indices(integers(found, "int64"), wanted))

    return value


def subnormal_extreme(largest: bool) -> Callable[[Case], bool]:
    """Whether the extreme of the numbers of a row of a case is zero where subnormal numbers, of which it has some, are zeros."""

    def found(case: Case) -> bool:
        x, axis = arrays_of(case)["x"].astype(np.float64), case.parameters["axis"]
        least = FORMATS[case.dtype].smallest_normal
        numbers = np.where(np.isnan(x), -np.inf if largest else np.inf, x)
        best = np.abs((np.max if largest else np.min)(numbers, axis=axis, initial=-np.inf if largest else np.inf))
        return bool(((best < least) & ((x != 0) & (np.abs(x) < least)).any(axis=axis)).any())

    return found


def flushed_index(largest: bool) -> Tuple[KnownDifference, ...]:
    """The position of a number that is equal to the extreme where subnormal numbers are zeros."""
    return tuple(
        KnownDifference(
            targets,
            Kind.VALUE,
            "is the extreme of the numbers",
            "subnormal numbers are zeros on the CPU: one of them is as large as another and as zero",
            "jax-ml/jax#16200",
            "documented",
            when=subnormal_extreme(largest),
        )
        for targets in ("jax*:cpu:*", "keras-jax*:cpu:*")
    )


FACTS: Facts = (("keras-torch:*:*", IN_FLOAT32), *TENSORFLOW_SUMS)
NAN_GRADIENTS = ("special", "rounding")

# fmt: off
for _name, _largest in (("nanargmax", True), ("nanargmin", False)):
    row(_name, ONE, Reduction(nan_index(_largest), empty=Rule.EITHER, dtypes=FLOATS, regimes=NAN_REGIMES), {
        "jax": f"jax.numpy.{_name}(x, axis=axis, keepdims=keepdims)",
        "keras": f"keras.ops.{_name}(x, axis=axis, keepdims=keepdims)",
    }, f"the index of the {'largest' if _largest else 'smallest'} element that is not NaN", known=flushed_index(_largest))
row("nanmedian", SEVERAL, Reduction(numbers_of_rows(median), numbers_of_gradient(median_gradient), empty=Rule.EITHER, dtypes=NUMBERS,
                                    regimes=NAN_REGIMES, gradient_regimes=NAN_GRADIENTS), {
    "torch": ask("torch.nanmedian(x) if axis is None else torch.nanmedian(x, dim=axis, keepdim=keepdims).values",
                 when=all_or_one, convention=lambda case: LOWER),
    "jax": ask("jax.numpy.nanmedian(x, axis=axis, keepdims=keepdims)", convention=midpoint),
    "keras": ask("keras.ops.nanmedian(x, axis=axis, keepdims=keepdims)", convention=midpoint),
}, "the middle of the elements that are not NaN", NARROW)
row("nanquantile", SEVERAL, Reduction(numbers_of_rows(quantile), numbers_of_gradient(quantile_gradient), empty=Rule.EITHER, dtypes=NUMBERS,
                                      regimes=NAN_REGIMES, gradient_regimes=NAN_GRADIENTS, parameters=PARAMETERS), {
    "torch": ask("torch.nanquantile(x, q, dim=axis, keepdim=keepdims, interpolation=interpolation)", when=torch_dtype),
    "jax": "jax.numpy.nanquantile(x, q, axis=axis, keepdims=keepdims, method=interpolation)",
    "keras": "keras.ops.nanquantile(x, q, axis=axis, keepdims=keepdims, method=interpolation)",
}, "a quantile of the elements that are not NaN", NARROW)
for _name, _value in (("nanvar", variance), ("nanstd", deviation)):
    row(_name, SEVERAL, Reduction(numbers_of_rows(_value), numbers_of_gradient(deviation_gradient(_name == "nanstd")), dtypes=FLOATS,
                                  regimes=NAN_REGIMES, gradient_regimes=NAN_GRADIENTS, parameters=(("ddof", (0, 1)),)), {
        "jax": f"jax.numpy.{_name}(x, axis=axis, keepdims=keepdims, ddof=ddof)",
        "keras": ask(f"keras.ops.{_name}(x, axis=axis, keepdims=keepdims)", when=lambda case: case.parameters["ddof"] == 0),
    }, f"the {'variance' if _name == 'nanvar' else 'standard deviation'} of the elements that are not NaN", FACTS, known=(FLOAT64_RANGE,))
# fmt: on
