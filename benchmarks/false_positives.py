"""How often the judge calls a right result wrong, over all operators.

    python -m benchmarks.false_positives --comparisons 1000000 --processes 2

The right results are those of an independent implementation: torch's own call, computed in float64 on the same inputs and rounded
once to the dtype of the result (integers and booleans: in their own dtype). Where that disagrees with the definition, either
the judge is wrong or torch in float64 is; the disagreements are printed by operator with a sentence, and with the finding of
``docs/findings.md`` where torch is known to be the one. float64 cases are left out: torch has nothing wider.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.common import machine, table
from harness import operator
from harness.adapters.torch import Torch
from harness.case import GRADIENT, Case, Outcome, Returned, Target
from harness.compare import judge
from harness.draw import draw_block
from harness.execute import bind
from harness.formats import FLOATS, PARTS, kind_of, numpy_dtype
from harness.meaning import Accuracy, Meaning
from harness.operator import Operator
from harness.records import Status
from harness.supervise import ONE_THREAD
from harness.values import arrays_of

TORCH = Target("torch")

PART = 120.0
"""Seconds after which a process hands over what it counted."""

OF_THE_DTYPE = ("nextafter", "cast", "nan_to_num", "mean_dtype")
"""Operators whose result depends on the dtype itself, or that convert to it first, so that float64 gives another one."""


def right_result(
    adapter: Torch, op: Operator, case: Case, arrays: dict[str, np.ndarray], meaning: Meaning
) -> Outcome | None:
    """What torch computes in float64, rounded to the result's dtype; None where it has no such call or refuses float64."""
    call = op.select("torch", case, "eager")
    if call is None or "float64" in {spec.dtype for spec in case.inputs.values()}:
        return None
    if op.family == "elementwise" and kind_of(case.dtype) == "integer":
        return None  # torch.lcm and truncated division of the smallest integer end the process (SIGFPE)
    wide = {
        name: np.ascontiguousarray(array).reshape(array.shape).astype(np.float64)
        if array.dtype.name in FLOATS
        else array
        for name, array in arrays.items()
    }
    function = bind(call, adapter.module, call.arguments(case))
    if case.quantity == GRADIENT:
        function = adapter.gradient(adapter.module, function, [op.inputs.index(name) for name in op.wanted(case)])
    tensors = [
        None if array is None else adapter.from_numpy(adapter.module, np.array(array), "cpu")
        for array in op.in_order(case, wide)
    ]
    try:
        results = function(*tensors)
    except Exception:
        return None
    results = results if isinstance(results, (tuple, list)) else [results]
    found = [adapter.to_numpy(adapter.module, result) for result in results]
    dtypes = [output.dtype for output in next(iter(meaning.variants.values()), ())]
    with np.errstate(all="ignore"):
        return Returned(
            tuple(_rounded(*pair) for pair in itertools.zip_longest(found, dtypes[: len(found)], fillvalue=""))
        )


def _rounded(array: np.ndarray, dtype: str) -> np.ndarray:
    """A float64 or complex128 result in the dtype that the definition gives it; others as they are."""
    wide = {"float64": FLOATS, "complex128": PARTS}.get(array.dtype.name, ())
    return array.astype(numpy_dtype(dtype)) if dtype in wide else array


def cases(op: Operator, block: int) -> Iterator[Case]:
    """All cases of one block of structures, hostile ones left out."""
    for drawn in draw_block(op.structures(), op.key, 9, block, 4):
        if not drawn.case.parameters.get("hostile"):
            yield from op.cases(drawn.case, (16 * drawn.index + 1009 * block) % 2**32)


FINDINGS: Mapping[str, int] = {
    "i0": 39,
    "i1": 39,
    "remainder": 41,
    "fmod": 41,
    "resize_linear": 44,
    "lp_pool": 45,
    "binary_cross_entropy": 53,
    "space_to_depth": 61,
    "lstsq": 76,
    "moments": 92,
}
"""Operators of which torch's float64 result is wrong somewhere, and the entry that shows it. Read the sentences all the same."""


