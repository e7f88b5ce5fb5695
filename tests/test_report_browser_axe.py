"""The HTML report under axe-core, light and dark: the page as it opens, one finding of every sort, what it shows over time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import browser
import pytest
from samples import MemoryStore, sample_run, sample_store

from harness.baseline import Baseline, Entry
from harness.history import Seen
from harness.records import FindingRecord
from reports import html

CHROMIUM = browser.find()
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=f"no Chromium installed (none of {', '.join(browser.NAMES)})")
AXE = resources.files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page() -> Iterator[browser.Page]:
    assert CHROMIUM is not None
    with browser.browser(CHROMIUM) as page:
        yield page


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = lived_store()
    path = tmp_path_factory.mktemp("report") / "report.html"
    html.write(store, store.run, path, lived_baseline(store))
    return path


def lived_store() -> MemoryStore:
    """A run after four earlier ones, with findings of every sort, wide and deep arrays, a diagnosis, and entries of a baseline."""
    store = sample_store(16)
    records = [*map(_large, store.records[:2]), *store.records[2:]]
    earlier = []
    for night in range(4):
        run = sample_run([], id=f"night-{night}", started=f"2026-11-{10 + night}T01:00:00+00:00", new=())
        seen = {one.id: Seen(3 + night, one.targets, 3, 3 - night % 2) for one in records[night:]}
        earlier.append((run, seen))
    covered = {one.id: state for one, state in zip(records[4:6], ("known", "expired"), strict=True)}
    return MemoryStore(replace(store.run, baseline=covered), records, store.rows, earlier)


def _large(finding: FindingRecord) -> FindingRecord:
    """With arrays that are drawn, not listed, and a diagnosis."""
    right = [[[((i * j) % 7 - 3) / 2 for j in range(15)] for i in range(5)] for _ in range(5)]
    wrong = [[[value + (value == 1.5) for value in row] for row in plane] for plane in right]
    oracle, blamed, *others = finding.outcomes
    count = sum(value == 1.5 for plane in right for row in plane for value in row)
    place = right[1][1].index(1.5)
    detail = {
        "output": "y",
        "index": [1, 1, place],
        "got": 2.5,
        "expected": 1.5,
        "bound": 0.0,
        "wrong": count,
        "of": 375,
    }
    said = {"diagnosis": {"name": "tail", "sentence": "Only the last lanes of each vector are wrong."}}
    outcomes = (replace(oracle, arrays=(right,)), replace(blamed, arrays=(wrong,)), *others)
    return replace(finding, outcomes=outcomes, detail={**detail, **said})


def lived_baseline(store: MemoryStore) -> Baseline:
    """Entries that hold, expire soon, and have expired."""
    days = {"first_seen": date(2026, 9, 1), "last_seen": date(2026, 11, 1)}
    entries = {
        one.id: Entry(
            id=one.id,
            operator=one.fingerprint.operator,
            targets=one.targets,
            reason="reported",
            expires=expires,
            **days,
        )
        for one, expires in zip(
            store.records[4:7], (date(2026, 12, 1), date(2026, 11, 2), date(2027, 3, 1)), strict=True
        )
    }
    return Baseline(Path("opdiff-baseline.toml"), entries)


def _violations(page: browser.Page) -> list[dict[str, Any]]:
    """What every rule of axe-core finds, with the elements."""
    page.evaluate(f"{AXE}; true")
    return page.evaluate(
        "axe.run(document, {resultTypes: ['violations']}).then(({violations}) => violations.map(({id, nodes}) => "
        "({id, nodes: nodes.slice(0, 5).map((node) => node.html.slice(0, 300) + ' ' + node.failureSummary.slice(0, 400))})))"
    )


def _scheme(page: browser.Page, dark: bool) -> None:
    features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
    page.send("Emulation.setEmulatedMedia", features=features)


def test_the_checker_is_recent_and_finds_what_is_planted(page: browser.Page, tmp_path: Path) -> None:
    version = re.match(r"/\*! axe v(\d+)\.(\d+)", AXE)
    assert version is not None
    assert tuple(map(int, version.groups())) >= (4, 4)
    bad = tmp_path / "bad.html"
    bad.write_text(
        "<!doctype html><html data-ready=yes><title>x</title><main><h1>x</h1><input><p style='color:#ccc'>too pale to read</p>"
    )
    page.open(bad)
    assert {"label", "color-contrast", "html-has-lang"} <= {one["id"] for one in _violations(page)}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_page_as_it_opens(page: browser.Page, path: Path, dark: bool) -> None:
    _scheme(page, dark)
    page.open(path)
    assert _violations(page) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_everything_opened(page: browser.Page, path: Path, dark: bool) -> None:
    """One finding of every kind, every fold and table; more would only repeat them."""
    _scheme(page, dark)
    page.open(path)
    page.evaluate(
        "document.querySelectorAll('.fold, .rest, #unmatched details').forEach((node) => { node.open = true; })"
    )
    page.evaluate("""(() => { const kinds = new Set(); for (const node of document.querySelectorAll('.finding')) {
        const kind = node.querySelector('.kind').textContent; if (kinds.has(kind)) continue; kinds.add(kind); node.open = true; } })()""")
    page.wait("[...document.querySelectorAll('.finding[open]')].every((node) => node.querySelector('.body'))")
    page.evaluate("document.querySelectorAll('.finding[open] details').forEach((node) => { node.open = true; })")
    assert page.evaluate("document.querySelectorAll('.finding[open]').length") >= 8
    assert page.evaluate("document.querySelectorAll('.finding[open] svg.map .w').length") >= 8
    assert _violations(page) == []
