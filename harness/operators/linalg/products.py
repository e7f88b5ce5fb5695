"""The rows of products of two arrays."""

from __future__ import annotations

from harness.case import Case, Kind, KnownDifference
from harness.formats import kind_of
from harness.operators.linalg import plans
from harness.operators.linalg.contraction import Contraction
from harness.operators.linalg.facts import EINSUM, STEPWISE, TORCH
from harness.operators.linalg.rows import product_row
from harness.plain import ask


def matrices(case: Case) -> bool:
    """Whether both operands have two axes at least: what tf.linalg.matmul takes."""
    return all(len(spec.shape) > 1 for spec in case.inputs.values())


def real_or_complex(case: Case) -> bool:
    """Whether the dtype is one that torch.linalg has functions for."""
    return kind_of(case.dtype) in ("float", "complex")


def sums_integers_alone(case: Case) -> bool:
    """Whether an equation sums integers over an axis of one operand alone."""
    planned = plans.einsum(case)
    return kind_of(case.dtype) == "integer" and isinstance(planned, Contraction) and any(planned.alone)


PROMOTED = KnownDifference(
    "torch:*",
    Kind.DTYPE,
    "int64 for",
    "torch sums over an axis of one operand alone by torch.sum, whose result for integers is int64",
    "pytorch/pytorch#82159 (torch.sum: on purpose), Quansight-Labs/numpy_pytorch_interop#127 (einsum: because of the sum)",
    "documented",
    when=sums_integers_alone,
    name="torch: einsum sums integers to int64",
)

# fmt: off
product_row("matmul", plans.matmul, {
    "torch": "torch.matmul(x, y)",
    "tensorflow": [ask("tf.linalg.matmul(x, y)", when=matrices), "tf.experimental.numpy.matmul(x, y)"],
    "jax": "jax.numpy.matmul(x, y)", "keras": "keras.ops.matmul(x, y)",
}, "products of matrices and vectors, stacks of them broadcast", facts=TORCH)
product_row("bmm", plans.bmm, {
    "torch": "torch.bmm(x, y)", "jax": "jax.lax.batch_matmul(x, y)",
}, "products of two stacks of as many matrices", facts=TORCH)
product_row("dot", plans.dot, {
    "tensorflow": "tf.experimental.numpy.dot(x, y)", "jax": "jax.numpy.dot(x, y)", "keras": "keras.ops.dot(x, y)",
}, "products along the last axis of x and the last but one of y", facts=TORCH)
product_row("vdot", plans.vdot, {
    "torch": "torch.vdot(x, y)", "tensorflow": "tf.experimental.numpy.vdot(x, y)", "jax": "jax.numpy.vdot(x, y)",
    "keras": "keras.ops.vdot(x, y)",
}, "the product of two vectors, the first one conjugated", facts=TORCH)
product_row("inner", plans.inner, {
    "torch": "torch.inner(x, y)", "tensorflow": "tf.experimental.numpy.inner(x, y)", "jax": "jax.numpy.inner(x, y)",
    "keras": "keras.ops.inner(x, y)",
}, "products along the last axes", facts=TORCH)
product_row("outer", plans.outer, {
    "torch": "torch.outer(x, y)", "tensorflow": "tf.experimental.numpy.outer(x, y)", "jax": "jax.numpy.outer(x, y)",
    "keras": "keras.ops.outer(x, y)",
}, "the products of every two elements", facts=STEPWISE)
product_row("matvec", plans.matvec, {
    "torch": ask("torch.mv(x, y)", when=lambda case: len(case.inputs["x"].shape) == 2 and len(case.inputs["y"].shape) == 1),
    "tensorflow": "tf.linalg.matvec(x, y)", "jax": "jax.numpy.matvec(x, y)",
}, "products of matrices with vectors", facts=TORCH)
product_row("vecdot", plans.vecdot, {
    "torch": ask("torch.linalg.vecdot(x, y, dim=axis)", when=real_or_complex), "jax": "jax.numpy.vecdot(x, y, axis=axis)",
}, "the product of vectors along an axis, the first ones conjugated", facts=STEPWISE)
product_row("kron", plans.kron, {
    "torch": "torch.kron(x, y)", "tensorflow": "tf.experimental.numpy.kron(x, y)", "jax": "jax.numpy.kron(x, y)",
    "keras": "keras.ops.kron(x, y)",
}, "the second array times every element of the first, as blocks", facts=STEPWISE)
product_row("tensordot", plans.tensordot, {
    "torch": "torch.tensordot(x, y, dims=axes)", "tensorflow": "tf.tensordot(x, y, axes=axes)",
    "jax": "jax.numpy.tensordot(x, y, axes=axes)", "keras": "keras.ops.tensordot(x, y, axes=axes)",
}, "products along several axes", facts=TORCH)
product_row("einsum", plans.einsum, {
    "torch": "torch.einsum(equation, x, y)", "tensorflow": "tf.einsum(equation, x, y)",
    "jax": "jax.numpy.einsum(equation, x, y)", "keras": "keras.ops.einsum(equation, x, y)",
}, "an Einstein summation of two operands", facts=EINSUM).differs(PROMOTED)
product_row("einsum_unary", plans.einsum, {
    "torch": "torch.einsum(equation, x)", "tensorflow": "tf.einsum(equation, x)",
    "jax": "jax.numpy.einsum(equation, x)", "keras": "keras.ops.einsum(equation, x)",
}, "an Einstein summation of one operand: transposes, diagonals, traces, sums", inputs="x", facts=EINSUM).differs(PROMOTED)
# fmt: on
