"""What a script about compiled code does beside the call. The source is printed into it, so it uses torch and nothing of opdiff."""

from __future__ import annotations

from typing import Any


def widened(torch: Any, tensor: Any) -> Any:
    """The tensor with float64 or complex128 in place of narrower floating-point numbers."""
    if tensor is None or not (tensor.is_floating_point() or tensor.is_complex()):
        return tensor
    return tensor.to(torch.complex128 if tensor.is_complex() else torch.float64)


def show_errors(torch: Any, name: str, reference: Any, **results: Any) -> None:
    """Print the largest error of each result against the reference."""
    for label, tensor in results.items():
        if tensor.shape == reference.shape and tensor.numel() and tensor.dtype != torch.bool:
            same = (tensor == reference) | (tensor.isnan() & reference.isnan())
            error = torch.where(same, 0, (tensor.to(reference.dtype) - reference).abs()).max().item()
            print(f"{name}: largest error of {label} against the float64 baseline: {error:.3g}")  # noqa: T201


def check_compiled(torch: Any, same: Any, eager: Any, compiled: Any, reference: Any) -> None:
    """Raise where the compiled result is beyond the default tolerances from eager, and worse than eager by the float64 baseline."""
    try:
        torch.testing.assert_close(compiled, eager, equal_nan=True)
    except AssertionError:
        if compiled.shape != eager.shape or compiled.dtype != eager.dtype:
            raise
        # Where both are NaN or the same infinity they agree, and a mean of errors would be NaN.
        rest = ~((eager.isnan() & compiled.isnan()) | (eager.isinf() & (eager == compiled)))
        if not same(eager[rest], compiled[rest], fp64_ref=reference[rest]):
            raise
