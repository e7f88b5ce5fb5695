"""What a convolution and a transposed convolution mean: shapes, values and gradients from the windows on the canvas."""

from __future__ import annotations

from dataclasses import replace
from typing import Mapping, Optional, Tuple

import numpy as np

from harness.case import COTANGENT, GRADIENT, Case
from harness.meaning import Accuracy, Expected
from harness.operators.convolution.oracle import Forms, Geometry, Ints
from harness.operators.convolution.products import sum_of_products
from harness.windows import Window, forward_size

Arrays = Mapping[str, np.ndarray]


def rank_of(case: Case) -> int:
    """Number of spatial dimensions."""
    return len(case.parameters["stride"])


def sizes_of(case: Case) -> Ints:
    """Spatial sizes of x."""
    return case.inputs["x"].shape[-rank_of(case) :]


def kernel_of(case: Case) -> Ints:
    """Spatial sizes of the kernel."""
    return case.inputs["w"].shape[2:]


def batched(case: Case) -> bool:
    """Whether x has a batch axis."""
    return bool(case.parameters.get("batched", True))


def axes(case: Case) -> Tuple[str, ...]:
    """What the axes of y are."""
    return (("batch",) if batched(case) else ()) + ("channels",) + ("space",) * rank_of(case)


def convolution_geometry(case: Case, padding: Tuple[Tuple[int, int], ...]) -> Geometry:
    """The canvas of a convolution is the padded input as far as patches reach; x lies on it from the low padding on."""
    stride, dilation, sizes = case.parameters["stride"], case.parameters["dilation"], sizes_of(case)
    outs = tuple(map(forward_size, sizes, kernel_of(case), stride, dilation, padding))
    windows = tuple(Window(low, size) for (low, _), size in zip(padding, sizes))
    return Geometry(outs, kernel_of(case), stride, dilation, windows)


def transposed_geometry(case: Case, windows: Tuple[Window, ...]) -> Geometry:
    """The canvas of a transposed convolution holds every input value times the kernel; the windows show the result."""
    return Geometry(sizes_of(case), kernel_of(case), case.parameters["stride"], case.parameters["dilation"], windows)


def convolution(case: Case, arrays: Arrays, geometry: Geometry) -> Tuple[Expected, ...]:
    """Expected outputs of a convolution: y, or the vector-Jacobian products of x, w and b, as far as the case has them."""
    x, w, cotangent = _grouped(case, arrays)
    _, a, b = w.shape[:3]

    forms = Forms(geometry)
    if cotangent is None:
        bias = _per_channel(arrays.get("b"), w.shape[0], geometry)
        y = sum_of_products(
            forms.to_narrow,
            x,
            w,
            dtype=case.dtype,
            terms=b * geometry.taps,
            bias=bias,
            padded=_not_finite(w, 2, geometry),
        )
        return (_joined(case, y),)
    columns, samples = {"columns": geometry.taps}, {"samples": x.shape[0] - 1}
    dx = sum_of_products(
        forms.to_wide, cotangent, w, dtype=case.dtype, terms=a * geometry.taps, counts=columns, name="x"
    )
    dw = sum_of_products(
        forms.to_kernel, cotangent, x, dtype=case.dtype, terms=_cells(cotangent), counts=samples, name="w"
    )
    return _gradients(case, arrays, dx, dw)


def transposed(case: Case, arrays: Arrays, geometry: Geometry) -> Tuple[Expected, ...]:
    """Expected outputs of a transposed convolution: y, or the vector-Jacobian products of x, w and b."""
    x, w, cotangent = _grouped(case, arrays)
    _, a, b = w.shape[:3]

    forms = Forms(geometry)
    if cotangent is None:
        bias = _per_channel(arrays.get("b"), w.shape[0], geometry)
        y = sum_of_products(
            forms.to_wide,
            x,
            w,
            dtype=case.dtype,
            terms=a * geometry.taps,
            bias=bias,
            padded=_not_finite(w, 1, geometry),
            counts={"columns": geometry.taps},
        )
        return (_joined(case, y),)
    dx = sum_of_products(forms.to_narrow, cotangent, w, dtype=case.dtype, terms=b * geometry.taps, name="x")
    samples = {"samples": x.shape[0] - 1}
    dw = sum_of_products(forms.to_kernel, x, cotangent, dtype=case.dtype, terms=_cells(x), counts=samples, name="w")
    return _gradients(case, arrays, dx, dw)


