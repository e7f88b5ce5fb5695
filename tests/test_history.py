"""What a run saw of a finding, what became of it, and running stored findings again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from stored import RUN, finding

from harness.aftermath import Aftermath, missed
from harness.case import Case, Disagreement, Kind, Returned, Target
from harness.check import Checked
from harness.history import Change, Seen, change, error_of, gone
from harness.meaning import Accuracy, Expected
from harness.mismatch import compare
from harness.pool import Pool
from harness.records import FindingRecord, Severity
from harness.verify import Verifier

NOTHING = Seen()
DRAWN = Seen(count=4, targets=("torch:cpu:eager",))
PASSED = Seen(attempts=3)
SHOWED = Seen(attempts=3, reproduced=3)
SOMETIMES = Seen(attempts=10, reproduced=4)


@pytest.mark.parametrize(
    ("before", "after", "became"),
    [
        (NOTHING, NOTHING, None),
        (NOTHING, DRAWN, Change.NEW),
        (NOTHING, SHOWED, Change.NEW),
        (DRAWN, DRAWN, Change.STILL),
        (DRAWN, SHOWED, Change.STILL),
        (SHOWED, DRAWN, Change.STILL),
        (DRAWN, NOTHING, Change.NOT_REACHED),
        (DRAWN, PASSED, Change.FIXED),
        (DRAWN.joined(SHOWED), PASSED, Change.FIXED),
        # What showed some of the times before proves nothing by passing now.
        (DRAWN.joined(PASSED), PASSED, Change.FLAKY),
        (SOMETIMES, PASSED, Change.FLAKY),
        (DRAWN, SOMETIMES, Change.FLAKY),
        (NOTHING, SOMETIMES, Change.FLAKY),
        # Drawn cases showed it, its stored form did not: it is there, and not every time.
        (DRAWN, DRAWN.joined(PASSED), Change.FLAKY),
        # What was fixed and comes back is new.
        (PASSED, DRAWN, Change.NEW),
        (PASSED, PASSED, None),
        (PASSED, NOTHING, None),
    ],
)
def test_changes(before: Seen, after: Seen, became: Change | None) -> None:
    assert change(before, after) is became


def test_joined() -> None:
    one, other = Seen(1, ("b",), 3, 2, 1.5), Seen(2, ("a", "b"), 10, 4, 0.5)
    assert one.joined(other) == Seen(3, ("a", "b"), 13, 6, 1.5)


SHOWN, PASSED, FLAKY = Seen(1), Seen(0, (), 3, 0), Seen(1, (), 3, 1)


@pytest.mark.parametrize(
    ("runs", "is_gone"),
    [
        ([SHOWN], False),
        ([SHOWN, PASSED], True),
        ([SHOWN, PASSED, Seen()], True),  # not reached: what was known of it stays
        ([SHOWN, PASSED, SHOWN], False),
        ([SHOWN, PASSED, SHOWN, PASSED], False),  # it comes and goes
        ([FLAKY, PASSED], False),
        ([PASSED, SHOWN], False),
    ],
)
def test_gone_is_what_passed_last_and_never_came_back(runs: list[Seen], is_gone: bool) -> None:
    assert gone({"a": seen} for seen in runs) == ({"a"} if is_gone else set())


@pytest.mark.parametrize(
    ("detail", "error"),
    [({"lost": 0.5}, 0.5), ({"lost": "nan"}, 0.0), ({"lost": 7.0}, 0.0), ({"got": 1.5, "bound": 0.25}, 0.0), ({}, 0.0)],
)
def test_how_bad_a_detail_says_it_is(detail: dict[str, object], error: float) -> None:
    assert error_of(detail) == error


def test_inaccurate_results_say_how_bad_they_are_and_wrong_ones_do_not() -> None:
    """1 off where the largest bound is 2^-10, although the bound of the element itself is 2^-30: 10 of 24 - 6 bits are lost."""
    value, bound = np.array([[100.0, 1000.0]]), np.array([[2.0**-30, 2.0**-10]])
    expected = [Expected((1, 2), "float32", (value,), lambda dtype, accuracy: bound)]

    def how_bad(*got: float) -> tuple[str, float]:
        mismatch = compare(Returned((np.float32([got]),)), expected, Accuracy())[0]
        assert mismatch
        return mismatch.cause, error_of(mismatch.detail)

    assert how_bad(101, 1000) == ("y: beyond the error bound", 10 / 18)
    assert how_bad(100, 1000 + 2.0**-9) == ("y: beyond the error bound", 1 / 18)
    assert how_bad(200, 1000) == ("y: wrong values", 0.0)


def test_missed_are_the_bugs_that_this_run_could_have_met_and_did_not() -> None:
    here = finding("here", last_seen="2026-01-02")
    recent = finding("recent", last_seen="2026-01-03")
    stored = [
        here,
        recent,
        finding("met"),
        finding("documented", severity=Severity.KNOWN),
        finding("two readings", severity=Severity.AMBIGUITY),
        finding("elsewhere", target=Target("jax"), targets=("jax:cpu:eager",)),
        replace(finding("both sides"), detail={"conventions": {"torch:cpu:eager": [], "jax:cpu:eager": []}}),
    ]
    assert missed(stored, ("conv:aligned",), [Target("torch")], {finding("met").id}) == [recent, here]
    assert missed(stored, ("exp",), [Target("torch")], ()) == []


class Scripted:
    """A verifier whose stored forms show so many times as is said."""

    def __init__(self, reproduced: dict[str, int]) -> None:
        self.reproduced = reproduced

    def confirm_stored(self, found: FindingRecord) -> FindingRecord:
        return replace(found, attempts=3, reproduced=self.reproduced[found.id])


def test_what_is_run_again_is_stored_with_what_this_run_saw() -> None:
    there = finding("there", detail={"lost": 0.5}, last_run="old", last_seen="2025-01-01")
    gone = finding("gone", kind=Kind.DIED, last_run="old", last_seen="2025-01-01")
    saved: list[tuple[FindingRecord, Seen]] = []

    def save(record: FindingRecord, seen: Seen) -> FindingRecord:
        saved.append((record, seen))
        return record

    verifier = Scripted({there.id: 3, gone.id: 0})
    Aftermath(verifier, save, print, float("inf")).run_again([there, gone], RUN)  # type: ignore[arg-type]
    assert [seen for _, seen in saved] == [Seen(0, there.targets, 3, 3, 0.5), Seen(0, (), 3, 0)]
    assert [(record.last_run, record.last_seen) for record, _ in saved] == [
        (RUN.id, RUN.started),
        ("old", "2025-01-01"),
    ]


def test_a_spent_budget_is_said() -> None:
    said: list[str] = []
    after = Aftermath(Scripted({}), lambda record, seen: record, said.append, float("-inf"))  # type: ignore[arg-type]
    after.run_again([finding()], RUN)
    after.complete([(finding(), None)] * 2)  # type: ignore[list-item]
    assert said == [
        "verification budget spent: 1 stored findings were not run again",
        "verification budget spent: 2 findings are neither shrunk nor confirmed",
    ]


class Shows(Verifier):
    """A verifier without workers, whose runs show the fingerprint or do not, as is said, in turn."""

    def __init__(self, shown: list[bool]) -> None:
        super().__init__(None, None, {})  # type: ignore[arg-type]
        self.shown = shown

    def run(self, pool: Pool, case: Case, targets: Iterable[Target], fresh: bool = False) -> Checked:
        found = Disagreement(Target("torch"), Kind.VALUE, "cause", "sentence")
        return Checked(case, None, {}, {}, {}, (found,) if self.shown.pop(0) else ())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("shown", "marks", "reproduced", "left"),
    [
        ([True] * 3, (), (3, 3, ()), 0),
        ([False] * 3, (), (0, 3, ("not reproduced",)), 0),
        ([True, False, True, *[False] * 6, True], ("suspect: oracle",), (3, 10, ("flaky", "suspect: oracle")), 0),
        ([False] * 10, ("flaky",), (0, 10, ("not reproduced",)), 0),
        ([True] * 10, ("not reproduced",), (10, 10, ()), 0),
    ],
)
def test_what_shows_only_sometimes_is_run_ten_times(
    shown: list[bool], marks: tuple[str, ...], reproduced: tuple[int, int, tuple[str, ...]], left: int
) -> None:
    again = Shows(shown).confirm_stored(finding(marks=marks))
    assert (again.reproduced, again.attempts, again.marks) == reproduced
    assert len(shown) == left
