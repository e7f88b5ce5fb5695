"""The nominal form: readings of the same words by hand, rules, and each framework against what it documents."""

from __future__ import annotations

import keras_process
import pytest

from harness import operator
from harness.case import Case, InputSpec
from harness.meaning import Rule
from harness.values import arrays_of

FRAMEWORKS = ("torch", "tensorflow", "jax", "keras-tensorflow", "keras-torch", "keras-jax", "tf-keras")


def transposed(sizes, kernel, stride, padding, *, output_padding=None, output_size=None, dilation=None, **more):
    """A transposed convolution of one channel, counting inputs."""
    inputs = {"x": InputSpec((1, 1, *sizes), "float32", "arange"), "w": InputSpec((1, 1, *kernel), "float32", "arange")}
    words = {"padding": padding, "output_padding": output_padding, "output_size": output_size}
    common = {"stride": stride, "dilation": dilation or (1,) * len(sizes), "groups": 1, "batched": True}
    return Case("conv_transpose:nominal", inputs, {**common, **words, **more})


def forward(sizes, kernel, stride, padding, *, dilation=None, **more):
    """A convolution of one channel, counting inputs."""
    inputs = {"x": InputSpec((1, 1, *sizes), "float32", "arange"), "w": InputSpec((1, 1, *kernel), "float32", "arange")}
    common = {"stride": stride, "dilation": dilation or (1,) * len(sizes), "groups": 1, "batched": True}
    return Case("conv:nominal", inputs, {**common, "padding": padding, **more})


def meaning_of(case):
    return operator.get(case.operator).meaning(case, arrays_of(case))


def shown(case):
    """Per convention the numbers of the only channel."""
    return {name: outputs[0].values[0][0, 0].tolist() for name, outputs in meaning_of(case).variants.items()}


def sizes(case):
    return {name: outputs[0].shape[2:] for name, outputs in meaning_of(case).variants.items()}


def worded_cases():
    """Words in every combination that some framework takes, small and unsymmetric."""
    for spelling in ("function", "layer", "half_padding", "consistent_padding"):
        said = {"spelling": spelling, "data_format": "channels_last"}
        for padding in ("valid", "same", (1, 0)):
            yield transposed((3, 4), (3, 2), (2, 3), padding, **said)
            yield transposed((3, 4), (4, 3), (1, 1), padding, **said)
            yield transposed((3, 4), (3, 5), (2, 3), padding, output_padding=(1, 1), **said)
            yield transposed((3, 4), (3, 3), (2, 3), padding, output_size=(7 if padding == "valid" else 5, 12), **said)
            yield forward((6, 9), (3, 2), (1, 1), padding, **said)
        yield from (forward((7, 8), (3, 4), (2, 2), padding, **said) for padding in ("valid", "same_lower", (1, 0)))
        yield forward((7,), (3,), (2,), "causal", **said)
        yield forward((7, 8), (3, 4), (1, 1), "same", dilation=(2, 2), **said)


def test_the_windows_of_same_by_hand():
    # Canvas of x = 1 2, kernel 1 2 3, stride 2: 1 2 5 4 6. "same" shows 4 from 0; padding 1 shows 3 from 1.
    assert shown(transposed((2,), (3,), (2,), "same")) == {
        "explicit": [2, 5, 4],
        "keras_same": [1, 2, 5, 4],
        "lax_same": [1, 2, 5, 4],
    }


def test_valid_differs_where_the_stride_is_above_the_kernel():
    assert shown(transposed((2,), (1,), (3,), "valid")) == {
        "explicit": [1, 0, 0, 2],
        "keras_valid": [1, 0, 0, 2, 0, 0],
        "lax_valid": [1, 0, 0, 2, 0, 0],
    }


def test_numbers_pad_the_input_in_one_framework_and_cut_the_output_in_another():
    assert shown(transposed((2,), (3,), (2,), (1,))) == {
        "explicit": [2, 5, 4],
        "lax_pairs": [2, 5, 4],
        "lax_pairs_consistent": [2, 5, 4],
    }
    assert shown(transposed((2,), (3,), (2,), (0,))) == {
        "explicit": [1, 2, 5, 4, 6],
        "lax_pairs": [5],
        "lax_pairs_consistent": [1, 2, 5, 4, 6],
    }


def test_output_padding_is_seen_where_each_framework_puts_it():
    # Even kernel 1 2 3 4, x = 1 2, stride 2: canvas 1 2 5 8 6 8. Keras: 6 - 4 + 1 = 3 cells from 3 // 2 = 1; torch from (4 - 1) // 2 = 1.
    case = transposed((2,), (4,), (2,), "same", output_padding=(1,))
    assert shown(case) == {"explicit": [2, 5, 8, 6, 8], "keras_same_output_padding": [2, 5, 8]}


