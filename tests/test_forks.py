"""The fork server: what it makes is a process like any other, and its own failures cost nothing."""

from __future__ import annotations

import os
import pathlib
import signal

import pytest
from faults import CRASHES, case
from test_pool import E, alive, eventually, returns, spec, values

from harness.case import Died
from harness.pool import Pool


def server(pool: Pool) -> list[int]:
    """Process id of the fork server of worker a, once it has said hello."""
    return [process.pid for process in pool._dispatchers["a"].launcher.processes if process.greeted]


def kept_server(pool: Pool) -> int:
    """The same, waiting for it."""
    assert eventually(lambda: values(pool.run("a", returns(0))) == [0] and bool(server(pool)))
    return server(pool)[0]


def parent(pid: int) -> int:
    return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_after_a_crash_a_fork_server_makes_the_processes() -> None:
    with Pool({"a": spec()}) as pool:
        pool.start()
        assert not server(pool), "a worker that never died needs none"
        pool.run("a", [(case("segfault"), E)])
        waiting = kept_server(pool)
        forks = pool.statistics.forks
        crash, after = pool.run("a", [(case("segfault"), E), *returns(3)])
        assert isinstance(crash, Died)
        assert crash.how == "SIGSEGV"
        assert values((after,)) == [3]
        assert parent(pool.processes["a"]) == waiting
        assert pool.statistics.forks == forks + 2
        everyone = [waiting, pool.processes["a"]]
    assert not any(alive(pid) for pid in everyone)


@pytest.mark.parametrize("how", CRASHES)
def test_a_fork_ends_as_any_process_does(how: str) -> None:
    with Pool({"a": spec()}) as pool:
        pool.run("a", [(case("abort"), E)])
        kept_server(pool)
        pool.run("a", [(case("abort"), E), *returns(0)])
        assert parent(pool.processes["a"]) == server(pool)[0]
        before, crash, after = pool.run("a", [*returns(1), (CRASHES[how], E), *returns(2)])
        assert values((before, after)) == [1, 2]
        assert isinstance(crash, Died)
        assert crash.how == how
        assert len(server(pool)) == 1, "the same server goes on"


def test_a_fork_says_its_own_last_words() -> None:
    with Pool({"a": spec()}) as pool:
        pool.run("a", [(case("segfault", words="of the first"), E)])
        kept_server(pool)
        (crash,) = pool.run("a", [(case("segfault", words="of the second"), E)])
        assert isinstance(crash, Died)
        assert crash.last_words.startswith("of the second")


def test_a_crash_that_a_fork_survives_blames_nobody(tmp_path: pathlib.Path) -> None:
    with Pool({"a": spec()}) as pool:
        pool.run("a", [(case("abort"), E)])
        waiting = kept_server(pool)
        flaky = case("once", marker=str(tmp_path / "marker"), fault="abort")
        assert values(pool.run("a", [(flaky, E), *returns(2)])) == [5, 2]
        assert parent(pool.processes["a"]) == waiting
        assert pool.statistics.blamed == 1


@pytest.mark.parametrize("name", ["SIGKILL", "SIGSTOP"])
def test_a_fork_server_that_fails_costs_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.forkserver.ANSWER_SECONDS", 0.5)
    with Pool({"a": spec()}) as pool:
        pool.run("a", [(case("abort"), E)])
        os.kill(kept_server(pool), getattr(signal, name))
        crash, after = pool.run("a", [(case("abort"), E), *returns(2)])
        assert isinstance(crash, Died)
        assert values((after,)) == [2]
        assert pool.statistics.blamed == 2


def test_a_framework_with_threads_is_never_forked() -> None:
    with Pool({"a": spec(environment={"FAULTS_START": "thread"})}) as pool:
        for _ in range(3):
            pool.run("a", [(case("abort"), E)])
            assert eventually(lambda: bool(pool.run("a", returns(0))) and not pool._dispatchers["a"].launcher.processes)
            crash, after = pool.run("a", [(case("abort"), E), *returns(2)])
            assert isinstance(crash, Died)
            assert values((after,)) == [2]
        assert pool.statistics.forks == 0


@pytest.mark.parametrize("kind", ["forked", "session", "bare"])
def test_what_a_fork_started_ends_with_it(kind: str) -> None:
    with Pool({"a": spec()}) as pool:
        pool.run("a", [(case("abort"), E)])
        kept_server(pool)
        for _ in range(2):
            (outcome,) = pool.run("a", [(case("child", kind=kind, crash=True), E)])
            assert isinstance(outcome, Died)
            child = int(outcome.last_words.partition("child ")[2].split()[0])
            assert eventually(lambda child=child: not alive(child))  # type: ignore[misc]
        assert pool.statistics.forks >= 3
        assert len(server(pool)) == 1
