"""Poolings in the words that a user writes: valid, same, numbers with ceil_mode, a stride that is left out.

What the words leave open is each framework's convention:

* the stride that is left out is the kernel (torch.nn.MaxPool2d, keras.layers.MaxPooling2D) or one (jax.lax.reduce_window);
* padding counts in an average (torch.nn.AvgPool2d, count_include_pad=True) or does not (tf.nn.avg_pool and keras.layers.AveragePooling2D
  with SAME; stated by neither's page, but by their tests).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Callable, List, Mapping, Optional, Tuple

import numpy as np

from harness import windows
from harness.case import GRADIENT, Case
from harness.meaning import Expected, Meaning, Rule
from harness.operator import Operator, register
from harness.operators.facts import state
from harness.operators.pooling import values
from harness.operators.pooling.aligned import drawn, pooling_cases
from harness.operators.pooling.rules import Verdict, shape_rule, sizes_rule
from harness.operators.pooling.taps import Taps, combined, counted, product_of, strided, torch_out
from harness.plain import classes

WORDS = ("valid", "same")
AS_KERNEL, ONE = "stride as the kernel", "stride 1"
COUNTS, COUNTS_NOT = "padding counts", "padding does not count"


class Words:
    """The windows that a case's words mean, with a stride in the place of the one that is left out."""

    def __init__(self, case: Case, stride: Tuple[int, ...]) -> None:
        p, self.sizes = case.parameters, case.inputs["x"].shape[2:]
        self.kernel, self.stride, self.ceil = p["kernel"], stride, bool(p["ceil_mode"])
        self.dilation = p.get("dilation") or (1,) * len(self.kernel)
        own = list(zip(self.sizes, self.kernel, stride, self.dilation))
        padding = p["padding"]
        if isinstance(padding, str):
            named = windows.FORWARD[padding]
            self.pads: List[Tuple[int, int]] = [named(*each) for each in own]
            self.outs = [
                (each[0] + sum(pair) - windows.effective_kernel(*each[1::2])) // each[2] + 1
                for each, pair in zip(own, self.pads)
            ]
        else:
            self.pads = [(number, number) for number in padding]
            self.outs = [torch_out(*each, number, self.ceil) for each, number in zip(own, padding)]

    def taps(self) -> Taps:
        """The windows' taps."""
        own = zip(self.sizes, self.kernel, self.stride, self.dilation, self.pads, self.outs)
        return combined(self.sizes, [strided(n, k, s, d, low, out) for n, k, s, d, (low, _), out in own])

    def divisor(self, counts: bool) -> np.ndarray:
        """What an average divides by; a window that ceil_mode lets leave the padding ends with it (torch.nn.AvgPool2d)."""
        taps = self.taps()
        if not counts:
            return taps.counts.reshape(taps.out).astype(np.float64)
        own = zip(self.sizes, self.kernel, self.stride, self.pads, self.outs)
        return product_of([
            counted(n, k, s, low, out) if self.ceil else np.full(out, k) for n, k, s, (low, _), out in own
        ]).astype(np.float64)  # fmt: skip


