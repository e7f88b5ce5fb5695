"""JSON and Markdown: schema, escaping of hostile strings, and the cap. HTML: policy, colours, budgets."""

from __future__ import annotations

import base64
import hashlib
import html as markup
import json
import random
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
from cmarkgfm import github_flavored_markdown_to_html
from cmarkgfm.cmark import Options
from hostile import hostile_store, payloads
from markdown_it import MarkdownIt
from samples import EXPECTED, GOT, MemoryStore, sample_finding, sample_run, sample_store

from harness.records import OutcomeSummary
from reports import html, json_report, markdown, view
from reports.html.arrays import panes
from reports.html.finding import finding_view
from reports.html.windows import readings
from reports.text import clip, markdown_block, one_line
from reports.text import markdown as escape_markdown
from reports.text import markup as markup_of

every_payload = pytest.mark.parametrize("text", payloads(), ids=map(str, range(len(payloads()))))


def _schema() -> dict[str, object]:
    return dict(json.loads(resources.files("reports").joinpath("schemas", "report.json").read_text()))


def test_the_schema_in_the_package_is_the_current_one() -> None:
    assert _schema() == json.loads(json.dumps(json_report.schema()))


@pytest.mark.parametrize(
    "store", [sample_store(20), sample_store(0), hostile_store(payloads())], ids=["sample", "empty", "hostile"]
)
def test_json_satisfies_its_schema(store: MemoryStore) -> None:
    document = json.loads(json_report.dumps(view.load(store, store.run)))
    jsonschema.Draft202012Validator(_schema()).validate(document)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(_schema()).validate({**document, "version": 2})


def test_json_keeps_every_string_and_number() -> None:
    finding = replace(
        sample_finding(1),
        sentence="</script>\x00\u202e 日本",
        detail={"error": float("inf"), "shape": (1, None), "text": "\ud800"},
    )
    store = MemoryStore(sample_run([finding]), [finding])
    entry = json.loads(json_report.dumps(view.load(store, store.run)))["findings"][0]
    assert entry["sentence"] == finding.sentence
    assert entry["detail"] == {"error": "inf", "shape": [1, None], "text": "\\ud800"}  # UTF-8 has no lone surrogates
    assert entry["target"] == "torch:cpu:eager"
    assert entry["outcomes"][1]["arrays"] == [[[GOT]]]


class _Text(HTMLParser):
    """Text and tags of rendered Markdown."""

    def __init__(self) -> None:
        super().__init__()
        self.text, self.tags = "", set[str]()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def _shown(page: str) -> _Text:
    parser = _Text()
    parser.feed(page)
    return parser


def _rendered(text: str) -> _Text:
    return _shown(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text))


def _on_github(text: str) -> _Text:
    """The same by the parser of GitHub."""
    return _shown(github_flavored_markdown_to_html(text, Options.CMARK_OPT_UNSAFE))


@every_payload
def test_markdown_shows_the_text_and_nothing_else(text: str) -> None:
    for render in (_rendered, _on_github):
        shown = render(escape_markdown(text, 2000))
        assert shown.tags <= {"p", "span"}
        assert shown.text.strip() == one_line(text, 2000)


@every_payload
def test_markdown_shows_the_text_in_a_table_and_in_a_block(text: str) -> None:
    table = f"| {escape_markdown(text, 2000)} | b |\n|---|---|\n| c | d |\n"
    cells = re.findall("<t[hd]>(.*?)</t[hd]>", github_flavored_markdown_to_html(table, Options.CMARK_OPT_UNSAFE), re.S)
    assert [_shown(cell).text for cell in cells] == [one_line(text, 2000), "b", "c", "d"]
    assert _on_github(table).tags <= {"table", "thead", "tbody", "tr", "th", "td", "span"}
    block = _on_github(markdown_block(text, 2000, "python"))
    assert block.tags == {"pre", "code"}
    assert block.text == clip(text, 2000) + "\n\n"  # one of the block, one behind it


