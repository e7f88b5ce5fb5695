"""Poolings in the words that a user writes: valid, same, numbers with ceil_mode, a stride that is left out.

What the words leave open is each framework's convention:

* the stride that is left out is the kernel (torch.nn.MaxPool2d, keras.layers.MaxPooling2D) or one (jax.lax.reduce_window);
* padding counts in an average (torch.nn.AvgPool2d, count_include_pad=True) or does not (tf.nn.avg_pool and keras.layers.AveragePooling2D
  with SAME; stated by neither's page, but by their tests).
"""

from __future__ import annotations

from typing import Callable, List, Mapping, Optional, Tuple

import numpy as np

from harness import windows
from harness.case import GRADIENT, Case
from harness.meaning import Meaning, Rule
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
            found[name] = values.mean(arrays["x"], taps, divisor, case)
    return found


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