def words_rule(case: Case) -> Optional[Verdict]:
    """The verdict about words that make no sense, None where they do."""
    p = case.parameters
    rank = len(p["kernel"])
    stride = p["stride"] if p["stride"] is not None else p["kernel"]
    wrong = shape_rule(case, rank, kernel=p["kernel"], stride=stride, dilation=p.get("dilation") or (1,) * rank)
    if wrong:
        return wrong
    padding = p["padding"]
    if isinstance(padding, str):
        return None if padding in WORDS else (Rule.REFUSE, f"padding {padding!r}: none of {', '.join(WORDS)}")
    if min(padding) < 0:
        return Rule.REFUSE, f"padding {padding}: must not be negative"
    if any(number > k // 2 for number, k in zip(padding, p["kernel"])):
        return Rule.EITHER, f"padding {padding}: above half of the kernel, which PyTorch documents to refuse"
    if p.get("divisor_override") is not None and p["divisor_override"] < 1:
        return Rule.EITHER, f"divisor_override {p['divisor_override']}: below 1"
    return None


def strides_of(case: Case) -> Mapping[str, Tuple[int, ...]]:
    """The stride, or per convention the one that stands for none."""
    p = case.parameters
    return {"": p["stride"]} if p["stride"] is not None else {AS_KERNEL: p["kernel"], ONE: (1,) * len(p["kernel"])}


def counting_of(case: Case) -> Mapping[str, bool]:
    """Whether padding counts, as the case says or per convention."""
    p = case.parameters
    if p["padding"] == "valid" or p.get("divisor_override") is not None:
        return {"": True}
    if p["count_include_pad"] is not None:
        return {"": bool(p["count_include_pad"])}
    return {COUNTS: True, COUNTS_NOT: False}


Compute = Callable[[Case, Mapping[str, np.ndarray], Words], values.Readings]


def nominal(compute: Compute) -> Callable[[Case, Mapping[str, np.ndarray]], Meaning]:
    """The meaning of a pooling in words: the readings of every stride that the words may mean."""

    def meaning(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
        wrong = words_rule(case)
        if wrong:
            return Meaning(*wrong)
        rule, reason, variants = Rule.COMPUTE, "", {}
        p = case.parameters
        numbers = (*p["kernel"], *(p["stride"] or (1,)), *(() if isinstance(p["padding"], str) else p["padding"]))
        for name, stride in strides_of(case).items():
            words = Words(case, stride)
            verdict, done = sizes_rule(case, words.outs, p["kernel"], numbers)
            if verdict[0] is not Rule.COMPUTE:
                rule, reason = verdict
            if done:
                if done.variants:
                    variants[name] = done.variants[""]
                continue
            for other, expected in compute(case, arrays, words).items():
                variants[", ".join(part for part in (name, other) if part)] = expected
        return Meaning(rule, reason, variants)

    return meaning


def largest(case: Case, arrays: Mapping[str, np.ndarray], words: Words) -> values.Readings:
    """Maxima, or their gradients."""
    if case.quantity == GRADIENT:
        return values.extreme_gradient(arrays["x"], words.taps(), case, arrays)
    return values.extreme(arrays["x"], words.taps(), case)


def average(case: Case, arrays: Mapping[str, np.ndarray], words: Words) -> values.Readings:
    """Averages, or their gradients, per convention about padding."""
    taps, found = words.taps(), {}
    for name, counts in counting_of(case).items():
        override = case.parameters.get("divisor_override")
        divisor = words.divisor(counts) if override is None else np.full(taps.out, float(override))
        if case.quantity == GRADIENT:
            found[name] = values.mean_gradient(arrays["x"], taps, np.maximum(divisor, 1), case, arrays)
        else:
            found[name] = _mean(case, arrays, taps, divisor)
    return found


def _mean(case: Case, arrays: Mapping[str, np.ndarray], taps: Taps, divisor: np.ndarray) -> Tuple[Expected, ...]:
    """Averages; of nothing 0 / 0, about which nothing is said."""
    with np.errstate(all="ignore"):
        (expected,) = values.mean(arrays["x"], taps, divisor, case)
    empty = np.broadcast_to(divisor == 0, expected.shape)
    if not empty.any():
        return (expected,)
    return (replace(expected, free=empty if expected.free is None else expected.free | empty),)


def result_shape(case: Case) -> Tuple[int, ...]:
    """Shape of the result of a well-formed case that says its stride, else without elements."""
    stride = case.parameters["stride"]
    outs = Words(case, stride).outs if stride is not None else [0] * len(case.parameters["kernel"])
    return (*case.inputs["x"].shape[:2], *(max(out, 0) for out in outs))


def _operator(name: str, compute: Compute, regimes: Tuple[str, ...], summary: str) -> Operator:
    """The operator in words."""
    key = f"{name}:nominal"
    return state(
        register(
            Operator(
                name,
                form="nominal",
                inputs=("x",),
                differentiable=("x",),
                meaning=nominal(compute),
                structures=drawn(key, key),
                cases=pooling_cases(result_shape, regimes, ("rounding", "special")),
                classes=classes,
                words=lambda case: "these words",
                summary=summary,
                family="pooling",
            )
        )
    )


max_pool = _operator(
    "max_pool", largest, ("exact",), "max pooling as a user writes it: valid, same or a number, ceil_mode"
)
avg_pool = _operator(
    "avg_pool",
    average,
    ("rounding",),
    "average pooling as a user writes it: valid, same or a number, ceil_mode, divisor",
)


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
