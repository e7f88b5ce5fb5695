"""Messages between the pool and its workers: a JSON header and raw array buffers, never a pickle.

A frame is ``magic, header bytes, payload bytes`` (16 bytes, little endian), the header (JSON, padded with spaces to a
multiple of 16), and the payload: the buffers of the arrays in C order, each padded to a multiple of 16. Every size in a
frame is checked before anything is made of it. Read by the workers: Python 3.9 syntax; standard library and NumPy only.
"""

from __future__ import annotations

import functools
import json
import socket
import struct
from dataclasses import dataclass, fields
from typing import Any, Dict, List, Optional, Tuple, Union

import numpy as np

from harness.case import (
    Case,
    Described,
    Died,
    Outcome,
    OutOfMemory,
    Raised,
    Returned,
    TimedOut,
    Unsupported,
    freeze,
)
from harness.formats import numpy_dtype

PREFIX = struct.Struct("<4sIQ")
MAGIC = b"opd1"
ALIGNMENT = 16
MAX_HEADER = 1 << 26
MAX_PAYLOAD = 1 << 30
"""Largest header and payload in bytes; a worker says OutOfMemory instead of sending more."""

MAX_RANK = 64
"""Largest number of dimensions of a NumPy array."""

NUMERIC_KINDS = "biufc"
ENCODER = json.JSONEncoder(separators=(",", ":"))
OUTCOMES = {kind.__name__: kind for kind in (Returned, Described, Raised, Died, TimedOut, OutOfMemory, Unsupported)}
FIELD_TYPES: Dict[str, Any] = {"float": (int, float), "str": str}


class WireError(ValueError):
    """A frame that breaks the format, or a value that has no form on the wire."""


class TooLargeError(WireError):
    """A message of more than MAX_HEADER or MAX_PAYLOAD bytes."""


@dataclass(frozen=True)
class Task:
    """Pool to worker: run ``items`` in order; the first one has number ``first`` within the ticket."""

    ticket: int
    first: int
    items: Tuple[Tuple[Case, str], ...]


@dataclass(frozen=True)
class Hello:
    """Worker to pool, once: the versions of what was imported, or why the adapter could not be constructed."""

    versions: Dict[str, str]
    error: str = ""


@dataclass(frozen=True)
class Begun:
    """Worker to pool: item ``index`` of ``ticket`` is about to run."""

    ticket: int
    index: int


@dataclass(frozen=True)
class Finished:
    """Worker to pool: the outcome of item ``index`` of ``ticket``."""

    ticket: int
    index: int
    outcome: Outcome


Message = Union[Task, Hello, Begun, Finished]


def encode(message: Message) -> List[Any]:
    """The buffers of one frame, to be sent one after the other.

    Raises WireError for an array that is not numeric, TooLargeError, and TypeError for a case that is not JSON-able.
    """
    arrays: List[np.ndarray] = []
    if isinstance(message, Task):
        items = [(case.to_json(), mode) for case, mode in message.items]
        header: Dict[str, Any] = {"kind": "task", "ticket": message.ticket, "first": message.first, "items": items}
    elif isinstance(message, Hello):
        header = {"kind": "hello", "versions": message.versions, "error": message.error}
    elif isinstance(message, Begun):
        header = {"kind": "begun", "ticket": message.ticket, "index": message.index}
    else:
        outcome, arrays = _outcome_to_json(message.outcome)
        header = {"kind": "finished", "ticket": message.ticket, "index": message.index, "outcome": outcome}
    return _frame(header, arrays)


def _frame(header: Dict[str, Any], arrays: List[np.ndarray]) -> List[Any]:
    text = ENCODER.encode(header).encode("ascii")
    text += b" " * (-len(text) % ALIGNMENT)
    payload: List[Any] = []
    for array in arrays:
        payload.append(array.reshape(-1).view(np.uint8).data)
        payload.append(bytes(-array.nbytes % ALIGNMENT))
    size = sum(len(buffer) for buffer in payload)
    if len(text) > MAX_HEADER or size > MAX_PAYLOAD:
        raise TooLargeError(f"message of {len(text)} + {size} bytes: at most {MAX_HEADER} + {MAX_PAYLOAD} may be sent")
    return [PREFIX.pack(MAGIC, len(text), size), text, *payload]


