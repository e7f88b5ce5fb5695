"""Findings recorded from runs on released frameworks, and what a CommonMark parser reads in the reports that are made of them."""

from __future__ import annotations

import itertools
from html.parser import HTMLParser
from pathlib import Path

from markdown_it import MarkdownIt

from harness.encoding import decode
from harness.records import FindingRecord

FOLDER = Path(__file__).parent / "bug_reports"

RECORDED = (
    "torch",
    "torch_compiled",
    "torch_compiled_accurate",
    "tensorflow",
    "tensorflow_atan2",
    "jax",
    "keras_torch",
    "keras_tensorflow",
)
"""Names of the recorded findings that a tracker can be told."""


def recorded(name: str) -> FindingRecord:
    """A finding as a store kept it: ``tests/bug_reports/NAME.json``."""
    return decode((FOLDER / f"{name}.json").read_bytes(), FindingRecord)


def parser() -> MarkdownIt:
    """Markdown as GitHub reads it, as far as reports use it."""
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def headings(text: str, level: str = "h3") -> list[str]:
    """The texts of the headings of a level, in order."""
    tokens = parser().parse(text)
    return [b.content for a, b in itertools.pairwise(tokens) if a.type == "heading_open" and a.tag == level]


def fences(text: str, language: str = "") -> list[str]:
    """The contents of the fenced blocks of a language, in order."""
    return [token.content for token in parser().parse(text) if token.type == "fence" and token.info == language]


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next of any level above 4."""
    lines = text[text.index(f"\n{heading}\n") if not text.startswith(f"{heading}\n") else 0 :].strip().split("\n")[1:]
    end = next((i for i, line in enumerate(lines) if line.startswith("### ")), len(lines))
    return "\n".join(lines[:end])


class Shown(HTMLParser):
    """Text, tags and addresses of rendered Markdown."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text, self.tags, self.addresses = "", set[str](), set[str]()
        self.feed(parser().render(text))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses |= {value or "" for name, value in attrs if name in ("href", "src")}

    def handle_data(self, data: str) -> None:
        self.text += data
