"""Strings that a framework might put into a message to break a report, and records that hold them in every field."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from samples import MemoryStore, sample_run

from harness.case import Case, InputSpec, Target
from harness.records import FindingRecord, Fingerprint, OutcomeSummary, Severity, Statistic, Status

ACTION = "window.hacked=1;alert(1)"
_MARKUP = [
    f"<script>{ACTION}</script>",
    f"</script><script>{ACTION}</script>",
    f"<img src=x onerror='{ACTION}'>",
    f'"><svg onload="{ACTION}">',
    f"'><body onload={ACTION}>",
    f"<iframe srcdoc='<script>{ACTION}</script>'></iframe>",
    "<link rel=stylesheet href=http://example.invalid/a>",
    f"<a href='javascript:{ACTION}'>x</a>",
    "<style>*{display:none}</style>",
    "<img src=http://example.invalid/p.png>",
    "</title><h1>x</h1>",
    f"</template><script>{ACTION}</script>",
    f"</textarea></style></noscript><script>{ACTION}</script>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    f"--><script>{ACTION}</script><!--",
    "<meta http-equiv=refresh content='0;url=http://example.invalid'>",
    "<base href=http://example.invalid/>",
    "<form action=http://example.invalid><button>",
    "<object data=http://example.invalid>",
    f"<details open ontoggle='{ACTION}'>",
    "<plaintext>",
    f"<math><mi xlink:href='javascript:{ACTION}'>",
    "&lt;b&gt;&amp;&#x3c;&quot;",
    f"javascript:{ACTION}",
    "http://example.invalid/?a=1&b=2",
]
_TEMPLATE = [
    "{{ 7 * 7 }}",
    "{% raw %}",
    "{{ ''.__class__.__mro__ }}",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "{# x #}",
    "{{{{",
    "}}",
    "%s%n%(x)s",
    "{0.__class__}",
    "`${alert(1)}`",
    "\\",
    "\\\\'\"",
    "'; DROP TABLE findings; --",
    "__proto__",
    "constructor",
    "toString",
    "null",
    "",
]
_MARKDOWN = [
    "[x](javascript:alert(1))",
    "![x](http://example.invalid/i.png)",
    "# heading",
    "* * *",
    "```\nfence\n```",
    "````",
    "| a | b |",
    "@everyone",
    "fixes #1",
    "<https://example.invalid>",
    "www.example.invalid",
    "a@b.invalid",
    "1. list",
    "> quote",
    "**bold** _it_ ~~s~~",
    ":tada:",
    "$x$",
    "    code",
    "::error::x",
    "- [ ] task",
    "&nbsp;&copy;",
    "+ plus",
    "=====",
    "[^1]: note",
    "1) list",
    "~~~",
]
_HIDING = [
    "\x00",
    "\x1b[31mred\x1b[0m",
    "\x07\x08\x0c",
    "a\rb",
    "\x7f\x9b",
    "\u202egnp.exe",
    "\u2066x\u2069",
    "a\u200bb",
    "\ufeffbom",
    "\ud800",
    "x\udfffy",
    "\ufffe\uffff",
    "\u2028\u2029",
    "\u061c",
    "z" + "\u0301" * 60,
    "\U000e0041",
    "日本語 العربية עברית",
    "😀👩‍👩‍👧",
    "tab\tnewline\nend",
    "  two  spaces  ",
]
_HUGE = ["A" * 100_000, "<b>" * 30_000, "line\n" * 20_000, "\x00" * 20_000, "x " * 40_000, "`" * 5_000]


def payloads() -> list[str]:
    """200 strings, no two equal: those above, and pairs of them."""
    base = [*_MARKUP, *_TEMPLATE, *_MARKDOWN, *_HIDING, *_HUGE]
    pairs = [f'{first}" {second}' for first in _MARKUP for second in (*_HIDING, *_MARKDOWN)]
    step = len(pairs) // (200 - len(base))
    return [*base, *pairs[:: step or 1]][:200]


def hostile_finding(index: int, text: str) -> FindingRecord:
    """A finding that holds ``text`` in every field that takes a string; ``index`` keeps the fingerprints apart."""
    case = Case(text, {text: InputSpec((1, 2), text, text, 0, text)}, {text: text, "list": (text, 1)}, text)
    outcome = OutcomeSummary(
        text, text, text, ((1, None), None), (text, text), ([[1.0, text], [2.0, "nan"]], None), text, True, (text,)
    )
    name = text.encode("utf-8", "replace").decode()  # a fingerprint is hashed as UTF-8
    return FindingRecord(
        Fingerprint(name, name, name, name, f"{index} {name}"),
        Severity.BUG,
        text,
        case,
        Target(text, text, text),
        (text, "torch:cpu:eager"),
        {text: text, **_windows(index, text)},
        (replace(outcome, status="oracle"), replace(outcome, target=str(Target(text, text, text))), outcome),
        reason=text,
        source=text,
        script=text,
        versions={text: text},
        environment={text: text},
        first_run=text,
        last_run=text,
        first_seen=text,
        last_seen=text,
        marks=(text,),
    )


def _windows(index: int, text: str) -> dict[str, Any]:
    """Windows as a finding has them, or conventions as an ambiguity has them."""
    if index % 2:
        return {"windows": {text: [[0, 2]]}, "canvas": [3], "candidates": [[text, text]]}
    note = {"window": [[0, 2]], "canvas": [3], "candidates": [[text, text]], "agree": text}
    return {"conventions": {text: [text]}, "notes": {text: note}}


def hostile_store(texts: list[str]) -> MemoryStore:
    """A run in which every string is hostile, one finding and one statistic per text."""
    findings = [hostile_finding(index, text) for index, text in enumerate(texts)]
    short = [text for text in texts if len(text) < 1000]
    run = sample_run(
        [],
        operators=tuple(short[:20]),
        targets=tuple(short[:10]),
        state=texts[0],
        started=texts[1],
        ended=texts[2],
        unavailable={text: text for text in texts},
        versions={text: text for text in short},
        environment={text: text for text in short},
        timing=dict.fromkeys(short[:8], 1.0),
        coverage={text: {text: index} for index, text in enumerate(short[:60])},
        new=tuple(finding.id for finding in findings[:100]),
        lost=tuple(short),
        opdiff=texts[3],
    )
    rows = [
        Statistic(text, text, text, short[i % 10], {Status.AGREED: 1, text: 2}, reasons={text: 1})
        for i, text in enumerate(short)
    ]
    return MemoryStore(run, findings, rows)
