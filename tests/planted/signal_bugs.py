"""Planted bugs of signal and image helpers: windows of the wrong period, frames off by one, channels exchanged."""

from __future__ import annotations

import numpy as np

from harness.case import GRADIENT, Kind
from planted.bugs import Bug

WRONG = (Kind.VALUE, Kind.NOT_FINITE)


def other_period(case, arrays):
    return case.with_parameters(periodic=not case.parameters["periodic"]), arrays


def period_of_odd_windows(case, arrays):
    """Windows of odd length are symmetric whatever is asked for."""
    return case.with_parameters(periodic=case.parameters["periodic"] and case.inputs["x"].shape[0] % 2 == 0), arrays


def last_frame_repeated(case, results):
    if case.quantity == GRADIENT or results[0].shape[-2] < 2:
        return results
    y = results[0].copy()
    y[..., -1, :] = y[..., -2, :]
    return [y]


def taps_before_channels(case, results):
    """Columns whose rows run over the taps first."""
    if case.quantity == GRADIENT:
        return results
    batch, channels = case.inputs["x"].shape[:2]
    rows = results[0].reshape(batch, channels, -1, results[0].shape[-1])
    return [np.swapaxes(rows, 1, 2).reshape(results[0].shape)]


def reversed_filter(case, arrays):
    return case, {**arrays, "w": arrays["w"][::-1]}


def blue_first(case, arrays):
    return case, {**arrays, "x": arrays["x"][..., ::-1]}


def gradient_without_overlap(case, results):
    """The gradient of frames that counts every sample once."""
    if case.quantity != GRADIENT:
        return results
    return [np.where(np.abs(result) > 4, result / 2, result).astype(result.dtype) for result in results]


def conjugate(case, results):
    """A transform of the other sign."""
    if case.quantity == GRADIENT:
        return results
    return [results[0] * np.array([1, -1], results[0].dtype)]


def repeated_edge(case, arrays):
    """A signal whose mirror image begins with its last element once more."""
    if case.parameters["pad"] != "reflect" or case.parameters.get("hostile"):
        return case, arrays
    return case, {**arrays, "x": np.roll(arrays["x"], 1, axis=-1)}


def half_more(case, results):
    """A signal that is scaled as if another window had been squared."""
    return [results[0] * np.asarray(1.5, results[0].dtype)] if case.quantity != GRADIENT else results


def shifted(case, results):
    """A signal that begins one element too early."""
    return [np.roll(result, 1, axis=-1) for result in results]


def multipliers_before_channels(case, arrays):
    """The channels between count the filters first."""
    channels, multiplier = case.inputs["w"].shape[2:]
    v = arrays["v"]
    if v.shape[2] != channels * multiplier:
        return case, arrays
    parts = v.reshape(1, 1, multiplier, channels, v.shape[3])
    return case, {**arrays, "v": np.swapaxes(parts, 2, 3).reshape(v.shape)}


def padding_in_front(case, arrays):
    """Of an odd number of padded rows the larger half stands in front."""
    if case.parameters["padding"] != "same" or case.quantity == GRADIENT:
        return case, arrays
    return case, {**arrays, "x": np.roll(arrays["x"], 1, axis=1) if case.inputs["w"].shape[0] % 2 == 0 else arrays["x"]}


def causal_is_same(case, arrays):
    """A layer that does not know "causal" pads on both sides."""
    return (case.with_parameters(padding="same") if case.parameters["padding"] == "causal" else case), arrays


def bias_of_channels_last(case, arrays):
    """A layer that adds its bias only where the channels are last."""
    if case.parameters["data_format"] == "channels_last":
        return case, arrays
    return case, {name: array for name, array in arrays.items() if name != "b" or case.quantity == GRADIENT}


BUGS_SIGNAL: dict[str, tuple[tuple[str, ...], Bug]] = {
    "signal: other period": (("hamming_window:aligned", "bartlett_window:aligned"), Bug(WRONG, before=other_period)),
    "signal: period of odd windows": (("hann_window:aligned",), Bug(WRONG, before=period_of_odd_windows)),
    "signal: last frame repeated": (("frame",), Bug(WRONG, after=last_frame_repeated)),
    "signal: taps before channels": (("unfold",), Bug(WRONG, after=taps_before_channels)),
    "signal: reversed filter": (("correlate", "convolve"), Bug(WRONG, before=reversed_filter)),
    "signal: blue first": (("rgb_to_grayscale", "rgb_to_hsv"), Bug(WRONG, before=blue_first)),
    "signal: gradient without overlap": (("frame",), Bug(WRONG, after=gradient_without_overlap)),
    "signal: multipliers before channels": (("separable_conv",), Bug(WRONG, before=multipliers_before_channels)),
    "signal: padding in front": (("separable_conv",), Bug(WRONG, before=padding_in_front)),
    "signal: causal is same": (("separable_conv:layer",), Bug(WRONG, before=causal_is_same)),
    "signal: bias of channels last": (("separable_conv:layer",), Bug(WRONG, before=bias_of_channels_last)),
    "signal: conjugate": (("stft", "stft:centred"), Bug(WRONG, after=conjugate)),
    "signal: edge repeated": (("stft:centred",), Bug(WRONG, before=repeated_edge)),
    "signal: half more": (("istft:centred",), Bug(WRONG, after=half_more)),
    "signal: shifted by one": (("istft:centred",), Bug(WRONG, after=shifted)),
}
"""By name the operators that show it, and the bug."""
