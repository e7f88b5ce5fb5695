"""How fast opdiff is, as ratios measured side by side in one run.

    python -m benchmarks.throughput --seconds 30

Per set of targets: structures and cases per second and per core second (CPU time of the whole process tree), how the time is spent,
what the supervisor costs a message, and the wall time per case against a bare loop that makes the same framework calls in one process per
framework environment, one after the other, draws nothing and compares with ``allclose``. What the bare loop makes in a core second
is the most that any harness could. Convolutions first; then elementwise operators and reductions on the first set of targets.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.common import FORMS, machine, measured, shares, structures, table
from harness import campaign, discovery, operator, workers
from harness.case import Case, Returned, Target
from harness.pool import Pool
from harness.records import RunRecord
from harness.store import Store
from harness.supervise import ONE_THREAD, WorkerSpec

SETS = {
    "torch + tensorflow + oracle": ("torch", "tensorflow"),
    "with jax and three Keras": ("torch", "tensorflow", "jax", "keras-tensorflow", "keras-torch", "keras-jax"),
}


HEADER = (
    *("targets", "structures/s", "cases/s", "structures/core s", "cases/core s"),
    *("ms/case", "bare ms/case", "ratio", "bare cases/core s"),
)


def of_family(family: str) -> tuple[str, ...]:
    """Keys of the operators of a family."""
    return tuple(key for key, op in operator.load().items() if op.family == family)


class Quiet:
    """A progress that says nothing."""

    def started(self, run): ...
    def advanced(self, run, statistics): ...
    def found(self, finding, new): ...
    def confirmed(self, finding, seen): ...
    def finished(self, run): ...
    def message(self, text): ...


def eager(frameworks: tuple[str, ...]) -> tuple[Target, ...]:
    """The eager CPU targets of the frameworks."""
    return tuple(Target(name) for name in frameworks)


class Plain(campaign.Campaign):
    """A campaign without the hostile structures, some of which kill frameworks, whose import then costs seconds."""

    def _blocks(self):
        for key, block, draws in super()._blocks():
            yield key, block, [drawn for drawn in draws if not drawn.case.parameters.get("hostile")]


def opdiff_run(
    forms: tuple[str, ...],
    frameworks: tuple[str, ...],
    seconds: float,
    seed: int,
    kind: type[campaign.Campaign] = Plain,
) -> tuple[RunRecord, float, float]:
    """A campaign of ``seconds`` after its workers have started; wall and CPU seconds of the fuzzing alone."""
    plan = campaign.Plan(forms, eager(frameworks), seed, seconds=seconds, verification=0.0)
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder)) as store, campaign.pool_of(plan) as pool:
        run = kind(plan, store, Quiet(), pool, None, discovery.adapters())
        run.start()
        store.begin(run.record)
        with measured() as spent:
            run.fuzz()
        return run.finish("finished"), spent.wall, spent.cpu


def bare_loop(framework: str, cases: list[Case]) -> float:
    """Wall seconds of the calls of all cases in one fresh process, import excluded; NaN where a call ends the process."""
    lines = "\n".join(json.dumps(case.to_json()) for case in cases)
    environment = {**os.environ, **ONE_THREAD, **workers.environment(discovery.adapters()[framework], "cpu")}
    command = [sys.executable, "-m", "benchmarks.throughput", "--bare", framework]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, env=environment, check=False)
    return float(done.stdout.split()[-1]) if done.returncode == 0 else float("nan")


def bare(framework: str) -> None:
    """The child of ``bare_loop``: execute every case on standard input, compare with what the same call gave before by ``allclose``."""
    import numpy as np

    from harness.execute import execute

    module, _, name = discovery.adapters()[framework].path.partition(":")
    adapter = getattr(importlib.import_module(module), name)("cpu")
    cases = [Case.from_json(json.loads(line)) for line in sys.stdin]
    execute(adapter, cases[0], "eager")
    started = time.perf_counter()
    for case in cases:
        outcome = execute(adapter, case, "eager")
        if isinstance(outcome, Returned):
            for array in outcome.arrays:
                wide = array.astype(np.float64)
                np.allclose(wide, wide, equal_nan=True)
    print(time.perf_counter() - started)


def message_cost(count: int = 5000) -> float:
    """Milliseconds per case of a worker that answers at once: supervisor, both ends of the pipe, encoding; three messages a case."""
    root = Path(__file__).parents[1]
    spec = WorkerSpec("fake_device:FakeDevice", python_path=(str(root), str(root / "tests")))
    case = Case("fake", next(structures(1)).inputs, {"value": 1})
    with Pool({"fake:cpu": spec}) as pool:
        pool.start()
        pool.run("fake:cpu", [(case, "eager")])
        started = time.perf_counter()
        for _ in range(count // 10):
            pool.submit("fake:cpu", [(case, "eager")] * 10)
        answered = 0
        while answered < count // 10:
            answered += len(pool.wait(None))
        return 1000 * (time.perf_counter() - started) / count


def rates(run: RunRecord, wall: float, cpu: float) -> list[object]:
    """Structures and cases per second, and per core second."""
    return [round(count / spent, 1) for spent in (wall, cpu) for count in (run.structures, run.cases)]


def compare_with_bare(
    forms: tuple[str, ...], frameworks: tuple[str, ...], seconds: float, seed: int
) -> tuple[RunRecord, list[object]]:
    """The same structures through opdiff and through the bare loops; the run, and its row of the table."""
    run, wall, cpu = opdiff_run(forms, frameworks, seconds, seed)
    cases: list[Case] = []
    for index, structure in enumerate(structures(run.structures, seed, forms)):
        if not structure.parameters.get("hostile"):
            cases += operator.get(structure.operator).cases(structure, index)
    loop = sum(bare_loop(framework, cases) for framework in frameworks)
    mine, bare_loops = 1000 * wall / run.cases, 1000 * loop / len(cases)
    figures = [f"{mine:.1f}", f"{bare_loops:.1f}", f"{mine / bare_loops:.2f}", f"{1000 / bare_loops:.0f}"]
    return run, [*rates(run, wall, cpu), *figures]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--bare", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bare:
        bare(options.bare)
        return
    print(machine())
    rows: list[list[object]] = []
    timings = {}
    for name, frameworks in SETS.items():
        run, row = compare_with_bare(FORMS, frameworks, options.seconds, options.seed)
        rows.append([f"convolutions: {name}", *row])
        timings[name] = run.timing
    first = next(iter(SETS))
    for family in ("elementwise", "reduction"):
        _, row = compare_with_bare(of_family(family), SETS[first], options.seconds, options.seed)
        rows.append([f"{family}: {first}", *row])
    for name, frameworks in SETS.items():
        run, wall, cpu = opdiff_run(FORMS, frameworks, options.seconds, options.seed, campaign.Campaign)
        figures = [*rates(run, wall, cpu), f"{1000 * wall / run.cases:.1f}", "", "", ""]
        rows.append([f"convolutions, hostile ones too: {name}", *figures])
    print(table("Throughput", HEADER, rows))
    for name, timing in timings.items():
        print(table(f"Where the time goes: {name}", ("what", "share"), shares(timing)))
    print(f"\nSupervisor: {message_cost():.3f} ms a message")


if __name__ == "__main__":
    main()
