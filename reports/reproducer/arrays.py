"""Arrays as Python text that gives the same bits: literals where they are small, else the generator's own source and the seed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import SimpleNamespace

import numpy as np

from harness import values
from harness.case import InputSpec
from harness.formats import numpy_dtype
from reports.reproducer.sources import WIDTH, Sources, literal

MOST_LITERALS = 200
"""Inputs of a script with more numbers than this in all are generated."""


def inputs(sources: Sources, specs: Mapping[str, InputSpec]) -> list[str]:
    """One assignment per input, named as in ``specs``."""
    small = sum(spec.size for spec in specs.values()) <= MOST_LITERALS
    return [f"{name} = {_input(sources, spec, small)}" for name, spec in specs.items()]


def _input(sources: Sources, spec: InputSpec, small: bool) -> str:
    plain = replace(spec, layout="contiguous")
    text = array_text(sources, values.generate(plain)) if small else _generated(sources, plain)
    if spec.layout == "contiguous":
        return text
    sources.modules["np"] = "numpy"
    return f"{sources.add(values.lay_out)}({text}, {literal(spec.layout)})"


def _generated(sources: Sources, spec: InputSpec) -> str:
    """A call of the generator, or of NumPy for the plain regimes."""
    sources.modules["np"] = "numpy"
    shape, dtype = literal(spec.shape), dtype_text(sources, numpy_dtype(spec.dtype))
    if spec.regime not in values.PLAIN_MAKERS:
        sources.modules["SimpleNamespace"] = "types"
        fields = {name: value for name, value in vars(spec).items() if name not in ("shape", "layout")}
        recipe = SimpleNamespace(**fields, size=spec.size)
        return f"{sources.add(values.maker_of(spec))}(\n    {literal(recipe)}\n).astype({dtype}).reshape({shape})"
    if spec.regime == "full":
        return f"np.full({shape}, {array_text(sources, values.generate(replace(spec, shape=())))}, {dtype})"
    if spec.regime in ("ones", "zeros"):
        return f"np.{spec.regime}({shape}, {dtype})"
    numbers = {
        "arange": f"np.arange(1, {spec.size + 1}, dtype=np.float64)",
        "one_hot": f"(np.arange({spec.size}) == {spec.seed % max(spec.size, 1)})",
    }
    return f"{numbers[spec.regime]}.astype({dtype}).reshape({shape})"


def array_text(sources: Sources, array: np.ndarray) -> str:
    """An expression of the array: its elements, dtype and shape."""
    sources.modules["np"] = "numpy"
    dtype, shape = dtype_text(sources, array.dtype), literal(array.shape)
    numbers = [_number(value) for value in array.reshape(-1)]
    if not numbers:
        return f"np.zeros({shape}, {dtype})"
    if len(numbers) > 8 and len(set(numbers)) == 1:
        return f"np.full({shape}, {numbers[0]}, {dtype})"
    nested = f"np.array({_nested(numbers, array.shape)}, {dtype})"
    if len(nested) <= WIDTH - 20:
        return nested
    flat = f"np.array(\n    [\n{wrapped(numbers)}\n    ],\n    {dtype},\n)"
    return flat if array.ndim == 1 else f"{flat}.reshape({shape})"


def wide_text(sources: Sources, values: np.ndarray) -> str:
    """An expression of reference values. What float64 cannot hold of a longdouble is added as a second array.

    A longdouble above the largest float64 becomes an infinity: no result of dtype float64 can be closer to it.
    """
    if values.dtype in (np.float64, np.complex128):
        return array_text(sources, values)
    if values.dtype.kind == "c":  # to complex128: no reference of a complex function is compared to more than that
        return array_text(sources, values.astype(np.complex128))
    with np.errstate(over="ignore", invalid="ignore"):
        high = values.astype(np.float64)
        low = np.where(np.isfinite(high), values - high, 0).astype(np.float64)
    low[(high == 0) & np.signbit(high)] = -0.0  # a sum of zeros is -0.0 only where both are
    text = f"{array_text(sources, high)}.astype(np.longdouble)"
    return f"{text} + {array_text(sources, low)}" if low.any() else text


def dtype_text(sources: Sources, dtype: np.dtype) -> str:
    """The dtype's name, quoted where NumPy knows it."""
    if dtype.type.__module__ != "ml_dtypes":
        return f'"{dtype.name}"'
    sources.modules["ml_dtypes"] = "ml_dtypes"
    return f"ml_dtypes.{dtype.name}"


def _number(value: np.generic) -> str:
    """The shortest text that gives the element again."""
    if value.dtype.kind in "iub":
        return repr(value.item())
    if value.dtype.kind == "c":
        return f"complex({_number(value.real)}, {_number(value.imag)})"
    number = float(value)
    if not np.isfinite(number):
        return "np.nan" if np.isnan(number) else "np.inf" if number > 0 else "-np.inf"
    short = float(str(value))
    return repr(short if type(value)(short) == value else number)


def _nested(numbers: list[str], shape: tuple[int, ...]) -> str:
    if not shape:
        return numbers[0]
    step = len(numbers) // shape[0]
    return "[" + ", ".join(_nested(numbers[i * step : (i + 1) * step], shape[1:]) for i in range(shape[0])) + "]"


def wrapped(items: Iterable[str], indent: int = 8) -> str:
    """Items with commas, filled into lines."""
    lines = [" " * indent]
    for item in items:
        if len(lines[-1]) + len(item) + 2 > WIDTH:
            lines.append(" " * indent)
        lines[-1] += f"{item}, "
    return "\n".join(line.rstrip() for line in lines)
