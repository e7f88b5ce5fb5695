"""Planted bugs of padding: modes confused, sides exchanged, constants and shared elements forgotten."""

from __future__ import annotations

import numpy as np

from harness import operator
from harness.case import GRADIENT, Kind
from harness.values import arrays_of
from planted.bugs import Bug

WRONG = (Kind.VALUE, Kind.NOT_FINITE)


def sides_exchanged(case, arrays):
    return case.with_parameters(pads=tuple((high, low) for low, high in case.parameters["pads"])), arrays


def as_if_it_were(other):
    """The results of another mode."""

    def after(case, results):
        meaning = operator.get(other).meaning(case, arrays_of(case))
        outputs = next(iter(meaning.variants.values()), ())
        right = [
            np.array(output.values[0]).astype(result.dtype) for output, result in zip(outputs, results, strict=False)
        ]
        return right if len(right) == len(results) else results

    return after


def constant_forgotten(case, arrays):
    return case.with_parameters(value=type(case.parameters["value"])(0)), arrays


def gap_at_the_end(case, results):
    """Interior padding that also follows the last element: what comes after it is shifted."""
    y = results[0]
    if case.quantity == GRADIENT or not y.ndim or y.shape[-1] < 3 or case.parameters["config"][-1][2] == 0:
        return results
    return [np.roll(y, 1, axis=-1)]


def gradient_of_the_middle(case, results):
    """The gradient counts an element's own place and leaves out its copies in the padding: large sums are cut."""
    if case.quantity != GRADIENT:
        return results
    return [np.clip(result, -4, 4) for result in results]


BUGS_PADDING: dict[str, tuple[tuple[str, ...], Bug]] = {
    "padding: sides exchanged": (("pad_constant", "pad_wrap"), Bug((*WRONG, Kind.SHAPE), before=sides_exchanged)),
    "padding: reflect repeats the border": (("pad_reflect",), Bug(WRONG, after=as_if_it_were("pad_symmetric"))),
    "padding: symmetric replicates": (("pad_symmetric",), Bug(WRONG, after=as_if_it_were("pad_edge"))),
    "padding: constant forgotten": (("pad_constant",), Bug(WRONG, before=constant_forgotten)),
    "padding: gap at the end": (("pad_interior",), Bug(WRONG, after=gap_at_the_end)),
    "padding: gradient of the middle": (("pad_edge", "pad_wrap"), Bug(WRONG, after=gradient_of_the_middle)),
    "padding: accepts everything": (
        ("pad_constant", "pad_reflect"),
        Bug((Kind.ACCEPTED, Kind.DESCRIBED_INVALID), accepts=True),
    ),
}
"""By name the operators that show it, and the bug."""
