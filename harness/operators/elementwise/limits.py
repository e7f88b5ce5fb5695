"""What frameworks document, or say by their message, not to do for some dtypes: known differences of all elementwise operators."""

from __future__ import annotations

from harness.case import Case, Kind, KnownDifference

UNSIGNED = ("uint16", "uint32", "uint64")


def _unsigned(case: Case) -> bool:
    return any(spec.dtype in UNSIGNED for spec in case.inputs.values())


def _no_kernel(targets: str, cause: str, reason: str, source: str) -> KnownDifference:
    return KnownDifference(targets, Kind.RAISED, cause, reason, source)


LIMITS = (
    KnownDifference(
        "*torch:*",
        Kind.RAISED,
        r"not implemented for .UInt|Promotion for uint|[Uu]nsupported ScalarType UInt",
        "few operators of torch take uint16, uint32 and uint64",
        'docs.pytorch.org, torch.Tensor, "Data types", footnote of "limited support"',
        when=_unsigned,
        name="torch: unsigned integers",
    ),
    _no_kernel(
        "*torch:*",
        r"not implemented for '",
        "torch has no kernel of the operator for the dtype",
        "the exception's message",
    ),
    _no_kernel(
        "*tensorflow:*",
        r"Value for attr .T. of .* is not in the list of allowed values|Could not find device for node|"
        r"No OpKernel was registered|has DataType .* not in list of allowed values",
        "TensorFlow's operations take the dtypes that their definition lists, and have kernels for some of them",
        "the exception's message, which lists the allowed dtypes",
    ),
)

OVERFLOW_IN_EXP = "sinh and cosh may round very large finite results to infinity on the CPU"

OWN = {
    "sinh": (
        KnownDifference(
            "*torch:*",
            Kind.NOT_FINITE,
            "NaN or infinity",
            OVERFLOW_IN_EXP,
            "docs.pytorch.org, torch.sinh: the note on the Sleef library; pytorch/pytorch#48641",
            "documented",
        ),
    ),
    "cosh": (
        KnownDifference(
            "*torch:*",
            Kind.NOT_FINITE,
            "NaN or infinity",
            OVERFLOW_IN_EXP,
            "docs.pytorch.org, torch.cosh: the note on the Sleef library; pytorch/pytorch#48641",
            "documented",
        ),
    ),
    "fmod": (
        KnownDifference(
            "*torch:*",
            Kind.NOT_FINITE,
            "NaN or infinity",
            "NaN where the quotient of dividend and divisor overflows, in the vectorised kernel",
            "pytorch/pytorch#193753",
            "reported",
        ),
    ),
}
OWN["remainder"] = OWN["fmod"]
"""Rows of single operators."""
