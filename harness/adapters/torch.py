"""PyTorch: eager, compiled (``torch.compile``) and abstract (meta tensors)."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np

from harness.adapters.base import Adapter


def from_numpy(torch: Any, array: np.ndarray, device: str) -> Any:
    """A tensor of the array's elements; bfloat16 has no NumPy dtype in torch and travels as its bits."""
    if array.dtype.name == "bfloat16":
        return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16).to(device)
    return torch.from_numpy(array).to(device)


def to_numpy(torch: Any, tensor: Any) -> np.ndarray:
    """The tensor's elements as an array of the same dtype."""
    tensor = tensor.detach().cpu().resolve_conj().resolve_neg()
    if tensor.dtype == torch.bfloat16:
        import ml_dtypes

        return tensor.contiguous().view(torch.int16).numpy().view(ml_dtypes.bfloat16)
    return tensor.numpy()


def gradient(torch: Any, function: Callable[..., Any], wanted: Sequence[int]) -> Callable[..., Any]:
    """The vector-Jacobian products for the inputs at ``wanted``; the cotangent comes last."""

    def products(*tensors: Any) -> Any:
        *inputs, cotangent = tensors
        inputs = [t.detach().requires_grad_(True) if i in wanted else t for i, t in enumerate(inputs)]
        result = function(*inputs)
        return torch.autograd.grad(result, [inputs[i] for i in wanted], cotangent)

    return products


def eager(torch: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    """The call as it is."""
    return function


def compiled(torch: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    """The call through ``torch.compile``, static shapes."""
    torch.compiler.reset()
    return torch.compile(function, dynamic=False)


def describe(
    torch: Any, function: Callable[..., Any], arrays: Sequence[Optional[np.ndarray]]
) -> List[Tuple[Optional[Tuple[Optional[int], ...]], str]]:
    """Shape and dtype of each result as torch's meta tensors infer them."""
    tensors = [
        None
        if array is None
        else torch.empty_strided(array.shape, strides, dtype=getattr(torch, array.dtype.name), device="meta")
        for array in arrays
        for strides in [() if array is None else [stride // array.itemsize for stride in array.strides]]
    ]
    results = function(*tensors)
    results = results if isinstance(results, (tuple, list)) else [results]
    return [(tuple(result.shape), str(result.dtype).replace("torch.", "")) for result in results]


class Torch(Adapter):
    """Adapter of PyTorch."""

    name = table = "torch"
    modes = ("eager", "compiled", "abstract")
    devices = ("cpu", "cuda")
    # The worker ends child processes after each case, so the compiler must not keep a pool of them.
    environment = {"TORCHINDUCTOR_COMPILE_THREADS": "1"}
    requires = ("torch",)
    imports = "import torch"
    lacks = ("reversed",)  # torch.from_numpy refuses negative strides: documented
    transforms = {"eager": eager, "compiled": compiled}
    # torch.compile compiles the backward pass of what it compiles, but leaves a function that calls torch.autograd.grad in pieces.
    transforms_first = True
    from_numpy = staticmethod(from_numpy)
    to_numpy = staticmethod(to_numpy)
    gradient = staticmethod(gradient)
    describe = staticmethod(describe)

    def __init__(self, device: str = "cpu") -> None:
        import torch

        if device == "cuda" and not torch.cuda.is_available():
            raise RuntimeError("torch.cuda.is_available() is False")
        torch.set_num_threads(1)
        self.module, self.device = torch, device

    def versions(self) -> Dict[str, str]:
        """Version of torch."""
        return {"torch": self.module.__version__}

    def reset(self) -> None:
        """Undo what a call may have changed for the whole process."""
        self.module.set_default_dtype(self.module.float32)
        self.module.set_flush_denormal(False)
