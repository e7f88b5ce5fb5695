"""Checks of the Keras of this process, run by ``test_keras`` and ``test_nominal`` in an interpreter of its own.

The backend is decided by the environment before Keras is imported, so each needs a process.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import ml_dtypes
import numpy as np

from harness import operator
from harness.case import COTANGENT, GRADIENT, Case, Described, InputSpec, Returned, Target
from harness.compare import judge
from harness.execute import execute
from harness.values import arrays_of

ROOT = Path(__file__).parent.parent


def adapter_of(name: str):
    """The adapter of that name, imported here."""
    from harness.adapters import jax, keras, tensorflow, tf_keras, torch

    classes = [keras.KerasTensorFlow, keras.KerasTorch, keras.KerasJax, keras.KerasJaxX64, tf_keras.TfKeras]
    classes += [torch.Torch, tensorflow.TensorFlow, jax.Jax, jax.JaxX64]
    return next(each for each in classes if each.name == name)


def in_process(module: str, check: str, framework: str, **environment: str) -> subprocess.CompletedProcess:
    """Run ``module.check(framework)`` in a fresh interpreter with the adapter's environment."""
    quiet = {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")]),
    }
    script = f"import {module}; {module}.{check}({framework!r})"
    return subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **quiet, **adapter_of(framework).environment, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def passes(module: str, check: str, framework: str) -> None:
    """``in_process`` must succeed."""
    done = in_process(module, check, framework)
    assert done.returncode == 0, done.stderr[-3000:]


def filled(key: str, shapes: dict, parameters: dict, quantity: str = "value", regime: str = "arange") -> Case:
    """A float32 case whose inputs count 1, 2, 3, ... (or are of another regime)."""
    inputs = {name: InputSpec(shape, "float32", regime) for name, shape in shapes.items()}
    return Case(key, inputs, {"batched": True, "groups": 1, **parameters}, quantity)


def ones_cotangent(case: Case, shape: tuple) -> Case:
    """The gradient case with a cotangent of ones."""
    return Case(
        case.operator, {**case.inputs, COTANGENT: InputSpec(shape, "float32", "ones")}, case.parameters, GRADIENT
    )


def check_numbers(name: str) -> None:
    """Every floating-point type there and back, bit for bit; shape inference sees the dtype that conversion gives."""
    adapter = adapter_of(name)()
    for dtype in ("float16", "float32", "float64", ml_dtypes.bfloat16):
        array = (np.arange(6) / 3).astype(dtype).reshape(2, 3)
        tensor = adapter.from_numpy(adapter.module, array, "cpu")
        back = adapter.to_numpy(adapter.module, tensor)
        wanted = array.astype(adapter.narrow.get(array.dtype.name, array.dtype))
        assert back.dtype == wanted.dtype, (name, dtype)
        assert back.tobytes() == wanted.tobytes(), (name, dtype)
        described = adapter.describe(adapter.module, lambda x: x, [array])
        assert described == [((2, 3), wanted.dtype.name)], (name, described)


def run(adapter, case: Case, mode: str = "eager"):
    """The outcome, which must be a result."""
    outcome = execute(adapter, case, mode)
    assert isinstance(outcome, (Returned, Described)), (case, mode, outcome)
    return outcome


SPELLINGS = ("function", "layer", "depthwise", "depthwise_layer")


def check_hand_computed(name: str) -> None:
    """x = 1 2 3 and kernel 1 2 by hand, for every spelling and every padding a row is native or composed for."""
    adapter = adapter_of(name)()
    convolutions = {((0, 0),): [5, 8], ((0, 1),): [5, 8, 3], ((1, 0),): [2, 5, 8], ((2, 1),): [0, 2, 5, 8, 3]}
    for spelling in SPELLINGS:
        for padding, wanted in convolutions.items():
            parameters = {"stride": (1,), "dilation": (1,), "padding": padding, "spelling": spelling}
            case = filled("conv:aligned", {"x": (1, 1, 3), "w": (1, 1, 2), "b": (1,)}, parameters)
            assert run(adapter, case).arrays[0].tolist() == [[[cell + 1 for cell in wanted]]], (spelling, padding)
    # Canvas of x = 1 2, kernel 1 2 3 and stride 2: 1 2 (3 + 2) 4 6.
    windows = {
        (0, 5): [1, 2, 5, 4, 6],
        (0, 6): [1, 2, 5, 4, 6, 0],
        (0, 4): [1, 2, 5, 4],
        (1, 3): [2, 5, 4],
        (-1, 3): [0, 1, 2],
    }
    for spelling in ("function", "layer"):
        for window, wanted in windows.items():
            parameters = {"stride": (2,), "dilation": (1,), "window": (window,), "spelling": spelling}
            case = filled("conv_transpose:aligned", {"x": (1, 1, 2), "w": (1, 1, 3)}, parameters)
            assert run(adapter, case).arrays[0].tolist() == [[wanted]], (spelling, window)


