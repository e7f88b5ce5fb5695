"""The window that a call takes in one dimension, with the formula; the numbers are those of ``harness.windows``."""

from __future__ import annotations

from harness import windows
from harness.windows import Padding, Window
from reports.explain.errors import refuse
from reports.explain.layer import Dimension, Own


def _transposed(own: Own, window: Window, padding: Padding | None, rule: str, numbers: str) -> Dimension:
    size, kernel, stride, dilation = own
    if window.out < 1:
        raise refuse("output size", window.out, f"must be positive; {rule} = {numbers}")
    candidates = windows.candidates(size, kernel, stride, dilation, padding)
    return Dimension(
        size, window.out, kernel, stride, dilation, window, candidates, padding, rule, f"{numbers} = {window.out}", True
    )


def _steps(own: Own) -> str:
    size, kernel, stride, dilation = own
    return f"({size} - 1) * {stride} + {windows.effective_kernel(kernel, dilation)}"


def torch_transposed(own: Own, padding: int, output_padding: int) -> Dimension:
    """PyTorch: padding cut on both sides, output_padding cells more behind."""
    window = windows.explicit(*own, padding, output_padding)
    numbers = f"{_steps(own)} - 2 * {padding} + {output_padding}"
    return _transposed(own, window, (padding, padding), "(x - 1) * s + ke - 2 * padding + output_padding", numbers)


def torch_output_size(own: Own, padding: int, asked: int) -> Dimension:
    """PyTorch's ``output_size=``."""
    low, high = windows.output_size_range(*own, padding)
    if not low <= asked <= high:
        raise refuse("output_size", asked, f"must be {low} to {high} for an input of {own[0]}")
    window = windows.output_size(*own, asked, padding)
    return _transposed(own, window, (padding, padding), "output_size, as asked", str(asked))


def keras_transposed(own: Own, word: str, output_padding: int | None) -> Dimension:
    """Keras 2 and 3, "valid" or "same", with output_padding or without."""
    size, kernel, stride, dilation = own
    reach = windows.effective_kernel(kernel, dilation)
    forward = None if word == "same" else (0, 0)
    if output_padding is not None:
        window = windows.TRANSPOSED[f"keras_{word}_output_padding"](*own, output_padding=output_padding)
        cut, cut_numbers = (" - 2 * (ke // 2)", f" - 2 * ({reach} // 2)") if word == "same" else ("", "")
        numbers = f"{_steps(own)}{cut_numbers} + {output_padding}"
        return _transposed(own, window, forward, f"(x - 1) * s + ke{cut} + output_padding", numbers)
    window = windows.TRANSPOSED[f"keras_{word}"](*own)
    if word == "same":
        return _transposed(own, window, forward, "x * s", f"{size} * {stride}")
    return _transposed(
        own, window, forward, "x * s + max(ke - s, 0)", f"{size} * {stride} + max({reach} - {stride}, 0)"
    )


def tensorflow_transposed(own: Own, padding: str | Padding, asked: int) -> Dimension:
    """``tf.nn``: the output size is an argument, which the forward convolution must take back to the input size."""
    size, _, stride, _ = own
    rule = "output_shape, as asked"
    if padding == "SAME":
        if not windows.accepts_output_shape_same(asked, size, stride):
            low, high = windows.candidates(*own, None)
            raise refuse("output_shape", asked, f"SAME needs ceil(out / {stride}) = {size}, so {low} to {high}")
        return _transposed(own, windows.output_shape_same(*own, asked), None, rule, str(asked))
    pair = (0, 0) if isinstance(padding, str) else padding
    low, high = windows.candidates(*own, pair)
    if not low <= asked <= high:
        raise refuse("output_shape", asked, f"the convolution of it must have size {size}, so {low} to {high}")
    return _transposed(own, windows.output_shape_explicit(*own, asked, pair), pair, rule, str(asked))


def jax_transposed(own: Own, padding: str | Padding, consistent: bool) -> Dimension:
    """``jax.lax.conv_transpose``: SAME and VALID as TensorFlow infers them, or pairs."""
    if isinstance(padding, str):
        return keras_transposed(own, padding.lower(), None)
    before, after = padding
    reach = windows.effective_kernel(own[1], own[3])
    if consistent:
        window = windows.lax_pairs_consistent(*own, padding)
        rule, numbers = "(x - 1) * s + ke - a - b", f"{_steps(own)} - {_term(before)} - {_term(after)}"
    else:
        window = windows.lax_pairs(*own, padding)
        rule = "(x - 1) * s + ke + a + b - 2 * (ke - 1)"
        numbers = f"{_steps(own)} + {_term(before)} + {_term(after)} - 2 * {reach - 1}"
    forward = (window.lo, windows.canvas(*own) - window.stop)
    return _transposed(own, window, forward, rule, numbers)


def forward(own: Own, padding: Padding, word: str) -> Dimension:
    """A convolution of ``own[0]`` inputs padded by a pair."""
    size, kernel, stride, dilation = own
    reach = windows.effective_kernel(kernel, dilation)
    before, after = padding
    out = windows.forward_size(size, kernel, stride, dilation, padding)
    numbers = f"floor(({size} + {_term(before)} + {_term(after)} - {reach}) / {stride}) + 1"
    if out < 1:
        raise refuse("output size", out, f"must be positive; the kernel reaches over {reach} cells: {numbers}")
    same = word in ("same", "same_lower")
    rule, numbers = ("ceil(n / s)", f"ceil({size} / {stride})") if same else (_FLOOR, numbers)
    candidates = windows.candidates(out, kernel, stride, dilation, None if same else padding)
    window = Window(before, size)
    forward_padding = None if same else padding
    return Dimension(
        size, out, kernel, stride, dilation, window, candidates, forward_padding, rule, f"{numbers} = {out}", False
    )


_FLOOR = "floor((n + lo + hi - ke) / s) + 1"


def _term(number: int) -> str:
    return str(number) if number >= 0 else f"({number})"
