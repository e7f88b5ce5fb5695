"""Keras 3 on its backends and Keras 2: conversions, calls by hand, gradients, and the three witnesses of a shape."""

from __future__ import annotations

import keras_process
import pytest

from harness import operator
from harness.case import COTANGENT, GRADIENT, Case, InputSpec, Kind, Target

BACKENDS = ("keras-tensorflow", "keras-torch", "keras-jax", "keras-jax-x64", "tf-keras")


@pytest.mark.frameworks
@pytest.mark.parametrize("name", BACKENDS)
def test_numbers_calls_gradients_and_shapes(name):
    keras_process.passes("keras_process", "check_all", name)


def check_promoted_gradient(name: str) -> None:
    """Keras makes float32 of two float64 operands, so that the cotangent, of the operands' dtype, is not of the result's."""
    import numpy as np

    adapter = keras_process.adapter_of(name)()
    ops, one, two = adapter.module.ops, np.ones(2), np.full(2, 2.0)
    tensors = [adapter.from_numpy(adapter.module, each, "cpu") for each in (one, one, two)]
    products = adapter.gradient(adapter.module, ops.arctan2, [0, 1])(*tensors)
    # The slopes of atan2 at (1, 1) are 1/2 and -1/2.
    assert [adapter.to_numpy(adapter.module, product).tolist() for product in products] == [[1, 1], [-1, -1]]


@pytest.mark.frameworks
@pytest.mark.parametrize("name", ["keras-torch", "keras-jax-x64"])
def test_gradients_of_results_that_keras_promotes_to_32_bits(name):
    keras_process.passes("test_keras", "check_promoted_gradient", name)


@pytest.mark.parametrize("name", ["keras-torch", "keras-jax-x64"])
def test_such_gradients_are_known_to_have_32_bits(name):
    op = operator.get("atan2")

    def known(framework, dtype="float64"):
        inputs = {name: InputSpec((1,), dtype) for name in (*op.inputs, COTANGENT)}
        case = Case("atan2", inputs, {}, GRADIENT)
        return op.known_difference(case, Target(framework), Kind.VALUE, "x: beyond the error bound")

    assert known(name) is not None
    assert known(name, "float32") is None
    assert known("keras-tensorflow") is None


@pytest.mark.frameworks
def test_a_wrong_backend_is_refused():
    done = keras_process.in_process("keras_process", "check_numbers", "keras-torch", KERAS_BACKEND="jax")
    assert done.returncode != 0
    assert "keras.backend.backend() is 'jax', expected 'torch'" in done.stderr


def transposed(window, *, batched=True, groups=1, stride=(2,), kernel=3, size=2):
    """A one-dimensional transposed convolution asked for a window."""
    x = (1, groups, size) if batched else (groups, size)
    inputs = {"x": InputSpec(x, "float32"), "w": InputSpec((groups, 1, kernel), "float32")}
    parameters = {"stride": stride, "dilation": (1,), "groups": groups, "window": (window,), "batched": batched}
    return Case("conv_transpose:aligned", inputs, parameters)


def composed(case, framework="keras", spelling="layer"):
    """Whether the selected row is composed; None when there is no row."""
    call = operator.get(case.operator).select(framework, case.with_parameters(spelling=spelling), "eager")
    return None if call is None else call.composed


@pytest.mark.parametrize("framework", ["keras", "tf_keras"])
def test_native_windows_are_those_of_valid_and_same(framework):
    # x = 2, k = 3, s = 2: a canvas of 5. "same" shows 4 from 0, with output_padding o 3 + o from 1 (o = 0) or 0 (o = 1).
    native = [(0, 5), (0, 6), (0, 4), (1, 3)]
    assert [composed(transposed(window), framework) for window in native] == [False] * 4
    others = [(0, 7), (0, 3), (1, 4), (-1, 5), (2, 3)]
    assert [composed(transposed(window), framework) for window in others] == [True] * 5
    # k = 4 and s = 1: "same" shows 2 of 5 from 1; output_padding would have to be the stride itself.
    assert composed(transposed((1, 2), stride=(1,), kernel=4), framework) is False


@pytest.mark.parametrize("framework", ["keras", "tf_keras"])
def test_what_keras_cannot_say_has_no_row(framework):
    assert composed(transposed((0, 5), batched=False), framework) is None
    assert composed(transposed((0, 5), groups=2), framework) is None


