"""The wire format: what is sent arrives the same, and nothing else is accepted."""

from __future__ import annotations

import json
import random
import socket

import ml_dtypes
import numpy as np
import pytest

from harness import wire
from harness.case import Case, Described, Died, InputSpec, OutOfMemory, Raised, Returned, TimedOut, Unsupported


def frame_of(message: wire.Message) -> bytes:
    return b"".join(wire.encode(message))


def returned(*arrays: np.ndarray) -> wire.Finished:
    return wire.Finished(3, 1, Returned(arrays, 0.25, "abc"))


def with_header(**header: object) -> bytes:
    """A frame without arrays that carries ``header``."""
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 16)
    return wire.PREFIX.pack(wire.MAGIC, len(text), 0) + text


CASE = Case(
    "conv",
    {"x": InputSpec((1, 2**40), "bfloat16", "exact", 7, "strided", 3, 2), "kernel": InputSpec((), "float64")},
    {"stride": (2**62, -(2**63)), "padding": ((0, 1), (2, 3)), "name": "é\udcff\u0000", "scale": float("inf")},
    "gradient",
)


def test_a_task_arrives_as_it_was_sent() -> None:
    task = wire.Task(2**40, 5, ((CASE, "eager"), (CASE, "compiled")))
    assert wire.decode(frame_of(task)) == task


@pytest.mark.parametrize(
    "outcome",
    [
        Described(((1, None), None, (), (-3, 2)), ("float32", "bfloat16", "bool", "int8"), 0.5),
        Raised("ValueError", "bad \udcff \x00 <b>", 1.0, "line 3"),
        Died("SIGSEGV", "last"),
        TimedOut(10.0),
        OutOfMemory("no"),
        Unsupported("not here"),
    ],
    ids=lambda outcome: type(outcome).__name__,
)
def test_outcomes_without_arrays_arrive_as_they_were_sent(outcome: object) -> None:
    message = wire.Finished(1, 0, outcome)  # type: ignore[arg-type]
    assert wire.decode(frame_of(message)) == message


def test_hello_and_begun_arrive_as_they_were_sent() -> None:
    for message in (wire.Hello({"torch": "2.13.0"}), wire.Hello({}, "ImportError: é"), wire.Begun(7, 0)):
        assert wire.decode(frame_of(message)) == message