@every_payload
def test_markup_inside_markdown_shows_the_text_and_nothing_else(text: str) -> None:
    shown = _on_github(f"<details><summary>{markup_of(text, 2000)}</summary>\n\n</details>")
    assert shown.tags <= {"details", "summary", "span"}
    assert shown.text.strip() == one_line(text, 2000)


def test_the_markdown_check_notices_markup() -> None:
    for render in (_rendered, _on_github):
        assert "a" in render("[x](http:alert(1))").tags
        assert "img" in render("<img src=x>").tags
    assert "a" in _on_github("www.example.invalid").tags


def test_markdown_of_hostile_strings_has_only_its_own_elements() -> None:
    store = hostile_store([text for text in payloads() if len(text) < 1000])
    shown = _on_github(markdown.dumps(view.load(store, store.run)))
    own = {
        "h1",
        "h2",
        "p",
        "strong",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "details",
        "summary",
        "code",
        "pre",
        "span",
        "ul",
        "li",
    }
    assert shown.tags <= own


@pytest.mark.parametrize("cap", [2_000, 20_000, 1_000 * 1024])
def test_markdown_keeps_its_cap_and_says_what_it_left_out(cap: int) -> None:
    store = sample_store(2_000)
    report = view.load(store, store.run)
    text = markdown.dumps(report, cap)
    assert len(text.encode()) <= cap
    shown = text.count("\n<details>") + text.count("\n- `")
    if cap < 1_000_000:
        assert f"{2_000 - shown:,} findings more" in text
    assert report.headline in text


def test_markdown_refuses_a_cap_that_holds_nothing() -> None:
    with pytest.raises(ValueError, match="cap 100: "):
        markdown.dumps(view.build(sample_run(), [], []), 100)


def test_policy_allows_only_the_style_and_script_of_the_page() -> None:
    store = sample_store(3)
    page = html.render(view.load(store, store.run))
    policy = markup.unescape(re.findall(r'Content-Security-Policy" content="([^"]*)"', page)[0])
    style, script = (
        re.findall(r"<style>(.*?)</style>", page, re.S)[0],
        re.findall(r"<script>(.*?)</script>", page, re.S)[0],
    )
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)]
    assert policy.startswith("default-src 'none';")
    assert [f"'sha256-{text}'" in policy for text in hashes] == [True, True]
    assert "unsafe" not in policy
    assert not re.search(r"(src|href)=[\"']?(https?:|//)", page)


def test_ten_thousand_findings_with_incompressible_sentences_stay_under_a_megabyte() -> None:
    store, draw = sample_store(10_000), random.Random(1)
    records = [
        replace(
            f, sentence=f"{f.target} is {draw.random()} from the oracle at {draw.random()}; others {draw.random()}."
        )
        for f in store.records
    ]
    store = MemoryStore(store.run, records, store.rows)
    page = html.render(view.load(store, store.run))
    assert len(page.encode()) < 1_000_000
    assert "opdiff repro ID" in page


def test_write_replaces_the_file_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "report.html"
    store = sample_store(2)
    html.write(store, store.run, path)
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [entry.name for entry in path.parent.iterdir()] == ["report.html"]
    with pytest.raises(OSError, match="report"):
        html.write(store, store.run, path / "below")


def test_panes_of_expected_got_and_error() -> None:
    expected, got, error = panes([[EXPECTED]], [[GOT]])
    cells = error.slices[0].rows
    assert (cells[2][4].text, cells[2][4].level) == ("0.5", "e5")
    assert (cells[3][3].text, cells[3][3].level) == ("nan", "nf")
    assert (cells[0][0].text, cells[0][0].level) == ("0", "z")
    assert expected.slices[0].rows[2][2].level == "v5"
    assert got.slices[0].rows[2][4].text == "12.5"


