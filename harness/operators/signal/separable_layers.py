"""Separable convolution as a layer: of signals or images, with a bias, the channels first or last, "causal" padding.

The layers of Keras get their weights by ``stateless_call``, those of tf_keras as attributes, so that gradients with respect to them exist.
"""

from __future__ import annotations

from typing import Any, Mapping, Optional

import numpy as np

from harness.case import Case
from harness.meaning import Rule
from harness.operators.formula import Formulas, Verdict
from harness.operators.signal.gathering import NOWHERE, places_of, signal, taken
from harness.operators.signal.separable import Shape, fit, separable_conv, taps
from harness.operators.tracked import Tracked, moveaxis, reshape

OUTSIDE_GRAPHS = ("eager", "compiled", "abstract")
"""A layer's variables cannot be created inside ``tf.function``."""


def as_image(shape: Shape) -> Shape:
    """The shape of a signal as that of an image of one column."""
    return (*shape[:2], 1, shape[2]) if len(shape) == 3 else shape


def as_filters(shape: Shape) -> Shape:
    """The shape of a signal's filters as that of filters of one column."""
    return (shape[0], 1, *shape[1:]) if len(shape) == 3 else shape


def separable_layer(
    x: Tracked,
    w: Tracked,
    v: Tracked,
    b: Optional[Tracked],
    *,
    stride: int,
    dilation: int,
    padding: str,
    data_format: str,
) -> Tracked:
    """Of (n, l, c) or (n, h, w, c), or with the channels first; "causal": all padding in front, so that nothing sees what is later."""
    x = x if data_format == "channels_last" else moveaxis(x, 1, -1)
    if padding == "causal":
        before = ((0, 0), ((w.shape[0] - 1) * dilation, 0), (0, 0))
        x, padding = taken(x, np.pad(places_of(x.shape), before, constant_values=NOWHERE)), "valid"
    image = reshape(x, as_image(x.shape))
    filters, matrix = reshape(w, as_filters(w.shape)), reshape(v, as_filters(v.shape))
    y = separable_conv(image, filters, matrix, stride=stride, dilation=dilation, padding=padding)
    y = reshape(y, (*y.shape[: len(x.shape) - 1], y.shape[3]))
    y = y if b is None else y + b
    return y if data_format == "channels_last" else moveaxis(y, -1, 1)


def fitting(case: Case) -> Verdict:
    """What is said of the images with the channels last; nothing of "causal" images, nor of biases for other filters."""
    p = case.parameters
    x, w, v = (case.inputs[name].shape for name in ("x", "w", "v"))
    if len({len(x), len(w), len(v)}) != 1 or len(x) not in (3, 4):
        return Rule.EITHER, f"shapes {x}, {w}, {v}: not of three axes each, nor of four"
    if p["padding"] == "causal" and len(x) == 4:
        return Rule.EITHER, "causal padding of images: not defined"
    x = x if p["data_format"] == "channels_last" else (x[0], *x[2:], x[1])
    padding = "same" if p["padding"] == "causal" else p["padding"]
    verdict = fit(as_image(x), as_filters(w), as_filters(v), p["stride"], p["dilation"], padding)
    if verdict or "b" not in case.inputs or case.inputs["b"].shape == v[-1:]:
        return verdict
    return Rule.EITHER, f"shape {case.inputs['b'].shape} of the bias: for {v[-1]} filters"


def weighted(case: Case) -> bool:
    """Whether the weights are those that a layer makes for its input; other ones it never has."""
    verdict = fitting(case)
    return not (verdict and "shape" in verdict[1] and verdict[0] is Rule.REFUSE)


def named(case: Case) -> bool:
    """Whether the padding is one of Keras' words, "valid" and "same"."""
    return weighted(case) and case.parameters["padding"] != "causal"


def native(case: Case) -> bool:
    """Whether TensorFlow's kernels for the CPU have the channels' place."""
    return weighted(case) and case.parameters["data_format"] == "channels_last"


def image_function(case: Case) -> bool:
    """Whether it is what ``tf.nn.separable_conv2d`` computes of channels that are last."""
    return len(case.inputs["x"].shape) == 4 and native(case) and case.parameters["padding"] != "causal"


