"""Keras 2 (``tf_keras``): eager, graph (``tf.function``) and abstract (a concrete function's static shapes)."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np

from harness.adapters.base import Adapter


def from_numpy(tf_keras: Any, array: np.ndarray, device: str) -> Any:
    """A tensor of the array's elements on the device."""
    import tensorflow as tf

    with tf.device("GPU:0" if device == "cuda" else "CPU:0"):
        return tf.convert_to_tensor(array)


def to_numpy(tf_keras: Any, tensor: Any) -> np.ndarray:
    """The tensor's elements as an array of the same dtype; an indexed gradient is made dense first."""
    import tensorflow as tf

    array: np.ndarray = tf.convert_to_tensor(tensor).numpy()
    return array


def gradient(tf_keras: Any, function: Callable[..., Any], wanted: Sequence[int]) -> Callable[..., Any]:
    """The vector-Jacobian products for the inputs at ``wanted``; the cotangent comes last."""
    import tensorflow as tf

    def products(*tensors: Any) -> Any:
        *inputs, cotangent = tensors
        sources = [inputs[i] for i in wanted]
        with tf.GradientTape() as tape:
            tape.watch(sources)
            result = function(*inputs)
        return tape.gradient(result, sources, cotangent)

    return products


def eager(tf_keras: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    """The call as it is."""
    return function


def graph(tf_keras: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    """The call inside ``tf.function``."""
    import tensorflow as tf

    traced: Callable[..., Any] = tf.function(function, autograph=False)
    return traced


def describe(
    tf_keras: Any, function: Callable[..., Any], arrays: Sequence[Optional[np.ndarray]]
) -> List[Tuple[Optional[Tuple[Optional[int], ...]], str]]:
    """Static shape and dtype of each result of the concrete function for the inputs' shapes."""
    import tensorflow as tf

    present = {i: tf.TensorSpec(array.shape, array.dtype) for i, array in enumerate(arrays) if array is not None}

    def of_present(*tensors: Any) -> Any:
        given = dict(zip(present, tensors))
        return function(*[given.get(i) for i in range(len(arrays))])

    results = tf.function(of_present, autograph=False).get_concrete_function(*present.values()).structured_outputs
    results = results if isinstance(results, (tuple, list)) else [results]
    return [(None if r.shape.rank is None else tuple(r.shape.as_list()), r.dtype.name) for r in results]


class TfKeras(Adapter):
    """Adapter of Keras 2."""

    name = "tf-keras"
    table = "tf_keras"
    modes = ("eager", "graph", "abstract")
    devices = ("cpu", "cuda")
    environment = {"TF_CPP_MIN_LOG_LEVEL": "3"}
    requires = ("tf_keras", "tensorflow")
    imports = "import tf_keras"
    transforms = {"eager": eager, "graph": graph}
    from_numpy = staticmethod(from_numpy)
    to_numpy = staticmethod(to_numpy)
    gradient = staticmethod(gradient)
    describe = staticmethod(describe)

    def __init__(self, device: str = "cpu") -> None:
        import tensorflow as tf
        import tf_keras

        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        if device == "cuda" and not tf.config.list_physical_devices("GPU"):
            raise RuntimeError("tf.config.list_physical_devices('GPU') is empty")
        self.module, self.device = tf_keras, device

    def versions(self) -> Dict[str, str]:
        """Versions of tf_keras and TensorFlow."""
        import tensorflow as tf

        return {"tf_keras": self.module.__version__, "tensorflow": tf.__version__}
