"""What tests of operators that move elements share: cases by hand, values of an operator's meaning, campaigns per family."""

from __future__ import annotations

from collections import Counter

import numpy as np

from harness import operator
from harness.case import COTANGENT, GRADIENT, Case, InputSpec
from harness.draw import draw_block
from harness.meaning import Rule
from harness.values import arrays_of


def meaning(key, arrays, quantity="value", **parameters):
    """The meaning of an operator for arrays given by name."""
    inputs = {name: InputSpec(array.shape, array.dtype.name) for name, array in arrays.items()}
    case = Case(key, inputs, parameters, quantity)
    return operator.get(key).meaning(case, arrays)


def values(key, arrays, convention="", **parameters):
    """The values of a case that must compute; of a convention, also of one that may be refused."""
    found = meaning(key, arrays, **parameters)
    assert convention or found.rule is Rule.COMPUTE, found.reason
    outputs = [output.values[0] for output in found.variants[convention]]
    return outputs[0] if len(outputs) == 1 else outputs


def gradients(key, arrays, cotangent, convention="", **parameters):
    """The vector-Jacobian products of a case."""
    found = meaning(key, {**arrays, COTANGENT: cotangent}, GRADIENT, **parameters)
    return [output.values[0] for output in found.variants[convention]]


def refusal(key, arrays, **parameters):
    """The reason why a case must be refused."""
    found = meaning(key, arrays, **parameters)
    assert found.rule is Rule.REFUSE
    return found.reason


def drawn(key, count=300):
    """Structures of an operator."""
    return [
        found.case
        for block in range(count // 50)
        for found in draw_block(operator.get(key).structures(), key, 3, block)
    ]


def parameter_values(key, name, count=300):
    """How often a parameter takes each value."""
    return Counter(case.parameters.get(name) for case in drawn(key, count))


def cases_of(key, count=50):
    """Cases with their arrays and their meaning."""
    op = operator.get(key)
    for number, structure in enumerate(drawn(key, count)):
        for case in op.cases(structure, number * 16):
            arrays = arrays_of(case)
            yield case, arrays, op.meaning(case, arrays)


def same(one, other):
    """Whether arrays hold the same numbers, NaNs included."""
    dtype = np.complex128 if "complex" in np.asarray(one).dtype.name else np.longdouble
    return np.array_equal(np.asarray(one).astype(dtype), np.asarray(other).astype(dtype), equal_nan=True)


def family(name):
    """The operators of a family."""
    return tuple(key for key, op in operator.load().items() if op.family == name)
