"""Resizes whose parameters say everything: coordinates, kernel, border, antialias. No framework's default enters."""

from __future__ import annotations

import math
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from harness.case import GRADIENT, Case
from harness.meaning import Expected, Meaning, Rule
from harness.operator import Operator, register
from harness.operators.facts import state
from harness.operators.resize.linear import adjoint, interpolated
from harness.operators.resize.nearest import ambiguous, nearest
from harness.operators.resize.weights import Weights, adaptive_weights, area_weights, kernel_weights
from harness.plain import case_of, classes, value_sets

MOST = 2**24
"""Elements of a result above which it may be refused."""

Axes = Callable[[Case, int, int], Weights]
"""The weights of an axis of n inputs and m outputs."""


def size_rule(case: Case) -> Optional[Tuple[Rule, str]]:
    """The verdict about sizes that make no sense or have no elements; None where the result is to be computed."""
    shape, size = case.inputs["x"].shape, case.parameters["size"]
    if any(n < 0 for n in size):
        return Rule.REFUSE, f"size {size}: must not be negative"
    if len(shape) != len(size) + 2:
        return (
            Rule.EITHER,
            f"x of rank {len(shape)} with {len(size)} spatial sizes: some frameworks take unbatched or repeated ones",
        )
    if 0 in size or 0 in shape[1:]:
        return Rule.EITHER, "no channels or empty sizes: refused, or an empty result"
    if math.prod(size) * math.prod(shape[:2]) > MOST:
        return Rule.EITHER, f"a result of more than {MOST} elements"
    return None


def axes_of(case: Case, weights: Axes) -> List[Weights]:
    """The weights of every spatial axis."""
    return [weights(case, n, m) for n, m in zip(case.inputs["x"].shape[2:], case.parameters["size"])]


def outputs(case: Case, arrays: Mapping[str, np.ndarray], axes: Sequence[Weights]) -> Tuple[Expected, ...]:
    """The value or the vector-Jacobian product."""
    if case.quantity == GRADIENT:
        return adjoint(case, arrays, axes)
    return (interpolated(arrays["x"], axes, case.dtype),)


def separable(weights: Axes) -> Callable[[Case, Mapping[str, np.ndarray]], Meaning]:
    """The meaning of a resize by weights along every axis."""

    def meaning(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
        wrong = size_rule(case)
        return (
            Meaning(*wrong) if wrong else Meaning(Rule.COMPUTE, "", {"": outputs(case, arrays, axes_of(case, weights))})
        )

    return meaning


def copying(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
    """The meaning of nearest; where rounding of a coordinate decides, the gradient is left open."""
    wrong = size_rule(case)
    if wrong:
        return Meaning(*wrong)
    rule, size = case.parameters["coordinates"], case.parameters["size"]
    if case.quantity == GRADIENT and ambiguous(case, rule, size):
        return Meaning(Rule.EITHER, "rounding of a coordinate decides between two elements")
    return Meaning(Rule.COMPUTE, "", {"": nearest(case, arrays, rule, size)})


def linear_axis(case: Case, n: int, m: int) -> Weights:
    """Linear interpolation; at a border both rules give the border element."""
    p = case.parameters
    border = "renormalise" if p["antialias"] else "replicate"
    return kernel_weights(n, m, "linear", p["coordinates"], border, p["antialias"])


def cubic_axis(case: Case, n: int, m: int) -> Weights:
    """Cubic convolution with the given a and border."""
    p = case.parameters
    return kernel_weights(n, m, f"cubic {p['a']}", p["coordinates"], p["border"], p["antialias"])


def lanczos_axis(case: Case, n: int, m: int) -> Weights:
    """Lanczos of the given radius."""
    return kernel_weights(n, m, f"lanczos{case.parameters['radius']}", antialias=case.parameters["antialias"])


def area_axis(case: Case, n: int, m: int) -> Weights:
    """Adaptive windows of whole elements, or overlaps with parts of them."""
    return adaptive_weights(n, m) if case.parameters["windows"] == "adaptive" else area_weights(n, m)


def result(case: Case) -> Tuple[Tuple[int, ...], str]:
    """Shape and dtype of the result of a well-formed case."""
    return (*case.inputs["x"].shape[:2], *case.parameters["size"]), case.dtype


def cases(structure: Case, seed: int) -> List[Case]:
    """Finite value sets: what zero weights make of infinities is left open."""
    asked = ("rounding",) if 0 not in structure.inputs["x"].shape[1:] else ()
    if structure.operator == "resize_nearest":
        return value_sets(structure, seed, regimes=("rounding", "special"), gradient=asked, result=result)
    return value_sets(structure, seed, regimes=("rounding", "exact", "magnitudes"), gradient=asked, result=result)


def drawn(key: str) -> Callable[[], Any]:
    """The strategy ``STRUCTURES[key]`` as cases of the operator."""

    def structures() -> Any:
        from strategies.resize import STRUCTURES

        return STRUCTURES[key].map(lambda structure: case_of(key, structure))

    return structures


TABLE: Mapping[str, Tuple[Callable[[Case, Mapping[str, np.ndarray]], Meaning], str]] = {
    "resize_nearest": (copying, "the nearest element by each rule of coordinates"),
    "resize_linear": (
        separable(linear_axis),
        "linear interpolation (bilinear, trilinear) by each rule of coordinates, antialias",
    ),
    "resize_cubic": (separable(cubic_axis), "cubic convolution with a of -0.5 or -0.75, antialias"),
    "resize_lanczos": (separable(lanczos_axis), "Lanczos resampling of radius 3 or 5, antialias"),
    "resize_area": (
        separable(area_axis),
        "averages over adaptive windows, or over areas that overlap elements in part",
    ),
}
"""Per operator its meaning and a summary."""

OPERATORS: Dict[str, Operator] = {}
for _key, (_meaning, _summary) in TABLE.items():
    OPERATORS[_key] = state(
        register(
            Operator(
                _key,
                inputs=("x",),
                differentiable=("x",),
                meaning=_meaning,
                structures=drawn(_key),
                cases=cases,
                classes=classes,
                words=lambda case: "these parameters",
                summary=_summary,
                family="resize",
            )
        )
    )
