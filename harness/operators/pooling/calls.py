"""How frameworks are asked for poolings with explicit padding.

Arrays are channels first; a call whose framework pools channels last transposes. A framework that has no explicit padding of its own gets a
padded input (``composed``). ``jax.lax.reduce_window`` starts from the identity of its function, as its gradient needs.
"""

from __future__ import annotations

from typing import Callable, Tuple

from harness.case import Case
from harness.formats import kind_of
from harness.operator import Operator
from harness.operators.pooling.aligned import OPERATORS
from harness.plain import add_calls, ask
from harness.windows import same_upper

max_pool, avg_pool, sum_pool, min_pool = (OPERATORS[name] for name in ("max_pool", "avg_pool", "sum_pool", "min_pool"))

MOST_PADDING = 64
"""Largest width with which a call pads the input itself."""


def dilated(case: Case) -> bool:
    """Whether the taps are apart."""
    return set(case.parameters.get("dilation") or (1,)) != {1}


def unpadded(case: Case) -> bool:
    """Whether nothing is padded."""
    return not any(map(any, case.parameters["padding"]))


def symmetric(case: Case) -> bool:
    """Whether both sides are padded alike, by no more than half of the kernel where that is what torch takes."""
    return all(low == high for low, high in case.parameters["padding"])


def is_float(case: Case) -> bool:
    """Whether the dtype has an infinity to pad with."""
    return kind_of(case.dtype) == "float"


def word(case: Case) -> str:
    """``VALID`` or ``SAME`` where the word pads as the case does, else nothing."""
    p = case.parameters
    if unpadded(case):
        return "VALID"
    if dilated(case) or min(p["stride"]) < 1 or len(p["stride"]) != len(p["kernel"]):
        return ""
    own = zip(case.inputs["x"].shape[2:], p["kernel"], p["stride"])
    return "SAME" if tuple(map(tuple, p["padding"])) == tuple(same_upper(n, k, s, 1) for n, k, s in own) else ""


def named(case: Case) -> bool:
    """Whether a word pads as the case does, without dilation."""
    return bool(word(case)) and not dilated(case)


def divides_by_word(case: Case) -> bool:
    """Whether a word pads as the case does and nothing but elements is counted, which those words mean for an average."""
    return named(case) and (unpadded(case) or not case.parameters["include_pad"])


def little(case: Case) -> bool:
    """Whether padding the input first asks for little memory."""
    return all(abs(number) <= MOST_PADDING for pair in case.parameters["padding"] for number in pair)


def little_and_counted(case: Case) -> bool:
    """Whether the input can be padded first, with zeros that count."""
    return little(case) and bool(case.parameters["include_pad"])


def explicit_in_two(case: Case) -> bool:
    """Whether TensorFlow takes the numbers: of two dimensions, without dilation."""
    return len(case.parameters["kernel"]) == 2 and not dilated(case)


def dilated_alone(case: Case) -> bool:
    """Whether ``tf.nn.pool`` documents to take it: no stride under a dilation, no stride above the window, no padding."""
    p = case.parameters
    steps = list(zip(p["stride"], p["kernel"]))
    return unpadded(case) and all(s <= k for s, k in steps) and (not dilated(case) or set(p["stride"]) == {1})


LAST, FIRST = "[0, *range(2, len(kernel) + 2), 1]", "[0, len(kernel) + 1, *range(1, len(kernel) + 1)]"
"""Orders of axes: channels last, and first again."""

WORD = "'SAME' if any(map(any, padding)) else 'VALID'"
BY_WORD: Tuple[Tuple[str, str, str], ...] = (
    (
        "tensorflow",
        "default_format",
        f"tf.transpose(tf.nn.$(tf.transpose(x, {LAST}), kernel, stride, {WORD}), {FIRST})",
    ),
    (
        "keras",
        "function",
        "keras.ops.transpose(keras.ops.$(keras.ops.transpose(x, "
        f"{LAST}), kernel, stride, ({WORD}).lower(), 'channels_last'), {FIRST})",
    ),
    ("keras", "channels_first", f"keras.ops.$(x, kernel, stride, ({WORD}).lower(), 'channels_first')"),
)
"""Table, spelling and call of poolings whose padding is a word; ``$`` stands for the function."""


def by_word(operator: Operator, when: Callable[[Case], bool], **names: str) -> None:
    """Add the calls of ``BY_WORD`` with each table's name of the function."""
    for table, spelling, text in BY_WORD:
        add_calls(operator, {table: ask(text.replace("$", names[table]), when=when, spelling=spelling)})


@max_pool.call("torch", when=symmetric)
def _(torch, x, *, kernel, stride, padding, dilation):
    pool = torch.nn.functional
    function = (pool.max_pool1d, pool.max_pool2d, pool.max_pool3d)[len(kernel) - 1]
    return function(x, kernel, stride, [low for low, _ in padding], dilation)


@max_pool.call("torch", when=lambda case: is_float(case) and little(case), composed=True)
def _(torch, x, *, kernel, stride, padding, dilation):
    pool = torch.nn.functional
    x = pool.pad(x, [n for pair in reversed(padding) for n in pair], value=-float("inf"))
    function = (pool.max_pool1d, pool.max_pool2d, pool.max_pool3d)[len(kernel) - 1]
    return function(x, kernel, stride, 0, dilation)


@max_pool.call("tensorflow", when=lambda case: named(case) or explicit_in_two(case))
def _(tf, x, *, kernel, stride, padding):
    rank = len(kernel)
    pads = "VALID" if not any(map(any, padding)) else [[0, 0], *map(list, padding), [0, 0]] if rank == 2 else "SAME"
    x = tf.transpose(x, [0, *range(2, rank + 2), 1])
    y = tf.nn.max_pool(x, kernel, stride, pads, ("NWC", "NHWC", "NDHWC")[rank - 1])
    return tf.transpose(y, [0, rank + 1, *range(1, rank + 1)])


