"""How often the judge calls a right result wrong, over all operators.

    python -m benchmarks.false_positives --comparisons 1000000 --processes 2
    python -m benchmarks.false_positives --seconds 60 --seed 3 padding resize_scale

The right results are those of an independent implementation: torch's own call, computed in float64 on the same inputs and rounded
once to the dtype of the result (integers and booleans: in their own dtype). Where that disagrees with the definition, either
the judge is wrong or torch in float64 is. Where it is torch, ``benchmarks.explained`` says which finding of ``docs/findings.md`` shows
it; what is left is printed with a sentence each, and the exit status is then 1. Cases of float64 and complex128 are left out: torch
has nothing wider. SIGINT ends it within a minute, with what has been judged.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.common import machine, table
from benchmarks.explained import TORCH, explain
from harness import operator
from harness.adapters.torch import Torch
from harness.case import GRADIENT, Case, Outcome, Returned
from harness.cli.plan import select_operators
from harness.compare import judge
from harness.draw import draw_block
from harness.execute import bind
from harness.formats import FLOATS, PARTS, kind_of, numpy_dtype
from harness.launch import ONE_THREAD
from harness.meaning import Accuracy, Meaning
from harness.operator import Operator
from harness.records import Status
from harness.values import arrays_of

PART = 60.0
"""Seconds after which a process hands over what it counted."""

WIDEST = {"float64", "complex128"}

OF_THE_DTYPE = ("nextafter", "cast", "nan_to_num", "mean_dtype")
"""Operators whose result depends on the dtype itself, or that convert to it first, so that float64 gives another one."""


def right_result(
    adapter: Torch, op: Operator, case: Case, arrays: dict[str, np.ndarray], meaning: Meaning
) -> Outcome | None:
    """What torch computes in float64, rounded to the result's dtype; None where it has no such call or refuses float64."""
    call = op.select("torch", case, "eager")
    if call is None or WIDEST.intersection(spec.dtype for spec in case.inputs.values()):
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
    dtypes += [""] * (len(found) - len(dtypes))
    with np.errstate(all="ignore"):
        return Returned(tuple(_rounded(array, dtype) for array, dtype in zip(found, dtypes, strict=False)))


def _rounded(array: np.ndarray, dtype: str) -> np.ndarray:
    """A float64 or complex128 result in the dtype that the definition gives it; others as they are."""
    narrower = {"float64": [*FLOATS], "complex128": [*PARTS]}.get(array.dtype.name, [])
    return array.astype(numpy_dtype(dtype)) if dtype in narrower else array


@dataclass(frozen=True)
class Asked:
    """Keys of operators, and the seed of their structures."""

    keys: tuple[str, ...]
    seed: int

    @property
    def operators(self) -> list[Operator]:
        """Those that torch has and float64 answers."""
        found = operator.load()
        operators = [found[key] for key in self.keys]
        return [
            op
            for op in operators
            if op.name not in OF_THE_DTYPE and any(call.framework == "torch" for call in op.calls)
        ]

    def cases(self, op: Operator, block: int) -> Iterator[Case]:
        """All cases of one block of structures, hostile ones left out."""
        for drawn in draw_block(op.structures(), op.key, self.seed, block, 4):
            if not drawn.case.parameters.get("hostile"):
                yield from op.cases(drawn.case, (16 * drawn.index + 1009 * block) % 2**32)


@dataclass
class Tally:
    """Comparisons by family, those that differ by operator and finding, and the sentences of those without one, by operator."""

    compared: Counter[str] = field(default_factory=Counter)
    explained: Counter[tuple[str, int]] = field(default_factory=Counter)
    unexplained: dict[str, list[str]] = field(default_factory=dict)
    died: Counter[str] = field(default_factory=Counter)
    """Operators during which torch ended the process."""

    def add(self, other: Tally) -> None:
        """Add what another process counted."""
        self.compared += other.compared
        self.explained += other.explained
        self.died += other.died
        for key, sentences in other.unexplained.items():
            self.unexplained.setdefault(key, []).extend(sentences)

    @property
    def verdict(self) -> str:
        """The counts in a sentence, with the bound on the rate of what is not explained."""
        total, left = self.compared.total(), sum(map(len, self.unexplained.values()))
        found = Counter[int]()
        for (_, finding), times in self.explained.items():
            found[finding] += times
        numbers = ", ".join(f"{finding}: {times}" for finding, times in sorted(found.items())) or "none"
        # 95 % of a Poisson count: 3 for none, else about two standard deviations above.
        rate = (left + 2 * left**0.5 + 3) / max(total, 1)
        return (
            f"{total:,} comparisons, {found.total() + left} differ, of them {found.total()} are findings ({numbers}), {left} unexplained; "
            f"with 95 % confidence the rate of unexplained ones is below {rate:.2g}"
        )


