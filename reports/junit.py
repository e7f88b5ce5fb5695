"""The JUnit XML report: a suite per operator, a failing test per bug, a skipped one per ambiguity and known difference.

What agreed is a passing test per quantity and target, and what a target does not support a skipped one, so that the
totals mean something.
"""

from __future__ import annotations

from collections import defaultdict

from junitparser import Failure, JUnitXml, Skipped, TestCase, TestSuite

from harness.records import FindingRecord
from reports.matrix import Cell, State
from reports.text import clip, describe_case, one_line
from reports.view import Report

TEXT = 20_000


def dumps(report: Report) -> bytes:
    """The report as UTF-8 XML. Characters that XML cannot hold are written as escapes."""
    cases: defaultdict[str, list[TestCase]] = defaultdict(list)
    for section in report.sections:
        for finding in section.findings:
            cases[finding.fingerprint.operator].append(_finding_case(finding, section.name))
    for row in report.matrix.rows:
        for target, cell in zip(report.matrix.targets, row.cells, strict=True):
            if cell.state not in (State.FINDING, State.NOT_RUN):
                cases[row.operator].append(_cell_case(row.operator, f"{row.quantity} on {target}", cell))
    document = JUnitXml(one_line(f"opdiff {report.run.id}: {report.headline}", 200))
    for operator, tests in sorted(cases.items()):
        suite = TestSuite(one_line(operator, 200))
        suite.timestamp = one_line(report.run.started, 40)
        for name, text in (("run", report.run.id), ("seed", str(report.run.seed)), *report.run.versions.items()):
            suite.add_property(one_line(name, 80), one_line(text, 200))
        suite.add_testcases(tests)
        document.add_testsuite(suite)
    _count(document)
    return bytes(document.tostring())


def _count(document: JUnitXml) -> None:
    """Totals of all suites; without those that the schema of Jenkins (junit-10.xsd) does not know there."""
    suites = list(document)
    document.tests = sum(suite.tests for suite in suites)
    document.failures = sum(suite.failures for suite in suites)
    document.errors = sum(suite.errors for suite in suites)


def _finding_case(finding: FindingRecord, section: str) -> TestCase:
    """A finding as a test, with the verdict, the case, the command that repeats it and the script."""
    mark = finding.fingerprint
    test = TestCase(
        one_line(f"{mark.quantity} {mark.kind} {mark.framework} {finding.id}", 200), one_line(mark.operator, 200)
    )
    sentence = one_line(finding.sentence, 1000)
    if section in ("new", "still"):
        failure = Failure(f"{section}: {sentence}", one_line(mark.kind, 40))
        again = f"reproduced {finding.reproduced} of {finding.attempts}" if finding.attempts else "not run again"
        lines = [
            sentence,
            clip(describe_case(finding.case), 2000),
            again,
            f"opdiff replay {finding.id}",
            "",
            finding.script,
        ]
        failure.text = clip("\n".join(lines), TEXT)
        test.result = [failure]
    else:
        test.result = [
            Skipped(f"{section}: {sentence}" + (f" ({one_line(finding.reason)})" if finding.reason else ""), section)
        ]
    test.system_out = clip(
        "\n".join([f"targets: {' '.join(finding.targets)}", f"marks: {', '.join(finding.marks)}"]), 4000
    )
    return test


def _cell_case(operator: str, name: str, cell: Cell) -> TestCase:
    test = TestCase(one_line(name, 200), one_line(operator, 200))
    if cell.state is State.UNSUPPORTED:
        test.result = [Skipped("unsupported", "unsupported")]
    return test
