"""Functions of one complex number. Errors are relative to the modulus of the result."""

from __future__ import annotations

import numpy as np

from harness.operators.elementwise.table import COMPLEX
from harness.operators.elementwise.unary import unary

# fmt: off
unary("complex_exp", np.exp, 4, 4, "torch.exp tf.math.exp jax.numpy.exp keras.ops.exp", dtypes=COMPLEX, annex_g=True)
unary("complex_log", np.log, 4, 4, "torch.log tf.math.log jax.numpy.log keras.ops.log", dtypes=COMPLEX, annex_g=True)
unary("complex_sqrt", np.sqrt, 4, 4, "torch.sqrt tf.math.sqrt jax.numpy.sqrt keras.ops.sqrt", dtypes=COMPLEX, annex_g=True)
unary("complex_sin", np.sin, 4, 4, "torch.sin tf.math.sin jax.numpy.sin keras.ops.sin", dtypes=COMPLEX, annex_g=True)
unary("complex_cos", np.cos, 4, 4, "torch.cos tf.math.cos jax.numpy.cos keras.ops.cos", dtypes=COMPLEX, annex_g=True)
unary("complex_sinh", np.sinh, 4, 4, "torch.sinh tf.math.sinh jax.numpy.sinh keras.ops.sinh", dtypes=COMPLEX, annex_g=True)
unary("complex_cosh", np.cosh, 4, 4, "torch.cosh tf.math.cosh jax.numpy.cosh keras.ops.cosh", dtypes=COMPLEX, annex_g=True)
unary("complex_tanh", np.tanh, 4, 4, "torch.tanh tf.math.tanh jax.numpy.tanh keras.ops.tanh", dtypes=COMPLEX, annex_g=True)
unary("complex_square", np.square, 4, 4, "torch.square tf.math.square jax.numpy.square keras.ops.square", dtypes=COMPLEX)
unary("complex_reciprocal", np.reciprocal, 4, 4, "torch.reciprocal tf.math.reciprocal jax.numpy.reciprocal keras.ops.reciprocal",
      dtypes=COMPLEX)
# fmt: on
