"""Correlation and convolution of two signals, as NumPy defines them, and separable convolution of images."""

from __future__ import annotations

from typing import Callable

import numpy as np

from harness.case import Case
from harness.meaning import Rule
from harness.operators import functions as f
from harness.operators.formula import Formulas, Verdict
from harness.operators.signal.gathering import NOWHERE, places_of, signal, taken, windows_of
from harness.operators.tracked import Tracked
from harness.plain import ask


def sliding(x: Tracked, w: Tracked) -> Tracked:
    """The sum over n of x[n + k] w[n] for every k at which some of both overlaps, in ascending order."""
    places = np.pad(places_of(x.shape), w.shape[0] - 1, constant_values=NOWHERE)
    return f.einsum("km,m->k", taken(x, windows_of(places, w.shape[0], 1)), w)


def part_of(full: Tracked, mode: str, one: int, other: int, late: bool) -> Tracked:
    """All of a full result, where both overlap wholly, or as much as the longer one has, from the middle, rounded up if ``late``."""
    shorter, longer = sorted((one, other))
    if mode == "full":
        return full
    if mode == "valid":
        return f.part(full, 0, shorter - 1, longer)
    start = shorter // 2 if late else (shorter - 1) // 2
    return f.part(full, 0, start, start + longer)


def correlate(x: Tracked, w: Tracked, *, mode: str) -> Tracked:
    """numpy.correlate: with the second signal longer the roles are exchanged and the result reversed."""
    return part_of(sliding(x, w), mode, x.shape[0], w.shape[0], x.shape[0] < w.shape[0])


def convolve(x: Tracked, w: Tracked, *, mode: str) -> Tracked:
    """numpy.convolve: the sum over n of x[k - n] w[n]."""
    return part_of(sliding(x, taken(w, np.arange(w.shape[0])[::-1])), mode, x.shape[0], w.shape[0], False)


def vectors(case: Case) -> Verdict:
    """Refuses empty signals, as NumPy does; nothing is said of several axes."""
    shapes = [case.inputs[name].shape for name in ("x", "w")]
    if any(len(shape) != 1 for shape in shapes):
        return Rule.EITHER, f"shapes {shapes}: not of one axis"
    return (Rule.EITHER, "an empty signal") if (0,) in shapes else None


def in_mode(mode: str) -> Callable[[Case], bool]:
    """The condition that a case has the mode."""
    return lambda case: bool(case.parameters["mode"] == mode)


SLIDE = "torch.nn.functional.conv1d(x[None, None], {}[None, None], padding={})[0, 0]"

correlation = signal("correlate", "x w", Formulas({"": correlate}, vectors), {
    "jax": "jax.numpy.correlate(x, w, mode=mode)",
    "keras": "keras.ops.correlate(x, w, mode=mode)",
    "torch": ask(SLIDE.format("w", "w.shape[0] - 1"), when=in_mode("full"), composed=True),
}, "pairs", differentiable="x w", regimes=("rounding", "exact"), gradient=("rounding",),
   summary="correlation of two signals")  # fmt: skip

signal("convolve", "x w", Formulas({"": convolve}, vectors), {
    "jax": "jax.numpy.convolve(x, w, mode=mode)",
    "torch": ask(SLIDE.format("w.flip(0)", "w.shape[0] - 1"), when=in_mode("full"), composed=True),
}, "pairs", differentiable="x w", regimes=("rounding", "exact"), gradient=("rounding",),
   summary="convolution of two signals")  # fmt: skip
