"""The pool under faults: each one marks its own case and no other, and the run goes on.

Numbers of trials are small; OPDIFF_TRIALS=full gives the nightly ones.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import random
import signal
import threading
import time

import pytest
from faults import CRASHES, case
from test_pool import E, alive, eventually, returns, spec, values

from harness import supervise
from harness.case import Case, Died, OutOfMemory, Raised, Returned, TimedOut
from harness.pool import Pool

FULL = os.environ.get("OPDIFF_TRIALS") == "full"
MEGABYTE = 1 << 20


def trials(few: int, full: int) -> int:
    return full if FULL else few


@pytest.mark.parametrize("how", CRASHES)
def test_a_crash_marks_its_case_alone(how: str) -> None:
    rounds = trials(4, 170)
    with Pool({"a": spec()}, timeout=30) as pool:
        for number in range(rounds):
            pool.submit("a", [*returns(number), (CRASHES[how], E), *returns(-number)])
        answers = []
        while pool.pending:
            answers += pool.wait()
        for number, answer in enumerate(answers):
            before, crash, after = values(answer.outcomes)
            assert (before, after) == (number, -number)
            assert isinstance(crash, Died)
            assert crash.how == how
        assert len(answers) == pool.statistics.blamed == rounds


def test_a_crash_in_a_fresh_process_is_seen_once() -> None:
    with Pool({"a": spec()}) as pool:
        (outcome,) = pool.run_fresh("a", [(case("segfault"), E)])
        assert isinstance(outcome, Died)
        assert outcome.how == "SIGSEGV"
        assert (pool.statistics.starts, pool.statistics.deaths) == (1, 1)
        pool.run_fresh("a", [*returns(1), (case("segfault"), E)])
        assert pool.statistics.deaths == 3, "a case that was not alone in its process is confirmed in another one"


@pytest.mark.parametrize("fault", ["hang", "hang_in_c", "ignore_and_hang", "stop"])
def test_a_hang_is_cut_and_marks_its_case_alone(fault: str) -> None:
    rounds = trials(1, 100)
    with Pool({"a": spec()}, timeout=0.5) as pool:
        pool.start()
        for _ in range(rounds):
            outcomes = pool.run("a", [*returns(1), (case(fault), E), *returns(2)])
            assert values(outcomes) == [1, TimedOut(0.5), 2]
        assert pool.statistics.timeouts >= 2 * rounds


def test_a_case_that_fails_once_only_is_not_blamed(tmp_path: pathlib.Path) -> None:
    with Pool({"a": spec()}, timeout=0.5) as pool:
        for fault in ("abort", "hang_in_c", "stop"):
            flaky = case("once", marker=str(tmp_path / fault), fault=fault)
            assert values(pool.run("a", [*returns(1), (flaky, E), *returns(2)])) == [1, 5, 2]
        assert pool.statistics.retried >= 3
        assert pool.statistics.blamed == 0


def test_kills_from_outside_cost_no_result_and_blame_nobody() -> None:
    """The kills come as fast as the machine lets workers start: four of one case, which blame it, must stay unlikely on a busy one."""
    kills = trials(100, 5000)
    killed: set[int] = set()
    source = random.Random(1)

    def kill() -> None:
        while len(killed) < kills and not done.is_set():
            time.sleep(pace * source.uniform(0.005, 0.060))
            pids = sorted(set(pool.processes.values()) - killed)
            if pids:
                pid = source.choice(pids)
                killed.add(pid)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    done = threading.Event()
    with Pool({"a": spec(), "b": spec()}, timeout=30) as pool:
        began = time.monotonic()
        pool.start()
        pace = max(1.0, (time.monotonic() - began) / 0.3)
        killer = threading.Thread(target=kill)
        killer.start()
        expected, answers = {}, []
        number = 0
        try:
            while killer.is_alive() or pool.pending:
                while killer.is_alive() and pool.pending < 8:
                    numbers = list(range(number, number + 20))
                    naps: list[tuple[Case, str]] = [(case("sleep", seconds=0.002), E)]
                    expected[pool.submit("ab"[number // 20 % 2], [*returns(*numbers), *naps])] = [*numbers, 0.002]
                    number += 20
                answers += pool.wait(1)
        finally:
            done.set()
            killer.join()
        assert {answer.ticket: values(answer.outcomes) for answer in answers} == expected
        assert len(answers) == len(expected)
        assert pool.statistics.cases == 21 * len(expected)
        assert pool.statistics.deaths >= kills // 2, "a killer that hits nothing shows nothing"
        assert pool.lost == {}


def test_a_crash_after_the_return_blames_no_other_case() -> None:
    """On a busy machine the answer may take longer than the crash, which is then, rightly, its own."""
    own = 0
    with Pool({"a": spec()}, timeout=30) as pool:
        for number in range(trials(8, 500)):
            items = [(case("die_later", seconds=0.005), E), (case("sleep", seconds=0.001 * (number % 8)), E)]
            first, *others = values(pool.run("a", [*items, *returns(number), (case("sleep", seconds=0.01), E)]))
            assert others == [0.001 * (number % 8), number, 0.01]
            assert first == 1 or (isinstance(first, Died) and first.how == "SIGABRT")
            own += first != 1
        assert pool.statistics.blamed == own
        assert own <= trials(8, 500) // 8
        assert pool.statistics.deaths > 0


@pytest.mark.parametrize("kind", ["forked", "session", "bare"])
@pytest.mark.parametrize("crash", [False, True])
def test_no_child_outlives_its_case(kind: str, crash: bool) -> None:
    with Pool({"a": spec()}, timeout=30) as pool:
        for _ in range(trials(1, 50)):
            (outcome,) = pool.run("a", [(case("child", kind=kind, crash=crash), E)])
            if isinstance(outcome, Died):
                child = int(outcome.last_words.split()[1])
            else:
                assert isinstance(outcome, Returned)
                child = int(outcome.arrays[0])
            assert eventually(lambda child=child: not alive(child))  # type: ignore[misc]
            assert values(pool.run("a", returns(1))) == [1]
        assert pool.statistics.deaths == 2 * crash * trials(1, 50)


def test_a_forked_child_that_returns_answers_nothing() -> None:
    with Pool({"a": spec()}) as pool:
        assert values(pool.run("a", [(case("forked_return"), E), *returns(4)] * 5)) == [3, 4] * 5
        assert pool.statistics.deaths == 0


def test_memory_is_limited_and_the_next_case_is_unaffected() -> None:
    with Pool({"a": spec(memory=200 * MEGABYTE)}) as pool:
        for _ in range(trials(3, 50)):
            outcomes = pool.run(
                "a", [(case("allocate", size=2**40), E), (case("allocate", size=2**30), E), *returns(1)]
            )
            assert [type(outcome) for outcome in outcomes] == [OutOfMemory, OutOfMemory, Returned]
            (outcome,) = pool.run("a", [(case("allocate", size=100 * MEGABYTE), E)])
            assert isinstance(outcome, Returned)
        assert pool.statistics.starts == 1


def test_a_lack_of_memory_that_other_cases_left_behind_is_not_the_case_s_own() -> None:
    with Pool({"a": spec(memory=200 * MEGABYTE)}) as pool:
        leaks = [(case("leak", size=80 * MEGABYTE), E)] * 4
        assert values(pool.run("a", leaks)) == [1, 2, 1, 2]
        assert (pool.statistics.retried, pool.statistics.blamed) == (1, 0)


def test_a_result_too_large_for_the_memory_left_is_a_lack_of_memory() -> None:
    with Pool({"a": spec(memory=100 * MEGABYTE)}) as pool:
        (outcome,) = pool.run("a", [(case("strided", size=150 * MEGABYTE), E)])
        assert isinstance(outcome, OutOfMemory)
        assert values(pool.run("a", returns(1))) == [1]


def test_the_resident_size_is_watched_where_memory_is_not_limited() -> None:
    with Pool({"a": spec(device="card", memory=64 * MEGABYTE)}, first_timeout=30) as pool:
        hold, pause = case("hold", size=256 * MEGABYTE), case("sleep", seconds=0.3)
        first, second, third = pool.run("a", [(hold, E), (pause, E), *returns(1)])
        assert isinstance(first, OutOfMemory)
        assert str(64 * MEGABYTE) in first.message
        assert values((second, third)) == [0.3, 1]


def test_output_is_drained_and_only_its_end_is_kept() -> None:
    size = trials(100, 1000) * MEGABYTE
    with Pool({"a": spec()}, timeout=30) as pool:
        pool.submit("a", [(case("print", size=size), E)])
        (answer,) = pool.wait()
        assert values(answer.outcomes) == [size]
        (outcome,) = pool.run("a", [(case("segfault", words="y" * 20_000 + "the end"), E)])
        assert isinstance(outcome, Died)
        assert outcome.last_words == "y" * (supervise.LAST_WORDS - 7) + "the end"


@pytest.mark.parametrize("sign", ["Check failed: a < b", "terminate called", "what():  bad", "FATAL", "Fatal error 7"])
def test_the_line_that_tells_why_is_found_whole(sign: str) -> None:
    line = f"F0000 file.cc:12] {sign} (2 vs. 1)".encode()
    for text in (line, b"before\n" + line, line + b"\nafter", b"before\n" + line + b"\nwhat(): later"):
        assert supervise.telling_line(text) == line
    assert supervise.telling_line(b"Check\nfailed") == b""


def test_what_was_printed_on_stdout_is_among_the_last_words() -> None:
    with Pool({"a": spec()}) as pool:
        (outcome,) = pool.run("a", [(case("segfault", words="printed", descriptor=1), E)])
        assert outcome == Died("SIGSEGV", "printed")


def test_last_words_that_are_not_utf_8_are_replaced() -> None:
    with Pool({"a": spec()}) as pool:
        (outcome,) = pool.run("a", [(case("segfault", words="a\udcff\udcfe<b>\0"), E)])
        assert outcome == Died("SIGSEGV", "a\ufffd\ufffd<b>\0")


def test_a_case_that_spoils_the_pipe_is_marked_alone() -> None:
    with Pool({"a": spec()}, timeout=30) as pool:
        faults = {"corrupt message": case("garbage"), "closed its pipe": case("close_everything")}
        for how, fault in faults.items():
            before, outcome, after = values(pool.run("a", [*returns(1), (fault, E), *returns(2)]))
            assert isinstance(outcome, Died)
            assert outcome.how == how
            assert (before, after) == (1, 2)


@pytest.mark.parametrize("index", [0, 2])
def test_a_message_about_another_case_is_not_believed(index: int) -> None:
    with Pool({"a": spec()}, timeout=30) as pool:
        before, outcome, after = values(pool.run("a", [*returns(1), (case("forge", index=index), E), *returns(2)]))
        assert isinstance(outcome, Died)
        assert outcome.how == "corrupt message"
        assert (before, after) == (1, 2)


def test_an_error_of_the_worker_itself_is_told_by_its_last_words() -> None:
    with Pool({"a": spec()}) as pool:
        (outcome,) = pool.run("a", [(case("escape"), E)])
        assert isinstance(outcome, Died)
        assert outcome.how == "exit 1"
        assert outcome.last_words.endswith("SystemExit: 3\n")


def test_a_pipe_that_is_full_blocks_no_submission() -> None:
    with Pool({"a": spec()}, timeout=0.5) as pool:
        pool.start()
        pool.submit("a", [(case("stop"), E)])
        long = list(range(2000))
        for _ in range(5):
            pool.submit("a", returns(*[long] * 100))
        first, *others = (answer for _ in range(6) for answer in (pool.wait() if pool.pending else []))
        assert values(first.outcomes) == [TimedOut(0.5)]
        assert [values(answer.outcomes) for answer in others] == [[long] * 100] * 5


def test_a_worker_that_stops_between_two_cases_is_replaced() -> None:
    with Pool({"a": spec()}, timeout=0.5) as pool:
        pool.start()
        stopped = pool.processes["a"]
        os.kill(stopped, signal.SIGSTOP)
        assert values(pool.run("a", returns(1, 2))) == [1, 2]
        assert pool.processes["a"] != stopped
        assert pool.statistics.timeouts >= 1
        assert pool.statistics.blamed == 0


def test_an_exception_is_an_outcome_and_not_a_death() -> None:
    with Pool({"a": spec()}) as pool:
        (outcome,) = pool.run("a", [(case("no_parameters_taken", wrong=1), E)])
        assert isinstance(outcome, Raised)
        assert pool.statistics.deaths == 0
