"""What an adapter is. One file per framework; a framework from outside brings its own through the entry point ``opdiff.adapters``.

Importing an adapter module imports no framework: only its constructor does, in the worker. The functions an adapter is made of
use nothing but their arguments, because the reproducer prints their source.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np

NARROWING: Mapping[str, str] = {"float64": "float32", "int64": "int32", "uint64": "uint32", "complex128": "complex64"}
"""What JAX makes of 64-bit dtypes on entry unless told otherwise (docs.jax.dev, "Default dtypes and the X64 flag")."""

Tensors = Sequence[Any]
"""Framework tensors in the operator's input order; None for an absent input."""


class Adapter:
    """Base class: a framework's environment, import, conversions and modes.

    Class attributes, read by the parent: ``name`` (framework of a target), ``table`` (whose rows of the call tables it
    uses), ``modes``, ``devices``, ``environment`` (set before the process starts), ``requires`` (distributions that
    must be installed), ``imports`` (the import statements of a reproducer), ``narrow`` (dtypes that the framework
    documents to convert on entry), ``lacks`` (memory layouts that its tensors cannot have). ``transforms`` maps a mode
    to a function (module, function) -> function. ``transforms_first``: whether the gradient is that of the mode's function;
    otherwise the mode is that of the gradient's function.
    """

    name = ""
    table = ""
    modes: Tuple[str, ...] = ("eager",)
    devices: Tuple[str, ...] = ("cpu",)
    environment: Mapping[str, str] = {}
    requires: Tuple[str, ...] = ()
    imports = ""
    narrow: Mapping[str, str] = {}
    lacks: Tuple[str, ...] = ()
    transforms: Mapping[str, Callable[[Any, Callable[..., Any]], Callable[..., Any]]] = {}
    transforms_first: bool = False

    module: Any
    """The framework's module, handed to every call."""

    def __init__(self, device: str = "cpu") -> None:
        """Import the framework and check the device. Raises ImportError or RuntimeError with the reason."""
        self.device = device

    def versions(self) -> Dict[str, str]:
        """Distribution name to version of what was imported."""
        return {}

    # Bound to the functions of the adapter's module; static so that the reproducer finds their source.
    from_numpy: Callable[[Any, np.ndarray, str], Any]
    to_numpy: Callable[[Any, Any], np.ndarray]
    gradient: Callable[[Any, Callable[..., Any], Sequence[int]], Callable[..., Any]]
    describe: Callable[[Any, Callable[..., Any], Sequence[Optional[np.ndarray]]], List[Tuple[Any, str]]]
