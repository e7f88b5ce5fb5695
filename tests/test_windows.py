"""The window law in numbers worked out by hand, and against brute force over the definition."""

from __future__ import annotations

import itertools

import pytest

from harness import windows
from harness.windows import Window

GRID = list(itertools.product(range(1, 6), range(1, 5), range(1, 5), range(1, 4)))
"""Sizes, kernels, strides, dilations."""


def test_canvas_is_what_inputs_and_taps_reach() -> None:
    for size, kernel, stride, dilation in GRID:
        reached = {i * stride + t * dilation for i in range(size) for t in range(kernel)}
        assert windows.canvas(size, kernel, stride, dilation) == max(reached) + 1


@pytest.mark.parametrize(
    ("rule", "arguments", "expected"),
    [
        ("explicit", {"padding": 1}, Window(1, 23)),
        ("explicit", {"padding": 1, "output_padding": 1}, Window(1, 24)),
        ("output_size", {"out": 24, "padding": 1}, Window(1, 24)),
        ("keras_valid", {}, Window(0, 25)),
        ("keras_same", {}, Window(0, 24)),
        ("keras_valid_output_padding", {"output_padding": 1}, Window(0, 26)),
        ("keras_same_output_padding", {"output_padding": 0}, Window(1, 23)),
        ("keras_same_output_padding", {"output_padding": 1}, Window(0, 24)),
        ("keras2_full", {}, Window(2, 21)),
        ("output_shape_valid", {"out": 26}, Window(0, 26)),
        ("output_shape_same", {"out": 23}, Window(1, 23)),
        ("output_shape_explicit", {"out": 24, "padding": (1, 0)}, Window(1, 24)),
        ("lax_valid", {}, Window(0, 25)),
        ("lax_same", {}, Window(0, 24)),
        ("lax_pairs", {"padding": (1, 2)}, Window(1, 24)),
        ("lax_pairs", {"padding": (-1, 3)}, Window(3, 23)),
        ("lax_pairs_consistent", {"padding": (1, 0)}, Window(1, 24)),
    ],
)
def test_twelve_inputs_kernel_three_stride_two(rule: str, arguments: dict[str, object], expected: Window) -> None:
    """The canvas is 11 * 2 + 3 = 25."""
    assert windows.TRANSPOSED[rule](12, 3, 2, 1, **arguments) == expected


def test_every_rule_is_tried() -> None:
    cases = test_twelve_inputs_kernel_three_stride_two.pytestmark[0].args[1]
    assert {case[0] for case in cases} == set(windows.TRANSPOSED)


def test_dilation_counts_in_the_effective_kernel() -> None:
    assert windows.effective_kernel(3, 4) == 9
    assert windows.explicit(4, 3, 1, 4, 2) == Window(2, 3 + 9 - 4)
    assert windows.keras_same_output_padding(4, 3, 1, 4, 0) == Window(4, 4)


def test_a_stride_above_the_kernel_leaves_the_window_longer_than_the_canvas() -> None:
    assert windows.canvas(4, 3, 7, 1) == 24
    assert windows.keras_valid(4, 3, 7, 1) == windows.keras_same(4, 3, 7, 1) == Window(0, 28)


@pytest.mark.parametrize("padding", [(0, 0), (1, 1), (0, 2), (3, 1)])
def test_candidates_are_the_sizes_with_this_output(padding: windows.Padding) -> None:
    for size, kernel, stride, dilation in GRID:
        low, high = windows.candidates(size, kernel, stride, dilation, padding)
        fit = [n for n in range(1, 60) if windows.forward_size(n, kernel, stride, dilation, padding) == size]
        assert list(range(low, high + 1)) == fit, (size, kernel, stride, dilation)


def test_candidates_of_same_are_the_sizes_with_this_output() -> None:
    for size, kernel, stride, dilation in GRID:
        low, high = windows.candidates(size, kernel, stride, dilation, None)
        fit = [
            n
            for n in range(1, 60)
            if windows.forward_size(n, kernel, stride, dilation, windows.same_upper(n, kernel, stride, dilation))
            == size
        ]
        assert list(range(low, high + 1)) == fit, (size, kernel, stride, dilation)


def test_forward_size_counts_the_places_of_the_kernel() -> None:
    for size, kernel, stride, dilation in GRID:
        reach = windows.effective_kernel(kernel, dilation)
        places = [start for start in range(0, size + 3, stride) if start + reach <= size + 3]
        assert windows.forward_size(size, kernel, stride, dilation, (1, 2)) == len(places)


def test_same_pads_the_odd_cell_behind_and_same_lower_in_front() -> None:
    assert windows.same_upper(12, 3, 2, 1) == (0, 1)
    assert windows.same_lower(12, 3, 2, 1) == (1, 0)
    assert windows.same_upper(2, 1, 5, 1) == (0, 0)
    assert windows.torch_same(9, 4, 1, 1) == (1, 2)
    assert windows.causal(9, 3, 1, 2) == (4, 0)
    assert windows.no_padding(9, 3, 1, 2) == (0, 0)


def test_acceptance() -> None:
    assert windows.accepts_output_padding(2, 1, 3)
    assert not windows.accepts_output_padding(3, 1, 3)
    assert not windows.accepts_output_padding(-1, 2, 1)
    assert windows.output_size_range(12, 3, 2, 1, 1) == (23, 24)
    assert windows.accepts_output_size(24, 12, 3, 2, 1, 1)
    assert not windows.accepts_output_size(25, 12, 3, 2, 1, 1)
    assert windows.accepts_keras_output_padding(None, 1)
    assert not windows.accepts_keras_output_padding(2, 2)
    assert [out for out in range(20, 30) if windows.accepts_output_shape_same(out, 12, 2)] == [23, 24]
    assert [out for out in range(20, 30) if windows.accepts_output_shape_valid(out, 12, 3, 2, 1)] == [25, 26]
    assert [out for out in range(20, 30) if windows.accepts_output_shape_explicit(out, 12, 3, 2, 1, (1, 1))] == [23, 24]


def test_cut_and_covers() -> None:
    assert windows.cut(Window(0, 10), Window(1, 8)) == (1, 1)
    assert windows.cut(Window(1, 8), Window(0, 10)) == (-1, -1)
    assert windows.covers(Window(0, 10), Window(1, 12), 10)
    assert not windows.covers(Window(1, 9), Window(0, 3), 10)
    assert windows.covers(Window(4, 1), Window(12, 3), 10)


def test_numbers_of_any_size_are_exact() -> None:
    huge = 2**62
    assert windows.canvas(3, 2, huge, huge) == 3 * huge + 1
    assert windows.keras_same(1, 1, huge, 1) == Window(0, huge)
    assert windows.forward_size(5, 5, huge, 1) == 1
    assert windows.candidates(1, 1, huge, 1) == (1, huge)
