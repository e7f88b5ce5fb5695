"""The rows of Fourier transforms."""

from __future__ import annotations

from typing import Any, Callable, Mapping, Sequence

from harness.case import Case
from harness.meaning import Meaning
from harness.operator import Operator, register
from harness.operators.elementwise.limits import LIMITS
from harness.operators.facts import state
from harness.operators.fft.meaning import Arrays, fourier, frequencies, shift
from harness.plain import Expressions, add_calls, ask, case_of, classes, value_sets


def row(
    name: str,
    meaning: Callable[[Case, Arrays], Meaning],
    calls: Expressions,
    summary: str,
    regimes: Sequence[str] = ("exact", "rounding"),
) -> Operator:
    """Register a transform."""

    def structures() -> Any:
        from strategies.fft import STRUCTURES

        return STRUCTURES[name].map(lambda structure: case_of(name, structure))

    operator = Operator(
        name,
        inputs=("x",),
        meaning=meaning,
        structures=structures,
        cases=lambda structure, seed: value_sets(structure, seed, regimes=regimes, gradient=()),
        classes=classes,
        words=words,
        summary=summary,
        family="fft",
    )
    operator.differs(*LIMITS)
    return state(add_calls(register(operator), calls))


def words(case: Case) -> str:
    """What a framework may be unable to say of a case."""
    named = [f"{name} given" for name in ("n", "s") if case.parameters.get(name) is not None]
    return ", ".join(
        [
            *named,
            f"norm {case.parameters.get('norm')}",
            f"axes {case.parameters.get('axes', case.parameters.get('axis'))}",
        ]
    )


def along_last(case: Case) -> bool:
    """Whether the last axis is transformed with the factor at the inverse: what TensorFlow and Keras offer."""
    return case.parameters["norm"] == "backward" and case.parameters["axis"] in (-1, len(case.inputs["x"].shape) - 1)


def whole(case: Case) -> bool:
    """``along_last`` without another length."""
    return along_last(case) and case.parameters["n"] is None


def single(condition: Callable[[Case], bool]) -> Callable[[Case], bool]:
    """The condition, of single precision: keras.ops.view_as_complex, which joins the pairs, always gives complex64."""
    return lambda case: case.dtype in ("float32", "complex64") and condition(case)


def plain_planes(case: Case) -> bool:
    """Whether the last two axes are transformed as they are, with the factor at the inverse."""
    return (
        case.parameters["norm"] == "backward" and case.parameters["s"] is None and case.parameters["axes"] == (-2, -1)
    )


def planes(case: Case) -> bool:
    """Whether the last two axes are transformed, with the factor at the inverse."""
    return case.parameters["norm"] == "backward" and case.parameters["axes"] == (-2, -1)


def sized(text: str, name: str = "n") -> str:
    """The expression of TensorFlow, whose lengths are lists."""
    return f"tf.signal.{text}(x, fft_length=None if {name} is None else {'[n]' if name == 'n' else name})"


def joined(call: str) -> str:
    """The expression of Keras, whose complex numbers are pairs, with a complex result."""
    return f"keras.ops.view_as_complex(keras.ops.stack(keras.ops.{call}, axis=-1))"


COMPUTING = ("eager", "graph", "compiled")
"""Modes with values: of a symbolic complex tensor keras.ops.real gives one that is complex as well."""

PAIR = "(keras.ops.real(x), keras.ops.imag(x))"


def named(name: str, parameters: str) -> Mapping[str, str]:
    """The calls of torch and JAX."""
    torch = parameters.replace("axes=axes", "dim=axes").replace("axis=axis", "dim=axis")
    return {"torch": f"torch.fft.{name}(x, {torch})", "jax": f"jax.numpy.fft.{name}(x, {parameters})"}


ONE, SEVERAL = "n=n, axis=axis, norm=norm", "s=s, axes=axes, norm=norm"