def _grouped(case: Case, arrays: Arrays) -> Tuple[np.ndarray, np.ndarray, Optional[np.ndarray]]:
    """x (batch, groups, channels, *sizes), w (groups, a, b, *taps), and the cotangent like x or None."""
    groups, rank = case.parameters["groups"], rank_of(case)

    def split(array: np.ndarray) -> np.ndarray:
        spatial = array.shape[-rank:]
        batch = array.shape[0] if batched(case) else 1
        return array.reshape((batch, groups, array.shape[-rank - 1] // groups) + spatial)

    w = arrays["w"]
    w = w.reshape((groups, w.shape[0] // groups) + w.shape[1:])
    return split(arrays["x"]), w, split(arrays[COTANGENT]) if case.quantity == GRADIENT else None


def _per_channel(bias: Optional[np.ndarray], groups: int, geometry: Geometry) -> Optional[np.ndarray]:
    """The bias shaped to broadcast over (batch, groups, channels, *spatial)."""
    if bias is None:
        return None
    return bias.reshape((1, groups, -1) + (1,) * len(geometry.kernel)).astype(np.float64)


def _not_finite(w: np.ndarray, summed: int, geometry: Geometry) -> np.ndarray:
    """Non-finite kernel elements per output channel, shaped to broadcast; ``summed`` is the contracted channel axis of w."""
    axes = (summed,) + tuple(range(3, w.ndim))
    counts = np.sum(~np.isfinite(w), axis=axes)
    return counts.reshape((1,) + counts.shape + (1,) * len(geometry.kernel))


def _cells(narrow: np.ndarray) -> int:
    """Terms of a kernel gradient: batch times spatial cells."""
    return int(np.prod((narrow.shape[0],) + narrow.shape[3:]))


def _gradients(case: Case, arrays: Arrays, dx: Expected, dw: Expected) -> Tuple[Expected, ...]:
    """The products in the order of the operator's inputs; the bias sums the cotangent over batch and space."""
    outputs = [_joined(case, dx), _reshaped(dw, case.inputs["w"].shape)]
    if "b" in case.inputs:
        cotangent = arrays[COTANGENT] if batched(case) else arrays[COTANGENT][None]
        rows = cotangent.swapaxes(0, 1).reshape(cotangent.shape[1], _cells(cotangent[:, None]))
        ones = np.ones((rows.shape[1], 1), rows.dtype)
        samples = {"samples": cotangent.shape[0] - 1}
        db = sum_of_products(np.matmul, rows, ones, dtype=case.dtype, terms=rows.shape[1], counts=samples, name="b")
        outputs.append(_reshaped(db, case.inputs["b"].shape))
    return tuple(outputs)


def _joined(case: Case, output: Expected) -> Expected:
    """Groups merged into channels, and the batch axis dropped where x has none."""
    batch, groups, channels = output.shape[:3]
    shape = (groups * channels,) + output.shape[3:]
    return _reshaped(output, ((batch,) + shape) if batched(case) else shape, axes(case))


def _reshaped(output: Expected, shape: Ints, names: Tuple[str, ...] = ()) -> Expected:
    """The same output with another shape, bound and masks included, and names of its axes."""
    inner = output.bound

    def bound(dtype: str, accuracy: Accuracy) -> Optional[np.ndarray]:
        error = inner(dtype, accuracy) if inner else None
        return None if error is None else error.reshape(shape)

    return replace(
        output,
        shape=tuple(shape),
        values=tuple(value.reshape(shape) for value in output.values),
        flushed=tuple(value.reshape(shape) for value in output.flushed),
        bound=bound,
        free=None if output.free is None else output.free.reshape(shape),
        axes=names,
    )
