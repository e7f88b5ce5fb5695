"""Convolutions in the words that a user writes: the same words mean different windows in different frameworks.

The meaning of a case has one variant per convention that the words have in some framework; conventions with equal
windows share their values. A case must be computed only when every framework's documented acceptance takes it: words
that one framework documents to refuse have no meaning that all share.
"""

from __future__ import annotations

import math
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

import numpy as np

from harness import windows
from harness.case import Case
from harness.meaning import Expected, Meaning, Rule
from harness.operator import Operator, register
from harness.operators.convolution import meaning
from harness.operators.convolution.aligned import with_values
from harness.operators.convolution.drawing import classes, structures
from harness.operators.convolution.nominal_readings import (
    Own,
    Reading,
    forward_readings,
    half_padding,
    own_of,
    transposed_readings,
)
from harness.operators.convolution.rules import MOST_ELEMENTS, inputs_rule, outputs_rule
from harness.windows import Padding, Window

WORDS = {False: ("valid", "same", "same_lower", "causal"), True: ("valid", "same")}


def words_rule(case: Case, transposed: bool) -> Optional[Tuple[Rule, str]]:
    """REFUSE where the words themselves make no sense; None where they do."""
    refused = inputs_rule(case, transposed)
    if refused:
        return refused
    p, rank = case.parameters, meaning.rank_of(case)
    lists = {name: p[name] for name in ("padding", "output_padding", "output_size") if isinstance(p.get(name), tuple)}
    for name, value in lists.items():
        if len(value) != rank or not all(isinstance(number, int) for number in value):
            return Rule.REFUSE, f"{name} {value}: expected one number per spatial dimension"
    word = p["padding"]
    if isinstance(word, str) and word not in WORDS[transposed]:
        return Rule.REFUSE, f"padding {word!r}: none of {', '.join(WORDS[transposed])}"
    if word == "causal" and rank > 1:
        return Rule.REFUSE, "causal padding is one-dimensional"
    if len([name for name in ("output_padding", "output_size") if p.get(name) is not None]) > 1:
        return Rule.REFUSE, "output_padding and output_size exclude each other"
    return None


