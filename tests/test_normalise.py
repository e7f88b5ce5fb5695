"""Messages that differ in sizes, places and names only are one cause; different defects stay apart."""

import pytest

from harness.normalise import is_internal, normalise

TF = "{{function_node __wrapped__Conv2D_device_/job:localhost/replica:0/task:0/device:CPU:0}} The Conv2D op currently only supports"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Expected 3D but got [1, 2, 3]", "Expected 5D but got [7, 8, 9, 10]"),
        ("at 0x7f00aa12", "at 0x12"),
        ("shape (2, 3) and (4,)", "shape (20, 30, 1) and (5,)"),
        ("strides=[4] and dilation_rate=[2]", "strides=[7 1] and dilation_rate=[1 2]"),
        ("strides=[4 3 2] and dilation_rate=[4 3 3]", "strides=(4,) and dilation_rate=(2,)"),
        ("sizes [ 1  20 300], got [1]", "sizes [1, 20, 300], got [7 8]"),
        ("shapes [None, 3] and [4]", "shapes [2 3] and []"),
        ("/usr/lib/a/b.py:12: bad", "/home/me/x/y.cpp:7: bad"),
        (f"{TF} NHWC [Op:Conv2D] name: a", f"{TF.replace('Conv2D', 'Conv3D')} NHWC [Op:Conv3D] name: b"),
        ("\"conv\" not implemented for 'Half'", "\"conv\" not implemented for 'BFloat16'"),
        ("stride -1 is negative", "stride -2147483649 is negative"),
        (
            "Exception encountered when calling layer 'a' (type Conv2D).\n\nno\n\nCall arguments received by layer 'a':\n  x",
            "Exception encountered when calling layer 'b_2' (type Conv1D).\n\nno",
        ),
        ('in user code:\n\n  File "x.py", line 3\n\n    ValueError: no groups of 2\n', "no groups of 7"),
    ],
)
def test_equal_causes(one, other):
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("stride must be positive", "dilation must be positive"),
        ("Expected 3D", "Expected a tensor"),
        ("3 of 4 channels", "3 4 channels"),
        ("stride 2 is even", "stride 2 2 N is even, 3"),
        (f"{TF} NHWC", f"{TF} VALID"),
    ],
)
def test_different_causes(one, other):
    assert normalise(one) != normalise(other)


def test_one_bounded_line():
    assert len(normalise("a b\n" * 1000)) <= 240
    assert "\n" not in normalise("a\nb")


def test_internal_assertions_are_told_from_checks():
    assert is_internal("RuntimeError", "0 INTERNAL ASSERT FAILED at x")
    assert is_internal("KeyError", "'axis'")
    assert is_internal("ValueError", "Cannot lower jaxpr with verifier errors:")
    assert not is_internal("RuntimeError", "stride must be positive")
