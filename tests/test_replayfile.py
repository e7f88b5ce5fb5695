"""Case files are not trusted: every wrong one is an error that names the place."""

from __future__ import annotations

import io
import json
import pickle
import random
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness import operator
from harness.case import Case, InputSpec, Target
from harness.documents import CaseDocument
from harness.encoding import encode
from harness.records import Fingerprint
from harness.replayfile import CaseFile, CaseFileError, load_case_file, parse_case

CASE = Case(
    "conv:aligned",
    {"x": InputSpec((1, 1, 4), "float32", "ones"), "w": InputSpec((1, 1, 3), "bfloat16", seed=2**64 - 1)},
    {"stride": (2,), "window": ((0, 2),), "batched": True, "hostile": 2**63 - 1},
)
FINGERPRINT = Fingerprint("conv:aligned", "value", "shape", "torch", "cause")


def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(encode(CaseDocument(CASE, ("torch:cpu:eager",), FINGERPRINT)))
    return found


def changed(place: str, value: Any) -> bytes:
    """The document with another value in one place; ``a.b`` are keys."""
    whole = document()
    *path, last = place.split(".")
    inner = whole
    for key in path:
        inner = inner[key]
    inner[last] = value
    return json.dumps(whole).encode()


def test_what_repro_writes_is_read_back() -> None:
    content = json.dumps(document()).encode()
    assert parse_case(content) == CaseFile(CASE, (Target("torch"),), FINGERPRINT)


def test_foreign_bytes_are_refused_before_they_are_read(tmp_path: Path) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("../x.npy", bytes(1 << 20))
    array = io.BytesIO()
    np.save(array, np.array([print], dtype=object), allow_pickle=True)
    for content, what in [
        (pickle.dumps(print), "a pickle"),
        (archive.getvalue(), "zip archive"),
        (array.getvalue(), "npy array"),
        (b"\x1f\x8b" + bytes(10), "gzip"),
        (b"{" + b" " * (1 << 20), "longer than 1,048,576 bytes"),
        (b"\xff\xfe{}", "not JSON"),
        (b"{'case': 1}", "not JSON"),
        (b"", "not JSON"),
    ]:
        path = tmp_path / "case.json"
        path.write_bytes(content)
        with pytest.raises(CaseFileError, match=what) as raised:
            load_case_file(path)
        assert str(path) in str(raised.value)
    with pytest.raises(CaseFileError, match="No such file"):
        load_case_file(tmp_path / "missing.json")


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ("case.operator", "conv:aligne", "did you mean 'conv:aligned'"),
        ("case.operator", "os.system", r"\$.case.operator: unknown operator 'os.system'"),
        ("case.inputs.x.shape", [1] * 65, r"length <= 64 - at `\$.case.inputs\[...\].shape`"),
        ("case.inputs.x.shape", [1, 1, -1], r">= 0 - at `\$.case.inputs\[...\].shape"),
        ("case.inputs.x.shape", [10**9], "1,000,000,003 elements in all: at most"),
        ("case.inputs.x.shape", [2**40], "<= 2147483648"),
        ("case.inputs.x.shape", [1.5], "Expected `int`, got `float`"),
        ("case.inputs.x.shape", ["1"], "Expected `int`, got `str`"),
        ("case.inputs.x.dtype", "object", "'object' is no dtype of numbers"),
        ("case.inputs.x.dtype", "f;x", r"matching regex"),
        ("case.inputs.x.regime", "../x", r"at `\$.case.inputs\[...\].regime`"),
        ("case.inputs.x.layout", "fortran", r"at `\$.case.inputs\[...\].layout`"),
        ("case.inputs.x.more", 1, "unknown field `more`"),
        ("case.inputs.__class__", {"shape": [1], "dtype": "float32"}, "matching regex"),
        ("case.inputs.y", {"shape": [1], "dtype": "float32"}, "unknown input 'y'"),
        ("case.inputs", {"w": {"shape": [1], "dtype": "float32"}}, "input 'x' of 'conv:aligned' is missing"),
        ("case.parameters.__globals__", 1, "matching regex"),
        ("case.parameters.stride", [2**64], r"\$.case.parameters.stride\[0\]: 18446744073709551616 is out of range"),
        ("case.parameters.stride", [-(2**63) - 1], "out of range"),
        (
            "case.parameters.stride",
            [10**40],
            r"\$.case.parameters.stride\[0\]: a number that is not finite, or too long",
        ),
        ("case.parameters.stride", [float("nan")], r"\$.case.parameters.stride\[0\]: a number that is not finite"),
        ("case.parameters.stride", [float("-inf")], "not finite"),
        ("case.quantity", "hessian", "Invalid enum value 'hessian'"),
        ("case.quantity", "gradient", "input 'cotangent' of 'conv:aligned' is missing"),
        ("targets", ["torch:cpu:warp"], r"\$.targets: target 'torch:cpu:warp'"),
        ("targets", "torch", "Expected `array`"),
        ("extra", 1, "unknown field `extra`"),
    ],
)
def test_a_wrong_value_is_named_with_its_place(place: str, value: Any, message: str) -> None:
    with pytest.raises(CaseFileError, match=message):
        parse_case(changed(place, value))


def test_duplicate_keys_are_refused_with_their_place() -> None:
    text = json.dumps(document()).replace('"parameters": {', '"parameters": {"stride": 1, ')
    with pytest.raises(CaseFileError, match=r"\$.case.parameters: key 'stride' stands there twice"):
        parse_case(text.encode())


@pytest.mark.parametrize("nested", ["[" * 500_000, '{"a":' * 100_000, '{"a":"[[[",' * 100 + "[" * 90_000])
def test_deep_nesting_is_refused(nested: str) -> None:
    with pytest.raises(CaseFileError, match="nested deeper than 16 levels"):
        parse_case(nested.encode())


def test_damaged_files_raise_nothing_else() -> None:
    """Random edits of a right file: either it is read, into numbers in range, or refused with CaseFileError."""
    draw, content = random.Random(11), json.dumps(document()).encode()
    pieces = [b"[", b"]", b"{", b"}", b'"', b",", b"-", b"1e999", b"NaN", b"null", b"999999999999", b"\xff", b"\\ud800"]
    refused = 0
    for _ in range(2000):
        edited = bytearray(content)
        for _ in range(draw.randint(1, 3)):
            place = draw.randrange(len(edited))
            edited[place : place + draw.randint(0, 4)] = draw.choice(pieces)
        try:
            read = parse_case(bytes(edited))
        except CaseFileError:
            refused += 1
        else:
            assert read.case.operator in operator.load()
            assert sum(spec.size for spec in read.case.inputs.values()) <= 1 << 26
    assert refused > 1000
