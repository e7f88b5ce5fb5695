"""``python -m tests.causes``: how well the recorded findings are grouped, all of them and those held out.

``--check`` runs the recorded cases again and says what differs; ``--update`` rewrites the recorded part besides. The expected group
of a fixture is never touched, nor is a case that shows nothing any more: it is listed. Crashes and hangs, which cost a worker each,
and ambiguities, which take every framework, stay as they were recorded.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence

from harness.case import Case, Kind, Target
from harness.check import Checked, check
from harness.discovery import adapters
from harness.encoding import plain
from harness.records import FindingRecord, Fingerprint
from harness.summaries import summaries
from harness.verify import severity
from harness.workers import make_pool

from . import Fixture, files, read, recorded, scores, write

KEPT = {kind.value for kind in (Kind.DIED, Kind.TIMED_OUT, Kind.OUT_OF_MEMORY, Kind.AMBIGUITY)}
"""Kinds that are not run again."""

Run = Callable[[Case, Sequence[Target]], Checked]


def again(fixture: Fixture, run: Run) -> Fixture | None:
    """The fixture with what ``run`` gives now; None where its target shows nothing of that kind any more."""
    old = fixture.finding
    if old.fingerprint.kind in KEPT:
        return fixture
    # Each target by itself: where all that are asked refuse, they would agree.
    runs = {each.target: run(old.case, [Target.parse(each.target)]) for each in old.outcomes}
    checked = runs[str(old.target)]
    shown = [d for d in checked.disagreements if (d.target, d.kind.value) == (old.target, old.fingerprint.kind)]
    if not shown:
        return None
    found = next((d for d in shown if Fingerprint.of(old.case, d) == old.fingerprint), shown[0])
    judged = checked.judgements[found.target]
    known = judged.known if judged.disagreement is found else None
    new = FindingRecord(
        fingerprint=Fingerprint.of(old.case, found),
        severity=severity(found, known is not None),
        sentence="",
        case=old.case,
        target=old.target,
        targets=old.targets,
        detail=found.detail,
        outcomes=tuple(each for one in runs.values() for each in summaries(one)),
        reason=known.reason if known else "",
        source=known.source if known else "",
    )
    return Fixture(fixture.group, recorded(new), fixture.entry, fixture.held)


def rerun(fixtures: Sequence[Fixture], run: Run) -> Iterator[tuple[Fixture, Fixture | None]]:
    """Each fixture with what it is now."""
    for fixture in fixtures:
        yield fixture, again(fixture, run)


def renew(update: bool) -> None:
    """Run every file's cases again, say what differs, and rewrite the files for ``update``."""
    known = adapters()
    everything = {file: read(file) for file in files()}
    names = {outcome.target for each in everything.values() for one in each for outcome in one.finding.outcomes}
    with make_pool([Target.parse(name) for name in sorted(names)]) as pool:
        pool.start()
        for file, fixtures in everything.items():
            pairs = list(rerun(fixtures, lambda case, targets: check(case, targets, pool, known)))
            for old, new in pairs:
                if new is None or plain(new.finding) != plain(old.finding):
                    print(f"{old.finding.id} {old.group}: {'differs' if new else 'shows nothing any more'}")
            if update:
                write(file, [new or old for old, new in pairs])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.causes", description=__doc__)
    parser.add_argument("--check", action="store_true", help="run the recorded cases again and list what differs")
    parser.add_argument("--update", action="store_true", help="rewrite the recorded part of the fixtures as well")
    asked = parser.parse_args()
    if asked.check or asked.update:
        renew(asked.update)
    fixtures = [fixture for file in files() for fixture in read(file)]
    print(f"all: {scores.of(fixtures)}")
    print(f"held out: {scores.of([fixture for fixture in fixtures if fixture.held])}")


if __name__ == "__main__":
    main()