def test_the_sizes_of_the_stride_7_question():
    case = transposed((4, 4), (3, 3), (7, 7), "same")
    assert sizes(case)["keras_same"] == (28, 28)
    assert meaning_of(case).notes["keras_same"]["candidates"] == [[22, 28], [22, 28]]
    given = transposed((4, 4), (3, 3), (7, 7), "same", output_padding=(2, 3))
    assert sizes(given) == {"explicit": (24, 25), "keras_same_output_padding": (24, 25)}


def test_a_stated_output_size_starts_where_the_framework_says():
    case = transposed((2,), (3,), (2,), "same", output_size=(4,))
    assert shown(case) == {"output_size": [2, 5, 4, 6], "output_shape_same": [1, 2, 5, 4]}
    assert meaning_of(case).notes["output_size"]["window"] == [[1, 4]]


def test_same_of_a_convolution_is_padded_behind_or_on_both_sides():
    # n = 4, k = 3, s = 2: SAME pads (0, 1); half the kernel on both sides pads (1, 1).
    assert shown(forward((4,), (3,), (2,), "same")) == {"same": [14, 11], "explicit": [8, 20]}
    assert shown(forward((4,), (2,), (1,), "same_lower")) == {"same_lower": [2, 5, 8, 11]}
    assert shown(forward((3,), (2,), (1,), "causal")) == {"causal": [2, 5, 8]}


def test_torch_same_is_a_reading_for_stride_1_only():
    assert set(shown(forward((5,), (4,), (1,), "same"))) == {"same", "explicit", "torch_same"}
    assert set(shown(forward((5,), (4,), (2,), "same"))) == {"same", "explicit"}


def test_equal_readings_are_computed_once():
    variants = meaning_of(transposed((3,), (3,), (2,), "same")).variants
    assert variants["keras_same"] is variants["lax_same"]
    assert variants["keras_same"] is not variants["explicit"]


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (transposed((2,), (3,), (2,), "valid", output_padding=(2,)), "explicit"),
        (transposed((2,), (3,), (2,), "same", output_size=(5,)), "output_shape_same"),
        (transposed((2,), (3,), (2,), "valid", output_size=(7,)), "output_size"),
    ],
)
def test_words_that_a_framework_documents_to_refuse_may_be_refused(case, reason):
    meaning = meaning_of(case)
    assert meaning.rule is Rule.EITHER
    assert reason in meaning.reason


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (transposed((2,), (3,), (2,), "half"), "none of valid, same"),
        (transposed((2,), (3,), (2,), "same", output_padding=(1,), output_size=(4,)), "exclude each other"),
        (transposed((2,), (3,), (2,), "same", output_padding=(1, 1)), "one number per spatial dimension"),
        (transposed((2,), (3,), (2,), ((0, 0),)), "one number per spatial dimension"),
        (forward((4, 4), (3, 3), (1, 1), "causal"), "one-dimensional"),
        (forward((4,), (3,), (1,), (-1,)), "must not be negative"),
    ],
)
def test_words_without_a_meaning_must_be_refused(case, reason):
    meaning = meaning_of(case)
    assert meaning.rule is Rule.REFUSE
    assert reason in meaning.reason


def test_an_empty_reading_has_a_shape_and_no_numbers():
    # (1 - 1) 1 + 3 + 0 - 4 is below zero: jax.lax clamps it, torch shows the canvas.
    meaning = meaning_of(transposed((1,), (3,), (1,), (0,)))
    assert meaning.rule is Rule.EITHER
    assert meaning.variants["lax_pairs"][0].shape == (1, 1, 0)
    assert meaning.variants["explicit"][0].values[0].tolist() == [[[1, 2, 3]]]


def test_the_note_says_how_the_others_get_there():
    note = meaning_of(transposed((2,), (3,), (2,), "same")).notes["keras_same"]
    assert note["canvas"] == [5]
    assert note["window"] == [[0, 4]]
    # From cell 0 on torch cannot stop before the canvas does; lax pads the dilated input of 3 cells by (2, 1): 3 + 3 - 2 = 4.
    assert note["agree"] == "jax.lax.conv_transpose(padding=[(2, 1)])"
    note = meaning_of(transposed((2,), (3,), (2,), (1,), output_padding=(1,))).notes["explicit"]
    assert note["agree"].startswith("torch conv_transpose(padding=(1,), output_padding=(1,))")


@pytest.mark.frameworks
@pytest.mark.parametrize("name", FRAMEWORKS)
def test_each_framework_follows_what_its_rows_document(name):
    keras_process.passes("keras_process", "check_nominal", name)
