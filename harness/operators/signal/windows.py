"""Window functions: the values of a window as long as x, in the dtype of x.

A symmetric window of n points divides its period by n - 1, a periodic one by n; which of both is the default is a convention.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Sequence, Tuple

import numpy as np

from harness.case import Case
from harness.meaning import Rule
from harness.operators.formula import Formula, Formulas, Verdict
from harness.operators.signal.gathering import PI, signal
from harness.operators.tracked import Tracked
from harness.plain import Ask, ask

COSINE = 8.0
"""Error of a cosine in unit roundoffs: twice the OpenCL specification's 4 units in the last place."""

Coefficients = Sequence[float]


def cosine_sum(coefficients: Coefficients) -> Callable[[Tracked, bool], Tracked]:
    """The sum over k of c_k cos(2 pi k i / period)."""

    def window(x: Tracked, periodic: bool) -> Tracked:
        n, dtype = x.shape[0], x.value.dtype
        if n == 1:
            return Tracked(x.how, np.ones(1, dtype))
        i = np.arange(n).astype(dtype)
        angle = 2 * PI.astype(dtype) * i / (n if periodic else max(n - 1, 1))
        value, error = np.zeros(n, dtype), np.zeros(n, dtype)
        for k, c in enumerate(coefficients):
            value = value + np.asarray(c, dtype) * np.cos(k * angle)
            # The angle is a product, a quotient and a rounded constant; the coefficient, its product and the sum are rounded too.
            lost = (4 * k * angle + COSINE) if k else 0.0
            error = error + abs(c) * (lost + 3) * x.how.roundoff
        return Tracked(x.how, value, error + len(coefficients) * x.how.roundoff)

    return window


def bartlett(x: Tracked, periodic: bool) -> Tracked:
    """1 - |2 i / period - 1|."""
    n, dtype = x.shape[0], x.value.dtype
    if n == 1:
        return Tracked(x.how, np.ones(1, dtype))
    value = 1 - np.abs(2 * np.arange(n).astype(dtype) / (n if periodic else max(n - 1, 1)) - 1)
    return Tracked(x.how, value, np.full(n, 6 * x.how.roundoff, dtype))


BESSEL_TERMS = 80
"""Of the series of I0, enough for arguments up to 20 in longdouble."""


def bessel(z: np.ndarray) -> np.ndarray:
    """The modified Bessel function I0 by its series, whose terms are positive."""
    term = total = np.ones_like(z)
    for k in range(1, BESSEL_TERMS):
        term = term * (z / 2) ** 2 / np.asarray(k * k, z.dtype)
        total = total + term
    return np.asarray(total)


def kaiser(x: Tracked, periodic: bool, beta: float) -> Tracked:
    """I0(beta sqrt(v)) / I0(beta) with v = 1 - (2 i / period - 1)^2.

    I0'(z) / (z I0(z)) is at most 1/2 and at most 1/z, so an error of v, a few roundings of numbers up to 1, counts beta^2 / 2 times that.
    By exponentially scaled functions the exponent beta is rounded too. Either function is off by 16 units in the last place at most.
    """
    n, dtype = x.shape[0], x.value.dtype
    if n == 1:
        return Tracked(x.how, np.ones(1, dtype))
    r = 2 * np.arange(n).astype(dtype) / (n if periodic else max(n - 1, 1)) - 1
    z = beta * np.sqrt(np.maximum(1 - r * r, 0))
    value = bessel(z) / bessel(np.asarray(beta, dtype))
    slope = np.minimum(0.5, 1 / np.maximum(z, 1))
    return Tracked(x.how, value, (4 * slope * beta**2 + 6 * beta + 72) * x.how.roundoff * value)


def kaiser_of_parameters(x: Tracked, *, periodic: bool, beta: float) -> Tracked:
    """The window of the kind that the case names."""
    return kaiser(x, periodic, beta)


def kaiser_of_kind(periodic: bool) -> Formula:
    """The window, of one kind."""

    def formula(x: Tracked, *, beta: float) -> Tracked:
        return kaiser(x, periodic, beta)

    return formula


def of_kind(window: Callable[[Tracked, bool], Tracked], periodic: bool) -> Formula:
    """The window, of one kind."""
    return lambda x: window(x, periodic)


def of_parameter(window: Callable[[Tracked, bool], Tracked]) -> Formula:
    """The window of the kind that the case names."""

    def formula(x: Tracked, *, periodic: bool) -> Tracked:
        return window(x, periodic)

    return formula


def empty_checked(case: Case) -> Verdict:
    """A window of no points is refused by some."""
    return (Rule.EITHER, "a window of no points") if 0 in case.inputs["x"].shape else None


SYMMETRIC, PERIODIC = "symmetric", "periodic"


def symmetric(case: Case) -> bool:
    """Whether the window is symmetric, the only kind of NumPy's functions."""
    return not case.parameters["periodic"]


def by(convention: str) -> Callable[[Case], str]:
    """A convention whatever the case."""
    return lambda case: convention


