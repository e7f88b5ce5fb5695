"""What the tests of reductions share: cases, readings of the first output, the judge."""

import numpy as np

from harness import operator
from harness.case import COTANGENT, Case, InputSpec, Returned, Target
from harness.compare import judge
from harness.meaning import Accuracy, Rule

OPERATORS = {key: op for key, op in operator.load().items() if op.family == "reduction"}


def case_of(key, shape, dtype="float32", regime="rounding", quantity="value", **parameters):
    op = OPERATORS[key]
    inputs = {"x": InputSpec(shape, dtype, regime, 7, limit=8)}
    return Case(op.key, inputs, {"axis": None, "keepdims": False, **parameters}, quantity)


def values(key, x, quantity="value", cotangent=None, **parameters):
    """All readings of the first output of an operator on the array."""
    x = np.asarray(x)
    case = case_of(key, x.shape, x.dtype.name, quantity=quantity, **parameters)
    arrays = {"x": x} if cotangent is None else {"x": x, COTANGENT: np.asarray(cotangent)}
    meaning = OPERATORS[key].meaning(case, arrays)
    assert meaning.rule is not Rule.REFUSE, meaning.reason
    return {name: outputs[0].values[0] for name, outputs in meaning.variants.items()}


def only(key, x, **parameters):
    readings = values(key, x, **parameters)
    assert list(readings) == [""]
    return readings[""]


def random(*shape):
    return np.random.default_rng(3).normal(size=shape)


def judged(key, x, *outputs, quantity="value", cotangent=None, **parameters):
    """What the comparator says of outputs."""
    x = np.asarray(x)
    case = case_of(key, x.shape, x.dtype.name, quantity=quantity, **parameters)
    arrays = {"x": x} if cotangent is None else {"x": x, COTANGENT: np.asarray(cotangent)}
    op = OPERATORS[key]
    return judge(op, case, Target("torch"), op.meaning(case, arrays), Returned(tuple(outputs)), Accuracy())
