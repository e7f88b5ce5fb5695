"""Inverse short-time Fourier transforms: the signal whose frames come closest to the ones given, or the frames added up.

By least squares the windowed frames are added and divided by the sum of the squared windows (Griffin and Lim, Signal Estimation from
Modified Short-Time Fourier Transform, 1984, equation 6), which is possible where that sum is not zero.
"""

from __future__ import annotations

from typing import Mapping

import numpy as np

from harness.case import Case
from harness.meaning import Rule
from harness.operators import functions as f
from harness.operators.formula import Formulas, Verdict
from harness.operators.signal.gathering import added, cosines, places_of, signal, spectrum, windows_of
from harness.operators.tracked import Tracked, broadcast_to, reshape
from harness.plain import ask

LEAST = 1e-9
"""Sum of squared windows below which nothing is said: torch refuses less than 1e-11, JAX takes less than 1e-10 for 1."""


def frames_of(x: Tracked, size: int) -> Tracked:
    """The inverse discrete Fourier transforms (..., frames, size) of spectra (..., frames, size // 2 + 1, 2).

    The first imaginary part, and the last one of an even length, belong to no real signal and are not looked at.
    """
    bins, dtype = x.shape[-2], x.value.dtype
    twice = np.where((np.arange(bins) == 0) | (2 * np.arange(bins) == size), 1, 2).astype(dtype)[:, None]
    # -sin t = cos(t + quarter of a turn), in whole quarters of the frame's steps.
    waves = (
        cosines(bins, size, lambda i, j: (i * j, size), dtype),
        cosines(bins, size, lambda i, j: (4 * i * j + size, 4 * size), dtype),
    )
    parts = [reshape(f.part(x, -1, i, i + 1), x.shape[:-1]) for i in range(2)]
    real = spectrum(parts[0], twice * waves[0])
    used = twice * np.where(twice == 1, 0, waves[1])
    return (real + spectrum(parts[1], used)) / float(size)


def overlapped(frames: Tracked, step: int) -> Tracked:
    """Frames (..., frames, size) added where they overlap."""
    *lead, count, size = frames.shape
    shape = (*lead, (count - 1) * step + size)
    return added(frames, windows_of(places_of(shape), size, step), shape)


def envelope(w: Tracked, count: int, step: int) -> Tracked:
    """The sum of the squared windows of ``count`` frames."""
    return overlapped(broadcast_to(f.square(w), (count, w.shape[0])), step)


def least_squares(x: Tracked, w: Tracked, *, size: int, step: int) -> Tracked:
    """The signal by least squares, without the half frames that continued it on both sides."""
    total, weight = overlapped(frames_of(x, size) * w, step), envelope(w, x.shape[-3], step)
    end = weight.shape[0] - size // 2
    return f.part(total, -1, size // 2, end) / f.part(weight, 0, size // 2, end)


def sums(x: Tracked, w: Tracked, *, size: int, step: int) -> Tracked:
    """The windowed frames, added."""
    return overlapped(frames_of(x, size) * w, step)


def multiplied(x: Tracked, w: Tracked, *, size: int, step: int) -> Tracked:
    """The signal by least squares of spectra that were divided by the window's sum."""
    return least_squares(x, w, size=size, step=step) * w.sum()


def spectra_fit(case: Case) -> Verdict:
    """Refuses windows that are not as long as a frame; nothing is said where no signal is left or a frame is skipped."""
    x, w, p = case.inputs["x"].shape, case.inputs["w"].shape, case.parameters
    size, step = p["size"], p["step"]
    if len(x) != 4 or 0 in x or x[2:] != (size // 2 + 1, 2) or not 0 < step <= size:
        return Rule.EITHER, f"x of shape {x}, size {size}, step {step}"
    if w != (size,):
        return Rule.REFUSE, f"w of shape {w}: must have a frame's length {size}"
    left = (x[1] - 1) * step + size - size // 2 * 2
    return (Rule.EITHER, f"x of shape {x}: nothing is left but half frames") if left < 1 else None


def covered(case: Case, arrays: Mapping[str, np.ndarray]) -> Verdict:
    """Says nothing where the windows leave an element, or almost (the condition called "nonzero overlap add")."""
    squares = np.broadcast_to(arrays["w"].astype(np.float64) ** 2, (case.inputs["x"].shape[1], arrays["w"].shape[0]))
    size, step = case.parameters["size"], case.parameters["step"]
    total = np.zeros((len(squares) - 1) * step + size)
    np.add.at(total, windows_of(np.arange(total.size), size, step), squares)
    least = total[size // 2 : total.size - size // 2].min()
    return None if least > LEAST else (Rule.EITHER, f"the squared windows add up to {least:.3g} somewhere")


COMPLEX = "torch.complex(x[..., 0], x[..., 1]).transpose(1, 2)"
PARTS = "(x[..., 0], x[..., 1])"
LEAST_SQUARES, ADDED, MULTIPLIED = "least squares", "frames added", "least squares, times the window's sum"

# fmt: off
inverse = signal("istft:centred", "x w", Formulas({"": least_squares}, spectra_fit, inspect=covered), {
    "torch": ask(f"torch.istft({COMPLEX}, size, hop_length=step, window=w)", composed=True),
    "keras": ask(f"keras.ops.istft({PARTS}, size, step, size, window=w)", composed=True),
}, "inverses", differentiable="x w", regimes=("rounding",), gradient=("rounding",),
   summary="inverse short-time Fourier transform of centred frames")
named = signal("istft:nominal", "x w", Formulas(
    {LEAST_SQUARES: least_squares, ADDED: sums, MULTIPLIED: multiplied}, spectra_fit, inspect=covered,
), {
    "torch": ask(f"torch.istft({COMPLEX}, size, hop_length=step, window=w)", composed=True, convention=lambda case: LEAST_SQUARES),
    "keras": ask(f"keras.ops.istft({PARTS}, size, step, size, window=w)", composed=True, convention=lambda case: LEAST_SQUARES),
}, "inverses", regimes=("rounding",), differentiable="", summary="inverse short-time Fourier transform by its name")
# fmt: on


@inverse.call("tensorflow", composed=True)
def _(tf, x, w, *, size, step):
    frames = tf.signal.inverse_stft(
        tf.complex(x[..., 0], x[..., 1]), size, step, fft_length=size, window_fn=lambda length, dtype: w
    )
    squares = tf.signal.overlap_and_add(tf.broadcast_to(w * w, (x.shape[1], size)), step)
    end = (x.shape[1] - 1) * step + size - size // 2
    return (frames / squares)[:, size // 2 : end]


@inverse.call("jax", composed=True)
def _(jax, x, w, *, size, step):
    import jax.scipy.signal

    z = jax.lax.complex(x[..., 0], x[..., 1])
    y = jax.scipy.signal.istft(z, window=w, nperseg=size, noverlap=size - step, nfft=size, time_axis=1, freq_axis=2)[1]
    return y / w.sum()


@named.call("tensorflow", composed=True, convention=lambda case: ADDED)
def _(tf, x, w, *, size, step):
    z = tf.complex(x[..., 0], x[..., 1])
    return tf.signal.inverse_stft(z, size, step, fft_length=size, window_fn=lambda length, dtype: w)


@named.call("jax", composed=True, convention=lambda case: MULTIPLIED)
def _(jax, x, w, *, size, step):
    import jax.scipy.signal

    z = jax.lax.complex(x[..., 0], x[..., 1])
    return jax.scipy.signal.istft(z, window=w, nperseg=size, noverlap=size - step, nfft=size, time_axis=1, freq_axis=2)[
        1
    ]
