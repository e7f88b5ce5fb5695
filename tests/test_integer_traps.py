"""Shifts by the width and by negative counts, powers of negative exponents, the smallest integer over -1: reached, and left open."""

from __future__ import annotations

import numpy as np
import pytest
from moved import cases_of, meaning, values

from harness.meaning import Rule

WIDTHS = [("int8", 8), ("uint8", 8), ("int16", 16), ("int32", 32), ("int64", 64), ("uint64", 64)]


@pytest.mark.parametrize(("dtype", "width"), WIDTHS)
@pytest.mark.parametrize("key", ["shift_left_any", "shift_right_any"])
def test_shifts_by_the_width_and_more_promise_nothing(key, dtype, width):
    """Beside them, the shift by one less is that of Python's integers, wrapped to the type."""
    counts = np.array([0, 1, width - 1, width, width + 1], dtype)
    x = np.full(5, np.iinfo(dtype).max - 2, dtype)
    found = meaning(key, {"x": x, "y": counts})
    (output,) = found.variants[""]
    assert found.rule is Rule.EITHER
    assert output.free.tolist() == [False, False, False, True, True]
    for place in range(3):
        count, value = int(counts[place]), int(x[place])
        shifted = value << count if key == "shift_left_any" else value >> count
        bits = shifted % 2**width
        wrapped = bits - 2**width if np.iinfo(dtype).min < 0 and bits >= 2 ** (width - 1) else bits
        assert int(output.values[0][place]) == wrapped


@pytest.mark.parametrize("key", ["shift_left_any", "shift_right_any"])
def test_negative_shifts_promise_nothing(key):
    (output,) = meaning(key, {"x": np.array([5, 5], np.int32), "y": np.array([-1, 1], np.int32)}).variants[""]
    assert output.free.tolist() == [True, False]


def test_a_negative_number_shifted_right_keeps_its_sign():
    assert values("shift_right", {"x": np.array([-128, -1], np.int8), "y": np.array([7, 7], np.int8)}).tolist() == [
        -1,
        -1,
    ]


def test_powers_of_negative_exponents_promise_nothing():
    found = meaning("integer_power", {"x": np.array([2, 0, 3], np.int32), "y": np.array([-1, -1, 2], np.int32)})
    assert found.rule is Rule.EITHER
    assert found.variants[""][0].free.tolist() == [True, True, False]
    assert found.variants[""][0].values[0][2] == 9


def test_powers_wrap_and_anything_to_the_zeroth_is_one():
    x, y = np.array([3, 0, -2, 16], np.int8), np.array([6, 0, 7, 2], np.int8)
    assert values("integer_power", {"x": x, "y": y}).tolist() == [729 - 3 * 256, 1, -128, 0]


@pytest.mark.parametrize("key", ["integer_floor_divide", "integer_truncated_divide"])
def test_the_smallest_integer_over_minus_one_promises_nothing(key):
    x, y = np.array([-128, -128, 127], np.int8), np.array([-1, 1, -1], np.int8)
    (output,) = meaning(key, {"x": x, "y": y}).variants[""]
    assert output.free.tolist() == [True, False, False]
    assert output.values[0][1:].tolist() == [-128, -127]


@pytest.mark.parametrize("key", ["integer_remainder", "integer_fmod"])
def test_its_remainder_is_zero(key):
    assert values(key, {"x": np.array([-128], np.int8), "y": np.array([-1], np.int8)}).tolist() == [0]


def test_the_traps_are_drawn():
    counts = [(c, a["y"]) for c, a, _ in cases_of("shift_left_any", 150) if "y" in a and "hostile" not in c.parameters]
    assert any((y < 0).any() for _, y in counts)
    assert any((y == np.iinfo(case.dtype).bits).any() for case, y in counts)
    assert any((y == np.iinfo(case.dtype).bits + 1).any() for case, y in counts)
    assert any((a["y"] < 0).any() for c, a, _ in cases_of("integer_power", 150) if "hostile" not in c.parameters)
