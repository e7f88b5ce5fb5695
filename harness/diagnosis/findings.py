"""The diagnosis of a finding, written into it: what explains it, and where it shows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from harness.case import Case, Described, Kind
from harness.check import Checked
from harness.diagnosis.contexts import beyond_a_size, elsewhere, unsteady
from harness.diagnosis.probing import Prober, with_many_elements, with_other_values
from harness.diagnosis.table import Diagnosis, diagnose
from harness.records import FindingRecord

MOST_OTHERS = 12
"""Wrong outcomes of further structures that are enough."""

EXPLAINED = (Kind.VALUE, Kind.NOT_FINITE, Kind.SHAPE, Kind.UNSTABLE)
"""Kinds of findings for which explanations are tried; of others it is only said where they show."""


def diagnosed(
    finding: FindingRecord, prober: Prober, shown: Checked, sighted: Checked, structures: Sequence[Case]
) -> FindingRecord:
    """The finding with what explains it at the end of its sentence and in its detail.

    ``shown`` is its smallest case, judged, ``sighted`` the case in which it was met; ``structures`` are theirs. A failure of the diagnosis
    costs no finding: it stands among the marks.
    """
    try:
        found = _diagnosis(finding, prober, shown, sighted, structures)
    except Exception as error:
        marks = {*finding.marks, f"no diagnosis: {type(error).__name__}"}
        detail = {**finding.detail, "no_diagnosis": f"{type(error).__name__}: {error}"[:500]}
        return replace(finding, marks=tuple(sorted(marks)), detail=detail)
    if found is None:
        return finding
    detail = {**finding.detail, "diagnosis": {"name": found.name, "sentence": found.sentence}}
    return replace(finding, sentence=f"{finding.sentence}; {found.sentence}", detail=detail)


def _diagnosis(
    finding: FindingRecord, prober: Prober, shown: Checked, sighted: Checked, structures: Sequence[Case]
) -> Diagnosis | None:
    """What explains the outcome, and in which sizes, runs, modes or devices it shows."""
    explained = finding.fingerprint.kind in EXPLAINED
    found = _explanation(prober, shown, sighted, structures) if explained else None
    sized = explained and finding.minimal and time.monotonic() < prober.end
    lengths = 1 if prober.costly else 2
    clauses = {
        found.name if found else "": found.sentence if found else "",
        "above a size": beyond_a_size(shown.case, prober.wrong, lengths) if sized else "",
        "differs from run to run": unsteady(finding.reproduced, finding.attempts),
        "mode or device": elsewhere(shown, prober.target),
    }
    said = {name: clause for name, clause in clauses.items() if clause}
    return Diagnosis(next(iter(said)), "; ".join(said.values())) if said else None


def _explanation(prober: Prober, shown: Checked, sighted: Checked, structures: Sequence[Case]) -> Diagnosis | None:
    """The explanation that fits the runs of the finding."""
    first = prober.observe(shown)
    if first is None or not first.same:
        return None
    others = with_other_values(structures, shown.case)
    # Another case stands before the one that is shown, so that what is left of it can be told.
    runs = prober.sequence([*others[:1], shown.case, *others[1:]])
    again = next((one for one in runs if one.case.key == first.case.key and one.same), first)
    original = prober.observe(sighted)
    rest = [one for one in (*runs, original) if one is not None and one.case.key != first.case.key]
    # Which share of the elements is wrong is a part of a finding's cause; of so many it is another one.
    seen = prober.sequence(with_many_elements(structures, shown.case))
    long = [replace(one, same=True) for one in seen if one.wrong_elements]
    found = diagnose([again, *rest], [*long, *islice(prober.others(shown.case), MOST_OTHERS)], prober.end)
    if found is None:
        return None
    if isinstance(first.outcome, Described):
        found = replace(found, sentence=found.sentence.replace("the result is", "the shape is"))
    return replace(
        found, sentence=f"{found.sentence} (as in {found.runs} of {found.of} wrong results that were compared)"
    )
