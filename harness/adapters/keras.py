"""Keras 3 on its three backends: eager, abstract (``KerasTensor``), ``tf.function`` and ``jax.jit``."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np

from harness.adapters.base import NARROWING, Adapter


def from_numpy(keras: Any, array: np.ndarray, device: str) -> Any:
    """A backend tensor of the array's elements on the device."""
    with keras.device("gpu:0" if device == "cuda" else "cpu:0"):
        return keras.ops.convert_to_tensor(array)


def to_numpy(keras: Any, tensor: Any) -> np.ndarray:
    """The tensor's elements as an array of the same dtype."""
    array: np.ndarray = keras.ops.convert_to_numpy(tensor)
    return array


def tensorflow_to_numpy(keras: Any, tensor: Any) -> np.ndarray:
    """The tensor's elements as an array of the same dtype; Keras' own conversion refuses a bfloat16 without axes."""
    import tensorflow as tf

    array: np.ndarray = np.asarray(tf.convert_to_tensor(tensor).numpy())
    return array


def tensorflow_gradient(keras: Any, function: Callable[..., Any], wanted: Sequence[int]) -> Callable[..., Any]:
    """The vector-Jacobian products for the inputs at ``wanted`` by a gradient tape; the cotangent comes last."""
    import tensorflow as tf

    def products(*tensors: Any) -> Any:
        *inputs, cotangent = tensors
        sources = [inputs[i] for i in wanted]
        with tf.GradientTape() as tape:
            tape.watch(sources)
            result = function(*inputs)
        return tape.gradient(result, sources, cotangent)

    return products


def torch_gradient(keras: Any, function: Callable[..., Any], wanted: Sequence[int]) -> Callable[..., Any]:
    """The vector-Jacobian products for the inputs at ``wanted`` by autograd; the cotangent comes last."""
    import torch

    def products(*tensors: Any) -> Any:
        *inputs, cotangent = tensors
        inputs = [t.detach().requires_grad_(True) if i in wanted else t for i, t in enumerate(inputs)]
        result = function(*inputs)
        return torch.autograd.grad(result, [inputs[i] for i in wanted], cotangent)

    return products


def jax_gradient(keras: Any, function: Callable[..., Any], wanted: Sequence[int]) -> Callable[..., Any]:
    """The vector-Jacobian products for the inputs at ``wanted`` by ``jax.vjp``; the cotangent comes last."""
    import jax

    def products(*tensors: Any) -> Any:
        *inputs, cotangent = tensors

        def of_wanted(*sources: Any) -> Any:
            full = list(inputs)
            for i, source in zip(wanted, sources):
                full[i] = source
            return function(*full)

        result, pull_back = jax.vjp(of_wanted, *[inputs[i] for i in wanted])
        # Keras may make 32 bits of 64, and JAX takes a cotangent of the result's dtype alone.
        return pull_back(cotangent.astype(result.dtype))

    return products