ARRAYS = {
    "float32": np.array([[1.5, -0.0], [np.nan, np.inf]], np.float32),
    "bfloat16": np.array([1.5, -2, 3], ml_dtypes.bfloat16),
    "float8": np.array([1.5, -2], ml_dtypes.float8_e4m3fn),
    "no dimensions": np.array(3, np.int64),
    "empty": np.zeros((2, 0, 3), np.float16),
    "bool": np.array([True, False]),
    "complex": np.array([1 + 2j]),
    "transposed": np.arange(6, dtype=np.float64).reshape(2, 3).T,
    "strided": np.arange(12, dtype=np.uint8)[::-2],
    "big-endian": np.array([1, 2, 3], ">i4"),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_arrives_with_its_shape_dtype_and_bits(name: str) -> None:
    sent = ARRAYS[name]
    message = wire.decode(frame_of(returned(sent)))
    assert isinstance(message, wire.Finished)
    assert isinstance(message.outcome, Returned)
    (array,) = message.outcome.arrays
    assert array.shape == sent.shape
    assert array.dtype == sent.dtype.newbyteorder("=")
    assert array.tobytes() == sent.astype(array.dtype).tobytes()
    assert not array.flags.writeable
    assert (message.outcome.seconds, message.outcome.checksum) == (0.25, "abc")


def test_several_arrays_keep_their_order_and_borders() -> None:
    sent = [np.full(n, n, np.uint8) for n in (0, 1, 15, 16, 17)]
    message = wire.decode(frame_of(returned(*sent)))
    assert isinstance(message, wire.Finished)
    assert isinstance(message.outcome, Returned)
    assert [array.tolist() for array in message.outcome.arrays] == [array.tolist() for array in sent]


@pytest.mark.parametrize(
    "array",
    [np.array([object()]), np.array(["text"]), np.array([b"bytes"]), np.zeros(1, "M8[s]"), np.zeros(1, "i4,f4")],
    ids=lambda array: str(array.dtype),
)
def test_arrays_that_are_not_numeric_are_not_sent(array: np.ndarray) -> None:
    with pytest.raises(wire.WireError, match="only numeric"):
        wire.encode(returned(array))


def test_a_message_that_is_too_large_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MAX_PAYLOAD", 64)
    wire.encode(returned(np.zeros(64, np.uint8)))
    with pytest.raises(wire.TooLargeError):
        wire.encode(returned(np.zeros(65, np.uint8)))


@pytest.mark.parametrize(
    ("dtype", "shape"),
    [
        ("object", [1]),
        ("U3", [1]),
        ("V8", [1]),
        ("no_such_dtype", [1]),
        ("uint8", [-1]),
        ("uint8", [1.0]),
        ("uint8", [True]),
        ("uint8", [17]),
        ("uint8", [2**62, 4]),
        ("uint8", [10**9] * 10**5),
        ("float64", [3]),
        ("uint8", "16"),
        ("uint8", None),
        (3, [1]),
    ],
    ids=str,
)
def test_an_array_that_is_not_in_its_frame_is_refused(dtype: object, shape: object) -> None:
    outcome = {"outcome": "Returned", "arrays": [[dtype, shape]], "seconds": 0.0, "checksum": ""}
    head = with_header(kind="finished", ticket=1, index=0, outcome=outcome)
    length = len(head) - wire.PREFIX.size
    frame = wire.PREFIX.pack(wire.MAGIC, length, 16) + head[wire.PREFIX.size :] + bytes(16)
    with pytest.raises(wire.WireError):
        wire.decode(frame)


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"kind": "pickle"},
        {"kind": "begun", "ticket": 1},
        {"kind": "begun", "ticket": -1, "index": 0},
        {"kind": "begun", "ticket": "1", "index": 0},
        {"kind": "hello", "versions": [], "error": ""},
        {"kind": "hello", "versions": {"a": 1}, "error": ""},
        {"kind": "finished", "ticket": 1, "index": 0, "outcome": {"outcome": "Exit"}},
        {"kind": "finished", "ticket": 1, "index": 0, "outcome": {"outcome": "Died", "how": 1, "last_words": ""}},
        {"kind": "finished", "ticket": 1, "index": 0, "outcome": {"outcome": "Died", "how": "x", "more": ""}},
        {"kind": "finished", "ticket": 1, "index": 0, "outcome": {"outcome": "TimedOut", "limit": "1"}},
        {"kind": "task", "ticket": 1, "first": 0, "items": [[{"operator": "conv"}, "eager"]]},
    ],
    ids=str,
)
def test_a_header_that_is_not_a_message_is_refused(header: dict[str, object]) -> None:
    with pytest.raises(wire.WireError):
        wire.decode(with_header(**header))


def test_sizes_beyond_the_limits_are_refused_before_anything_is_read() -> None:
    for header, payload in ((wire.MAX_HEADER + 16, 0), (16, wire.MAX_PAYLOAD + 16), (16, 2**63), (17, 0)):
        with pytest.raises(wire.WireError):
            wire.size_of_frame(wire.PREFIX.pack(wire.MAGIC, header, payload))
    with pytest.raises(wire.WireError):
        wire.size_of_frame(b"GET / HTTP/1.1\r\n")
    assert wire.size_of_frame(b"opd1") is None


def test_a_damaged_frame_is_refused_or_decoded_but_raises_nothing_else() -> None:
    whole = frame_of(returned(np.arange(5, dtype=np.int16), np.zeros(3)))
    source = random.Random(5)
    refused = 0
    for _ in range(2000):
        frame = bytearray(whole)
        for _ in range(source.randint(1, 4)):
            frame[source.randrange(len(frame))] = source.randrange(256)
        cut = bytes(frame[: source.randrange(len(frame))]) if source.random() < 0.3 else bytes(frame)
        try:
            wire.decode(cut)
        except wire.WireError:
            refused += 1
    assert refused > 1000


def test_messages_arrive_over_a_socket_whatever_their_size() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for message in (wire.Begun(1, 2), wire.Task(1, 0, ((CASE, "eager"),))):
            wire.send(ours, message)
            assert wire.receive(theirs) == message
        ours.sendall(frame_of(wire.Begun(1, 3))[:20])
        ours.shutdown(socket.SHUT_WR)
        with pytest.raises(wire.WireError):
            wire.receive(theirs)
        assert wire.receive(theirs) is None
