"""The adapters of PyTorch, TensorFlow and JAX: numbers, modes, gradients and shapes, each in a process of its own."""

from __future__ import annotations

import re

import keras_process
import numpy as np
import pytest

from harness import operator
from harness.adapters import jax, tensorflow, torch
from harness.case import COTANGENT, GRADIENT, Case, Described, InputSpec, Returned
from harness.execute import execute
from harness.values import generate

pytestmark = pytest.mark.frameworks

NAMES = ("torch", "tensorflow", "jax", "jax-x64")


def one_dimensional(quantity: str = "value", dtype: str = "float32", spelling: str = "function") -> Case:
    """x = (1, 2, 3), w = (1, 2), b = 1, cotangent = (1, 2): a convolution to do by hand."""
    shapes = {"x": (1, 1, 3), "w": (1, 1, 2), "b": (1,)}
    if quantity == GRADIENT:
        shapes[COTANGENT] = (1, 1, 2)
    inputs = {name: InputSpec(shape, dtype, "arange") for name, shape in shapes.items()}
    parameters = {
        "stride": (1,),
        "dilation": (1,),
        "padding": ((0, 0),),
        "groups": 1,
        "batched": True,
        "spelling": spelling,
    }
    return Case("conv:aligned", inputs, parameters, quantity)


def check_numbers(name: str) -> None:
    """Every dtype, layout and special value survives the way there and back, bit by bit; narrow dtypes are converted."""
    adapter = keras_process.adapter_of(name)("cpu")
    for dtype in ("float64", "float32", "float16", "bfloat16", "int32", "bool"):
        for layout in ("contiguous", "transposed", "strided"):
            for shape in ((2, 3, 5), (0, 4), (1,)):
                regime = "special" if "float" in dtype else "exact"
                array = generate(InputSpec(shape, dtype, regime, 3, layout))
                back = adapter.to_numpy(adapter.module, adapter.from_numpy(adapter.module, array, "cpu"))
                with np.errstate(over="ignore"):
                    expected = array.astype(adapter.narrow.get(dtype, dtype)) if dtype in adapter.narrow else array
                assert (back.dtype, back.shape) == (expected.dtype, expected.shape), (dtype, layout, shape)
                if dtype not in adapter.narrow:
                    assert back.tobytes() == np.ascontiguousarray(array).tobytes(), (dtype, layout, shape)


def check_modes(name: str) -> None:
    """y = (1 + 4 + 1, 2 + 6 + 1) in every mode; abstractly its shape and dtype."""
    adapter = keras_process.adapter_of(name)("cpu")
    assert set(adapter.transforms) | {"abstract"} == set(adapter.modes)
    for mode in adapter.modes:
        outcome = execute(adapter, one_dimensional(), mode)
        if mode == "abstract":
            assert isinstance(outcome, Described), outcome
            assert (outcome.shapes, outcome.dtypes) == (((1, 1, 2),), ("float32",))
        else:
            assert isinstance(outcome, Returned), outcome
            assert outcome.arrays[0].tolist() == [[[6.0, 9.0]]], mode
            assert outcome.arrays[0].dtype == np.float32


def check_gradients(name: str) -> None:
    """dx = (1, 2 + 2, 4), dw = (1 + 4, 2 + 6), db = 1 + 2, in the operator's order and in every mode that computes."""
    adapter = keras_process.adapter_of(name)("cpu")
    for mode in adapter.transforms:
        outcome = execute(adapter, one_dimensional(GRADIENT), mode)
        assert isinstance(outcome, Returned), outcome
        assert [array.ravel().tolist() for array in outcome.arrays] == [[1.0, 4.0, 4.0], [5.0, 8.0], [3.0]], mode


@pytest.mark.parametrize("check", ["check_numbers", "check_modes", "check_gradients"])
@pytest.mark.parametrize("name", NAMES)
def test_adapter(name, check):
    keras_process.passes("test_adapters", check, name)


def check_wide(name: str) -> None:
    """With 64-bit types, and only then, JAX computes and describes float64."""
    adapter = keras_process.adapter_of(name)("cpu")
    dtype = "float64" if name == "jax-x64" else "float32"
    assert execute(adapter, one_dimensional(dtype="float64"), "abstract").dtypes == (dtype,)
    assert execute(adapter, one_dimensional(dtype="float64"), "eager").arrays[0].dtype == dtype


@pytest.mark.parametrize("name", ["jax", "jax-x64"])
def test_64_bit_types(name):
    keras_process.passes("test_adapters", "check_wide", name)


def test_jax_refuses_an_environment_of_the_other_width():
    done = keras_process.in_process("test_adapters", "check_modes", "jax", JAX_ENABLE_X64="1")
    assert done.returncode != 0
    assert "jax.config.jax_enable_x64 is True, expected False" in done.stderr


def check_missing_gradient(name: str) -> None:
    """A gradient that TensorFlow has not is an error that names the input, not a None."""
    adapter = tensorflow.TensorFlow("cpu")
    tf = adapter.module
    products = adapter.gradient(tf, lambda x, w: 2 * x, [0, 1])
    with pytest.raises(RuntimeError, match=r"None for the inputs \[1\]"):
        products(tf.ones([1]), tf.ones([1]), tf.ones([1]))


def test_a_missing_gradient_is_named():
    keras_process.passes("test_adapters", "check_missing_gradient", "tensorflow")


def check_no_device(name: str) -> None:
    """A device that is not there is refused with the question that was asked."""
    if name == "torch":
        import torch as module

        module.cuda.is_available = lambda: False
        expected = "torch.cuda.is_available() is False"
    else:
        import tensorflow as module

        module.config.list_physical_devices = lambda kind: []
        expected = "tf.config.list_physical_devices('GPU') is empty"
    with pytest.raises(RuntimeError, match=re.escape(expected)):
        keras_process.adapter_of(name)("cuda")


@pytest.mark.parametrize("name", ["torch", "tensorflow"])
def test_a_missing_device_is_refused(name):
    keras_process.passes("test_adapters", "check_no_device", name)


def test_tables_are_those_of_the_calls():
    frameworks = {call.framework for call in operator.get("conv:aligned").calls}
    assert {each.table for each in (torch.Torch, tensorflow.TensorFlow, jax.Jax, jax.JaxX64)} <= frameworks
