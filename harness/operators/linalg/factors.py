"""Products of the factors of a decomposition: unique where the factors are not, and so is their gradient."""

from __future__ import annotations

from harness.plain import ask

# fmt: off
QR_PRODUCT = {
    "torch": ask("(lambda q, r: q @ r)(*torch.linalg.qr(x))", composed=True),
    "tensorflow": ask("(lambda q, r: q @ r)(*tf.linalg.qr(x))", composed=True),
    "jax": ask("(lambda q, r: q @ r)(*jax.numpy.linalg.qr(x))", composed=True),
    "keras": ask("(lambda q, r: keras.ops.matmul(q, r))(*keras.ops.qr(x))", composed=True),
}
SVD_PRODUCT = {
    "torch": ask("(lambda u, s, v: (u * s[..., None, :]) @ v)(*torch.linalg.svd(x, full_matrices=False))", composed=True),
    "tensorflow": ask("(lambda s, u, v: tf.matmul(u * s[..., None, :], v, transpose_b=True))(*tf.linalg.svd(x))", composed=True),
    "jax": ask("(lambda u, s, v: (u * s[..., None, :]) @ v)(*jax.numpy.linalg.svd(x, full_matrices=False))", composed=True),
    "keras": ask("(lambda u, s, v: keras.ops.matmul(u * s[..., None, :], v))(*keras.ops.svd(x, full_matrices=False))", composed=True),
}
EIGEN_PRODUCT = {
    "torch": ask("(lambda w, v: (v * w[..., None, :]) @ v.mT)(*torch.linalg.eigh(x + x.mT))", composed=True),
    "tensorflow": ask("(lambda w, v: tf.matmul(v * w[..., None, :], v, transpose_b=True))"
                      "(*tf.linalg.eigh(x + tf.linalg.matrix_transpose(x)))", composed=True),
    "jax": ask("(lambda w, v: (v * w[..., None, :]) @ v.mT)(*jax.numpy.linalg.eigh(x + x.mT))", composed=True),
    "keras": ask("(lambda w, v: keras.ops.matmul(v * w[..., None, :], keras.ops.swapaxes(v, -1, -2)))"
                 "(*keras.ops.eigh(x + keras.ops.swapaxes(x, -1, -2)))", composed=True),
}
# fmt: on
