"""Findings of one root cause are grouped, and those of two are not."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from causes.planted import finding, together

from harness.causes import group

# One cause.


def test_keras_inherits_what_the_framework_below_gives():
    torch = finding()
    assert together(torch, finding("keras-torch", "keras.ops.erf(x)", below="disagreed"))
    assert together(torch, finding("keras-torch", "keras.ops.erf(x)", below="known"))
    assert not together(torch, finding("keras-torch", "keras.ops.erf(x)", below="agreed"))
    assert not together(torch, finding("keras-torch", "keras.ops.erf(x)"))


def test_a_framework_that_refuses_is_no_source_of_wrong_numbers():
    through = finding("keras-torch", "keras.ops.erf(x)", below="known")
    refused = replace(through.outcomes[1], status="raised")
    assert not together(finding(), replace(through, outcomes=(through.outcomes[0], refused)))


def test_environments_backends_modes_and_devices_are_one_cause():
    assert together(finding("jax", "jax.numpy.gcd(x, y)"), finding("jax-x64", "jax.numpy.gcd(x, y)"))
    assert together(
        *(finding(f"keras-{name}", "keras.ops.sparsemax(x)") for name in ("torch", "tensorflow", "jax", "jax-x64"))
    )
    assert together(finding(mode="eager"), finding(mode="compiled"), replace(finding(), targets=("torch:cuda:eager",)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("torch.nn.functional.conv1d(x)", "torch.nn.functional.conv3d(x)"),
        ("tf.nn.conv2d_transpose(x)", "tf.nn.conv3d_transpose(x)"),
        ("jax.numpy.fft.fft(x)", "jax.numpy.fft.fftn(x)"),
        ("tf.signal.rfft(x)", "tf.signal.rfft2d(x)"),
        ("keras.ops.segment_max(x, i)", "keras.ops.segment_sum(x, i)"),
        ("jax.numpy.nanmedian(x)", "jax.numpy.median(x)"),
        ("x.at[i].add(u)", "x.at[i].mul(u)"),
        ("keras.ops.hstack(x)", "keras.ops.vstack(x)"),
        ("jax.numpy.hsplit(x, 2)", "jax.numpy.dsplit(x, 2)"),
        ("torch.special.i0(x)", "torch.special.i1(x)"),
        ("tf.math.bessel_i0e(x)", "tf.math.bessel_i1e(x)"),
        ("tf.image.resize(x, n)", "tf.cast(tf.transpose(tf.image.resize(x, n), p), x.dtype)"),
    ],
)
def test_variants_of_one_function_are_one_cause(one, other):
    assert together(finding(call=one), finding(call=other, operator="another"))


def test_a_refusal_of_how_an_operand_lies_in_memory_is_the_frameworks_own():
    words = (
        "RuntimeError: view size is not compatible with input tensor's size and stride (at least one dimension spans)."
    )
    torch = finding(call="torch.kron(x, y)", operator="kron", kind="raised", cause=words)
    through = finding(
        "keras-torch", "keras.ops.kron(x, y)", below="agreed", operator="kron", kind="raised", cause=words
    )
    assert together(torch, through)
    assert group([through, torch])[0].title.startswith("torch: wrongly refused by torch.kron and keras.ops.kron: ")
    other = finding(call="torch.outer(x, y)", operator="outer", kind="raised", cause=words)
    assert not together(torch, other)
    assert not together(
        torch, replace(through, fingerprint=replace(through.fingerprint, cause="RuntimeError: dimension N"))
    )


def test_what_keras_describes_wrongly_is_one_cause_on_every_backend():
    wrong = [
        finding(f"keras-{name}", "keras.ops.vstack(x)", kind="shape", cause="described shape of y", mode="abstract")
        for name in ("torch", "tensorflow")
    ]
    index = "IndexError: list assignment index out of range"
    refused = finding("keras-jax", "keras.ops.vstack(x)", kind="raised", cause=index, mode="abstract")
    assert together(*wrong, refused)
    assert not together(wrong[1], finding("keras-tensorflow", "keras.ops.vstack(x)", kind="shape", cause="shape of y"))
    own = finding(kind="shape", cause="described shape of y", mode="abstract")
    assert together(own, finding(kind="shape", cause="shape of y"))


def test_value_and_gradient_are_one_cause():
    gradient = finding(quantity="gradient", cause="x: beyond the error bound")
    assert together(finding(), gradient, finding(kind="not_finite", cause="y: NaN or infinity"))
    shape = finding("keras-torch", "keras.ops.correlate(x, w)", kind="shape", cause="shape of y: axis 0")
    mismatch = (
        "RuntimeError: Mismatch in shape: grad_output[N] has a shape of torch.Size([N]) and output[N] has another."
    )
    assert together(shape, finding("keras-torch", "keras.ops.correlate(x, w)", kind="raised", cause=mismatch))


def test_a_wrong_shape_is_one_cause_whichever_function_meets_it_next():
    error = "tensorflow.python.framework.errors_impl.InvalidArgumentError: "
    added = error + "Must provide as many biases as the last dimension of the input tensor: [N] vs. [N] [BiasAdd]"
    reshaped = error + "Input to reshape is a tensor with N values, but the requested shape has N [Reshape]"
    call = "tf.nn.convolution(x, w)"
    raised = [finding("tensorflow", call, kind="raised", cause=words) for words in (added, reshaped)]
    assert together(finding("tensorflow", call, kind="shape", cause="shape of y: channels, space"), *raised)


def test_a_dilation_that_depthwise_kernels_do_not_know_is_one_cause_and_no_wrong_shape():
    error = "tensorflow.python.framework.errors_impl."
    refusals = {
        "InvalidArgumentError: DepthwiseConvNDBackpropInput: Number of rows of out_backprop doesn't match computed: actual = N": "",
        "UnimplementedError: Current kernel implementation does not support dilations, received [N] [DepthwiseConvNdNative]": "",
        "AbortedError: Operation received an exception:Status: N message: could not create a primitive descriptor for the convolution": (
            "{{function_node __wrapped____MklNativeDepthwiseConv2dNativeBackpropInput_device_/job:localhost}} Operation"
        ),
    }
    raised = [
        finding(
            "tensorflow",
            operator="conv_transpose:aligned",
            kind="raised",
            cause=error + words,
            detail={"message": message},
        )
        for words, message in refusals.items()
    ]
    assert together(*raised)
    shape = finding("tensorflow", operator="conv_transpose:aligned", kind="shape", cause="shape of x: channels, space")
    assert not any(together(shape, each) for each in raised)


def test_the_same_refusal_in_many_operators_is_one_cause():
    refusals = [
        finding(
            call=f"torch.{name}(x)",
            operator=name,
            kind="raised",
            cause=f"NotImplementedError: \"{name}_cpu\" not implemented for 'UIntN'",
        )
        for name in ("gcd", "lcm", "cummax", "less", "bitwise_not", "sort")
    ]
    assert together(*refusals)
    rule = "axis [N]: names an axis twice"
    described = [
        finding(
            f"keras-{backend}",
            f"keras.ops.{name}(x)",
            operator=name,
            kind="described_invalid",
            cause=rule,
            mode="abstract",
        )
        for backend, name in itertools.product(("torch", "jax"), ("sum", "max", "nanmedian"))
    ]
    assert together(*described)


def test_one_rule_of_dtypes_in_many_operators_is_one_cause():
    halves = [
        finding(
            "keras-torch",
            f"keras.ops.{name}(x)",
            operator=name,
            kind="dtype",
            cause="described dtype of y",
            mode="abstract",
            detail={"got_dtype": got, "expected_dtype": expected},
        )
        for name, got, expected in [
            ("exp", "float32", "float64"),
            ("add", "int32", "int64"),
            ("fft", "complex64", "complex128"),
        ]
    ]
    assert together(*halves)
    wider = replace(halves[0], detail={"got_dtype": "float32", "expected_dtype": "float16"})
    assert not together(halves[0], wider)
    assert not together(wider, replace(wider, outcomes=finding(call="keras.ops.log(x)").outcomes[:0]))


def test_known_differences_of_one_source_are_one_cause():
    source = "keras-team/keras#23429"
    rows = [
        finding(
            "keras-jax",
            f"keras.ops.{name}(x)",
            operator=name,
            severity="known",
            reason="first shape",
            source=source,
            kind=kind,
        )
        for name, kind in [("bitwise_and", "shape"), ("bitwise_xor", "described_invalid")]
    ]
    assert together(*rows)
    assert not together(rows[0], replace(rows[1], source="keras-team/keras#23230"))


def test_an_ambiguity_is_one_cause_however_clearly_a_case_tells_it():
    causes_of = ["erf | tanh", "erf | erf = tanh | tanh"]
    assert together(*(finding("*", operator="gelu:nominal", kind="ambiguity", cause=cause) for cause in causes_of))
    assert not together(
        finding("*", kind="ambiguity", cause="erf | tanh"), finding("*", kind="ambiguity", cause="lower | midpoint")
    )


# Two causes.


def test_wrong_numbers_in_unrelated_functions_are_apart():
    assert not together(finding(), finding(call="torch.lgamma(x)", operator="lgamma"))
    assert not together(finding(), finding("jax", "jax.lax.erf(x)"))
    assert not together(finding(call="torch.special.i0(x)"), finding(call="torch.special.i0e(x)"))
    assert not together(finding(call="keras.ops.stack(x)"), finding(call="keras.ops.hstack(x)"))
    assert not together(finding(), finding(kind="shape", cause="shape of y: axis 0"))
    assert not together(finding(), finding(cause="y: sign of zero"))


def test_words_that_any_function_may_say_do_not_join_functions():
    overflow = "OverflowError: Python integer N out of bounds for DTYPE"
    one = finding("jax", "jax.numpy.bincount(x)", operator="bincount", kind="raised", cause=overflow)
    other = finding("jax", "x.at[i].add(u)", operator="scatter_add", kind="raised", cause=overflow)
    assert not together(one, other)


def test_what_a_composed_call_ends_with_is_not_the_function_that_is_wrong():
    text = "@lstm.call('tensorflow')\ndef _(tf, x):\n    y = tf.raw_ops.LSTMBlockCell(x=x)\n    return tf.stack([y.h, y.cs])\n"
    stacked = finding("tensorflow", "tf.stack((x, y))", operator="stack")
    composed = finding("tensorflow", operator="lstm_cell:aligned")
    composed = replace(composed, outcomes=(replace(composed.outcomes[0], call=text),))
    assert not together(stacked, composed)


def test_a_diagnosis_stands_in_the_title_and_changes_no_key():
    known = finding(detail={"diagnosis": {"name": "another window", "sentence": "shifted by one"}})
    assert together(known, finding())
    assert group([known])[0].title == "torch: wrong numbers from torch.erf: another window"
