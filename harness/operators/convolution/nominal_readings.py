"""What the words of a convolution mean in each framework; rules and names are those of ``harness.windows``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Optional, Tuple

from harness import windows
from harness.case import Case
from harness.operators.convolution import meaning
from harness.windows import Padding, Window

Own = Tuple[Tuple[int, int, int, int], ...]
"""(size, kernel, stride, dilation) of every spatial dimension."""


@dataclass(frozen=True)
class Reading:
    """What a transposed convention makes of the words: windows, padding of the forward convolution, acceptance."""

    windows: Tuple[Window, ...]
    forward: Tuple[Optional[Padding], ...]
    accepted: bool = True


def own_of(case: Case) -> Own:
    """(size, kernel, stride, dilation) of every spatial dimension."""
    p = case.parameters
    return tuple(zip(meaning.sizes_of(case), meaning.kernel_of(case), p["stride"], p["dilation"]))


def half_padding(case: Case) -> Tuple[int, ...]:
    """What "same" is written as where a framework takes integers only: d (k - 1) // 2 on both sides; "valid" is 0."""
    padding = case.parameters["padding"]
    if not isinstance(padding, str):
        return tuple(padding)
    return tuple((windows.effective_kernel(k, d) - 1) // 2 if padding == "same" else 0 for _, k, _, d in own_of(case))


def transposed_readings(case: Case) -> Dict[str, Reading]:
    """The readings of the words of a transposed convolution by convention name."""
    if case.parameters["output_size"] is not None:
        return _sized_readings(case)
    own, word, extra = own_of(case), case.parameters["padding"], case.parameters["output_padding"]
    pads = half_padding(case)
    pairs = tuple((pad, pad) for pad in pads)
    more = extra or (0,) * len(own)
    taken = all(pad >= 0 and windows.accepts_output_padding(o, s, d) for pad, o, (_, _, s, d) in zip(pads, more, own))
    shown = tuple(windows.explicit(*each, pad, o) for each, pad, o in zip(own, pads, more))
    readings = {"explicit": Reading(shown, pairs, taken)}
    if not isinstance(word, str):
        if extra is None:
            for name, rule in (
                ("lax_pairs", windows.lax_pairs),
                ("lax_pairs_consistent", windows.lax_pairs_consistent),
            ):
                shown = tuple(rule(*each, pair) for each, pair in zip(own, pairs))
                readings[name] = Reading(shown, tuple((w.lo, windows.canvas(*e) - w.stop) for w, e in zip(shown, own)))
        return readings
    forward = (None if word == "same" else (0, 0),) * len(own)
    if extra is None:
        for name in (f"keras_{word}", f"lax_{word}"):
            readings[name] = Reading(tuple(windows.TRANSPOSED[name](*each) for each in own), forward)
        return readings
    name = f"keras_{word}_output_padding"
    shown = tuple(windows.TRANSPOSED[name](*each, o) for each, o in zip(own, extra))
    taken = all(o >= 0 and windows.accepts_keras_output_padding(o, s) for o, (_, _, s, _) in zip(extra, own))
    readings[name] = Reading(shown, forward, taken)
    return readings


def _sized_readings(case: Case) -> Dict[str, Reading]:
    """The readings of words that state the output size."""
    own, outs, word = own_of(case), case.parameters["output_size"], case.parameters["padding"]
    pads = half_padding(case)
    pairs = tuple((pad, pad) for pad in pads)
    shown = tuple(windows.output_size(*each, out, pad) for each, out, pad in zip(own, outs, pads))
    taken = all(pad >= 0 and windows.accepts_output_size(out, *each, pad) for each, out, pad in zip(own, outs, pads))
    readings = {"output_size": Reading(shown, pairs, taken)}
    if word == "same":
        shown = tuple(windows.output_shape_same(*each, out) for each, out in zip(own, outs))
        taken = all(windows.accepts_output_shape_same(out, x, s) for out, (x, _, s, _) in zip(outs, own))
        readings["output_shape_same"] = Reading(shown, (None,) * len(own), taken)
    elif word == "valid":
        shown = tuple(windows.output_shape_valid(*each, out) for each, out in zip(own, outs))
        taken = all(windows.accepts_output_shape_valid(out, *each) for out, each in zip(outs, own))
        readings["output_shape_valid"] = Reading(shown, ((0, 0),) * len(own), taken)
    else:
        shown = tuple(windows.output_shape_explicit(*each, out, pair) for each, out, pair in zip(own, outs, pairs))
        taken = all(
            windows.accepts_output_shape_explicit(out, *each, pair) for out, each, pair in zip(outs, own, pairs)
        )
        readings["output_shape_explicit"] = Reading(shown, pairs, taken)
    return readings


def forward_readings(case: Case) -> Dict[str, Tuple[Padding, ...]]:
    """The paddings that the words of a convolution mean, by convention name."""
    own, word = own_of(case), case.parameters["padding"]
    if not isinstance(word, str):
        return {"explicit": tuple((pad, pad) for pad in word)}
    readings = {word: tuple(windows.FORWARD[word](*each) for each in own)}
    if word == "same":
        readings["explicit"] = tuple((pad, pad) for pad in half_padding(case))
        if all(s == 1 for _, _, s, _ in own):
            readings["torch_same"] = tuple(windows.torch_same(*each) for each in own)
    return readings
