"""The calls that ``explain`` reads, as data: names, parameters in order, defaults.

A test compares the parameter lists with the installed frameworks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

REQUIRED = object()
"""Default of a parameter that has none."""


@dataclass(frozen=True)
class Signature:
    """One callable: ``rank`` spatial dimensions (None: those of the input); ``tensors`` maps roles to parameter names.

    Roles are ``x`` and ``w``, of functions only. ``free`` parameters change neither shape nor values, or are tensors
    whose shape does not matter; any expression may stand there.
    """

    name: str
    framework: str
    layer: bool
    transposed: bool
    rank: int | None
    parameters: dict[str, Any]
    tensors: dict[str, str] = field(default_factory=dict)
    free: frozenset[str] = frozenset()


FRAMEWORKS = ("torch", "keras", "tf_keras", "tensorflow", "jax")
ALIASES = {
    "F": "torch.nn.functional",
    "tensorflow": "tf",
    "tf.keras": "keras",
    "tensorflow.keras": "keras",
    "tf.compat.v2": "tf",
}
"""First parts of a dotted name that stand for others. Every dotted ending of a name is understood as well."""

_TORCH_FREE = frozenset({"device", "dtype"})
_KERAS_FREE = (
    "activation",
    "kernel_initializer",
    "bias_initializer",
    "kernel_regularizer",
    "bias_regularizer",
    "activity_regularizer",
    "kernel_constraint",
    "bias_constraint",
)
_KERAS_KEYWORDS = ("name", "dtype", "trainable", "input_shape", "batch_input_shape", "input_dim", "weights", "autocast")
_JAX_FREE = frozenset({"precision", "preferred_element_type", "out_sharding"})


def _torch() -> Iterator[Signature]:
    for rank in (1, 2, 3):
        for transposed in (False, True):
            extra: dict[str, Any] = {"output_padding": 0} if transposed else {}
            shared = {"stride": 1, "padding": 0, **extra}
            tail = {"groups": 1, "dilation": 1} if transposed else {"dilation": 1, "groups": 1}
            layer = {"in_channels": REQUIRED, "out_channels": REQUIRED, "kernel_size": REQUIRED, **shared}
            if transposed:
                layer.update(groups=1, bias=True, dilation=1)
            else:
                layer.update(dilation=1, groups=1, bias=True)
            layer.update(padding_mode="zeros", device=None, dtype=None)
            name = f"torch.nn.Conv{'Transpose' if transposed else ''}{rank}d"
            yield Signature(name, "torch", True, transposed, rank, layer, free=_TORCH_FREE)
            function = {"input": REQUIRED, "weight": REQUIRED, "bias": None, **shared, **tail}
            name = f"torch.nn.functional.conv{'_transpose' if transposed else ''}{rank}d"
            roles = {"x": "input", "w": "weight"}
            yield Signature(name, "torch", False, transposed, rank, function, roles, frozenset({"bias"}))


def _keras(package: str) -> Iterator[Signature]:
    for rank in (1, 2, 3):
        for transposed in (False, True):
            shared: dict[str, Any] = {"filters": REQUIRED, "kernel_size": REQUIRED, "strides": 1, "padding": "valid"}
            order = ["output_padding", "data_format"] if transposed else ["data_format"]
            if package == "keras" and rank == 3:
                order.reverse()  # Keras 3 exchanges the two in Conv3DTranspose
            shared |= dict.fromkeys(order) | {"dilation_rate": 1}
            shared |= {} if transposed else {"groups": 1}
            shared |= {"activation": None, "use_bias": True}
            shared |= dict.fromkeys((*_KERAS_FREE[1:], *_KERAS_KEYWORDS))
            free = frozenset(_KERAS_FREE + _KERAS_KEYWORDS)
            for stem in ("Conv", "Convolution"):
                name = f"{package}.layers.{stem}{rank}D{'Transpose' if transposed else ''}"
                yield Signature(name, package, True, transposed, rank, shared, free=free)


def _keras_ops() -> Iterator[Signature]:
    roles = {"x": "inputs", "w": "kernel"}
    for transposed in (False, True):
        own: dict[str, Any] = {"inputs": REQUIRED, "kernel": REQUIRED, "strides": 1, "padding": "valid"}
        own |= {"output_padding": None} if transposed else {}
        own |= {"data_format": None, "dilation_rate": 1}
        name = f"keras.ops.conv{'_transpose' if transposed else ''}"
        yield Signature(name, "keras", False, transposed, None, own, roles)


def _tensorflow() -> Iterator[Signature]:
    roles, free = {"x": "input", "w": "filters"}, frozenset({"name"})
    tensors = {"input": REQUIRED, "filters": REQUIRED}
    end = {"data_format": None, "dilations": None, "name": None}
    for rank in (1, 2, 3):
        steps = {"stride" if rank == 1 else "strides": REQUIRED}
        own = {**tensors, **steps, "padding": REQUIRED, **end}
        yield Signature(f"tf.nn.conv{rank}d", "tensorflow", False, False, rank, own, roles, free)
        own = {**tensors, "output_shape": REQUIRED, "strides": REQUIRED, "padding": "SAME", **end}
        yield Signature(f"tf.nn.conv{rank}d_transpose", "tensorflow", False, True, rank, own, roles, free)
    own = {**tensors, "output_shape": REQUIRED, "strides": REQUIRED, "padding": "SAME", **end}
    yield Signature("tf.nn.conv_transpose", "tensorflow", False, True, None, own, roles, free)
    own = {**tensors, "strides": None, "padding": "VALID", **end}
    yield Signature("tf.nn.convolution", "tensorflow", False, False, None, own, roles, free)


def _jax() -> Iterator[Signature]:
    roles = {"x": "lhs", "w": "rhs"}
    tensors = {"lhs": REQUIRED, "rhs": REQUIRED}
    end = {"precision": None, "preferred_element_type": None}
    own = {**tensors, "window_strides": REQUIRED, "padding": REQUIRED, **end}
    yield Signature("jax.lax.conv", "jax", False, False, None, own, roles, _JAX_FREE)
    own = {**tensors, "window_strides": REQUIRED, "padding": REQUIRED}
    dilated = {**own, "lhs_dilation": REQUIRED, "rhs_dilation": REQUIRED, **end}
    yield Signature("jax.lax.conv_with_general_padding", "jax", False, False, None, dilated, roles, _JAX_FREE)
    general = {**own, "lhs_dilation": None, "rhs_dilation": None, "dimension_numbers": None}
    general |= {"feature_group_count": 1, "batch_group_count": 1, **end, "out_sharding": None}
    yield Signature("jax.lax.conv_general_dilated", "jax", False, False, None, general, roles, _JAX_FREE)
    own = {**tensors, "strides": REQUIRED, "padding": REQUIRED, "rhs_dilation": None, "dimension_numbers": None}
    own |= {"transpose_kernel": False, **end, "use_consistent_padding": False}
    yield Signature("jax.lax.conv_transpose", "jax", False, True, None, own, roles, _JAX_FREE)


SIGNATURES: dict[str, Signature] = {
    signature.name: signature
    for family in (_torch(), _keras("keras"), _keras_ops(), _keras("tf_keras"), _tensorflow(), _jax())
    for signature in family
}
"""Every call that is understood, by its full name. Where an ending fits several, Keras 3 goes before Keras 2."""
