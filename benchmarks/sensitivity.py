"""What the comparator catches and what it does not invent, on an implementation of convolutions that shares nothing with the oracle.

    python -m benchmarks.sensitivity --comparisons 200000

The second implementation works in the case's own dtype, one kernel tap at a time in a shuffled order, on explicitly zero-stuffed and
padded arrays. False positives: comparisons of it with the oracle that disagree. Sensitivity: a relative error of 1e-5 planted into
one element of a float32 result with |y| >= sum(|x||w|) / 4, by regime and number of terms.
"""

from __future__ import annotations

import argparse
import itertools
import math
import time
from collections import Counter

import numpy as np

from benchmarks.common import FORMS, structures, table
from harness import operator
from harness.case import VALUE, Case, Returned, Target
from harness.compare import judge
from harness.formats import numpy_dtype
from harness.meaning import Accuracy, Meaning, Rule
from harness.records import Status
from harness.values import arrays_of

TARGET = Target("second")


def second(case: Case, arrays: dict[str, np.ndarray], shuffle: np.random.Generator) -> np.ndarray:
    """y of a convolution or a transposed one, 16-bit floats accumulated in float32, everything else in its own dtype."""
    work = np.dtype(np.float32) if case.dtype in ("float16", "bfloat16") else numpy_dtype(case.dtype)
    p, groups = case.parameters, case.parameters["groups"]
    x, w = arrays["x"].astype(work), arrays["w"].astype(work)
    x = x if p["batched"] else x[None]
    rank = len(p["stride"])
    if "window" in p:
        x, w, pads, stride = _as_convolution(x, w, p, groups)
    else:
        pads, stride = p["padding"], p["stride"]
    y = _direct(x, w, pads, stride, p["dilation"], groups, shuffle)
    if "b" in arrays:
        y = y + arrays["b"].astype(work).reshape(1, -1, *[1] * rank)
    y = y.astype(numpy_dtype(case.dtype))
    return y if p["batched"] else y[0]


