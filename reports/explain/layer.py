"""A convolution that was understood, in terms of no framework."""

from __future__ import annotations

from dataclasses import dataclass

from harness.windows import Padding, Window, canvas, effective_kernel
from reports.explain.parse import Call

Ints = tuple[int, ...]
Own = tuple[int, int, int, int]
"""(size, kernel, stride, dilation) of one dimension, as ``harness.windows`` takes them."""

SPATIAL = {1: "W", 2: "HW", 3: "DHW"}
"""Names of the spatial axes by rank, as layouts such as NCHW write them."""


@dataclass(frozen=True)
class Dimension:
    """One spatial dimension of a convolution or transposed convolution.

    A transposed one returns ``window`` of a canvas of (x - 1) s + ke cells. The canvas of a forward one is the padded
    input as far as the kernel reaches, (y - 1) s + ke cells for y outputs, and ``window`` is where the input lies on
    it. ``padding`` is that of the forward convolution (which a transposed one undoes), None for SAME. ``rule`` and
    ``numbers`` are the formula and the formula with its numbers.
    """

    input: int
    output: int
    kernel: int
    stride: int
    dilation: int
    window: Window
    candidates: tuple[int, int]
    padding: Padding | None
    rule: str
    numbers: str
    transposed: bool

    @property
    def canvas(self) -> int:
        """Length of the canvas."""
        return canvas(self.narrow, self.kernel, self.stride, self.dilation)

    @property
    def narrow(self) -> int:
        """Size of the side that is strided over: the input of a transposed convolution, the output of a forward one."""
        return self.input if self.transposed else self.output

    @property
    def reach(self) -> int:
        """The effective kernel."""
        return effective_kernel(self.kernel, self.dilation)

    @property
    def geometry(self) -> Own:
        """The narrow side's own size, kernel, stride and dilation."""
        return self.narrow, self.kernel, self.stride, self.dilation


@dataclass(frozen=True)
class Layer:
    """A call on an input of a known shape.

    Layouts are strings of axis letters: ``x_layout`` "NCHW" (without N when unbatched), ``w_layout`` such as "IOHW"
    where I is the axis of the input's channels. ``flipped`` says that the call's kernel is the definition's with its
    spatial axes reversed. ``word`` is the padding in words: "same", "valid", "causal", or "" for numbers.
    """

    call: Call
    transposed: bool
    dimensions: tuple[Dimension, ...]
    batch: int | None
    channels_in: int
    channels_out: int
    groups: int
    bias: bool
    x_layout: str
    w_layout: str
    flipped: bool
    word: str
    output_padding: Ints | None = None
    notes: tuple[str, ...] = ()

    @property
    def framework(self) -> str:
        """Whose call it is."""
        return self.call.signature.framework

    @property
    def rank(self) -> int:
        """Number of spatial dimensions."""
        return len(self.dimensions)

    @property
    def axes(self) -> str:
        """Letters of the spatial axes, in the order of ``dimensions``."""
        return "".join(letter for letter in self.w_layout if letter not in "IO")

    def shape(self, sizes: Ints, channels: int) -> Ints:
        """Sizes, channels and batch arranged in the call's layout."""
        named = {**dict(zip(self.axes, sizes, strict=True)), "C": channels, "N": self.batch or 0}
        return tuple(named[letter] for letter in self.x_layout)

    @property
    def input_shape(self) -> Ints:
        """In the call's own data format."""
        return self.shape(tuple(d.input for d in self.dimensions), self.channels_in)

    @property
    def output_shape(self) -> Ints:
        """In the call's own data format."""
        return self.shape(tuple(d.output for d in self.dimensions), self.channels_out)

    @property
    def kernel_shape(self) -> Ints:
        """In the call's own layout."""
        named = dict(zip(self.axes, (d.kernel for d in self.dimensions), strict=True))
        inner, outer = self.channels_in, self.channels_out
        named["I"] = inner if self.transposed else inner // self.groups
        named["O"] = outer // self.groups if self.transposed else outer
        return tuple(named[letter] for letter in self.w_layout)
