"""Asks a framework for every elementwise operator and dtype: ``python kernels_asked.py module:Adapter`` prints what it refuses, as JSON."""

from __future__ import annotations

import json
import os
import re
import sys

from harness import operator
from harness.case import GRADIENT, VALUE, Case, InputSpec, Raised
from harness.draw import draw_block
from harness.execute import execute
from harness.formats import FLOATS
from harness.meaning import Rule
from harness.operator import Operator, with_cotangent
from harness.operators.elementwise.kernels import MESSAGES
from harness.values import arrays_of
from harness.worker import load

DTYPES = ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
DTYPES += ("bfloat16", "float16", "float32", "float64", "complex64", "complex128")


def cases(op: Operator, base: Case, dtype: str) -> list[Case]:
    """Three small numbers of the dtype, for the value and the gradient where the operator is defined."""
    inputs = {
        name: InputSpec((3,), dtype if spec.dtype == base.dtype else spec.dtype, "exact", 1, limit=3)
        for name, spec in base.inputs.items()
    }
    value = Case(op.key, inputs, base.parameters)
    meaning = op.meaning(value, arrays_of(value))
    if meaning.rule is Rule.EITHER and "defined" in meaning.reason:
        return []
    derived = op.differentiable and dtype in FLOATS
    return [value, with_cotangent(value, (3,), dtype, 1)] if derived else [value]


def refused(path: str, message: str) -> dict[str, dict[str, list[str]]]:
    """By quantity and operator the dtypes for which the adapter raises the message."""
    adapter = load(path)("cpu")
    found: dict[str, dict[str, list[str]]] = {VALUE: {}, GRADIENT: {}}
    for op in operator.load().values():
        if op.family != "elementwise" or op.key == "cast":
            continue
        drawn = (drawn.case for drawn in draw_block(op.structures(), op.key, 0, 0, 8))
        base = next(case for case in drawn if not case.parameters.get("hostile"))
        for dtype in DTYPES:
            for case in cases(op, base, dtype):
                outcome = execute(adapter, case, "eager")
                if isinstance(outcome, Raised) and re.search(message, outcome.message):
                    found[case.quantity].setdefault(op.key, []).append(dtype)
    return found


if __name__ == "__main__":
    os.environ.update(load(sys.argv[2]).environment)
    print(json.dumps(refused(sys.argv[2], MESSAGES[sys.argv[1]])))
