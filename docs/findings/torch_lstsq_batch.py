"""torch: linalg.lstsq of the second matrix of a batch is zero, and its rank 0, because the pivots of the first are left in place.

Exit status: 0 once the solution is the shortest of least squares, 1 while it is not. Seen with torch 2.13.0, CPU, driver "gelsy", the
default. The result is compared with NumPy's, and with that of the driver "gelsd".
"""

import numpy as np
import torch

matrices = torch.stack([torch.eye(3), torch.tensor([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])])
right = torch.ones(2, 3, 1)
expected = np.linalg.lstsq(matrices[1].numpy(), right[1].numpy(), rcond=None)[0]
np.testing.assert_allclose(expected.ravel(), [0, 1, 1], atol=1e-6, err_msg="control: NumPy")
other = torch.linalg.lstsq(matrices, right, driver="gelsd").solution[1]
np.testing.assert_allclose(other.numpy(), expected, atol=1e-6, err_msg="control: gelsd")
found = torch.linalg.lstsq(matrices, right)
np.testing.assert_allclose(found.solution[1].numpy(), expected, atol=1e-6, err_msg=f"ranks {found.rank.tolist()}")
