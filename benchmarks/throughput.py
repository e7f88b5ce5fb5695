"""How fast opdiff is, as ratios measured side by side in one run.

    python -m benchmarks.throughput --seconds 30

Per set of targets: structures and cases per second and per core second (CPU time of the whole process tree), CPU milliseconds a structure
of this process and of every worker, how the time is spent, what the supervisor costs a message, and the wall time per case against a
bare loop that makes the same framework calls in one process per framework environment, one after the other, draws nothing and
compares with ``allclose``. What the bare loop makes in a core second, and what it would make if nothing but the calls took time, is the
most that any harness could: of shapes that a framework meets first, and of the same ones again, for which nothing is compiled.
Convolutions first; then elementwise operators and reductions on the first set of targets.

What a process does once is not measured: operators are loaded and every worker has run a structure before. Where other work shares the
machine, CPU time grows too, but less than time on the clock. Processes that died, and the imports of those that took their place, are a
column of their own: no part of the others, but of the figures per core second.
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
from dataclasses import dataclass
from pathlib import Path

from benchmarks.common import FORMS, machine, measured, process_seconds, shares, structures, table
from harness import campaign, discovery, operator, workers
from harness.case import Case, Returned, Target
from harness.launch import ONE_THREAD, WorkerSpec
from harness.pool import Pool
from harness.records import RunRecord
from harness.store import Store

PARENT = "parent"
WARM, WARM_SEED = 4, 1_000_000

SETS = {
    "torch + tensorflow + oracle": ("torch", "tensorflow"),
    "with jax and three Keras": ("torch", "tensorflow", "jax", "keras-tensorflow", "keras-torch", "keras-jax"),
}


HEADER = (
    *("targets", "structures/s", "cases/s", "structures/core s", "cases/core s"),
    *("ms/case", "bare ms/case", "ratio", "bare cases/core s", "calls alone", "bare, again"),
)

CPU_HEADER = ("targets", "structures", "CPU ms/structure", "parent", "workers", "deaths", "ended and replaced")


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


@dataclass
class Cost:
    """Wall and CPU seconds of a run's fuzzing, CPU seconds by process, and how many workers died.

    Of a worker that did not live from the beginning to the end nothing is known but its part of the whole.
    """

    wall: float
    cpu: float
    processes: dict[str, float]
    deaths: int

    def row(self, structures: int) -> list[object]:
        """What a structure costs in which process, as cells of the table."""
        cost = {name: 1000 * seconds / structures for name, seconds in self.processes.items()}
        whole = 1000 * self.cpu / structures
        workers = ", ".join(f"{name} {ms:.1f}" for name, ms in cost.items() if name != PARENT)
        figures = [f"{ms:.1f}" for ms in (whole, cost[PARENT])]
        return [structures, *figures, workers, self.deaths, f"{whole - sum(cost.values()):.1f}"]


def opdiff_run(
    forms: tuple[str, ...],
    frameworks: tuple[str, ...],
    seconds: float,
    seed: int,
    kind: type[campaign.Campaign] = Plain,
) -> tuple[RunRecord, Cost]:
    """A campaign of ``seconds`` after its workers have started and run a structure of every form; what the fuzzing alone took."""
    plan = campaign.Plan(forms, eager(frameworks), seed, seconds=seconds, verification=0.0)
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder)) as store, campaign.pool_of(plan) as pool:
        run = kind(plan, store, Quiet(), pool, None, discovery.adapters())
        run.start()
        store.begin(run.record)
        warm_up(pool, forms)
        before, deaths = seconds_of(pool), pool.statistics.deaths
        with measured() as spent:
            run.fuzz()
        after = seconds_of(pool)
        lived = {key: after[key] - before[key] for key in after if key in before}
        processes = {name: taken for (name, _), taken in lived.items()}
        return run.finish("finished"), Cost(spent.wall, spent.cpu, processes, pool.statistics.deaths - deaths)


def warm_up(pool: Pool, forms: tuple[str, ...]) -> None:
    """Let every worker do what it does once: structures of another seed, none of them hostile."""
    for index, structure in enumerate(structures(WARM, WARM_SEED, forms[:2])):
        if structure.parameters.get("hostile"):
            continue
        cases = operator.get(structure.operator).cases(structure, index)
        for worker in pool.processes:
            pool.run(worker, [(case, "eager") for case in cases])


def seconds_of(pool: Pool) -> dict[tuple[str, int], float]:
    """CPU seconds of this process and of every worker, by name and process id."""
    processes = {PARENT: os.getpid(), **pool.processes}
    return {(name, process): process_seconds(process) for name, process in processes.items()}


def bare_loop(framework: str, cases: list[Case]) -> list[float]:
    """Wall seconds of all cases in one fresh process: the first time, of the calls alone, and the second time.

    NaN where a call ends the process. Its import does not count.
    """
    lines = "\n".join(json.dumps(case.to_json()) for case in cases)
    environment = {**os.environ, **ONE_THREAD, **workers.environment(discovery.adapters()[framework], "cpu")}
    command = [sys.executable, "-m", "benchmarks.throughput", "--bare", framework]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        return [float("nan")] * 3
    first, calls, again, _ = map(float, done.stdout.split()[-4:])
    return [first, calls, again]


def bare(framework: str) -> None:
    """The child of ``bare_loop``: execute every case on standard input, compare with what the same call gave before by ``allclose``."""
    import numpy as np

    from harness.execute import execute

    module, _, name = discovery.adapters()[framework].path.partition(":")
    adapter = getattr(importlib.import_module(module), name)("cpu")
    cases = [Case.from_json(json.loads(line)) for line in sys.stdin]
    execute(adapter, cases[0], "eager")
    for _ in range(2):
        started, calls = time.perf_counter(), 0.0
        for case in cases:
            outcome = execute(adapter, case, "eager")
            calls += getattr(outcome, "seconds", 0.0)
            if isinstance(outcome, Returned):
                for array in outcome.arrays:
                    wide = array.astype(np.float64)
                    np.allclose(wide, wide, equal_nan=True)
        print(time.perf_counter() - started, calls)


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


def rates(run: RunRecord, spent: Cost) -> list[object]:
    """Structures and cases per second, and per core second."""
    return [round(count / seconds, 1) for seconds in (spent.wall, spent.cpu) for count in (run.structures, run.cases)]


def compare_with_bare(
    forms: tuple[str, ...], frameworks: tuple[str, ...], seconds: float, seed: int
) -> tuple[RunRecord, list[object], list[object]]:
    """The same structures through opdiff and through the bare loops; the run, and its rows of the tables."""
    run, spent = opdiff_run(forms, frameworks, seconds, seed)
    cases: list[Case] = []
    for index, structure in enumerate(structures(run.structures, seed, forms)):
        if not structure.parameters.get("hostile"):
            cases += operator.get(structure.operator).cases(structure, index)
    loops = [bare_loop(framework, cases) for framework in frameworks]
    first, calls, again = (sum(seconds) for seconds in zip(*loops, strict=True))
    mine, bare_loops = 1000 * spent.wall / run.cases, 1000 * first / len(cases)
    most = [f"{len(cases) / seconds:.0f}" for seconds in (first, calls, again)]
    figures = [f"{mine:.1f}", f"{bare_loops:.1f}", f"{mine / bare_loops:.2f}", *most]
    return run, [*rates(run, spent), *figures], spent.row(run.structures)


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
    operator.load()
    rows: list[list[object]] = []
    costs: list[list[object]] = []
    timings = {}
    first = next(iter(SETS))
    measures: list[tuple[str, tuple[str, ...], tuple[str, ...]]]
    measures = [(f"convolutions: {name}", FORMS, frameworks) for name, frameworks in SETS.items()]
    measures += [(f"{family}: {first}", of_family(family), SETS[first]) for family in ("elementwise", "reduction")]
    for name, forms, frameworks in measures:
        run, row, cost = compare_with_bare(forms, frameworks, options.seconds, options.seed)
        rows.append([name, *row])
        costs.append([name, *cost])
        timings[name] = run.timing
    for name, frameworks in SETS.items():
        run, spent = opdiff_run(FORMS, frameworks, options.seconds, options.seed, campaign.Campaign)
        figures = [*rates(run, spent), f"{1000 * spent.wall / run.cases:.1f}", "", "", "", "", ""]
        rows.append([f"convolutions, hostile ones too: {name}", *figures])
        costs.append([f"convolutions, hostile ones too: {name}", *spent.row(run.structures)])
    print(table("Throughput", HEADER, rows))
    print(table("CPU milliseconds a structure", CPU_HEADER, costs))
    for name, timing in timings.items():
        print(table(f"Where the time goes: {name}", ("what", "share"), shares(timing)))
    print(f"\nSupervisor: {message_cost():.3f} ms a message")


if __name__ == "__main__":
    main()
