"""Text that came from a framework, made safe to look at: the one place where the reports treat hostile strings.

Each format still escapes its own markup (Jinja2, junitparser, Markdown below); what is here makes characters visible
that would hide, reorder or break text in any of them.
"""

from __future__ import annotations

import html
import math
import re

from harness.case import Case, InputSpec

_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Controls except newline and tab, characters that reorder or hide text, lone surrogates, what XML cannot hold."""

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#+\-!|~&$@:=]|(?<=www)\.|(?<=^.)[.)]|(?<=\d)[.)](?= ))", re.IGNORECASE)
"""What can begin markup in Markdown as GitHub reads it; the full stop only where it makes a list or a link."""


def visible(text: str) -> str:
    r"""The text with every character that hides or reorders written as an escape: ``\x1b``, ``\u202e``, ``\ud800``."""
    return _HIDDEN.sub(lambda match: _escape(ord(match[0])), text)


def clip(text: str, limit: int) -> str:
    """``visible`` text of at most ``limit`` characters; what is cut is counted in the text itself."""
    shown = visible(text[:limit])
    return shown if len(text) <= limit else f"{shown} … ({len(text) - limit:,} more characters)"


def minute(time: str) -> str:
    """A time in ISO 8601 as people read it, to the minute."""
    return one_line(time.replace("T", " "), 40)[:16]


def one_line(text: str, limit: int = 500) -> str:
    """``clip`` with every run of white space as one space."""
    return clip(" ".join(text[: 4 * limit].split()) + text[4 * limit :], limit)


def number(value: object, digits: int = 6) -> str:
    """A number of an array in ``digits`` significant digits; whole numbers whole; other values as their ``visible`` text."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return clip(str(value), 40)
    if isinstance(value, int) or (math.isfinite(value) and value == int(value) and abs(value) < 1e6):
        return (
            f"{int(value)}" if abs(value) < 10**12 else f"{float(value):.6g}" if abs(value) < 1e300 else str(value)[:40]
        )
    return f"{value:.{digits}g}"


def markdown(text: str, limit: int = 500) -> str:
    """One line of Markdown that shows exactly this text.

    ``@`` and ``#`` stand in an element of their own, so that no host turns them into a mention or a reference.
    """
    escaped = _MARKDOWN.sub(r"\\\1", one_line(text, limit))
    return escaped.replace("\\@", "<span>@</span>").replace("\\#", "<span>#</span>")


def markup(text: str, limit: int = 500) -> str:
    """One line for the HTML elements inside Markdown, where backslashes do not escape; mentions as in ``markdown``."""
    return re.sub("[@#](?!x?[0-9a-f]+;)", r"<span>\g<0></span>", html.escape(one_line(text, limit)))


def markdown_block(text: str, limit: int, language: str = "") -> str:
    """A fenced block whose fence is longer than any run of backticks in the text."""
    shown = clip(text, limit)
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{shown}\n{fence}"


def describe_input(spec: InputSpec) -> str:
    """``float32[1, 1, 4, 4] ones``, with what differs from the defaults."""
    parts = [f"{spec.dtype}[{', '.join(map(str, spec.shape))}]", spec.regime]
    if spec.regime == "full":
        parts.append(f"of {number(spec.points[0] if spec.points else 0.0, 9)}")
    elif spec.regime not in ("ones", "zeros", "arange"):
        parts.append(f"seed {spec.seed}")
    if spec.layout != "contiguous":
        parts.append(spec.layout)
    if spec.nonzeros is not None:
        parts.append(f"{spec.nonzeros} nonzero")
    return " ".join(parts)


def describe_case(case: Case) -> str:
    """The case on one line: operator, inputs, parameters."""
    inputs = [f"{name} {describe_input(spec)}" for name, spec in case.inputs.items()]
    parameters = [f"{name}={value!r}" for name, value in case.parameters.items()]
    quantity = "" if case.quantity == "value" else f" {case.quantity}"
    return f"{case.operator}{quantity}: {', '.join(inputs + parameters)}"


def _escape(point: int) -> str:
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
