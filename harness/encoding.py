"""Records as JSON: what the store keeps and ``--format json`` prints."""

from __future__ import annotations

import math
from typing import Any, TypeVar

import msgspec

Record = TypeVar("Record")


def encode(record: Any) -> bytes:
    """JSON of a record. NumPy values become plain numbers, non-finite numbers the strings nan, inf, -inf."""
    return msgspec.json.encode(plain(record))


def plain(record: Any) -> Any:
    """A record as what JSON has: objects, lists, strings, finite numbers, booleans, null. Raises TypeError."""
    return _finite(msgspec.to_builtins(record, str_keys=True, enc_hook=_from_numpy))


def decode(document: bytes, kind: type[Record]) -> Record:
    """The record that ``encode`` wrote."""
    return msgspec.json.decode(document, type=kind, strict=False)


def _from_numpy(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{value!r} of type {type(value).__name__}: a record holds JSON-able values only")


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value
