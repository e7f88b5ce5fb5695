"""A finding as a script that needs NumPy and the framework, fails while the finding is there and passes once it is gone."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable

from harness import execute, limits, normalise
from harness.case import Kind
from harness.meaning import Rule
from harness.records import FindingRecord
from reports.reproducer.ambiguity import comparison
from reports.reproducer.expectation import expectations, meaning_of
from reports.reproducer.program import Program, info_of, program
from reports.reproducer.sources import literal

MEMORY = 4 << 30
"""Bytes that a case may allocate where the finding does not say."""

TIME = 10.0
"""Seconds that a case may take where the finding does not say."""


def script(finding: FindingRecord) -> str:
    """The standalone script of a finding: exit status 0 when all is right, another one, 1 unless the process dies, while it is not.

    That of an ambiguity shows what each framework makes of the words and always passes. Raises LookupError for an unknown target or
    operator and ValueError when a source cannot be written (see ``program``).
    """
    kind = Kind(finding.fingerprint.kind)
    if kind is Kind.AMBIGUITY:
        chosen, body, needs = comparison(finding)
        return "\n".join([header(finding, needs, chosen), body])
    parts = program(finding.case, finding.target)
    parts.body.append(_verdict(parts, finding, kind))
    return "\n".join([header(finding, info_of(finding.target).requires), parts.text()])


def _verdict(parts: Program, finding: FindingRecord, kind: Kind) -> str:
    """What is done with ``run``, as far as the kind of the finding asks for it."""
    meaning = meaning_of(finding)
    if kind in (Kind.ACCEPTED, Kind.DESCRIBED_INVALID):
        return _must_refuse(meaning.reason)
    if kind is Kind.BAD_REFUSAL:
        return _must_refuse_well(parts, meaning.rule, meaning.reason)
    if kind in (Kind.DIED, Kind.TIMED_OUT, Kind.OUT_OF_MEMORY):
        return _must_end(parts, finding, kind, meaning.rule)
    definitions, names = expectations(parts.sources, finding, meaning)
    parts.body.extend(definitions)
    if kind is Kind.UNSTABLE:
        return _must_repeat(parts, names)
    return "results = run()\n" + _any_of(names)


def _any_of(names: list[str]) -> str:
    """One of the checks must pass."""
    if len(names) < 2:
        return "\n".join([*(f"{name}(results)" for name in names), 'print("ok: the result is right")'])
    return (
        "wrong = []\n"
        f"for expect in ({', '.join(names)}):\n"
        "    try:\n        expect(results)\n"
        "    except AssertionError as error:\n        wrong.append(str(error))\n"
        f"if len(wrong) == {len(names)}:\n"
        '    raise AssertionError("; or ".join(wrong))\n'
        'print("ok: the result is right by one convention")'
    )


def _must_repeat(parts: Program, names: list[str]) -> str:
    """The result must be right every time, also where allocated memory holds a pattern."""
    parts.sources.modules["ctypes"] = "ctypes"
    checks = textwrap.indent(_any_of(names).replace('print("ok', 'done = ("ok'), "    ")
    return (
        "for attempt in range(20):\n"
        "    if attempt == 1:  # glibc then fills what is allocated with the complement of this byte\n"
        f"        ctypes.CDLL(None).mallopt({limits.M_PERTURB}, {limits.PATTERN})\n"
        "    results = run()\n"
        f"{checks}\n"
        "print(done)"
    )


def _must_refuse(reason: str) -> str:
    return (
        "try:\n    results = run()\n"
        "except Exception as error:\n"
        '    print(f"ok: refused: {type(error).__name__}: {error}")\n'
        "else:\n"
        '    shapes = [getattr(result, "shape", result) for result in results]\n'
        "    raise AssertionError(\n"
        '        f"accepted, with results {shapes}; must be refused: "\n'
        f"        {literal(reason)}\n"
        "    )"
    )


def _must_refuse_well(parts: Program, rule: Rule, reason: str) -> str:
    """A refusal whose type and message are about the arguments; a result only where the rule allows one."""
    parts.sources.add(normalise.is_internal)
    accepted = 'print("ok: it returns")'
    if rule is Rule.REFUSE:
        accepted = f'raise AssertionError(\n        "accepted; must be refused: "\n        {literal(reason)}\n    )'
    return (
        "try:\n    run()\n"
        "except Exception as error:\n"
        "    name = type(error).__qualname__\n"
        '    name = name if type(error).__module__ == "builtins" else f"{type(error).__module__}.{name}"\n'
        "    if is_internal(name, str(error)):\n"
        '        raise AssertionError(f"an internal assertion, not a check of the arguments: {name}: {error}") from error\n'
        '    print(f"ok: refused: {name}: {error}")\n'
        f"else:\n    {accepted}"
    )


def _must_end(parts: Program, finding: FindingRecord, kind: Kind, rule: Rule) -> str:
    """The call must come to an end in this process: with a result, or with an exception where it may refuse."""
    lines = []
    if kind is Kind.TIMED_OUT:
        parts.sources.modules["faulthandler"] = "faulthandler"
        limit = float(finding.detail.get("limit", TIME))
        lines.append(f"faulthandler.dump_traceback_later({limit}, exit=True)  # seconds; the exit status is 1")
    if kind is Kind.OUT_OF_MEMORY:
        parts.sources.constant("MEMORY", execute.OUT_OF_MEMORY)
        if finding.target.device == "cpu":
            parts.sources.add(limits.limit_memory)
            lines.append(
                f"limit_memory({int(finding.detail.get('memory', MEMORY))})  # bytes, beyond what the imports took"
            )
    if rule is Rule.COMPUTE:
        return "\n".join([*lines, "run()", 'print("ok: it returns")'])
    lines += ["try:", "    run()"]
    if kind is Kind.OUT_OF_MEMORY:
        lines += ["except MemoryError:", "    raise"]
    lines.append("except Exception as error:")
    if kind is Kind.OUT_OF_MEMORY:
        lines += ["    if MEMORY.search(str(error)):", "        raise"]
    lines += ['    print(f"ok: refused: {type(error).__name__}: {error}")', "else:", '    print("ok: it returns")']
    return "\n".join(lines)


def header(finding: FindingRecord, needs: Iterable[str], more: Iterable[str] = ()) -> str:
    """Comment lines. The first two hold no text of a framework: there Python looks for the file's encoding."""
    names = sorted({"numpy", *needs})
    versions = ", ".join(f"{name} {finding.versions[name]}" for name in ("python", *names) if name in finding.versions)
    status = (
        "It only shows results."
        if finding.fingerprint.kind == Kind.AMBIGUITY
        else ("Its exit status is 0 once the finding is gone; before, it is 1, or the process dies.")
    )
    known = f"Known difference: {finding.reason} ({finding.source})" if finding.reason else ""
    lines = [
        f"Finding {finding.id}: {Kind(finding.fingerprint.kind).value.replace('_', ' ')}",
        "",
        *comment_lines(finding.sentence),
        *(line for text in more for line in comment_lines(text)),
        "",
        *comment_lines(f"Seen with {versions}." if versions else "", known),
        *comment_lines(f"Needs {', '.join(names)}. Run this file with Python. {status}"),
    ]
    return "\n".join(f"# {line}".rstrip() for line in lines) + "\n"


def comment_lines(*texts: str) -> list[str]:
    """Texts of any origin as lines without line breaks, control characters or surrogates."""
    lines = []
    for text in texts:
        plain = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
        lines += textwrap.wrap(re.sub(r"\s+", " ", plain), 100)
    return lines
