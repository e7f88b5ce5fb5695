"""Which dtypes the installed frameworks have no kernel for, by elementwise operator: known differences of these operators and dtypes only.

Every (operator, dtype) was asked of torch 2.13.0, tensorflow-cpu 2.21.0 and keras 3.15.1 on the CPU; ``tests/test_elementwise_kernels.py``
asks again.
"""

from __future__ import annotations

from typing import Callable, Dict, Mapping, Tuple

from harness.case import GRADIENT, VALUE, Case, Kind, KnownDifference

SIXTEEN = ("bfloat16", "float16")
BFLOAT16 = ("bfloat16",)
WIDE_UNSIGNED = ("uint16", "uint32", "uint64")
UNSIGNED = ("uint8", *WIDE_UNSIGNED)

Lacking = Mapping[str, Tuple[str, ...]]

# fmt: off
_TORCH_UNSIGNED = (
    "abs", "add", "bitwise_not", "gcd", "greater", "greater_equal", "integer_floor_divide", "integer_fmod", "integer_power",
    "integer_remainder", "integer_truncated_divide", "lcm", "less", "less_equal", "logical_and", "logical_not", "logical_or",
    "logical_xor", "maximum", "minimum", "negative", "shift_left", "shift_left_any", "shift_right", "shift_right_any", "sign",
    "square", "subtract",
)
# fmt: on

TORCH: Lacking = {**dict.fromkeys(_TORCH_UNSIGNED, WIDE_UNSIGNED), "ndtri": SIXTEEN, "zeta": SIXTEEN}
TORCH_GRADIENTS: Lacking = dict.fromkeys(("i1", "i1e", "ndtri"), SIXTEEN)
TENSORFLOW: Lacking = {
    **dict.fromkeys(("abs", "integer_power", "negative", "sign"), UNSIGNED),
    **dict.fromkeys(("digamma", "i0", "i0e", "i1", "i1e", "lgamma"), BFLOAT16),
    **dict.fromkeys(("erfinv", "gammainc", "gammaincc", "ndtri", "nextafter", "polygamma", "zeta"), SIXTEEN),
    "integer_fmod": ("int8", "int16", *UNSIGNED),
}
TENSORFLOW_GRADIENTS: Lacking = {
    **dict.fromkeys(("digamma", "erfinv", "ndtri", "polygamma"), SIXTEEN),
    **dict.fromkeys(("i0", "i0e", "i1", "i1e", "lgamma"), BFLOAT16),
}
KERAS_TENSORFLOW: Lacking = {
    **dict.fromkeys(("bitwise_and", "bitwise_not", "bitwise_or", "bitwise_xor"), ("bool",)),
    "negative": UNSIGNED,
    "sign": ("uint64",),
}

TABLES: Tuple[Tuple[str, str, Lacking], ...] = (
    ("torch", VALUE, TORCH),
    ("torch", GRADIENT, TORCH_GRADIENTS),
    ("tensorflow", VALUE, TENSORFLOW),
    ("tensorflow", GRADIENT, TENSORFLOW_GRADIENTS),
    ("keras-tensorflow", VALUE, KERAS_TENSORFLOW),
)
"""Framework, quantity, and by operator the dtypes that it refuses."""

MESSAGES: Dict[str, str] = {
    "torch": "not implemented for '",
    "tensorflow": r"Value for attr .T. of .* is not in the list of allowed values|Could not find device for node|"
    r"No OpKernel was registered|has DataType .* not in list of allowed values",
}
MESSAGES["keras-tensorflow"] = MESSAGES["tensorflow"]

SOURCE = "the exception's message; asked of every dtype on the pinned releases (tests/test_elementwise_kernels.py)"


def lacks(name: str) -> Tuple[KnownDifference, ...]:
    """The known differences of the operator ``name``: a row per framework and quantity that lacks a kernel of it."""
    return tuple(
        KnownDifference(
            f"{framework}:*",
            Kind.RAISED,
            MESSAGES[framework],
            f"{framework} has no kernel of {name} for {', '.join(table[name])}",
            SOURCE,
            when=_of(quantity, table[name]),
            name=f"{framework}: no kernel of {name}, {quantity}",
        )
        for framework, quantity, table in TABLES
        if name in table
    )


def _of(quantity: str, dtypes: Tuple[str, ...]) -> Callable[[Case], bool]:
    def condition(case: Case) -> bool:
        return case.quantity == quantity and case.dtype in dtypes

    return condition
