"""The HTML report in a real browser: hostile strings stay text, the hash opens a finding, nothing leaves the page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import browser
import pytest
from samples import MemoryStore, sample_finding, sample_store

from reports import html, view

CHROMIUM = browser.find()
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=f"no Chromium installed (none of {', '.join(browser.NAMES)})")


@pytest.fixture(scope="module")
def page() -> Iterator[browser.Page]:
    assert CHROMIUM is not None
    with browser.browser(CHROMIUM) as page:
        yield page


def _write(store: MemoryStore, folder: Path) -> Path:
    path = folder / "report.html"
    html.write(store, store.run, path)
    return path


def _quiet(page: browser.Page, path: Path) -> None:
    """Nothing but the file was asked for, nothing popped up, nothing went wrong."""
    assert page.requests == [path.as_uri()]
    assert page.dialogs == []
    assert page.problems == []


def test_the_browser_notices_a_dialog_and_a_request(tmp_path: Path) -> None:
    """The instrument itself: the same checks fail on a page that does what the payloads try."""
    path = tmp_path / "bad.html"
    bad = "<html data-ready=yes><script>alert('planted')</script><img src='file:///nonexistent.png'></html>"
    path.write_text(f"<!doctype html>{bad}")
    assert CHROMIUM is not None
    with browser.browser(CHROMIUM) as page:
        page.open(path)
        assert page.dialogs == ["planted"]
        assert "file:///nonexistent.png" in page.requests


def test_the_hash_opens_a_finding_of_any_place(page: browser.Page, tmp_path: Path) -> None:
    store = sample_store(600)
    path = _write(store, tmp_path)
    finding = store.records[599]
    page.open(path, f"finding={finding.id}")
    assert page.evaluate("[...document.querySelectorAll('.finding[open]')].map(node => node.dataset.id)") == [
        finding.id
    ]
    assert f"opdiff replay {finding.id}" in page.evaluate("document.querySelector('.finding[open] .body').innerText")
    assert page.evaluate("document.querySelector('.finding[open]').getBoundingClientRect().top < innerHeight")
    _quiet(page, path)


def _one_cause(count: int) -> MemoryStore:
    """Findings that are one root cause: the same wrong result in operators of their own."""
    first = sample_store(1).records[0]
    records = [
        replace(first, fingerprint=replace(first.fingerprint, quantity=f"quantity {i}"), sentence=f"sentence no{i}x")
        for i in range(count)
    ]
    store = sample_store(1)
    return MemoryStore(replace(store.run, new=tuple(one.id for one in records)), records, store.rows)


def test_findings_of_one_cause_are_folded_below_the_strongest(page: browser.Page, tmp_path: Path) -> None:
    store = _one_cause(250)
    path = _write(store, tmp_path)
    (cause,) = view.load(store, store.run).section("new").causes
    page.open(path)
    assert page.evaluate("document.querySelectorAll('.finding').length") == 1
    assert page.evaluate("document.querySelector('.more-of').textContent") == "249 more of this cause"
    page.evaluate("document.querySelector('.fold > summary').click()")
    page.wait("document.querySelectorAll('.finding').length === 101")
    page.evaluate("document.querySelector('.folded > button').click()")
    ids = page.evaluate("[...document.querySelectorAll('.finding')].map((node) => node.dataset.id)")
    assert ids == [finding.id for finding in cause.findings]
    assert page.evaluate("document.querySelector('.folded > button') === null")
    _quiet(page, path)


def test_a_link_opens_a_finding_in_a_folded_group(page: browser.Page, tmp_path: Path) -> None:
    store = _one_cause(250)
    path = _write(store, tmp_path)
    (cause,) = view.load(store, store.run).section("new").causes
    for finding in (cause.findings[249], cause.findings[3], cause.strongest):
        page.open(path, f"finding={finding.id}")
        opened = "[...document.querySelectorAll('.finding[open]')].map((node) => node.dataset.id)"
        assert page.evaluate(opened) == [finding.id]
        assert page.evaluate("document.querySelector('.finding[open]').checkVisibility()")
        top = page.evaluate("document.querySelector('.finding[open]').getBoundingClientRect().top")
        assert 0 <= top < page.evaluate("innerHeight")
    page.evaluate(f"location.hash = 'finding={cause.findings[200].id}'")
    page.wait(f"document.querySelector('#f-{cause.findings[200].id}')?.open")
    _quiet(page, path)


def test_a_filter_shows_the_folded_ones_that_match(page: browser.Page, tmp_path: Path) -> None:
    path = _write(_one_cause(30), tmp_path)
    page.open(path, "q=sentence+no17x")
    assert page.evaluate("[...document.querySelectorAll('.says')].map((node) => node.textContent)") == [
        "sentence no17x"
    ]
    assert page.evaluate("document.querySelectorAll('.fold').length") == 0


def test_the_fold_is_reached_by_keyboard(page: browser.Page, tmp_path: Path) -> None:
    path = _write(_one_cause(3), tmp_path)
    page.open(path)
    page.evaluate("document.querySelector('.finding > summary').focus()")
    page.press("ArrowDown")
    page.press("Enter")
    page.wait("document.querySelectorAll('.finding').length === 3")
    page.press("ArrowDown")
    assert page.evaluate("document.activeElement === document.querySelectorAll('.finding > summary')[1]")


def test_without_javascript_the_folded_ones_are_listed(page: browser.Page, tmp_path: Path) -> None:
    store = _one_cause(5)
    path = _write(store, tmp_path)
    page.open(path, javascript=False)
    page.evaluate("document.querySelector('.fold').open = true")
    text = page.evaluate("document.querySelector('.fold').innerText")
    (cause,) = view.load(store, store.run).section("new").causes
    assert all(finding.id in text for finding in cause.findings[1:])
    page.send("Emulation.setScriptExecutionDisabled", value=False)


def test_a_printed_page_has_the_first_findings_whole(page: browser.Page, tmp_path: Path) -> None:
    path = _write(sample_store(3), tmp_path)
    page.open(path)
    page.send("Emulation.setEmulatedMedia", media="print")
    shown = "[...document.querySelectorAll('.finding .script')].filter((node) => node.checkVisibility()).length"
    assert page.evaluate(shown) == 3
    assert not page.evaluate("document.querySelector('.filters').checkVisibility()")
    page.send("Emulation.setEmulatedMedia", media="")


def test_an_unknown_hash_opens_nothing(page: browser.Page, tmp_path: Path) -> None:
    path = _write(sample_store(5), tmp_path)
    page.open(path, "finding=000000000000&framework=%3Cb%3E&q=constructor&sort=__proto__")
    assert page.evaluate("document.querySelectorAll('.finding[open]').length") == 0
    _quiet(page, path)


def test_filters_live_in_the_hash(page: browser.Page, tmp_path: Path) -> None:
    store = sample_store(120)
    path = _write(store, tmp_path)
    wanted = {f.id for f in store.records if f.fingerprint.framework == "torch" and f.fingerprint.kind == "value"}
    page.open(path, "framework=torch&kind=value")
    ids = """(() => { document.querySelectorAll('.fold').forEach((node) => { node.open = true; });
        return [...document.querySelectorAll('.group:not([hidden]) .finding')].map((node) => node.dataset.id); })()"""
    page.evaluate(ids)
    assert set(page.evaluate(ids)) == wanted
    assert page.evaluate("document.querySelector('[name=framework]').value") == "torch"
    page.evaluate("""(() => { const field = document.querySelector('[name=q]'); field.value = 'no such thing';
        field.dispatchEvent(new Event('input', {bubbles: true})); })()""")
    assert page.evaluate(ids) == []
    assert "q=no+such+thing" in page.evaluate("location.hash")
    page.evaluate("document.querySelector('[data-clear]').click()")
    page.evaluate(ids)
    assert len(page.evaluate(ids)) == 120
    assert page.evaluate("location.hash") == ""


def test_a_cell_of_the_matrix_leads_to_its_findings(page: browser.Page, tmp_path: Path) -> None:
    store = sample_store(40)
    path = _write(store, tmp_path)
    page.open(path)
    shown = int(page.evaluate("document.querySelector('td.s-finding a').textContent.match(/\\d+/)[0]"))
    page.evaluate("document.querySelector('td.s-finding a').click()")
    page.wait("location.hash.includes('operator=') && document.querySelector('main').classList.contains('filtered')")
    counted = """[...document.querySelectorAll('.group:not([hidden]) .finding')].filter(node =>
        ['new', 'still'].includes(node.closest('.group').dataset.section)).length"""
    assert page.evaluate(counted) == shown


def test_keyboard_alone_opens_and_moves(page: browser.Page, tmp_path: Path) -> None:
    path = _write(sample_store(8), tmp_path)
    page.open(path)
    page.evaluate("document.querySelector('.finding summary').focus()")
    page.press("Enter")
    page.wait("document.querySelector('.finding').open && location.hash.startsWith('#finding=')")
    page.press("ArrowDown")
    assert page.evaluate("document.activeElement === document.querySelectorAll('.finding > summary')[1]")


def test_without_javascript_summary_and_first_findings_are_there(page: browser.Page, tmp_path: Path) -> None:
    store = sample_store(60)
    path = _write(store, tmp_path)
    page.open(path, javascript=False)
    text = page.evaluate("document.body.innerText")
    assert "3 new findings" in text
    report = view.load(store, store.run)
    shown = min(sum(len(section.causes) for section in report.sections), 24)
    assert f"The first {shown} of 60 findings are shown." in text
    assert page.evaluate("document.documentElement.dataset.ready === undefined")
    assert page.evaluate("document.querySelectorAll('.finding').length") == shown
    assert page.evaluate("[...document.querySelectorAll('button')].every(button => !button.offsetParent)")
    page.evaluate("document.querySelector('.finding').open = true")
    assert "import torch" in page.evaluate("document.querySelector('.finding').innerText")
    _quiet(page, path)
    page.send("Emulation.setScriptExecutionDisabled", value=False)


def test_nothing_runs_over_the_side(page: browser.Page, tmp_path: Path) -> None:
    path = _write(sample_store(20), tmp_path)
    for width in (1280, 400):
        page.send("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        page.open(path)
        page.evaluate("document.querySelectorAll('.finding').forEach(node => { node.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
    page.send("Emulation.clearDeviceMetricsOverride")


def test_a_wide_heat_map_scrolls_within_a_phone_and_its_numbers_stay_whole(page: browser.Page, tmp_path: Path) -> None:
    values = [[1.234567 + i for i in range(11)]]
    finding = sample_finding()
    outcomes = tuple(replace(one, shapes=((1, 11),), arrays=(values,)) for one in finding.outcomes)
    path = _write(replace(sample_store(1), records=[replace(finding, outcomes=outcomes)]), tmp_path)
    page.send("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=True)
    page.open(path, f"finding={finding.id}")
    assert page.evaluate("document.querySelectorAll('.finding[open] .heat td').length") >= 2 * 11
    assert (
        page.evaluate("document.documentElement.scrollWidth") <= 390
    )  # innerWidth of a phone grows with what stands out
    cells = "[...document.querySelectorAll('.finding[open] .heat tbody tr')]"
    assert page.evaluate(f"{cells}.every(row => row.offsetHeight < 30)")
    page.send("Emulation.clearDeviceMetricsOverride")


def test_ten_thousand_findings_work_and_stay_small(page: browser.Page, tmp_path: Path) -> None:
    store = sample_store(10_000)
    path = _write(store, tmp_path)
    assert path.stat().st_size < 1_000_000
    page.open(path, f"finding={store.records[-1].id}")
    assert page.evaluate("document.querySelectorAll('.finding[open] .body').length") == 1
    assert page.evaluate("document.querySelectorAll('.finding').length") < 500


def test_large_tables_are_packed_and_filled_in(page: browser.Page, tmp_path: Path) -> None:
    """Hundreds of operators would make the page larger than thousands of findings do."""
    store = sample_store(10)
    names = [f"operator {number} <b>" for number in range(400)]
    rows = [
        replace(row, operator=name) for name in names for row in store.rows if row.operator == store.rows[0].operator
    ]
    classes = {f"dtype: {dtype}": 3 for dtype in ("float16", "float32", "float64", "int8")}
    large = MemoryStore(replace(store.run, coverage=dict.fromkeys(names, classes)), store.records, store.rows + rows)
    path = _write(large, tmp_path)
    assert path.stat().st_size < 400_000
    page.open(path)
    _quiet(page, path)
    shown = "[...document.querySelectorAll('#matrix tbody tr > th')].map(node => node.textContent)"
    assert set(names) <= set(page.evaluate(shown))
    assert page.evaluate("document.querySelectorAll('#bounds tbody tr').length") >= 400
    assert page.evaluate("document.querySelectorAll('#coverage .bars').length") == 400
    page.evaluate("document.querySelector('#matrix td.s-finding a').click()")
    page.wait("location.hash.includes('operator=')")
    page.open(path, javascript=False)
    assert "needs JavaScript" in page.evaluate("document.querySelector('#matrix').innerText")
