"""The shape arithmetic of convolutions: every framework's rule is a window on a canvas, and it stands here alone.

Per spatial dimension a transposed convolution of ``size`` x >= 1, ``kernel`` k, ``stride`` s and ``dilation`` d adds
every input value times the kernel onto a canvas of (x - 1) s + ke cells, ke = d (k - 1) + 1, and returns a window of
that canvas: ``out`` cells from cell ``lo`` on, zero beyond the canvas. A forward convolution pads its input by a pair
(lo, hi), and its outputs are the narrow side of the same canvas.

Everything is arithmetic on Python integers of any size and knows one dimension only. Python 3.9, standard library.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

Padding = tuple[int, int]
"""Cells added before and after an input; negative ones are cut."""


@dataclass(frozen=True)
class Window:
    """``out`` cells of a canvas from cell ``lo`` on. It may start and end beyond it, where cells are zero."""

    lo: int
    out: int

    @property
    def stop(self) -> int:
        """The first cell after the window."""
        return self.lo + self.out


def effective_kernel(kernel: int, dilation: int) -> int:
    """Cells from the first to the last tap, ke = d (k - 1) + 1."""
    return dilation * (kernel - 1) + 1


def canvas(size: int, kernel: int, stride: int, dilation: int) -> int:
    """Cells that ``size`` >= 1 inputs times the kernel can reach, L = (x - 1) s + ke."""
    return (size - 1) * stride + effective_kernel(kernel, dilation)


def cut(have: Window, want: Window) -> Padding:
    """Cells to remove from ``have`` at both ends to get ``want``; a negative number is cells of zeros to add."""
    return want.lo - have.lo, have.stop - want.stop


def covers(have: Window, want: Window, length: int) -> bool:
    """Whether ``have`` shows all that ``want`` shows of ``length`` canvas cells, so that ``cut`` loses nothing."""
    first, stop = max(want.lo, 0), min(want.stop, length)
    return first >= stop or (have.lo <= first and stop <= have.stop)


# Transposed rules: the window that each convention takes.


def explicit(size: int, kernel: int, stride: int, dilation: int, padding: int = 0, output_padding: int = 0) -> Window:
    """PyTorch: L - 2p + output_padding cells from p on.

    Source: the shape formula of ``torch.nn.ConvTranspose2d``. ``accepts_output_padding`` says which values it takes.
    """
    return Window(padding, canvas(size, kernel, stride, dilation) - 2 * padding + output_padding)


def output_size(size: int, kernel: int, stride: int, dilation: int, out: int, padding: int = 0) -> Window:
    """PyTorch's modules called with ``output_size=``: as asked, from p on. See ``accepts_output_size``."""
    return Window(padding, out)


def keras_valid(size: int, kernel: int, stride: int, dilation: int) -> Window:
    """Keras "valid" without output_padding: x s + max(ke - s, 0) cells from 0 on.

    Source: ``deconv_output_length`` of Keras 2 and ``compute_conv_transpose_output_shape`` of Keras 3.
    """
    return Window(0, size * stride + max(effective_kernel(kernel, dilation) - stride, 0))


def keras_same(size: int, kernel: int, stride: int, dilation: int) -> Window:
    """Keras "same" without output_padding: x s cells, what is cut split evenly with the odd cell cut behind.

    Source: as ``keras_valid``; the start follows from TensorFlow's rule, see ``output_shape_same``.
    """
    return output_shape_same(size, kernel, stride, dilation, size * stride)


def keras_valid_output_padding(size: int, kernel: int, stride: int, dilation: int, output_padding: int) -> Window:
    """Keras "valid" with output_padding o: L + o cells from 0 on. Source: as ``keras_valid``."""
    return Window(0, canvas(size, kernel, stride, dilation) + output_padding)


