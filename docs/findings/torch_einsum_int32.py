"""torch: einsum of two int32 operands is refused when it sums over an axis of one operand alone; Keras on torch returns int64 for int32.

Exit status: 0 once the products are computed and have the described dtype, 1 while they are refused or have another. Seen with torch 2.13.0
and keras 3.15.1.
"""

import os

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import torch

x, y = np.array([[1, 2, 3], [4, 5, 6]], "int32"), np.array([[1, 2], [3, 4], [5, 6]], "int32")
expected = np.einsum("ij,jk->k", x, y)
assert expected.tolist() == [71, 92], "control: NumPy"
wide = torch.einsum("ij,jk->k", torch.tensor(x).long(), torch.tensor(y).long())
assert wide.tolist() == expected.tolist(), "control: int64"
assert torch.einsum("ij,jk->ik", torch.tensor(x), torch.tensor(y)).tolist() == (x @ y).tolist(), "control: no such axis"
found = []
try:
    assert torch.einsum("ij,jk->k", torch.tensor(x), torch.tensor(y)).tolist() == expected.tolist(), (
        "control: the numbers"
    )
except RuntimeError as error:
    found.append(f"torch: {error}")
described = keras.ops.einsum("ij->i", keras.KerasTensor(x.shape, "int32")).dtype
returned = str(keras.ops.einsum("ij->i", torch.tensor(x)).dtype)
assert described == "int32", f"control: described as {described}"
if returned != "torch.int32":
    found.append(f"Keras: {returned}")
assert not found, f"{found}; expected {expected.tolist()} and torch.int32"