def numpy_like(text: str, **facts: Any) -> Ask:
    """A call whose result has the framework's own default dtype."""
    return ask(text, composed=True, **facts)


def window(
    name: str,
    values: Callable[[Tracked, bool], Tracked],
    torch: str,
    tensorflow: str,
    numpy: Tuple[str, str],
) -> None:
    """Register a window in both forms: ``torch``, ``tensorflow`` and ``numpy`` (of JAX and Keras) are the functions' names."""
    dtypes = ("x.dtype", "x.shape[0]")
    aligned: Dict[str, Any] = {"torch": f"torch.{torch}({dtypes[1]}, periodic=periodic, dtype=x.dtype)"}
    nominal: Dict[str, Any] = {"torch": ask(f"torch.{torch}({dtypes[1]}, dtype=x.dtype)", convention=by(PERIODIC))}
    if tensorflow:
        aligned["tensorflow"] = f"tf.signal.{tensorflow}({dtypes[1]}, periodic=periodic, dtype=x.dtype)"
        nominal["tensorflow"] = ask(f"tf.signal.{tensorflow}({dtypes[1]}, dtype=x.dtype)", convention=by(PERIODIC))
    texts = {
        "jax": f"jax.numpy.{numpy[0]}(x.shape[0]).astype(x.dtype)",
        "keras": f"keras.ops.cast(keras.ops.{numpy[1]}(x.shape[0]), x.dtype)",
    }
    for table, text in texts.items():
        aligned[table] = numpy_like(text, when=lambda case: symmetric(case) and case.dtype == "float32")
        nominal[table] = numpy_like(text, when=lambda case: case.dtype == "float32", convention=by(SYMMETRIC))
    signal(
        f"{name}:aligned", "x", Formulas({"": of_parameter(values)}, empty_checked), aligned, "lengths",
        (("periodic", (True, False)),), regimes=("rounding",), differentiable="", summary=f"{name.replace('_', ' ')} function",
    )  # fmt: skip
    signal(
        f"{name}:nominal", "x",
        Formulas({PERIODIC: of_kind(values, True), SYMMETRIC: of_kind(values, False)}, empty_checked), nominal, "lengths",
        regimes=("rounding",), differentiable="", summary=f"{name.replace('_', ' ')} function by its name",
    )  # fmt: skip


window("hann_window", cosine_sum((0.5, -0.5)), "hann_window", "hann_window", ("hanning", "hanning"))
window("hamming_window", cosine_sum((0.54, -0.46)), "hamming_window", "hamming_window", ("hamming", "hamming"))
window("blackman_window", cosine_sum((0.42, -0.5, 0.08)), "blackman_window", "", ("blackman", "blackman"))
window("bartlett_window", bartlett, "bartlett_window", "", ("bartlett", "bartlett"))

BETAS = (12.0, 0.0, 5.0, 8.5, 14.0)
KAISER = {
    "tensorflow": "tf.signal.kaiser_window(x.shape[0], beta=beta, dtype=x.dtype)",
    "jax": "jax.numpy.kaiser(x.shape[0], beta).astype(x.dtype)",
    "keras": "keras.ops.cast(keras.ops.kaiser(x.shape[0], beta), x.dtype)",
}


def single(case: Case) -> bool:
    """Whether the window is of float32: jax.numpy.kaiser and keras.ops.kaiser have no dtype to give."""
    return case.dtype == "float32"


def of_default_beta(case: Case) -> bool:
    """Whether beta is 12: torch.kaiser_window takes no beta without ``periodic``."""
    return bool(case.parameters["beta"] == 12.0)


signal(
    "kaiser_window:aligned", "x", Formulas({"": kaiser_of_parameters}, empty_checked), {
        "torch": "torch.kaiser_window(x.shape[0], periodic=periodic, beta=beta, dtype=x.dtype)",
        "tensorflow": ask(KAISER["tensorflow"], when=symmetric),
        **{table: numpy_like(KAISER[table], when=lambda case: symmetric(case) and single(case)) for table in ("jax", "keras")},
    }, "lengths", (("periodic", (True, False)), ("beta", BETAS)), regimes=("rounding",), differentiable="", summary="Kaiser's window",
)  # fmt: skip
signal(
    "kaiser_window:nominal", "x", Formulas({PERIODIC: kaiser_of_kind(True), SYMMETRIC: kaiser_of_kind(False)}, empty_checked), {
        "torch": ask("torch.kaiser_window(x.shape[0], dtype=x.dtype)", when=of_default_beta, convention=by(PERIODIC)),
        "tensorflow": ask(KAISER["tensorflow"], convention=by(SYMMETRIC)),
        **{table: numpy_like(KAISER[table], when=single, convention=by(SYMMETRIC)) for table in ("jax", "keras")},
    }, "lengths", (("beta", BETAS),), regimes=("rounding",), differentiable="", summary="Kaiser's window by its name",
)  # fmt: skip
