"""Spellings that ``explain`` reads, and what it says about calls it cannot read."""

from __future__ import annotations

import pytest

from reports.explain.errors import CallError
from reports.explain.explanation import explain
from reports.explain.parse import find, parse
from reports.explain.signatures import SIGNATURES


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("ConvTranspose2d", "torch.nn.ConvTranspose2d"),
        ("nn.Conv1d", "torch.nn.Conv1d"),
        ("F.conv_transpose3d", "torch.nn.functional.conv_transpose3d"),
        ("layers.Conv2DTranspose", "keras.layers.Conv2DTranspose"),
        ("Conv1D", "keras.layers.Conv1D"),
        ("tf.keras.layers.Conv3D", "keras.layers.Conv3D"),
        ("tf_keras.layers.Conv3D", "tf_keras.layers.Conv3D"),
        ("nn.conv2d", "tf.nn.conv2d"),
        ("tensorflow.nn.conv1d_transpose", "tf.nn.conv1d_transpose"),
        ("lax.conv_general_dilated", "jax.lax.conv_general_dilated"),
        ("ops.conv_transpose", "keras.ops.conv_transpose"),
    ],
)
def test_names_may_be_shortened(name: str, full: str) -> None:
    assert find(name).name == full


SPELLINGS = [
    ("torch.nn.Conv1d(2, 4, 3, 2)", "1,2,9", (1, 4, 4)),
    ("torch.nn.Conv2d(2, 4, 3, padding='same')", "2,7,8", (4, 7, 8)),
    ("nn.ConvTranspose2d(2, 4, 3, 2)(x, output_size=(9, 10))", "1,2,4,4", (1, 4, 9, 10)),
    ("nn.ConvTranspose2d(2, 4, 3, 2)(x, output_size=[1, 4, 9, 10])", "1,2,4,4", (1, 4, 9, 10)),
    ("nn.ConvTranspose3d(2, 4, 3, 1, 1, 0, 2)", "1,2,3,4,5", (1, 4, 3, 4, 5)),
    ("F.conv3d(x, (4, 1, 1, 2, 3), groups=2)", "1,2,3,4,5", (1, 4, 3, 3, 3)),
    ("F.conv_transpose2d(input, weight=(16, 1, 3, 3), stride=2)", "1,16,12,12", (1, 1, 25, 25)),
    ("F.conv_transpose1d(x, torch.randn(2, 3, 4), torch.zeros(3), stride=3)", "1,2,5", (1, 3, 16)),
    ("keras.layers.Conv1D(4, 3, padding='causal', dilation_rate=2, activation='relu')", "1,9,2", (1, 9, 4)),
    (
        "keras.layers.Conv2D(4, (3, 2), strides=2, padding='SAME', data_format='channels_first')",
        "1,2,9,8",
        (1, 4, 5, 4),
    ),
    ("keras.layers.Conv3DTranspose(4, 2, strides=3)", "1,2,2,2,5", (1, 6, 6, 6, 4)),
    ("keras.layers.Conv2DTranspose(4, 3, 2, 'same', (1, 0))", "1,4,4,2", (1, 8, 7, 4)),
    ("tf_keras.layers.Conv1DTranspose(4, 3, strides=2, kernel_initializer=tf.ones_initializer())", "1,4,2", (1, 9, 4)),
    ("keras.ops.conv(x, np.ones((3, 3, 2, 4)), strides=2)", "1,9,9,2", (1, 4, 4, 4)),
    ("keras.ops.conv_transpose(x, (3, 4, 2), 2, padding='same', output_padding=0)", "1,5,2", (1, 9, 4)),
    ("tf.nn.conv1d(x, (3, 2, 4), 2, 'SAME')", "1,9,2", (1, 5, 4)),
    ("tf.nn.conv2d(x, (3, 3, 2, 4), [1, 2, 1, 1], [[0, 0], [1, 0], [0, 2], [0, 0]])", "1,8,8,2", (1, 4, 8, 4)),
    ("tf.nn.conv3d(x, (1, 2, 3, 2, 4), [1, 1, 1, 2, 1], 'VALID')", "1,3,4,5,2", (1, 3, 3, 2, 4)),
    ("tf.nn.convolution(x, (3, 2, 4), padding='SAME')", "1,9,2", (1, 9, 4)),
    ("tf.nn.conv2d_transpose(x, (3, 3, 4, 2), (1, 8, 7, 4), 2)", "1,4,4,2", (1, 8, 7, 4)),
    ("tf.nn.conv_transpose(x, (3, 4, 2), [1, 8, 4], 2)", "1,4,2", (1, 8, 4)),
    ("jax.lax.conv(x, (4, 2, 3), (2,), 'SAME')", "1,2,9", (1, 4, 5)),
    ("jax.lax.conv_with_general_padding(x, (4, 2, 3), (2,), [(1, 2)], (1,), (2,))", "1,2,9", (1, 4, 4)),
    ("jax.lax.conv_with_general_padding(x, (4, 2, 3), (1,), [(1, 2)], (3,), None)", "1,2,9", (1, 4, 26)),
    (
        "jax.lax.conv_general_dilated(x, (3, 2, 4), (2,), [(-1, 2)], dimension_numbers=('NWC', 'WIO', 'NWC'))",
        "1,9,2",
        (1, 4, 4),
    ),
    ("jax.lax.conv_transpose(x, (3, 2, 4), (2,), 'VALID')", "1,4,2", (1, 9, 4)),
    ("jax.lax.conv_transpose(x, (3, 4, 2), (2,), [(1, 2)], transpose_kernel=True)", "1,4,2", (1, 8, 4)),
    ("jax.lax.conv_transpose(x, (3, 2, 4), (2,), [(1, 0)], use_consistent_padding=True)", "1,4,2", (1, 8, 4)),
]


