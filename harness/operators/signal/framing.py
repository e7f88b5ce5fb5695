"""Signals and images cut into overlapping windows, and put together again by adding what overlaps."""

from __future__ import annotations

from typing import Tuple

import numpy as np

from harness.case import Case
from harness.meaning import Accuracy, Rule
from harness.operators.facts import FLUSHING, Facts, flushing
from harness.operators.formula import Formulas, Verdict
from harness.operators.signal.gathering import NOWHERE, added, places_of, signal, taken, windows_of
from harness.operators.tracked import Tracked
from harness.plain import ask

ADDING: Facts = (
    (
        "torch:*",
        Accuracy(
            accumulate={"float16": "float16", "bfloat16": "bfloat16"},
            source="measured on torch 2.13.0, fold: ones and 2048 (float16) or 256 (bfloat16) in 64 overlapping frames give that "
            "number instead of it and 63 more, when it comes first",
        ),
    ),
    *(
        (
            pattern,
            flushing(
                accumulate={"float16": "float16"},
                source="measured on tensorflow-cpu 2.21.0, overlap_and_add: 63 ones and 2048 in float16 give 2096 instead of 2111, "
                "in bfloat16 with 256 rounded once 320",
            ),
        )
        for pattern in FLUSHING
    ),
)
"""What is added where frames overlap is rounded to the dtype every time."""


def frame_checked(case: Case) -> Verdict:
    """Frames that are longer than the signal are refused by some and give none in others."""
    x, p = case.inputs["x"].shape, case.parameters
    if not x:
        return Rule.REFUSE, "x of no axes: has no frames"
    for name in ("size", "step"):
        if p[name] < 1:
            return Rule.EITHER, f"{name} {p[name]}: below 1"
    if p["size"] > x[-1]:
        return Rule.EITHER, f"size {p['size']}: longer than x"
    return None


def framed(x: Tracked, *, size: int, step: int) -> Tracked:
    """x[..., i step + j] as (..., i, j)."""
    return taken(x, windows_of(places_of(x.shape), size, step))


def overlap_add(x: Tracked, *, step: int) -> Tracked:
    """The sum over i of x[..., i, j] at i step + j: the adjoint of frames."""
    *lead, count, size = x.shape
    shape = (*lead, (count - 1) * step + size)
    return added(x, windows_of(places_of(shape), size, step), shape)


def overlap_checked(case: Case) -> Verdict:
    """Refuses fewer than two axes; nothing is said of no frames and of steps below 1."""
    x, step = case.inputs["x"].shape, case.parameters["step"]
    if len(x) < 2:
        return Rule.REFUSE, f"x of {len(x)} axes: must have two at least"
    return (Rule.EITHER, f"step {step}, x of shape {x}") if step < 1 or 0 in x else None


Pair = Tuple[int, int]


def columns(shape: Tuple[int, ...], size: Pair, stride: Pair, dilation: Pair, padding: Pair) -> np.ndarray:
    """Places of an image (batch, channels, height, width) in its columns (batch, channels * taps, positions), row by row."""
    edges = [(0, 0), (0, 0), *((p, p) for p in padding)]
    image = np.pad(places_of(shape), edges, constant_values=NOWHERE)
    index = []
    for length, k, s, d in zip(image.shape[2:], size, stride, dilation):
        count = (length - d * (k - 1) - 1) // s + 1
        index.append(np.arange(k)[:, None] * d + np.arange(count)[None] * s)
    taps = image[:, :, index[0][:, None, :, None], index[1][None, :, None, :]]
    return np.asarray(taps.reshape(shape[0], shape[1] * size[0] * size[1], -1))


def unfold(x: Tracked, *, size: Pair, stride: Pair, dilation: Pair, padding: Pair) -> Tracked:
    """The columns of an image, as a convolution multiplies them."""
    return taken(x, columns(x.shape, size, stride, dilation, padding))