def judged(asked: Asked, first: int, step: int, seconds: float, journal: Path) -> tuple[int, Tally]:
    """Judge the right results of operators in turn, a block each, every ``step``-th from ``first`` on, until a budget ends.

    Gives where to go on. ``journal`` says at any time which turn is under way, because some of torch's calls end the process.
    """
    adapter, operators = Torch("cpu"), asked.operators
    tally, end = Tally(), time.monotonic() + seconds
    for turn in itertools.count(first, step):
        if time.monotonic() > end:
            return turn, tally
        op = operators[turn % len(operators)]
        journal.write_text(str(turn))
        for case in asked.cases(op, turn // len(operators)):
            judge_one(adapter, op, case, tally)
    raise AssertionError("turns have no end")


def share(asked: Asked, first: int, step: int, comparisons: int, seconds: float, stop: threading.Event) -> Tally:
    """One process after the other, each for a while, until a budget ends or ``stop`` is set.

    What a process that died had counted is lost, and said.
    """
    tally, end, turn = Tally(), time.monotonic() + seconds, first
    with tempfile.TemporaryDirectory() as folder:
        journal = Path(folder) / "turn"
        while tally.compared.total() < comparisons and time.monotonic() < end and not stop.is_set():
            slice_of = min(PART, end - time.monotonic())
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), ignore_interrupt) as pool:
                try:
                    turn, part = pool.submit(judged, asked, turn, step, slice_of, journal).result()
                    tally.add(part)
                except BrokenProcessPool:
                    died = int(journal.read_text())
                    operators = asked.operators
                    tally.died[operators[died % len(operators)].key] += 1
                    turn = died + step
    return tally


def ignore_interrupt() -> None:
    """Leave the end to the parent process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


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
        finding = explain(op, case, arrays, meaning, outcome)
        if finding is None:
            tally.unexplained.setdefault(op.key, []).append(judgement.disagreement.sentence)
        else:
            tally.explained[op.key, finding] += 1


def main() -> None:
    """Print the counts, what is not explained, and the bound on its rate; the exit status is 1 if there is any."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("operators", nargs="*", help="operators or families (default: all)")
    parser.add_argument("--comparisons", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--seed", type=int, default=9, help="of the structures")
    options = parser.parse_args()
    os.environ.update(ONE_THREAD)  # before the children import torch
    count, asked = options.processes, Asked(select_operators(options.operators), options.seed)
    stop, tally = threading.Event(), Tally()
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    shares = [(asked, first, count, -(-options.comparisons // count), options.seconds, stop) for first in range(count)]
    with ThreadPoolExecutor(count) as pool:
        for part in pool.map(lambda given: share(*given), shares):
            tally.add(part)
    print(machine())
    rows = [*tally.compared.most_common(), ("all", tally.compared.total())]
    print(table("Right results judged", ("family", "comparisons"), rows))
    print(f"\n{tally.verdict}")
    for key, times in tally.died.items():
        print(f"* {key}: torch ended the process {times} times; up to {PART:g} s of comparisons each are not counted")
    for (key, finding), times in tally.explained.most_common():
        print(f"* {key}: {times} (finding {finding})")
    for key, sentences in tally.unexplained.items():
        print(f"* {key}: {len(sentences)} unexplained")
        for sentence in sentences[:: -(-len(sentences) // 4)]:
            print(f"    {sentence[:260]}")
    sys.exit(bool(tally.unexplained))


if __name__ == "__main__":
    main()
