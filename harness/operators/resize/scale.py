"""Resizing by factors: the size follows from them, and the coordinates from the factors themselves or from the sizes.

The size is floor(n * factor). Outputs lie 1 / factor apart, or n / m with recompute_scale_factor, which differs where n * factor is no
integer (docs.pytorch.org, torch.nn.functional.interpolate). Corners are aligned by the sizes, and areas are those of the sizes.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, Dict, List, Mapping, Tuple

import numpy as np

from harness.case import GRADIENT, Case
from harness.meaning import Meaning, Rule
from harness.operator import Operator, register
from harness.operators.facts import state
from harness.operators.resize.nearest import ambiguous, nearest
from harness.operators.resize.table import drawn, outputs, size_rule
from harness.operators.resize.weights import Weights, adaptive_weights, kernel_weights
from harness.plain import Ask, add_calls, ask, classes, value_sets

KERNELS: Mapping[str, Tuple[str, str]] = {
    "linear": ("linear", "replicate"),
    "linear antialias": ("linear", "renormalise"),
    "cubic": ("cubic -0.75", "replicate"),
    "cubic antialias": ("cubic -0.5", "renormalise"),
}
"""Kernel and border by method."""


def sized(case: Case) -> Case:
    """The case with the size that its factors give."""
    factors, sizes = case.parameters["scale"], case.inputs["x"].shape[2:]
    if len(factors) != len(sizes) or not all(0 <= factor < 2**20 for factor in factors):
        return case.with_parameters(size=tuple(-1 if factor < 0 else 2**31 for factor in factors))
    return case.with_parameters(size=tuple(math.floor(n * factor) for n, factor in zip(sizes, factors)))


def steps_of(case: Case) -> List[Fraction]:
    """The distance between outputs along every axis, in elements."""
    sizes = case.inputs["x"].shape[2:]
    if case.parameters["recompute"]:
        return [Fraction(n, m) for n, m in zip(sizes, case.parameters["size"])]
    return [1 / Fraction(factor) for factor in case.parameters["scale"]]


def axes_of(case: Case) -> List[Weights]:
    """The weights of every axis."""
    p, sizes = case.parameters, case.inputs["x"].shape[2:]
    if p["method"] == "area":
        return [adaptive_weights(n, m) for n, m in zip(sizes, p["size"])]
    (kernel, border), smooth = KERNELS[p["method"]], p["method"].endswith("antialias")
    if p["align_corners"]:
        return [kernel_weights(n, m, kernel, "align_corners", border) for n, m in zip(sizes, p["size"])]
    own = zip(sizes, p["size"], steps_of(case))
    return [kernel_weights(n, m, kernel, "half_pixel", border, smooth, step) for n, m, step in own]


def meaning(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
    """Parameters: scale (one factor per axis), method, align_corners, recompute."""
    case = sized(case)
    wrong = size_rule(case)
    if wrong:
        return Meaning(*wrong)
    rules = {"nearest": "asymmetric", "nearest-exact": "half_pixel"}
    if case.parameters["method"] not in rules:
        return Meaning(Rule.COMPUTE, "", {"": outputs(case, arrays, axes_of(case))})
    rule, size, steps = rules[case.parameters["method"]], case.parameters["size"], steps_of(case)
    if case.quantity == GRADIENT and ambiguous(case, rule, size, steps):
        return Meaning(Rule.EITHER, "rounding of a coordinate decides between two elements")
    return Meaning(Rule.COMPUTE, "", {"": nearest(case, arrays, rule, size, steps)})


def result(case: Case) -> Tuple[Tuple[int, ...], str]:
    """Shape and dtype of the result of a well-formed case."""
    return (*case.inputs["x"].shape[:2], *sized(case).parameters["size"]), case.dtype


def cases(structure: Case, seed: int) -> List[Case]:
    """Finite value sets, and a gradient where there is something to resize."""
    filled = 0 not in structure.inputs["x"].shape[1:] and not structure.parameters.get("hostile")
    gradient = ("rounding",) if filled and min(sized(structure).parameters["size"]) > 0 else ()
    return value_sets(structure, seed, regimes=("rounding", "exact"), gradient=gradient, result=result)


def rank_is(rank: int, *methods: str) -> Any:
    """The condition that a case has so many axes and one of the methods."""
    return lambda case: len(case.parameters["scale"]) == rank and case.parameters["method"] in methods


def torch_rows() -> List[Ask]:
    """torch's modes by rank."""
    text = "torch.nn.functional.interpolate(x, None, list(scale), {}, {}, recompute_scale_factor=recompute"
    rows = [
        ask(f"{text.format(repr(mode), None)})", when=lambda case, mode=mode: case.parameters["method"] == mode)
        for mode in ("nearest", "nearest-exact", "area")
    ]
    for rank, mode in ((1, "linear"), (2, "bilinear"), (3, "trilinear")):
        rows.append(ask(f"{text.format(repr(mode), 'align_corners')})", when=rank_is(rank, "linear")))
    rows.append(ask(f"{text.format(repr('bicubic'), 'align_corners')})", when=rank_is(2, "cubic")))
    for mode, method in (("bilinear", "linear antialias"), ("bicubic", "cubic antialias")):
        rows.append(ask(f"{text.format(repr(mode), False)}, antialias=True)", when=rank_is(2, method)))
    return rows