def transposed_meaning(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
    """Parameters: stride, dilation, groups, padding (a word or numbers), output_padding, output_size, batched."""
    refused = words_rule(case, transposed=True)
    if refused:
        return Meaning(*refused)
    readings, own = transposed_readings(case), own_of(case)
    lengths = tuple(windows.canvas(*each) for each in own)
    numbers = case.parameters["stride"] + case.parameters["dilation"] + half_padding(case)
    shown = {name: tuple(w.out for w in reading.windows) for name, reading in readings.items()}
    verdicts = [outputs_rule(case, outs, lengths, numbers + outs) for outs in shown.values()]
    rule, reason = next((v for v in verdicts if v[0] is not Rule.COMPUTE), (Rule.COMPUTE, ""))
    refusing = [name for name, reading in readings.items() if not reading.accepted]
    if rule is not Rule.COMPUTE:
        rule = Rule.REFUSE if all(v[0] is Rule.REFUSE for v in verdicts) else Rule.EITHER
    elif refusing:
        rule, reason = Rule.EITHER, f"{', '.join(refusing)} documents to refuse these words"
    largest = max(math.prod(size) for size in (lengths, *shown.values()))
    if rule is Rule.REFUSE or 0 in meaning.sizes_of(case) or largest > MOST_ELEMENTS:
        return Meaning(rule, reason)

    def values(views: Tuple[Window, ...]) -> Tuple[Expected, ...]:
        if min(view.out for view in views) < 1:
            return (_empty(case, views),)
        return meaning.transposed(case, arrays, meaning.transposed_geometry(case, views))

    variants = _shared({name: reading.windows for name, reading in readings.items()}, values)
    return Meaning(rule, reason, variants, {name: _transposed_note(own, reading) for name, reading in readings.items()})


def _empty(case: Case, views: Tuple[Window, ...]) -> Expected:
    """A result without elements: a size below zero counts as zero."""
    x, w = case.inputs["x"].shape, case.inputs["w"].shape
    channels = (w[1] * case.parameters["groups"],)
    return Expected(x[: -len(views) - 1] + channels + tuple(max(view.out, 0) for view in views), case.dtype)


def forward_meaning(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
    """Parameters: stride, dilation, groups, padding (a word or a number per dimension), batched."""
    refused = words_rule(case, transposed=False)
    if refused:
        return Meaning(*refused)
    p, own, readings = case.parameters, own_of(case), forward_readings(case)
    if any(pad < 0 for pair in readings.get("explicit", ()) for pad in pair):
        return Meaning(Rule.REFUSE, f"padding {p['padding']}: must not be negative")
    sizes = {name: map(windows.forward_size, *zip(*own), pads) for name, pads in readings.items()}
    outs = {name: tuple(max(size, 0) for size in found) for name, found in sizes.items()}  # below zero: an empty result
    lengths = {name: tuple(map(windows.canvas, outs[name], *list(zip(*own))[1:])) for name in readings}
    numbers = p["stride"] + p["dilation"]
    verdicts = [
        outputs_rule(case, outs[name], lengths[name], numbers + tuple(pad for pair in pads for pad in pair))
        for name, pads in readings.items()
    ]
    rule, reason = next((v for v in verdicts if v[0] is not Rule.COMPUTE), (Rule.COMPUTE, ""))
    if rule is not Rule.COMPUTE or 0 in meaning.sizes_of(case):
        return Meaning(rule, reason)

    def values(pads: Tuple[Padding, ...]) -> Tuple[Expected, ...]:
        return meaning.convolution(case, arrays, meaning.convolution_geometry(case, pads))

    notes = {
        name: {"padding": [list(pair) for pair in pads], "sizes": list(outs[name]), "agree": _padding_text(pads)}
        for name, pads in readings.items()
    }
    return Meaning(rule, reason, _shared(readings, values), notes)


def _shared(
    readings: Mapping[str, Any], values: Callable[[Any], Tuple[Expected, ...]]
) -> Dict[str, Tuple[Expected, ...]]:
    """Expected outputs by convention; equal readings are computed once."""
    known: Dict[Any, Tuple[Expected, ...]] = {}
    for reading in readings.values():
        if reading not in known:
            known[reading] = values(reading)
    return {name: known[reading] for name, reading in readings.items()}


def _transposed_note(own: Own, reading: Reading) -> Dict[str, Any]:
    """What a report says of a convention: windows, canvas, candidate sizes, the arguments that give them elsewhere."""
    torch, lax = [], []
    for each, window in zip(own, reading.windows):
        extra = window.out - windows.explicit(*each, window.lo).out
        torch.append(
            (window.lo, extra) if window.lo >= 0 and windows.accepts_output_padding(extra, *each[2:]) else None
        )
        base = windows.lax_pairs(*each, (0, 0))
        lax.append((base.lo - window.lo, window.stop - base.stop))
    agree: List[str] = [f"jax.lax.conv_transpose(padding={lax})"]
    if None not in torch:
        pads, extras = zip(*[pair for pair in torch if pair])
        agree.insert(0, f"torch conv_transpose(padding={pads}, output_padding={extras})")
    return {
        "window": [[window.lo, window.out] for window in reading.windows],
        "canvas": [windows.canvas(*each) for each in own],
        "candidates": [list(windows.candidates(*each, pair)) for each, pair in zip(own, reading.forward)],
        "agree": "; ".join(agree),
    }


def _padding_text(pads: Tuple[Padding, ...]) -> str:
    return f"pad the input by {list(pads)} (low, high per dimension), then convolve without padding"


def cases(structure: Case, seed: int) -> List[Case]:
    """Two value sets that tell windows apart: integers of which none is zero, and real numbers."""
    if structure.parameters.get("hostile"):
        return [with_values(structure, "exact", seed)]
    return [with_values(structure, regime, seed) for regime in ("exact", "rounding")]


conv = register(
    Operator(
        "conv",
        form="nominal",
        inputs=("x", "w", "b"),
        meaning=forward_meaning,
        structures=lambda: structures("forward_nominal", "conv:nominal"),
        classes=classes,
        cases=cases,
        summary="convolution as a user writes it: same, valid, causal, same_lower or a number",
    )
)

conv_transpose = register(
    Operator(
        "conv_transpose",
        form="nominal",
        inputs=("x", "w", "b"),
        meaning=transposed_meaning,
        structures=lambda: structures("transposed_nominal", "conv_transpose:nominal"),
        classes=classes,
        cases=cases,
        summary="transposed convolution as a user writes it: same, valid or a number, output_padding, output_size",
    )
)
