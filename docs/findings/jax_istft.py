"""JAX: istft of frames that do not overlap overlaps them, and of few frames loses the end of the signal.

Exit status: 0 once both signals are right, 1 while they are not. Seen with jax 0.10.2.
"""

import os

os.environ["JAX_PLATFORMS"] = "cpu"

import jax.numpy as jnp
import jax.scipy.signal
import numpy as np


def lengths(frames, size, overlap):
    """Lengths of a signal of ones that was cut into frames, and of what istft makes of their transforms."""
    signal = np.ones(size + (frames - 1) * (size - overlap), np.float32)
    cut = np.stack([signal[i * (size - overlap) :][:size] for i in range(frames)])
    spectra = jnp.asarray(np.fft.rfft(cut).T.astype(np.complex64) / size)
    window = jnp.ones(size)
    found = jax.scipy.signal.istft(spectra, window=window, nperseg=size, noverlap=overlap, nfft=size, boundary=False)[1]
    right = found.shape == signal.shape and np.allclose(found, signal, atol=1e-5)
    return signal.size, found.size, bool(right)


assert lengths(5, 4, 2) == (12, 12, True), "control: frames that overlap by half"
wrong = {}
for name, (frames, size, overlap) in {"no overlap": (3, 4, 0), "two frames of eight, one step": (2, 8, 7)}.items():
    expected, found, right = lengths(frames, size, overlap)
    if not right:
        wrong[name] = f"{found} elements for {expected}"
assert not wrong, wrong
