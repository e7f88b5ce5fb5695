"""Input arrays from recipes: every regime, dtype and layout."""

import ml_dtypes
import numpy as np
import pytest

from harness import values
from harness.case import InputSpec
from harness.formats import FLOATS, numpy_dtype

DTYPES = (*FLOATS, "int8", "uint8", "int16", "int32", "int64", "uint64", "bool", "complex64", "complex128")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("regime", values.REGIMES)
def test_every_regime_makes_every_dtype(regime, dtype):
    spec = InputSpec((5, 7), dtype, regime, 3, limit=9, points=(1.0, 100.0), low=-2, high=9)
    array = values.generate(spec)
    assert array.shape == (5, 7)
    assert array.dtype == numpy_dtype(dtype)
    again = values.generate(spec)
    assert np.array_equal(array.view(np.uint8), again.view(np.uint8))


@pytest.mark.parametrize("dtype", FLOATS)
def test_magnitudes_span_the_whole_exponent_range(dtype):
    array = values.generate(InputSpec((20000,), dtype, "magnitudes", 1)).astype(np.float64)
    info = ml_dtypes.finfo(numpy_dtype(dtype))
    assert np.isfinite(array).all()
    assert (array != 0).all()
    assert np.abs(array).max() > float(info.max) / 4
    assert np.abs(array).min() < 4 * float(info.smallest_subnormal)
    assert 0.4 < np.mean(array > 0) < 0.6


def test_near_has_the_point_its_neighbours_and_both_sides():
    array = values.generate(InputSpec((4000,), "float32", "near", 1, points=(2.0,)))
    below, above = np.nextafter(np.float32(2), np.float32(0)), np.nextafter(np.float32(2), np.float32(3))
    assert {2.0, below, above} <= set(array.tolist())
    assert np.abs(array - 2).max() > 1


def test_near_zero_has_zero_and_the_smallest_subnormal():
    array = values.generate(InputSpec((4000,), "float16", "near", 1))
    assert {0.0, 2.0**-24, -(2.0**-24)} <= set(array.astype(float).tolist())


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64", "uint64"])
def test_special_integers_hold_the_extremes(dtype):
    array = values.generate(InputSpec((2000,), dtype, "special", 1))
    info = np.iinfo(dtype)
    assert array.max() == info.max
    assert array.min() == info.min


@pytest.mark.parametrize("dtype", ["int32", "float32"])
def test_uniform_integers_fill_their_range(dtype):
    array = values.generate(InputSpec((500,), dtype, "uniform", 1, low=-2, high=3))
    assert set(array.tolist()) == {-2, -1, 0, 1, 2, 3}


@pytest.mark.parametrize("layout", values.LAYOUTS)
@pytest.mark.parametrize("shape", [(), (0, 3), (3,), (2, 3, 5)])
def test_layouts_keep_shape_and_elements(layout, shape):
    array = np.arange(np.prod(shape, dtype=int), dtype=np.float32).reshape(shape)
    laid = values.lay_out(array.copy(), layout)
    assert laid.shape == shape
    expected = np.broadcast_to(array[:1], shape) if layout == "broadcast" and shape else array
    assert np.array_equal(laid, expected)


def test_layouts_are_what_they_say():
    array = np.arange(30, dtype=np.float32).reshape(5, 6)
    assert values.lay_out(array, "reversed").strides == (24, -4)
    assert values.lay_out(array, "broadcast").strides == (0, 4)
    assert not values.lay_out(array.copy(), "readonly").flags.writeable
    assert values.lay_out(array, "offset").ctypes.data % 8 == 4


def test_an_unknown_regime_or_layout_is_refused():
    with pytest.raises(ValueError, match="regime 'odd'"):
        values.generate(InputSpec((1,), "float32", "odd"))
    with pytest.raises(ValueError, match="layout 'odd'"):
        values.generate(InputSpec((1,), "float32", layout="odd"))


def test_what_a_call_does_to_an_array_is_not_in_the_next_one():
    spec = InputSpec((3, 4), "float32", "exact", seed=5, limit=7)
    first = values.generate(spec)
    right = first.copy()
    first[:] = 99
    assert np.array_equal(values.generate(spec), right)


def test_points_that_differ_in_the_sign_of_a_zero_alone_are_different_values():
    signs = [
        np.signbit(values.generate(InputSpec((5,), "float32", "full", points=(zero,)))).all() for zero in (0.0, -0.0)
    ]
    assert signs == [False, True]
