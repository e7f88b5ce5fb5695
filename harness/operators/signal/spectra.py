"""Short-time Fourier transforms and cosine transforms; complex results are split into real and imaginary part on a last axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from harness.case import Case
from harness.meaning import Rule
from harness.operators.formula import Formulas, Verdict
from harness.operators.recurrent.formulas import stack
from harness.operators.signal.gathering import cosines, places_of, signal, spectrum, taken, windows_of
from harness.operators.tracked import Tracked, moveaxis
from harness.plain import ask


def stft(x: Tracked, w: Tracked, *, size: int, step: int) -> Tracked:
    """Of every frame times the window the discrete Fourier transform's first size // 2 + 1 values: (batch, frames, bins, 2)."""
    frames = taken(x, windows_of(places_of(x.shape), size, step)) * w
    bins, dtype = size // 2 + 1, x.value.dtype
    real = cosines(size, bins, lambda i, j: (i * j, size), dtype)
    # -sin t = cos(t + quarter of a turn), in whole quarters of the frame's steps.
    imaginary = cosines(size, bins, lambda i, j: (4 * i * j + size, 4 * size), dtype)
    return moveaxis(stack([spectrum(frames, real), spectrum(frames, imaginary)]), 0, -1)


def frames_fit(case: Case) -> Verdict:
    """Says nothing of windows of another length or of frames longer than the signal."""
    x, w, p = case.inputs["x"].shape, case.inputs["w"].shape, case.parameters
    fits = len(x) == 2 and w == (p["size"],) and 0 < p["size"] <= x[-1] and p["step"] > 0
    return None if fits else (Rule.EITHER, f"x of shape {x}, w of shape {w}: no frame fits")


def dct(x: Tracked, *, ortho: bool) -> Tracked:
    """2 sum x[i] cos(pi j (2 i + 1) / (2 n)), the discrete cosine transform of type 2; ``ortho`` scales it to an orthogonal matrix."""
    n, dtype = x.shape[-1], x.value.dtype
    return spectrum(x, cosine_matrix(n, ortho, dtype))


def idct(x: Tracked, *, ortho: bool) -> Tracked:
    """The inverse of ``dct``, up to a factor 2 n without ``ortho`` where TensorFlow leaves it out: with ``ortho`` alone."""
    return spectrum(x, cosine_matrix(x.shape[-1], True, x.value.dtype).T)


def cosine_matrix(n: int, ortho: bool, dtype: Any) -> np.ndarray:
    """The matrix (n, n) of the transform of type 2."""
    matrix = 2 * cosines(n, n, lambda i, j: (j * (2 * i + 1), 4 * n), dtype)
    if not ortho:
        return np.asarray(matrix)
    scale = np.full(n, np.sqrt(np.asarray(1, dtype) / (2 * n)))
    scale[0] = np.sqrt(np.asarray(1, dtype) / (4 * n))
    return np.asarray(matrix * scale)


transform = signal("stft", "x w", Formulas({"": stft}, frames_fit), {
    "torch": ask("torch.view_as_real(torch.stft(x, size, hop_length=step, window=w, center=False, return_complex=True)).transpose(1, 2)",
                 composed=True),
    "keras": ask("keras.ops.stack(keras.ops.stft(x, size, step, size, window=w, center=False), -1)", composed=True),
}, "spectra", differentiable="x w", regimes=("rounding",), gradient=("rounding",), summary="short-time Fourier transform")  # fmt: skip


@transform.call("tensorflow", composed=True)
def _(tf, x, w, *, size, step):
    y = tf.signal.stft(x, size, step, fft_length=size, window_fn=lambda length, dtype: w)
    return tf.stack([tf.math.real(y), tf.math.imag(y)], -1)


cosine = signal("dct", "x", Formulas({"": dct}), {
    "tensorflow": "tf.signal.dct(x, norm='ortho' if ortho else None)",
}, "transforms", (("ortho", (False, True)),), regimes=("rounding",), gradient=("rounding",),
   summary="discrete cosine transform of type 2")  # fmt: skip

inverse = signal("idct", "x", Formulas({"": idct}), {
    "tensorflow": "tf.signal.idct(x, norm='ortho')",
}, "transforms", (("ortho", (True,)),), regimes=("rounding",), gradient=("rounding",),
   summary="inverse of the discrete cosine transform of type 2")  # fmt: skip


@cosine.call("jax")
def _(jax, x, *, ortho):
    import jax.scipy.fft

    return jax.scipy.fft.dct(x, norm="ortho" if ortho else None)


@inverse.call("jax")
def _(jax, x):
    import jax.scipy.fft

    return jax.scipy.fft.idct(x, norm="ortho")
