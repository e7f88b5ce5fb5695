"""tinytensor for opdiff: how it is imported, how arrays go in and out, and what it calls the operators."""

import numpy

from harness import operator
from harness.adapters.base import Adapter
from harness.case import VALUE
from harness.plain import add_calls, ask


def from_numpy(tinytensor, array, device):
    """Its tensors are NumPy arrays."""
    return array


def to_numpy(tinytensor, tensor):
    """The elements as an array."""
    return numpy.asarray(tensor)


def eager(tinytensor, function):
    """The call as it is."""
    return function


class TinyTensor(Adapter):
    """What opdiff asks a framework for."""

    name = table = "tinytensor"
    requires = ("tinytensor",)
    imports = "import tinytensor"
    transforms = {"eager": eager}
    from_numpy = staticmethod(from_numpy)
    to_numpy = staticmethod(to_numpy)

    def __init__(self, device="cpu"):
        import tinytensor

        self.module, self.device = tinytensor, device

    def versions(self):
        return {"tinytensor": self.module.__version__}


def can(case):
    """No gradients, and these dtypes."""
    return case.quantity == VALUE and all(spec.dtype in ("float32", "float64") for spec in case.inputs.values())


ROWS = {
    "add": "tinytensor.add(x, y)",
    "maximum": "tinytensor.maximum(x, y)",
    "tanh": "tinytensor.tanh(x)",
    "softplus": "tinytensor.softplus(x)",
}
for name, expression in ROWS.items():
    add_calls(operator.get(name), {"tinytensor": ask(expression, when=can)})
