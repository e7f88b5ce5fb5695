"""When two refusals are one: the same missing kernel or the same check in many operators, or one function that fails by itself."""

from __future__ import annotations

import re

from harness.case import Kind
from harness.records import FindingRecord

KERAS = "keras"

SEARCHED = 1_000
"""Characters of a text that are searched: a search may take the square of its length."""

_KERNEL = re.compile(
    r"not implemented for '|[Cc]ould not find device for node|not in (?:the )?list of allowed values|No OpKernel was registered"
    r"|input data type is not supported|Unsupported dtype ?N for"
)
"""A framework without a kernel for a dtype says so in these words, whichever operator asks."""

_INDICES, _UNSIGNED = re.compile(r"attr 'T\w*ndices'"), re.compile(r"'U[Ii]nt")

_LAYOUT = re.compile(r"only support\w*\b.*\bND?HWC\b")
"""Kernels for channels last only."""

_DEPTHWISE, _DILATED = re.compile(r"Depthwise"), re.compile(r"dilation|out_backprop|primitive descriptor")
"""TensorFlow's native depthwise kernels know no dilation; each trips over it in its own words, which name the kernel or its node."""

_SYMBOLIC = re.compile(r"^A KerasTensor ")
"""What a backend says of Keras' symbolic operands, each in its own words."""

_DTYPE = re.compile(
    r"argument to VJP function|was expected to be an? \w+ tensor but is an? |Cannot convert|but got N of type|does not match type"
)
"""Parts of one function whose dtypes do not fit together, or a gradient whose value has another dtype than it must have."""

_SHAPE = re.compile(
    r"Mismatch in shape: grad_output|[Ii]ncompatible shapes|broadcast|out of (?:bounds?|range)|[Dd]imension|dim_size|[Cc]oncat"
    r"|as many biases|Biases must|zero-size|by zero|[Mm]ust be (?:>=|negative|less)|does not index|primitive descriptor"
    r"|received an exception|Size of out_backprop|Input to reshape is"
)
"""Likewise of shapes. Any function may say such words: they are the same by chance, and a wrong shape is the same defect."""

_MEMORY = re.compile(r"view size is not compatible|not contiguous|non-?contiguous")
"""Of how an operand lies in memory only the framework that keeps it there knows."""

_BACKEND = re.compile(r"\b(?:JAX|TensorFlow|PyTorch|torch|tensorflow|jax)\b")
_FUNCTION, _QUOTED = re.compile(r"^[\w.]+: "), re.compile(r"(?<!\w)'[^']*'")
_OPENING = re.compile(r".{20,}?(?=[.:;](?:\s|$)| \[| Received| Got )")


def refusal(finding: FindingRecord, owner: str, below: str, site: str, place: tuple[str, ...]) -> tuple[str, ...]:
    """The traits of a refusal by ``owner``, which stands on ``below``, in the function ``site``.

    ``place`` is where a known difference comes from, empty for others.
    """
    kind, _, message = finding.fingerprint.cause[:SEARCHED].partition(": ")
    kind = kind.rpartition(".")[2]
    if _LAYOUT.search(message):
        return (below, "channels last only")
    if _KERNEL.search(message):
        return (
            below,
            "no kernel",
            "indices" if _INDICES.search(message) else "unsigned" if _UNSIGNED.search(message) else "",
        )
    if place:
        return place
    if of_memory(finding):
        return (below, site.rpartition(".")[2], "memory")
    if _DILATED.search(message) and _DEPTHWISE.search(f"{message} {finding.detail.get('message', '')}"[: 2 * SEARCHED]):
        return (below, "depthwise", "dilation")
    if _SYMBOLIC.search(message):
        return (owner, "symbolic operands")
    if kind not in ("IndexError", "OverflowError") and _DTYPE.search(message):
        return (owner, site, "dtype")
    if _SHAPE.search(message):
        return (owner, site, of_shape(finding, owner, kind if kind in ("IndexError", "OverflowError") else "shape"))
    return (owner, kind, opening(message))


def of_memory(finding: FindingRecord) -> bool:
    """Whether a framework refuses how an operand lies in memory."""
    mark = finding.fingerprint
    return mark.kind in (Kind.RAISED, Kind.BAD_REFUSAL) and bool(_MEMORY.search(mark.cause[:SEARCHED]))


def of_shape(finding: FindingRecord, owner: str, symptom: str = "shape") -> str:
    """What is wrong with a shape: ``symptom``, or its description, for which Keras has code of its own, one for all backends."""
    return "description" if owner == KERAS and finding.target.mode == "abstract" else symptom


def opening(message: str) -> str:
    """How a normalised message begins, without the names of functions, operands and backends."""
    message = _QUOTED.sub("", _FUNCTION.sub("", _BACKEND.sub("", message)))
    found = _OPENING.match(message)
    return found.group() if found else message