def in_numbers(case: Case) -> Mapping[str, Any]:
    """The padding before and behind each axis of places."""
    x, w, p = case.inputs["x"].shape, case.inputs["w"].shape, case.parameters
    sizes = x[1:-1] if p["data_format"] == "channels_last" else x[2:]
    if p["padding"] == "causal":
        return {"pads": [((w[0] - 1) * p["dilation"], 0)]}
    if p["padding"] == "valid" or p["stride"] < 1:
        return {"pads": [(0, 0) for _ in sizes]}
    return {"pads": [taps(n, k, p["stride"], p["dilation"], True)[1] for n, k in zip(sizes, w)]}


layer = signal("separable_conv:layer", "x w v b", Formulas({"": separable_layer}, fitting), {}, "separable_layers",
               differentiable="x w v b", regimes=("rounding", "exact"), gradient=("rounding",),
               summary="a separable convolution as a layer, with a bias")  # fmt: skip


@layer.call("tensorflow", when=image_function, composed=True)
def separable_of_tensorflow(tf, x, w, v, b, *, stride, dilation, padding):
    strides = (1, stride, stride, 1)
    y = tf.nn.separable_conv2d(x, w, v, strides, padding.upper(), dilations=(dilation, dilation))
    return y if b is None else tf.nn.bias_add(y, b)


@layer.call("keras", when=named, modes=OUTSIDE_GRAPHS, spelling="layer")
def separable_of_keras(keras, x, w, v, b, *, stride, dilation, padding, data_format, use_bias):
    layer = (keras.layers.SeparableConv1D, keras.layers.SeparableConv2D)[len(x.shape) - 3](
        v.shape[-1], tuple(w.shape[:-2]), stride, padding, data_format, dilation, w.shape[-1], use_bias=use_bias,
        depthwise_initializer="zeros", pointwise_initializer="zeros", dtype=keras.backend.standardize_dtype(x.dtype),
    )  # fmt: skip
    layer.build(tuple(x.shape))
    if keras.backend.is_keras_tensor(x):
        return layer(x)
    return layer.stateless_call([w, v] if b is None else [w, v, b], [], x)[0]


@layer.call("tf_keras", when=native, spelling="layer")
def separable_of_tf_keras(tf_keras, x, w, v, b, *, stride, dilation, padding, data_format, use_bias):
    layer = (tf_keras.layers.SeparableConv1D, tf_keras.layers.SeparableConv2D)[len(x.shape) - 3](
        v.shape[-1], tuple(w.shape[:-2]), stride, padding, data_format, dilation, w.shape[-1], use_bias=use_bias,
        dtype=x.dtype, name="layer",
    )  # fmt: skip
    layer.depthwise_kernel, layer.pointwise_kernel, layer.bias, layer.built = w, v, b, True
    return layer(x)


@layer.call("torch", composed=True, when=weighted, translate=in_numbers)
def separable_of_torch(torch, x, w, v, b, *, stride, dilation, pads, data_format):
    """Two convolutions, of as many groups as channels and of single places."""
    conv = (torch.nn.functional.conv1d, torch.nn.functional.conv2d)[x.dim() - 3]
    x = x.movedim(-1, 1) if data_format == "channels_last" else x
    x = torch.nn.functional.pad(x, [number for pair in reversed(pads) for number in pair])
    deep = w.movedim((-2, -1), (0, 1)).reshape(-1, 1, *w.shape[:-2])
    first = conv(x, deep, stride=stride, dilation=dilation, groups=x.shape[1])
    y = conv(first, v.movedim((-1, -2), (0, 1)), b)
    return y.movedim(1, -1) if data_format == "channels_last" else y


@layer.call("jax", composed=True, when=weighted, translate=in_numbers)
def separable_of_jax(jax, x, w, v, b, *, stride, dilation, pads, data_format):
    """Two convolutions, of as many groups as channels and of single places."""
    rank, last = len(x.shape) - 2, data_format == "channels_last"
    image = f"N{'HW'[:rank]}C" if last else f"NC{'HW'[:rank]}"
    names = (image, f"{'HW'[:rank]}IO", image)
    first = jax.lax.conv_general_dilated(
        x, w.reshape(*w.shape[:-2], 1, -1), (stride,) * rank, pads, rhs_dilation=(dilation,) * rank,
        dimension_numbers=names, feature_group_count=w.shape[-2],
    )  # fmt: skip
    y = jax.lax.conv_general_dilated(first, v, (1,) * rank, "VALID", dimension_numbers=names)
    return y if b is None else y + b.reshape(-1, *(1,) * (0 if last else rank))
