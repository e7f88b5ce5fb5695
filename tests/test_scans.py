"""Scans: against their reductions, against loops, against NumPy."""

import math

import numpy as np
import pytest
import scipy.special
from reduced import judged, only, random, values


@pytest.mark.parametrize("key", ["cumsum", "cumprod", "cummax", "cummin", "logcumsumexp"])
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_scan_is_its_reduction_of_every_prefix(key, axis):
    reduce = {"cumsum": np.sum, "cumprod": np.prod, "cummax": np.max, "cummin": np.min}.get(
        key, scipy.special.logsumexp
    )
    x = random(4, 6)
    got = np.moveaxis(only(key, x, axis=axis), axis, 0)
    rows = np.moveaxis(x, axis, 0)
    expected = [reduce(rows[: i + 1], axis=0) for i in range(len(rows))]
    np.testing.assert_allclose(got.astype(float), expected, rtol=1e-12, atol=1e-14)


SCANNED = {"cumsum": sum, "cumprod": math.prod, "logcumsumexp": scipy.special.logsumexp, "cummax": max, "cummin": min}


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(
    ("key", "exclusive"),
    [(key, False) for key in SCANNED] + [(key, True) for key in ("cumsum", "cumprod", "logcumsumexp")],
)
def test_scan_in_either_direction_by_loops(key, reverse, exclusive):
    x = random(6)
    identity = {"cumsum": 0, "cumprod": 1, "logcumsumexp": -np.inf}.get(key)
    expected = []
    for i in range(6):
        part = (x[i + exclusive :] if reverse else x[: i + 1 - exclusive]).tolist()
        expected.append(SCANNED[key](part) if part else identity)
    got = only(key, x, axis=0, reverse=reverse, exclusive=exclusive)
    np.testing.assert_allclose(got.astype(float), expected, rtol=1e-13)


def test_an_exclusive_scan_of_integers_and_of_nothing():
    assert values("cumsum", np.array([1, 2, 3], np.int8), axis=0, exclusive=True)["int8"].tolist() == [0, 1, 3]
    assert values("cumprod", np.array([2, 3, 4], np.int8), axis=0, exclusive=True, reverse=True)["int8"].tolist() == [
        12,
        4,
        1,
    ]
    assert only("cumsum", np.zeros((2, 0)), axis=1, exclusive=True).shape == (2, 0)


def test_tensorflow_may_begin_an_exclusive_log_sum_exp_with_the_least_number():
    """tensorflow.org, tf.raw_ops.CumulativeLogsumexp: the minimal value representable is used instead of -inf."""
    x, least = np.array([1.0, 2.0], np.float32), np.finfo(np.float32).min
    for begin, wrong in ((-np.inf, False), (least, False), (0.0, True)):
        found = judged("logcumsumexp", x, np.array([begin, 1], np.float32), axis=0, exclusive=True, reverse=False)
        assert bool(found.disagreement) is wrong


@pytest.mark.parametrize("key", ["nancumsum", "nancumprod"])
def test_scan_without_nan_agrees_with_numpy(key):
    x = random(3, 5)
    x[1, 2] = x[0, 0] = np.nan
    np.testing.assert_allclose(only(key, x, axis=1).astype(float), getattr(np, key)(x, axis=1), rtol=1e-13)