def check_gradients(name: str) -> None:
    """Products with a cotangent of ones: for the input the kernel's partial sums, for the kernel the input's, for the bias the count."""
    adapter = adapter_of(name)()
    for spelling in ("function", "layer"):
        parameters = {"stride": (1,), "dilation": (1,), "padding": ((0, 0),), "spelling": spelling}
        case = ones_cotangent(
            filled("conv:aligned", {"x": (1, 1, 3), "w": (1, 1, 2), "b": (1,)}, parameters), (1, 1, 2)
        )
        x, w, b = run(adapter, case).arrays
        assert (x.tolist(), w.tolist(), b.tolist()) == ([[[1, 3, 2]]], [[[3, 5]]], [2])
        parameters = {"stride": (2,), "dilation": (1,), "window": ((0, 4),), "spelling": spelling}
        case = ones_cotangent(filled("conv_transpose:aligned", {"x": (1, 1, 2), "w": (1, 1, 3)}, parameters), (1, 1, 4))
        x, w = run(adapter, case).arrays
        assert (x.tolist(), w.tolist()) == ([[[6, 3]]], [[[3, 3, 1]]])


def check_three_witnesses(name: str) -> None:
    """compute_output_shape, symbolic shapes and eager shapes agree, in a window that "same" gives."""
    adapter = adapter_of(name)()
    for data_format in (
        ("channels_last",) if name in ("keras-tensorflow", "tf-keras") else ("channels_last", "channels_first")
    ):
        common = {"stride": (2, 3), "dilation": (1, 1), "data_format": data_format}
        window = {**common, "window": ((0, 8), (0, 15))}
        case = filled("conv_transpose:aligned", {"x": (2, 3, 4, 5), "w": (3, 6, 3, 2), "b": (6,)}, window)
        padded = filled("conv:aligned", {"x": (2, 3, 4, 5), "w": (6, 3, 3, 2)}, {**common, "padding": ((0, 1), (0, 0))})
        for each, shape in ((case, (2, 6, 8, 15)), (padded, (2, 6, 2, 2))):
            said = [
                run(adapter, each.with_parameters(spelling=s), "abstract")
                for s in ("compute_output_shape", "layer", "function")
            ]
            assert [described.shapes for described in said] == [(shape,)] * 3
            assert run(adapter, each).arrays[0].shape == shape
            op = operator.get(each.operator)
            witness = op.select(adapter.table, each.with_parameters(spelling="compute_output_shape"), "abstract")
            assert witness is not None
            assert witness.spelling == "compute_output_shape"


def check_all(name: str) -> None:
    """Every check of the aligned calls, in one process because the imports are what takes time."""
    for check in (check_numbers, check_hand_computed, check_gradients, check_three_witnesses):
        check(name)


def check_nominal(name: str) -> None:
    """What this framework makes of the words is what its rows document, and a swapped document is noticed."""
    import test_nominal

    adapter, target = adapter_of(name)(), Target(name)
    seen = set()
    for case in test_nominal.worded_cases():
        op = operator.get(case.operator)
        call = op.select(adapter.table, case, "eager")
        if call is None:
            continue
        meaning, documented = op.meaning(case, arrays_of(case)), call.convention(case)
        outcome = run(adapter, case)
        judged = judge(op, case, target, meaning, outcome, op.accuracy(target, call), documented)
        assert judged.disagreement is None, (case, documented, judged)
        assert documented in judged.fits, (case, documented, judged)
        others = [other for other in meaning.variants if other not in judged.fits]
        for other in others:
            swapped = judge(op, case, target, meaning, outcome, op.accuracy(target, call), other)
            assert swapped.disagreement is not None, (case, other)
        seen |= {(case.operator, documented)}
    assert len(seen) >= 3, seen