@pytest.mark.parametrize(("call", "shape", "out"), SPELLINGS)
def test_output_shapes_of_all_spellings(call: str, shape: str, out: tuple[int, ...]) -> None:
    assert explain(call, shape).layer.output_shape == out


def test_every_function_and_kind_of_layer_is_spelled_above() -> None:
    functions = {name for name, signature in SIGNATURES.items() if not signature.layer and signature.rank is None}
    spelled = {parse(call).signature.name for call, _, _ in SPELLINGS}
    assert functions <= spelled


@pytest.mark.parametrize(
    ("call", "shape", "words"),
    [
        ("torch.nn.ConvTransposed2d(1, 1, 3)", "1,1,4,4", ["ConvTransposed2d", "ConvTranspose2d"]),
        ("nn.Conv2d(1, 1, 3, strides=2)", "1,1,4,4", ["'strides'", "did you mean 'stride'"]),
        ("conv_transpose(x, (3, 1, 1))", "1,4,1", ["several", "jax.lax.conv_transpose", "tf.nn.conv_transpose"]),
        ("nn.Conv2d(1, 1)", "1,1,4,4", ["'kernel_size'", "missing"]),
        ("nn.Conv2d(1, 1, 3, stride=s)", "1,1,4,4", ["stride=s", "literal"]),
        ("nn.Conv2d(1, 1, 3, stride=__import__('os').getpid())", "1,1,4,4", ["stride=", "literal"]),
        ("nn.Conv2d(1, 1, 3, stride=0)", "1,1,4,4", ["stride=0", "at least 1"]),
        ("nn.Conv2d(1, 1, 3, stride=2.0)", "1,1,4,4", ["stride=2.0", "integer"]),
        ("nn.Conv2d(1, 1, 3, stride=True)", "1,1,4,4", ["stride=True", "integer"]),
        ("nn.Conv2d(1, 1, 3, stride=(1, 2, 3))", "1,1,4,4", ["stride=(1, 2, 3)", "1 or 2"]),
        ("nn.Conv2d(1, 1, 3, 1, stride=1)", "1,1,4,4", ["stride=1", "twice"]),
        ("nn.Conv2d(1, 1, 3, *a)", "1,1,4,4", ["*a", "written out"]),
        ("nn.Conv2d(1, 1, 3, **a)", "1,1,4,4", ["**a", "written out"]),
        ("nn.Conv2d(1, 1, 3", "1,1,4,4", ["CALL=", "Python"]),
        ("3 + 4", "1,1,4,4", ["CALL=3 + 4", "call"]),
        ("nn.Conv2d(2, 1, 3)", "1,1,4,4", ["--input", "1 channels", "in_channels says 2"]),
        ("nn.Conv2d(2, 1, 3)", "2,4", ["--input=(2, 4)", "C, H, W"]),
        ("nn.Conv2d(2, 1, 3)", "a,b", ["--input=a,b", "1,16,12,12"]),
        ("nn.Conv2d(2, 1, 3)", "1,2,-3,4", ["--input", "negative"]),
        ("nn.Conv2d(2, 1, 3)", "1,2,2,2", ["output size=0", "positive"]),
        ("nn.Conv2d(4, 3, 3, groups=2)", "1,4,9,9", ["groups=2", "divide output channels = 3"]),
        ("nn.Conv2d(2, 1, 3, padding='same', stride=2)", "1,2,9,9", ["padding=same", "stride 1"]),
        ("nn.Conv2d(2, 1, 3, padding_mode='reflect')", "1,2,9,9", ["padding_mode=reflect", "zeros"]),
        ("nn.ConvTranspose2d(2, 1, 3, output_padding=1)", "1,2,9,9", ["output_padding=1", "stride 1 or dilation 1"]),
        ("nn.ConvTranspose1d(2, 1, 3, 2)(x, output_size=22)", "1,2,9", ["output_size=22", "19 to 20"]),
        ("F.conv2d(x, w)", "1,2,9,9", ["weight=w", "shape"]),
        ("F.conv2d(x, (1, 2, 3))", "1,2,9,9", ["weight=(1, 2, 3)", "4 sizes"]),
        ("F.conv2d((1, 2, 8, 8), (1, 2, 3, 3))", "1,2,9,9", ["--input", "(1, 2, 8, 8)"]),
        (
            "keras.layers.Conv2DTranspose(1, 3, strides=2, output_padding=2)",
            "1,4,4,1",
            ["output_padding=2", "strides=2"],
        ),
        ("keras.layers.Conv2D(1, 3, strides=2, dilation_rate=2)", "1,9,9,1", ["strides=2", "dilation_rate=(2, 2)"]),
        ("keras.layers.Conv2D(1, 3, padding='causal')", "1,9,9,1", ["padding=causal", "'same'"]),
        ("tf.nn.conv2d_transpose(x, (3, 3, 1, 1), (1, 9, 8, 1), 2)", "1,4,4,1", ["output_shape=9", "7 to 8"]),
        ("tf.nn.conv2d_transpose(x, (3, 3, 1, 1), (1, 8, 8, 2), 2)", "1,4,4,1", ["output_shape=", "1 for C"]),
        ("tf.nn.conv2d(x, (3, 3, 1, 1), [2, 2, 2, 1], 'SAME')", "1,4,4,1", ["strides=[2, 2, 2, 1]", "batch"]),
        ("tf.nn.conv3d(x, (3, 3, 3, 1, 1), 1, 'SAME')", "1,4,4,4,1", ["strides=1", "five"]),
        ("jax.lax.conv_transpose(x, (3, 1, 1), (2,), 1)", "1,4,1", ["padding=1", "pairs"]),
        (
            "jax.lax.conv_general_dilated(x, (1, 1, 3), (2,), 'VALID', (2,))",
            "1,1,9",
            ["window_strides", "lhs_dilation"],
        ),
        (
            "jax.lax.conv_general_dilated(x, (1, 1, 3), (2,), 'VALID', dimension_numbers=('NCW', 'OIW', 'NWC'))",
            "1,1,9",
            ["dimension_numbers", "the same for input and output"],
        ),
    ],
)
def test_errors_name_argument_value_and_rule(call: str, shape: str, words: list[str]) -> None:
    with pytest.raises(CallError) as caught:
        explain(call, shape)
    for word in words:
        assert word in str(caught.value), str(caught.value)


@pytest.mark.parametrize("text", ["(" * 5000, "nn.Conv2d(" + "(" * 300 + ")" * 300 + ")", "\0", "x" * 20_000, ""])
def test_hostile_text_is_an_error(text: str) -> None:
    with pytest.raises(CallError):
        explain(text, "1,1,4,4")


@pytest.mark.parametrize(
    ("cell", "channel", "words"),
    [
        ("9,0", None, ["--cell=(9, 0)", "outside"]),
        ("0", None, ["--cell=(0,)", "2 spatial"]),
        ("a", None, ["--cell=a", "0,1"]),
        ("0,0", 3, ["--channel=3", "0 to 0"]),
        (None, 0, ["--channel=0", "--cell"]),
    ],
)
def test_cells_that_are_not_there(cell: str | None, channel: int | None, words: list[str]) -> None:
    with pytest.raises(CallError) as caught:
        explain("nn.ConvTranspose2d(1, 1, 3)", "1,1,4,4", cell, channel)
    for word in words:
        assert word in str(caught.value), str(caught.value)