def eager(keras: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    """The call as it is."""
    return function


def tensorflow_graph(keras: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    """The call inside ``tf.function``."""
    import tensorflow as tf

    traced: Callable[..., Any] = tf.function(function, autograph=False)
    return traced


def jax_compiled(keras: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    """The call compiled by ``jax.jit``."""
    import jax

    compiled: Callable[..., Any] = jax.jit(function)
    return compiled


def describe(
    keras: Any, function: Callable[..., Any], arrays: Sequence[Optional[np.ndarray]]
) -> List[Tuple[Tuple[Optional[int], ...], str]]:
    """Shape and dtype of each result of the call on ``KerasTensor`` inputs of the dtype that conversion gives them."""
    dtypes = [None if a is None else keras.ops.convert_to_tensor(np.empty(0, a.dtype)).dtype for a in arrays]
    tensors = [
        None if array is None else keras.KerasTensor(array.shape, keras.backend.standardize_dtype(dtype))
        for array, dtype in zip(arrays, dtypes)
    ]
    results = function(*tensors)
    results = results if isinstance(results, (tuple, list)) else [results]
    return [(tuple(result.shape), keras.backend.standardize_dtype(result.dtype)) for result in results]


class Keras(Adapter):
    """What the adapters of the backends share."""

    table = "keras"
    devices = ("cpu", "cuda")
    imports = "import keras"
    from_numpy = staticmethod(from_numpy)
    to_numpy = staticmethod(to_numpy)
    describe = staticmethod(describe)

    def __init__(self, device: str = "cpu") -> None:
        import keras

        wanted = self.environment["KERAS_BACKEND"]
        if keras.backend.backend() != wanted:
            raise RuntimeError(f"keras.backend.backend() is {keras.backend.backend()!r}, expected {wanted!r}")
        self.module, self.device = keras, device

    def on_device(self, device: str) -> None:
        """Make ``device`` the one of all later calls; Keras offers this as a context, entered here for good."""
        self.module.device(device).__enter__()


class KerasTensorFlow(Keras):
    """Adapter of Keras on TensorFlow."""

    name = "keras-tensorflow"
    modes = ("eager", "graph", "abstract")
    environment = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
    requires = ("keras", "tensorflow")
    transforms = {"eager": eager, "graph": tensorflow_graph}
    to_numpy = staticmethod(tensorflow_to_numpy)
    gradient = staticmethod(tensorflow_gradient)

    def __init__(self, device: str = "cpu") -> None:
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        if device == "cuda" and not tf.config.list_physical_devices("GPU"):
            raise RuntimeError("tf.config.list_physical_devices('GPU') is empty")
        super().__init__(device)
        if device == "cpu":
            tf.config.set_visible_devices([], "GPU")  # on_device would start threads, which a fork would not have.
        else:
            self.on_device("gpu:0")

    def versions(self) -> Dict[str, str]:
        """Versions of Keras and TensorFlow."""
        import tensorflow as tf

        return {"keras": self.module.__version__, "tensorflow": tf.__version__}


class KerasTorch(Keras):
    """Adapter of Keras on PyTorch."""

    name = "keras-torch"
    modes = ("eager", "abstract")
    environment = {"KERAS_BACKEND": "torch"}
    requires = ("keras", "torch")
    transforms = {"eager": eager}
    gradient = staticmethod(torch_gradient)

    def __init__(self, device: str = "cpu") -> None:
        import torch

        if device == "cuda" and not torch.cuda.is_available():
            raise RuntimeError("torch.cuda.is_available() is False")
        torch.set_num_threads(1)
        super().__init__(device)
        self.on_device("gpu:0" if device == "cuda" else "cpu:0")

    def versions(self) -> Dict[str, str]:
        """Versions of Keras and torch."""
        import torch

        return {"keras": self.module.__version__, "torch": torch.__version__}


class KerasJax(Keras):
    """Adapter of Keras on JAX as it is by default: float64 is converted to float32."""

    name = "keras-jax"
    modes = ("eager", "compiled", "abstract")
    environment = {"KERAS_BACKEND": "jax", "JAX_ENABLE_X64": "0"}
    requires = ("keras", "jax")
    narrow = NARROWING
    transforms = {"eager": eager, "compiled": jax_compiled}
    gradient = staticmethod(jax_gradient)

    def __init__(self, device: str = "cpu") -> None:
        import jax

        if device == "cuda" and jax.default_backend() != "gpu":
            raise RuntimeError(f"jax.default_backend() is {jax.default_backend()!r}")
        super().__init__(device)
        if device == "cpu":
            jax.config.update("jax_platforms", "cpu")  # on_device would start threads, which a fork would not have.
        else:
            self.on_device("gpu:0")

    def versions(self) -> Dict[str, str]:
        """Versions of Keras and JAX."""
        import jax

        return {"keras": self.module.__version__, "jax": jax.__version__}


class KerasJaxX64(KerasJax):
    """Adapter of Keras on JAX with 64-bit types."""

    name = "keras-jax-x64"
    environment = {"KERAS_BACKEND": "jax", "JAX_ENABLE_X64": "1"}
    narrow = {}
