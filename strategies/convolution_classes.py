"""What a convolution exercises, as one class per aspect, for the coverage of the parameter space."""

from __future__ import annotations

from typing import Any

Structure = dict[str, Any]

CLASSES: dict[str, tuple[str, ...]] = {
    "rank": ("1", "2", "3"),
    "dtype": ("float32", "float16", "bfloat16", "float64"),
    "batch": ("none", "0", "1", "many"),
    "size": ("1", "below kernel", "other"),
    "kernel": ("1", "even", "odd", "mixed"),
    "stride": ("1", "above 1", "above kernel", "uneven"),
    "dilation": ("1", "above 1", "uneven"),
    "padding": ("none", "symmetric", "unsymmetric", "valid", "same", "causal", "same_lower", "numbers"),
    "window": ("canvas", "inside", "beyond"),
    "request": ("inferred", "output_padding", "output_size"),
    "groups": ("1", "grouped", "depthwise", "multiplier"),
    "channels": ("1", "below 7", "around vector widths", "other"),
    "bias": ("yes", "no"),
    "layout": ("contiguous", "transposed", "strided"),
    "data_format": ("channels_first", "channels_last"),
    "hostile": (
        *("no", "stride", "dilation", "padding", "window", "output_padding", "output_size", "groups", "arity"),
        *("one_window", "rank", "channels", "bias", "dtypes", "size", "kernel"),
    ),
}
"""Every class by aspect. ``padding`` belongs to convolutions and nominal forms, ``window`` to aligned transposed ones,
``request`` to nominal transposed ones; the mutations under ``hostile`` likewise."""

_VECTORS = frozenset((7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65))


def classes(structure: Structure) -> dict[str, str]:
    """The class of each aspect that the structure has; of a hostile one only its dtype and what was done to it."""
    inputs, parameters = structure["inputs"], structure["parameters"]
    known = {"dtype": inputs["x"][1], "hostile": parameters.get("hostile", "no")}
    if known["hostile"] != "no":
        return known
    return {**known, **_shapes(inputs, parameters), **_windows(inputs, parameters), **_form(inputs, parameters)}


def _shapes(inputs: dict[str, Any], parameters: dict[str, Any]) -> dict[str, str]:
    x, w = inputs["x"][0], inputs["w"][0]
    kernel = w[2:]
    sizes = x[-len(kernel) :]
    first = x[0] if parameters["batched"] else None
    rests = {k % 2 for k in kernel}
    return {
        "rank": str(len(kernel)),
        "batch": "none" if first is None else str(first) if first <= 1 else "many",
        "size": "1" if max(sizes) == 1 else "below kernel" if any(map(int.__lt__, sizes, kernel)) else "other",
        "kernel": "1" if max(kernel) == 1 else "mixed" if len(rests) > 1 else ("even", "odd")[rests.pop()],
        "channels": _channels(max(x[-len(kernel) - 1], w[0])),
    }


def _channels(most: int) -> str:
    if most == 1:
        return "1"
    return "around vector widths" if most in _VECTORS else "below 7" if most <= 6 else "other"


def _windows(inputs: dict[str, Any], parameters: dict[str, Any]) -> dict[str, str]:
    x, w = inputs["x"][0], inputs["w"][0]
    kernel, stride, dilation = w[2:], parameters["stride"], parameters["dilation"]
    result = {
        "stride": _steps(stride, ["above kernel"] if all(map(int.__gt__, stride, kernel)) else []),
        "dilation": _steps(dilation, []),
    }
    if "padding" in parameters:
        result["padding"] = _padding(parameters["padding"])
    if "window" in parameters:
        lengths = [
            (n - 1) * s + d * (k - 1) + 1
            for n, s, d, k in zip(x[-len(kernel) :], stride, dilation, kernel, strict=True)
        ]
        result["window"] = _window(parameters["window"], lengths)
    if "output_size" in parameters:
        asked = [name for name in ("output_padding", "output_size") if parameters[name] is not None]
        result["request"] = asked[0] if asked else "inferred"
    return result


def _steps(values: tuple[int, ...], special: list[str]) -> str:
    if len(set(values)) > 1:
        return "uneven"
    return "1" if values[0] == 1 else special[0] if special else "above 1"


def _padding(padding: Any) -> str:
    if isinstance(padding, str):
        return padding
    if isinstance(padding[0], int):
        return "numbers"
    if any(low != high for low, high in padding):
        return "unsymmetric"
    return "symmetric" if any(low for low, _ in padding) else "none"


def _window(window: tuple[tuple[int, int], ...], lengths: list[int]) -> str:
    if all(pair == (0, length) for pair, length in zip(window, lengths, strict=True)):
        return "canvas"
    inside = all(low >= 0 and low + out <= length for (low, out), length in zip(window, lengths, strict=True))
    return "inside" if inside else "beyond"


def _form(inputs: dict[str, Any], parameters: dict[str, Any]) -> dict[str, str]:
    layouts = {inputs["x"][2], inputs["w"][2]} - {"contiguous"}
    return {
        "groups": _groups(inputs, parameters),
        "bias": "yes" if "b" in inputs else "no",
        "layout": sorted(layouts)[0] if layouts else "contiguous",
        "data_format": parameters["data_format"],
    }


def _groups(inputs: dict[str, Any], parameters: dict[str, Any]) -> str:
    w, groups = inputs["w"][0], parameters["groups"]
    channels = inputs["x"][0][-len(w) + 1]
    if groups == 1:
        return "1"
    if channels != groups:
        return "grouped"
    # w has out channels first in a convolution and in channels first in a transposed one; the other axis is per group.
    return "depthwise" if w[0] == groups and w[1] == 1 else "multiplier"
