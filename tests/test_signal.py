"""Signal and image helpers: against NumPy, SciPy, colorsys and loops, refusals, structures, planted bugs."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest
import scipy.fft
import scipy.signal
from moved import drawn

from harness import operator
from harness.case import COTANGENT, GRADIENT, Case, InputSpec, Kind, Target
from harness.meaning import Accuracy, Rule
from harness.operators.signal.gathering import added
from harness.operators.tracked import Tracked, arithmetic
from harness.values import arrays_of

OPERATORS = tuple(key for key, each in operator.load().items() if each.family == "signal")


def value(key, inputs, dtype="float64", **parameters):
    """The arrays of a case and the values of its first convention."""
    made = {
        name: spec if isinstance(spec, InputSpec) else InputSpec(spec, dtype, seed=7) for name, spec in inputs.items()
    }
    case = Case(key, made, parameters)
    arrays = arrays_of(case)
    meaning = operator.get(key).meaning(case, arrays)
    assert meaning.rule is Rule.COMPUTE, meaning.reason
    return arrays, np.asarray(next(iter(meaning.variants.values()))[0].values[0], float)


def gradient(key, shape, result, **parameters):
    """Of the first input x and the cotangent the arrays, and the vector-Jacobian product."""
    inputs = {"x": InputSpec(shape, "float64", seed=7), COTANGENT: InputSpec(result, "float64", seed=8)}
    case = Case(key, inputs, parameters, GRADIENT)
    arrays = arrays_of(case)
    return arrays, np.asarray(operator.get(key).meaning(case, arrays).variants[""][0].values[0], float)


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("n", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("m", [1, 2, 3, 4, 7])
def test_correlation_and_convolution_are_numpys(n, m, mode):
    arrays, found = value("correlate", {"x": (n,), "w": (m,)}, mode=mode)
    np.testing.assert_allclose(found, np.correlate(arrays["x"], arrays["w"], mode), rtol=1e-12, atol=1e-13)
    arrays, found = value("convolve", {"x": (n,), "w": (m,)}, mode=mode)
    np.testing.assert_allclose(found, np.convolve(arrays["x"], arrays["w"], mode), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("n", [1, 2, 3, 8, 17])
@pytest.mark.parametrize("name", ["hann", "hamming", "blackman", "bartlett"])
@pytest.mark.parametrize("periodic", [True, False])
def test_windows_are_scipys(name, n, periodic):
    _, found = value(f"{name}_window:aligned", {"x": (n,)}, periodic=periodic)
    np.testing.assert_allclose(found, scipy.signal.get_window(name, n, fftbins=periodic), atol=1e-15)


@pytest.mark.parametrize("n", [1, 2, 3, 8, 129])
@pytest.mark.parametrize("beta", [0.0, 5.0, 14.0])
@pytest.mark.parametrize("periodic", [True, False])
def test_kaisers_windows_are_scipys(n, beta, periodic):
    _, found = value("kaiser_window:aligned", {"x": (n,)}, periodic=periodic, beta=beta)
    np.testing.assert_allclose(found, scipy.signal.get_window(("kaiser", beta), n, fftbins=periodic), rtol=1e-13)


@pytest.mark.parametrize("n", [1, 2, 7, 8, 33])
@pytest.mark.parametrize("ortho", [True, False])
def test_cosine_transforms_are_scipys(n, ortho):
    arrays, found = value("dct", {"x": (2, n)}, ortho=ortho)
    np.testing.assert_allclose(found, scipy.fft.dct(arrays["x"], norm="ortho" if ortho else None), atol=1e-12)
    arrays, found = value("idct", {"x": (2, n)}, ortho=True)
    np.testing.assert_allclose(found, scipy.fft.idct(arrays["x"], norm="ortho"), atol=1e-12)


@pytest.mark.parametrize(("size", "step"), [(8, 3), (5, 5), (2, 7)])
def test_stft_is_the_transform_of_every_frame(size, step):
    arrays, found = value("stft", {"x": (2, 50), "w": (size,)}, size=size, step=step)
    frames = [np.fft.rfft(arrays["x"][:, i : i + size] * arrays["w"]) for i in range(0, 51 - size, step)]
    expected = np.stack(frames, 1)
    np.testing.assert_allclose(found, np.stack([expected.real, expected.imag], -1), atol=1e-12)


def joined(parts):
    """Real and imaginary parts on the last axis as complex numbers."""
    return parts[..., 0] + 1j * parts[..., 1]


def scipys(x, w, step, **more):
    """SciPy's transform without its division by the window's sum, as (batch, frames, bins)."""
    found = scipy.signal.stft(x, window=w, nperseg=len(w), noverlap=len(w) - step, padded=False, **more)[2]
    return found.swapaxes(1, 2) * abs(w.sum())


@pytest.mark.parametrize(("size", "step"), [(8, 3), (5, 5), (7, 2), (2, 1)])
def test_centred_transforms_are_scipys_of_the_continued_signal(size, step):
    arrays, found = value("stft:centred", {"x": (2, 20), "w": (size,)}, size=size, step=step, pad="constant")
    right = scipys(arrays["x"], arrays["w"], step, boundary="zeros")
    np.testing.assert_allclose(joined(found), right, atol=1e-13)
    arrays, found = value("stft:centred", {"x": (2, 20), "w": (size,)}, size=size, step=step, pad="reflect")
    mirrored = np.pad(arrays["x"], ((0, 0), (size // 2, size // 2)), mode="reflect")
    np.testing.assert_allclose(joined(found), scipys(mirrored, arrays["w"], step, boundary=None), atol=1e-13)


def readings(key, inputs, **parameters):
    """The arrays of a case and its values by convention."""
    case = Case(key, {name: InputSpec(shape, "float64", seed=7) for name, shape in inputs.items()}, parameters)
    arrays = arrays_of(case)
    meaning = operator.get(key).meaning(case, arrays)
    assert meaning.rule is Rule.COMPUTE, meaning.reason
    return arrays, {name: np.asarray(outputs[0].values[0], float) for name, outputs in meaning.variants.items()}


def test_a_longer_transform_has_the_window_in_its_middle_or_at_its_start():
    shapes = {"x": (1, 30), "w": (5,)}
    arrays, found = readings("stft:nominal", shapes, size=5, step=3, transform=8)
    x, w = arrays["x"], arrays["w"]
    first, start, divided = found.values()
    mirrored, middle = np.pad(x, ((0, 0), (4, 4)), mode="reflect"), np.pad(w, (1, 2))
    np.testing.assert_allclose(joined(first)[0, 2], np.fft.rfft(mirrored[0, 6:14] * middle), atol=1e-13)
    np.testing.assert_allclose(joined(start)[0, 2], np.fft.rfft(x[0, 6:11] * w, 8), atol=1e-13)
    right = scipy.signal.stft(x, window=w, nperseg=5, noverlap=2, nfft=8)[2].swapaxes(1, 2)
    np.testing.assert_allclose(joined(divided), right, atol=1e-12)


@pytest.mark.parametrize(("size", "step", "frames"), [(8, 2, 5), (8, 3, 9), (7, 7, 3), (5, 2, 2), (65, 1, 5)])
def test_inverses_by_least_squares_are_scipys(size, step, frames):
    shapes = {"x": (2, frames, size // 2 + 1, 2), "w": (size,)}
    arrays, found = readings("istft:nominal", shapes, size=size, step=step)
    w = arrays["w"]
    spectra = joined(arrays["x"]).swapaxes(1, 2)
    right = scipy.signal.istft(spectra, window=w, nperseg=size, noverlap=size - step, nfft=size)[1]
    least, added_up, times = found.values()
    np.testing.assert_allclose(times, right, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(least * w.sum(), right, rtol=1e-9, atol=1e-12)
    total = np.zeros((2, (frames - 1) * step + size))
    for i, spectrum in enumerate(joined(arrays["x"]).swapaxes(0, 1)):
        total[:, i * step : i * step + size] += np.fft.irfft(spectrum, size) * w
    np.testing.assert_allclose(added_up, total, atol=1e-13)


def test_the_inverse_gives_the_signal_back():
    """x continued by half frames, transformed by NumPy, is x again."""
    x, w = np.random.default_rng(1).normal(size=(1, 24)), np.hanning(10)[1:-1]
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(x[0], 4, mode="reflect"), 8)[::2]
    spectra = np.fft.rfft(frames * w)[None]
    arrays = {"x": np.stack([spectra.real, spectra.imag], -1), "w": w}
    case = Case("istft:centred", {k: InputSpec(v.shape, "float64") for k, v in arrays.items()}, {"size": 8, "step": 2})
    found = operator.get("istft:centred").meaning(case, arrays).variants[""][0].values[0]
    np.testing.assert_allclose(np.asarray(found, float), x, atol=1e-14)


def test_nothing_is_said_where_windows_leave_an_element():
    arrays = {"x": np.ones((1, 3, 3, 2)), "w": np.array([1.0, 0.0, 0.0, 1.0])}
    case = Case("istft:centred", {k: InputSpec(v.shape, "float64") for k, v in arrays.items()}, {"size": 4, "step": 4})
    assert operator.get("istft:centred").meaning(case, arrays).rule is Rule.EITHER


@pytest.mark.parametrize("key", ["stft:centred", "istft:centred"])
def test_windows_of_another_length_must_be_refused(key):
    shapes = {"x": (1, 12) if key == "stft:centred" else (1, 3, 3, 2), "w": (6,)}
    case = Case(key, {k: InputSpec(v, "float32") for k, v in shapes.items()}, {"size": 5, "step": 2, "pad": "reflect"})
    meaning = operator.get(key).meaning(case, arrays_of(case))
    assert (meaning.rule, meaning.reason) == (Rule.REFUSE, "w of shape (6,): must have a frame's length 5")


@pytest.mark.parametrize(("size", "step", "pad"), [(5, 2, "reflect"), (4, 3, "constant")])
def test_gradients_of_centred_transforms_are_differences(size, step, pad):
    """The transform is linear in x and in w: the cotangent's product with a difference is the gradient's with its step."""
    parameters = {"size": size, "step": step, "pad": pad}
    op, shapes = operator.get("stft:centred"), {"x": (1, 12), "w": (size,)}
    case = Case("stft:centred", {k: InputSpec(v, "float64", seed=7) for k, v in shapes.items()}, parameters)
    arrays = arrays_of(case)
    y = op.meaning(case, arrays).variants[""][0].values[0]
    cotangent = np.random.default_rng(3).normal(size=y.shape)
    asked = Case(case.operator, {**case.inputs, COTANGENT: InputSpec(y.shape, "float64")}, parameters, GRADIENT)
    slopes = op.meaning(asked, {**arrays, COTANGENT: cotangent}).variants[""]
    for position, name in enumerate(("x", "w")):
        moved = np.random.default_rng(5).normal(size=arrays[name].shape)
        other = op.meaning(case, {**arrays, name: arrays[name] + moved}).variants[""][0].values[0]
        right = float(np.sum(slopes[position].values[0] * moved))
        assert float(np.sum((other - y) * cotangent)) == pytest.approx(right)


@pytest.mark.parametrize(("size", "step"), [(3, 1), (4, 4), (2, 5), (1, 1)])
def test_frames_and_what_overlaps_are_those_of_loops(size, step):
    arrays, found = value("frame", {"x": (2, 13)}, size=size, step=step)
    frames = np.stack([arrays["x"][:, i : i + size] for i in range(0, 14 - size, step)], 1)
    np.testing.assert_array_equal(found, frames)
    arrays, found = value("overlap_and_add", {"x": frames.shape}, step=step)
    expected = np.zeros((2, (frames.shape[1] - 1) * step + size))
    for i in range(frames.shape[1]):
        expected[:, i * step : i * step + size] += arrays["x"][:, i]
    np.testing.assert_allclose(found, expected, rtol=1e-13)


def test_the_gradient_of_frames_adds_what_overlaps():
    arrays, found = gradient("frame", (6,), (4, 3), size=3, step=1)
    expected = np.zeros(6)
    for i in range(4):
        expected[i : i + 3] += arrays[COTANGENT][i]
    np.testing.assert_allclose(found, expected, rtol=1e-13)


WINDOW = {"size": (2, 3), "stride": (2, 1), "dilation": (1, 2), "padding": (1, 0)}


def columns_by_loops(x):
    """Columns of an image (batch, channels, 5, 7) under ``WINDOW``."""
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (0, 0)))
    rows = [
        [padded[:, c, 2 * i + a, j + 2 * b] for i in range(3) for j in range(3)]
        for c in range(x.shape[1]) for a in range(2) for b in range(3)
    ]  # fmt: skip
    return np.array(rows).transpose(2, 0, 1)


def test_columns_are_those_of_loops_and_fold_is_their_adjoint():
    arrays, found = value("unfold", {"x": (2, 3, 5, 7)}, **WINDOW)
    np.testing.assert_array_equal(found, columns_by_loops(arrays["x"]))
    folded, image = value("fold", {"x": found.shape}, image=(5, 7), **WINDOW)
    np.testing.assert_allclose((found * folded["x"]).sum(), (arrays["x"] * image).sum(), rtol=1e-12)


def test_colours_are_those_of_the_standard_library():
    levels = InputSpec((50, 20, 3), "float64", "uniform", 3, low=0, high=6)
    for key, function in (("rgb_to_hsv", colorsys.rgb_to_hsv), ("hsv_to_rgb", colorsys.hsv_to_rgb)):
        arrays, found = value(key, {"x": levels})
        expected = [function(*pixel) for pixel in arrays["x"].reshape(-1, 3) / 256]
        np.testing.assert_allclose(found.reshape(-1, 3), expected, atol=1e-13)


def test_grey_is_the_weighted_sum():
    arrays, found = value("rgb_to_grayscale", {"x": (3, 4, 3)})
    np.testing.assert_allclose(found[..., 0], arrays["x"] @ [0.2989, 0.587, 0.114], rtol=1e-12)


@pytest.mark.parametrize(
    ("key", "shape", "parameters", "words"),
    [
        ("rgb_to_grayscale", (2, 2, 4), {}, "three channels"),
        ("frame", (), {"size": 1, "step": 1}, "no axes"),
        ("overlap_and_add", (4,), {"step": 1}, "two at least"),
        ("unfold", (1, 1, 4, 4), {**WINDOW, "stride": (0, 1)}, "out of range"),
        ("fold", (1, 6, 10), {**WINDOW, "image": (5, 7)}, "9 columns"),
    ],
)
def test_what_must_be_refused(key, shape, parameters, words):
    case = Case(key, {"x": InputSpec(shape, "float32")}, parameters)
    meaning = operator.get(key).meaning(case, arrays_of(case))
    assert meaning.rule is Rule.REFUSE
    assert words in meaning.reason


def test_structures_reach_odd_even_and_single_windows_of_both_kinds():
    lengths = [(case.parameters["periodic"], case.inputs["x"].shape[0]) for case in drawn("hann_window:aligned")]
    found = {(periodic, min(n, 2 + n % 2)) for periodic, n in lengths}
    assert found >= {(periodic, length) for periodic in (True, False) for length in (0, 1, 2, 3)}


def test_structures_reach_modes_and_longer_second_signals():
    found = {(case.parameters["mode"], case.inputs["x"].shape < case.inputs["w"].shape) for case in drawn("correlate")}
    assert found == {(mode, longer) for mode in ("full", "same", "valid") for longer in (True, False)}


def test_structures_reach_gaps_between_frames_and_what_is_hostile():
    cases = drawn("frame")
    assert {case.parameters["step"] > case.parameters["size"] for case in cases} == {True, False}
    assert {case.parameters.get("hostile") for case in cases} == {None, "longer", "number"}
    assert {case.parameters.get("hostile") for case in drawn("fold")} == {None, "columns"}


def test_keras_on_torch_only_describes_float64_spectra_as_float32():
    """It computes them in float64, so that the error bound is that of float64."""
    case = Case("stft", {"x": InputSpec((1, 8), "float64"), "w": InputSpec((4,), "float64")}, {"size": 4, "step": 2})
    op = operator.get("stft")
    facts = op.accuracy(Target("keras-torch"), op.select("keras", case, "eager"), case)
    assert facts.accumulator("float64") == "float64"


def test_keras_on_jax_with_64_bit_types_computes_correlations_in_float64():
    """It describes them as float32, and computes them within the error bound of float64."""
    case = Case("correlate", {"x": InputSpec((4,), "float64"), "w": InputSpec((2,), "float64")}, {"mode": "full"})
    op, target = operator.get("correlate"), Target("keras-jax-x64", mode="abstract")
    rows = [row for row in op.known if row.kind is Kind.DTYPE and row.when(case)]
    assert any(target.matches(row.targets) for row in rows)
    assert op.accuracy(target, op.select("keras", case, "eager"), case).accumulator("float64") == "float64"


@pytest.mark.parametrize(("terms", "open_"), [((3e38, 3e38, -np.inf), True), ((3e38, 1.0, -np.inf), False)])
def test_a_sum_that_may_overflow_on_its_way_may_be_anything(terms, open_):
    """3e38 + 3e38 is infinite in float32, and NaN with -infinity added; with that first it is -infinity."""
    x = Tracked(arithmetic("float32", Accuracy()), np.array(terms))
    assert np.isinf(added(x, np.zeros(3, int), (1,)).error) == open_
    assert np.isinf(x.sum().error) == open_


@pytest.mark.parametrize(("terms", "open_"), [((3e38, 3e38, -3e38, -3e38), True), ((3e38, -1.0, 1.0, 0.0), False)])
def test_a_finite_sum_may_overflow_on_its_way_as_well(terms, open_):
    x = Tracked(arithmetic("float32", Accuracy()), np.array(terms))
    assert np.isinf(added(x, np.zeros(4, int), (1,)).error) == open_
    assert np.isinf(x.sum().error) == open_
