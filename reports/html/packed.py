"""What stands in the page for JavaScript only: one line per finding, opened findings, large tables. JSON, deflate, base64.

The page has a budget of bytes; what is packed last gets what the rest has left.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

from harness.records import FindingRecord
from reports.html.finding import framework_of, kind_of, label, row_view
from reports.html.groups import Group

LINES_BYTES = 400_000
"""Size of the packed lines of ``MANY`` findings, which decides how long a sentence may be."""
MANY = 10_000
SAMPLE = 1_000
LIMITS = (400, 240, 180, 130, 90, 60)
"""Characters of a sentence in the packed lines: the most that keep the budget."""
_CODED = ("section", "kind", "operator", "quantity", "framework", "reproduced", "marks")


def pack(texts: Iterable[str]) -> str:
    """Deflate and base64."""
    deflate = zlib.compressobj(9, wbits=-15)
    return base64.b64encode(b"".join(deflate.compress(text.encode()) for text in texts) + deflate.flush()).decode()


def pack_members(members: Iterable[tuple[str, str]], limit: int) -> tuple[str, int]:
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


def pack_lines(groups: Sequence[Group]) -> str:
    """One line per finding, in the order of the page; their sentences are cut so that the budget holds."""
    findings = [(group.section, finding) for group in groups for finding in group.findings]
    causes = {
        "sizes": [len(group.findings) for group in groups],
        "about": {i: [group.title, group.about] for i, group in enumerate(groups) if len(group.findings) > 1},
    }
    return pack([_json({**_lines(findings, _limit(findings)), **causes})])


def choices(groups: Sequence[Group]) -> dict[str, list[str]]:
    """Values of each filter, as the lines spell them."""
    marks = [finding.fingerprint for group in groups for finding in group.findings]
    return {
        "kind": sorted(set(map(kind_of, marks))),
        "framework": sorted(set(map(framework_of, marks))),
        "operator": sorted({label(mark.operator, 80) for mark in marks}),
    }


def _limit(findings: Sequence[tuple[str, FindingRecord]]) -> int:
    """How long a sentence may be, judged by a sample of the findings."""
    sample = findings[:: max(len(findings) // SAMPLE, 1)]
    budget = LINES_BYTES / min(len(findings) or 1, MANY) * len(sample)
    return next((limit for limit in LIMITS[:-1] if len(pack([_json(_lines(sample, limit))])) <= budget), LIMITS[-1])


def _lines(findings: Sequence[tuple[str, FindingRecord]], limit: int) -> dict[str, Any]:
    """The lines by column; columns with few values as indices into a table of strings."""
    views = [row_view(finding, name, limit) for name, finding in findings]
    table: dict[str, int] = {}

    def code(text: str) -> int:
        return table.setdefault(text, len(table))

    columns: dict[str, list[Any]] = {name: [code(getattr(view, name)) for view in views] for name in _CODED}
    columns["targets"] = [
        code(" ".join(label(target, 80) for target in finding.targets[:40])) for _, finding in findings
    ]
    columns["seen"] = [code(label(finding.first_seen, 40)) for _, finding in findings]
    columns |= {name: [getattr(view, name) for view in views] for name in ("id", "sentence", "count")}
    return {"coded": [*_CODED, "targets", "seen"], "strings": list(table), "columns": columns}


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
