"""The pool: an orderly life."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator

import faults
import numpy as np
import pytest
from faults import case

from harness import supervise
from harness.case import Case, Died, Outcome, Raised, Returned, TimedOut, Unsupported
from harness.pool import Pool, Started, Unavailable, WorkerSpec

TESTS = str(pathlib.Path(faults.__file__).parent)
E = "eager"


def spec(adapter: str = "faults:Faults", **changes: object) -> WorkerSpec:
    return WorkerSpec(adapter, python_path=(TESTS,), **changes)  # type: ignore[arg-type]


@pytest.fixture
def pool() -> Iterator[Pool]:
    with Pool({"a": spec(), "b": spec()}, timeout=5) as pool:
        yield pool


def returns(*values: object) -> list[tuple[Case, str]]:
    return [(case("return", value=value), E) for value in values]


def values(outcomes: tuple[Outcome, ...]) -> list[object]:
    """What the cases returned; an outcome of another kind stands for itself."""
    return [outcome.arrays[0].tolist() if isinstance(outcome, Returned) else outcome for outcome in outcomes]


def text(outcomes: tuple[Outcome, ...]) -> str:
    (outcome,) = outcomes
    assert isinstance(outcome, Returned), outcome
    return outcome.arrays[0].tobytes().decode()


def eventually(condition: Callable[[], bool], seconds: float = 3.0) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


def alive(pid: int) -> bool:
    """Whether a process runs; one that is dead and not yet collected does not."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_workers_start_and_tell_their_versions(pool: Pool) -> None:
    states = pool.start()
    assert list(states) == ["a", "b"]
    for state in states.values():
        assert isinstance(state, Started)
        assert state.versions == {"faults": "1.0", "numpy": np.__version__}
    assert pool.start(["b"]) == {"b": states["b"]}
    assert pool.statistics.starts == 2
    assert sorted(pool.processes) == ["a", "b"]


def test_every_ticket_is_answered_with_its_outcomes_in_order(pool: Pool) -> None:
    tickets = {}
    for number in range(12):
        worker = "ab"[number % 2]
        tickets[pool.submit(worker, returns(number, -number))] = worker, [number, -number]
    assert pool.pending == 12
    answers = []
    while pool.pending:
        answers += pool.wait()
    assert {answer.ticket: (answer.worker, values(answer.outcomes)) for answer in answers} == tickets
    assert len(answers) == 12
    assert pool.wait() == []


def test_run_leaves_other_answers_for_wait(pool: Pool) -> None:
    first = pool.submit("a", returns(1))
    assert values(pool.run("a", returns(2))) == [2]
    assert pool.pending == 1
    assert [answer.ticket for answer in pool.wait()] == [first]


def test_wait_gives_up_after_its_timeout(pool: Pool) -> None:
    pool.start()
    pool.submit("a", [(case("sleep", seconds=0.4), E)])
    assert pool.wait(0.05) == []
    assert [values(answer.outcomes) for answer in pool.wait()] == [[0.4]]


def test_a_large_result_arrives_whole(pool: Pool) -> None:
    (outcome,) = pool.run("a", [(case("big", size=50_000_001), E)])
    assert isinstance(outcome, Returned)
    assert outcome.arrays[0].shape == (50_000_001,)
    assert outcome.arrays[0].all()


def test_a_result_that_has_no_form_on_the_wire_is_an_exception(pool: Pool) -> None:
    (outcome,) = pool.run("a", [(case("text"), E)])
    assert isinstance(outcome, Raised)
    assert "dtype <U6" in outcome.message


def test_what_is_wrong_with_a_submission_is_said_at_once(pool: Pool) -> None:
    with pytest.raises(KeyError):
        pool.submit("c", returns(1))
    with pytest.raises(ValueError, match="'a'"):
        pool.submit("a", [])
    with pytest.raises(TypeError):
        pool.submit("a", returns(np.float32(1)))
    assert pool.pending == 0


def test_run_fresh_uses_a_process_of_its_own_and_ends_it(pool: Pool) -> None:
    pool.run("a", [(case("leak", size=8), E)])
    assert values(pool.run_fresh("a", [(case("leak", size=8), E), (case("leak", size=8), E)])) == [1, 2]
    assert values(pool.run("a", [(case("leak", size=8), E)])) == [2]
    assert len(pool.processes) == 1


def test_global_state_is_put_back_after_each_case(pool: Pool, tmp_path: pathlib.Path) -> None:
    before = text(pool.run("a", [(case("state"), E)]))
    pool.run("a", [(case("spoil", directory=str(tmp_path)), E)])
    after = text(pool.run("a", [(case("state"), E)]))
    directory, environment, resets = before.split("|")
    assert resets == "0"
    assert after == f"{directory}|{environment}|2"


def test_a_working_directory_that_a_case_removed_is_put_back(pool: Pool, tmp_path: pathlib.Path) -> None:
    doomed = tmp_path / "doomed"
    doomed.mkdir()
    before = text(pool.run("a", [(case("state"), E)])).split("|")[0]
    pool.submit("a", [(case("spoil", directory=str(doomed), remove=True), E)])
    assert text(pool.run("a", [(case("state"), E)])).split("|")[0] == before


