"""Runs a call and its equivalents on the installed frameworks and compares all results with the definition.

One process per framework, started with this interpreter; arrays travel as npz without pickles. Inputs are small
integers, so every order of summation gives the same result and the comparison is equality.
"""

from __future__ import annotations

import importlib.util
import io
import math
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.operators.convolution.oracle import Forms, Geometry
from reports.explain.equivalent import Equivalent
from reports.explain.errors import refuse
from reports.explain.explanation import Explanation
from reports.explain.layer import SPATIAL, Layer
from reports.explain.parse import Opaque
from reports.explain.signatures import REQUIRED

MOST_ELEMENTS = 4_000_000
"""Elements of input, kernel and output together, above which nothing is run."""
SECONDS = 180
EQUAL, DIFFERS, FAILED, MISSING = "equal", "differs", "failed", "not installed"

_MODULES = {"torch": "torch", "keras": "keras", "tf_keras": "tf_keras", "tensorflow": "tensorflow", "jax": "jax"}
_QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}

_START = """\
import io, os, sys
import numpy
answer = os.dup(1)
os.dup2(2, 1)
arrays = numpy.load(io.BytesIO(sys.stdin.buffer.read()), allow_pickle=False)
"""
_END = """
held = io.BytesIO()
numpy.savez(held, y=y)
with os.fdopen(answer, "wb") as stream:
    stream.write(held.getvalue())
"""
_TENSORS = "x, w, b = ({make}(arrays[name]) for name in 'xwb')\n"
_LAYER = """\
layer = {layer}
{expression}  # builds the layer on what it is really given
layer.set_weights([arrays["w"], arrays["b"]] if layer.use_bias else [arrays["w"]])
"""
_BODIES = {
    "torch": "import torch\n" + _TENSORS.format(make="torch.tensor") + "{layer}y = {expression}.detach().numpy()\n",
    "keras": """\
import importlib.util
if "KERAS_BACKEND" not in os.environ:
    backends = ("jax", "torch", "tensorflow")
    os.environ["KERAS_BACKEND"] = next(name for name in backends if importlib.util.find_spec(name))
import keras
"""
    + _TENSORS.format(make="keras.ops.convert_to_tensor")
    + "{layer}y = keras.ops.convert_to_numpy({expression})\n",
    "tf_keras": "import tensorflow as tf\nimport tf_keras\n"
    + _TENSORS.format(make="tf.constant")
    + "{layer}y = ({expression}).numpy()\n",
    "tensorflow": "import tensorflow as tf\n"
    + _TENSORS.format(make="tf.constant")
    + "{layer}y = ({expression}).numpy()\n",
    "jax": "import jax\n" + _TENSORS.format(make="jax.numpy.asarray") + "{layer}y = numpy.asarray({expression})\n",
}
_TORCH_LAYER = """\
layer = {layer}
layer.weight.data.copy_(w)
if layer.bias is not None:
    layer.bias.data.copy_(b)
"""


@dataclass(frozen=True)
class Verified:
    """What one framework said: ``status`` is equal, differs, failed or not installed."""

    framework: str
    call: str
    status: str
    detail: str = ""

    @property
    def right(self) -> bool:
        """Nothing speaks against the explanation."""
        return self.status in (EQUAL, MISSING)


def verification(explanation: Explanation) -> list[tuple[Equivalent, str]]:
    """The user's own call first, then every equivalent, each with the script that runs it.

    A script reads x, w and b as npz from stdin, in the layouts of the equivalent, and writes y as npz to stdout.
    """
    calls = (own_call(explanation.layer), *explanation.equivalents)
    return [(each, script(each)) for each in calls]


def script(each: Equivalent) -> str:
    """A program that runs one equivalent."""
    constructor = ""
    if each.layer:
        constructor = (_TORCH_LAYER if each.framework == "torch" else _LAYER).format(
            layer=each.layer, expression=each.expression
        )
    body = _BODIES[each.framework].format(layer=constructor, expression=each.expression)
    return _START + body + _END


def own_call(layer: Layer) -> Equivalent:
    """The user's call with its tensors named x, w and b, and without what does not touch the numbers."""
    signature = layer.call.signature
    roles = {name: role for role, name in signature.tensors.items()}
    written = []
    for name, value in layer.call.given.items():
        if name in roles:
            written.append(f"{name}={roles[name]}")
        elif name == "bias" and not signature.layer:
            written.append("bias=b" if layer.bias else "bias=None")
        elif name not in signature.free and not isinstance(value, Opaque) and value is not REQUIRED:
            written.append(f"{name}={value!r}")
    source = f"{signature.name}({', '.join(written)})"
    asked = layer.call.output_size
    called = "layer(x)" if asked is None else f"layer(x, output_size={_listed(asked)!r})"
    positions = str.maketrans(layer.axes, SPATIAL[layer.rank])
    return Equivalent(
        layer.framework,
        source if signature.layer else "",
        called if signature.layer else source,
        True,
        layer.x_layout.translate(positions),
        layer.w_layout.translate(positions),
        flipped=layer.flipped,
    )


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def verify(explanation: Explanation) -> list[Verified]:
    """Run everything and compare with the definition. Raises CallError for arrays above ``MOST_ELEMENTS``."""
    layer = explanation.layer
    sizes = [math.prod(shape) for shape in (layer.input_shape, layer.kernel_shape, layer.output_shape)]
    canvas = (
        math.prod(d.canvas for d in layer.dimensions) * (layer.batch or 1) * max(layer.channels_in, layer.channels_out)
    )
    dense = math.prod(d.reach for d in layer.dimensions) * layer.channels_in * layer.channels_out
    if sum(sizes) + canvas + dense > MOST_ELEMENTS:
        raise refuse("--verify", layer.input_shape, f"would need more than {MOST_ELEMENTS} elements")
    arrays = sample(layer)
    wanted = definition(layer, arrays)
    with ThreadPoolExecutor(max_workers=max(os.cpu_count() or 1, 1)) as workers:
        return list(workers.map(lambda pair: _run(layer, pair[0], pair[1], arrays, wanted), verification(explanation)))


