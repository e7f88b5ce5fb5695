"""The window picture in a real browser: the products of the cell under the pointer, by keyboard, touch and link."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import browser
import pytest
from samples import MemoryStore, sample_finding, sample_run

from harness.case import Case, InputSpec
from harness.records import FindingRecord
from harness.windows import Window
from reports import html
from reports.explain.explanation import explain
from reports.explain.page import picture as explained
from reports.explain.page import to_html
from reports.html.windows import picture
from reports.picture import Picture, asset, describe, markup

CHROMIUM = browser.find()
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=f"no Chromium installed (none of {', '.join(browser.NAMES)})")

CALL = "torch.nn.ConvTranspose2d(1, 1, 4, stride=2, padding=1, bias=False)"
CENTRE = """((root, kind, row, column) => {
    const svg = document.querySelector(`${root} svg.${kind}`);
    svg.scrollIntoView({block: 'center'});
    const box = (node) => node.getBoundingClientRect();
    const ticks = [...svg.querySelectorAll(':scope > .tick')].map((node) => [node.textContent, box(node)]);
    const top = Math.min(...ticks.map(([, at]) => at.top)), left = Math.min(...ticks.map(([, at]) => at.left));
    const [, across] = ticks.find(([text, at]) => text === String(column) && (kind === 'strip' || at.top < top + 5));
    const [, down] = kind === 'strip' ? [0, across] : ticks.findLast(([text, at]) => text === String(row) && at.left < left + 12);
    return [across.left + across.width / 2, down.top + down.height / 2];
})"""
"""Centre of a canvas cell, by the row and column numbers that a reader sees."""


@pytest.fixture(scope="module")
def page() -> Iterator[browser.Page]:
    assert CHROMIUM is not None
    with browser.browser(CHROMIUM) as page:
        yield page


def _finding(window: tuple[int, int] = (1, 8)) -> FindingRecord:
    """The example on ones with the kernel 1..16, as a finding that asks for ``window`` in both dimensions."""
    inputs = {"x": InputSpec((1, 1, 4, 4), "float32", "ones"), "w": InputSpec((1, 1, 4, 4), "float32", "arange")}
    parameters = {"stride": (2, 2), "dilation": (1, 1), "window": (window, window), "groups": 1, "batched": True}
    return replace(sample_finding(1), case=Case("conv_transpose:aligned", inputs, parameters), detail={})


def _report(finding: FindingRecord, folder: Path) -> Path:
    store = MemoryStore(sample_run([finding]), [finding])
    path = folder / "report.html"
    html.write(store, store.run, path)
    return path


def _explain(folder: Path, *arguments: Any) -> Path:
    path = folder / "explain.html"
    path.write_text(to_html(explain(*arguments)), encoding="utf-8")
    return path


def _told(page: browser.Page, root: str = "") -> list[str]:
    """Lines of the description, as they stand on the page."""
    found = page.evaluate(f"""[...document.querySelectorAll('{root} .products p, {root} .products li')]
        .map((node) => node.textContent)""")
    return list(found)


def _point(page: browser.Page, root: str, kind: str, row: int, column: int, *, tap: bool = False) -> None:
    x, y = page.evaluate(f"{CENTRE}({json.dumps(root)}, {json.dumps(kind)}, {row}, {column})")
    page.point(x, y, tap=tap)


def test_the_pointer_shows_the_products_of_a_cell(page: browser.Page, tmp_path: Path) -> None:
    finding = _finding()
    path = _report(finding, tmp_path)
    page.open(path, f"finding={finding.id}")
    root = ".finding[open]"
    # The window starts at (1, 1): output (0, 0) is canvas cell (1, 1). By hand: 1 s + t = 1 has i = 0, t = 1 alone.
    _point(page, root, "grid", 1, 1)
    assert _told(page, root) == [
        "canvas cell (1, 1) is the sum of 1 product = 6",
        "input[0, 0] × kernel[1, 1] = 1 × 6 = 6",
        "asked for: output (0, 0)",
    ]
    _point(page, root, "grid", 1, 2)
    assert _told(page, root) == [
        "canvas cell (1, 2) is the sum of 2 products = 12",
        "input[0, 0] × kernel[1, 2] = 1 × 7 = 7",
        "input[0, 1] × kernel[1, 0] = 1 × 5 = 5",
        "asked for: output (0, 1)",
    ]
    _point(page, root, "grid", 8, 8)
    assert _told(page, root)[0] == "canvas cell (8, 8) is the sum of 1 product = 11"
    _point(page, root, "strip", 0, 4)
    # Rows: 2 i + t = 4 has (1, 2) and (2, 0); columns: 2 i + t = 8 has (3, 2). Kernel (2, 2) is 11, kernel (0, 2) is 3.
    assert _told(page, root)[0] == "canvas cell (4, 8) is the sum of 2 products = 14"
    assert page.evaluate(f"document.querySelectorAll('{root} .kernel .hit').length") == 3
    assert page.problems == []
    assert page.requests == [path.as_uri()]


def test_a_planted_wrong_window_changes_what_is_told(page: browser.Page, tmp_path: Path) -> None:
    told = []
    for window in ((1, 8), (0, 8)):
        finding = _finding(window)
        page.open(_report(finding, tmp_path), f"finding={finding.id}")
        _point(page, ".finding[open]", "grid", 1, 2)
        told.append(_told(page, ".finding[open]")[-1])
    assert told == ["asked for: output (0, 1)", "asked for: output (1, 2)"]


def test_a_touch_does_what_the_pointer_does(page: browser.Page, tmp_path: Path) -> None:
    page.open(_explain(tmp_path, CALL, "1,1,4,4"))
    _point(page, "", "grid", 3, 4, tap=True)
    page.wait("document.querySelector('.products p').textContent.startsWith('canvas cell (3, 4)')")
    assert "this call (torch): output (2, 3)" in _told(page)


def test_arrow_keys_move_the_cell(page: browser.Page, tmp_path: Path) -> None:
    page.open(_explain(tmp_path, CALL, "1,1,4,4", "0,0"))
    page.evaluate("document.querySelector('svg.grid').focus()")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "application"
    for keys, cell in ((["ArrowRight"], "(1, 2)"), (["ArrowDown", "ArrowDown"], "(3, 2)"), (["End"], "(3, 9)")):
        for key in keys:
            page.press(key)
        assert _told(page)[0].startswith(f"canvas cell {cell} "), keys
    page.press("ArrowRight")  # the last cell is the last
    assert _told(page)[0].startswith("canvas cell (3, 9) ")
    page.evaluate("document.querySelector('svg.strip').focus()")
    for key in ("Home", "ArrowRight", "ArrowDown"):
        page.press(key)
    assert _told(page)[0].startswith("canvas cell (1, 9) ")
    assert page.evaluate("document.querySelector('.products').getAttribute('aria-live')") == "polite"


def _pictures() -> list[Picture]:
    grouped = {
        "x": InputSpec((2, 4, 3, 2), "float32", "exact", 3, limit=4),
        "w": InputSpec((4, 3, 2, 3), "float32", "rounding", 5),
        "b": InputSpec((6,), "float32", "exact", 6, limit=4),
    }
    parameters = {"stride": (2, 1), "dilation": (1, 2), "window": ((-1, 8), (1, 5)), "groups": 2, "batched": True}
    special = {"x": InputSpec((1, 1, 5), "float32", "special", 2), "w": InputSpec((1, 1, 3), "float32", "special", 4)}
    line = {"stride": (2,), "dilation": (1,), "window": ((0, 11),), "groups": 1, "batched": True}
    found = [
        picture(Case("conv_transpose:aligned", grouped, parameters), {"index": [1, 4, 0, 0]}),
        picture(Case("conv_transpose:aligned", special, line), {}),
        picture(_finding().case, {}),
    ]
    calls = [
        (CALL, "1,1,4,4"),
        ('keras.layers.Conv1DTranspose(1, 3, strides=2, padding="same")', "1,5,2"),
        ("jax.lax.conv_transpose(lhs, jnp.zeros((3, 1, 1)), strides=(2,), padding='SAME')", "1,4,1"),
        ("nn.ConvTranspose3d(2, 4, 2, stride=2, padding=1)", "1,2,2,3,2"),
        ("nn.Conv2d(1, 1, 3, stride=2, padding=1)", "1,1,5,4"),
    ]
    return [*filter(None, found), *(explained(explain(*call)) for call in calls)]


def test_the_page_says_of_every_cell_what_the_program_says(page: browser.Page, tmp_path: Path) -> None:
    """``picture.js`` and ``reports.picture.describe`` are the same words, on every cell and beyond the edges."""
    pictures = _pictures()
    assert any(drawn.flipped for drawn in pictures)
    assert len({len(drawn.axes) for drawn in pictures}) == 3
    path = tmp_path / "pictures.html"
    body = "".join(map(markup, pictures))
    script = f"{asset('picture.js')};windowPictures(document);document.documentElement.dataset.ready = 'yes'"
    path.write_text(f'<!doctype html><meta charset="utf-8">{body}<script>{script}</script>', encoding="utf-8")
    page.open(path)
    for number, drawn in enumerate(pictures):
        places = [
            range(min(0, *(v.windows[i].lo for v in drawn.views)), axis.length) for i, axis in enumerate(drawn.axes)
        ]
        cells = list(itertools.product(*places))
        assert _walk(page, number, cells) == [
            [told.head, *told.products, *told.shown] for told in (describe(drawn, at) for at in cells)
        ], number


def _walk(page: browser.Page, number: int, cells: list[tuple[int, ...]]) -> list[list[str]]:
    """What picture ``number`` says of each cell, chosen strip by strip with the pointer."""
    return list(
        page.evaluate(f"""{json.dumps(cells)}.map((at) => {{
            const root = document.querySelectorAll('.windows')[{number}];
            root.querySelectorAll('svg.strip').forEach((svg, axis) => {{
                const [, edge, first, step] = svg.dataset.x.split(' ').map(Number);
                const clientX = svg.getBoundingClientRect().left + edge + (at[axis] - first + .5) * step;
                svg.dispatchEvent(new PointerEvent('pointermove', {{clientX, clientY: 0}}));
            }});
            return [...root.querySelectorAll('.products p, .products li')].map((node) => node.textContent);
        }})""")
    )


def test_without_javascript_the_first_cell_is_told(page: browser.Page, tmp_path: Path) -> None:
    page.open(_explain(tmp_path, CALL, "1,1,4,4", "0,1"), javascript=False)
    text = page.evaluate("document.querySelector('.windows').innerText")
    assert "canvas cell (1, 2) is the sum of 2 products" in text
    assert "input[0, 1] × kernel[1, 0]" in text
    assert "arrow keys" not in text
    assert page.evaluate("document.querySelectorAll('svg.strip, svg.grid').length") == 3
    assert page.evaluate("document.querySelectorAll('svg[tabindex]').length") == 0
    page.send("Emulation.setScriptExecutionDisabled", value=False)


def test_a_window_beyond_the_canvas_is_drawn_and_told(page: browser.Page, tmp_path: Path) -> None:
    finding = _finding((-2, 14))
    drawn = picture(finding.case, finding.detail)
    assert drawn is not None
    assert drawn.views[0].windows == (Window(-2, 14),) * 2
    page.open(_report(finding, tmp_path), f"finding={finding.id}")
    page.evaluate("document.querySelector('.finding[open] svg.strip').focus()")
    page.press("Home")
    assert _told(page, ".finding[open]")[0].startswith("canvas cell (-2, 0) is outside the canvas")