def by_factors(*methods: str) -> Any:
    """The condition of JAX's and Keras' scale_and_translate: half-pixel coordinates by the factors, one of the methods."""

    def when(case: Case) -> bool:
        p = case.parameters
        return p["method"] in methods and not p["align_corners"] and not p["recompute"]

    return when


def repeated(rank: int, *methods: str) -> Any:
    """The condition of Keras' layers: integral factors, one of the methods."""

    def when(case: Case) -> bool:
        p = case.parameters
        whole = all(float(factor).is_integer() and factor >= 1 for factor in p["scale"])
        return rank_is(rank, *methods)(case) and whole and not p["align_corners"]

    return when


SHAPE = "(*x.shape[:2], *[int(n * factor) for n, factor in zip(x.shape[2:], scale)])"
JAX = (
    f"jax.image.scale_and_translate(x, {SHAPE}, range(2, x.ndim), "
    "jax.numpy.asarray(scale, jax.numpy.promote_types(x.dtype, 'float32')), jax.numpy.zeros(len(scale)), "
    "method.split()[0], antialias='antialias' in method)"
)
KERAS = (
    f"keras.ops.image.scale_and_translate(x, {SHAPE}, "
    "keras.ops.convert_to_tensor(scale, 'float64' if 'float64' in str(x.dtype) else 'float32'), "
    "keras.ops.zeros(len(scale)), range(2, len(x.shape)), method.split()[0], antialias='antialias' in method)"
)
LAYER = "keras.layers.UpSampling{}D([int(factor) for factor in scale], 'channels_first', dtype=x.dtype)(x)"

CALLS: Dict[str, Any] = {
    "torch": torch_rows(),
    "jax": ask(JAX, when=by_factors("linear", "linear antialias", "cubic antialias")),
    "keras": [
        ask(
            "keras.ops.transpose(keras.layers.UpSampling1D(int(scale[0]), dtype=x.dtype)(keras.ops.transpose(x, [0, 2, 1])), [0, 2, 1])",
            when=repeated(1, "nearest", "nearest-exact"),
        ),
        ask(LAYER.format(2), when=repeated(2, "nearest", "nearest-exact")),
        ask(LAYER.format(3), when=repeated(3, "nearest", "nearest-exact")),
        ask(LAYER.format(2).replace(", dtype", ", 'bilinear', dtype"), when=repeated(2, "linear")),
        ask(KERAS, when=by_factors("linear", "linear antialias", "cubic antialias")),
    ],
}

resize_scale = state(
    add_calls(
        register(
            Operator(
                "resize_scale",
                inputs=("x",),
                differentiable=("x",),
                meaning=meaning,
                structures=drawn("resize_scale"),
                cases=cases,
                classes=classes,
                words=lambda case: case.parameters["method"],
                summary="resizing by factors, which give the size and the coordinates",
                family="resize",
            )
        ),
        CALLS,
    )
)
