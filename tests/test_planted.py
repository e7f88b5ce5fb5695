"""Every planted bug is found, attributed, shrunk and confirmed; nothing is reported where nothing is planted.

Numbers of cases are small; OPDIFF_TRIALS=full gives the nightly ones.
"""

import math
import os

import pytest
from planted.bugs import BUGS
from running import ALIGNED, run_planted

from harness.case import VALUE
from harness.records import Severity

FULL = os.environ.get("OPDIFF_TRIALS") == "full"

CONV, TRANSPOSED = ALIGNED

FORMS = {
    "padding on the other side": (CONV,),
    "NaN swallowed": (CONV,),
    "wrong dtype": (CONV,),
    "input gradient mirrored": (CONV,),
    "bias gradient halved": (CONV,),
    "relative error of 1e-4": (CONV,),
    "wide channels only": ALIGNED,
    "empty batch becomes one": (CONV,),
    "one result too few": (CONV,),
    "refuses groups": (CONV,),
    "accepts everything": (CONV,),
}
"""The forms in which a bug is looked for; the others in the transposed one. Many bugs are in both, and looked for in both in full."""

RARE = {
    "stride's axes swapped": 1500,
    "accepts everything": 1500,
    "empty batch becomes one": 1500,
    "wide channels only": 1000,
}
"""Cases of both forms, in full, that are drawn for bugs that only rare structures show."""

COSTLY = ("abort", "segfault", "exit without a word", "hang with the GIL", "hang in Python", "leak")


def planted_run(folder, bug):
    """A campaign on a bug; OPDIFF_TRIALS=full takes both forms and more cases."""
    if FULL:
        return run_planted(folder, bug, cases=60 if bug in COSTLY else RARE.get(bug, 400))
    forms = FORMS.get(bug, (TRANSPOSED,))
    return run_planted(folder, bug, cases=12 if bug in COSTLY else 150 * len(forms), operators=forms)


def elements(finding):
    """Number of elements of all inputs."""
    return sum(math.prod(spec.shape) for spec in finding.case.inputs.values())


@pytest.mark.parametrize("bug", [name for name in BUGS if name not in COSTLY])
def test_planted_bug_is_found_shrunk_and_confirmed(bug, tmp_path):
    result = planted_run(tmp_path, bug)
    kinds = {kind.value for kind in BUGS[bug].kinds}
    caught = [finding for finding in result.findings if finding.fingerprint.kind in kinds]
    assert caught, [finding.sentence for finding in result.findings]
    assert all(finding.severity == Severity.BUG for finding in caught)
    assert {finding.fingerprint.framework for finding in caught} == {"planted"}
    if bug != "stale result":  # what it returns depends on the case before
        assert all(finding.reproduced == finding.attempts == 3 for finding in caught), [f.marks for f in caught]
        assert min(map(elements, caught)) <= 64
    if bug == "wide channels only":  # the least by hand: 31 weights, from one channel of one element
        values = [finding for finding in caught if finding.case.quantity == VALUE]
        for form in ALIGNED:
            assert min(elements(finding) for finding in values if finding.case.operator == form) == 32


@pytest.mark.parametrize("bug", COSTLY)
def test_planted_death_is_found_and_confirmed(bug, tmp_path):
    result = planted_run(tmp_path, bug)
    kinds = {kind.value for kind in BUGS[bug].kinds}
    caught = [finding for finding in result.findings if finding.fingerprint.kind in kinds]
    assert caught
    assert max(finding.reproduced for finding in caught) == 3
    kernel = min((finding.case.inputs["w"].shape for finding in caught), key=math.prod)
    assert all(length % 2 == 0 for length in kernel[2:])


@pytest.mark.parametrize("seed", range(2))
def test_nothing_is_reported_where_nothing_is_planted(seed, tmp_path):
    result = run_planted(tmp_path, cases=1500, seed=seed)
    assert [finding.sentence for finding in result.findings] == []
    assert result.run.comparisons > 1500
