"""The project's baseline under pytest: what is lived with passes and is said, everything else fails."""

from __future__ import annotations

import re
import shutil

import pytest
from plugged import HEAD, RIGHT, WRONG, findings, opdiff, run, user

from harness.store import Store

__all__ = ["user"]
pytest_plugins = ["pytester"]

BASELINE = "opdiff-baseline.toml"


def lived_with(user: pytest.Pytester) -> str:
    """The only finding of the user's store, which goes into the baseline."""
    [identifier] = findings(user.path / ".opdiff")
    added = opdiff(user, "baseline", "add", identifier, "--reason", "small 2.0 has it right")
    assert added.returncode == 0, added.stderr
    return identifier


def test_a_test_whose_only_finding_is_in_the_baseline_passes_and_the_summary_says_so(user: pytest.Pytester) -> None:
    user.makepyfile(test_own=WRONG)
    run(user, "--opdiff-cases", "12").assert_outcomes(failed=1)
    identifier = lived_with(user)
    shutil.rmtree(user.path / ".opdiff")  # a checkout has the file, not the store
    result = run(user, "--opdiff-cases", "12")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([f"known to the baseline: {identifier}"])
    result.stdout.no_fnmatch_line("new: *")
    with Store.open(user.path / ".opdiff", write=False) as store:
        [record] = store.runs()
        assert (record.new, record.baseline) == ((), {identifier: "known"})
    (user.path / BASELINE).rename(user.path / "lived-with.toml")
    run(user, "--opdiff-cases", "12").assert_outcomes(failed=1)
    run(user, "--opdiff-cases", "12", "--opdiff-baseline", "lived-with.toml").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("line", "instead", "standing"),
    [
        ("(first_seen|last_seen|expires) = .*", r"\1 = 2020-01-01", "expired"),
        ("^", 'fixed_in = "small>=1.0"\n', "should be fixed"),
        ("reason", "largest_error = 0.01\nreason", "worse"),
    ],
)
def test_what_expired_should_be_fixed_or_grew_worse_fails_and_says_so(
    user: pytest.Pytester, line: str, instead: str, standing: str
) -> None:
    user.makepyfile(test_own=RIGHT.replace("small.softsign(x)", "small.softsign(x) * small.np.float32(1.001)"))
    run(user, "--opdiff-cases", "12").assert_outcomes(failed=1)
    identifier = lived_with(user)
    file = user.path / BASELINE
    text = "".join(row for row in file.read_text().splitlines(keepends=True) if not row.startswith("largest_error"))
    head, _, entry = text.partition("\n")
    file.write_text(f"{head}\n{re.sub(line, instead, entry, count=0 if '(' in line else 1)}")
    result = run(user, "--opdiff-cases", "12")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"finding {identifier}: *, baseline: {standing}", f"new: {identifier}"])


def test_what_is_new_fails_beside_what_the_baseline_knows(user: pytest.Pytester) -> None:
    user.makepyfile(test_own=WRONG)
    run(user, "--opdiff-cases", "12").assert_outcomes(failed=1)
    identifier = lived_with(user)
    body = WRONG.replace(HEAD, "").replace("test_softsign", "test_again").replace("small.wrong", "2 * small.wrong")
    user.makepyfile(test_own=WRONG + body)
    result = run(user, "--opdiff-cases", "12")
    result.assert_outcomes(passed=1, failed=1)
    [new] = [one for one in findings(user.path / ".opdiff") if one != identifier]
    result.stdout.fnmatch_lines([f"new: {new}", f"known to the baseline: {identifier}"])


@pytest.mark.parametrize("text", [None, "[[finding]]\nid = 1\n"])
def test_a_baseline_that_cannot_be_used_is_a_usage_error(user: pytest.Pytester, text: str | None) -> None:
    user.makepyfile(test_one=RIGHT)
    named = () if text else ("--opdiff-baseline", "absent.toml")
    if text:
        (user.path / BASELINE).write_text(text)
    result = run(user, *named)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert any("opdiff: baseline " in line for line in [*result.outlines, *result.errlines])