@dataclass
class Tally:
    """Comparisons by family, and the sentences of those that the judge called wrong, by operator."""

    compared: Counter[str] = field(default_factory=Counter)
    wrong: dict[str, list[str]] = field(default_factory=dict)
    died: Counter[str] = field(default_factory=Counter)
    """Operators during which torch ended the process."""

    def add(self, other: Tally) -> None:
        """Add what another process counted."""
        self.compared += other.compared
        self.died += other.died
        for key, sentences in other.wrong.items():
            self.wrong.setdefault(key, []).extend(sentences)


def judged(first: int, step: int, seconds: float, journal: Path) -> tuple[int, Tally]:
    """Judge the right results of operators in turn, a block each, every ``step``-th from ``first`` on, until a budget ends.

    Gives where to go on. ``journal`` says at any time which turn is under way, because some of torch's calls end the process.
    """
    adapter, operators = Torch("cpu"), asked()
    tally, end = Tally(), time.monotonic() + seconds
    for turn in itertools.count(first, step):
        if time.monotonic() > end:
            return turn, tally
        op = operators[turn % len(operators)]
        journal.write_text(str(turn))
        for case in cases(op, turn // len(operators)):
            judge_one(adapter, op, case, tally)
    raise AssertionError("turns have no end")


def asked() -> list[Operator]:
    """The operators that torch has and float64 answers."""
    return [
        op
        for op in operator.load().values()
        if op.name not in OF_THE_DTYPE and any(call.framework == "torch" for call in op.calls)
    ]


def share(first: int, step: int, comparisons: int, seconds: float) -> Tally:
    """One process after the other, each for a while, until a budget ends; what a process that died had counted is lost, and said."""
    tally, end, turn = Tally(), time.monotonic() + seconds, first
    with tempfile.TemporaryDirectory() as folder:
        journal = Path(folder) / "turn"
        while tally.compared.total() < comparisons and time.monotonic() < end:
            slice_of = min(PART, end - time.monotonic())
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
                try:
                    turn, part = pool.submit(judged, turn, step, slice_of, journal).result()
                    tally.add(part)
                except BrokenProcessPool:
                    died = int(journal.read_text())
                    tally.died[asked()[died % len(asked())].key] += 1
                    turn = died + step
    return tally


def judge_one(adapter: Torch, op: Operator, case: Case, tally: Tally) -> None:
    """Judge the right result of one case, if there is one, and count it."""
    arrays = arrays_of(case)
    meaning = op.meaning(case, arrays)
    outcome = right_result(adapter, op, case, arrays, meaning)
    if outcome is None:
        return
    judgement = judge(op, case, TORCH, meaning, outcome, Accuracy())
    tally.compared[op.family] += 1
    if judgement.status is Status.DISAGREED and judgement.disagreement:
        tally.wrong.setdefault(op.key, []).append(judgement.disagreement.sentence)


def main() -> None:
    """Print the count, the disagreements and the bound on the rate."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--comparisons", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args()
    os.environ.update(ONE_THREAD)  # before the children import torch
    count = options.processes
    shares = [(first, count, -(-options.comparisons // count), options.seconds) for first in range(count)]
    tally = Tally()
    with ThreadPoolExecutor(count) as pool:
        for part in pool.map(lambda given: share(*given), shares):
            tally.add(part)
    total, wrong = tally.compared.total(), sum(map(len, tally.wrong.values()))
    print(machine())
    print(table("Right results judged", ("family", "comparisons"), [*tally.compared.most_common(), ("all", total)]))
    # 95 % of a Poisson count: 3 for none, else about two standard deviations above.
    rate = (wrong + 2 * wrong**0.5 + 3) / max(total, 1)
    print(f"\n{wrong} of {total:,} were called wrong; with 95 % confidence the rate is below {rate:.2g}")
    for key, times in tally.died.items():
        print(f"* {key}: torch ended the process {times} times; up to {PART:g} s of comparisons each are not counted")
    for key, sentences in sorted(
        tally.wrong.items(), key=lambda item: item[0].partition(":")[0] not in FINDINGS, reverse=True
    ):
        entry = FINDINGS.get(key.partition(":")[0])
        print(f"* {key}: {len(sentences)}{f' (finding {entry})' if entry else ''}")
        for sentence in sentences[:: -(-len(sentences) // 4)]:
            print(f"    {sentence[:260]}")


if __name__ == "__main__":
    main()
