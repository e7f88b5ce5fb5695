"""Poolings to a given size: adaptive ones, whose windows follow from the sizes, and global ones, whose window is everything."""

from __future__ import annotations

import math
from typing import Any, Callable, List, Mapping, Optional, Tuple, Union

import numpy as np

from harness.case import GRADIENT, Case
from harness.meaning import Meaning, Rule
from harness.operator import Operator, register
from harness.operators.facts import state
from harness.operators.pooling import values
from harness.operators.pooling.aligned import drawn, pooling_cases
from harness.operators.pooling.rules import MOST_TAPS, Verdict, sizes_rule
from harness.operators.pooling.taps import Taps, adaptive, combined
from harness.plain import Ask, add_calls, ask, classes


def sizes_wanted(case: Case) -> Tuple[int, ...]:
    """The spatial sizes of the result; ones for a global pooling."""
    asked: Optional[Tuple[int, ...]] = case.parameters.get("output_size")
    return (1,) * (len(case.inputs["x"].shape) - 2) if asked is None else asked


def windows_of(case: Case) -> Union[Meaning, Tuple[Verdict, Taps]]:
    """The verdict and the taps of a case that is computed, the meaning of another."""
    shape, outs = case.inputs["x"].shape, sizes_wanted(case)
    if len(shape) != len(outs) + 2 or len(outs) not in (1, 2, 3):
        near = len(shape) == len(outs) + 1 and len(outs) in (1, 2, 3)
        return Meaning(Rule.EITHER if near else Rule.REFUSE, f"x of rank {len(shape)} with {len(outs)} spatial sizes")
    if min(outs) < 0:
        return Meaning(Rule.REFUSE, f"output_size {outs}: must not be negative")
    longest = [-(-n // max(out, 1)) + 1 for n, out in zip(shape[2:], outs)]
    verdict, done = sizes_rule(case, outs, longest, outs)
    if done or math.prod(outs) > MOST_TAPS:
        return done or Meaning(*verdict)
    return verdict, combined(shape[2:], [adaptive(n, out) for n, out in zip(shape[2:], outs)])


def meaning_of(extreme: bool) -> Callable[[Case, Mapping[str, np.ndarray]], Meaning]:
    """The meaning of an adaptive or global pooling: the largest element, or the average."""

    def meaning(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
        found = windows_of(case)
        if isinstance(found, Meaning):
            return found
        verdict, taps = found
        return Meaning(*verdict, _readings(case, arrays, taps, extreme))

    return meaning


def _readings(case: Case, arrays: Mapping[str, np.ndarray], taps: Taps, extreme: bool) -> values.Readings:
    """The readings of the value or the gradient."""
    if extreme:
        if case.quantity == GRADIENT:
            return values.extreme_gradient(arrays["x"], taps, case, arrays)
        return values.extreme(arrays["x"], taps, case)
    divisor = taps.counts.reshape(taps.out).astype(np.float64)
    if case.quantity == GRADIENT:
        return {"": values.mean_gradient(arrays["x"], taps, divisor, case, arrays)}
    return {"": values.mean(arrays["x"], taps, divisor, case)}


def result_shape(case: Case) -> Tuple[int, ...]:
    """Shape of the result of a well-formed case."""
    return (*case.inputs["x"].shape[:2], *sizes_wanted(case))


def by_rank(text: str) -> List[Ask]:
    """Three rows of which each says one rank; ``#`` stands for it."""

    def of_rank(rank: int) -> Callable[[Case], bool]:
        return lambda case: len(case.inputs["x"].shape) == rank + 2

    return [ask(text.replace("#", str(rank)), when=of_rank(rank)) for rank in (1, 2, 3)]


TABLE: Mapping[str, Tuple[bool, Mapping[str, Any], str]] = {
    "adaptive_avg_pool": (False, {
        "torch": by_rank("torch.nn.functional.adaptive_avg_pool#d(x, output_size)"),
        "keras": "keras.ops.adaptive_average_pool(x, output_size, 'channels_first')",
    }, "averages under windows that follow from the size of the result"),
    "adaptive_max_pool": (True, {
        "torch": by_rank("torch.nn.functional.adaptive_max_pool#d(x, output_size)"),
        "keras": "keras.ops.adaptive_max_pool(x, output_size, 'channels_first')",
    }, "largest elements under windows that follow from the size of the result"),
    "global_avg_pool": (False, {
        "torch": by_rank("torch.nn.functional.adaptive_avg_pool#d(x, 1)"),
        "tensorflow": "tf.math.reduce_mean(x, axis=list(range(2, len(x.shape))), keepdims=True)",
        "jax": "jax.numpy.mean(x, axis=tuple(range(2, x.ndim)), keepdims=True)",
        "keras": by_rank("keras.layers.GlobalAveragePooling#D('channels_first', keepdims=True, dtype=x.dtype)(x)"),
    }, "the average of every channel"),
    "global_max_pool": (True, {
        "torch": by_rank("torch.nn.functional.adaptive_max_pool#d(x, 1)"),
        "tensorflow": "tf.math.reduce_max(x, axis=list(range(2, len(x.shape))), keepdims=True)",
        "jax": "jax.numpy.max(x, axis=tuple(range(2, x.ndim)), keepdims=True)",
        "keras": by_rank("keras.layers.GlobalMaxPooling#D('channels_first', keepdims=True, dtype=x.dtype)(x)"),
    }, "the largest element of every channel"),
}  # fmt: skip
"""Per operator whether it takes the largest, its calls, a summary."""

for _name, (_extreme, _calls, _summary) in TABLE.items():
    state(
        add_calls(
            register(
                Operator(
                    _name,
                    inputs=("x",),
                    differentiable=("x",),
                    meaning=meaning_of(_extreme),
                    structures=drawn(_name, _name),
                    cases=pooling_cases(result_shape, ("rounding", "exact") if _extreme else ("rounding",)),
                    classes=classes,
                    words=lambda case: case.dtype,
                    summary=_summary,
                    family="pooling",
                )
            ),
            _calls,
        )
    )
