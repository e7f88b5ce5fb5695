"""The window picture: products from the definition, drawings to scale, findings and explanations as its facts."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from samples import sample_case, sample_finding
from test_report_formats import _contrast, _rgb, _themes

from harness.case import Case, InputSpec
from harness.windows import Window
from reports.explain.explanation import explain
from reports.explain.page import picture as explained
from reports.html.windows import picture
from reports.picture import Axis, Description, Numbers, Picture, View, asset, describe, markup, meetings

SQUARE = Axis.of("H", 4, 4, 2, 1)
"""One dimension of ConvTranspose2d(1, 1, 4, stride=2, padding=1) on 4 x 4 cells: 10 cells, the window starts at 1."""


def _square() -> Picture:
    """Ones of 4 x 4 and the kernel 1..16."""
    numbers = Numbers(((1.0,) * 16,), (tuple(map(float, range(1, 17))),))
    return Picture((SQUARE, SQUARE), (View("torch", (Window(1, 8),) * 2),), at=(1, 1), numbers=numbers)


def _case(**changes: object) -> Case:
    inputs = {
        "x": InputSpec((2, 4, 3, 2), "float32", "exact", 3, limit=4),
        "w": InputSpec((4, 3, 2, 3), "float32", "exact", 5, limit=4),
        "b": InputSpec((6,), "float32", "exact", 6, limit=4),
    }
    parameters = {"stride": (2, 1), "dilation": (1, 2), "window": ((0, 6), (1, 5)), "groups": 2, "batched": True}
    return Case("conv_transpose:aligned", inputs, {**parameters, **changes})


def _elements(text: str, kind: str) -> list[dict[str, str]]:
    return [
        element.attrib
        for element in ElementTree.fromstring(text).iter()
        if element.get("class", "").split()[:1] == [kind]
    ]


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "dilation"), [(4, 4, 2, 1), (3, 2, 5, 1), (2, 3, 1, 4), (1, 1, 1, 1)]
)
def test_products_meet_where_the_definition_puts_them(size: int, kernel: int, stride: int, dilation: int) -> None:
    axis = Axis.of("W", size, kernel, stride, dilation)
    for place in range(-3, axis.length + 3):
        by_hand = [(i, t) for i in range(size) for t in range(kernel) if i * stride + t * dilation == place]
        assert meetings(axis, place) == sorted(by_hand)


def test_a_cell_of_one_product_and_a_cell_of_two() -> None:
    assert describe(_square(), (1, 1)) == Description(
        "canvas cell (1, 1) is the sum of 1 product = 6",
        ("input[0, 0] × kernel[1, 1] = 1 × 6 = 6",),
        ("torch: output (0, 0)",),
    )
    assert describe(_square(), (1, 2)) == Description(
        "canvas cell (1, 2) is the sum of 2 products = 12",
        ("input[0, 0] × kernel[1, 2] = 1 × 7 = 7", "input[0, 1] × kernel[1, 0] = 1 × 5 = 5"),
        ("torch: output (0, 1)",),
    )
    assert describe(_square(), (0, 2)).shown == ("torch: not shown",)


def test_every_cell_is_the_sum_that_scattering_gives() -> None:
    drawn = picture(_case(), {"index": [1, 4, 0, 0]})
    assert drawn is not None
    assert drawn.numbers is not None
    assert drawn.numbers.where == "sample 1, channel 4"
    x, w = (np.array(rows) for rows in (drawn.numbers.x, drawn.numbers.w))
    x, w = x.reshape(2, 3, 2), w.reshape(2, 2, 3)
    canvas = np.zeros([axis.length for axis in drawn.axes])
    for c, i, j, s, t in itertools.product(range(2), range(3), range(2), range(2), range(3)):
        canvas[2 * i + s, j + 2 * t] += x[c, i, j] * w[c, s, t]
    for at in np.ndindex(canvas.shape):
        told = float(re.search(r"= (-?[\d.]+) \(", describe(drawn, at).head + " = 0 (")[1])
        assert told == canvas[at], at


def test_the_numbers_are_those_of_the_group_and_the_sample() -> None:
    from harness.values import arrays_of

    drawn = picture(_case(), {"index": [1, 4, 2, 3]})
    assert drawn is not None
    assert drawn.numbers is not None
    arrays = arrays_of(_case())
    np.testing.assert_array_equal(np.array(drawn.numbers.x).reshape(2, 3, 2), arrays["x"][1, 2:])
    np.testing.assert_array_equal(np.array(drawn.numbers.w).reshape(2, 2, 3), arrays["w"][2:, 1])
    assert drawn.numbers.bias == arrays["b"][4]
    assert drawn.at == (2, 4)


def test_special_numbers_channels_and_many_products_in_words() -> None:
    axis = Axis.of("W", 1, 1, 1, 1)
    numbers = Numbers(((float("inf"),), (2.0,)), ((0.0,), (1.5,)), "sample 0, channel 1", -0.0)
    drawn = Picture((axis,), (View("own", (Window(0, 1),)),), at=(0,), bias=True, numbers=numbers)
    assert describe(drawn, (0,)) == Description(
        "canvas cell (0) is the sum of 1 product = nan (sample 0, channel 1), plus the bias 0",
        ("input[0] × kernel[0] = nan, summed over 2 channels",),
        ("own: output (0)",),
    )
    assert describe(drawn, (1,)).head.startswith("canvas cell (1) is outside the canvas: no product falls there")
    many = Axis.of("W", 100, 100, 1, 1)
    assert describe(Picture((many,), ()), (99,)).products[-1] == "and 60 more"


def test_a_flipped_kernel_counts_from_the_other_end() -> None:
    axis = Axis.of("W", 2, 3, 2, 1)
    assert describe(Picture((axis,), (), flipped=True), (0,)).products == ("input[0] × kernel[2]",)


def test_a_forward_call_says_what_reads_a_cell() -> None:
    drawn = explained(explain("nn.Conv1d(1, 1, 3, stride=2, padding=1)", "1,1,5"))
    assert describe(drawn, (2,)) == Description(
        "padded input cell (2) is read 2 times",
        ("kernel[2] × it goes into output[0]", "kernel[0] × it goes into output[1]"),
        ("the input: input (1)",),
    )
    assert describe(drawn, (0,)).shown == ("the input: a zero of the padding",)
    chosen = explained(explain("nn.Conv1d(1, 1, 3, stride=2, padding=1)", "1,1,5", "1"))
    assert chosen.marked == ((2, 3, 4),)
    assert chosen.first is not None
    assert chosen.first.products[0] == "input[1] × kernel[0]"


def test_explanation_and_finding_of_the_same_call_have_the_same_picture() -> None:
    call = explained(explain("torch.nn.ConvTranspose2d(1, 1, 3, stride=2, bias=False)", "1,1,2,2", "1,2", 0))
    finding = picture(sample_case(), {"index": [0, 0, 1, 2]})
    assert finding is not None
    assert call.at == finding.at == (1, 2)
    assert [replace(axis, name="") for axis in call.axes] == [replace(axis, name="") for axis in finding.axes]
    assert call.views[0].windows == finding.views[0].windows
    own = describe(finding, (1, 2)).products
    assert call.first is not None
    assert [line.partition(" = ")[0] for line in own] == list(call.first.products)
    assert call.first.shown[-1] == "channel 0: each product is summed over input channels 0 to 0"


def test_windows_are_drawn_to_scale() -> None:
    drawn = picture(sample_case(), {"canvas": [10], "windows": {"torch": [[1, 8]], "wide": [[-2, 14]]}})
    assert drawn is not None
    text = markup(drawn)
    (canvas,), (torch, wide) = _elements(text, "canvas"), _elements(text, "bar")
    cell = float(canvas["width"]) / 10
    assert float(torch["x"]) - float(canvas["x"]) == cell
    assert float(torch["width"]) == 8 * cell
    assert float(canvas["x"]) - float(wide["x"]) == 2 * cell
    assert float(wide["width"]) == 14 * cell


def test_the_grid_shades_cells_by_their_products() -> None:
    text = markup(_square())
    grid = text[text.index('<svg class="grid"') :]
    weakest, strongest = (re.search(rf'class="{name}" d="([^"]+)"', grid)[1] for name in ("q1", "q4"))
    assert weakest.startswith("M22 22h48v24")  # the corner cells (0, 0) and (0, 1): one product each
    assert strongest.count("M") == 6  # rows 2 to 7, columns 2 to 7: four products each
    assert strongest.startswith("M70 70h144v24")
    frame = re.search(r'class="frame w0" x="(\d+)" y="(\d+)" width="(\d+)"', grid)
    assert [int(value) for value in frame.groups()] == [45, 45, 194]


def test_a_case_names_its_own_window() -> None:
    inputs = {"x": InputSpec((1, 1, 4, 3), "float32"), "w": InputSpec((1, 1, 4, 2), "float32")}
    case = Case("conv_transpose:aligned", inputs, {"stride": (2, 1), "dilation": (1, 3), "window": ((1, 8), (0, 6))})
    drawn = picture(case, {})
    assert drawn is not None
    assert [axis.length for axis in drawn.axes] == [10, 6]
    assert drawn.views == (View("asked for", (Window(1, 8), Window(0, 6))),)
    assert picture(case.with_parameters(stride=(2,)), {}) is None
    assert picture(case.with_parameters(stride=None), {}) is None
    assert picture(Case("conv:aligned", inputs, case.parameters), {}) is None


def test_the_windows_of_an_ambiguity_name_who_follows() -> None:
    finding = sample_finding(1, "ambiguity")
    drawn = picture(finding.case, finding.detail)
    assert drawn is not None
    assert [view.label for view in drawn.views] == ["explicit: torch", "same: keras-jax, tensorflow"]
    assert [view.windows[0] for view in drawn.views] == [Window(1, 3), Window(0, 4)]
    assert describe(drawn, (0, 3)).shown == ("explicit: torch: not shown", "same: keras-jax, tensorflow: output (0, 3)")


def test_windows_on_another_canvas_have_no_products() -> None:
    drawn = picture(sample_case(), {"canvas": [6, 6], "windows": {"a": [[0, 6], [0, 6]]}})
    assert drawn is not None
    text = markup(drawn)
    assert "data-picture" not in text
    assert "product" not in re.sub("<[^>]*>", "", text)
    assert "a canvas of 6 cells" in text


@pytest.mark.parametrize(
    "detail",
    [
        {"canvas": 3, "windows": {}},
        {"canvas": ["x"], "windows": {"a": [[0, 1]]}},
        {"canvas": [5], "windows": {"a": "b"}},
        {"canvas": [0], "windows": {"a": [[0, 1]]}},
        {"canvas": [5] * 4, "windows": {"a": [[0, 1]] * 4}},
        {"notes": {"a": {"window": 3, "canvas": 1}}, "conventions": {"t": ["a"]}},
        {"notes": {"a": 1}, "conventions": 2},
        {"canvas": [5], "windows": {"a": [[0, 10**400]]}},
    ],
)
def test_windows_of_another_form_are_not_drawn(detail: dict[str, object]) -> None:
    assert picture(Case("conv:nominal", sample_case().inputs, {}), detail) is None


@pytest.mark.parametrize(
    "change",
    [
        {"groups": "2"},
        {"groups": 3},
        {"groups": 10**9},
        {"batched": False},
    ],
)
def test_parameters_that_contradict_the_arrays_leave_the_numbers_out(change: dict[str, object]) -> None:
    drawn = picture(_case(**change), {"index": [0, 5, 0, 0]})
    assert drawn is not None
    assert drawn.numbers is None


def test_an_unknown_recipe_leaves_the_numbers_out() -> None:
    inputs = {**sample_case().inputs, "w": InputSpec((1, 1, 3, 3), "float32", "of another version")}
    drawn = picture(replace(sample_case(), inputs=inputs), {})
    assert drawn is not None
    assert drawn.numbers is None
    assert describe(drawn, (0, 0)).products == ("input[0, 0] × kernel[0, 0]",)


def test_every_text_is_escaped() -> None:
    hostile = "\"'><script>alert(1)</script>&amp;"
    drawn = replace(_square(), views=(View(hostile, (Window(1, 8), Window(1, 8))),))
    text = markup(drawn)
    assert "<script" not in text
    root = ElementTree.fromstring(text)
    assert hostile in "".join(root.itertext())
    assert hostile in root.get("data-picture", "").replace('\\"', '"')


def test_a_huge_canvas_stays_small_and_without_products() -> None:
    huge = Axis.of("W", 2**40, 3, 2**20, 1)
    drawn = Picture((huge, huge), (View("own", (Window(1, 2**60),) * 2),), at=(5, 5))
    text = markup(drawn)
    assert len(text) < 10_000
    assert "data-picture" not in text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_of_the_windows_stand_out(scheme: str) -> None:
    """WCAG 2.1, 1.4.11: 3 to 1 for what has to be seen, against both grounds of the report."""
    blocks = re.findall(r"\.windows \{ (--w0[^}]+)\}", asset("picture.css"))
    colours = dict(re.findall(r"--(\w+): (#\w+)", blocks[scheme == "dark"]))
    theme = _themes()[scheme == "dark"]
    assert len(colours) == 7
    for name, ground in itertools.product(colours, ("paper", "card")):
        assert _contrast(_rgb(colours[name]), _rgb(theme[ground])) >= 3, (name, ground)
