"""The HTML report of many findings: generation, size, first paint and opening in a real browser.

    python -m benchmarks.report [--findings 10000 100000] [--nights 5]

Makes stores of distinct synthetic findings, the size of real ones: templates of real sentences with numbers and messages of their own, on
400 operators, eight frameworks and ten targets; each has outcomes, arrays and a script; one in six is no bug. Generation runs in a process
of its own (its time and its largest resident size, reading the store included). The browser is a headless Chromium; first paint is what it
reports itself, opened is when every list is filled and the linked finding is open and scrolled to. On a machine that does other work the
processor times tell more than the others.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.common import machine, table
from harness.case import Case, InputSpec, Target
from harness.history import Seen
from harness.records import FindingRecord, Fingerprint, OutcomeSummary, RunRecord, Statistic, Status

FRAMEWORKS = ("torch", "tensorflow", "jax", "jax-x64", "keras-torch", "keras-jax", "keras-tensorflow", "tf-keras")
TARGETS = tuple(f"{framework}:cpu:eager" for framework in FRAMEWORKS) + ("torch:cpu:compiled", "tensorflow:cpu:graph")
OPERATORS = tuple(
    f"{stem}_{kind}:{form}"
    for stem in ("conv", "pool", "norm", "scatter", "segment", "linalg", "window", "loss", "resize", "fft")
    for kind in ("max", "mean", "sum", "gradient", "reflect", "batched", "masked", "ragged", "strided", "complex")
    for form in ("aligned", "nominal", "1d", "nd")
)
KINDS = ("value", "not_finite", "raised", "shape", "dtype", "accepted", "bad_refusal", "timed_out")
VERSIONS = {"torch": "2.13.0+cpu", "tensorflow": "2.21.0", "keras": "3.15.1", "jax": "0.10.2", "numpy": "2.4.0"}
MACHINE = {"cpu": "AMD EPYC 9R14", "flags": "avx2 avx512f avx512_bf16 fma", "threads": "1", "os": "Linux 6.1"}
SCRIPT = '''# Finding {id}: {kind}
#
# {sentence}
# Needs numpy and {framework}. Run this file with Python. Its exit status is 0 once the finding is gone.

import os

os.environ["OMP_NUM_THREADS"] = "1"
import numpy as np

x = np.array({values}, dtype=np.float32)


def call(library, x):
    """The call of the finding, as it stands in the table of calls."""
    return library.{function}(x, axis={axis})


def main():
    expected = np.array({values}, dtype=np.float64)
    got = call(__import__("{framework}"), x)
    worst = np.abs(np.asarray(got, np.float64) - expected).max()
    print("largest error", worst)
    raise SystemExit(int(not worst <= {bound:.17g}))


main()
'''


def findings(count: int, seed: int = 0) -> Iterator[FindingRecord]:
    """Distinct findings, the same for the same seed."""
    draw = random.Random(seed)
    for index in range(count):
        yield finding(index, draw)


def finding(index: int, draw: random.Random) -> FindingRecord:
    """One finding with numbers, a message, arrays and a script of its own."""
    operator, framework, kind = draw.choice(OPERATORS), draw.choice(FRAMEWORKS), draw.choice(KINDS)
    target, bound = Target(framework), draw.random() * 1e-6
    values = [draw.uniform(-9, 9) for _ in range(draw.choice((1, 2, 4, 12, 31)))]
    place = draw.randrange(len(values))
    wrong = [value + (i == place) * draw.uniform(0.1, 5) for i, value in enumerate(values)]
    cause = f"{draw.choice(('y', 'x', 'w', 'bias'))}: {draw.choice(('wrong values', 'beyond the error bound'))} {index // 4}"
    mark = Fingerprint(operator, draw.choice(("value", "gradient")), kind, framework, cause)
    sentence = _sentence(str(target), kind, values[place], wrong[place], bound, draw)
    script = SCRIPT.format(
        id=mark.id, kind=kind, sentence=sentence, framework=framework.replace("-", "_"), values=values, bound=bound,
        function=operator.partition(":")[0], axis=draw.randrange(4),
    )  # fmt: skip
    case = Case(
        operator,
        {"x": InputSpec((len(values),), "float32", "wide", draw.randrange(2**31))},
        {"axis": draw.randrange(4), "keepdims": draw.random() < 0.5, "epsilon": draw.random()},
    )
    return FindingRecord(
        fingerprint=mark,
        severity="bug" if index % 6 else draw.choice(("ambiguity", "known")),
        sentence=sentence,
        case=case,
        target=target,
        targets=(str(target),),
        detail={"output": "y", "index": [place], "got": wrong[place], "expected": values[place], "bound": bound,
                "wrong": 1, "of": len(values), "lost": draw.random()},
        outcomes=_outcomes(str(target), kind, values, wrong, draw),
        count=1 + draw.randrange(40),
        reproduced=3,
        attempts=3,
        script=script,
        seed=draw.randrange(2**31),
        block=index,
        versions=VERSIONS,
        environment=MACHINE,
        first_run="night-00",
        last_run="night-00",
        first_seen=f"2026-11-{1 + index % 20:02}T01:00:00+00:00",
        last_seen="2026-11-21T01:00:00+00:00",
    )  # fmt: skip


def _sentence(target: str, kind: str, right: float, wrong: float, bound: float, draw: random.Random) -> str:
    if kind in ("raised", "bad_refusal", "accepted"):
        shapes = f"[{draw.randrange(99)},{draw.randrange(99)}] vs. [{draw.randrange(99)},{draw.randrange(99)}]"
        node = f"{{{{function_node __wrapped__Op{draw.randrange(400)}_device_/job:localhost/replica:0/task:0/device:CPU:0}}}}"
        return f"{target} refuses a case that must compute: InvalidArgumentError: {node} Incompatible shapes: {shapes}"
    others = ", ".join(draw.sample(FRAMEWORKS, 5))
    return (
        f"{target} gives y[{draw.randrange(400)}] = {wrong}; the float32 result is {right} within {bound:.3g} "
        f"({1 + draw.randrange(9)} of {draw.randrange(9, 400)} elements are wrong); {others} agree with the oracle"
    )


def _outcomes(
    blamed: str, kind: str, right: list[float], wrong: list[float], draw: random.Random
) -> tuple[OutcomeSummary, ...]:
    shape, refuses = ((len(right),),), kind in ("raised", "bad_refusal")
    oracle = OutcomeSummary("oracle", "oracle", "", shape, ("float32",), (right,))
    rows = [oracle]
    for target in TARGETS:
        library = target.partition(":")[0]
        call = (
            f'"""{library}"""\ndef _(library, x, *, axis, keepdims):\n    return library.nn.functional.call(x, axis)\n'
        )
        if target == blamed and refuses:
            text = f"RuntimeError: shape mismatch at {draw.random()}\n" + "  in frame of the framework\n" * 8
            rows.append(OutcomeSummary(target, "raised", text, call=call, verdict=Status.DISAGREED))
            continue
        values, verdict = (wrong, Status.DISAGREED) if target == blamed else (right, Status.AGREED)
        rows.append(OutcomeSummary(target, "returned", "", shape, ("float32",), (values,), call, verdict=verdict))
    return tuple(rows)


def make(folder: Path, count: int, nights: int) -> None:
    """A store whose last run saw ``count`` findings, half of them first, after ``nights`` earlier ones that saw most of the others."""
    from harness.store import Store

    made = list(findings(count))
    with Store.open(folder) as store:
        for night in range(nights):
            seen = [(one, Seen(2, one.targets, 3, 3)) for one in made[: count // 2] if one.block % (night + 2)]
            store.adopt(_run(night, [] if night else [one.id for one, _ in seen]), (), seen)
        last = [(one, Seen(one.count, one.targets, 3, 3)) for one in made]
        store.adopt(_run(nights, [one.id for one in made[count // 2 :]]), _statistics(), last)


def _run(night: int, new: list[str]) -> RunRecord:
    day = f"2026-11-{10 + night:02}T0"
    coverage = {name: {f"class {i}": i * 7 % 40 for i in range(12)} for name in OPERATORS}
    return RunRecord(
        f"night-{night:02}", night, OPERATORS, TARGETS, "finished", f"{day}1:00:00+00:00", f"{day}2:30:00+00:00", 50_000, 20_000,
        500_000, {}, VERSIONS, MACHINE, {"framework": 3000.0, "oracle": 900.0, "store": 40.0}, coverage, {}, tuple(new),
    )  # fmt: skip


def _statistics() -> list[Statistic]:
    return [
        Statistic(operator, quantity, "rounding", target, {Status.AGREED: 120 + i % 50}, native=120, ratio=i % 10 / 10)
        for i, operator in enumerate(OPERATORS)
        for quantity in ("value", "gradient")
        for target in TARGETS
    ]


def generate(folder: Path, path: Path) -> None:
    """Write the report and print the seconds, those of the processor, and the largest resident size (MB) that it took."""
    from harness.store import Store
    from reports import html

    started, worked = time.perf_counter(), time.process_time()
    with Store.open(folder, write=False) as store:
        html.write(store, store.run(), path)
    spent, worked = time.perf_counter() - started, time.process_time() - worked
    print(json.dumps([spent, worked, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000]))


def opened(path: Path, fragment: str) -> tuple[float, float, float]:
    """Milliseconds from navigation to the first paint, until the page is ready, and those of the processor in the page's process."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    import browser

    executable = browser.find()
    if executable is None:
        raise SystemExit(f"no Chromium installed (none of {', '.join(browser.NAMES)})")
    with browser.browser(executable) as page:
        page.send("Performance.enable")
        page.open(path, fragment)
        page.wait("performance.getEntriesByName('first-paint').length")
        paint = page.evaluate("performance.getEntriesByName('first-paint')[0].startTime")
        ready = page.evaluate("performance.getEntriesByName('ready')[0].startTime")
        metrics = {entry["name"]: entry["value"] for entry in page.send("Performance.getMetrics")["metrics"]}
        assert page.evaluate("document.querySelectorAll('.finding[open] .body').length") == 1
        assert page.problems == []
        return float(paint), float(ready), 1000 * float(metrics["ProcessTime"])


