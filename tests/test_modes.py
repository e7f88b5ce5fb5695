"""The modes are what they are called: compiled code is compiled and graphs are traced, however many shapes went before."""

from __future__ import annotations

import functools

import keras_process
import pytest

from harness.case import COTANGENT, GRADIENT, Case, InputSpec, Outcome, Returned
from harness.execute import bind, execute
from harness.operator import Call

pytestmark = pytest.mark.frameworks

SHAPES = 10
"""More than ``torch._dynamo.config.recompile_limit``, the number of shapes after which torch.compile runs a function as it is."""


def exponential(length: int, quantity: str = "value") -> Case:
    """x is all zeros, so that each element of y is 1, and of dx as well."""
    names = ("x", COTANGENT) if quantity == GRADIENT else ("x",)
    inputs = {name: InputSpec((length,), "float32", "zeros" if name == "x" else "ones") for name in names}
    return Case("exp", inputs, {}, quantity)


def is_all_ones(outcome: Outcome, length: int) -> bool:
    """Whether the outcome is one array of ones."""
    return isinstance(outcome, Returned) and [array.tolist() for array in outcome.arrays] == [[1.0] * length]


def check_recompiled(name: str) -> None:
    """Each of many shapes is one whole graph, value and gradient: none runs as it is, and none in pieces."""
    adapter = keras_process.adapter_of(name)("cpu")
    torch = adapter.module
    counters = torch._dynamo.utils.counters
    assert torch._dynamo.config.recompile_limit < SHAPES
    torch.compile = functools.partial(torch.compile, backend="aot_eager")  # The code itself takes seconds per shape.
    for quantity in ("value", GRADIENT):
        for length in range(2, 2 + SHAPES):
            counters.clear()
            assert is_all_ones(execute(adapter, exponential(length, quantity), "compiled"), length)
            assert counters["stats"]["unique_graphs"] == 1, (quantity, length, counters)
            assert not counters["graph_break"], (quantity, length)
            assert not counters["unimplemented"], (quantity, length)


def check_kernels(name: str) -> None:
    """The code is that of TorchInductor: a kernel of the value, and one more of the backward pass."""
    adapter = keras_process.adapter_of(name)("cpu")
    import torch._inductor.config
    from torch._inductor import metrics

    torch._inductor.config.force_disable_caches = True  # A cached kernel is not generated again.
    kernels = []
    for quantity in ("value", GRADIENT):
        metrics.reset()
        assert is_all_ones(execute(adapter, exponential(3, quantity), "compiled"), 3)
        kernels.append(metrics.generated_kernel_count)
    assert kernels == [1, 2]


@pytest.mark.parametrize("check", ["check_recompiled", "check_kernels"])
def test_torch_compiles(check):
    keras_process.passes("test_modes", check, "torch")


def check_traced(name: str) -> None:
    """The call of a compiled mode and of a graph sees a symbol, that of the eager mode numbers, in values and in gradients."""
    adapter = keras_process.adapter_of(name)("cpu")
    import numpy as np

    for mode, transform in adapter.transforms.items():
        for wanted in ((), (0,)):
            seen = []

            def call(module, x, seen=seen):
                seen.append(is_symbol(x))
                return x + x

            function = bind(Call("", call), adapter.module, {})
            if wanted:
                function = adapter.gradient(adapter.module, function, wanted)
            tensors = [adapter.from_numpy(adapter.module, np.ones(2, np.float32), "cpu")] * (1 + len(wanted))
            result = transform(adapter.module, function)(*tensors)
            result = result[0] if wanted else result
            assert adapter.to_numpy(adapter.module, result).tolist() == [2.0, 2.0], mode
            # JAX differentiates by tracing, in eager mode as well.
            traced = mode != "eager"
            assert set(seen) == {traced} or (wanted and "jax" in name), (mode, seen)


def is_symbol(x: object) -> bool:
    """Whether a tensor has no numbers yet."""
    if type(x).__module__.startswith("jax"):
        import jax

        return isinstance(x, jax.core.Tracer)
    return not hasattr(x, "numpy")


@pytest.mark.parametrize("name", ["tensorflow", "jax", "keras-tensorflow", "keras-jax", "tf-keras"])
def test_traced(name):
    keras_process.passes("test_modes", "check_traced", name)


def check_xla(name: str) -> None:
    """What XLA cannot compile is refused in the compiled mode, and computed in a graph."""
    adapter = keras_process.adapter_of(name)("cpu")
    tf = adapter.module

    def outside(x):
        return tf.numpy_function(lambda array: array, [x], tf.float32)

    assert adapter.transforms["graph"](tf, outside)(tf.ones([2])).numpy().tolist() == [1.0, 1.0]
    with pytest.raises(tf.errors.InvalidArgumentError, match="unsupported operations"):
        adapter.transforms["compiled"](tf, outside)(tf.ones([2]))


def test_tensorflow_compiles_by_xla():
    keras_process.passes("test_modes", "check_xla", "tensorflow")
