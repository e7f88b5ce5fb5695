"""Which poolings must be computed, must be refused, or may be either: what all poolings by windows share."""

from __future__ import annotations

import math
from typing import Any, Optional, Sequence, Tuple

from harness.case import Case
from harness.formats import kind_of
from harness.meaning import Expected, Meaning, Rule
from harness.windows import effective_kernel

STATED_LIMIT = 2**31 - 1
"""Parameters above this may be refused by a right implementation."""

MOST_TAPS = 2**22
"""Rows with more elements than this may be refused, and the oracle does not compute them."""

Verdict = Tuple[Rule, str]


def shape_rule(case: Case, rank: int, **numbers: Sequence[Any]) -> Optional[Verdict]:
    """The verdict about a malformed case, None where x and the parameters (one entry per spatial axis, at least 1) fit."""
    shape = case.inputs["x"].shape
    if rank not in (1, 2, 3):
        return Rule.REFUSE, f"kernel of {rank} entries: expected 1 to 3"
    for name, values in numbers.items():
        if len(values) != rank:
            return Rule.EITHER, f"{name} of {len(values)} entries for {rank} axes: some frameworks repeat one"
        if any(value < 1 for value in values):
            return Rule.REFUSE, f"{name} {tuple(values)}: must be at least 1"
    if len(shape) != rank + 2:
        near = len(shape) == rank + 1
        reason = f"x of rank {len(shape)} with {rank} spatial axes"
        return (Rule.EITHER, f"{reason}: some frameworks take unbatched inputs") if near else (Rule.REFUSE, reason)
    return None


def sizes_rule(
    case: Case, outs: Sequence[int], taps: Sequence[int], numbers: Sequence[int]
) -> Tuple[Verdict, Optional[Meaning]]:
    """The verdict about a well-formed case, and the meaning of one that has no elements to compute or too many."""
    shape = case.inputs["x"].shape
    if min(outs) < 1 or 0 in shape[1:]:
        reason = "no channels, no space, or a window larger than the input: refused, or an empty result"
        found = (*shape[:2], *(max(out, 0) for out in outs))
        empty = Expected(
            found, case.dtype, ()
        )  # without elements there is nothing to compare but the shape and the dtype
        return (Rule.EITHER, reason), Meaning(Rule.EITHER, reason, {} if math.prod(found) else {"": (empty,)})
    elements = max(math.prod(shape[:2]), 1) * math.prod(outs) * math.prod(taps)  # rows are made for an empty batch, too
    if elements > MOST_TAPS:
        reason = f"{elements} taps: above the stated limit of {MOST_TAPS}"
        return (Rule.EITHER, reason), Meaning(Rule.EITHER, reason)
    if max(abs(number) for number in numbers) > STATED_LIMIT:
        return (Rule.EITHER, f"a parameter above {STATED_LIMIT}"), None
    if kind_of(case.dtype) != "float":
        return (Rule.EITHER, f"{case.dtype}: frameworks list the integer dtypes that they pool"), None
    return (Rule.COMPUTE, ""), None


def beyond_half(kernel: Sequence[int], dilation: Sequence[int], padding: Sequence[Sequence[int]]) -> bool:
    """Whether padding exceeds half of the window, which PyTorch documents to refuse (torch.nn.MaxPool2d, padding)."""
    return any(max(pair) > effective_kernel(k, d) // 2 for k, d, pair in zip(kernel, dilation, padding))
