"""Max pooling that also says where the largest element is: an index into the flattened spatial axes.

Which one of equal elements it names is documented by neither framework, so that the index is compared by what it must fulfil.
"""

from __future__ import annotations

from typing import Any, Callable, Mapping, Sequence

import numpy as np

from harness.case import Case
from harness.formats import reference_dtype
from harness.meaning import Expected, Meaning, Property
from harness.operator import Operator, register
from harness.operators.facts import state
from harness.operators.pooling import adaptive
from harness.operators.pooling.aligned import drawn, pooling_cases, result_shape, taps_of, verdict_of
from harness.operators.pooling.calls import named, symmetric
from harness.operators.pooling.rules import Verdict
from harness.operators.pooling.taps import Taps
from harness.operators.pooling.values import extreme
from harness.plain import add_calls, classes


def points_at(outputs: Sequence[np.ndarray], x: np.ndarray, places: np.ndarray) -> np.ndarray:
    """0 where the index lies under the window and x has the value there, 2 elsewhere.

    ``x`` is (batch, channels, elements), ``places`` (outputs, taps).
    """
    value = outputs[0].astype(x.dtype).reshape(*x.shape[:2], places.shape[0])
    index = outputs[1].astype(np.int64).reshape(value.shape)
    inside = (index[..., None] == places).any(axis=-1) & (index >= 0)
    found = np.take_along_axis(x, np.where(inside, index, 0), axis=-1)
    nothing = (places < 0).all(axis=-1)  # A window of padding has no element to point at.
    return np.where((inside & (found == value)) | nothing, 0.0, 2.0)


def with_index(case: Case, arrays: Mapping[str, np.ndarray], taps: Taps, verdict: Verdict) -> Meaning:
    """The largest element under each window, and an index of it."""
    x: np.ndarray = arrays["x"].astype(reference_dtype(case.dtype))
    (largest,) = next(iter(extreme(arrays["x"], taps, case).values()))
    flat = x.reshape(*x.shape[:2], int(np.prod(x.shape[2:])))
    rows = taps.rows(x, -np.inf)
    chosen = np.argmax(rows, axis=-1).reshape(*x.shape[:2], taps.places.shape[0])
    first = taps.places[np.arange(taps.places.shape[0]), chosen].reshape(largest.shape)
    facts: Mapping[str, Any] = {"x": flat, "places": taps.places}
    where = Property("x[index] is the largest element under the window", points_at, facts)
    index = Expected(
        largest.shape,
        "int64",
        (first.astype(np.longdouble),),
        exact=True,
        name="index",
        other_dtypes=("int32",),
        property=where,
    )
    return Meaning(verdict[0], verdict[1], {"": (largest, index)})


def by_windows(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
    """The meaning for windows with explicit padding."""
    verdict, done = verdict_of(case)
    return Meaning(*verdict) if done else with_index(case, arrays, taps_of(case), verdict)


def by_size(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
    """The meaning for windows that follow from the size of the result."""
    found = adaptive.windows_of(case)
    if isinstance(found, Meaning):
        return Meaning(found.rule, found.reason)
    verdict, taps = found
    return with_index(case, arrays, taps, verdict)


def _operator(
    name: str, meaning: Callable[[Case, Mapping[str, np.ndarray]], Meaning], shape: Any, summary: str
) -> Operator:
    """A pooling with two results, of which an index has no gradient."""
    return state(
        register(
            Operator(
                name,
                inputs=("x",),
                meaning=meaning,
                structures=drawn(name, name),
                cases=pooling_cases(shape, (), ("exact", "rounding")),
                classes=classes,
                words=lambda case: case.dtype,
                summary=summary,
                family="pooling",
            )
        )
    )


max_pool_index = _operator(
    "max_pool_index", by_windows, result_shape, "the largest element under each window and where it is"
)
adaptive_max_pool_index = add_calls(
    _operator(
        "adaptive_max_pool_index",
        by_size,
        adaptive.result_shape,
        "largest elements under windows that follow from the size of the result, and where they are",
    ),
    {"torch": adaptive.by_rank("torch.nn.functional.adaptive_max_pool#d(x, output_size, return_indices=True)")},
)


@max_pool_index.call("torch", when=symmetric)
def _(torch, x, *, kernel, stride, padding, dilation):
    pool = torch.nn.functional
    function = (pool.max_pool1d, pool.max_pool2d, pool.max_pool3d)[len(kernel) - 1]
    return function(x, kernel, stride, [low for low, _ in padding], dilation, return_indices=True)


@max_pool_index.call("tensorflow", composed=True, when=lambda case: len(case.parameters["kernel"]) == 2 and named(case))
def _(tf, x, *, kernel, stride, padding):
    word = "SAME" if any(map(any, padding)) else "VALID"
    y, index = tf.nn.max_pool_with_argmax(tf.transpose(x, [0, 2, 3, 1]), kernel, stride, word)
    # The index counts channels too, which run fastest.
    return tf.transpose(y, [0, 3, 1, 2]), tf.transpose(index // x.shape[1], [0, 3, 1, 2])
