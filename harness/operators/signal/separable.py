"""Separable convolution of images: a filter for every channel, then a product over the channels at every place."""

from __future__ import annotations

from typing import Tuple

import numpy as np

from harness.case import Case
from harness.meaning import Rule
from harness.operators import functions as f
from harness.operators.formula import Formulas, Verdict
from harness.operators.signal.gathering import NOWHERE, places_of, signal, taken
from harness.operators.tracked import Tracked, reshape

Shape = Tuple[int, ...]


def taps(size: int, length: int, stride: int, dilation: int, same: bool) -> Tuple[np.ndarray, Tuple[int, int]]:
    """Where the taps of every window lie along an axis of ``size``, and the padding before and behind it.

    "same" gives ceil(size / stride) windows, with the smaller half of the padding in front (tensorflow.org, tf.nn.convolution).
    """
    reach = (length - 1) * dilation + 1
    windows = -(-size // stride) if same else max((size - reach) // stride + 1, 0)
    total = max((windows - 1) * stride + reach - size, 0) if same else 0
    return np.arange(windows)[:, None] * stride + np.arange(length) * dilation, (total // 2, total - total // 2)


def separable_conv(x: Tracked, w: Tracked, v: Tracked, *, stride: int, dilation: int, padding: str) -> Tracked:
    """Of images (n, h, w, c), filters (kh, kw, c, m), a matrix (1, 1, c m, o); filter q of channel c makes channel c m + q between."""
    count, height, width, channels = x.shape
    same = padding == "same"
    down, above = taps(height, w.shape[0], stride, dilation, same)
    across, beside = taps(width, w.shape[1], stride, dilation, same)
    padded = np.pad(places_of(x.shape), ((0, 0), above, beside, (0, 0)), constant_values=NOWHERE)
    places = padded[:, down][:, :, :, across].transpose(0, 1, 3, 2, 4, 5)
    rows, size = count * down.shape[0] * across.shape[0], w.shape[0] * w.shape[1]
    patches = reshape(taken(x, places), (rows, size, channels))
    deep = f.einsum("atc,tcm->acm", patches, reshape(w, (size, *w.shape[2:])))
    mixed = f.einsum("ak,ko->ao", reshape(deep, (rows, v.shape[2])), reshape(v, v.shape[2:]))
    return reshape(mixed, (count, down.shape[0], across.shape[0], v.shape[3]))


def fitting(case: Case) -> Verdict:
    """Refuses filters of other channels than the image's; nothing is said of windows that do not fit."""
    x, w, v = (case.inputs[name].shape for name in ("x", "w", "v"))
    return fit(x, w, v, case.parameters["stride"], case.parameters["dilation"], case.parameters["padding"])


def fit(x: Shape, w: Shape, v: Shape, stride: int, dilation: int, padding: str) -> Verdict:
    """What is said of images, filters and a matrix of these shapes."""
    if min(stride, dilation) < 1:
        return Rule.REFUSE, f"stride {stride}, dilation {dilation}: must be positive"
    if max(stride, dilation) > 2**15:
        return Rule.EITHER, f"stride {stride}, dilation {dilation}: beyond the sizes of images"
    if {len(shape) for shape in (x, w, v)} != {4}:
        return Rule.EITHER, f"shapes {x}, {w}, {v}: not of four axes each"
    if w[2] != x[3] or v[:3] != (1, 1, w[2] * w[3]):
        return Rule.REFUSE, f"shapes {x}, {w}, {v}: filters (kh, kw, c, m) and (1, 1, c m, o) for images (n, h, w, c)"
    reach = [(length - 1) * dilation + 1 for length in w[:2]]
    small = padding == "valid" and any(size < r for size, r in zip(x[1:3], reach))
    return (Rule.EITHER, f"shapes {x}, {w}: no window fits") if small or 0 in (*x, *w, *v) else None


def channelled(case: Case) -> bool:
    """Whether the filters are of the image's channels: of others, groups of channels would be made."""
    return case.inputs["w"].shape[2] == case.inputs["x"].shape[3]


def unpadded(case: Case) -> bool:
    """Whether there is no padding, or none that depends on the stride: torch's "same" is for a stride of 1."""
    return channelled(case) and (case.parameters["padding"] == "valid" or case.parameters["stride"] == 1)


# fmt: off
separated = signal("separable_conv", "x w v", Formulas({"": separable_conv}, fitting), {
    "tensorflow": "tf.nn.separable_conv2d(x, w, v, (1, stride, stride, 1), padding.upper(), dilations=(dilation, dilation))",
    "keras": "keras.ops.separable_conv(x, w, v, strides=stride, padding=padding, data_format='channels_last', dilation_rate=dilation)",
}, "separable", differentiable="x w v", regimes=("rounding", "exact"), gradient=("rounding",),
   summary="a filter for every channel, then a product over the channels")
# fmt: on


@separated.call("torch", composed=True, when=unpadded)
def separable_of_torch(torch, x, w, v, *, stride, dilation, padding):
    """Two convolutions, of as many groups as channels and of single places."""
    deep = w.permute(2, 3, 0, 1).reshape(-1, 1, *w.shape[:2])
    first = torch.nn.functional.conv2d(
        x.permute(0, 3, 1, 2), deep, stride=stride, padding=padding, dilation=dilation, groups=x.shape[-1]
    )
    return torch.nn.functional.conv2d(first, v.permute(3, 2, 0, 1)).permute(0, 2, 3, 1)


@separated.call("jax", composed=True, when=channelled)
def separable_of_jax(jax, x, w, v, *, stride, dilation, padding):
    """Two convolutions, of as many groups as channels and of single places."""
    axes = ("NHWC", "HWIO", "NHWC")
    first = jax.lax.conv_general_dilated(
        x,
        w.reshape(*w.shape[:2], 1, -1),
        (stride, stride),
        padding.upper(),
        rhs_dilation=(dilation, dilation),
        dimension_numbers=axes,
        feature_group_count=x.shape[-1],
    )
    return jax.lax.conv_general_dilated(first, v, (1, 1), "VALID", dimension_numbers=axes)