def test_panes_without_a_common_shape_have_no_error() -> None:
    assert [pane.title for pane in panes([1.0, 2.0], [1.0])] == ["expected", "got"]
    assert [pane.title for pane in panes(None, -3.0)] == ["got"]
    assert [heat.label for heat in panes([[[1.0]], [[2.0]]], None)[0].slices] == ["[0]", "[1]"]
    assert panes(None, [[], []]) == ()
    many = panes([[[1.0]]] * 9, None)[0]
    assert (len(many.slices), many.note) == (4, "5 more slices not shown")


def test_the_conventions_of_an_ambiguity() -> None:
    detail = sample_finding(1, "ambiguity").detail
    explicit, same = readings(detail)
    assert (explicit.name, explicit.targets, explicit.size, explicit.candidates) == (
        "explicit",
        ("torch:cpu:eager",),
        "3 x 3",
        "3 to 4, 3 to 4",
    )
    assert same.targets == ("keras-jax:cpu:eager", "tensorflow:cpu:eager")


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        ("", ""),
        ("torch.softmax(x)", "torch.softmax(x)"),
        (
            "@conv.call('torch')\ndef _(torch, x):\n    y = torch.nn.functional.conv1d(x)\n    return y + 1\n",
            "torch.nn.functional.conv1d(x)",
        ),
        (
            "def _(jax, x):\n    y = jax.lax.conv_transpose(x,\n        'SAME')\n    return jax.lax.transpose(y, [1])\n",
            "jax.lax.conv_transpose(x, 'SAME')",
        ),
        ("def _(tf, x):\n    return tf.transpose(x)\n", "tf.transpose(x)"),
        (
            "def _(tf, x, *, rank):\n    f = (tf.nn.conv1d, tf.nn.conv2d)[rank - 1]\n    return tf.nn.relu(f(x))\n",
            "tf.nn.relu(f(x))",
        ),
        (
            "def _(tf, x, *, rank):\n    convolve = (tf.nn.conv1d, tf.nn.conv2d)[rank - 1]\n    return tf.nn.relu(convolve(x))\n",
            "tf.nn.conv2d(x)",
        ),
    ],
)
def test_a_call_in_brief(call: str, shown: str) -> None:
    finding = replace(sample_finding(1), outcomes=(OutcomeSummary("torch:cpu:eager", "returned", call=call),))
    assert finding_view(finding, "new").outcomes[0].brief == shown


def _themes() -> list[dict[str, str]]:
    """Custom properties of the style sheet, light and dark."""
    style = resources.files("reports.html").joinpath("templates", "report.css").read_text()
    light, dark = (
        dict(re.findall(r"--(\w[\w-]*): ([^;]+);", block)) for block in re.findall(r":root \{(.*?)\}", style, re.S)
    )
    return [light, dark]


def _luminance(color: tuple[float, ...]) -> float:
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (value / 255 for value in color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    light, dark = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _rgb(text: str) -> tuple[float, ...]:
    return tuple(int(text[i : i + 2], 16) for i in (1, 3, 5))


@pytest.mark.parametrize("theme", _themes(), ids=["light", "dark"])
def test_text_has_the_contrast_of_wcag_aa(theme: dict[str, str]) -> None:
    pairs = [
        (text, ground)
        for text in ("ink", "soft", "bug", "maybe", "known", "good", "accent")
        for ground in ("paper", "card")
    ]
    pairs += [(name, f"{name}-wash") for name in ("bug", "maybe", "known", "good")]
    pairs += [("ink", "code"), ("soft", "code"), ("paper", "ink"), ("ink", "maybe-wash"), ("ink", "bug-wash")]
    poor = {pair: ratio for pair in pairs if (ratio := _contrast(_rgb(theme[pair[0]]), _rgb(theme[pair[1]]))) < 4.5}
    assert poor == {}
    card = _rgb(theme["card"])
    for name, alpha in (("heat", 0.42), ("cold", 0.42), ("err", 0.45)):
        tint = tuple(
            alpha * float(c) + (1 - alpha) * under for c, under in zip(theme[name].split(","), card, strict=True)
        )
        assert _contrast(_rgb(theme["ink"]), tint) >= 4.5, name
