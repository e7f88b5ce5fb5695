"""Elementwise functions of complex numbers: special values by Annex G of C17, others by Python."""

from __future__ import annotations

import math

import numpy as np
import pytest

from harness import operator
from harness.case import Case, InputSpec

NAN, INF = math.nan, math.inf


def annexed(function, *numbers):
    """Outcomes of both conventions for one result of a complex function at one argument."""
    *argument, result = numbers
    x, y = np.array(argument, np.complex64), np.array([result], np.complex64)
    case = Case(f"complex_{function}", {"x": InputSpec((1,), "complex64")}, {})
    variants = operator.get(case.operator).meaning(case, {"x": x}).variants
    return {name: bool(outputs[0].property.of([y]).max() <= 1) for name, outputs in variants.items()}


BOTH, LENIENT = {"C17 Annex G": True, "by parts": True}, {"C17 Annex G": False, "by parts": True}
NEITHER = {"C17 Annex G": False, "by parts": False}


@pytest.mark.parametrize(
    ("function", "argument", "result", "holds"),
    [
        ("exp", complex(INF, INF), complex(-INF, NAN), BOTH),  # G.6.3.1: an infinity of either sign
        ("exp", complex(INF, INF), complex(NAN, NAN), LENIENT),
        ("exp", complex(INF, INF), 0j, NEITHER),
        ("exp", complex(-INF, NAN), 0j, BOTH),  # G.6.3.1: zeros of either sign
        ("exp", complex(0, 0), complex(1, 0), BOTH),
        ("exp", complex(0, 0), complex(0, 0), NEITHER),
        ("log", complex(INF, NAN), complex(INF, NAN), BOTH),  # G.6.3.2
        ("log", complex(INF, NAN), complex(NAN, NAN), LENIENT),
        ("log", complex(0, 0), complex(-INF, 0), BOTH),
        ("sqrt", complex(NAN, INF), complex(INF, INF), BOTH),  # G.6.4.2
        ("sqrt", complex(-1, -0.0), complex(0, -1), BOTH),
        ("sqrt", complex(-1, -0.0), complex(0, 1), LENIENT),
        ("sqrt", complex(-1, -0.0), complex(1, 0), NEITHER),
        ("cosh", complex(INF, NAN), complex(INF, NAN), BOTH),  # G.6.2.4
        ("sinh", complex(0, INF), complex(0, NAN), BOTH),  # G.6.2.5
        ("tanh", complex(INF, 1), complex(1, 0), BOTH),  # G.6.2.6
        ("tanh", complex(INF, 1), complex(2, 0), NEITHER),
    ],
)
def test_special_values_of_complex_functions_are_those_of_annex_g(function, argument, result, holds):
    assert annexed(function, argument, result) == holds


@pytest.mark.parametrize("name", ["exp", "log", "sqrt", "sin", "cos", "sinh", "cosh", "tanh"])
def test_complex_functions_agree_with_python(name):
    import cmath

    rng = np.random.default_rng(5)
    x = (rng.uniform(-4, 4, 50) + 1j * rng.uniform(-4, 4, 50)).astype(np.complex64)
    case = Case(f"complex_{name}", {"x": InputSpec((50,), "complex64")}, {})
    got = operator.get(case.operator).meaning(case, {"x": x}).variants[""][0].values[0]
    np.testing.assert_allclose(got, [getattr(cmath, name)(complex(z)) for z in x], rtol=1e-13)
