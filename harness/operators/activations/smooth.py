"""Activations made of exponentials, hyperbolic tangents and roots."""

from __future__ import annotations

import numpy as np

from harness.meaning import Accuracy
from harness.operators import functions as f
from harness.operators.activations.table import COMPOSED_TOO, ONE_KINK, activation, between
from harness.operators.facts import Facts
from harness.operators.formula import COMPOSED, Formula
from harness.operators.tracked import OPERATIONS, Tracked
from harness.plain import ask

ALPHAS = (1.0, 0.5, 2.0, 0.1)
SELU_ALPHA, SELU_SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946


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


TORCH_EXP: Facts = (
    (
        "*torch:*",
        Accuracy(
            ulps={"exp": 20.0, "erf": 2.0},
            flush=("bfloat16",),
            source="torch/include/ATen/cpu/vec/vec512/vec512_float.h: exp_u20 (20 units in the last place); measured on torch 2.13.0: "
            "gelu is within 8.6e-7 of float64 on 4096 points in [-6, 6]; bfloat16 results below the smallest normal number are 0",
        ),
    ),
    *COMPOSED,
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
activation("elu", lambda at: lambda x, *, alpha: between(x, (0.0,), (alpha * f.expm1(f.where(x.value > 0, 0.0 , x)), x), at), {
    "torch": "torch.nn.functional.elu(x, alpha=alpha)",
    "tensorflow": ask("tf.nn.elu(x)", when=lambda case: case.parameters["alpha"] == 1.0),
    "jax": "jax.nn.elu(x, alpha=alpha)",
    "keras": "keras.ops.elu(x, alpha=alpha)",
}, ONE_KINK, parameters=(("alpha", ALPHAS),), points=(0.0, -88.0, 1.0))
activation("selu", lambda at: lambda x: SELU_SCALE * between(x, (0.0,), (SELU_ALPHA * f.expm1(f.where(x.value > 0, 0.0, x)), x), at), {
    "torch": "torch.nn.functional.selu(x)", "tensorflow": "tf.nn.selu(x)", "jax": "jax.nn.selu(x)", "keras": "keras.ops.selu(x)",
}, ONE_KINK, points=(0.0, -88.0, 1.0))
activation("celu", lambda at: lambda x, *, alpha: between(x, (0.0,), (alpha * f.expm1(f.where(x.value > 0, 0.0, x) / alpha), x), at), {
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
activation("log_sigmoid", lambda at: lambda x: -f.softplus(-x), {
    "torch": "torch.nn.functional.logsigmoid(x)", "tensorflow": "tf.math.log_sigmoid(x)", "jax": "jax.nn.log_sigmoid(x)",
    "keras": "keras.ops.log_sigmoid(x)",
}, points=(0.0, -20.0, 20.0, 88.0, -88.0), facts=LOG_SIGMOID)
activation("tanh_shrink", lambda at: lambda x: x - f.tanh(x), {
    "torch": "torch.nn.functional.tanhshrink(x)", "keras": "keras.ops.tanh_shrink(x)",
}, points=(0.0, 1.0, 9.0), facts=COMPOSED_TOO)
activation("squareplus", lambda at: lambda x, *, bend: 0.5 * (x + f.sqrt(f.square(x) + bend)), {
    "jax": "jax.nn.squareplus(x, b=bend)", "keras": "keras.ops.squareplus(x, b=bend)",
}, parameters=(("bend", (4.0, 0.0, 1.0, 0.25)),), points=(0.0, 1.0, -1.0, -1e3))
# fmt: on
