"""What a report calls things: the framework's function, the title of the issue, what was expected. Plain text."""

from __future__ import annotations

import difflib

from harness import operator
from harness.case import GRADIENT, Kind, Target
from harness.records import FindingRecord
from reports.bug_report.trackers import BACKENDS
from reports.operator_table import called
from reports.reproducer.program import info_of
from reports.text import number

_WHAT = {
    Kind.DIED: "the process dies",
    Kind.TIMED_OUT: "the call does not return",
    Kind.OUT_OF_MEMORY: "the call asks for more memory than there is",
    Kind.VALUE: "wrong result",
    Kind.NOT_FINITE: "NaN or infinity in the wrong place",
    Kind.SHAPE: "wrong shape",
    Kind.DTYPE: "wrong dtype",
    Kind.UNSTABLE: "another result when called again",
    Kind.ACCEPTED: "invalid arguments are accepted",
    Kind.RAISED: "valid arguments are refused",
    Kind.BAD_REFUSAL: "an internal assertion instead of a message about the arguments",
    Kind.DESCRIBED_INVALID: "shape inference accepts invalid arguments",
}


_MODES = {
    ("torch", "compiled"): ", through torch.compile",
    ("torch", "abstract"): ", on meta tensors",
    ("tensorflow", "graph"): ", in a tf.function",
    ("tensorflow", "compiled"): ", in a tf.function with jit_compile=True",
    ("tensorflow", "abstract"): ", shape inference while a tf.function is traced",
    ("tf-keras", "abstract"): ", on symbolic inputs",
    ("jax", "compiled"): ", through jax.jit",
    ("jax", "abstract"): ", through jax.eval_shape",
    ("keras", "abstract"): ", on KerasTensors",
}
"""What a mode means, where it is not the plain call."""


_MODULES = {"backend", "functional", "layers", "ops"}
"""Last parts of names that are modules: what is called there has a name that is put together."""


def name_of(finding: FindingRecord) -> str:
    """The framework's own name of what is called, such as ``torch.nn.functional.gelu``; else the operator's.

    Of several names it is the one most like the operator's, and of those for 1, 2 and 3 dimensions the one for as many as the case has.
    """
    plain = finding.case.operator.split(":")[0]
    try:
        table = info_of(finding.target).table
        call = operator.get(finding.case.operator).select(table, finding.case, finding.target.mode)
        names = called(call.function) if call else ()
    except (LookupError, OSError, SyntaxError, TypeError, ValueError):
        names = ()
    rank = f"{len(finding.case.parameters['stride'])}d" if _is_window(finding) else plain

    def likeness(name: str) -> tuple[bool, float]:
        last = name.rpartition(".")[2].lower()
        return rank in last, difflib.SequenceMatcher(None, last, plain.lower()).ratio()

    whole = [name for name in names if name.rpartition(".")[2] not in _MODULES]
    return max(whole, key=likeness, default=plain)


def _is_window(finding: FindingRecord) -> bool:
    return isinstance(finding.case.parameters.get("stride"), tuple)


def title_of(finding: FindingRecord) -> str:
    """One line for the title of an issue: what is called, what is wrong, on what."""
    kind = Kind(finding.fingerprint.kind)
    what = _what(finding, kind)
    subject = name_of(finding).replace("*", "N")  # put together: "conv*d"
    if finding.case.quantity == GRADIENT:
        subject = f"gradient of {subject}"
    modes = {"compiled": "compiled", "graph": "graph", "abstract": "shape inference"}
    where = (finding.case.dtype, finding.target.device, modes.get(finding.target.mode, ""))
    return f"{subject}: {what} ({', '.join(filter(None, where))})"


def _what(finding: FindingRecord, kind: Kind) -> str:
    """What is wrong, in a few words, with the numbers where there are some."""
    detail, cause = finding.detail, finding.fingerprint.cause
    if kind is Kind.RAISED and detail.get("type"):
        return f"{_WHAT[kind]} ({str(detail['type']).rpartition('.')[2]})"
    if kind is Kind.DTYPE and "got_dtype" in detail:
        return f"dtype {detail['got_dtype']} instead of {detail['expected_dtype']}"
    if kind is Kind.SHAPE and "expected_dtype" in detail:
        got = "unknown" if detail["got"] is None else tuple(detail["got"])
        return f"shape {got} instead of {tuple(detail['expected'])}"
    if kind is Kind.VALUE and cause.endswith("beyond the error bound"):
        return "inaccurate result"
    if kind is Kind.VALUE and cause.endswith("sign of zero"):
        return "zero of the wrong sign"
    if kind is Kind.VALUE and cause.startswith("inputs:"):
        return "inputs are changed"
    if kind in (Kind.VALUE, Kind.NOT_FINITE) and {"got", "expected"} <= detail.keys():
        return f"{number(detail['got'])} instead of {number(detail['expected'])}"
    return _WHAT[kind]


def where_of(target: Target) -> str:
    """What opdiff's name of a target means, in the framework's own words."""
    table = BACKENDS.get(target.framework)
    framework = f"Keras with backend {table.removesuffix('-x64')}" if table else target.framework.removesuffix("-x64")
    x64 = ", 64-bit types enabled" if target.framework.endswith("-x64") else ""
    how = _MODES.get((framework.split()[0].lower(), target.mode), "")
    return f"{framework} on {target.device.upper()}{x64}{how}"


def expected_of(finding: FindingRecord) -> str:
    """The oracle's side in one sentence."""
    detail, kind = finding.detail, Kind(finding.fingerprint.kind)
    output = detail.get("output", "the result")
    if "property" in detail:
        return (
            f"{output} must have this property: {detail['property']}. The error is {detail['error']} times the bound."
        )
    if "index" in detail:
        place = f"{output}[{', '.join(map(str, detail['index']))}]" if detail["index"] else output
        bound = detail.get("bound", 0.0)
        how = f"within {bound:.6g}" if isinstance(bound, float) and bound > 0 else "exactly"
        count = f" {detail['wrong']} of {detail['of']} elements are wrong." if "wrong" in detail else ""
        return f"{place} must be {detail['expected']}, {how}.{count}"
    if "expected_dtype" in detail:
        return f"{output} must have the shape {tuple(detail['expected'])} and the dtype {detail['expected_dtype']}."
    if kind in (Kind.ACCEPTED, Kind.DESCRIBED_INVALID):
        return "The arguments must be refused with an exception."
    if kind is Kind.BAD_REFUSAL:
        return "The arguments may be refused, by an exception whose message is about them."
    if kind in (Kind.DIED, Kind.TIMED_OUT, Kind.OUT_OF_MEMORY):
        return "The call must come to an end: with a result, or with an exception where the arguments may be refused."
    shapes = [shape for outcome in finding.outcomes if outcome.status == "oracle" for shape in outcome.shapes]
    return f"The call must return, with the shape {shapes[0]}." if shapes else "The call must return the result."


def how_of(finding: FindingRecord) -> str:
    """How the oracle knows; empty where no result is compared."""
    kind = Kind(finding.fingerprint.kind)
    if kind in (Kind.ACCEPTED, Kind.BAD_REFUSAL, Kind.DESCRIBED_INVALID, Kind.DIED, Kind.TIMED_OUT, Kind.OUT_OF_MEMORY):
        return ""
    return (
        "What is right was computed from the definition of the operation, in float64 or wider, by code that uses no "
        "framework; a bound is the most that rounding in the dtype of the result can cost, in any order of summation."
    )
