"""``explain``: the questions that people ask, with numbers from the definition worked out here."""

from __future__ import annotations

import ast
import itertools

import numpy as np
import pytest

from reports.explain.decode import decode
from reports.explain.explanation import Explanation, explain
from reports.explain.verify import definition


def image(
    sizes: tuple[int, int], kernel: list[list[float]], x: list[list[float]], stride: int, padding: int
) -> np.ndarray:
    """A transposed convolution cell by cell: every input times the kernel, added up, then cut by the padding."""
    w = np.array(kernel, float)
    canvas = np.zeros([(size - 1) * stride + k for size, k in zip(sizes, w.shape, strict=True)])
    for i, j in itertools.product(*map(range, sizes)):
        canvas[i * stride : i * stride + w.shape[0], j * stride : j * stride + w.shape[1]] += x[i][j] * w
    return canvas[padding : canvas.shape[0] - padding, padding : canvas.shape[1] - padding]


def values(found: Explanation, x: object, w: object) -> np.ndarray:
    """What the explanation's windows say the result is, for one image and one channel."""
    arrays = {"x": np.array(x, float)[None, None], "w": np.array(w, float)[None, None], "b": np.zeros(1)}
    return definition(found.layer, arrays)[0, 0]


def test_four_by_four_ones_with_the_kernel_1_to_16() -> None:
    found = explain("torch.nn.ConvTranspose2d(1, 1, 4, stride=2, padding=1, bias=False)", "1,1,4,4")
    kernel = np.arange(1, 17).reshape(4, 4)
    y = values(found, np.ones((4, 4)), kernel)
    assert found.layer.output_shape == (1, 1, 8, 8)
    assert y[0].tolist() == [6, 12, 14, 12, 14, 12, 14, 7]
    # Canvas row 8 meets kernel row 2, which is 9 10 11 12: 10, then 11 + 9 and 12 + 10 in turn, then 11.
    assert y[-1].tolist() == [10, 20, 22, 20, 22, 20, 22, 11]
    for d in found.layer.dimensions:
        assert (d.canvas, d.window.lo, d.window.out) == (10, 1, 8)


@pytest.mark.parametrize(
    ("cell", "taps"),
    [("0,0", [(1, 1)]), ("0,1", [(1, 0), (1, 2)]), ("7,7", [(2, 2)]), ("1,1", [(0, 0), (0, 2), (2, 0), (2, 2)])],
)
def test_cells_name_the_kernel_taps_that_meet_there(cell: str, taps: list[tuple[int, int]]) -> None:
    found = explain("torch.nn.ConvTranspose2d(1, 1, 4, stride=2, padding=1, bias=False)", "1,1,4,4", cell)
    assert found.cell is not None
    assert sorted(tap for _, tap in found.cell.products) == taps


def test_cells_add_up_to_the_result_everywhere() -> None:
    calls = [
        ("nn.ConvTranspose2d(1,1,(3,2),stride=(2,3),padding=(1,0),output_padding=(1,2),dilation=(2,1))", "1,1,3,4"),
        ("jax.lax.conv_transpose(x, (3, 2, 1, 1), (2, 3), 'SAME')", "1,3,4,1"),
        ("keras.layers.Conv2D(1, (3, 2), strides=2, padding='same')", "1,5,6,1"),
        ("nn.Conv2d(1,1,(3,2),stride=(2,1),padding=1,dilation=(1,3))", "1,1,6,7"),
    ]
    for call, shape in calls:
        layer = explain(call, shape).layer
        sizes, kernel = [d.input for d in layer.dimensions], [d.kernel for d in layer.dimensions]
        x, w = np.random.default_rng(0).integers(1, 9, sizes), np.arange(1, 1 + np.prod(kernel)).reshape(kernel)
        y = values(explain(call, shape), x, np.flip(w) if layer.flipped else w)
        for index in np.ndindex(*y.shape):
            products = explain(call, shape, ",".join(map(str, index))).cell.products
            assert y[index] == sum(x[source] * w[tap] for source, tap in products), (call, index)


@pytest.mark.parametrize(("stride", "padding", "size"), [(1, 0, 3), (1, 1, 1), (2, 0, 4), (2, 1, 2)])
def test_two_by_two_image(stride: int, padding: int, size: int) -> None:
    x, kernel = [[2.0, 4.0], [0.0, 1.0]], [[3.0, 1.0], [1.0, 5.0]]
    found = explain(f"nn.ConvTranspose2d(1, 1, 2, stride={stride}, padding={padding}, bias=False)", "1,1,2,2")
    wanted = image((2, 2), kernel, x, stride, padding)
    assert found.layer.output_shape == (1, 1, size, size)
    assert wanted.shape == (size, size)
    assert (values(found, x, kernel) == wanted).all()


