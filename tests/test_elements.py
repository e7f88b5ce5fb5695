"""Which elements of a result are right, decided by hand."""

import numpy as np

from harness.elements import Admissible, admissible
from harness.meaning import Accuracy, Expected


def arrays(*rows):
    return tuple(np.array(row, np.float64) for row in rows)


def test_any_reading_within_the_bound_is_right():
    allowed = Admissible(arrays([1, 2, 3], [1, 5, 3]), np.array([0.1, 0.1, 0.1]), None)
    assert allowed.holds(np.array([1.05, 4.95, 3.2])).tolist() == [True, True, False]


def test_the_ratio_is_that_of_the_nearest_reading():
    allowed = Admissible(arrays([1, 2], [1, 5]), np.array([0.1, 0.1]), None)
    assert abs(allowed.ratio(np.array([1.0, 4.95])) - 0.5) < 1e-12


def test_nan_and_infinities_are_right_where_a_reading_has_them():
    allowed = Admissible(arrays([np.nan, np.inf, 1]), np.zeros(3), None)
    assert allowed.holds(np.array([np.nan, np.inf, np.nan])).tolist() == [True, True, False]
    assert allowed.holds(np.array([0, -np.inf, np.inf])).tolist() == [False, False, False]


def test_exact_values_may_be_nan():
    allowed = Admissible(arrays([np.nan, 1]), None, None)
    assert allowed.holds(np.array([np.nan, 1])).all()
    assert not allowed.holds(np.array([1, np.nan])).any()


def test_the_sign_of_zero_counts_only_where_it_is_defined():
    for signed, right in ((False, True), (True, False)):
        allowed = Admissible(arrays([0.0, -0.0, 1e-300]), np.full(3, 1e-200), None, signed)
        assert allowed.holds(np.array([-0.0, 0.0, -0.0])).tolist() == [right, right, True]
        assert allowed.holds(np.array([0.0, -0.0, 0.0])).all()


def test_a_zero_may_have_the_sign_of_any_reading_that_is_zero():
    """A target that flushes its inputs may come to a zero of the other sign; one that is not zero says nothing about signs."""
    readings = np.array([0.0, 0.0, 0.0]), np.array([-0.0, 0.0, -1e-40])
    allowed = Admissible(readings, np.zeros(3), None, signed=True)
    assert allowed.wrong_sign(np.array([-0.0, -0.0, -0.0])).tolist() == [False, True, True]
    assert allowed.holds(np.array([-0.0, 0.0, 0.0])).all()


def test_free_elements_may_be_anything():
    allowed = Admissible(arrays([1, 1]), np.zeros(2), np.array([True, False]))
    assert allowed.holds(np.array([7.0, 7.0])).tolist() == [True, False]
    assert allowed.ratio(np.array([7.0, 1.0])) == 0


def test_flushed_readings_are_for_targets_that_flush():
    tiny = 1e-40
    output = Expected((1,), "float32", arrays([tiny]), lambda dtype, accuracy: np.zeros(1), flushed=arrays([0.0]))
    for flush, right in ((False, False), (True, True), (("float64",), False)):
        allowed = admissible(output, Accuracy(flush=flush))
        assert allowed.holds(np.array([0.0])).all() == right