def measured(count: int, nights: int, folder: Path) -> list[object]:
    """One row of the table; of three times that the page is opened, the middle one."""
    make(folder / "store", count, nights)
    path = folder / "report.html"
    command = [sys.executable, "-m", "benchmarks.report", "--generate", str(folder / "store"), str(path)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    spent, worked, resident = json.loads(output)
    first = next(iter(findings(count)))
    times = [opened(path, f"finding={first.id}") for _ in range(3)]
    figures = (sorted(column)[1] for column in zip(*times, strict=True))
    written = [f"{spent:.1f}", f"{worked:.1f}", f"{resident:.0f}", f"{path.stat().st_size / 1e6:.2f}"]
    return [f"{count:,}", *written, *(f"{figure:.0f}" for figure in figures)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--findings", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--nights", type=int, default=5)
    parser.add_argument("--generate", nargs=2, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.generate:
        generate(*options.generate)
        return
    print(f"{machine()}, load {os.getloadavg()[0]:.1f}")
    rows = []
    for count in options.findings:
        with tempfile.TemporaryDirectory() as folder:
            rows.append(measured(count, options.nights, Path(folder)))
    header = (
        "findings",
        "generation, s",
        "of the processor, s",
        "resident, MB",
        "file, MB",
        "first paint, ms",
        "opened, ms",
        "of the processor, ms",
    )
    print(table("HTML report", header, rows))


if __name__ == "__main__":
    main()
