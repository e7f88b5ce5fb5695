"""The page around the findings: what stands in it as HTML, what is packed for JavaScript, and its policy.

The first findings are HTML. The opened form of the next ones, and one line for every finding, are packed (JSON,
deflate, base64). The opened forms have budgets of bytes, so that a page of many findings stays small.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import jinja2

from harness.records import FindingRecord
from reports.html.finding import RowView, finding_view, row_view, value_text
from reports.html.tables import SYMBOLS, bucket, cell_title, shares
from reports.matrix import State
from reports.picture import asset as picture_asset
from reports.promotion import promotion_of, short
from reports.text import one_line, visible
from reports.view import Report

STATIC_FINDINGS, STATIC_BYTES = 24, 240_000
PACKED_FINDINGS, PACKED_BYTES = 400, 240_000
TABLES_BYTES = 150_000
"""Size of the tables with a row per operator up to which they stand in the page as HTML."""
SHORT_SENTENCE = 180
"""Characters of a sentence in the packed lines, once there are more findings than ``MANY``."""
MANY = 2_000
_CODED = ("section", "kind", "operator", "quantity", "framework", "reproduced", "marks")


@dataclass(frozen=True)
class _Bodies:
    """How each finding is present: as HTML in the page (by id), packed, or as a line only."""

    static: dict[str, str]
    packed: str
    opened: int


@dataclass(frozen=True)
class _Tables:
    """The tables with a row per operator: as HTML by name, or all of them packed."""

    inline: dict[str, str]
    packed: str


def render(report: Report) -> str:
    """The whole page as text."""
    environment = _environment()
    style = picture_asset("picture.css") + _asset("report.css")
    script = picture_asset("picture.js") + _asset("report.js")
    sections = [(section.name, finding) for section in report.sections for finding in section.findings]
    bodies = _bodies(environment, sections)
    sources = f"style-src '{_hash(style)}'; script-src '{_hash(script)}'"
    policy = f"default-src 'none'; {sources}; base-uri 'none'; form-action 'none'"
    return environment.get_template("report.html.j2").render(
        report=report,
        run=report.run,
        style=style,
        script=script,
        policy=policy,
        bodies=bodies,
        tables=_tables(environment, report),
        rows=_pack([json.dumps(_lines(sections), separators=(",", ":"), ensure_ascii=False)]),
        blank=RowView("", "", "", "", "", "", "", "", 0, ""),
        choices=_choices(report.findings),
        promotion=promotion_of(report.run, report.findings),
    )


def _tables(environment: jinja2.Environment, report: Report) -> _Tables:
    """Render the tables, and pack them when they are large."""
    template: Any = environment.get_template("tables.html.j2").module
    tables = {name: template.table(report, name) for name in ("matrix", "error divided by bound")}
    tables["coverage"] = template.coverage(report.run)
    if sum(map(len, tables.values())) <= TABLES_BYTES:
        return _Tables(tables, _pack(["{}"]))
    return _Tables({}, _pack([json.dumps({name: str(text) for name, text in tables.items()}, ensure_ascii=False)]))


def _bodies(environment: jinja2.Environment, sections: Sequence[tuple[str, FindingRecord]]) -> _Bodies:
    """Render the opened form of findings, in order, until both budgets are used up."""
    template = environment.get_template("finding.html.j2").module
    static: dict[str, str] = {}
    size, index = 0, 0
    while index < len(sections) and len(static) < STATIC_FINDINGS and size < STATIC_BYTES:
        name, finding = sections[index]
        static[finding.id] = template.finding(finding_view(finding, name))  # type: ignore[attr-defined]
        size += len(static[finding.id])
        index += 1
    rest = sections[index : index + PACKED_FINDINGS]
    members = ((finding.id, str(template.body(finding_view(finding, name)))) for name, finding in rest)  # type: ignore[attr-defined]
    packed, count = _pack_members(members, PACKED_BYTES)
    return _Bodies(static, packed, len(static) + count)


def _pack_members(members: Iterable[tuple[str, str]], limit: int) -> tuple[str, int]:
    """Pack a JSON object, member by member, until it has ``limit`` bytes; also how many members it has."""
    deflate = zlib.compressobj(9, wbits=-15)
    data, count = deflate.compress(b"{"), 0
    for name, text in members:
        if len(data) * 4 // 3 >= limit:
            break
        comma = "," if count else ""
        data += deflate.compress(f"{comma}{json.dumps(name)}:{json.dumps(text, ensure_ascii=False)}".encode())
        data += deflate.flush(zlib.Z_SYNC_FLUSH)
        count += 1
    data += deflate.compress(b"}") + deflate.flush()
    return base64.b64encode(data).decode(), count


def _pack(texts: Iterable[str]) -> str:
    deflate = zlib.compressobj(9, wbits=-15)
    return base64.b64encode(b"".join(deflate.compress(text.encode()) for text in texts) + deflate.flush()).decode()


def _lines(sections: Sequence[tuple[str, FindingRecord]]) -> dict[str, Any]:
    """One line per finding, by column; columns with few values as indices into a table of strings."""
    limit = SHORT_SENTENCE if len(sections) > MANY else 400
    views = [row_view(finding, name, limit) for name, finding in sections]
    table: dict[str, int] = {}

    def code(text: str) -> int:
        return table.setdefault(text, len(table))

    columns: dict[str, list[Any]] = {name: [code(getattr(view, name)) for view in views] for name in _CODED}
    columns["targets"] = [
        code(" ".join(one_line(target, 80) for target in finding.targets[:40])) for _, finding in sections
    ]
    columns["seen"] = [code(one_line(finding.first_seen, 40)) for _, finding in sections]
    columns |= {name: [getattr(view, name) for view in views] for name in ("id", "sentence", "count")}
    return {"coded": [*_CODED, "targets", "seen"], "strings": list(table), "columns": columns}


def _choices(findings: Iterable[FindingRecord]) -> dict[str, list[str]]:
    """Values of each filter, as the lines spell them."""
    views = [row_view(finding, "", 1) for finding in findings]
    return {name: sorted({getattr(view, name) for view in views}) for name in ("kind", "framework", "operator")}


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("reports.html"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        visible=visible, one_line=one_line, value_text=value_text, cell_title=cell_title, bucket=bucket
    )
    environment.filters.update(shares=shares, short=short, symbol=lambda state: SYMBOLS[state])
    environment.globals.update(states=tuple(State))
    return environment


def _asset(name: str) -> str:
    """A style sheet or script of the package, as it stands in the page: newlines must be what the browser hashes."""
    return resources.files("reports.html").joinpath("templates", name).read_text(encoding="utf-8").replace("\r\n", "\n")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
