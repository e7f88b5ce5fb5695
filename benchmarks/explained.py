"""Which of torch's wrong float64 results the entries of ``docs/findings.md`` explain, as rows of data.

A row names the operators, the condition on the case under which the defect was verified, and what the defect makes of the result: either
the elements that it spoils, of which all others must be right, or the case that torch computes in the place of the one asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness.case import GRADIENT, VALUE, Case, Outcome, Returned, Target
from harness.compare import judge
from harness.formats import numpy_dtype
from harness.meaning import Accuracy, Expected, Meaning
from harness.operator import Operator
from harness.operators.pooling.power import outputs_of
from harness.operators.resize.scale import sized
from harness.records import Status

TORCH = Target("torch")

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Seen:
    """A wrong result: ``got`` are its outputs, ``expected`` those of one convention."""

    case: Case
    arrays: Arrays
    got: Sequence[np.ndarray]
    expected: Sequence[Expected]


@dataclass(frozen=True)
class Explanation:
    """What the finding of a number explains, if ``when`` holds: the elements of each output that ``spoiled`` gives (arrays that
    broadcast to it, None: no element), or a result that is right for ``instead``."""

    finding: int
    operators: tuple[str, ...]
    when: Callable[[Case], bool]
    spoiled: Callable[[Seen], Sequence[np.ndarray | None]] | None = None
    instead: Callable[[Case], Case] | None = None


def not_a_number(seen: Seen) -> list[np.ndarray | None]:
    """NaN in the place of an infinity."""
    return [_nan_for_infinity(*pair) for pair in zip(seen.got, seen.expected, strict=True)]


def _nan_for_infinity(got: np.ndarray, expected: Expected) -> np.ndarray | None:
    return None if got.shape != expected.shape else np.isnan(got) & np.isinf(expected.values[0])


def mean_not_a_number(seen: Seen) -> list[np.ndarray | None]:
    """``not_a_number`` of the mean alone."""
    return [found if e.name == "mean" else None for found, e in zip(not_a_number(seen), seen.expected, strict=True)]


def column(case: Case) -> bool:
    """Whether antialias makes a column of more than one row, of another height than the input's."""
    p, shape = sized(case).parameters if "scale" in case.parameters else case.parameters, case.inputs["x"].shape
    smooth = p["antialias"] if "antialias" in p else p["method"].endswith("antialias")
    size = p["size"]
    return case.quantity == VALUE and smooth and len(size) == 2 and size[1] == 1 < size[0] != shape[2]


def later_rows(seen: Seen) -> list[np.ndarray | None]:
    """All rows but the first."""
    return [np.arange(seen.got[0].shape[2])[:, None] > 0]


def clipped_windows(seen: Seen) -> list[np.ndarray | None]:
    """Results, or elements of a gradient, of windows that end beyond the input."""
    p, sizes = seen.case.parameters, seen.case.inputs["x"].shape[2:]
    outs = outputs_of(seen.case)
    clipped = np.zeros(outs, bool)
    for axis, (out, n, k, s) in enumerate(zip(outs, sizes, p["kernel"], p["stride"], strict=True)):
        beyond = np.arange(out) * s + k > n
        clipped |= beyond.reshape(-1, *(1,) * (len(outs) - axis - 1))
    if seen.case.quantity == VALUE:
        return [clipped]
    touched = np.zeros(sizes, bool)
    for place in np.argwhere(clipped):
        window = zip(place, p["stride"], p["kernel"], strict=True)
        touched[tuple(slice(o * s, o * s + k) for o, s, k in window)] = True
    return [touched]


def almost_certain(seen: Seen) -> list[np.ndarray | None]:
    """Elements of the gradient where x (1 - x) is below 1e-12."""
    x = seen.arrays["x"].astype(np.longdouble)
    return [x * (1 - x) < 1e-12 if e.name == "x" else None for e in seen.expected]


def shape_of_input(seen: Seen) -> list[np.ndarray | None]:
    """Everything, where the result has the shape of the input."""
    return [np.array(True) if seen.got[0].shape == seen.case.inputs["x"].shape else None]


def later_matrices(seen: Seen) -> list[np.ndarray | None]:
    """The solutions of all matrices but the first."""
    stack = seen.got[0].shape[:-2]
    return [np.arange(np.prod(stack, dtype=int)).reshape(*stack, 1, 1) > 0]


def too_little_left(case: Case) -> list[bool]:
    """Per axis whether negative pads leave less than what the others are to continue."""
    pads = zip(case.inputs["x"].shape, case.parameters["pads"], strict=False)
    return [n + min(low, 0) + min(high, 0) < max(low, high) for n, (low, high) in pads]


