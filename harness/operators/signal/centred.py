"""Short-time Fourier transforms of frames around their places: the signal is continued by half a frame on both sides."""

from __future__ import annotations

import numpy as np

from harness.case import VALUE, Case
from harness.meaning import Rule
from harness.operators import functions as f
from harness.operators.formula import Formulas, Verdict
from harness.operators.recurrent.formulas import stack
from harness.operators.signal.gathering import NOWHERE, cosines, places_of, signal, spectrum, taken, windows_of
from harness.operators.signal.spectra import frames_fit, stft
from harness.operators.tracked import Tracked, moveaxis
from harness.plain import ask


def continued(x: Tracked, before: int, after: int, pad: str) -> Tracked:
    """x with more elements on both sides of the last axis: zeros ("constant"), or x mirrored at its ends ("reflect")."""
    edges = [(0, 0)] * (len(x.shape) - 1) + [(before, after)]
    places = places_of(x.shape)
    fill = {"constant_values": NOWHERE} if pad == "constant" else {}
    return taken(x, np.pad(places, edges, mode=pad, **fill))  # type: ignore[call-overload]


def centred(x: Tracked, w: Tracked, *, size: int, step: int, pad: str) -> Tracked:
    """The transform of x continued by half a frame, so that frame i lies around element i step: (batch, frames, bins, 2)."""
    return stft(continued(x, size // 2, size // 2, pad), w, size=size, step=step)


def fits(case: Case) -> Verdict:
    """Refuses windows that are not as long as a frame and signals that are too short to be mirrored."""
    x, w, p = case.inputs["x"].shape, case.inputs["w"].shape, case.parameters
    if len(x) != 2 or 0 in x or p["size"] < 1 or p["step"] < 1:
        return Rule.EITHER, f"x of shape {x}, size {p['size']}, step {p['step']}"
    if w != (p["size"],):
        return Rule.REFUSE, f"w of shape {w}: must have a frame's length {p['size']}"
    if p["pad"] == "reflect" and p["size"] // 2 >= x[-1]:
        return Rule.REFUSE, f"x of shape {x}: too short to be mirrored over {p['size'] // 2} elements"
    return None if x[-1] + p["size"] // 2 * 2 >= p["size"] else (Rule.EITHER, f"x of shape {x}: no frame fits")


def reflected(case: Case) -> bool:
    """Whether the signal is mirrored, which is what Keras does."""
    return bool(case.parameters["pad"] == "reflect")


def scaled_back(case: Case) -> bool:
    """Whether JAX' transform, which is divided by the window's sum, can be multiplied by it. The gradient for
    the window would be a difference of two terms that the sum's reciprocal may make large.

    Its frames are no farther apart than they are long, and no longer than the signal.
    """
    p = case.parameters
    return case.quantity == VALUE and p["step"] <= p["size"] <= case.inputs["x"].shape[-1]


# fmt: off
around = signal("stft:centred", "x w", Formulas({"": centred}, fits), {
    "torch": ask("torch.view_as_real(torch.stft(x, size, hop_length=step, window=w, center=True, pad_mode=pad, return_complex=True))"
                 ".transpose(1, 2)", composed=True),
    "keras": ask("keras.ops.stack(keras.ops.stft(x, size, step, size, window=w), -1)", composed=True, when=reflected),
}, "centred", ("constant", "reflect"), differentiable="x w", regimes=("rounding",), gradient=("rounding",),
   summary="short-time Fourier transform of centred frames")
# fmt: on


@around.call("tensorflow", composed=True)
def _(tf, x, w, *, size, step, pad):
    longer = tf.pad(x, [[0, 0], [size // 2, size // 2]], mode=pad)
    y = tf.signal.stft(longer, size, step, fft_length=size, window_fn=lambda length, dtype: w)
    return tf.stack([tf.math.real(y), tf.math.imag(y)], -1)


@around.call("jax", composed=True, when=scaled_back)
def _(jax, x, w, *, size, step, pad):
    import jax.scipy.signal

    boundary = {"constant": "zeros", "reflect": "even"}[pad]
    z = jax.scipy.signal.stft(x, window=w, nperseg=size, noverlap=size - step, boundary=boundary, padded=False)[2]
    y = jax.numpy.swapaxes(z, 1, 2) * abs(w.sum())
    return jax.numpy.stack([y.real, y.imag], -1)


def of_transform(x: Tracked, w: Tracked, size: int, transform: int, step: int) -> Tracked:
    """Of frames as long as the window, with zeros behind them up to the transform's length: (batch, frames, bins, 2)."""
    frames = taken(x, windows_of(places_of(x.shape), size, step)) * w
    bins, dtype = transform // 2 + 1, x.value.dtype
    real = cosines(transform, bins, lambda i, j: (i * j, transform), dtype)[:size]
    imaginary = cosines(transform, bins, lambda i, j: (4 * i * j + transform, 4 * transform), dtype)[:size]
    return moveaxis(stack([spectrum(frames, real), spectrum(frames, imaginary)]), 0, -1)


def from_the_middle(x: Tracked, w: Tracked, *, size: int, step: int, transform: int) -> Tracked:
    """Frames as long as the transform, the window in their middle, the signal mirrored by half of one on both sides."""
    before = (transform - size) // 2
    window = continued(w, before, transform - size - before, "constant")
    return centred(x, window, size=transform, step=step, pad="reflect")


def from_the_start(x: Tracked, w: Tracked, *, size: int, step: int, transform: int) -> Tracked:
    """Frames of the signal as it is, as long as the window."""
    return of_transform(x, w, size, transform, step)


def divided(x: Tracked, w: Tracked, *, size: int, step: int, transform: int) -> Tracked:
    """The signal with half a frame of zeros on both sides and more behind, up to whole frames; divided by the window's sum's magnitude."""
    more = -(x.shape[-1] + size // 2 * 2 - size) % step % size
    longer = continued(x, size // 2, size // 2 + more, "constant")
    return of_transform(longer, w, size, transform, step) / f.absolute(w.sum())


def fits_nominally(case: Case) -> Verdict:
    """Says nothing of what does not fit in one of the conventions."""
    p, x = case.parameters, case.inputs["x"].shape
    verdict = frames_fit(case)
    if verdict or p["transform"] < p["size"] or p["transform"] // 2 >= x[-1] or p["step"] > p["size"]:
        return Rule.EITHER, f"x of shape {x}, {p}: does not fit in all conventions"
    return None


MIDDLE, START, DIVIDED = "centred, mirrored", "from the start", "centred, zeros, over the window's sum"
TORCH = "torch.stft(x, transform, hop_length=step, win_length=size, window=w, return_complex=True)"

# fmt: off
named = signal("stft:nominal", "x w", Formulas({MIDDLE: from_the_middle, START: from_the_start, DIVIDED: divided}, fits_nominally), {
    "torch": ask(f"torch.view_as_real({TORCH}).transpose(1, 2)", composed=True, convention=lambda case: MIDDLE),
    "keras": ask("keras.ops.stack(keras.ops.stft(x, size, step, transform, window=w), -1)", composed=True, convention=lambda case: MIDDLE),
}, "transformed", regimes=("rounding",), differentiable="", summary="short-time Fourier transform by its name")
# fmt: on


@named.call("tensorflow", composed=True, convention=lambda case: START)
def _(tf, x, w, *, size, step, transform):
    y = tf.signal.stft(x, size, step, fft_length=transform, window_fn=lambda length, dtype: w)
    return tf.stack([tf.math.real(y), tf.math.imag(y)], -1)


@named.call("jax", composed=True, convention=lambda case: DIVIDED)
def _(jax, x, w, *, size, step, transform):
    import jax.scipy.signal

    y = jax.numpy.swapaxes(
        jax.scipy.signal.stft(x, window=w, nperseg=size, noverlap=size - step, nfft=transform)[2], 1, 2
    )
    return jax.numpy.stack([y.real, y.imag], -1)
