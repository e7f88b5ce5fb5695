"""What goes wrong when such a call is carried over to another framework."""

from __future__ import annotations

from reports.explain.layer import Layer


def pitfalls(layer: Layer) -> tuple[str, ...]:
    """Sentences about this call, the ones that cost most first."""
    found = [*layer.notes, _kernel(layer)]
    found.append(
        "Channels come first in PyTorch (NCHW) and last in TensorFlow, Keras and, by default, jax.lax.conv_transpose "
        "(NHWC): x and the result need a transpose, not a reshape."
    )
    if layer.transposed:
        found += _transposed(layer)
    else:
        found += _forward(layer)
    if layer.groups > 1 and layer.transposed:
        found.append("Transposed convolutions of Keras, tf.nn and jax.lax.conv_transpose have no groups.")
    return tuple(found)


def _kernel(layer: Layer) -> str:
    shape = " x ".join(map(str, layer.kernel_shape))
    order = ", ".join({"I": "input channels", "O": "output channels"}.get(letter, letter) for letter in layer.w_layout)
    if layer.groups > 1:
        order += f"; {layer.groups} groups"
    shape_of = (
        "(in, out / groups, H, W), in Keras and tf.nn (H, W, out, in), out before in"
        if layer.transposed
        else "(out, in / groups, H, W), in Keras and tf.nn (H, W, in / groups, out)"
    )
    return f"The kernel of this call is {shape} ({order}). In PyTorch it is {shape_of}."


def _transposed(layer: Layer) -> list[str]:
    found = []
    if layer.flipped:
        found.append(
            "jax.lax.conv_transpose without transpose_kernel=True uses the kernel mirrored along every spatial axis "
            "compared with PyTorch, Keras and tf.nn: mirror it, or pass transpose_kernel=True, in and out exchanged."
        )
    else:
        found.append(
            "jax.lax.conv_transpose mirrors the kernel unless transpose_kernel=True is passed; the result has the "
            "right shape either way, and wrong numbers."
        )
    if any(low < high for low, high in (d.candidates for d in layer.dimensions)):
        found.append(
            "With a stride above 1, several input sizes of the convolution give the same output size; the transposed "
            "one has to choose. Give output_padding, output_size or output_shape when the size matters."
        )
    if any(d.padding is None and (d.canvas - d.output) % 2 for d in layer.dimensions):
        found.append(
            'An odd number of cells is cut: "same" cuts the odd one behind, PyTorch\'s padding cuts both ends alike; '
            "equal sizes can then hold different cells."
        )
    if any(d.kernel % d.stride and d.stride > 1 for d in layer.dimensions):
        found.append(
            "The stride does not divide the kernel: cells get unlike numbers of products (checkerboard pattern)."
        )
    if any(d.window.stop > d.canvas for d in layer.dimensions):
        found.append("The window ends beyond the canvas: the last cells get no product and hold the bias alone.")
    return found


def _forward(layer: Layer) -> list[str]:
    found = []
    if layer.word == "same" and any(d.stride > 1 for d in layer.dimensions):
        found.append(
            '"same" with a stride above 1 pads according to the input size, the odd cell behind; a fixed padding in '
            "PyTorch samples other cells for some sizes."
        )
    if any(low < high for low, high in (d.candidates for d in layer.dimensions)):
        found.append(
            "Several input sizes give this output size, so the transposed convolution cannot know which one it was."
        )
    return found
