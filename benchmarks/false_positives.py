"""How often the judge calls a right result wrong, over all operators.

    python -m benchmarks.false_positives --comparisons 1000000

The right results are those of an independent implementation: torch's own call, computed in float64 on the same inputs and rounded
once to the dtype of the result (integers and booleans: in their own dtype). Where that disagrees with the definition, either
the judge is wrong or torch in float64 is; each disagreement is printed with its sentence. float64 cases are left out: torch has
nothing wider.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections import Counter
from collections.abc import Iterator

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
from harness.values import arrays_of

TORCH = Target("torch")

OF_THE_DTYPE = ("nextafter", "cast", "nan_to_num")
"""Operators whose result depends on the dtype itself, so that float64 gives another one."""


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


def main() -> None:
    """Print the count, the disagreements and the bound on the rate."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--comparisons", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    options = parser.parse_args()
    adapter = Torch("cpu")
    operators = [
        op
        for op in operator.load().values()
        if op.name not in OF_THE_DTYPE and any(call.framework == "torch" for call in op.calls)
    ]
    compared: Counter[str] = Counter()
    wrong: dict[str, list[str]] = {}
    end = time.monotonic() + options.seconds
    for block, op in ((block, op) for block in itertools.count() for op in operators):
        if compared.total() >= options.comparisons or time.monotonic() > end:
            break
        for case in cases(op, block):
            arrays = arrays_of(case)
            meaning = op.meaning(case, arrays)
            outcome = right_result(adapter, op, case, arrays, meaning)
            if outcome is None:
                continue
            judgement = judge(op, case, TORCH, meaning, outcome, Accuracy())
            compared[op.family] += 1
            if judgement.status is Status.DISAGREED and judgement.disagreement:
                wrong.setdefault(op.key, []).append(judgement.disagreement.sentence)
    print(machine())
    print(
        table("Right results judged", ("family", "comparisons"), [*compared.most_common(), ("all", compared.total())])
    )
    count, total = sum(map(len, wrong.values())), compared.total()
    # 95 % of a Poisson count: 3 for none, else about two standard deviations above.
    rate = (count + 2 * count**0.5 + 3) / max(total, 1)
    print(f"\n{count} of {total:,} were called wrong; with 95 % confidence the rate is below {rate:.2g}")
    for key, sentences in wrong.items():
        print(f"* {key}: {len(sentences)}, for example: {sentences[0][:300]}")


if __name__ == "__main__":
    main()