# fmt: off
row("fft", fourier(False), {
    **named("fft", ONE), "tensorflow": ask("tf.signal.fft(x)", when=whole),
    "keras": ask(joined(f"fft({PAIR})"), when=single(whole), composed=True),
}, "the discrete Fourier transform along an axis")
row("ifft", fourier(True), {
    **named("ifft", ONE), "tensorflow": ask("tf.signal.ifft(x)", when=whole),
}, "the inverse transform along an axis")
row("rfft", fourier(False, "real"), {
    **named("rfft", ONE), "tensorflow": ask(sized("rfft"), when=along_last),
    "keras": ask(joined("rfft(x, fft_length=n)"), when=single(along_last), composed=True),
}, "the first half of the spectrum of a real array")
row("irfft", fourier(True, "half"), {
    **named("irfft", ONE), "tensorflow": ask(sized("irfft"), when=along_last),
    "keras": ask(f"keras.ops.irfft({PAIR}, fft_length=n)", when=along_last, composed=True, modes=COMPUTING),
}, "the real array of a spectrum of which the first half is given")
row("hfft", fourier(False, "hermitian"), named("hfft", ONE), "the real spectrum of a Hermitian array of which the first half is given")
row("ihfft", fourier(True, "antihermitian"), named("ihfft", ONE), "the first half of the Hermitian array of a real spectrum")
row("fft2", fourier(False), {
    **named("fft2", SEVERAL), "tensorflow": ask("tf.signal.fft2d(x)", when=plain_planes),
    "keras": ask(joined(f"fft2({PAIR})"), when=single(plain_planes), composed=True),
}, "the transform along two axes")
row("ifft2", fourier(True), {
    **named("ifft2", SEVERAL), "tensorflow": ask("tf.signal.ifft2d(x)", when=plain_planes),
    "keras": ask(joined(f"ifft2({PAIR})"), when=single(plain_planes), composed=True),
}, "the inverse transform along two axes")
row("rfft2", fourier(False, "real"), {**named("rfft2", SEVERAL), "tensorflow": ask(sized("rfft2d", "s"), when=planes)},
    "the first half of the spectrum of real arrays of two axes")
row("irfft2", fourier(True, "half"), {**named("irfft2", SEVERAL), "tensorflow": ask(sized("irfft2d", "s"), when=planes)},
    "real arrays of two axes from the first halves of their spectra")
for _name, _inverse, _kind, _summary in (
    ("fftn", False, "complex", "the transform along several axes"),
    ("ifftn", True, "complex", "the inverse transform along several axes"),
    ("rfftn", False, "real", "the first half of the spectrum of real arrays of several axes"),
    ("irfftn", True, "half", "real arrays of several axes from half of their spectra"),
):
    row(_name, fourier(_inverse, _kind), {
        **named(_name, SEVERAL), "tensorflow": f"tf.signal.{_name}d(x, fft_length=s, axes=axes, norm=norm)",
    }, _summary)
row("fftshift", shift(False), {**named("fftshift", "axes=axes"), "tensorflow": "tf.signal.fftshift(x, axes=axes)"},
    "the zero frequency in the middle", ("rounding", "special"))
row("ifftshift", shift(True), {**named("ifftshift", "axes=axes"), "tensorflow": "tf.signal.ifftshift(x, axes=axes)"},
    "the zero frequency from the middle back to the front", ("rounding", "special"))
row("fftfreq", frequencies(False), {
    "torch": "torch.fft.fftfreq(x.shape[-1], d=d)", "jax": "jax.numpy.fft.fftfreq(x.shape[-1], d=d)",
}, "the frequencies of a spectrum as long as the array", ("rounding",))
row("rfftfreq", frequencies(True), {
    "torch": "torch.fft.rfftfreq(x.shape[-1], d=d)", "jax": "jax.numpy.fft.rfftfreq(x.shape[-1], d=d)",
}, "the frequencies of the first half of a spectrum", ("rounding",))
# fmt: on
