"""JAX: eager, compiled (``jax.jit``) and abstract (``jax.eval_shape``), with and without 64-bit types."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np

from harness.adapters.base import NARROWING, Adapter


def from_numpy(jax: Any, array: np.ndarray, device: str) -> Any:
    """An array of the same elements on the device; without 64-bit types float64 becomes float32."""
    return jax.device_put(array, jax.devices("gpu" if device == "cuda" else "cpu")[0])


def to_numpy(jax: Any, array: Any) -> np.ndarray:
    """The elements as a NumPy array of the same dtype."""
    return np.asarray(array)


def gradient(jax: Any, function: Callable[..., Any], wanted: Sequence[int]) -> Callable[..., Any]:
    """The vector-Jacobian products for the inputs at ``wanted`` by ``jax.vjp``; the cotangent comes last."""

    def products(*arrays: Any) -> Any:
        *inputs, cotangent = arrays

        def of_wanted(*sources: Any) -> Any:
            full = list(inputs)
            for i, source in zip(wanted, sources):
                full[i] = source
            return function(*full)

        _, pull_back = jax.vjp(of_wanted, *[inputs[i] for i in wanted])
        return pull_back(cotangent)

    return products


def eager(jax: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    """The call as it is: every operation is compiled by itself."""
    return function


def compiled(jax: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    """The call compiled as a whole."""
    return jax.jit(function)


def describe(
    jax: Any, function: Callable[..., Any], arrays: Sequence[Optional[np.ndarray]]
) -> List[Tuple[Optional[Tuple[Optional[int], ...]], str]]:
    """Shape and dtype of each result as ``jax.eval_shape`` infers them from what the inputs become on entry."""
    specs = [
        None if array is None else jax.ShapeDtypeStruct(array.shape, jax.dtypes.canonicalize_dtype(array.dtype))
        for array in arrays
    ]
    results = jax.eval_shape(function, *specs)
    results = results if isinstance(results, (tuple, list)) else [results]
    return [(tuple(result.shape), result.dtype.name) for result in results]


class Jax(Adapter):
    """Adapter of JAX as it is by default: float64 is converted to float32."""

    name = table = "jax"
    modes = ("eager", "compiled", "abstract")
    devices = ("cpu", "cuda")
    environment = {"JAX_ENABLE_X64": "0", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    requires = ("jax",)
    imports = "import jax"
    narrow = NARROWING
    transforms = {"eager": eager, "compiled": compiled}
    from_numpy = staticmethod(from_numpy)
    to_numpy = staticmethod(to_numpy)
    gradient = staticmethod(gradient)
    describe = staticmethod(describe)

    def __init__(self, device: str = "cpu") -> None:
        import jax

        jax.config.update("jax_platforms", "cuda,cpu" if device == "cuda" else "cpu")
        if device == "cuda":
            jax.devices(
                "gpu"
            )  # Raises RuntimeError where there is none. It starts threads, which a fork would not have.
        wanted = self.environment["JAX_ENABLE_X64"] == "1"
        if jax.config.jax_enable_x64 != wanted:
            raise RuntimeError(f"jax.config.jax_enable_x64 is {jax.config.jax_enable_x64}, expected {wanted}")
        self.module, self.device = jax, device

    def versions(self) -> Dict[str, str]:
        """Version of JAX."""
        return {"jax": self.module.__version__}


class JaxX64(Jax):
    """Adapter of JAX with 64-bit types."""

    name = "jax-x64"
    environment = {**Jax.environment, "JAX_ENABLE_X64": "1"}
    narrow = {}
