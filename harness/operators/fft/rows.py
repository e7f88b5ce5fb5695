"""The rows of Fourier transforms."""

from __future__ import annotations

from typing import Any, Callable, List, Mapping, Optional, Sequence, Tuple, Union

from harness.case import GRADIENT, Case, Kind, KnownDifference
from harness.meaning import Meaning
from harness.operator import Operator, register, with_cotangent
from harness.operators.elementwise.limits import LIMITS
from harness.operators.facts import state
from harness.operators.fft.gradients import ADJOINT, TRANSPOSE, result_of
from harness.operators.fft.meaning import Arrays, fourier, frequencies, plan, shift
from harness.plain import Ask, Expressions, add_calls, ask, case_of, classes, value_sets


def row(
    name: str,
    meaning: Callable[[Case, Arrays], Meaning],
    calls: Expressions,
    summary: str,
    regimes: Sequence[str] = ("exact", "rounding"),
    result: Optional[Callable[[Case], Optional[Tuple[Tuple[int, ...], str]]]] = None,
) -> Operator:
    """Register a transform; ``result`` gives shape and dtype of the cotangent, None where there is no gradient."""

    def structures() -> Any:
        from strategies.fft import STRUCTURES

        return STRUCTURES[name].map(lambda structure: case_of(name, structure))

    def cases(structure: Case, seed: int) -> List[Case]:
        sets = value_sets(structure, seed, regimes=regimes, gradient=())
        found = result(structure) if result and not structure.parameters.get("hostile") else None
        if found:
            sets.append(
                with_cotangent(value_sets(structure, seed, regimes=("rounding",), gradient=())[0], *found, seed + 8)
            )
        return sets

    operator = Operator(
        name,
        inputs=("x",),
        differentiable=("x",) if result else (),
        meaning=meaning,
        structures=structures,
        cases=cases,
        classes=classes,
        words=words,
        summary=summary,
        family="fft",
    )
    operator.differs(*LIMITS)
    return state(add_calls(register(operator), calls))


def transform(name: str, inverse: bool, kind: str, calls: Expressions, summary: str) -> Operator:
    """Register a Fourier transform with its gradient."""

    def result(case: Case) -> Optional[Tuple[Tuple[int, ...], str]]:
        planned = plan(case, kind in ("half", "hermitian"))
        return None if isinstance(planned, str) else result_of(case, *planned, kind)

    return row(name, fourier(inverse, kind), calls, summary, result=result)


def moved(case: Case) -> Optional[Tuple[Tuple[int, ...], str]]:
    """Shape and dtype of what is only moved; integers have no gradient."""
    return None if case.dtype.startswith("int") else (case.inputs["x"].shape, case.dtype)


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


def of_gradient(convention: str) -> Callable[[Case], str]:
    """The convention of a gradient; values have none."""
    return lambda case: convention if case.quantity == GRADIENT else ""


TORCH_COMPLEX = "pytorch/pytorch#46258, docs/source/notes/autograd.rst: the gradient computed is that by the conjugate"
JAX_COMPLEX = "jax/_src/lax/fft.py, _fft_transpose_rule: a cotangent is transformed as the input was, not conjugated"


def named(name: str, parameters: str) -> Mapping[str, Union[str, Ask]]:
    """The calls of torch and JAX."""
    torch = parameters.replace("axes=axes", "dim=axes").replace("axis=axis", "dim=axis")
    if "shift" in name:
        return {"torch": f"torch.fft.{name}(x, {torch})", "jax": f"jax.numpy.fft.{name}(x, {parameters})"}
    return {
        "torch": ask(f"torch.fft.{name}(x, {torch})", convention=of_gradient(ADJOINT), source=TORCH_COMPLEX),
        "jax": ask(f"jax.numpy.fft.{name}(x, {parameters})", convention=of_gradient(TRANSPOSE), source=JAX_COMPLEX),
    }


ONE, SEVERAL = "n=n, axis=axis, norm=norm", "s=s, axes=axes, norm=norm"

DEFAULT_DTYPE = KnownDifference(
    "jax-x64:*",
    Kind.DTYPE,
    "float64 for float32",
    "JAX's default floating point dtype is float64 once 64-bit types are on",
    'jax.numpy.fft.fftfreq: "If not specified, JAX\'s default floating point dtype will be used"',
    "documented",
    name="jax-x64: frequencies of the default dtype",
)

