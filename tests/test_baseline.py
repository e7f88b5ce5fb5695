"""The baseline: what its file may hold, what it covers, and that over any history nothing is hidden that should be seen."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from commands import Run, check_schema
from hypothesis import given, settings
from hypothesis import strategies as st
from stored import RUN, finding

from harness.baseline import (
    LONGEST,
    WORSE,
    Baseline,
    BaselineError,
    Entry,
    Standing,
    add,
    cause_of,
    judged,
    load,
    members,
    prunable,
    remove,
    renew,
    standing,
)
from harness.case import Kind
from harness.causes import key_of
from harness.history import Change, Seen, change
from harness.records import FindingRecord, Severity
from harness.store import Store
from reports.standing import baseline_rows

DAY = date(2026, 3, 1)
ENTRY = """[[finding]]
id = "0123456789ab"
operator = "conv:aligned"
targets = ["torch:cpu:eager"]
reason = "reported, waiting"
first_seen = 2026-01-01
last_seen = 2026-02-01
expires = 2026-07-01
"""


def entry(**changes: object) -> Entry:
    facts: dict[str, object] = {
        "id": finding().id,
        "operator": "conv:aligned",
        "targets": ("torch:cpu:eager",),
        "reason": "known",
        "first_seen": date(2026, 1, 1),
        "last_seen": date(2026, 2, 1),
        "expires": date(2026, 7, 1),
    }
    return Entry(**{**facts, **changes})  # type: ignore[arg-type]


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "baseline.toml"
    path.write_text(ENTRY + 'fixed_in = "torch>=2.14"\nlargest_error = 0.5\n')
    (read,) = load(path).entries.values()
    assert (read.id, read.expires, read.largest_error, read.upstream) == ("0123456789ab", date(2026, 7, 1), 0.5, "")
    path.write_text("# nothing is known\n")
    assert load(path).entries == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ENTRY + ENTRY, "entry 2: id '0123456789ab' stands there twice"),
        (ENTRY + 'reson = "x"\n', "unknown key 'reson'; did you mean 'reason'?"),
        (ENTRY.replace("[[finding]]", "[[findings]]"), "unknown key 'findings'; did you mean 'finding'?"),
        ("finding = 3\n", "expected tables [[finding]], not int"),
        (ENTRY.replace("0123456789ab", "0123"), "id '0123': expected twelve hexadecimal digits"),
        (ENTRY.replace("reported, waiting", " "), "say why"),
        (ENTRY.replace("2026-07-01", "2026-12-01"), "more than 180 days after last_seen 2026-02-01"),
        (ENTRY.replace("2026-02-01", "2025-02-01"), "before first_seen 2026-01-01"),
        (ENTRY.replace("2026-07-01", '"soon"'), "expires"),
        (ENTRY.replace("expires = 2026-07-01\n", ""), "missing required field `expires`"),
        (
            ENTRY + 'fixed_in = "2.14"\n',
            "fixed_in '2.14': expected a distribution and its versions, such as torch>=2.14",
        ),
        (ENTRY + "largest_error = -1.0\n", "largest_error -1.0"),
        (ENTRY + 'cause = "torch"\n', "cause 'torch': expected twelve hexadecimal digits"),
        ("[[finding]\n", "not TOML"),
    ],
)
def test_a_bad_file_is_refused_with_its_entry_and_the_rule(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "baseline.toml"
    path.write_text(text)
    with pytest.raises(BaselineError) as caught:
        load(path)
    assert str(path) in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "seen", "versions", "day", "state"),
    [
        ({}, Seen(1), {}, DAY, Standing.KNOWN),
        ({}, Seen(1), {}, date(2026, 7, 1), Standing.KNOWN),
        ({}, Seen(1), {}, date(2026, 7, 2), Standing.EXPIRED),
        ({"fixed_in": "torch>=2.14"}, Seen(1), {"torch": "2.13.0+cpu"}, DAY, Standing.KNOWN),
        ({"fixed_in": "torch>=2.14"}, Seen(1), {"torch": "2.14.0"}, DAY, Standing.SHOULD_BE_FIXED),
        ({"fixed_in": "torch>=2.14"}, Seen(1), {"torch": "2.15.0.dev20261101"}, DAY, Standing.SHOULD_BE_FIXED),
        ({"fixed_in": "torch>=2.14"}, Seen(1), {"jax": "2.14.0"}, DAY, Standing.KNOWN),
        ({"largest_error": 0.25}, Seen(1, error=0.5), {}, DAY, Standing.KNOWN),
        ({"largest_error": 0.25}, Seen(1, error=0.51), {}, DAY, Standing.WORSE),
        ({}, Seen(1, error=6.1), {}, DAY, Standing.KNOWN),
    ],
)
def test_what_an_entry_covers(
    changes: dict[str, object], seen: Seen, versions: dict[str, str], day: date, state: Standing
) -> None:
    assert standing(entry(**changes), seen, versions, day) is state


def test_a_covered_finding_is_not_new_and_one_no_longer_covered_is() -> None:
    covered, expired, unknown = finding("covered"), finding("expired"), finding("unknown")
    run = replace(RUN, new=(covered.id, unknown.id))
    known = {f.id: entry(id=f.id) for f in (covered, expired)}
    known[expired.id] = entry(id=expired.id, expires=date(2026, 2, 2))
    seen = {f.id: Seen(1) for f in (covered, expired, unknown)}
    after = judged(run, [covered, expired, unknown], seen, Baseline(Path("b"), known), DAY)
    assert after.new == (unknown.id, expired.id)
    assert after.baseline == {covered.id: "known", expired.id: "expired"}
    assert (
        judged(run, [replace(expired, severity=Severity.KNOWN)], seen, Baseline(Path("b"), known), DAY).new == run.new
    )


def test_an_entry_with_a_cause_covers_what_else_is_of_that_cause() -> None:
    first, second, refused = finding("first"), finding("second"), finding("RuntimeError: no", kind=Kind.RAISED)
    assert cause_of(first) == cause_of(second) != cause_of(refused)
    run = replace(RUN, new=(second.id, refused.id))
    wide = entry(id=first.id, cause=cause_of(first), largest_error=0.25)

    def after(error: float = 0.0, day: date = DAY, **more: Entry) -> tuple[tuple[str, ...], dict[str, str]]:
        entries = {first.id: wide} | {each.id: each for each in more.values()}
        seen = {first.id: Seen(1), second.id: Seen(1, error=error), refused.id: Seen(1)}
        run_after = judged(run, [first, second, refused], seen, Baseline(Path("b"), entries), day)
        return run_after.new, run_after.baseline

    assert after() == ((refused.id,), {first.id: "known", second.id: "known"})
    assert after(0.51) == ((second.id, refused.id), {first.id: "known", second.id: "worse"})
    assert set(after(day=date(2026, 7, 2))[0]) == {first.id, second.id, refused.id}
    own = entry(id=second.id, largest_error=0.5)
    assert after(0.51, own=own)[1][second.id] == "known"
    assert after(0.2, own=entry(id=second.id, expires=date(2026, 2, 2)))[1][second.id] == "expired"
    assert after(0.51, other=entry(id="f" * 12, cause=cause_of(first), largest_error=0.5))[1][second.id] == "known"


def test_wrong_numbers_are_not_covered_by_an_entry_about_a_nan() -> None:
    spoiled, wrong = finding("y: NaN or infinity", kind=Kind.NOT_FINITE), finding("y: values")
    assert key_of(spoiled) == key_of(wrong)
    known = Baseline(Path("b"), {spoiled.id: entry(id=spoiled.id, cause=cause_of(spoiled))})
    seen = {spoiled.id: Seen(1), wrong.id: Seen(1)}
    assert judged(replace(RUN, new=(wrong.id,)), [spoiled, wrong], seen, known, DAY).new == (wrong.id,)


def test_an_entry_with_a_cause_is_pruned_when_all_of_the_cause_is_gone() -> None:
    first, second, refused = finding("first"), finding("second"), finding("RuntimeError: no", kind=Kind.RAISED)
    known = Baseline(Path("b"), {first.id: entry(id=first.id, cause=cause_of(first))})
    covers = members(known, [first, second, refused, replace(finding("third"), severity=Severity.KNOWN)])
    assert covers == {first.id: {first.id, second.id}}
    passed = Seen(attempts=3)
    assert prunable(known, {first.id: passed}, covers) == []  # nobody looked for the other
    assert prunable(known, {first.id: passed, second.id: Seen(1)}, covers) == []
    assert prunable(known, {first.id: passed, second.id: passed, refused.id: Seen(1)}, covers) != []


def test_the_state_of_an_entry_with_a_cause_is_that_of_all_of_the_cause() -> None:
    first, second = finding("first"), finding("second")
    known = Baseline(Path("b"), {first.id: entry(id=first.id, cause=cause_of(first))})
    passed = Seen(attempts=3)

    def state(seen: dict[str, Seen], **standings: str) -> str:
        run = replace(RUN, baseline={one.id: standings[one.fingerprint.cause] for one in (first, second) if standings})
        return baseline_rows(known, run, seen, [first, second])[0].state

    assert state({first.id: passed, second.id: passed}) == "gone"
    assert state({first.id: passed, second.id: Seen(1)}, first="expired", second="known") == "known"
    assert state({first.id: Seen(1), second.id: Seen(1)}, first="known", second="worse") == "worse"
    assert state({second.id: Seen(1)}) == "not judged"
    assert state({first.id: passed}) == "not reached"


def test_adding_and_removing_leave_the_rest_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "baseline.toml"
    add(path, [entry()])
    path.write_text("# why we keep this\n" + path.read_text() + "# at the end\n")
    add(path, [entry(id="f" * 12, upstream="https://example.org/1", largest_error=0.5)])
    assert [e.id for e in load(path).entries.values()] == [finding().id, "f" * 12]
    with pytest.raises(BaselineError, match="stands there already"):
        add(path, [entry()])
    with pytest.raises(BaselineError, match="expires"):
        add(path, [entry(id="a" * 12, expires=date(2028, 1, 1))])
    remove(path, [finding().id])
    assert list(load(path).entries) == ["f" * 12]
    assert "# why we keep this" in path.read_text()


def test_renewing_takes_over_what_was_seen_and_leaves_what_people_wrote(tmp_path: Path) -> None:
    path = tmp_path / "baseline.toml"
    add(path, [entry(reason="ours", upstream="https://example.org/1", largest_error=0.5)])
    path.write_text("# why\n" + path.read_text())
    last = DAY + timedelta(days=100)
    renew(path, [entry(reason="renewed", last_seen=last, expires=last + LONGEST, largest_error=0.9)])
    (known,) = load(path).entries.values()
    assert (known.reason, known.upstream) == ("ours", "https://example.org/1")
    assert (known.last_seen, known.expires, known.largest_error) == (last, last + LONGEST, 0.9)
    assert path.read_text().startswith("# why\n")
    before = path.read_text()
    for wrong, rule in ((entry(id="f" * 12), "unknown id"), (entry(expires=date(2099, 1, 1)), "more than 180 days")):
        with pytest.raises(BaselineError, match=rule):
            renew(path, [wrong])
    assert path.read_text() == before


# Any history. A night has a truth for every finding (how often it shows, and with which error), draws some of them, and runs some stored
# ones again; people add what they see to the baseline, and prune.

FINDINGS = [finding(str(number)) for number in range(4)]
NIGHT = st.fixed_dictionaries(
    {
        "truth": st.lists(
            st.tuples(st.sampled_from([0, 1, 3]), st.sampled_from([0.0, 0.125, 0.25, 0.375, 0.5, 1.0])),
            min_size=4,
            max_size=4,
        ),
        "drawn": st.sets(st.integers(0, 3)),
        "again": st.sets(st.integers(0, 3)),
        "added": st.sets(st.integers(0, 3)),
        "prune": st.booleans(),
        "wide": st.booleans(),
        "days": st.integers(0, 120),
    }
)


@dataclass
class World:
    """A store and a baseline, as far as they matter here."""

    day: date = DAY
    stored: dict[str, FindingRecord] = field(default_factory=dict)
    largest: dict[str, float] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    last: dict[str, Seen] = field(default_factory=dict)


@settings(max_examples=2000, deadline=None)
@given(st.lists(NIGHT, min_size=1, max_size=8))
def test_over_any_history_nothing_is_falsely_fixed_and_nothing_worse_is_hidden(nights: list[dict[str, object]]) -> None:
    world = World()
    for night in nights:
        _one_night(world, night)


def _one_night(world: World, night: dict) -> None:  # type: ignore[type-arg]
    world.day += timedelta(days=night["days"])
    seen: dict[str, Seen] = {}
    new = []
    for index, ((shows, error), one) in enumerate(zip(night["truth"], FINDINGS, strict=True)):
        if index in night["drawn"] and shows:
            seen[one.id] = Seen(1, ("torch:cpu:eager",), error=error)
            new += [] if one.id in world.stored else [one.id]
            world.stored[one.id] = one
        elif index in night["again"] and one.id in world.stored:
            seen[one.id] = Seen(0, (), 3, shows, error if shows else 0.0)
    met = [one for one in world.stored.values() if one.id in seen and not seen[one.id].passed]
    run = judged(replace(RUN, new=tuple(new)), met, seen, Baseline(Path("b"), world.entries), world.day)
    _check_changes(world, night, seen)
    for one in met:
        own = world.entries.get(one.id)
        about = [own] if own else [known for known in world.entries.values() if known.cause]  # all are of one cause
        if not about:
            assert (one.id in run.new) == (one.id in new)
        else:
            assert (one.id in run.new) == all(_counts_as_new(known, seen[one.id], world.day) for known in about)
    _people(world, night, seen)
    world.last = {**world.last, **seen}


def _counts_as_new(known: Entry, seen: Seen, day: date) -> bool:
    grown = known.largest_error > 0 and seen.error > known.largest_error + WORSE
    return grown or day > known.expires


def _check_changes(world: World, night: dict, seen: dict[str, Seen]) -> None:  # type: ignore[type-arg]
    for index, one in enumerate(FINDINGS):
        became = change(world.last.get(one.id, Seen()), seen.get(one.id, Seen()))
        if became is Change.FIXED:
            assert night["truth"][index][0] == 0, "it still shows"
            assert index in night["again"], "nobody looked"
            assert not world.last[one.id].flaky
        if became in (Change.NEW, Change.STILL):
            assert night["truth"][index][0] > 0
        if became is Change.FLAKY:
            assert night["truth"][index][0] > 0 or world.last[one.id].flaky


def _people(world: World, night: dict, seen: dict[str, Seen]) -> None:  # type: ignore[type-arg]
    """Prune, then add what was seen."""
    if night["prune"]:
        known = Baseline(Path("b"), world.entries)
        for gone in prunable(known, seen, members(known, world.stored.values())):
            for covered in world.stored if gone.cause else [gone.id]:
                assert night["truth"][[f.id for f in FINDINGS].index(covered)][0] == 0
            del world.entries[gone.id]
    for one_id, sight in seen.items():
        world.largest[one_id] = max(world.largest.get(one_id, 0.0), sight.error)
    for index in night["added"]:
        one = FINDINGS[index]
        if one.id in world.stored and one.id not in world.entries:
            world.entries[one.id] = entry(
                id=one.id,
                first_seen=world.day,
                last_seen=world.day,
                expires=world.day + LONGEST,
                largest_error=world.largest.get(one.id, 0.0),
                cause=cause_of(one) if night["wide"] else "",
            )


# The commands.


def test_the_commands(opdiff: Run, stored: list[FindingRecord]) -> None:
    bug = next(one for one in stored if one.severity == Severity.BUG)
    other = finding("documented", severity=Severity.KNOWN)
    with Store.open(Path(".opdiff")) as store:
        store.save_finding(store.run().id, other)
    assert opdiff("baseline", "list").code == 2
    assert opdiff("baseline", "add", bug.id, "--reason", "reported", "--upstream", "https://example.org/7").code == 0
    answer = opdiff("baseline", "add", bug.id, "--reason", "again")
    assert (answer.code, "stands there already" in answer.err) == (2, True)
    answer = opdiff("baseline", "add", other.id, "--reason", "x")
    assert (answer.code, "never makes a run fail" in answer.err) == (2, True)
    answer = opdiff("baseline", "add", "zzzz", "--reason", "x")
    assert (answer.code, "unknown finding 'zzzz'" in answer.err) == (2, True)
    answer = opdiff("baseline", "add", bug.id, "--reason", "x", "--expires", "2099-01-01", "--baseline", "other.toml")
    assert (answer.code, "more than 180 days" in answer.err) == (2, True)
    answer = opdiff("baseline", "renew", bug.id)
    assert (answer.code, "1 renewed" in answer.err) == (0, True)
    answer = opdiff("baseline", "renew", next(one for one in stored if one.id != bug.id).id)
    assert (answer.code, "unknown id" in answer.err) == (2, True)
    answer = opdiff("baseline", "list", "--format", "json")
    assert [row["id"] for row in answer.json] == [bug.id]
    check_schema("baseline", answer.json)
    assert bug.id in opdiff("baseline", "list").out
    assert opdiff("baseline", "check").code in (0, 1)
    answer = opdiff("baseline", "add", bug.id, "--reason", "all of it", "--cause", "--baseline", "wide.toml")
    assert (answer.code, load(Path("wide.toml")).entries[bug.id].cause) == (0, cause_of(bug))
    answer = opdiff("baseline", "renew", bug.id, "--baseline", "wide.toml")
    assert (answer.code, load(Path("wide.toml")).entries[bug.id].cause) == (0, cause_of(bug))
    check_schema("baseline", opdiff("baseline", "list", "--baseline", "wide.toml", "--format", "json").json)
    answer = opdiff("baseline", "prune")
    assert (answer.code, answer.out) == (0, "")
    assert "0 of 1 taken out" in answer.err
    Path("opdiff-baseline.toml").write_text("[[finding]]\nid = 3\n")
    assert opdiff("baseline", "check").code == 2


def test_diff(opdiff: Run, stored: list[FindingRecord]) -> None:
    (run,) = opdiff("list", "runs", "--format", "json").json
    answer = opdiff("diff", run["id"], run["id"], "--format", "json")
    check_schema("diff", answer.json)
    assert answer.code == 0
    assert {row["change"] for row in answer.json} == {"still"}
    assert stored[0].id in opdiff("diff", run["id"], run["id"]).out
    assert opdiff("diff", run["id"], "nope").code == 2