def _outcome_to_json(outcome: Outcome) -> Tuple[Dict[str, Any], List[np.ndarray]]:
    document: Dict[str, Any] = {"outcome": type(outcome).__name__, **vars(outcome)}
    if not isinstance(outcome, Returned):
        return document, []
    given = outcome.arrays + outcome.again
    names = [_name_of(array.dtype) for array in given]
    # In C order and native byte order.
    arrays = [np.ascontiguousarray(array, array.dtype.newbyteorder("=")) for array in given]
    document["arrays"] = [(name, np.shape(array)) for name, array in zip(names, given)]
    document["again"] = len(outcome.again)
    return document, arrays


@functools.lru_cache(maxsize=64)
def _name_of(dtype: np.dtype) -> str:
    """Name of the dtype, which NumPy puts together anew each time. Raises WireError unless it is numeric."""
    native = dtype.newbyteorder("=")
    if not _is_numeric(native) or numpy_dtype(native.name) != native:
        raise WireError(f"array of dtype {dtype}: only numeric dtypes can be sent")
    return str(native.name)


def _is_numeric(dtype: np.dtype) -> bool:
    """Whether it is a number of NumPy's own or of an extension such as ml_dtypes (``isbuiltin`` is 2 for those)."""
    return dtype.kind in NUMERIC_KINDS or dtype.isbuiltin == 2


def size_of_frame(start: Union[bytes, bytearray]) -> Optional[int]:
    """Length in bytes of the frame that begins with ``start``, None while too little of it is there.

    Raises WireError.
    """
    if len(start) < PREFIX.size:
        return None
    magic, header, payload = PREFIX.unpack_from(start)
    if magic != MAGIC:
        raise WireError(f"frame starts with {magic!r}: expected {MAGIC!r}")
    if header > MAX_HEADER or payload > MAX_PAYLOAD or header % ALIGNMENT or payload % ALIGNMENT:
        raise WireError(f"frame of {header} + {payload} bytes: at most {MAX_HEADER} + {MAX_PAYLOAD}, multiples of 16")
    return PREFIX.size + int(header) + int(payload)


def decode(frame: bytes) -> Message:
    """The message in one whole frame; its arrays are read-only views of ``frame``.

    Raises WireError on anything unexpected.
    """
    size = size_of_frame(frame)
    if size != len(frame):
        raise WireError(f"frame of {len(frame)} bytes: its prefix says {size}")
    _, length, _ = PREFIX.unpack_from(frame)
    start = PREFIX.size + length
    try:
        header = json.loads(frame[PREFIX.size : start])
        return _message(header, frame, start)
    except WireError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise WireError(f"frame with a malformed header: {type(error).__name__}: {error}") from error


def _message(header: Dict[str, Any], frame: bytes, start: int) -> Message:
    kind = header["kind"]
    if kind == "finished":
        outcome = _outcome_from_json(header["outcome"], frame, start)
        return Finished(_count(header["ticket"]), _count(header["index"]), outcome)
    if start != len(frame):
        raise WireError(f"{kind!r} message with {len(frame) - start} bytes of arrays: it has none")
    if kind == "begun":
        return Begun(_count(header["ticket"]), _count(header["index"]))
    if kind == "hello":
        versions = {_text(name): _text(version) for name, version in header["versions"].items()}
        return Hello(versions, _text(header["error"]))
    if kind == "task":
        items = tuple((Case.from_json(case), _text(mode)) for case, mode in header["items"])
        return Task(_count(header["ticket"]), _count(header["first"]), items)
    raise WireError(f"message of kind {kind!r}: expected task, hello, begun or finished")