def fold(x: Tracked, *, image: Pair, size: Pair, stride: Pair, dilation: Pair, padding: Pair) -> Tracked:
    """Columns added up to an image: the adjoint of ``unfold``."""
    shape = (x.shape[0], x.shape[1] // (size[0] * size[1]), *image)
    return added(x, columns(shape, size, stride, dilation, padding), shape)


def spans(case: Case, lengths: Tuple[int, ...]) -> Verdict:
    """Verdict on a window of an image of these lengths."""
    p = case.parameters
    if min(*p["size"], *p["stride"], *p["dilation"]) < 1 or min(p["padding"]) < 0:
        return (
            Rule.REFUSE,
            f"size {p['size']}, stride {p['stride']}, dilation {p['dilation']}, padding {p['padding']}: out of range",
        )
    for n, k, d, pad in zip(lengths, p["size"], p["dilation"], p["padding"]):
        if d * (k - 1) + 1 > n + 2 * pad:
            return Rule.EITHER, f"size {p['size']}: the window is larger than the padded image"
    return None


def unfold_checked(case: Case) -> Verdict:
    """Refuses images of other than four axes."""
    x = case.inputs["x"].shape
    if len(x) != 4:
        return Rule.EITHER, f"x of {len(x)} axes"
    return spans(case, x[2:]) or ((Rule.EITHER, "x is empty") if 0 in x else None)


def fold_checked(case: Case) -> Verdict:
    """Refuses columns that are not as many as the image has windows and taps."""
    x, p = case.inputs["x"].shape, case.parameters
    if len(x) != 3 or 0 in x:
        return Rule.EITHER, f"x of shape {x}"
    verdict = spans(case, p["image"])
    if verdict:
        return verdict
    taps = p["size"][0] * p["size"][1]
    positions = columns((1, 1, *p["image"]), p["size"], p["stride"], p["dilation"], p["padding"]).shape[2]
    if x[1] % taps or x[2] != positions:
        return Rule.REFUSE, f"x of shape {x}: must have a multiple of {taps} rows and {positions} columns"
    return None


def unpadded(case: Case) -> bool:
    """Whether there is no padding."""
    return not any(case.parameters["padding"])


def one_spacing(case: Case) -> bool:
    """Whether stride or dilation is 1: TensorFlow takes one of both only."""
    return unpadded(case) and (set(case.parameters["stride"]) == {1} or set(case.parameters["dilation"]) == {1})


frame = signal("frame", "x", Formulas({"": framed}, frame_checked), {
    "torch": "torch.Tensor.unfold(x, -1, size, step)",
    "tensorflow": "tf.signal.frame(x, size, step)",
    "keras": "keras.ops.extract_sequences(x, size, step)",
}, "frames", regimes=("rounding", "special"), summary="overlapping frames of a signal")  # fmt: skip

signal("overlap_and_add", "x", Formulas({"": overlap_add}, overlap_checked), {
    "tensorflow": "tf.signal.overlap_and_add(x, step)",
    "torch": ask("torch.nn.functional.fold(x.reshape(-1, *x.shape[-2:]).transpose(1, 2), (1, (x.shape[-2] - 1) * step + x.shape[-1]), "
                 "(1, x.shape[-1]), stride=(1, step)).reshape(*x.shape[:-2], -1)", composed=True,
                 when=lambda case: 0 not in case.inputs["x"].shape),
}, "overlapping", facts=ADDING, regimes=("rounding", "special", "exact"), summary="frames added where they overlap")  # fmt: skip

im2col = signal("unfold", "x", Formulas({"": unfold}, unfold_checked), {
    "torch": "torch.nn.functional.unfold(x, size, dilation=dilation, padding=padding, stride=stride)",
    "jax": ask("jax.lax.conv_general_dilated_patches(x, size, stride, [(p, p) for p in padding], rhs_dilation=dilation)"
               ".reshape(x.shape[0], x.shape[1] * size[0] * size[1], -1)", composed=True),
}, "images", regimes=("rounding", "exact"), summary="the columns of an image")  # fmt: skip


@im2col.call("tensorflow", when=one_spacing, composed=True)
def _(tf, x, *, size, stride, dilation):
    found = tf.image.extract_patches(
        tf.transpose(x, [0, 2, 3, 1]), [1, *size, 1], [1, *stride, 1], [1, *dilation, 1], "VALID"
    )
    batch, taps, channels = found.shape[0], size[0] * size[1], x.shape[1]
    found = tf.reshape(found, [batch, -1, taps, channels])
    return tf.reshape(tf.transpose(found, [0, 3, 2, 1]), [batch, channels * taps, -1])


@im2col.call("keras", when=one_spacing, composed=True)
def _(keras, x, *, size, stride, dilation):
    found = keras.ops.image.extract_patches(
        keras.ops.transpose(x, [0, 2, 3, 1]),
        size,
        stride,
        dilation if max(dilation) > 1 else 1,
        "valid",
        "channels_last",
    )
    batch, taps, channels = x.shape[0], size[0] * size[1], x.shape[1]
    found = keras.ops.reshape(found, [batch, found.shape[1] * found.shape[2], taps, channels])
    return keras.ops.reshape(keras.ops.transpose(found, [0, 3, 2, 1]), [batch, channels * taps, found.shape[1]])


signal("fold", "x", Formulas({"": fold}, fold_checked), {
    "torch": "torch.nn.functional.fold(x, image, size, dilation=dilation, padding=padding, stride=stride)",
}, "folds", facts=ADDING, regimes=("rounding", "special", "exact"), summary="columns added up to an image")  # fmt: skip
