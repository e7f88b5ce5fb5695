"""Planted bugs of Fourier transforms: signs, factors, lengths, precision, the middle of a spectrum."""

from __future__ import annotations

import numpy as np

from harness.case import GRADIENT, Kind
from planted.bugs import Bug

WRONG = (Kind.VALUE, Kind.NOT_FINITE)


def other_sign(case, arrays):
    """The exponent has the other sign, by conjugates before and after."""
    return case, {**arrays, "x": np.conj(arrays["x"])}


def conjugated(case, results):
    return [np.conj(result) for result in results]


def factor_ignored(case, arrays):
    return case.with_parameters(norm="backward"), arrays


def cropped_at_the_front(case, arrays):
    x, n, axis = arrays["x"], case.parameters["n"], case.parameters["axis"]
    if n is None or n >= x.shape[axis]:
        return case, arrays
    return case, {**arrays, "x": np.roll(x, n - x.shape[axis], axis)}


def odd_length_as_even(case, arrays):
    n = case.parameters["n"]
    return (case.with_parameters(n=n - 1) if n and n > 1 and n % 2 else case), arrays


def imaginary_part_counts(case, arrays):
    """The imaginary part of the entry at zero, which a real array cannot have, is added to the real one."""
    x, axis = np.moveaxis(arrays["x"], case.parameters["axis"], 0).copy(), case.parameters["axis"]
    x.real[0] += x.imag[0]
    return case, {**arrays, "x": np.moveaxis(x, 0, axis)}


def single_precision(case, results):
    narrow = {"complex128": np.complex64, "float64": np.float32}
    return [result.astype(narrow.get(result.dtype.name, result.dtype)).astype(result.dtype) for result in results]


def middle_rounded_up(case, results):
    y, axes = results[0], case.parameters["axes"]
    axes = tuple(range(y.ndim)) if axes is None else axes
    return [np.roll(y, tuple(y.shape[axis] % 2 for axis in axes), axes)]


def negative_ones_positive(case, results):
    return [np.abs(results[0])]


def first_counts_twice(case, results):
    """The gradient takes the entry without a mirror image for one that has it."""
    if case.quantity != GRADIENT:
        return results
    x = np.moveaxis(results[0].copy(), case.parameters["axis"], 0)
    x[:1] *= 2
    return [np.moveaxis(x, 0, case.parameters["axis"])]


def gradient_not_scaled(case, results):
    """The gradient forgets the factor of an orthogonal transform."""
    if case.quantity != GRADIENT or case.parameters["norm"] != "ortho":
        return results
    return [results[0] * results[0].dtype.type(1.5)]


BUGS_FFT: dict[str, tuple[tuple[str, ...], Bug]] = {
    "fft: other sign": (("fft", "ifft2", "fftn"), Bug(WRONG, before=other_sign, after=conjugated)),
    "fft: factor ignored": (("fft", "irfft", "rfftn"), Bug(WRONG, before=factor_ignored)),
    "fft: cropped at the front": (("rfft", "ifft"), Bug(WRONG, before=cropped_at_the_front)),
    "fft: odd length as even": (("irfft", "hfft"), Bug((*WRONG, Kind.SHAPE), before=odd_length_as_even)),
    "fft: imaginary part counts": (("irfft", "hfft"), Bug(WRONG, before=imaginary_part_counts)),
    "fft: single precision": (("fft", "irfft2"), Bug(WRONG, after=single_precision)),
    "fft: middle rounded up": (("fftshift", "ifftshift"), Bug(WRONG, after=middle_rounded_up)),
    "fft: negative frequencies positive": (("fftfreq",), Bug(WRONG, after=negative_ones_positive)),
    "fft: first entry counts twice": (("irfft", "hfft"), Bug(WRONG, after=first_counts_twice)),
    "fft: gradient not scaled": (("fft", "rfft", "rfftn"), Bug(WRONG, after=gradient_not_scaled)),
    "fft: accepts everything": (("rfft", "fftn"), Bug((Kind.ACCEPTED, Kind.DESCRIBED_INVALID), accepts=True)),
}
"""By name the operators that show it, and the bug."""
