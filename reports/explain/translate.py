"""The same result in every other framework: equal windows, or the smallest window that covers, cropped and padded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from reports.explain import forward_calls, transposed_calls
from reports.explain.adjust import short
from reports.explain.equivalent import Equivalent
from reports.explain.layer import Layer
from reports.explain.signatures import FRAMEWORKS


def equivalents(layer: Layer) -> tuple[Equivalent, ...]:
    """One for every framework but the call's own."""
    return tuple(write(layer, name) for name in FRAMEWORKS if name != layer.framework)


def write(layer: Layer, framework: str) -> Equivalent:
    """The layer in the words of one framework."""
    table = _TRANSPOSED if layer.transposed else _FORWARD
    return _noted(layer, table[framework](layer, framework))


def _noted(layer: Layer, found: Equivalent) -> Equivalent:
    """The equivalent with a note of what is done around the call."""
    notes = [found.note] if found.note else []
    if found.spread:
        notes.append(
            f"the kernel's taps are spread {short([d.dilation for d in layer.dimensions])} apart with zeros between"
        )
    if found.dense:
        notes.append(f"the kernel of {layer.groups} groups is written as one block-diagonal kernel")
    if "N" not in layer.x_layout:
        notes.append("x has a batch axis of 1")
    exact = found.exact and not found.spread and not found.dense
    return replace(found, note="; ".join(notes), exact=exact)


_Writer = Callable[[Layer, str], Equivalent]
_TRANSPOSED: dict[str, _Writer] = {
    "torch": transposed_calls.torch_transposed,
    "keras": transposed_calls.keras_transposed,
    "tf_keras": transposed_calls.keras_transposed,
    "tensorflow": transposed_calls.tensorflow_transposed,
    "jax": transposed_calls.jax_transposed,
}
_FORWARD: dict[str, _Writer] = {
    "torch": forward_calls.torch_forward,
    "keras": forward_calls.keras_forward,
    "tf_keras": forward_calls.keras_forward,
    "tensorflow": forward_calls.tensorflow_forward,
    "jax": forward_calls.jax_forward,
}
