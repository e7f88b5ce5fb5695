"""The window law against the frameworks: random small settings, values from a canvas filled by a plain loop.

Every rule of ``harness.windows`` is compared in shape and in every number, in two dimensions with unlike settings, so
that a wrong window, a wrong split or a wrong axis order shows. Keras runs once per backend, in a process of its own.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from harness import windows

pytestmark = pytest.mark.frameworks

SETTINGS = 60
Ints = tuple[int, ...]


def integers(*shape: int) -> np.ndarray:
    """Distinct small integers, none of them zero, so that no two windows look alike."""
    return np.arange(1, 1 + int(np.prod(shape)), dtype=np.float32).reshape(shape)


class Setting:
    """A two-dimensional setting with its canvas: x (a, b) and w (c, d), one channel."""

    def __init__(self, draw: random.Random, *, either: bool = False) -> None:
        self.sizes = (draw.randint(1, 5), draw.randint(1, 5))
        self.kernel = (draw.randint(1, 5), draw.randint(1, 5))
        self.stride = (draw.randint(1, 4), draw.randint(1, 4))
        self.dilation = (draw.randint(1, 3), draw.randint(1, 3))
        if (
            either and draw.random() < 0.5
        ):  # TensorFlow and Keras take one of the two, Keras 2 one dilation for all dimensions
            self.dilation = (1, 1)
        elif either:
            self.stride, self.dilation = (1, 1), (self.dilation[0],) * 2
        self.x, self.w = integers(*self.sizes), integers(*self.kernel)

    def __repr__(self) -> str:
        return f"x={self.sizes} k={self.kernel} s={self.stride} d={self.dilation}"

    def apply(self, rule: Callable[..., Any], *arguments: Sequence[Any]) -> list[Any]:
        """What a rule says in both dimensions."""
        return [rule(*own) for own in zip(self.sizes, self.kernel, self.stride, self.dilation, *arguments, strict=True)]

    def lengths(self) -> list[int]:
        return self.apply(windows.canvas)

    def seen(self, views: list[windows.Window]) -> np.ndarray:
        """What the windows show of the canvas, cell by cell."""
        canvas = np.zeros(self.lengths())
        for i in np.ndindex(*self.sizes):
            for t in np.ndindex(*self.kernel):
                canvas[
                    i[0] * self.stride[0] + t[0] * self.dilation[0], i[1] * self.stride[1] + t[1] * self.dilation[1]
                ] += self.x[i] * self.w[t]
        result = np.zeros([view.out for view in views])
        for cell in np.ndindex(*result.shape):
            at = [view.lo + index for view, index in zip(views, cell, strict=True)]
            if all(0 <= index < length for index, length in zip(at, canvas.shape, strict=True)):
                result[cell] = canvas[tuple(at)]
        return result

    def padded_convolution(self, image: np.ndarray, padding: list[windows.Padding]) -> np.ndarray:
        """The convolution of ``image``, cell by cell: the padded image under the kernel."""
        padded = np.pad(image.astype(float), [(max(lo, 0), max(hi, 0)) for lo, hi in padding])
        outs = [
            windows.forward_size(*own)
            for own in zip(image.shape, self.kernel, self.stride, self.dilation, padding, strict=True)
        ]
        result = np.zeros(outs)
        for cell in np.ndindex(*outs):
            for t in np.ndindex(*self.kernel):
                at = tuple(c * s + i * d for c, s, i, d in zip(cell, self.stride, t, self.dilation, strict=True))
                result[cell] += padded[at] * self.w[t]
        return result


def settings(seed: str, **how: bool) -> list[tuple[random.Random, Setting]]:
    draw = random.Random(seed)
    return [(draw, Setting(draw, **how)) for _ in range(SETTINGS)]


def same(got: object, want: np.ndarray, what: object) -> None:
    """One image and one channel, on either side, with exactly these numbers."""
    array = np.asarray(got.detach() if hasattr(got, "detach") else got, dtype=float)
    assert array.shape in ((1, 1, *want.shape), (1, *want.shape, 1)), what
    assert (array.reshape(want.shape) == want).all(), what


def test_torch_takes_and_shows_what_the_rules_say() -> None:
    import torch

    for draw, at in settings("torch"):
        padding = (draw.randint(0, 3), draw.randint(0, 3))
        extra = (draw.randint(0, 4), draw.randint(0, 4))
        views = at.apply(windows.explicit, padding, extra)
        taken = all(map(windows.accepts_output_padding, extra, at.stride, at.dilation)) and all(
            v.out > 0 for v in views
        )
        x, w = (torch.tensor(array)[None, None] for array in (at.x, at.w))
        try:
            got = torch.nn.functional.conv_transpose2d(x, w, None, at.stride, padding, extra, 1, at.dilation)
        except RuntimeError:
            assert not taken, (at, padding, extra)
            continue
        assert taken, (at, padding, extra)
        same(got, at.seen(views), (at, padding, extra))


def test_torch_output_size_is_a_window_from_the_padding_on() -> None:
    import torch

    for draw, at in settings("output_size"):
        padding = (draw.randint(0, 2), draw.randint(0, 2))
        ranges = at.apply(windows.output_size_range, padding)
        asked = tuple(draw.randint(low - 1, high + 1) for low, high in ranges)
        layer = torch.nn.ConvTranspose2d(1, 1, at.kernel, at.stride, padding, bias=False, dilation=at.dilation)
        layer.weight.data[:] = torch.tensor(at.w)
        taken = all(low <= size <= high for size, (low, high) in zip(asked, ranges, strict=True))
        try:
            got = layer(torch.tensor(at.x)[None, None], output_size=list(asked))
        except (RuntimeError, ValueError):
            assert not (taken and all(size > 0 for size in asked)), (at, padding, asked)
            continue
        assert taken, (at, padding, asked)
        same(got, at.seen(at.apply(windows.output_size, asked, padding)), (at, padding, asked))


def test_jax_takes_and_shows_what_the_rules_say() -> None:
    import jax.lax

    for draw, at in settings("jax"):
        x, w = at.x[None, None], at.w[::-1, ::-1].copy()[None, None]
        own = ((draw.randint(-2, 6), draw.randint(-2, 6)), (draw.randint(-2, 6), draw.randint(-2, 6)))
        forms = {
            "SAME": (windows.TRANSPOSED["lax_same"], (), False),
            "VALID": (windows.TRANSPOSED["lax_valid"], (), False),
            "pairs": (windows.lax_pairs, (own,), False),
            "consistent": (windows.lax_pairs_consistent, (own,), True),
        }
        name = draw.choice(list(forms))
        rule, arguments, consistent = forms[name]
        views = at.apply(rule, *arguments)
        if any(view.out <= 0 for view in views):
            continue
        got = jax.lax.conv_transpose(
            x, w, at.stride, name if not arguments else own, at.dilation, ("NCHW", "OIHW", "NCHW"),
            use_consistent_padding=consistent,
        )  # fmt: skip
        same(got, at.seen(views), (at, name, own))


SCRIPT = "from tests.test_windows_frameworks import {name} as run; run({argument!r})"


def in_process(name: str, argument: str, **environment: str) -> None:
    """Run a check of this module in a fresh interpreter, so that its environment decides about backend and release."""
    script = SCRIPT.format(name=name, argument=argument)
    # oneDNN refuses some of these settings ("could not create a primitive descriptor"), whatever their window.
    quiet = {
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "OMP_NUM_THREADS": "1",
        "TF_NUM_INTRAOP_THREADS": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **quiet, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_tensorflow_takes_and_shows_what_the_rules_say() -> None:
    in_process("check_tensorflow", "")


def check_tensorflow(_: str) -> None:
    """``tf.nn.conv2d_transpose`` against the rules."""
    import tensorflow as tf

    for draw, at in settings("tf"):
        at.dilation = (1, 1)
        x, w = at.x[None, :, :, None], at.w[:, :, None, None]
        low, high = ((draw.randint(0, 2), draw.randint(0, 2)) for _ in range(2))
        pair = tuple(zip(low, high, strict=True))
        for name in ("VALID", "SAME", "explicit"):
            out = tuple(max(length + draw.randint(-6, 3), 1) for length in at.lengths())
            rule = windows.TRANSPOSED[f"output_shape_{name.lower()}"]
            views = at.apply(rule, out, *([pair] if name == "explicit" else []))
            own = zip(out, at.sizes, at.kernel, at.stride, at.dilation, pair, strict=True)
            taken = all(
                windows.accepts_output_shape_explicit(*one)
                if name == "explicit"
                else tensorflow_accepts(name, *one[:5])
                for one in own
            )
            padding = name if name != "explicit" else [[0, 0], *pair, [0, 0]]
            try:
                got = tf.nn.conv2d_transpose(x, w, (1, *out, 1), at.stride, padding)
            except (tf.errors.InvalidArgumentError, tf.errors.AbortedError, ValueError):
                assert not taken, (at, name, out, pair)
                continue
            assert taken, (at, name, out, pair)
            same(got, at.seen(views), (at, name, out, pair))


@pytest.mark.parametrize("backend", ["tensorflow", "torch", "jax"])
def test_keras_shows_what_the_rules_say(backend: str) -> None:
    in_process("check_keras", backend, KERAS_BACKEND=backend)


def test_keras_2_shows_what_the_rules_say() -> None:
    in_process("check_keras", "tf_keras", TF_USE_LEGACY_KERAS="1")


def keras_views(at: Setting, padding: str, extra: Ints | None) -> list[windows.Window]:
    if extra is None:
        return at.apply(windows.TRANSPOSED[f"keras_{padding}"])
    return at.apply(windows.TRANSPOSED[f"keras_{padding}_output_padding"], extra)


def check_keras(backend: str) -> None:
    """Conv2DTranspose and Conv2D of the Keras of this process against the rules."""
    if backend == "tf_keras":
        import tf_keras as keras
    else:
        import keras
    for draw, at in settings("keras", either=True):
        padding = draw.choice(("valid", "same"))
        extra = draw.choice((None, (draw.randint(0, 3), draw.randint(0, 3))))
        views = keras_views(at, padding, extra)
        taken = extra is None or all(map(windows.accepts_keras_output_padding, extra, at.stride))
        if any(view.out <= 0 for view in views):
            continue
        facts = {"strides": at.stride, "padding": padding, "dilation_rate": at.dilation, "use_bias": False}
        try:
            layer = keras.layers.Conv2DTranspose(1, at.kernel, output_padding=extra, **facts)
        except ValueError:
            assert not taken, (at, padding, extra)
            continue
        assert taken, (at, padding, extra)
        layer.build((1, *at.sizes, 1))
        layer.set_weights([at.w[:, :, None, None]])
        on_tensorflow = backend in ("tensorflow", "tf_keras")
        refused = on_tensorflow and not all(
            tensorflow_accepts(padding.upper(), view.out, *own)
            for view, own in zip(views, zip(at.sizes, at.kernel, at.stride, at.dilation, strict=True), strict=True)
        )
        # "Current CPU implementations do not yet support dilation rates larger than 1"; Keras 2 goes another way.
        refused |= backend == "tensorflow" and max(at.dilation) > 1
        try:
            got = layer(at.x[None, :, :, None])
        except Exception as error:
            if not refused or type(error).__name__ not in ("InvalidArgumentError", "AbortedError"):
                raise
            continue
        assert not refused, (at, padding, extra)
        same(got, at.seen(views), (at, padding, extra))


def tensorflow_accepts(padding: str, out: int, size: int, kernel: int, stride: int, dilation: int) -> bool:
    """Whether ``tf.nn`` takes an output size with a named padding."""
    if padding == "SAME":
        return windows.accepts_output_shape_same(out, size, stride)
    return windows.accepts_output_shape_valid(out, size, kernel, stride, dilation)


def test_forward_paddings_are_those_of_the_frameworks() -> None:
    import jax.lax
    import tensorflow as tf
    import torch

    for draw, at in settings("forward"):
        image = integers(draw.randint(1, 9), draw.randint(1, 9))
        for name in ("VALID", "SAME", "SAME_LOWER"):
            rule = windows.FORWARD[{"VALID": "valid", "SAME": "same", "SAME_LOWER": "same_lower"}[name]]
            own = [rule(*each) for each in zip(image.shape, at.kernel, at.stride, at.dilation, strict=True)]
            want = at.padded_convolution(image, own)
            if want.size == 0:
                continue
            same(
                jax.lax.conv_general_dilated(image[None, None], at.w[None, None], at.stride, name, None, at.dilation),
                want,
                at,
            )
            if name != "SAME_LOWER" and (at.stride == (1, 1) or at.dilation == (1, 1)):
                same(
                    tf.nn.conv2d(image[None, :, :, None], at.w[:, :, None, None], at.stride, name, "NHWC", at.dilation),
                    want,
                    at,
                )
        own = [windows.torch_same(*each) for each in zip(image.shape, at.kernel, (1, 1), at.dilation, strict=True)]
        at.stride = (1, 1)
        x, w = (torch.tensor(array)[None, None] for array in (image, at.w))
        got = torch.nn.functional.conv2d(x, w, None, 1, "same", at.dilation)
        same(got, at.padded_convolution(image, own), at)
