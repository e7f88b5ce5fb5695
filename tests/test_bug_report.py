"""Reports for trackers: the forms' fields, what speaks against filing, searches and names."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from issue_texts import RECORDED, Shown, fences, headings, recorded, section

from harness.baseline import Entry
from harness.case import Case, InputSpec, Target
from harness.cli.bug_report import TRACKERS as NAMES
from harness.records import FindingRecord
from reports.bug_report import TRACKERS, RefusedError, bug_report
from reports.text import one_line

TENSORFLOW = [
    "Issue type",
    "Have you reproduced the bug with TensorFlow Nightly?",
    "Source",
    "TensorFlow version",
    "Custom code",
    "OS platform and distribution",
    "Mobile device",
    "Python version",
    "Bazel version",
    "GCC/compiler version",
    "CUDA/cuDNN version",
    "GPU model and memory",
    "Current behavior?",
    "Standalone code to reproduce the issue",
    "Relevant log output",
]
SYSTEM_INFO = "System info (python version, jaxlib version, accelerator, etc.)"
KERAS = [
    "System information",
    "Describe the problem",
    "Describe the current behavior",
    "Describe the expected behavior",
    "Standalone code to reproduce the issue",
    "Source code / logs",
]


@pytest.mark.parametrize(
    ("name", "tracker", "wanted"),
    [
        ("torch", "pytorch", ["🐛 Describe the bug", "Versions"]),
        ("torch_compiled", "pytorch", ["🐛 Describe the bug", "Error logs", "Versions"]),
        ("jax", "jax", ["Description", SYSTEM_INFO]),
        ("tensorflow", "tensorflow", TENSORFLOW),
        ("keras_torch", "keras", []),
    ],
)
def test_the_fields_of_each_form_are_its_headings(name: str, tracker: str, wanted: list[str]) -> None:
    report = bug_report(recorded(name))
    assert (report.tracker, headings(report.body)) == (tracker, wanted)
    if tracker == "keras":
        places = [report.body.index(f"**{title}**.\n") for title in KERAS]
        assert places == sorted(places)
    owner = urlsplit(report.form).path
    assert owner.startswith(f"/{report.repository}/issues/new")
    assert "\n" not in report.title


@pytest.mark.parametrize("name", RECORDED)
def test_a_report_has_script_value_side_and_environment(name: str) -> None:
    finding = recorded(name)
    report = bug_report(finding)
    (script,) = fences(report.body, "python")
    if "compiled" not in name:
        assert script.rstrip() == finding.script.rstrip()
    said = Shown(report.body).text
    assert one_line(finding.sentence, 2000) in " ".join(said.split())
    assert finding.environment["cpu"] in said
    assert finding.environment["flags"] in said
    assert "OMP_NUM_THREADS=1" in said
    assert f"{finding.reproduced} of {finding.attempts} runs" in said
    assert f"finding {finding.id}" in said


def test_what_each_field_says() -> None:
    finding = recorded("tensorflow")
    body = bug_report(finding).body
    assert Shown(section(body, "### TensorFlow version")).text.strip() == finding.versions["tensorflow"]
    assert Shown(section(body, "### Python version")).text.strip() == finding.environment["python"]
    assert section(body, "### CUDA/cuDNN version").strip() == "None"
    log = section(body, "### Relevant log output")
    assert finding.detail["message"].strip() in fences(log)[0]
    assert "InvalidArgumentError" in fences(log)[0]
    versions = section(bug_report(recorded("torch")).body, "### Versions")
    assert "PyTorch version: 2.13.0+cpu" in fences(versions)[0].splitlines()
    info = section(bug_report(recorded("jax")).body, f"### {SYSTEM_INFO}")
    assert "jax: 0.10.2" in fences(info)[0].splitlines()
    value = Shown(bug_report(recorded("torch_compiled")).body).text
    assert "y[0] must be 79.23987230619117, within 3.05176e-05. 1 of 4 elements are wrong." in value
    assert "torch:cpu:eager\n(4,) float32, 79.2398682 at [0]\nright" in value


def test_the_trackers_are_the_command_line_s() -> None:
    assert tuple(TRACKERS) == NAMES


def test_a_tracker_that_is_not_the_framework_s_is_refused() -> None:
    with pytest.raises(RefusedError, match=r"blames torch, not JAX; the tracker of torch is 'pytorch'"):
        bug_report(recorded("torch"), "jax")
    alien = replace(recorded("torch"), fingerprint=replace(recorded("torch").fingerprint, framework="mindspore"))
    with pytest.raises(RefusedError, match="no tracker is known for 'mindspore'"):
        bug_report(alien)
    with pytest.raises(RefusedError, match="blames torch, not Keras"):
        bug_report(recorded("torch"), "keras")


def test_keras_delegates_to_what_its_backend_shows_itself() -> None:
    through, itself = recorded("keras_tensorflow"), recorded("tensorflow_atan2")
    assert bug_report(through, others=[through, itself]).repository == "keras-team/keras"
    report = bug_report(through, "tensorflow", others=[through, itself])
    assert (report.finding, report.repository) == (itself.id, "tensorflow/tensorflow")
    assert fences(report.body, "python")[0].rstrip() == itself.script.rstrip()
    assert (
        f"This is finding {itself.id} of tensorflow itself, which {through.id} meets through Keras." in report.cautions
    )
    with pytest.raises(RefusedError, match="the store has no finding of tensorflow itself; 'opdiff run atan2"):
        bug_report(through, "tensorflow", others=[through])
    right = replace(through, outcomes=tuple(replace(o, verdict="agreed") for o in through.outcomes))
    with pytest.raises(RefusedError, match="tensorflow itself is right on this case, so Keras is what is wrong"):
        bug_report(right, "tensorflow", others=[right])
    with pytest.raises(RefusedError, match="not PyTorch"):
        bug_report(through, "pytorch", others=[through, itself])


def test_what_is_nobody_s_bug_or_known_is_refused() -> None:
    with pytest.raises(RefusedError, match="an ambiguity: each side does what it documents"):
        bug_report(recorded("ambiguity"))
    known = recorded("known")
    with pytest.raises(RefusedError) as refused:
        bug_report(known)
    assert known.source in str(refused.value)
    assert "already reported or documented" in str(refused.value)


def _entry(finding: FindingRecord, upstream: str) -> Entry:
    day = date(2026, 1, 1)
    targets = finding.targets
    return Entry(
        id=finding.id,
        operator=finding.fingerprint.operator,
        targets=targets,
        reason="we wait for a release",
        first_seen=day,
        last_seen=day,
        expires=day,
        upstream=upstream,
    )


def test_what_speaks_against_filing_stands_at_the_top() -> None:
    finding = recorded("tensorflow_atan2")
    assert bug_report(finding).cautions == ()
    changed = {
        "Do not file this: not reproduced in any of 3 runs": replace(finding, reproduced=0, attempts=3),
        "Flaky: it showed in 4 of 10 runs": replace(finding, reproduced=4, attempts=10),
        "It was never run again": replace(finding, reproduced=0, attempts=0),
        "Not minimal": replace(finding, minimal=False),
        "Do not file this: every target agrees and only the oracle": replace(finding, marks=("suspect: oracle",)),
    }
    for words, other in changed.items():
        report = bug_report(other)
        (caution,) = report.cautions
        assert caution.startswith(words)
        text = report.text()
        assert text.index("**Caution:**") < text.index("Checklist:") < text.index("\n---\n") < text.index("### ")
        assert words in Shown(text).text
    url = "https://example.invalid/issues/1"
    assert bug_report(finding, entry=_entry(finding, url)).cautions[0].endswith(url)
    assert "we wait for a release" in bug_report(finding, entry=_entry(finding, "")).cautions[0]
    through = bug_report(recorded("keras_tensorflow")).cautions
    assert through == (
        "tensorflow itself is wrong on this case too: Keras may only pass it on. See its tracker first.",
    )


def test_numbers_that_are_right_elsewhere_are_told() -> None:
    finding = recorded("torch")
    (caution,) = bug_report(finding).cautions
    assert caution.startswith("The same numbers are right for keras-tensorflow:cpu:eager, tensorflow:cpu:eager,")
    other = tuple(
        replace(one, arrays=(1.5,)) if one.target.endswith("tensorflow:cpu:eager") else one for one in finding.outcomes
    )
    assert bug_report(replace(finding, outcomes=other)).cautions == ()


def test_findings_of_one_cause_are_one_report() -> None:
    one = recorded("torch")
    other = replace(one, fingerprint=replace(one.fingerprint, operator="max"))
    known = replace(one, fingerprint=replace(one.fingerprint, operator="min"), severity="known")
    wish = bug_report(one, others=[one, other, known]).checklist[-1]
    assert other.id in wish
    assert known.id not in wish
    assert one.id not in wish


@pytest.mark.parametrize("name", RECORDED)
def test_searches_are_addresses_of_the_repository_s_issues(name: str) -> None:
    report = bug_report(recorded(name))
    for search in report.searches:
        parts = urlsplit(search)
        assert (parts.netloc, parts.path) == ("github.com", f"/{report.repository}/issues")
        assert set(search) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:/?=%+-._")
        (query,) = parse_qs(parts.query)["q"]
        assert query.startswith("is:issue ")
    assert set(report.searches) <= Shown(report.text()).addresses
    last = parse_qs(urlsplit(report.searches[-1]).query)["q"][0]
    assert last.removeprefix("is:issue ") in report.title


def test_a_message_is_searched_by_what_identifies_it() -> None:
    first = parse_qs(urlsplit(bug_report(recorded("tensorflow")).searches[0]).query)["q"][0]
    assert first == "is:issue Incompatible shapes"


def _titled(key: str, parameters: dict[str, object], target: str, **shapes: tuple[int, ...]) -> tuple[str, str]:
    """The title, and what is searched at last, of a finding of that case."""
    case = Case(key, {name: InputSpec(shape, "float32") for name, shape in shapes.items()}, parameters)
    finding = replace(recorded("torch"), case=case, target=Target.parse(target), script="x")
    mark = replace(finding.fingerprint, operator=key, framework=finding.target.framework)
    report = bug_report(replace(finding, fingerprint=mark))
    return report.title, parse_qs(urlsplit(report.searches[-1]).query)["q"][0]


def test_names_are_the_framework_s() -> None:
    window = {"stride": (1,), "dilation": (1,), "groups": 1, "padding": ((0, 0),), "batched": True}
    title, search = _titled("conv:aligned", window, "torch:cpu:eager", x=(1, 1, 3), w=(1, 1, 2))
    assert (title.split(":")[0], search) == ("conv", "is:issue conv")
    words = {"stride": (1,), "dilation": (1,), "groups": 1, "padding": "valid", "batched": True}
    title, search = _titled("conv:nominal", words, "torch:cpu:eager", x=(1, 1, 3), w=(1, 1, 2))
    assert (title.split(":")[0], search) == ("torch.nn.functional.conv1d", "is:issue conv1d")
    title, search = _titled("softmax", {"axis": 0}, "torch:cpu:eager", x=(3,))
    assert (title.split(":")[0], search) == ("torch.nn.functional.softmax", "is:issue softmax")
    title, search = _titled("no_such", {}, "torch:cpu:eager", x=(3,))
    assert (title.split(":")[0], search) == ("no_such", "is:issue no_such")


def test_without_a_script_the_report_says_why() -> None:
    finding = recorded("torch")
    made = bug_report(replace(finding, script=""))
    assert "torch.logsumexp" in fences(made.body, "python")[0]
    gone = replace(finding, script="", case=replace(finding.case, operator="no_such_operator"))
    body = bug_report(gone).body
    assert "There is no standalone script: unknown operator 'no_such_operator'" in Shown(body).text
    assert "import torch" not in body
