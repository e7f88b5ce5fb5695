"""Convolution and transposed convolution with an explicit window: every target must give the same."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import List, Mapping, Tuple

import numpy as np

from harness.case import GRADIENT, Case, InputSpec
from harness.meaning import Expected, Meaning, Rule
from harness.numerics import exact_limits
from harness.operator import Operator, register, with_cotangent
from harness.operators.convolution import meaning
from harness.operators.convolution.drawing import classes, structures, words
from harness.operators.convolution.meaning import axes
from harness.operators.convolution.rules import MOST_ELEMENTS, inputs_rule, outputs_rule
from harness.windows import Window, canvas, forward_size


def convolution_meaning(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
    """Parameters: stride, dilation, groups, padding (a (low, high) pair per dimension), batched."""
    refused = inputs_rule(case, transposed=False)
    if refused:
        return Meaning(*refused)
    p = case.parameters
    sizes, kernel = meaning.sizes_of(case), meaning.kernel_of(case)
    if any(pad < 0 for pair in p["padding"] for pad in pair):
        return Meaning(Rule.REFUSE, f"padding {p['padding']}: must not be negative")
    outs = tuple(max(n, 0) for n in map(forward_size, sizes, kernel, p["stride"], p["dilation"], p["padding"]))
    if 0 in outs:
        # The dilated kernel does not fit into the padded input: an empty result is the one that may be returned.
        x, w = case.inputs["x"], case.inputs["w"]
        empty = Expected(x.shape[: -len(outs) - 1] + (w.shape[0],) + outs, x.dtype, axes=axes(case))
        results = {} if case.quantity == GRADIENT else {"": (empty,)}
        return Meaning(Rule.EITHER, "the dilated kernel is larger than the padded input", results)
    numbers = p["stride"] + p["dilation"] + tuple(pad for pair in p["padding"] for pad in pair)
    lengths = tuple(map(canvas, outs, kernel, p["stride"], p["dilation"]))
    rule, reason = outputs_rule(case, outs, lengths, numbers)
    if rule is Rule.REFUSE or 0 in sizes or math.prod(lengths) > MOST_ELEMENTS:
        return Meaning(rule, reason)
    geometry = meaning.convolution_geometry(case, p["padding"])
    return Meaning(rule, reason, {"": meaning.convolution(case, arrays, geometry)})


def transposed_meaning(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
    """Parameters: stride, dilation, groups, window (a (lo, out) pair per dimension), batched."""
    refused = inputs_rule(case, transposed=True)
    if refused:
        return Meaning(*refused)
    p = case.parameters
    windows = tuple(Window(*pair) for pair in p["window"])
    sizes = meaning.sizes_of(case)
    lengths = tuple(map(canvas, sizes, meaning.kernel_of(case), p["stride"], p["dilation"]))
    outs = tuple(window.out for window in windows)
    rule, reason = outputs_rule(case, outs, lengths, p["stride"] + p["dilation"] + tuple(w.lo for w in windows) + outs)
    if rule is Rule.REFUSE or 0 in outs + sizes or max(math.prod(lengths), math.prod(outs)) > MOST_ELEMENTS:
        return Meaning(rule, reason)
    geometry = meaning.transposed_geometry(case, windows)
    notes = {"canvas": lengths, "windows": p["window"]}
    return Meaning(rule, reason, {"": meaning.transposed(case, arrays, geometry)}, notes)


def output_shape(case: Case) -> Tuple[int, ...]:
    """Shape of y in the canonical layout (batch, channels, *spatial), the batch absent where x has none."""
    p = case.parameters
    x, w = case.inputs["x"].shape, case.inputs["w"].shape
    if "window" in p:
        channels, outs = w[1] * p["groups"], tuple(out for _, out in p["window"])
    else:
        sizes = meaning.sizes_of(case)
        channels = w[0]
        outs = tuple(map(forward_size, sizes, meaning.kernel_of(case), p["stride"], p["dilation"], p["padding"]))
    return x[: -len(outs) - 1] + (channels,) + outs


def cases(structure: Case, seed: int) -> List[Case]:
    """The value sets of a structure: the value in three regimes, and for a plain one the gradient in two."""
    if structure.parameters.get("hostile"):
        return [with_values(structure, "exact", seed)]
    result = [with_values(structure, regime, seed) for regime in ("exact", "rounding", "special")]
    shape = output_shape(structure)
    if "window" in structure.parameters or "padding" in structure.parameters:
        for regime in ("exact", "rounding"):
            asked = with_cotangent(structure, shape, structure.dtype, seed)
            result.append(with_values(asked, regime, seed))
    return result


def with_values(case: Case, regime: str, seed: int) -> Case:
    """The case with a value set of the regime; in the exact regime with limits that keep every sum exact."""
    limit, nonzeros = 1, None
    if regime == "exact" and case.dtype in ("bfloat16", "float16", "float32", "float64"):
        limit, nonzeros = exact_limits(case.dtype, most_terms(case))

    def spec(index: int, name: str, old: InputSpec) -> InputSpec:
        # One factor of every product is sparse: x for the value, the cotangent for the gradients.
        sparse = name == ("cotangent" if case.quantity == GRADIENT else "x")
        return replace(old, regime=regime, seed=seed + index, limit=limit, nonzeros=nonzeros if sparse else None)

    inputs = {name: spec(i, name, old) for i, (name, old) in enumerate(case.inputs.items())}
    return replace(case, inputs=inputs)


def most_terms(case: Case) -> int:
    """Largest number of products that one element of the case's outputs sums."""
    x, w = case.inputs["x"].shape, case.inputs["w"].shape
    taps = math.prod(w[2:])
    if case.quantity != GRADIENT:
        return max(w[0], w[1]) * taps
    cotangent = case.inputs["cotangent"].shape
    return max(w[0] * taps, w[1] * taps, math.prod(cotangent), math.prod(x))


conv = register(
    Operator(
        "conv",
        form="aligned",
        inputs=("x", "w", "b"),
        differentiable=("x", "w", "b"),
        meaning=convolution_meaning,
        structures=lambda: structures("forward", "conv:aligned"),
        classes=classes,
        words=words,
        cases=cases,
        summary="convolution (cross-correlation), 1-d to 3-d, explicit padding",
    )
)

conv_transpose = register(
    Operator(
        "conv_transpose",
        form="aligned",
        inputs=("x", "w", "b"),
        differentiable=("x", "w", "b"),
        meaning=transposed_meaning,
        structures=lambda: structures("transposed", "conv_transpose:aligned"),
        classes=classes,
        words=words,
        cases=cases,
        summary="transposed convolution, 1-d to 3-d, explicit window of the canvas",
    )
)