def test_depthwise_rows_take_a_group_per_channel():
    def case(x, w, groups):
        inputs = {"x": InputSpec(x, "float32"), "w": InputSpec(w, "float32")}
        rank = len(w) - 2
        common = {"stride": (1,) * rank, "dilation": (1,) * rank, "padding": ((0, 0),) * rank}
        return Case("conv:aligned", inputs, {**common, "groups": groups, "batched": True, "spelling": "depthwise"})

    op = operator.get("conv:aligned")
    spelling = lambda *which: op.select("keras", case(*which), "eager").spelling  # noqa: E731
    assert spelling((1, 3, 5), (6, 1, 2), 3) == "depthwise"
    assert spelling((1, 4, 5), (6, 2, 2), 2) != "depthwise"
    assert spelling((1, 3, 5, 5, 5), (6, 1, 2, 2, 2), 3) != "depthwise"


def convolution(x, w, *, dtypes=("float32", "float32"), **changes):
    """A one-dimensional convolution without padding."""
    inputs = {"x": InputSpec(x, dtypes[0]), "w": InputSpec(w, dtypes[1])}
    parameters = {"stride": (1,), "dilation": (1,), "padding": ((0, 0),), "groups": 1, "batched": True, **changes}
    return Case("conv:aligned", inputs, parameters)


@pytest.mark.parametrize("framework", ["keras", "tf_keras"])
def test_a_slice_to_a_negative_size_is_no_call(framework):
    assert composed(transposed((0, -1)), framework) is None
    assert composed(transposed((0, -9223372036854775808)), framework) is None
    assert composed(transposed((0, 0)), framework) is True


def test_a_layer_has_one_dtype():
    mixed = convolution((1, 2, 5), (3, 2, 2), dtypes=("float32", "float64"), spelling="layer")
    op = operator.get("conv:aligned")
    assert op.select("keras", mixed, "eager").spelling == "function"
    assert op.select("tf_keras", mixed, "eager") is None


def test_groups_that_are_inferred_cannot_be_stated_otherwise():
    op = operator.get("conv:aligned")
    spelled = lambda case: getattr(op.select("keras", case, "eager"), "spelling", None)  # noqa: E731
    assert spelled(convolution((1, 4, 5), (6, 2, 2), groups=2)) == "function"
    # 4 channels with kernels of 2 are 2 groups; 3 with kernels of 2 are none, which Keras has to refuse.
    assert spelled(convolution((1, 4, 5), (6, 2, 2), groups=1)) == "layer"
    assert spelled(convolution((1, 3, 5), (6, 2, 2), groups=1)) == "function"


def test_a_bias_rounds_once_more_and_only_where_there_is_one():
    op, case = operator.get("conv:aligned"), convolution((1, 2, 5), (3, 2, 2), dtypes=("bfloat16", "bfloat16"))
    biased = Case(case.operator, {**case.inputs, "b": InputSpec((3,), "bfloat16")}, case.parameters)
    for name in BACKENDS:
        table = "tf_keras" if name == "tf-keras" else "keras"
        for each, roundings in ((case, 0), (biased, 1)):
            facts = op.accuracy(Target(name), op.select(table, each, "eager"), each)
            assert facts.of("y").roundings.get("bfloat16", 0) == roundings, name
            assert facts.of("y").flushes("bfloat16"), name
            assert not facts.of("w").roundings.get("float32"), name


def check_rank(name: str) -> None:
    """A built Conv1DTranspose refuses an x of four axes by its rank; so must one whose weights were handed in, without a batch too."""
    from harness.execute import execute

    inputs = {"x": InputSpec((0, 17, 16, 1), "float32"), "w": InputSpec((17, 1, 6), "float32")}
    parameters = {"stride": (7,), "window": ((0, 111),), "dilation": (1,), "groups": 1, "batched": True}
    case = Case("conv_transpose:aligned", inputs, {**parameters, "spelling": "layer", "data_format": "channels_first"})
    outcome = execute(keras_process.adapter_of(name)(), case, "eager")
    assert "expected ndim=3, found ndim=4" in outcome.message, outcome


@pytest.mark.frameworks
def test_a_layer_with_weights_handed_in_checks_the_rank():
    keras_process.passes("test_keras", "check_rank", "tf-keras")
