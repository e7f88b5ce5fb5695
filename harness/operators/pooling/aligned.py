"""Poolings with explicit padding: parameters kernel, stride, dilation and pairs of padding mean the same in every framework.

An average divides by the number of taps (``include_pad``) or by the number of those that lie on the input. A window of nothing but padding
has the maximum -inf and no average that does not count the padding.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Mapping, Sequence, Tuple, Union

import numpy as np

from harness import windows
from harness.case import GRADIENT, Case
from harness.formats import kind_of
from harness.meaning import Meaning, Rule
from harness.operator import Operator, register
from harness.operators.facts import state
from harness.operators.pooling import values
from harness.operators.pooling.rules import beyond_half, shape_rule, sizes_rule
from harness.operators.pooling.taps import Taps, combined, strided
from harness.plain import case_of, classes, value_sets

REGIMES = ("rounding", "exact", "special", "magnitudes")


def outputs_of(case: Case) -> List[int]:
    """Spatial sizes of the result, zero or less where the window does not fit."""
    p, sizes = case.parameters, case.inputs["x"].shape[2:]
    dilation = p.get("dilation") or (1,) * len(p["kernel"])
    return [
        (n + sum(pair) - windows.effective_kernel(k, d)) // s + 1
        for n, k, s, d, pair in zip(sizes, p["kernel"], p["stride"], dilation, p["padding"])
    ]


def taps_of(case: Case) -> Taps:
    """The windows of a case that can be computed."""
    p, sizes = case.parameters, case.inputs["x"].shape[2:]
    dilation = p.get("dilation") or (1,) * len(p["kernel"])
    own = zip(sizes, p["kernel"], p["stride"], dilation, p["padding"], outputs_of(case))
    return combined(sizes, [strided(n, k, s, d, low, out) for n, k, s, d, (low, _), out in own])


def verdict_of(case: Case) -> Tuple[Any, Any]:
    """The verdict, and the meaning of a case that is not computed."""
    p = case.parameters
    rank, dilation = len(p["kernel"]), p.get("dilation") or (1,) * len(p["kernel"])
    wrong = shape_rule(case, rank, kernel=p["kernel"], stride=p["stride"], dilation=dilation)
    if wrong:
        return wrong, Meaning(*wrong)
    flat = [number for pair in p["padding"] for number in pair]
    if len(p["padding"]) != rank or min(flat) < 0:
        verdict = (Rule.EITHER, f"padding {p['padding']}: negative, or not one pair per axis")
        return verdict, Meaning(*verdict)
    verdict, done = sizes_rule(case, outputs_of(case), p["kernel"], (*p["kernel"], *p["stride"], *dilation, *flat))
    if verdict[0] is Rule.COMPUTE and beyond_half(p["kernel"], dilation, p["padding"]):
        verdict = (Rule.EITHER, f"padding {p['padding']}: above half of the window")
    return verdict, done


Compute = Callable[[Case, Mapping[str, np.ndarray], Taps], values.Readings]


def pooling(compute: Compute, gradient: Compute) -> Callable[[Case, Mapping[str, np.ndarray]], Meaning]:
    """The meaning of a pooling whose readings ``compute`` and ``gradient`` give."""

    def meaning(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
        verdict, done = verdict_of(case)
        if done:
            return done
        readings = (gradient if case.quantity == GRADIENT else compute)(case, arrays, taps_of(case))
        return Meaning(verdict[0], verdict[1], readings)

    return meaning


def divisor_of(case: Case, taps: Taps) -> Union[float, np.ndarray]:
    """What an average divides by; a number for a pooling that sums."""
    include = case.parameters.get("include_pad")
    if include is None:
        return 1
    if include:
        return np.full(taps.out, float(taps.places.shape[-1]))
    return taps.counts.reshape(taps.out).astype(np.float64)


def averages(case: Case, arrays: Mapping[str, np.ndarray], taps: Taps) -> values.Readings:
    """Averages, or sums."""
    return {"": values.mean(arrays["x"], taps, divisor_of(case, taps), case)}


def averages_gradient(case: Case, arrays: Mapping[str, np.ndarray], taps: Taps) -> values.Readings:
    """The cotangents spread over the windows."""
    divisor = np.maximum(np.asarray(divisor_of(case, taps), np.float64), 1)
    return {"": values.mean_gradient(arrays["x"], taps, np.broadcast_to(divisor, taps.out), case, arrays)}


def largest(case: Case, arrays: Mapping[str, np.ndarray], taps: Taps) -> values.Readings:
    """Maxima."""
    return values.extreme(arrays["x"], taps, case)


def smallest(case: Case, arrays: Mapping[str, np.ndarray], taps: Taps) -> values.Readings:
    """Minima."""
    return values.extreme(arrays["x"], taps, case, largest=False)


def smallest_gradient(case: Case, arrays: Mapping[str, np.ndarray], taps: Taps) -> values.Readings:
    """The cotangents at the minima, which are the maxima of the negative numbers."""
    return values.extreme_gradient(-arrays["x"], taps, case, arrays)


def largest_gradient(case: Case, arrays: Mapping[str, np.ndarray], taps: Taps) -> values.Readings:
    """The cotangents at the maxima."""
    return values.extreme_gradient(arrays["x"], taps, case, arrays)


def drawn(name: str, key: str) -> Callable[[], Any]:
    """The strategy ``STRUCTURES[name]``, as cases of the operator ``key``."""

    def structures() -> Any:
        from strategies.pooling import STRUCTURES

        return STRUCTURES[name].map(lambda structure: case_of(key, structure))

    return structures


def pooling_cases(
    shape: Callable[[Case], Tuple[int, ...]], gradient: Sequence[str], regimes: Sequence[str] = REGIMES
) -> Callable[[Case, int], List[Case]]:
    """Value sets of a structure; ``shape`` is that of the result, for the cotangent of those that have a gradient."""

    def cases(structure: Case, seed: int) -> List[Case]:
        if kind_of(structure.dtype) != "float":
            return value_sets(structure, seed, regimes=("rounding", "special"), gradient=())
        if structure.parameters.get("hostile"):
            return value_sets(structure, seed)
        out = shape(structure)
        asked = gradient if min(out[1:]) > 0 and 0 not in structure.inputs["x"].shape[1:] else ()
        return value_sets(structure, seed, regimes=regimes, gradient=asked, result=lambda case: (out, case.dtype))

    return cases


def result_shape(case: Case) -> Tuple[int, ...]:
    """Shape of the result of a well-formed case."""
    return (*case.inputs["x"].shape[:2], *(max(out, 0) for out in outputs_of(case)))


TABLE: Mapping[str, Tuple[Compute, Compute, Tuple[str, ...], str]] = {
    "max_pool": (
        largest,
        largest_gradient,
        ("rounding", "exact"),
        "the largest element under each window, with explicit padding",
    ),
    "avg_pool": (
        averages,
        averages_gradient,
        ("rounding",),
        "the average under each window, with explicit padding that counts or not",
    ),
    "sum_pool": (averages, averages_gradient, ("rounding",), "the sum under each window, with explicit padding"),
    "min_pool": (
        smallest,
        smallest_gradient,
        ("rounding", "exact"),
        "the smallest element under each window, with explicit padding",
    ),
}
"""Per operator its value, its gradient, the regimes of gradient cases, a summary."""

OPERATORS: Dict[str, Operator] = {}
for _name, (_value, _gradient, _regimes, _summary) in TABLE.items():
    OPERATORS[_name] = state(
        register(
            Operator(
                _name,
                form="aligned",
                inputs=("x",),
                differentiable=("x",),
                meaning=pooling(_value, _gradient),
                structures=drawn(_name, f"{_name}:aligned"),
                cases=pooling_cases(result_shape, _regimes),
                classes=classes,
                words=lambda case: case.dtype,
                summary=_summary,
                family="pooling",
            )
        )
    )
