"""Whether any or all elements are true, and how many are not zero."""

from __future__ import annotations

from dataclasses import replace
from typing import Callable

import numpy as np

from harness.case import Case
from harness.formats import FLOATS as FORMATS
from harness.formats import kind_of
from harness.meaning import Accuracy
from harness.operators.reductions.meaning import Readings, Reduction, one
from harness.operators.reductions.sums import integers
from harness.operators.reductions.table import BOOL, NUMBERS, SEVERAL, row
from harness.plain import ask


def truth(reduce: Callable[..., np.ndarray]) -> Callable[[np.ndarray, Case], Readings]:
    """Whether any, or all, elements differ from zero; NaN does."""
    return lambda rows, case: one(integers(reduce(rows != 0, axis=-1), "bool"))


# fmt: off
row("any", SEVERAL, Reduction(truth(np.any), dtypes=BOOL), {
    "torch": ask("torch.any(x) if axis is None else torch.any(x, dim=axis, keepdim=keepdims)",
                 when=lambda case: case.parameters["axis"] is not None or not case.parameters["keepdims"]),
    "tensorflow": "tf.math.reduce_any(x, axis=axis, keepdims=keepdims)",
    "jax": "jax.numpy.any(x, axis=axis, keepdims=keepdims)",
    "keras": "keras.ops.any(x, axis=axis, keepdims=keepdims)",
}, "whether any element is true")
row("all", SEVERAL, Reduction(truth(np.all), dtypes=BOOL), {
    "torch": ask("torch.all(x) if axis is None else torch.all(x, dim=axis, keepdim=keepdims)",
                 when=lambda case: case.parameters["axis"] is not None or not case.parameters["keepdims"]),
    "tensorflow": "tf.math.reduce_all(x, axis=axis, keepdims=keepdims)",
    "jax": "jax.numpy.all(x, axis=axis, keepdims=keepdims)",
    "keras": "keras.ops.all(x, axis=axis, keepdims=keepdims)",
}, "whether every element is true")
# fmt: on


def count(rows: np.ndarray, case: Case) -> Readings:
    """How many elements differ from zero; NaN does, subnormal ones only where they are not flushed."""
    found = integers((rows != 0).sum(axis=-1), "int64")
    if kind_of(case.dtype) != "float":
        return one(replace(found, other_dtypes=("int32",)))
    small = ((np.abs(rows) < FORMATS[case.dtype].smallest_normal) & (rows != 0)).sum(axis=-1)

    def bound(dtype: str, accuracy: Accuracy) -> np.ndarray:
        return small if accuracy.flushes(case.dtype) else np.zeros_like(small)

    return one(replace(found, exact=False, bound=bound, other_dtypes=("int32",)))


row(
    "count_nonzero",
    SEVERAL,
    Reduction(count, dtypes=(*NUMBERS, "bool")),
    {
        "torch": ask("torch.count_nonzero(x, dim=axis)", when=lambda case: not case.parameters["keepdims"]),
        "tensorflow": "tf.math.count_nonzero(x, axis=axis, keepdims=keepdims)",
        "jax": "jax.numpy.count_nonzero(x, axis=axis, keepdims=keepdims)",
        "keras": ask("keras.ops.count_nonzero(x, axis=axis)", when=lambda case: not case.parameters["keepdims"]),
    },
    "how many elements are not zero",
)