def test_twelve_same_stride_two_infers_24_of_23_and_24() -> None:
    found = explain('keras.layers.Conv2DTranspose(1, 3, strides=2, padding="same")', "1,12,12,16")
    assert found.layer.output_shape == (1, 24, 24, 1)
    assert [d.candidates for d in found.layer.dimensions] == [(23, 24)] * 2


def test_stride_seven_has_49_candidates_and_output_padding_picks_one() -> None:
    found = explain('keras.layers.Conv2DTranspose(1, 3, strides=7, padding="same")', "1,4,4,1")
    assert [d.candidates for d in found.layer.dimensions] == [(22, 28)] * 2
    torch = explain("nn.ConvTranspose2d(1, 1, 3, stride=7, padding=1, output_padding=(2, 3))", "1,1,4,4")
    assert torch.layer.output_shape == (1, 1, 24, 25)
    assert [d.candidates for d in torch.layer.dimensions] == [(22, 28)] * 2
    beside = {each.framework: each.windows for each in torch.conventions}
    assert [(w.lo, w.out) for w in beside["torch"] or ()] == [(1, 24), (1, 25)]
    assert [(w.lo, w.out) for w in beside["keras"] or ()] == [(0, 24), (0, 25)]


def test_twenty_stride_ten_infers_200_of_191_to_200() -> None:
    found = explain('keras.layers.Conv2DTranspose(1, 3, strides=10, padding="same")', "1,20,20,1")
    assert found.layer.output_shape == (1, 200, 200, 1)
    assert [d.candidates for d in found.layer.dimensions] == [(191, 200)] * 2


def test_decoder_of_the_autoencoder_question() -> None:
    found = decode("Conv2d(1,8,3,stride=2,padding=1); Conv2d(8,16,3,stride=2)", "1,1,28,28")
    assert "; ".join(found.decoder) == (
        "ConvTranspose2d(16,8,3,stride=2,output_padding=1); ConvTranspose2d(8,1,3,stride=2,padding=1,output_padding=1)"
    )
    assert found.path == "28 -> 14 -> 6 -> 14 -> 28"


@pytest.mark.parametrize("size", range(20, 33))
@pytest.mark.parametrize("package", ["torch.nn", "keras.layers"])
def test_decoders_return_to_every_size(package: str, size: int) -> None:
    torch = package == "torch.nn"
    first = "Conv1d(2,8,5,stride=3,padding=2)" if torch else "Conv1D(8,5,strides=3,padding='same')"
    second = "Conv1d(8,4,4,stride=2)" if torch else "Conv1D(4,4,strides=2)"
    shape = (1, 2, size) if torch else (1, size, 2)
    found = decode(f"{package}.{first}; {package}.{second}", shape)
    at = found.encoder[-1].output_shape
    for source in found.decoder:
        at = explain(source, at).layer.output_shape if "Transpose" in source else after(source, at)
    assert at == shape


def after(source: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape after Keras' Cropping1D or ZeroPadding1D."""
    before, behind = ast.literal_eval(source[source.index("(") + 1 : -1])
    more = before + behind
    return (shape[0], shape[1] + (more if "ZeroPadding" in source else -more), shape[2])


def test_decoder_in_keras_keeps_the_spelling() -> None:
    found = decode("layers.Conv2D(8,3,strides=2,padding='same'); layers.Conv2D(16,3,strides=2)", "1,28,28,1")
    assert found.decoder == (
        "layers.Conv2DTranspose(8,3,strides=2,output_padding=1)",
        'layers.Conv2DTranspose(1,3,strides=2,padding="same")',
    )


def test_channels_of_a_group() -> None:
    found = explain("F.conv2d(x, (8, 2, 3, 3), padding=1, groups=2)", "1,4,6,6", "0,0", 5)
    assert found.cell is not None
    assert found.cell.input_channels == (2, 3)
    assert len(found.cell.products) == 4


def test_a_cell_beyond_the_canvas_has_no_products() -> None:
    found = explain("keras.layers.Conv1DTranspose(1, 3, strides=7)", "1,4,1", "25")
    assert found.cell is not None
    assert found.cell.products == ()


def test_huge_numbers_are_answered_exactly() -> None:
    found = explain(f"nn.ConvTranspose1d(1, 1, 3, stride={2**62})", "1,1,5", str(2**62))
    assert found.layer.output_shape == (1, 1, 4 * 2**62 + 3)
    assert found.cell is not None
    assert found.cell.products == (((1,), (0,)),)
