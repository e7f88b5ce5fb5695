"""Records as JSON: what the store keeps and ``--format json`` prints."""

from __future__ import annotations

import math
from typing import Any, TypeVar

import msgspec

Record = TypeVar("Record")


def encode(record: Any) -> bytes:
    """JSON of a record, in the form that ``plain`` gives it. Raises TypeError."""
    return msgspec.json.encode(plain(record))


def plain(record: Any) -> Any:
    """A record as what JSON has: objects, lists, strings, finite numbers, booleans, null. Raises TypeError.

    NumPy values become plain numbers, numbers that are not finite the strings nan, inf, -inf, and lone surrogates in
    strings, which UTF-8 has no form for, their escapes.
    """
    return _jsonable(msgspec.to_builtins(record, str_keys=True, enc_hook=_builtin))


def decode(document: bytes, kind: type[Record]) -> Record:
    """The record that ``encode`` wrote. Raises msgspec.DecodeError or UnicodeDecodeError."""
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.json.Decoder(kind, strict=False)
    found: Record = decoder.decode(document)
    return found


_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}
"""Made once for each type: making one costs more than decoding a record."""


def _builtin(value: Any) -> Any:
    """What msgspec does not know as one of its own: kinds of strings, and NumPy's values."""
    if isinstance(value, str):
        return str(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{value!r} of type {type(value).__name__}: a record holds JSON-able values only")


def _jsonable(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {_jsonable(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_jsonable(item) for item in value]
    return value