def test_the_environment_is_set_before_the_adapter_is_constructed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAULTS_USER", "from the user")
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    chosen = spec(environment={"FAULTS_SPEC": "from the spec", "MKL_NUM_THREADS": "3"})
    expected = {
        "FAULTS_ADAPTER": "from the class",
        "FAULTS_USER": "from the user",
        "FAULTS_SPEC": "from the spec",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "3",
        "TF_NUM_INTEROP_THREADS": "2",
    }
    with Pool({"a": chosen, "b": spec(environment={"FAULTS_ADAPTER": "from the spec"})}) as pool:
        seen = {name: text(pool.run("a", [(case("environment", name=name), E)])) for name in expected}
        assert text(pool.run("b", [(case("environment", name="FAULTS_ADAPTER"), E)])) == "from the spec"
    assert seen == expected


STARTS = {
    "import": (spec(environment={"FAULTS_START": "import"}), "No module named 'a_module_that_is_not_there'"),
    "die": (spec(environment={"FAULTS_START": "die"}), "SIGABRT at start"),
    "module": (spec("no_such_module:Faults"), "No module named 'no_such_module'"),
    "class": (spec("faults:NoSuchClass"), "NoSuchClass"),
    "executable": (spec(executable="/no/such/python"), "/no/such/python"),
}


def test_a_worker_that_cannot_start_says_why_and_holds_up_no_other() -> None:
    specs = {name: worker for name, (worker, _) in STARTS.items()}
    with Pool({**specs, "good": spec()}) as pool:
        states = pool.start()
        assert isinstance(states.pop("good"), Started)
        for name, state in states.items():
            assert isinstance(state, Unavailable)
            assert STARTS[name][1] in state.reason.partition("\n")[0]
            (outcome,) = pool.run(name, returns(1))
            assert outcome == Unsupported(state.reason)
        assert pool.lost == {}
        assert values(pool.run("good", returns(1))) == [1]


def test_a_worker_that_hangs_at_its_start_is_given_up() -> None:
    with Pool({"a": spec(environment={"FAULTS_START": "hang"})}, start_timeout=0.3) as pool:
        assert pool.start() == {"a": Unavailable("no hello within 0.3 s")}
        assert pool.run("a", returns(1)) == (Unsupported("no hello within 0.3 s"),)
        assert pool.statistics.starts == 1


def test_a_worker_that_cannot_start_again_is_lost_and_all_its_items_say_so(tmp_path: pathlib.Path) -> None:
    marker = str(tmp_path / "marker")
    with Pool({"a": spec(environment={"FAULTS_DIE_WHEN": marker}), "b": spec()}) as pool:
        pool.submit("a", [*returns(1), (case("once", marker=marker, fault="abort"), E), *returns(2)])
        for number in range(3):
            pool.submit("a", returns(number))
        answers = []
        while pool.pending:
            answers += pool.wait()
        first, *others = (answer.outcomes for answer in answers)
        assert values(first[:1]) == [1]
        assert {type(outcome) for outcomes in (first[1:], *others) for outcome in outcomes} == {Unsupported}
        assert len(others) == 3
        assert list(pool.lost) == ["a"]
        assert pool.lost["a"].startswith("exit 9 at start")
        assert values(pool.run("b", returns(1))) == [1]


@pytest.mark.parametrize("once", [False, True])
def test_who_asks_once_gets_the_first_outcome(tmp_path: pathlib.Path, once: bool) -> None:
    with Pool({"a": spec()}) as pool:
        pool.submit("a", [(case("once", marker=str(tmp_path / "marker"), fault="abort"), E), *returns(2)], once=once)
        (answer,) = pool.wait()
        assert isinstance(answer.outcomes[0], Died if once else Returned)
        assert values(answer.outcomes[1:]) == [2]
        assert pool.statistics.retried == (not once)


def test_the_limit_is_the_longer_one_where_a_case_may_compile() -> None:
    with Pool({"a": spec(), "card": spec(device="card")}, timeout=0.4, first_timeout=30) as pool:
        pool.start()
        nap = case("sleep", seconds=0.6)
        assert values(pool.run("a", [(nap, "compiled")])) == [0.6]
        assert values(pool.run("card", [(nap, E)])) == [0.6]
        assert values(pool.run("a", [(nap, E)])) == [TimedOut(0.4)]
        assert pool.statistics.timeouts >= 2


def test_close_kills_every_worker() -> None:
    with Pool({"a": spec(), "b": spec()}) as pool:
        pool.start()
        pids = list(pool.processes.values())
        pool.submit("a", [(case("hang_in_c"), E)])
        assert all(map(alive, pids))
    assert not any(map(alive, pids))
    assert pool.pending == 0


def test_workers_die_with_a_supervisor_that_is_killed() -> None:
    program = f"""
        import os, sys, time
        sys.path.insert(0, {TESTS!r})
        from harness.pool import Pool, WorkerSpec
        from faults import case
        pool = Pool({{"a": WorkerSpec("faults:Faults", python_path=({TESTS!r},))}})
        pool.start()
        pool.submit("a", [(case("hang_in_c"), "eager")])
        print(pool.processes["a"], flush=True)
        time.sleep(600)
    """
    root = str(pathlib.Path(supervise.__file__).parent.parent)
    command = [sys.executable, "-c", textwrap.dedent(program)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": root}) as supervisor:
        assert supervisor.stdout is not None
        worker = int(supervisor.stdout.readline())
        assert alive(worker)
        supervisor.send_signal(signal.SIGKILL)
    assert eventually(lambda: not alive(worker))


def test_start_ends_when_no_worker_can_be_made() -> None:
    with Pool({"none": WorkerSpec("no_such_module:Class"), "nor": WorkerSpec("faults:NoSuchClass")}) as pool:
        started = pool.start()
    assert all(isinstance(answer, Unavailable) for answer in started.values())