def keras_same_output_padding(size: int, kernel: int, stride: int, dilation: int, output_padding: int) -> Window:
    """Keras "same" with output_padding o: L - 2 (ke // 2) + o cells, from max(L - out, 0) // 2 on and not from ke // 2.

    Source: as ``keras_valid`` for the length; the start by measurement (Keras 3.15.1, all backends; tf_keras 2.21.0).
    """
    length = canvas(size, kernel, stride, dilation)
    out = length - 2 * (effective_kernel(kernel, dilation) // 2) + output_padding
    return output_shape_same(size, kernel, stride, dilation, out)


def keras2_full(size: int, kernel: int, stride: int, dilation: int) -> Window:
    """Keras 2 and Theano "full": x s - (s + ke - 2) cells from ke - 1 on. A rule only: no installed framework runs it.

    Source: ``deconv_output_length`` of Keras 2, padding "full".
    """
    return explicit(size, kernel, stride, dilation, effective_kernel(kernel, dilation) - 1)


def output_shape_valid(size: int, kernel: int, stride: int, dilation: int, out: int) -> Window:
    """``tf.nn`` VALID with output_shape: as asked, from 0 on. See ``accepts_output_shape_valid``."""
    return Window(0, out)


def output_shape_same(size: int, kernel: int, stride: int, dilation: int, out: int) -> Window:
    """``tf.nn`` SAME with output_shape: as asked, from max(L - out, 0) // 2 on.

    Source: it is the gradient of a SAME convolution of ``out`` cells, which pads max(L - out, 0) cells, the odd one
    behind. See ``accepts_output_shape_same``.
    """
    return Window(max(canvas(size, kernel, stride, dilation) - out, 0) // 2, out)


def output_shape_explicit(size: int, kernel: int, stride: int, dilation: int, out: int, padding: Padding) -> Window:
    """``tf.nn`` with pairs of padding and output_shape: as asked, from the low padding on.

    See ``accepts_output_shape_explicit``.
    """
    return Window(padding[0], out)


def lax_pairs(size: int, kernel: int, stride: int, dilation: int, padding: Padding) -> Window:
    """``jax.lax.conv_transpose`` with a pair (a, b): L + a + b - 2 (ke - 1) cells from ke - 1 - a on.

    Source: the pair pads the dilated input of the equivalent convolution (documentation of ``jax.lax.conv_transpose``).
    """
    reach = effective_kernel(kernel, dilation) - 1
    return Window(reach - padding[0], canvas(size, kernel, stride, dilation) + sum(padding) - 2 * reach)


def lax_pairs_consistent(size: int, kernel: int, stride: int, dilation: int, padding: Padding) -> Window:
    """The same with ``use_consistent_padding=True``: L - a - b cells from a on, as in PyTorch."""
    return Window(padding[0], canvas(size, kernel, stride, dilation) - sum(padding))


TRANSPOSED: dict[str, Callable[..., Window]] = {
    "explicit": explicit,
    "output_size": output_size,
    "keras_valid": keras_valid,
    "keras_same": keras_same,
    "keras_valid_output_padding": keras_valid_output_padding,
    "keras_same_output_padding": keras_same_output_padding,
    "keras2_full": keras2_full,
    "output_shape_valid": output_shape_valid,
    "output_shape_same": output_shape_same,
    "output_shape_explicit": output_shape_explicit,
    "lax_valid": keras_valid,
    "lax_same": keras_same,
    "lax_pairs": lax_pairs,
    "lax_pairs_consistent": lax_pairs_consistent,
}
"""Every transposed rule by convention name: (size, kernel, stride, dilation, ...) -> Window. The further arguments are
those of the function; JAX takes TensorFlow's rules for VALID and SAME, which are Keras' too."""


# Acceptance: which further arguments a framework takes.


def accepts_output_padding(output_padding: int, stride: int, dilation: int) -> bool:
    """PyTorch: 0 <= output_padding < max(stride, dilation). Source: the check in ``conv_transpose2d``."""
    return 0 <= output_padding < max(stride, dilation)


def output_size_range(size: int, kernel: int, stride: int, dilation: int, padding: int = 0) -> tuple[int, int]:
    """Smallest and largest ``output_size`` that PyTorch's modules take: L - 2p .. L - 2p + s - 1, inclusive.

    Narrower than what ``output_padding`` allows when the dilation exceeds the stride. Source: the check in
    ``_ConvTransposeNd._output_padding``.
    """
    smallest = explicit(size, kernel, stride, dilation, padding).out
    return smallest, smallest + stride - 1


def accepts_output_size(out: int, size: int, kernel: int, stride: int, dilation: int, padding: int = 0) -> bool:
    """Whether ``out`` lies in ``output_size_range``."""
    smallest, largest = output_size_range(size, kernel, stride, dilation, padding)
    return smallest <= out <= largest


def accepts_keras_output_padding(output_padding: int | None, stride: int) -> bool:
    """Layers of Keras and tf_keras: None, or below the stride. Source: the check in their constructors."""
    return output_padding is None or output_padding < stride


def accepts_output_shape_valid(out: int, size: int, kernel: int, stride: int, dilation: int) -> bool:
    """``tf.nn`` VALID: ceil((out - ke + 1) / s) = x, so that the convolution of the output has the input's size."""
    return _ceil_divide(out - effective_kernel(kernel, dilation) + 1, stride) == size


def accepts_output_shape_same(out: int, size: int, stride: int) -> bool:
    """``tf.nn`` SAME: ceil(out / s) = x, for the same reason."""
    return _ceil_divide(out, stride) == size


def accepts_output_shape_explicit(
    out: int, size: int, kernel: int, stride: int, dilation: int, padding: Padding
) -> bool:
    """``tf.nn`` with pairs: the convolution of the output with that padding has the input's size."""
    return forward_size(out, kernel, stride, dilation, padding) == size


# Forward rules: the padding that each convention adds to n inputs.


def same_upper(size: int, kernel: int, stride: int, dilation: int) -> Padding:
    """SAME of TensorFlow, Keras and JAX: ceil(n / s) outputs, padding split evenly with the odd cell behind."""
    total = _same_total(size, kernel, stride, dilation)
    return total // 2, total - total // 2


def same_lower(size: int, kernel: int, stride: int, dilation: int) -> Padding:
    """SAME_LOWER of JAX (and ONNX): as ``same_upper`` with the odd cell in front."""
    total = _same_total(size, kernel, stride, dilation)
    return total - total // 2, total // 2


def torch_same(size: int, kernel: int, stride: int, dilation: int) -> Padding:
    """PyTorch ``padding="same"``, which takes stride 1 only: ke - 1 cells, the odd one behind."""
    total = effective_kernel(kernel, dilation) - 1
    return total // 2, total - total // 2


def causal(size: int, kernel: int, stride: int, dilation: int) -> Padding:
    """Keras ``padding="causal"`` (1-D): ke - 1 cells in front, so that no output depends on later inputs."""
    return effective_kernel(kernel, dilation) - 1, 0


def no_padding(size: int, kernel: int, stride: int, dilation: int) -> Padding:
    """VALID."""
    return 0, 0


FORWARD: dict[str, Callable[[int, int, int, int], Padding]] = {
    "valid": no_padding,
    "same": same_upper,
    "same_lower": same_lower,
    "torch_same": torch_same,
    "causal": causal,
}
"""Every named padding by convention: (size, kernel, stride, dilation) -> (lo, hi). Explicit padding is its own pair."""


def forward_size(size: int, kernel: int, stride: int, dilation: int, padding: Padding = (0, 0)) -> int:
    """Outputs of a convolution of ``size`` inputs: floor((n + lo + hi - ke) / s) + 1; 0 if the kernel does not fit."""
    return max((size + sum(padding) - effective_kernel(kernel, dilation)) // stride + 1, 0)


# Ambiguity: the forward sizes that a transposed convolution may have come from.


def candidates(size: int, kernel: int, stride: int, dilation: int, padding: Padding | None = (0, 0)) -> tuple[int, int]:
    """Smallest and largest n >= 1, inclusive, whose convolution has ``size`` >= 1 outputs; none if smallest > largest.

    ``padding`` is the forward convolution's pair, or None for SAME: (x - 1) s + 1 .. x s. For a pair they are
    (x - 1) s + ke - lo - hi and the s - 1 sizes after it, which the floor in ``forward_size`` does not tell apart.
    """
    added = effective_kernel(kernel, dilation) - 1 if padding is None else sum(padding)
    smallest = canvas(size, kernel, stride, dilation) - added
    return max(smallest, 1), smallest + stride - 1


def _same_total(size: int, kernel: int, stride: int, dilation: int) -> int:
    """Cells that SAME adds in all."""
    return max(canvas(_ceil_divide(size, stride), kernel, stride, dilation) - size, 0)


def _ceil_divide(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)
