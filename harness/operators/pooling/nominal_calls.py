"""How frameworks are asked for poolings in words. Arrays are channels first; a call whose framework pools channels last transposes."""

from __future__ import annotations

from typing import Callable

from harness.case import Case
from harness.operators.pooling.nominal import AS_KERNEL, COUNTS, ONE, avg_pool, counting_of, max_pool


def by_word(case: Case) -> bool:
    """Whether the padding is a word, and nothing is asked that only numbers come with."""
    p = case.parameters
    plain = not p["ceil_mode"] and p.get("count_include_pad") is None and p.get("divisor_override") is None
    return isinstance(p["padding"], str) and plain and set(p.get("dilation") or (1,)) == {1}


def by_word_with_stride(case: Case) -> bool:
    """The same where the stride is given too."""
    return by_word(case) and case.parameters["stride"] is not None


def by_number(case: Case) -> bool:
    """Whether the padding is numbers."""
    return not isinstance(case.parameters["padding"], str)


def by_number_and_divisor(case: Case) -> bool:
    """The same where torch takes a divisor, which one dimension does not."""
    return by_number(case) and len(case.parameters["kernel"]) > 1


def by_number_without_divisor(case: Case) -> bool:
    """The same without a divisor."""
    return by_number(case) and case.parameters["divisor_override"] is None


def documented(stride: str, counts: str = "") -> Callable[[Case], str]:
    """The name of the variant that a framework documents; without ``counts`` it says nothing of an average."""

    def convention(case: Case) -> str:
        open_counts = "count_include_pad" in case.parameters and len(counting_of(case)) > 1
        if open_counts and not counts:
            return ""
        parts = [stride if case.parameters["stride"] is None else "", counts if open_counts else ""]
        return ", ".join(part for part in parts if part)

    return convention


@max_pool.call("torch", when=by_number, convention=documented(AS_KERNEL), source="docs.pytorch.org, torch.nn.MaxPool2d")
def _(torch, x, *, kernel, stride, padding, dilation, ceil_mode):
    pool = torch.nn.functional
    return (pool.max_pool1d, pool.max_pool2d, pool.max_pool3d)[len(kernel) - 1](
        x, kernel, stride, padding, dilation, ceil_mode
    )


@max_pool.call("tensorflow", when=by_word_with_stride)
def _(tf, x, *, kernel, stride, padding):
    rank = len(kernel)
    x = tf.transpose(x, [0, *range(2, rank + 2), 1])
    y = tf.nn.max_pool(x, kernel, stride, padding.upper(), ("NWC", "NHWC", "NDHWC")[rank - 1])
    return tf.transpose(y, [0, rank + 1, *range(1, rank + 1)])


@max_pool.call("keras", when=by_word, convention=documented(AS_KERNEL), source="keras.io, MaxPooling2D: strides")
def _(keras, x, *, kernel, stride, padding):
    rank = len(kernel)
    layers = (keras.layers.MaxPooling1D, keras.layers.MaxPooling2D, keras.layers.MaxPooling3D)
    size, steps = (kernel, stride) if rank > 1 else (kernel[0], stride and stride[0])
    x = keras.ops.transpose(x, [0, *range(2, rank + 2), 1])
    y = layers[rank - 1](size, steps, padding, "channels_last", dtype=x.dtype)(x)
    return keras.ops.transpose(y, [0, rank + 1, *range(1, rank + 1)])


@max_pool.call(
    "jax", when=by_word, convention=documented(ONE), source="docs.jax.dev, jax.lax.reduce_window: window_strides"
)
def _(jax, x, *, kernel, stride, padding):
    start = x.dtype.type(-jax.numpy.inf)
    steps = None if stride is None else (1, 1, *stride)
    return jax.lax.reduce_window(x, start, jax.lax.max, (1, 1, *kernel), steps, padding.upper())


@avg_pool.call("torch", when=by_number_without_divisor, convention=documented(AS_KERNEL, COUNTS))
def _(torch, x, *, kernel, stride, padding, ceil_mode, count_include_pad):
    pool = torch.nn.functional
    function = (pool.avg_pool1d, pool.avg_pool2d, pool.avg_pool3d)[len(kernel) - 1]
    if count_include_pad is None:
        return function(x, kernel, stride, padding, ceil_mode)
    return function(x, kernel, stride, padding, ceil_mode, count_include_pad)


@avg_pool.call("torch", when=by_number_and_divisor, convention=documented(AS_KERNEL, COUNTS))
def _(torch, x, *, kernel, stride, padding, ceil_mode, count_include_pad, divisor_override):
    function = (torch.nn.functional.avg_pool2d, torch.nn.functional.avg_pool3d)[len(kernel) - 2]
    counts = True if count_include_pad is None else count_include_pad
    return function(x, kernel, stride, padding, ceil_mode, counts, divisor_override)


@avg_pool.call("tensorflow", when=by_word_with_stride, convention=documented(AS_KERNEL))
def _(tf, x, *, kernel, stride, padding):
    rank = len(kernel)
    x = tf.transpose(x, [0, *range(2, rank + 2), 1])
    y = tf.nn.avg_pool(x, kernel, stride, padding.upper(), ("NWC", "NHWC", "NDHWC")[rank - 1])
    return tf.transpose(y, [0, rank + 1, *range(1, rank + 1)])


@avg_pool.call("keras", when=by_word, convention=documented(AS_KERNEL), source="keras.io, AveragePooling2D: strides")
def _(keras, x, *, kernel, stride, padding):
    rank = len(kernel)
    layers = (keras.layers.AveragePooling1D, keras.layers.AveragePooling2D, keras.layers.AveragePooling3D)
    size, steps = (kernel, stride) if rank > 1 else (kernel[0], stride and stride[0])
    x = keras.ops.transpose(x, [0, *range(2, rank + 2), 1])
    y = layers[rank - 1](size, steps, padding, "channels_last", dtype=x.dtype)(x)
    return keras.ops.transpose(y, [0, rank + 1, *range(1, rank + 1)])