def sample(layer: Layer) -> dict[str, np.ndarray]:
    """Small integers as float32: x (N, C, spatial), w with the strided-over side's channels first, b (C)."""
    draw = np.random.Generator(np.random.PCG64(0))
    kernel = tuple(d.kernel for d in layer.dimensions)
    inner, outer = layer.channels_in, layer.channels_out // layer.groups
    if not layer.transposed:
        inner, outer = layer.channels_out, layer.channels_in // layer.groups
    sizes = tuple(d.input for d in layer.dimensions)
    shapes = {
        "x": (1 if layer.batch is None else layer.batch, layer.channels_in, *sizes),
        "w": (inner, outer, *kernel),
        "b": (layer.channels_out,),
    }
    return {name: draw.integers(-4, 5, shape).astype(np.float32) for name, shape in shapes.items()}


def definition(layer: Layer, arrays: dict[str, np.ndarray]) -> np.ndarray:
    """The result (N, C, spatial) from the canvas, in float64."""

    def row(name: str) -> tuple[int, ...]:
        return tuple(getattr(d, name) for d in layer.dimensions)

    views = tuple(d.window for d in layer.dimensions)
    forms = Forms(Geometry(row("narrow"), row("kernel"), row("stride"), row("dilation"), views))
    x, w = arrays["x"].astype(np.float64), arrays["w"].astype(np.float64)
    x = x.reshape((1, x.shape[0], layer.groups, x.shape[1] // layer.groups, *x.shape[2:]))
    w = w.reshape((1, layer.groups, w.shape[0] // layer.groups, *w.shape[1:]))
    y = (forms.to_wide if layer.transposed else forms.to_narrow)(x, w)[0]
    y = y.reshape((y.shape[0], layer.channels_out, *y.shape[3:]))
    bias = arrays["b"].reshape((1, -1) + (1,) * layer.rank)
    return np.asarray(y + bias if layer.bias else y)


def _run(layer: Layer, each: Equivalent, source: str, arrays: dict[str, np.ndarray], wanted: np.ndarray) -> Verified:
    if importlib.util.find_spec(_MODULES[each.framework]) is None:
        return Verified(each.framework, each.call, MISSING)
    sent = io.BytesIO()
    np.savez(
        sent,
        x=_laid_out(arrays["x"], "NC" + SPATIAL[layer.rank], each.x_layout),
        w=_kernel(layer, each, arrays["w"]),
        b=arrays["b"],
    )
    try:
        done = subprocess.run(
            [sys.executable, "-c", source],
            input=sent.getvalue(),
            capture_output=True,
            env={**os.environ, **_QUIET},
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Verified(each.framework, each.call, FAILED, f"no answer within {SECONDS} s")
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace").strip().splitlines()
        return Verified(
            each.framework, each.call, FAILED, _telling(words)[:500] if words else f"exit {done.returncode}"
        )
    got = np.load(io.BytesIO(done.stdout), allow_pickle=False)["y"]
    return _compared(each, got, _laid_out(wanted, "NC" + SPATIAL[layer.rank], each.x_layout))


def _telling(words: list[str]) -> str:
    """The line of a traceback that names the error."""
    return next((line for line in reversed(words) if "Error" in line), words[-1]).strip()


def _compared(each: Equivalent, got: np.ndarray, wanted: np.ndarray) -> Verified:
    if got.shape != wanted.shape:
        return Verified(each.framework, each.call, DIFFERS, f"shape {got.shape}, expected {wanted.shape}")
    wrong = np.argwhere(got != wanted)
    if len(wrong):
        at = tuple(int(index) for index in wrong[0])
        detail = f"{len(wrong)} of {got.size} elements, first at {at}: {got[at]}, expected {wanted[at]}"
        return Verified(each.framework, each.call, DIFFERS, detail)
    return Verified(each.framework, each.call, EQUAL, f"{got.size} elements of shape {got.shape}")


def _kernel(layer: Layer, each: Equivalent, w: np.ndarray) -> np.ndarray:
    """The kernel as the equivalent takes it."""
    spatial = tuple(range(2, w.ndim))
    if each.dense:
        w = _block_diagonal(w, layer.groups)
    if each.spread:
        wide = np.zeros(w.shape[:2] + tuple(d.reach for d in layer.dimensions), w.dtype)
        wide[(slice(None), slice(None), *(slice(None, None, d.dilation) for d in layer.dimensions))] = w
        w = wide
    if each.flipped:
        w = np.flip(w, spatial)
    return _laid_out(w, ("IO" if layer.transposed else "OI") + SPATIAL[layer.rank], each.w_layout)


def _block_diagonal(w: np.ndarray, groups: int) -> np.ndarray:
    first, second = w.shape[0] // groups, w.shape[1]
    dense = np.zeros((w.shape[0], second * groups, *w.shape[2:]), w.dtype)
    for group in range(groups):
        rows = slice(group * first, (group + 1) * first)
        dense[rows, group * second : (group + 1) * second] = w[rows]
    return dense


def _laid_out(array: np.ndarray, have: str, want: str) -> np.ndarray:
    """Axes in another order; an axis that ``want`` lacks has size 1 and is dropped."""
    for letter in set(have) - set(want):
        array, have = array.take(0, axis=have.index(letter)), have.replace(letter, "")
    return np.ascontiguousarray(array.transpose([have.index(letter) for letter in want]))
