"""Case files from anywhere, read without trust: a wrong one is an error that names the place, and costs little."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from harness import operator
from harness.case import COTANGENT, GRADIENT, Case, InputSpec, Target
from harness.formats import numpy_dtype
from harness.records import Fingerprint
from harness.values import LAYOUTS, REGIMES

MAX_BYTES = 1 << 20
MAX_DEPTH = 16
MAX_ELEMENTS = 1 << 26
"""Elements of all inputs together: what opdiff draws stays far below; replaying takes a few times 8 bytes of each."""

_FOREIGN = {
    b"\x80": "a pickle",
    b"PK": "a zip archive (npz)",
    b"\x93NUMPY": "an npy array",
    b"\x1f\x8b": "a gzip archive",
    b"SQLite format 3": "a database; a stored finding is named by its id",
}
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[{\]}]', re.DOTALL)
_LARGEST = 2**63 - 1

Name = Annotated[str, Meta(pattern=r"^(?!.*__)[a-z][a-z0-9_]{0,63}$")]
Text = Annotated[str, Meta(max_length=4000)]
Length = Annotated[int, Meta(ge=0, le=2**31)]


class CaseFileError(ValueError):
    """A case file that cannot be replayed. The message names the file, the place in it and the rule."""


@dataclass(frozen=True)
class CaseFile:
    """What can be replayed: a case, the targets, and the fingerprint to look for (None: any disagreement)."""

    case: Case
    targets: tuple[Target, ...] = ()
    fingerprint: Fingerprint | None = None


class _Input(msgspec.Struct, forbid_unknown_fields=True):
    shape: Annotated[list[Length], Meta(max_length=64)]
    dtype: Annotated[str, Meta(pattern=r"^[a-z]{2,10}[0-9]{0,3}$")]
    regime: Literal[REGIMES] = "rounding"  # type: ignore[valid-type]
    seed: Annotated[int, Meta(ge=0)] = 0
    layout: Literal[LAYOUTS] = "contiguous"  # type: ignore[valid-type]
    limit: Annotated[int, Meta(ge=0, le=2**53)] = 1
    nonzeros: Annotated[int, Meta(ge=0)] | None = None
    points: Annotated[list[float], Meta(max_length=64)] = []
    low: int = 0
    high: int = 0


class _Case(msgspec.Struct, forbid_unknown_fields=True):
    operator: Text
    inputs: Annotated[dict[Name, _Input], Meta(min_length=1, max_length=16)]
    parameters: Annotated[dict[Name, Any], Meta(max_length=64)]
    quantity: Literal["value", "gradient"] = "value"


class _Fingerprint(msgspec.Struct, forbid_unknown_fields=True):
    operator: Text
    quantity: Text
    kind: Text
    framework: Text
    cause: Text
    known: bool = False


class _Document(msgspec.Struct, forbid_unknown_fields=True):
    case: _Case
    targets: Annotated[list[Text], Meta(max_length=64)] = []
    fingerprint: _Fingerprint | None = None


class _Duplicate(dict[str, Any]):
    """An object with a key that stands in it twice."""

    key = ""


def load_case_file(path: Path) -> CaseFile:
    """The case in a JSON file, as ``opdiff repro ID --format json`` writes it.

    Raises CaseFileError on anything else: a pickle or an archive, sizes out of range, names outside the registry.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CaseFileError(f"case file {str(path)!r}: {error.strerror}") from error
    try:
        return parse_case(content)
    except CaseFileError as error:
        raise CaseFileError(f"case file {str(path)!r}: {error}") from error


def parse_case(content: bytes) -> CaseFile:
    """The case in the content of a file. Raises CaseFileError."""
    document = _json(content)
    for place, value in _walk(document, "$"):
        _inspect(place, value)
    try:
        checked = msgspec.convert(document, _Document)
    except msgspec.ValidationError as error:
        raise CaseFileError(f"{error}") from error
    case = _case(checked.case)
    try:
        targets = tuple(Target.parse(text) for text in checked.targets)
    except ValueError as error:
        raise CaseFileError(f"$.targets: {error}") from error
    mark = checked.fingerprint
    return CaseFile(case, targets, Fingerprint(**msgspec.structs.asdict(mark)) if mark else None)