def unwritten(seen: Seen) -> list[np.ndarray | None]:
    """Everything beside what is left, along the axes of which too little is."""
    shape = seen.expected[0].shape
    found = np.zeros(shape, bool)
    pads = seen.case.parameters["pads"]
    for axis, (short, (low, high)) in enumerate(zip(too_little_left(seen.case), pads, strict=True)):
        place = np.arange(shape[axis])
        outside = (place < max(low, 0)) | (place >= shape[axis] - max(high, 0))
        found |= (short & outside).reshape(-1, *(1,) * (len(shape) - axis - 1))
    return [found]


def rounded_factors(case: Case) -> tuple[float, ...]:
    """The factors, 1 where as many elements are left as there were; to the nearest in more than one dimension also 2 for twice as many."""
    p, sizes = sized(case).parameters, case.inputs["x"].shape[2:]
    near = p["method"] == "nearest"
    if (
        p["align_corners"]
        or p["recompute"]
        or p["method"] in ("area", "cubic", "nearest-exact")
        or (near and len(sizes) < 2)
    ):
        return tuple(p["scale"])
    counts = (1, 2) if near else (1,)
    whole = [next((float(c) for c in counts if m == c * n), None) for n, m in zip(sizes, p["size"], strict=True)]
    return tuple(factor if found is None else found for factor, found in zip(p["scale"], whole, strict=True))


def kept_sizes(case: Case) -> bool:
    """Whether a bicubic resize by other factors than 1 keeps both sizes."""
    p = sized(case).parameters
    return (
        p["method"] == "cubic"
        and p["size"] == case.inputs["x"].shape[2:]
        and not p["recompute"]
        and set(p["scale"]) != {1.0}
    )


EXPLANATIONS = (
    Explanation(39, ("i0", "i1"), lambda case: case.quantity == VALUE, not_a_number),
    Explanation(44, ("resize_linear", "resize_cubic", "resize_lanczos", "resize_scale"), column, later_rows),
    Explanation(45, ("lp_pool",), lambda case: bool(case.parameters["ceil_mode"]), clipped_windows),
    Explanation(53, ("binary_cross_entropy",), lambda case: case.quantity == GRADIENT, almost_certain),
    Explanation(61, ("space_to_depth",), lambda case: case.inputs["x"].shape[0] == 0, shape_of_input),
    Explanation(
        76, ("lstsq",), lambda case: case.quantity == VALUE and len(case.inputs["x"].shape) > 2, later_matrices
    ),
    Explanation(92, ("moments",), lambda case: case.quantity == VALUE, mean_not_a_number),
    Explanation(145, ("pad_wrap",), lambda case: any(too_little_left(case)), unwritten),
    Explanation(
        146,
        ("resize_scale",),
        lambda case: rounded_factors(case) != case.parameters["scale"],
        instead=lambda case: case.with_parameters(scale=rounded_factors(case)),
    ),
    Explanation(
        147,
        ("resize_scale",),
        lambda case: case.quantity == GRADIENT and kept_sizes(case),
        instead=lambda case: case.with_parameters(scale=(1.0, 1.0)),
    ),
)


def explain(op: Operator, case: Case, arrays: Arrays, meaning: Meaning, outcome: Outcome) -> int | None:
    """The finding that explains all of a wrong result, if there is one."""
    for row in EXPLANATIONS:
        if op.key in row.operators and row.when(case) and _explains(row, op, case, arrays, meaning, outcome):
            return row.finding
    return None


def _explains(row: Explanation, op: Operator, case: Case, arrays: Arrays, meaning: Meaning, outcome: Outcome) -> bool:
    """Whether the result is right for another case, or once the spoiled elements have their right values."""
    if row.instead:
        other = row.instead(case)
        own = op.meaning(other, arrays)
        return agrees(op, other, own, outcome) or explain(op, other, arrays, own, outcome) is not None
    if not isinstance(outcome, Returned) or row.spoiled is None:
        return False
    for name, expected in meaning.variants.items():
        masks = row.spoiled(Seen(case, arrays, outcome.arrays, expected))
        one = replace(meaning, variants={name: expected})
        mended = tuple(_mended(*parts) for parts in zip(outcome.arrays, expected, masks, strict=True))
        if agrees(op, case, one, replace(outcome, arrays=mended)):
            return True
    return False


def _mended(got: np.ndarray, expected: Expected, mask: np.ndarray | None) -> np.ndarray:
    """The output with the right values where the mask is."""
    if mask is None or not expected.values:
        return got
    with np.errstate(all="ignore"):
        right = expected.values[0].astype(numpy_dtype(expected.dtype))
    return right if mask.ndim == 0 and mask else np.where(mask, right, got)


def agrees(op: Operator, case: Case, meaning: Meaning, outcome: Outcome) -> bool:
    """Whether the judge finds nothing wrong."""
    return judge(op, case, TORCH, meaning, outcome, Accuracy()).status is not Status.DISAGREED