def _outcome_from_json(document: Dict[str, Any], frame: bytes, start: int) -> Outcome:
    values = dict(document)
    kind = OUTCOMES[values.pop("outcome")]
    if kind is Returned:
        arrays = _arrays(values["arrays"], frame, start)
        first = len(arrays) - _count(values["again"])
        values["arrays"], values["again"] = arrays[:first], arrays[first:]
    elif start != len(frame):
        raise WireError(f"{kind.__name__} with {len(frame) - start} bytes of arrays: it has none")
    if kind is Described:
        values["shapes"] = tuple(shape if shape is None else _shape(shape, True) for shape in values["shapes"])
        values["dtypes"] = tuple(_text(name) for name in values["dtypes"])
    for entry in fields(kind):
        expected = FIELD_TYPES.get(str(entry.type))
        if expected and not isinstance(values[entry.name], expected):
            raise WireError(f"{kind.__name__}.{entry.name} = {values[entry.name]!r}: expected {entry.type}")
    outcome: Outcome = kind(**values)
    return outcome


def _arrays(entries: List[Any], frame: bytes, start: int) -> Tuple[np.ndarray, ...]:
    arrays = []
    for name, lengths in entries:
        dtype, shape = numpy_dtype(_text(name)), _shape(lengths)
        if not _is_numeric(dtype):
            raise WireError(f"array of dtype {name!r}: only numeric dtypes may be received")
        count = 1
        for length in shape:
            count *= length
        end = start + count * dtype.itemsize
        if end > len(frame):
            raise WireError(
                f"array of shape {shape} and dtype {name}: its frame ends {end - len(frame)} bytes too early"
            )
        arrays.append(np.frombuffer(frame, dtype, count, min(start, len(frame) - 1)).reshape(shape))
        start = end + -(end - start) % ALIGNMENT
    if start != len(frame):
        raise WireError(f"frame with {len(frame) - start} bytes after its last array")
    return tuple(arrays)


def _shape(lengths: Any, described: bool = False) -> Tuple[Any, ...]:
    """A shape. A ``described`` one may have unknown lengths, None, and, where the description is wrong, negative ones."""
    shape: Tuple[Any, ...] = freeze(lengths)
    if not isinstance(shape, tuple) or len(shape) > MAX_RANK:
        raise WireError(f"shape {str(lengths)[:80]}: expected a list of at most {MAX_RANK} lengths")
    if not described:
        return tuple(_count(length) for length in shape)
    return tuple(None if length is None else _integer(length) for length in shape)


def _integer(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise WireError(f"number {value!r}: expected an integer")
    return value


def _count(value: Any) -> int:
    if _integer(value) < 0:
        raise WireError(f"number {value!r}: expected an integer of at least 0")
    return int(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise WireError(f"text {value!r}: expected a string")
    return value


SMALL = 1 << 16


def send(channel: socket.socket, *messages: Message) -> None:
    """Send messages on a blocking socket, small ones with a single call. Nothing is sent when one of them has no form on the wire."""
    buffers = [buffer for message in messages for buffer in encode(message)]
    if sum(len(buffer) for buffer in buffers) <= SMALL:
        buffers = [b"".join(buffers)]
    for buffer in buffers:
        channel.sendall(buffer)


def receive(channel: socket.socket) -> Optional[Message]:
    """The next message from a blocking socket, None at its end. Raises WireError on a frame that breaks the format."""
    start = _read(channel, PREFIX.size)
    size = size_of_frame(start)
    if size is None:
        return None
    return decode(start + _read(channel, size - len(start)))


def _read(channel: socket.socket, size: int) -> bytes:
    """``size`` bytes, fewer only at the end of the stream. A stop and continue in mid-read ends a single recv early."""
    parts = []
    while size:
        part = channel.recv(size, socket.MSG_WAITALL)
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
