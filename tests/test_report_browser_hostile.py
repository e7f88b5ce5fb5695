"""Hostile strings through every textual field of a report: in a real browser each is text, and nothing runs, pops up or is asked for."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import browser
import pytest
from hostile import hostile_store, payloads
from samples import MemoryStore

from harness.baseline import Baseline, Entry
from harness.history import Seen
from harness.records import FindingRecord
from reports import html, view
from reports.html.arrays import Heat
from reports.html.finding import finding_view
from reports.html.life import Past
from reports.text import clip, one_line

CHROMIUM = browser.find()
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=f"no Chromium installed (none of {', '.join(browser.NAMES)})")


@pytest.fixture(scope="module")
def page() -> Iterator[browser.Page]:
    assert CHROMIUM is not None
    with browser.browser(CHROMIUM) as page:
        yield page


def _lived(texts: list[str]) -> tuple[MemoryStore, Baseline]:
    """The hostile run after an earlier one whose fields are hostile too, with diagnoses and entries of a baseline."""
    store = hostile_store(texts)
    records = [
        replace(one, detail={**one.detail, "diagnosis": {"name": text, "sentence": text}})
        for one, text in zip(store.records, texts, strict=True)
    ]
    before = replace(store.run, id=texts[0], started=" <b>0", ended=texts[1], state=texts[3], new=())
    seen = {one.id: Seen(1, (), 3, 3) for one in records}
    day = date(2026, 11, 1)
    entries = {
        one.id: Entry(
            id=one.id,
            operator=text,
            targets=(text,),
            reason=text,
            upstream=text,
            fixed_in=text,
            first_seen=day,
            last_seen=day,
            expires=day,
        )
        for one, text in zip(records, texts, strict=True)
    }
    run = replace(store.run, baseline={one.id: text for one, text in zip(records, texts, strict=True)})
    return MemoryStore(run, records, store.rows, [(before, seen)]), Baseline(Path("opdiff-baseline.toml"), entries)


def _strings(value: Any) -> Iterator[str]:
    """Every text that a finding's form shows; drawn things are checked elsewhere."""
    if isinstance(value, str):
        yield value
    elif dataclasses.is_dataclass(value):
        skipped = ("drawn",) if isinstance(value, Heat) else ("windows", "level", "role", "section", "legend")
        for field in dataclasses.fields(value):
            if field.name not in skipped:
                yield from _strings(getattr(value, field.name))
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _strings(part)


def _opened(page: browser.Page) -> dict[str, dict[str, str]]:
    """Open everything; the texts of each finding by id."""
    page.evaluate("document.querySelectorAll('[data-more]').forEach((button) => button.hidden || button.click())")
    page.evaluate("document.querySelectorAll('.fold').forEach((node) => { node.open = true; })")
    page.wait("document.querySelectorAll('.finding').length === 200")
    page.evaluate("document.querySelectorAll('.finding').forEach((node) => { node.open = true; })")
    page.wait("document.querySelectorAll('.finding > .body').length === 200")
    shown = json.loads(
        page.evaluate("""JSON.stringify([...document.querySelectorAll('.finding')].map((node) => ({
        id: node.dataset.id,
        all: node.textContent,
        sentence: node.querySelector('.says').textContent,
        framework: node.querySelector('.what b').textContent,
        script: node.querySelector('.script')?.textContent ?? null,
        outcome: node.querySelector('.outcomes .blamed pre')?.textContent ?? null})))""")
    )
    return {entry["id"]: entry for entry in shown}


def _quiet(page: browser.Page, path: Path) -> None:
    """Nothing ran, popped up, went wrong or was asked for, and no element or attribute stands there that could."""
    odd = page.evaluate("""[...document.querySelectorAll('*')].filter((node) =>
        [...node.attributes].some(({name, value}) => name.startsWith('on') || name === 'style'
            || (/^(href|src|action|data|xlink:href)$/.test(name) && !value.startsWith('#')))
        || /^(IMG|IFRAME|OBJECT|LINK|BASE|MATH|PLAINTEXT|TEXTAREA)$/i.test(node.tagName)).length""")
    assert odd == 0
    assert page.evaluate("[...document.scripts].map((script) => script.id)") == ["rows", "tables", "bodies", ""]
    assert page.evaluate("window.hacked === undefined")
    assert {url.partition("#")[0] for url in page.requests} == {path.as_uri()}
    assert page.dialogs == []
    assert page.problems == []


def test_hostile_strings_are_text_in_every_field(page: browser.Page, tmp_path: Path) -> None:
    texts = payloads()
    assert len(set(texts)) == 200
    store, baseline = _lived(texts)
    path = tmp_path / "report.html"
    html.write(store, store.run, path, baseline)
    page.open(path)
    shown = _opened(page)
    report = view.load(store, store.run, baseline)
    assert set(shown) == {finding.id for finding in report.findings}
    full = [finding for finding in report.findings if shown[finding.id]["script"] is not None]
    assert len(full) > 100
    past, new = Past.of(report), set(report.run.new)
    for finding in report.findings:
        assert shown[finding.id]["sentence"] in [one_line(finding.sentence, limit) for limit in (600, 400)]
        assert shown[finding.id]["framework"] == one_line(finding.fingerprint.framework, 40)
    for finding in full:
        _whole(finding, view.section_name(finding, new), past, shown[finding.id])
    _around(page, store)
    _quiet(page, path)


def _whole(finding: FindingRecord, section: str, past: Past, entry: dict[str, str]) -> None:
    """The text itself in three places, and every other text of the opened form somewhere in it."""
    assert entry["script"].lstrip("\n") == clip(finding.script, 40_000).lstrip("\n")
    assert (entry["outcome"] or "").lstrip("\n") == clip(finding.outcomes[1].text, 2_000).lstrip("\n")
    form = finding_view(finding, section, past)
    assert form.diagnosis == clip(finding.sentence, 2_000)
    assert form.sights
    assert form.standing
    missing = [text for text in _strings(form) if text.strip("\n") not in entry["all"]]
    assert missing in ([], [form.row.sentence])  # packed lines have shorter sentences


def _around(page: browser.Page, store: MemoryStore) -> None:
    """The fields of the run and of its tables."""
    text = page.evaluate("document.body.textContent")
    run = store.run
    names = [*run.unavailable, *run.unavailable.values(), *run.versions, *run.environment, *run.coverage, *run.lost]
    wanted = {one_line(name, 80) for name in names if len(name) < 80} | {one_line(run.state, 40)}
    assert [name for name in wanted if name not in text] == []


def test_hostile_filters_in_the_hash_are_text(page: browser.Page, tmp_path: Path) -> None:
    """What stands in a mailed link is shown as text, or not at all."""
    store = hostile_store(payloads()[:20])
    path = tmp_path / "report.html"
    html.write(store, store.run, path)
    for text in ("<img src=x onerror=alert(1)>", "__proto__", "constructor", "%00%E2%80%AE", "javascript:alert(1)"):
        page.open(path, f"q={text}&operator={text}&target={text}&sort={text}&finding={text}&{text}={text}")
        _quiet(page, path)
