"""What the tests of scripts share: cases, findings, running a script, and NumPy as a framework that misbehaves when asked."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from harness.adapters.base import Adapter
from harness.case import Case, InputSpec, Kind, Target
from harness.meaning import Expected, Meaning, Rule
from harness.operator import Operator
from harness.records import FindingRecord, Fingerprint

HOSTILE = 'x\n"""\nraise SystemExit(9)\r\u2028import os\x0c\x00 \ud800 coding: utf-7 \u202e'


def conv(dtype: str = "float32", regime: str = "rounding", **changes: Any) -> Case:
    """A convolution of 4 cells with bias, stride 2 and one cell of padding on both sides."""
    specs = {"x": (2, 2, 4), "w": (3, 2, 3), "b": (3,)}
    limit = 8 if dtype != "bfloat16" else 3
    arrays = {
        name: InputSpec(shape, dtype, regime, i + 1, limit=limit) for i, (name, shape) in enumerate(specs.items())
    }
    parameters = {"stride": (2,), "dilation": (1,), "groups": 1, "padding": ((1, 1),), "batched": True, **changes}
    return Case("conv:aligned", arrays, parameters)


def transposed(dtype: str = "float32", regime: str = "rounding", **changes: Any) -> Case:
    """A transposed convolution of 2 x 3 cells without bias, stride 2, on all of its canvas."""
    arrays = {"x": InputSpec((1, 2, 2, 3), dtype, regime, 5), "w": InputSpec((2, 1, 3, 2), dtype, regime, 6)}
    parameters = {
        "stride": (2, 2),
        "dilation": (1, 1),
        "groups": 1,
        "window": ((0, 5), (0, 6)),
        "batched": True,
        **changes,
    }
    return Case("conv_transpose:aligned", arrays, parameters)


def finding(case: Case, target: str = "torch", kind: Kind = Kind.VALUE, **facts: Any) -> FindingRecord:
    """A finding as the verifier writes it, as far as a script reads it."""
    where = Target.parse(target)
    mark = Fingerprint(case.operator, case.quantity, kind.value, where.framework, "planted")
    return FindingRecord(mark, "bug", facts.pop("sentence", f"{target}: planted"), case, where, (str(where),), **facts)


def execute_script(folder: Path, text: str, flags: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """Run a script as its reader would: a fresh interpreter, another directory, nothing of opdiff on the path."""
    path = folder / "script.py"
    path.write_bytes(text.encode())
    environment: Mapping[str, str] = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "OPDIFF"))
    }
    return subprocess.run(
        [sys.executable, "-I", *flags, str(path)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


# NumPy plays the framework; its calls misbehave in one way each, and are mended in the text of the script.


def from_numpy(numpy: Any, array: np.ndarray, device: str) -> Any:
    return array.copy()


def to_numpy(numpy: Any, array: Any) -> np.ndarray:
    return numpy.asarray(array)


def eager(numpy: Any, function: Any) -> Any:
    return function


def describe(numpy: Any, function: Any, arrays: Sequence[Any]) -> list[Any]:
    result = function(*arrays)
    return [(result.shape, result.dtype.name)]


class NumPy(Adapter):
    """A framework that is always there."""

    name = table = "numpy"
    modes = ("eager", "abstract")
    environment: Mapping[str, str] = {"NUMPY_SWITCH": 'a "quoted" one'}
    requires = ("numpy",)
    imports = "import numpy"
    transforms: Mapping[str, Any] = {"eager": eager}
    from_numpy = staticmethod(from_numpy)
    to_numpy = staticmethod(to_numpy)
    describe = staticmethod(describe)


def sum_meaning(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
    """The sum of x and w, by one convention, or by two of which the second subtracts."""
    rule = Rule[case.parameters.get("rule", "COMPUTE")]
    if rule is Rule.REFUSE:
        return Meaning(rule, f"must not be {HOSTILE}")
    x, w = (arrays[name].astype(np.float64) for name in ("x", "w"))

    def output(value: np.ndarray) -> tuple[Expected, ...]:
        return (
            Expected(
                value.shape, case.dtype, (value,), lambda dtype, accuracy: np.abs(value) / 64, case.regime == "exact"
            ),
        )

    variants = {"": output(x + w)}
    if case.parameters.get("two"):
        variants = {"sum": output(x + w), "difference": output(x - w)}
    return Meaning(rule, "", variants)


PLANTED = Operator("sum", inputs=("x", "w"), meaning=sum_meaning, structures=list, cases=lambda case, seed: [case])


@PLANTED.call("numpy", spelling="right")
def _(numpy, x, w):
    return numpy.add(x, w)


@PLANTED.call("numpy", spelling="wrong")
def _(numpy, x, w):
    return numpy.maximum(x, w)


@PLANTED.call("numpy", spelling="difference", convention=lambda case: "sum")
def _(numpy, x, w):
    return numpy.subtract(x, w)


@PLANTED.call("numpy", spelling="nan")
def _(numpy, x, w):
    return numpy.add(x, w) * numpy.nan


@PLANTED.call("numpy", spelling="shape")
def _(numpy, x, w):
    return numpy.add(x, w)[:-1]


@PLANTED.call("numpy", spelling="dtype")
def _(numpy, x, w):
    return numpy.add(x, w).astype("float64")


@PLANTED.call("numpy", spelling="two")
def _(numpy, x, w):
    return numpy.add(x, w), numpy.add(x, w)


@PLANTED.call("numpy", spelling="raises")
def _(numpy, x, w):
    raise ValueError("no\nway")


@PLANTED.call("numpy", spelling="internal")
def _(numpy, x, w):
    raise RuntimeError("INTERNAL ASSERT FAILED: please report a bug")


@PLANTED.call("numpy", spelling="dies")
def _(numpy, x, w):
    import os

    os.abort()


@PLANTED.call("numpy", spelling="hangs")
def _(numpy, x, w):
    import time

    time.sleep(100)


@PLANTED.call("numpy", spelling="memory")
def _(numpy, x, w):
    return numpy.ones(1 << 30, "uint8")


def pair(spelling: str, regime: str = "exact", size: int = 5, **parameters: Any) -> Case:
    """Two arrays to be added by the call of that spelling."""
    specs = {name: InputSpec((size, 2), "float32", regime, i, limit=9) for i, name in enumerate("xw")}
    return Case("sum", specs, {"spelling": spelling, **parameters})


FAKE = f"{__name__}:NumPy"
"""Path of the adapter."""