# fmt: off
transform("fft", False, "complex", {
    **named("fft", ONE), "tensorflow": ask("tf.signal.fft(x)", when=whole),
    "keras": ask(joined(f"fft({PAIR})"), when=single(whole), composed=True),
}, "the discrete Fourier transform along an axis")
transform("ifft", True, "complex", {
    **named("ifft", ONE), "tensorflow": ask("tf.signal.ifft(x)", when=whole),
}, "the inverse transform along an axis")
transform("rfft", False, "real", {
    **named("rfft", ONE), "tensorflow": ask(sized("rfft"), when=along_last),
    "keras": ask(joined("rfft(x, fft_length=n)"), when=single(along_last), composed=True),
}, "the first half of the spectrum of a real array")
transform("irfft", True, "half", {
    **named("irfft", ONE), "tensorflow": ask(sized("irfft"), when=along_last),
    "keras": ask(f"keras.ops.irfft({PAIR}, fft_length=n)", when=along_last, composed=True, modes=COMPUTING),
}, "the real array of a spectrum of which the first half is given")
transform("hfft", False, "hermitian", named("hfft", ONE), "the real spectrum of a Hermitian array of which the first half is given")
transform("ihfft", True, "antihermitian", named("ihfft", ONE), "the first half of the Hermitian array of a real spectrum")
transform("fft2", False, "complex", {
    **named("fft2", SEVERAL), "tensorflow": ask("tf.signal.fft2d(x)", when=plain_planes),
    "keras": ask(joined(f"fft2({PAIR})"), when=single(plain_planes), composed=True),
}, "the transform along two axes")
transform("ifft2", True, "complex", {
    **named("ifft2", SEVERAL), "tensorflow": ask("tf.signal.ifft2d(x)", when=plain_planes),
    "keras": ask(joined(f"ifft2({PAIR})"), when=single(plain_planes), composed=True),
}, "the inverse transform along two axes")
transform("rfft2", False, "real", {**named("rfft2", SEVERAL), "tensorflow": ask(sized("rfft2d", "s"), when=planes)},
    "the first half of the spectrum of real arrays of two axes")
transform("irfft2", True, "half", {**named("irfft2", SEVERAL), "tensorflow": ask(sized("irfft2d", "s"), when=planes)},
    "real arrays of two axes from the first halves of their spectra")
for _name, _inverse, _kind, _summary in (
    ("fftn", False, "complex", "the transform along several axes"),
    ("ifftn", True, "complex", "the inverse transform along several axes"),
    ("rfftn", False, "real", "the first half of the spectrum of real arrays of several axes"),
    ("irfftn", True, "half", "real arrays of several axes from half of their spectra"),
):
    transform(_name, _inverse, _kind, {
        **named(_name, SEVERAL), "tensorflow": f"tf.signal.{_name}d(x, fft_length=s, axes=axes, norm=norm)",
    }, _summary)
row("fftshift", shift(False), {**named("fftshift", "axes=axes"), "tensorflow": "tf.signal.fftshift(x, axes=axes)"},
    "the zero frequency in the middle", ("rounding", "special"), moved)
row("ifftshift", shift(True), {**named("ifftshift", "axes=axes"), "tensorflow": "tf.signal.ifftshift(x, axes=axes)"},
    "the zero frequency from the middle back to the front", ("rounding", "special"), moved)
row("fftfreq", frequencies(False), {
    "torch": "torch.fft.fftfreq(x.shape[-1], d=d)", "jax": "jax.numpy.fft.fftfreq(x.shape[-1], d=d)",
}, "the frequencies of a spectrum as long as the array", ("rounding",)).differs(DEFAULT_DTYPE)
row("rfftfreq", frequencies(True), {
    "torch": "torch.fft.rfftfreq(x.shape[-1], d=d)", "jax": "jax.numpy.fft.rfftfreq(x.shape[-1], d=d)",
}, "the frequencies of the first half of a spectrum", ("rounding",)).differs(DEFAULT_DTYPE)
# fmt: on