def _as_convolution(x, w, p, groups):
    """The convolution that equals a transposed one: zeros between the inputs, the kernel reversed, its channels swapped per group."""
    rank = len(p["stride"])
    stuffed = np.zeros(
        x.shape[:2] + tuple((n - 1) * s + 1 for n, s in zip(x.shape[2:], p["stride"], strict=True)), x.dtype
    )
    stuffed[(..., *(slice(None, None, s) for s in p["stride"]))] = x
    split = w.reshape(groups, w.shape[0] // groups, *w.shape[1:]).swapaxes(1, 2)
    turned = split.reshape(groups * w.shape[1], w.shape[0] // groups, *w.shape[2:])[
        (..., *[slice(None, None, -1)] * rank)
    ]
    reach = [d * (k - 1) for d, k in zip(p["dilation"], w.shape[2:], strict=True)]
    lows = [r - lo for r, (lo, _) in zip(reach, p["window"], strict=True)]
    highs = [out + r - n - low for (_, out), r, n, low in zip(p["window"], reach, stuffed.shape[2:], lows, strict=True)]
    return stuffed, turned, list(zip(lows, highs, strict=True)), (1,) * rank


def _direct(x, w, pads, stride, dilation, groups, shuffle):
    """Cross-correlation, one tap and one channel at a time, in a shuffled order. Negative padding crops."""
    for axis, (low, high) in enumerate(pads, start=2):
        cells = np.arange(-low, x.shape[axis] + high)
        inside = (cells >= 0) & (cells < x.shape[axis])
        x = np.take(x, cells.clip(0, x.shape[axis] - 1), axis)
        x[(slice(None),) * axis + (~inside,)] = 0
    outs = [
        (n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(x.shape[2:], w.shape[2:], stride, dilation, strict=True)
    ]
    per_in, per_out = w.shape[1], w.shape[0] // groups
    x = x.reshape(x.shape[0], groups, per_in, *x.shape[2:])
    y = np.zeros((x.shape[0], groups, per_out, *outs), x.dtype)
    terms = list(itertools.product(range(per_in), np.ndindex(*w.shape[2:])))
    shuffle.shuffle(terms)
    kernel = w.reshape(groups, per_out, per_in, *w.shape[2:])
    for channel, tap in terms:
        cells = tuple(
            slice(t * d, t * d + (o - 1) * s + 1, s) for t, d, o, s in zip(tap, dilation, outs, stride, strict=True)
        )
        factor = kernel[(slice(None), slice(None), channel, *tap)]
        y += x[(slice(None), slice(None), channel, *cells)][:, :, None] * factor.reshape(
            1, groups, per_out, *[1] * len(outs)
        )
    return y.reshape(y.shape[0], groups * per_out, *outs)


def judged(case: Case, meaning: Meaning, y: np.ndarray) -> Status:
    """The comparator's word on a result."""
    return judge(operator.get(case.operator), case, TARGET, meaning, Returned((y,)), Accuracy()).status


def value_cases(seed: int, most_products: int):
    """Plain value cases, with their arrays and meaning."""
    for index, structure in enumerate(structures(10**9, seed)):
        w, p = structure.inputs["w"].shape, structure.parameters
        if p.get("hostile") or math.prod(w[1:]) > most_products:
            continue
        op = operator.get(structure.operator)
        for case in op.cases(structure, index % 2**32):
            if case.quantity == VALUE:
                arrays = arrays_of(case)
                yield case, arrays, op.meaning(case, arrays)


def false_positives(count: int, seed: int) -> tuple[Counter, list[Case]]:
    """Judge ``count`` right results; the counter has (regime, dtype, status)."""
    shuffle, seen, wrong = np.random.default_rng(seed), Counter(), []
    for case, arrays, meaning in value_cases(seed, 64):
        if meaning.rule is not Rule.COMPUTE:
            continue
        with np.errstate(all="ignore"):
            status = judged(case, meaning, second(case, arrays, shuffle))
        seen[case.regime, case.dtype, status] += 1
        if status is not Status.AGREED:
            wrong.append(case)
        if seen.total() >= count:
            return seen, wrong
    raise AssertionError("structures do not end")


def sensitivity(count: int, seed: int) -> Counter:
    """Plant a relative error of 1e-5; the counter has (regime, terms class, found or missed)."""
    shuffle, seen = np.random.default_rng(seed), Counter()
    for case, arrays, meaning in value_cases(seed, 512):
        if case.dtype != "float32" or case.regime == "special" or meaning.rule is not Rule.COMPUTE:
            continue
        with np.errstate(all="ignore"):
            y = second(case, arrays, shuffle).copy()
            magnitude = second(case, {name: np.abs(array) for name, array in arrays.items()}, shuffle)
        large = np.flatnonzero((np.abs(y) >= magnitude / 4) & (y != 0))
        if not large.size:
            continue
        at = int(shuffle.choice(large))
        y.flat[at] *= np.float32(1 + 1e-5)
        w = case.inputs["w"].shape
        terms = math.prod(w[2:]) * (w[0] // case.parameters["groups"] if "window" in case.parameters else w[1])
        label = next(
            f"{low} to {high}" for low, high in ((1, 8), (9, 16), (17, 32), (33, 64), (65, 10**6)) if terms <= high
        )
        seen[case.regime, label, judged(case, meaning, y) is not Status.AGREED] += 1
        if seen.total() >= count:
            return seen
    raise AssertionError("structures do not end")


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--comparisons", type=int, default=200_000)
    parser.add_argument("--planted", type=int, default=4_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    started = time.perf_counter()
    seen, wrong = false_positives(options.comparisons, options.seed)
    total, bad = seen.total(), sum(n for (_, _, status), n in seen.items() if status is not Status.AGREED)
    # With no event in n trials the rate is below 3/n with 95 % confidence ("rule of three").
    limit = f"below {3 / total:.1e} (95 %)" if not bad else f"{bad / total:.1e}"
    rows = [
        (regime, sum(n for (r, _, _), n in seen.items() if r == regime)) for regime in ("exact", "rounding", "special")
    ]
    print(table("False positives", ("regime", "comparisons"), rows))
    print(
        f"\n{bad} of {total} right results reported, a rate {limit}; {time.perf_counter() - started:.0f} s; forms: {', '.join(FORMS)}"
    )
    for case in wrong[:5]:
        print("  ", case.key)
    found = sensitivity(options.planted, options.seed + 1)
    labels = sorted(
        {(regime, terms) for regime, terms, _ in found}, key=lambda item: (item[0], int(item[1].split()[0]))
    )
    rows = [(r, t, found[r, t, True], found[r, t, True] + found[r, t, False]) for r, t in labels]
    print(table("A relative error of 1e-5 in one float32 element", ("regime", "terms", "found", "of"), rows))


if __name__ == "__main__":
    main()
