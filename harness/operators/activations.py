"""Activation functions, by their formulas; where frameworks define one name in two ways, both.

Explicit arguments stand in the form ``aligned``, a framework's own defaults in the form ``nominal``. The derivative at a kink is a
convention: that of the piece on its left, on its right, or the mean of both.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Dict, Mapping, Sequence, Tuple

import numpy as np

from harness.case import VALUE, Case
from harness.meaning import Accuracy
from harness.operators import functions as f
from harness.operators.facts import Facts
from harness.operators.formula import COMPOSED, DTYPES, Formula, Formulas, formula_operator
from harness.operators.functions import Number
from harness.operators.tracked import OPERATIONS, Tracked
from harness.plain import Expressions, ask

Sides = Tuple[str, ...]


def pieces(x: Tracked, breaks: Sequence[float], parts: Sequence[Number], at: Sides) -> Tracked:
    """A continuous function made of ``parts`` between ``breaks``; ``at`` says whose derivative counts at each break. NaN stays NaN."""
    node: Number = parts[0]
    for point, part, side in zip(breaks, parts[1:], at):
        after = f.where(x.value > point, x.like(part), x.like(node))
        other = f.where(x.value >= point, x.like(part), x.like(node))
        node = {"left": after, "right": other}.get(side) or 0.5 * after + 0.5 * other
    return f.where(np.isnan(x.value), x, node)


LEFT, MIDDLE, RIGHT = "left", "middle", "right"
ONE_KINK: Dict[str, Sides] = {side: (side,) for side in (LEFT, RIGHT, MIDDLE)}
CLIPPED: Dict[str, Sides] = {"flat": (LEFT, RIGHT), "steep": (RIGHT, LEFT), "middle": (MIDDLE, MIDDLE)}
"""Of a function that rises between two constants: the derivative at both breaks is that of the constant, of the rise, or in between."""
OUTSIDE: Dict[str, Sides] = {"flat": (RIGHT, LEFT), "steep": (LEFT, RIGHT), "middle": (MIDDLE, MIDDLE)}
"""Of a function that is constant between two breaks."""

Factory = Callable[[Sides], Formula]


def activation(
    key: str,
    made: Factory,
    calls: Expressions,
    kinks: Mapping[str, Sides] = {},
    *,
    points: Tuple[float, ...] = (0.0,),
    limits: Mapping[float, float] = {},
    conventions: Mapping[str, Formula] = {},
    parameters: Tuple[Tuple[str, Tuple[Any, ...]], ...] = (),
    facts: Facts = COMPOSED,
    kinks_of: Mapping[str, Formula] = {},
) -> None:
    """Register an activation of x. ``made`` gives its formula for one choice at its kinks."""
    first = next(iter(kinks.values()), ())
    sided = kinks_of or {name: made(sides) for name, sides in kinks.items()}
    meaning = Formulas(conventions or {"": made(first)}, kinks=sided, limits=limits)

    def structures() -> Any:
        from strategies import elementwise

        return elementwise.structures(("x",), ("float32",) * 2 + DTYPES, parameters)

    formula_operator(key, "x", meaning, calls, family="activation", structures=structures, points=points, facts=facts)


COMPOSED_TOO: Facts = (
    *COMPOSED,
    ("torch:*", replace(COMPOSED[-1][1], source="composed: torch/nn/functional.py")),
)
"""Facts of functions that torch composes as well."""

SLOPES = (0.01, 0.2, 0.3, 0.0, 1.0, -0.5, 2.0)
ALPHAS = (1.0, 0.5, 2.0, 0.1)
SELU_ALPHA, SELU_SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946


def leaky(slope: float, side: str = LEFT) -> Formula:
    """Leaky rectifier of a fixed slope."""
    return lambda x: pieces(x, (0.0,), (slope * x, x), (side,))


def documented(convention: str) -> Callable[[Case], str]:
    """The convention of the value; that of the derivative at a kink is documented nowhere."""
    return lambda case: convention if case.quantity == VALUE else ""


def gelu(approximate: bool) -> Formula:
    """x Phi(x), by erf or by tanh (Hendrycks and Gimpel, arXiv:1606.08415)."""

    def by_erf(x: Tracked) -> Tracked:
        return 0.5 * x * (1.0 + f.erf(x * float(np.sqrt(0.5))))

    def by_tanh(x: Tracked) -> Tracked:
        # Beyond 30 the hyperbolic tangent is 1 in every format; the cube of a large x would overflow in the reference's arithmetic.
        near = f.where(np.abs(x.value) <= 30, x, np.copysign(30.0, x.value) + 0.0 * x.value.clip(-1, 1))
        cubic = near + 0.044715 * (near * near * near)
        return 0.5 * x * (1.0 + f.tanh(float(np.sqrt(2 / np.pi)) * cubic))

    return by_tanh if approximate else by_erf


def hard_silu(at: Sides) -> Formula:
    """0 up to -3, x from 3 on, x (x + 3) / 6 between; dividing by 6 and multiplying again may round."""
    return lambda x: pieces(x, (-3.0, 3.0), (0.0, x * ((x + 3.0) / 6.0), x / 6.0 * 6.0), at)


TORCH_EXP: Facts = (
    *COMPOSED,
    (
        "torch:*",
        Accuracy(
            ulps={"exp": 20.0, "erf": 2.0},
            flush=("bfloat16",),
            source="torch/include/ATen/cpu/vec/vec512/vec512_float.h: exp_u20 (20 units in the last place); measured on torch 2.13.0: "
            "gelu is within 8.6e-7 of float64 on 4096 points in [-6, 6]; bfloat16 results below the smallest normal number are 0",
        ),
    ),
)

LOG_SIGMOID: Facts = (
    *COMPOSED,
    (
        "torch:*",
        Accuracy(
            roundings={"float16": OPERATIONS, "bfloat16": OPERATIONS},
            source="measured on torch 2.13.0: logsigmoid saves a buffer for the gradient in the input's dtype (grad_fn._saved_buffer)",
        ),
    ),
)


# fmt: off
activation("relu", lambda at: lambda x: pieces(x, (0.0,), (0.0, x), at), {
    "torch": "torch.nn.functional.relu(x)", "tensorflow": "tf.nn.relu(x)", "jax": "jax.nn.relu(x)", "keras": "keras.ops.relu(x)",
}, ONE_KINK)
activation("relu6", lambda at: lambda x: pieces(x, (0.0, 6.0), (0.0, x, 6.0), at), {
    "torch": "torch.nn.functional.relu6(x)", "tensorflow": "tf.nn.relu6(x)", "jax": "jax.nn.relu6(x)", "keras": "keras.ops.relu6(x)",
}, CLIPPED, points=(0.0, 6.0))
activation("leaky_relu:aligned", lambda at: lambda x, *, slope: pieces(x, (0.0,), (slope * x, x), at), {
    "torch": "torch.nn.functional.leaky_relu(x, negative_slope=slope)",
    "tensorflow": "tf.nn.leaky_relu(x, alpha=slope)",
    "jax": "jax.nn.leaky_relu(x, negative_slope=slope)",
    "keras": "keras.ops.leaky_relu(x, negative_slope=slope)",
}, ONE_KINK, parameters=(("slope", SLOPES),))
activation("leaky_relu:nominal", lambda at: leaky(0.01), {
    "torch": ask("torch.nn.functional.leaky_relu(x)", convention=documented("slope 0.01")),
    "tensorflow": ask("tf.nn.leaky_relu(x)", convention=documented("slope 0.2")),
    "jax": ask("jax.nn.leaky_relu(x)", convention=documented("slope 0.01")),
    "keras": [ask("keras.ops.leaky_relu(x)", convention=documented("slope 0.2")),
              ask("keras.layers.LeakyReLU(dtype=x.dtype)(x)", convention=documented("slope 0.3"), spelling="layer")],
}, conventions={f"slope {slope}": leaky(slope) for slope in (0.01, 0.2, 0.3)},
    kinks_of={f"slope {slope}, {side}": leaky(slope, side) for slope in (0.01, 0.2, 0.3) for side in (LEFT, RIGHT)},
    parameters=(("spelling", ("function", "layer")),))
activation("elu", lambda at: lambda x, *, alpha: pieces(x, (0.0,), (alpha * f.expm1(f.where(x.value > 0, 0.0 , x)), x), at), {
    "torch": "torch.nn.functional.elu(x, alpha=alpha)",
    "tensorflow": ask("tf.nn.elu(x)", when=lambda case: case.parameters["alpha"] == 1.0),
    "jax": "jax.nn.elu(x, alpha=alpha)",
    "keras": "keras.ops.elu(x, alpha=alpha)",
}, ONE_KINK, parameters=(("alpha", ALPHAS),), points=(0.0, -88.0, 1.0))
activation("selu", lambda at: lambda x: SELU_SCALE * pieces(x, (0.0,), (SELU_ALPHA * f.expm1(f.where(x.value > 0, 0.0, x)), x), at), {
    "torch": "torch.nn.functional.selu(x)", "tensorflow": "tf.nn.selu(x)", "jax": "jax.nn.selu(x)", "keras": "keras.ops.selu(x)",
}, ONE_KINK, points=(0.0, -88.0, 1.0))
activation("celu", lambda at: lambda x, *, alpha: pieces(x, (0.0,), (alpha * f.expm1(f.where(x.value > 0, 0.0, x) / alpha), x), at), {
    "torch": "torch.nn.functional.celu(x, alpha=alpha)", "jax": "jax.nn.celu(x, alpha=alpha)", "keras": "keras.ops.celu(x, alpha=alpha)",
}, ONE_KINK, parameters=(("alpha", ALPHAS),), points=(0.0, -88.0, 1.0))
activation("gelu:aligned", lambda at: lambda x, *, approximate: gelu(approximate)(x), {
    "torch": "torch.nn.functional.gelu(x, approximate='tanh' if approximate else 'none')",
    "tensorflow": "tf.nn.gelu(x, approximate=approximate)",
    "jax": "jax.nn.gelu(x, approximate=approximate)",
    "keras": "keras.ops.gelu(x, approximate=approximate)",
}, parameters=(("approximate", (False, True)),), points=(0.0, 1.0, -3.0, 5.0, -10.0, 1e13), limits={-np.inf: 0.0}, facts=TORCH_EXP)
activation("gelu:nominal", lambda at: gelu(False), {
    "torch": ask("torch.nn.functional.gelu(x)", convention=lambda case: "erf"),
    "tensorflow": ask("tf.nn.gelu(x)", convention=lambda case: "erf"),
    "jax": ask("jax.nn.gelu(x)", convention=lambda case: "tanh"),
    "keras": [ask("keras.ops.gelu(x)", convention=lambda case: "tanh"),
              ask("keras.activations.gelu(x)", convention=lambda case: "erf", spelling="activation")],
}, conventions={"erf": gelu(False), "tanh": gelu(True)}, parameters=(("spelling", ("function", "activation")),),
    points=(0.0, 1.0, -3.0, 5.0, -10.0, 1e13), limits={-np.inf: 0.0}, facts=TORCH_EXP)
activation("silu", lambda at: lambda x: x * f.sigmoid(x), {
    "torch": "torch.nn.functional.silu(x)", "tensorflow": "tf.nn.silu(x)", "jax": "jax.nn.silu(x)", "keras": "keras.ops.silu(x)",
}, points=(0.0, 1.0, -88.0, 88.0, -1.278), limits={-np.inf: 0.0})
activation("mish", lambda at: lambda x: x * f.tanh(f.softplus(x)), {
    "torch": "torch.nn.functional.mish(x)", "jax": "jax.nn.mish(x)", "keras": "keras.activations.mish(x)",
}, points=(0.0, 1.0, -88.0, 20.0), limits={-np.inf: 0.0})
activation("softplus", lambda at: f.softplus, {
    "torch": ask("torch.nn.functional.softplus(x)", convention=lambda case: "linear above 20"),
    "tensorflow": "tf.nn.softplus(x)", "jax": "jax.nn.softplus(x)", "keras": "keras.ops.softplus(x)",
}, {}, conventions={
    "exact": lambda x: f.softplus(x), "linear above 20": lambda x: f.where(x.value > 20, x, f.softplus(x)),
}, points=(0.0, 20.0, -20.0, -88.0, -37.0, 11.0))
activation("softplus:scaled", lambda at: lambda x, *, beta, threshold: f.choose(
    x * beta - threshold, x, f.softplus(x * beta) / beta), {
    "torch": "torch.nn.functional.softplus(x, beta=beta, threshold=threshold)",
}, parameters=(("beta", (1.0, 0.5, 2.0, -1.0)), ("threshold", (20.0, 0.0, 1.0, 50.0))), points=(0.0, 20.0, 10.0, 40.0, -20.0, 1.0))
activation("softsign", lambda at: lambda x: x / (1.0 + f.absolute(x)), {
    "torch": "torch.nn.functional.softsign(x)", "tensorflow": "tf.nn.softsign(x)",
    "jax": "jax.nn.soft_sign(x)", "keras": "keras.ops.softsign(x)",
}, limits={np.inf: 1.0, -np.inf: -1.0}, points=(0.0, 1.0, -1.0), facts=COMPOSED_TOO)
activation("hard_sigmoid", lambda at: lambda x: pieces(x, (-3.0, 3.0), (0.0, (x + 3.0) / 6.0, 1.0), at), {
    "torch": ask("torch.nn.functional.hardsigmoid(x)", convention=documented("relu6(x + 3) / 6")),
    "jax": ask("jax.nn.hard_sigmoid(x)", convention=documented("relu6(x + 3) / 6")),
    "keras": ask("keras.ops.hard_sigmoid(x)", convention=documented("relu6(x + 3) / 6")),
    "tf_keras": ask("tf_keras.activations.hard_sigmoid(x)", convention=documented("clip(0.2 x + 0.5)")),
}, conventions={
    "relu6(x + 3) / 6": lambda x: pieces(x, (-3.0, 3.0), (0.0, (x + 3.0) / 6.0, 1.0), CLIPPED["flat"]),
    "clip(0.2 x + 0.5)": lambda x: pieces(x, (-2.5, 2.5), (0.0, 0.2 * x + 0.5, 1.0), CLIPPED["flat"]),
}, kinks=CLIPPED, points=(-3.0, 3.0, 0.0, 2.5, -2.5))
activation("hard_silu", hard_silu, {
    "torch": ask("torch.nn.functional.hardswish(x)", convention=documented("by pieces")),
    "jax": ask("jax.nn.hard_silu(x)", convention=documented("x relu6(x + 3) / 6")),
    "keras": ask("keras.ops.hard_silu(x)", convention=documented("by pieces")),
}, CLIPPED, conventions={
    "by pieces": hard_silu(CLIPPED["flat"]),
    "x relu6(x + 3) / 6": lambda x: x * pieces(x, (-3.0, 3.0), (0.0, (x + 3.0) / 6.0, 1.0), CLIPPED["flat"]),
}, points=(-3.0, 3.0, 0.0, -1.5))
activation("hard_tanh", lambda at: lambda x: pieces(x, (-1.0, 1.0), (-1.0, x, 1.0), at), {
    "torch": "torch.nn.functional.hardtanh(x)", "jax": "jax.nn.hard_tanh(x)", "keras": "keras.ops.hard_tanh(x)",
}, CLIPPED, points=(-1.0, 1.0, 0.0))
activation("log_sigmoid", lambda at: lambda x: -f.softplus(-x), {
    "torch": "torch.nn.functional.logsigmoid(x)", "tensorflow": "tf.math.log_sigmoid(x)", "jax": "jax.nn.log_sigmoid(x)",
    "keras": "keras.ops.log_sigmoid(x)",
}, points=(0.0, -20.0, 20.0, 88.0, -88.0), facts=LOG_SIGMOID)
activation("tanh_shrink", lambda at: lambda x: x - f.tanh(x), {
    "torch": "torch.nn.functional.tanhshrink(x)", "keras": "keras.ops.tanh_shrink(x)",
}, points=(0.0, 1.0, 9.0), facts=COMPOSED_TOO)
activation("soft_shrink", lambda at: lambda x, *, threshold: pieces(
    x, (-threshold, threshold), (x + threshold, 0.0, x - threshold), at), {
    "torch": "torch.nn.functional.softshrink(x, lambd=threshold)", "keras": "keras.ops.soft_shrink(x, threshold=threshold)",
}, OUTSIDE, parameters=(("threshold", (0.5, 1.0, 0.25, 2.0)),), points=(0.5, -0.5, 1.0, -1.0, 2.0))
activation("hard_shrink", lambda at: lambda x, *, threshold: f.where(np.abs(x.value) <= threshold, 0.0, x), {
    "torch": "torch.nn.functional.hardshrink(x, lambd=threshold)", "keras": "keras.ops.hard_shrink(x, threshold=threshold)",
}, parameters=(("threshold", (0.5, 1.0, 0.25, 2.0)),), points=(0.5, -0.5, 1.0, -1.0, 2.0))
activation("threshold", lambda at: lambda x, *, threshold, value: f.where(x.value <= threshold, value, x), {
    "torch": "torch.nn.functional.threshold(x, threshold, value)", "keras": "keras.ops.threshold(x, threshold, value)",
}, parameters=(("threshold", (0.5, 0.0, -1.0, 2.0)), ("value", (0.0, -7.0, 20.0))), points=(0.5, 0.0, -1.0, 2.0))
activation("squareplus", lambda at: lambda x, *, bend: 0.5 * (x + f.sqrt(f.square(x) + bend)), {
    "jax": "jax.nn.squareplus(x, b=bend)", "keras": "keras.ops.squareplus(x, b=bend)",
}, parameters=(("bend", (4.0, 0.0, 1.0, 0.25)),), points=(0.0, 1.0, -1.0, -1e3))
activation("sparse_plus", lambda at: lambda x: pieces(x, (-1.0, 1.0), (0.0, 0.25 * f.square(x + 1.0), x), at), {
    "jax": "jax.nn.sparse_plus(x)", "keras": "keras.ops.sparse_plus(x)",
}, CLIPPED, points=(-1.0, 1.0, 0.0))
activation("sparse_sigmoid", lambda at: lambda x: pieces(x, (-1.0, 1.0), (0.0, 0.5 * (x + 1.0), 1.0), at), {
    "jax": "jax.nn.sparse_sigmoid(x)", "keras": "keras.ops.sparse_sigmoid(x)",
}, CLIPPED, points=(-1.0, 1.0, 0.0))
# fmt: on
