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
        r"not implemented for .UInt|Promotion for uint|unsupported ScalarType UInt",
        "few operators of torch take uint16, uint32 and uint64",
        'docs.pytorch.org, torch.Tensor, "Data types", footnote of "limited support"',
        when=_unsigned,
        name="torch: unsigned integers",
    ),
    _no_kernel(
        "*torch:*",
        r"not implemented for .(Half|BFloat|Complex|Bool|Char|Byte|Short|Int|Long)",
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
