"""Which cases a right implementation must compute, must refuse, or may do either with, and why."""

from __future__ import annotations

import math
from typing import Optional, Tuple

from harness.case import Case
from harness.formats import FLOATS
from harness.meaning import Rule

STATED_LIMIT = 2**31 - 1
"""Parameters and element counts above this may be refused by a right implementation."""

MOST_ELEMENTS = 2**26
"""Canvases and results with more elements than this may be refused, and the oracle does not compute them."""

Verdict = Tuple[Rule, str]


def inputs_rule(case: Case, transposed: bool) -> Optional[Verdict]:
    """REFUSE where ranks, channels, groups, dtypes or parameters contradict each other; EITHER for shorthands; None where all fit."""
    x, w, b = case.inputs["x"], case.inputs["w"], case.inputs.get("b")
    p = case.parameters
    rank = len(w.shape) - 2
    groups = p["groups"]
    axes = rank + (2 if p.get("batched", True) else 1)
    lengths = {len(p["stride"]), len(p["dilation"])}
    if rank in (1, 2, 3) and len(x.shape) != axes and len(x.shape) in (rank + 1, rank + 2):
        return Rule.EITHER, "x has one axis less or more than stated: some frameworks take unbatched inputs"
    if 0 in w.shape[2:] and w.shape[0] and w.shape[1]:
        return Rule.EITHER, "a kernel without taps: frameworks refuse or return empty sums"
    if 0 in w.shape[:2]:
        return Rule.EITHER, "no channels: frameworks refuse or return an empty result"
    if rank in (2, 3) and lengths == {1, rank}:
        return Rule.EITHER, "stride or dilation of one entry: some frameworks repeat it"
    checks = (
        (rank in (1, 2, 3), f"kernel of rank {len(w.shape)}: expected 3 to 5 axes"),
        (len(x.shape) == axes, f"x of rank {len(x.shape)} with a kernel of rank {len(w.shape)}"),
        (lengths == {rank}, "stride and dilation need one entry per spatial dimension"),
        (all(s >= 1 for s in p["stride"]), f"stride {p['stride']}: must be at least 1"),
        (all(d >= 1 for d in p["dilation"]), f"dilation {p['dilation']}: must be at least 1"),
        (groups >= 1, f"groups {groups}: must be at least 1"),
        (all(k >= 1 for k in w.shape), f"kernel of shape {w.shape}: every length must be at least 1"),
        (w.dtype == x.dtype, f"x is {x.dtype} and w is {w.dtype}: must be equal"),
        (b is None or b.dtype == x.dtype, f"x is {x.dtype} and the bias {b.dtype if b else None}: must be equal"),
        (x.dtype in FLOATS, f"dtype {x.dtype}: not a floating-point type"),
    )  # fmt: skip
    for right, reason in checks:
        if not right:
            return Rule.REFUSE, reason
    channels = x.shape[-rank - 1]
    outputs = w.shape[1] * groups if transposed else w.shape[0]
    expected = w.shape[0] if transposed else w.shape[1] * groups
    if channels != expected:
        return (
            Rule.REFUSE,
            f"{channels} input channels, but the kernel of shape {w.shape} with groups {groups} takes {expected}",
        )
    if w.shape[0] % groups:
        return Rule.REFUSE, f"kernel's first length {w.shape[0]} is no multiple of groups {groups}"
    if b is not None and b.shape != (outputs,):
        return Rule.REFUSE, f"bias of shape {b.shape}: expected ({outputs},)"
    return None


def outputs_rule(case: Case, outs: Tuple[int, ...], canvas: Tuple[int, ...], numbers: Tuple[int, ...]) -> Verdict:
    """The rule that follows from the sizes: output and canvas lengths, and every integer parameter."""
    sizes = case.inputs["x"].shape
    if any(out < 0 for out in outs):
        return Rule.REFUSE, f"output size {outs}: negative"
    if 0 in outs or 0 in sizes[-len(outs) :]:
        return Rule.EITHER, "empty spatial sizes: frameworks refuse or return an empty result"
    if max(abs(number) for number in numbers) > STATED_LIMIT:
        return Rule.EITHER, f"a parameter above {STATED_LIMIT}"
    elements = max(math.prod(canvas), math.prod(outs)) * max(sizes[: -len(outs)] + case.inputs["w"].shape[:2] + (1,))
    if elements > MOST_ELEMENTS:
        return Rule.EITHER, f"{elements} elements: above the stated limit of {MOST_ELEMENTS}"
    return Rule.COMPUTE, ""
