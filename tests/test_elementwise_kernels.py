"""The tables of missing kernels say neither more nor less than the installed frameworks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness import operator
from harness.case import GRADIENT, VALUE, Case, InputSpec, Kind, Target
from harness.operators.elementwise import kernels

HERE = Path(__file__).parent
ADAPTERS = {
    "torch": "harness.adapters.torch:Torch",
    "tensorflow": "harness.adapters.tensorflow:TensorFlow",
    "keras-tensorflow": "harness.adapters.keras:KerasTensorFlow",
}


@pytest.mark.frameworks
@pytest.mark.parametrize("framework", ADAPTERS)
def test_a_framework_refuses_what_the_tables_say_and_nothing_else(framework: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent), "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, str(HERE / "kernels_asked.py"), framework, ADAPTERS[framework]]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, timeout=300, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    tables = {quantity: table for name, quantity, table in kernels.TABLES if name == framework}
    for quantity in (VALUE, GRADIENT):
        stated = {key: sorted(dtypes) for key, dtypes in tables.get(quantity, {}).items()}
        assert {key: sorted(dtypes) for key, dtypes in found[quantity].items()} == stated, quantity


def test_a_row_is_about_its_dtypes_only() -> None:
    value, gradient = kernels.lacks("ndtri")[:2]
    assert (value.name, gradient.name) == (
        "torch: no kernel of ndtri, value",
        "torch: no kernel of ndtri, gradient",
    )
    half, single = (Case("ndtri", {"x": InputSpec((3,), dtype)}, {}) for dtype in ("float16", "float32"))
    assert value.when(half)
    assert not value.when(single)
    assert not gradient.when(half)
    assert kernels.lacks("exp") == ()


@pytest.mark.parametrize("key", ["i0", "cumsum", "histogram"])
def test_what_xla_cannot_compile_is_known_of_compiled_targets_only(key: str) -> None:
    """The message names the kernel that is not registered; another refusal of XLA is a finding."""
    op, case = operator.get(key), Case(key, {"x": InputSpec((3,), "int16")}, {})
    unsupported = (
        f"InvalidArgumentError: Detected unsupported operations when trying to compile graph f on XLA_CPU_JIT: {key} "
        f"(No registered '{key}' OpKernel for XLA_CPU_JIT devices compatible with node)"
    )

    def known(target: str, message: str) -> bool:
        row = op.known_difference(case, Target.parse(target), Kind.RAISED, message)
        return row is not None and row.status == "documented"

    assert known("tensorflow:cpu:compiled", unsupported)
    assert known("keras-tensorflow:cpu:compiled", unsupported)
    assert not known("tensorflow:cpu:eager", unsupported)
    assert not known("tensorflow:cpu:compiled", "InvalidArgumentError: Incompatible shapes: [4] vs. [3]")
