"""torch: kron of a transposed matrix raises RuntimeError.

Exit status: 0 once it is computed, 1 while it raises. Seen with torch 2.13.0. The result is compared with NumPy's.
"""

import numpy as np
import torch

a, b = torch.arange(6.0).reshape(2, 3).T, torch.ones(2, 3)
expected = np.kron(a.numpy(), b.numpy())
np.testing.assert_array_equal(torch.kron(a.contiguous(), b).numpy(), expected, "control: a contiguous copy")
np.testing.assert_array_equal(torch.kron(a, b).numpy(), expected, "transposed")