@max_pool.call("tensorflow", when=dilated_alone)
def _(tf, x, *, kernel, stride, dilation):
    rank = len(kernel)
    x = tf.transpose(x, [0, *range(2, rank + 2), 1])
    y = tf.nn.pool(x, kernel, "MAX", stride, "VALID", dilations=dilation)
    return tf.transpose(y, [0, rank + 1, *range(1, rank + 1)])


@max_pool.call("tensorflow", when=lambda case: is_float(case) and little(case) and not dilated(case), composed=True)
def _(tf, x, *, kernel, stride, padding):
    rank = len(kernel)
    x = tf.pad(x, [[0, 0], [0, 0], *map(list, padding)], constant_values=-float("inf"))
    x = tf.transpose(x, [0, *range(2, rank + 2), 1])
    y = tf.nn.max_pool(x, kernel, stride, "VALID", ("NWC", "NHWC", "NDHWC")[rank - 1])
    return tf.transpose(y, [0, rank + 1, *range(1, rank + 1)])


@max_pool.call("jax", when=is_float)
def _(jax, x, *, kernel, stride, padding, dilation):
    start = x.dtype.type(-jax.numpy.inf)
    pads = [(0, 0), (0, 0), *padding]
    return jax.lax.reduce_window(
        x, start, jax.lax.max, (1, 1, *kernel), (1, 1, *stride), pads, window_dilation=(1, 1, *dilation)
    )


@max_pool.call("jax")
def _(jax, x, *, kernel, stride, padding, dilation):
    start = x.dtype.type(jax.numpy.iinfo(x.dtype).min)
    pads = [(0, 0), (0, 0), *padding]
    return jax.lax.reduce_window(
        x, start, jax.lax.max, (1, 1, *kernel), (1, 1, *stride), pads, window_dilation=(1, 1, *dilation)
    )


@min_pool.call("jax", when=is_float)
def _(jax, x, *, kernel, stride, padding, dilation):
    start = x.dtype.type(jax.numpy.inf)
    pads = [(0, 0), (0, 0), *padding]
    return jax.lax.reduce_window(
        x, start, jax.lax.min, (1, 1, *kernel), (1, 1, *stride), pads, window_dilation=(1, 1, *dilation)
    )


@avg_pool.call("torch", when=symmetric)
def _(torch, x, *, kernel, stride, padding, include_pad):
    pool = torch.nn.functional
    function = (pool.avg_pool1d, pool.avg_pool2d, pool.avg_pool3d)[len(kernel) - 1]
    return function(x, kernel, stride, [low for low, _ in padding], False, include_pad)


@avg_pool.call("torch", when=little_and_counted, composed=True)
def _(torch, x, *, kernel, stride, padding):
    pool = torch.nn.functional
    x = pool.pad(x, [n for pair in reversed(padding) for n in pair])
    return (pool.avg_pool1d, pool.avg_pool2d, pool.avg_pool3d)[len(kernel) - 1](x, kernel, stride)


@avg_pool.call("tensorflow", when=divides_by_word)
def _(tf, x, *, kernel, stride, padding):
    rank = len(kernel)
    x = tf.transpose(x, [0, *range(2, rank + 2), 1])
    word = "SAME" if any(map(any, padding)) else "VALID"
    y = tf.nn.avg_pool(x, kernel, stride, word, ("NWC", "NHWC", "NDHWC")[rank - 1])
    return tf.transpose(y, [0, rank + 1, *range(1, rank + 1)])


@avg_pool.call("tensorflow", when=little_and_counted, composed=True)
def _(tf, x, *, kernel, stride, padding):
    rank = len(kernel)
    x = tf.transpose(tf.pad(x, [[0, 0], [0, 0], *map(list, padding)]), [0, *range(2, rank + 2), 1])
    y = tf.nn.avg_pool(x, kernel, stride, "VALID", ("NWC", "NHWC", "NDHWC")[rank - 1])
    return tf.transpose(y, [0, rank + 1, *range(1, rank + 1)])


@avg_pool.call("jax", composed=True)
def _(jax, x, *, kernel, stride, padding, include_pad):
    def sums(array):
        zero = array.dtype.type(0)
        pads = [(0, 0), (0, 0), *padding]
        return jax.lax.reduce_window(array, zero, jax.lax.add, (1, 1, *kernel), (1, 1, *stride), pads)

    if include_pad:
        taps = 1
        for length in kernel:
            taps *= length
        return sums(x) / taps
    return sums(x) / sums(jax.numpy.ones((1, 1, *x.shape[2:]), "float32")).astype(x.dtype)


@sum_pool.call("torch", when=lambda case: symmetric(case) and len(case.parameters["kernel"]) > 1 and not dilated(case))
def _(torch, x, *, kernel, stride, padding):
    function = (torch.nn.functional.avg_pool2d, torch.nn.functional.avg_pool3d)[len(kernel) - 2]
    return function(x, kernel, stride, [low for low, _ in padding], divisor_override=1)


@sum_pool.call("jax")
def _(jax, x, *, kernel, stride, padding, dilation):
    pads = [(0, 0), (0, 0), *padding]
    zero = x.dtype.type(0)
    return jax.lax.reduce_window(
        x, zero, jax.lax.add, (1, 1, *kernel), (1, 1, *stride), pads, window_dilation=(1, 1, *dilation)
    )


by_word(max_pool, named, tensorflow="max_pool", keras="max_pool")
by_word(avg_pool, divides_by_word, tensorflow="avg_pool", keras="average_pool")
