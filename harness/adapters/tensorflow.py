"""TensorFlow: eager, graph (``tf.function``), compiled (XLA) and abstract (a concrete function's static shapes)."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np

from harness.adapters.base import Adapter


def from_numpy(tf: Any, array: np.ndarray, device: str) -> Any:
    """A tensor of the array's elements on the device."""
    with tf.device("GPU:0" if device == "cuda" else "CPU:0"):
        return tf.convert_to_tensor(array)


def to_numpy(tf: Any, tensor: Any) -> np.ndarray:
    """The tensor's elements as an array of the same dtype."""
    return tf.convert_to_tensor(tensor).numpy()


def gradient(tf: Any, function: Callable[..., Any], wanted: Sequence[int]) -> Callable[..., Any]:
    """The vector-Jacobian products for the inputs at ``wanted``; the cotangent comes last."""

    def products(*tensors: Any) -> Any:
        *inputs, cotangent = tensors
        sources = [inputs[i] for i in wanted]
        with tf.GradientTape() as tape:
            tape.watch(sources)
            result = function(*inputs)
        gradients = tape.gradient(result, sources, cotangent)
        missing = [i for i, found in zip(wanted, gradients) if found is None]
        if missing:
            raise RuntimeError(f"tf.GradientTape.gradient gives None for the inputs {missing}")
        return gradients

    return products


def eager(tf: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    """The call as it is."""
    return function


def graph(tf: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    """The call inside ``tf.function``."""
    return tf.function(function, autograph=False)


def compiled(tf: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    """The call compiled by XLA."""
    return tf.function(function, jit_compile=True, autograph=False)


def describe(
    tf: Any, function: Callable[..., Any], arrays: Sequence[Optional[np.ndarray]]
) -> List[Tuple[Optional[Tuple[Optional[int], ...]], str]]:
    """Static shape and dtype of each result of the concrete function for the inputs' shapes."""
    present = [i for i, array in enumerate(arrays) if array is not None]

    def of_present(*tensors: Any) -> Any:
        full = [None] * len(arrays)
        for i, tensor in zip(present, tensors):
            full[i] = tensor
        return function(*full)

    specs = [tf.TensorSpec(array.shape, array.dtype) for array in arrays if array is not None]
    results = tf.function(of_present, autograph=False).get_concrete_function(*specs).structured_outputs
    results = results if isinstance(results, (tuple, list)) else [results]
    return [(None if r.shape.rank is None else tuple(r.shape.as_list()), r.dtype.name) for r in results]


class TensorFlow(Adapter):
    """Adapter of TensorFlow."""

    name = table = "tensorflow"
    modes = ("eager", "graph", "compiled", "abstract")
    devices = ("cpu", "cuda")
    environment = {"TF_CPP_MIN_LOG_LEVEL": "3"}
    requires = ("tensorflow",)
    imports = "import tensorflow as tf"
    transforms = {"eager": eager, "graph": graph, "compiled": compiled}
    from_numpy = staticmethod(from_numpy)
    to_numpy = staticmethod(to_numpy)
    gradient = staticmethod(gradient)
    describe = staticmethod(describe)

    def __init__(self, device: str = "cpu") -> None:
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        devices = tf.config.list_physical_devices("GPU")
        if device == "cuda" and not devices:
            raise RuntimeError("tf.config.list_physical_devices('GPU') is empty")
        for each in devices:
            tf.config.experimental.set_memory_growth(each, True)
        if device == "cpu":
            tf.config.set_visible_devices([], "GPU")  # Operations would be placed on it, whatever their inputs' device.
        self.module, self.device = tf, device

    def versions(self) -> Dict[str, str]:
        """Version of TensorFlow."""
        return {"tensorflow": self.module.__version__}