def _json(content: bytes) -> Any:
    """The JSON value, with marks in the places of what JSON should not have."""
    for start, what in _FOREIGN.items():
        if content.startswith(start):
            raise CaseFileError(f"it is {what}: expected JSON with a case, nothing else is read")
    if len(content) > MAX_BYTES:
        raise CaseFileError(f"longer than {MAX_BYTES:,} bytes")
    try:
        text = content.decode("utf-8")
        _limit_depth(text)
        return json.loads(text, object_pairs_hook=_object, parse_int=_integer)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise CaseFileError(f"not JSON: {error}") from error


def _limit_depth(text: str) -> None:
    depth = 0
    for token in _TOKEN.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token[0], 0)
        if depth > MAX_DEPTH:
            raise CaseFileError(f"character {token.start()}: nested deeper than {MAX_DEPTH} levels")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    document = dict(pairs)
    if len(document) == len(keys):
        return document
    marked = _Duplicate(document)
    marked.key = next(key for key in keys if keys.count(key) > 1)
    return marked


def _integer(digits: str) -> int | float:
    """The integer; infinity, which is refused with its place, where it is far too long to be one that opdiff wrote."""
    return int(digits) if len(digits) <= 20 else math.inf


def _walk(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Every value with its place, containers before what they hold."""
    yield place, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _walk(item, f"{place}.{key[:64]}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(item, f"{place}[{index}]")


def _inspect(place: str, value: Any) -> None:
    strings = value if isinstance(value, dict) else [value] if isinstance(value, str) else []
    if any(re.search("[\ud800-\udfff]", text) for text in strings):
        raise CaseFileError(f"{place}: a string with a lone surrogate, which no encoding has a form for")
    if isinstance(value, _Duplicate):
        raise CaseFileError(f"{place}: key {value.key[:64]!r} stands there twice")
    if isinstance(value, float) and not math.isfinite(value):
        raise CaseFileError(f"{place}: a number that is not finite, or too long: expected one of 64 bits")
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value <= 2**64 - 1:
        raise CaseFileError(f"{place}: {value} is out of range: expected an integer of 64 bits")


def _case(document: _Case) -> Case:
    """The case, its operator, input names, dtypes and sizes checked."""
    try:
        op = operator.get(document.operator)
    except LookupError as error:
        raise CaseFileError(f"$.case.operator: {error.args[0]}") from error
    allowed = {*op.inputs, *([COTANGENT] if document.quantity == GRADIENT else [])}
    for name in document.inputs:
        if name not in allowed:
            raise CaseFileError(f"$.case.inputs: {operator.unknown('input', name, allowed)}")
    for name in allowed & ({op.inputs[0], COTANGENT}):
        if name not in document.inputs:
            raise CaseFileError(f"$.case.inputs: input {name!r} of {op.key!r} is missing")
    inputs = {name: _spec(f"$.case.inputs.{name}", document.inputs[name]) for name in document.inputs}
    total = sum(spec.size for spec in inputs.values())
    if total > MAX_ELEMENTS:
        raise CaseFileError(f"$.case.inputs: {total:,} elements in all: at most {MAX_ELEMENTS:,} are replayed")
    return Case(document.operator, inputs, document.parameters, document.quantity)


def _spec(place: str, document: _Input) -> InputSpec:
    try:
        kind: str = numpy_dtype(document.dtype).kind
    except TypeError:
        kind = "unknown"
    if kind not in ("b", "i", "u", "f", "c") and document.dtype != "bfloat16":
        raise CaseFileError(f"{place}.dtype: {document.dtype!r} is no dtype of numbers")
    return InputSpec(**msgspec.structs.asdict(document))
