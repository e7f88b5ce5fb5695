"""JUnit XML: what the schema of Jenkins allows, and what two libraries read back."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hostile import hostile_store, payloads
from junit2htmlreport.parser import Junit
from junitparser import JUnitXml
from samples import MemoryStore, sample_finding, sample_findings, sample_run, sample_statistics, sample_store

from reports import junit, view
from reports.text import clip, one_line

# Of the schema junit-10.xsd of Jenkins' xUnit plug-in: attributes that must stand there, that may, and what may stand within.
ALLOWED: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"time", "skipped", "timestamp", "hostname", "id", "package", "group", "file", "log", "url", "version"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "testcase": (
        {"name"},
        {"time", "classname", "group"},
        {"skipped", "errors", "failure", "system-out", "system-err"},
    ),
    "failure": (set(), {"type", "message"}, set()),
    "skipped": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
}


def against(tree: ElementTree.Element) -> list[str]:
    """What the schema does not allow."""
    found = []
    for element in tree.iter():
        must, may, children = ALLOWED.get(element.tag, (set(), set(), set()))
        given = set(element.attrib)
        if element.tag not in ALLOWED or not must <= given <= must | may or {child.tag for child in element} - children:
            found.append(f"{element.tag} {sorted(given)}")
    return found


def written(store: MemoryStore) -> bytes:
    return junit.dumps(view.build(store.run, store.records, store.rows))


@pytest.mark.parametrize(
    "store", [sample_store(40), sample_store(0), hostile_store(payloads())], ids=["sample", "empty", "hostile"]
)
def test_jenkins_takes_it(store: MemoryStore) -> None:
    tree = ElementTree.fromstring(written(store))
    assert against(tree) == []
    for name in ("tests", "failures", "errors"):
        assert int(tree.attrib[name]) == sum(int(suite.attrib[name]) for suite in tree)


def test_the_check_notices_what_the_schema_does_not_allow() -> None:
    for wrong in ("<testsuites skipped='1'/>", "<testsuite name='x'/>", "<testcase name='x'><x/></testcase>"):
        assert against(ElementTree.fromstring(wrong))


def test_it_is_xml_whatever_the_strings_are() -> None:
    store = hostile_store(payloads())
    tree = ElementTree.fromstring(written(store))
    messages = {re.sub("^(new|still): ", "", failure.attrib["message"]) for failure in tree.iter("failure")}
    assert messages == {one_line(finding.sentence, 1000) for finding in store.records}
    texts = [failure.text or "" for failure in tree.iter("failure")]
    for finding in store.records:
        shown = clip(finding.script, 300).partition(" … (")[0]
        assert any(f"opdiff replay {finding.id}\n\n{shown}" in text for text in texts)


def test_what_is_not_a_bug_is_skipped() -> None:
    findings = [sample_finding(1), sample_finding(2, "ambiguity"), sample_finding(3, severity="known")]
    tree = ElementTree.fromstring(written(MemoryStore(sample_run(findings), findings)))
    assert [tree.attrib[name] for name in ("tests", "failures", "errors")] == ["3", "1", "0"]
    assert [suite.attrib["skipped"] for suite in tree] == ["2"]
    (failure,) = tree.iter("failure")
    assert failure.attrib["type"] == "value"
    assert f"opdiff replay {findings[0].id}" in (failure.text or "")
    assert "import torch" in (failure.text or "")


def test_two_libraries_read_the_same_back(tmp_path: Path) -> None:
    findings = sample_findings(24)
    path = tmp_path / "report.xml"
    path.write_bytes(written(MemoryStore(sample_run(findings), findings, sample_statistics())))
    one = [
        (suite.name, test.name, [type(result).__name__ for result in test.result])
        for suite in JUnitXml.fromfile(str(path))
        for test in suite
    ]
    other = [
        (suite.name, test.name, ["Failure"] if test.failed() else ["Skipped"] if test.skipped else [])
        for suite in Junit(str(path)).suites
        for group in suite.classes.values()
        for test in group.cases
    ]
    assert sorted(one) == sorted(other)
    assert sum(results == ["Failure"] for _, _, results in one) == sum(f.severity == "bug" for f in findings)
    assert len(one) > 100


def test_a_library_shows_the_verdict_of_every_bug(tmp_path: Path) -> None:
    findings = sample_findings(24)
    path = tmp_path / "report.xml"
    path.write_bytes(written(MemoryStore(sample_run(findings), findings)))
    page = Junit(str(path)).html()
    for finding in findings:
        assert finding.id in page
