"""The one entry of ``opdiff explain`` for the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from reports.explain.errors import CallError, refuse

if TYPE_CHECKING:
    from reports.explain.verify import Verified

FORMATS = ("text", "json")


def explain_command(
    call: str = "",
    input_shape: str = "",
    *,
    cell: str | None = None,
    channel: int | None = None,
    html: str | None = None,
    output_format: str = "text",
    verify: bool = False,
    decode: str | None = None,
) -> tuple[int, str]:
    """What ``opdiff explain`` prints, and its exit code.

    ``call`` and ``input_shape`` are CALL and ``--input``; ``decode`` is a stack of layers in place of CALL. ``html``
    is a path that the page is written to. Exit code 0; 1 when ``verify`` found a difference or a call that failed; 2
    for a CallError, in which case the text is its message (in JSON an object with the key ``error``). Raises OSError
    when ``html`` cannot be written.
    """
    try:
        if output_format not in FORMATS:
            raise refuse("--format", output_format, f"expected one of {', '.join(FORMATS)}")
        if not input_shape:
            raise CallError("--input is missing: sizes in the call's own data format, such as 1,16,12,12")
        if decode is not None:
            if call:
                raise refuse("--decode", decode, f"takes the place of CALL, which is {call!r}")
            if verify or cell is not None or channel is not None or html is not None:
                raise refuse("--decode", decode, "cannot be combined with --cell, --channel, --html or --verify")
            return 0, _decoded(decode, input_shape, output_format)
        return _explained(call, input_shape, cell, channel, html, output_format, verify)
    except CallError as error:
        return 2, _json({"error": str(error)}) if output_format == "json" else f"error: {error}\n"


def _explained(
    call: str,
    input_shape: str,
    cell: str | None,
    channel: int | None,
    html: str | None,
    output_format: str,
    verify: bool,
) -> tuple[int, str]:
    from reports.explain.explanation import explain
    from reports.explain.text import to_text

    explanation = explain(call, input_shape, cell, channel)
    results: list[Verified] = []
    if verify:
        from reports.explain.verify import verify as run

        results = run(explanation)
    if html is not None:
        from reports.explain.page import to_html

        Path(html).write_text(to_html(explanation), encoding="utf-8")
    code = 0 if all(each.right for each in results) else 1
    if output_format == "json":
        document = explanation.to_json()
        if verify:
            document["verified"] = [_result(each) for each in results]
        return code, _json(document)
    return code, to_text(explanation) + (_verified(results) if verify else "")


def _result(each: Verified) -> dict[str, str]:
    return {"framework": each.framework, "call": each.call, "status": each.status, "detail": each.detail}


def _verified(results: list[Verified]) -> str:
    """One line for each framework, then whether the results are equal."""
    lines = ["", "Verified on small integers, where every order of summation gives the same result"]
    lines += [f"  {each.framework:<11}{each.status}{': ' + each.detail if each.detail else ''}" for each in results]
    ran = [each for each in results if each.status != "not installed"]
    if not ran:
        lines.append("No framework is installed: nothing was run.")
    elif all(each.right for each in results):
        lines.append(f"All {len(ran)} results are equal to the definition.")
    else:
        lines.append("Not all results are equal to the definition.")
    return "\n".join(lines) + "\n"


def _decoded(stack: str, input_shape: str, output_format: str) -> str:
    from reports.explain.decode import decode

    found = decode(stack, input_shape)
    return _json(found.to_json()) if output_format == "json" else found.to_text()


def _json(document: dict[str, object]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
