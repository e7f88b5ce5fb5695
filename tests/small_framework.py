"""A framework for tests that cost no import of a real one: NumPy by another name, with the bugs that its functions are told to have."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from harness.adapters.base import Adapter

__version__ = "1.0"


def softsign(x: np.ndarray) -> np.ndarray:
    """x / (1 + |x|)."""
    return (x / (1 + np.abs(x))).astype(x.dtype)


def wrong(x: np.ndarray) -> np.ndarray:
    """As softsign; from 4 elements on the last one is another."""
    y = softsign(x).copy()
    if y.size > 3:
        y.reshape(-1)[-1] += 1
    return y


def crash(x: np.ndarray) -> np.ndarray:
    """As softsign, unless there are more than 3 elements."""
    if x.size > 3:
        os.abort()
    return softsign(x)


def from_numpy(small: Any, array: np.ndarray, device: str) -> np.ndarray:
    return array


def to_numpy(small: Any, array: np.ndarray) -> np.ndarray:
    return array


def eager(small: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    return function


class Small(Adapter):
    """The adapter."""

    name = table = "small"
    imports = "import small_framework as small"
    transforms = {"eager": eager}
    from_numpy = staticmethod(from_numpy)
    to_numpy = staticmethod(to_numpy)

    def __init__(self, device: str = "cpu") -> None:
        import small_framework

        self.module, self.device = small_framework, device

    def versions(self) -> dict[str, str]:
        return {"small": __version__}


class Absent(Small):
    """The adapter of a framework that is not installed."""

    name = table = "absent"
    requires = ("no-such-distribution",)


class Broken(Small):
    """The adapter of a framework that cannot start."""

    name = table = "broken"

    def __init__(self, device: str = "cpu") -> None:
        raise RuntimeError("nothing to run on")
