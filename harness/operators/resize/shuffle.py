"""Blocks of space and channels: depth_to_space and its inverse, with the two orders of channels.

CRD: the channel is (channel, block row, block column), as in torch.nn.PixelShuffle; DCR: (block row, block column, channel), as in
tf.nn.depth_to_space. ONNX's DepthToSpace names them so.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from harness.case import Case
from harness.operators.moves.positions import Refused, Undefined
from harness.operators.moves.rows import move
from harness.operators.resize.calls import channels_last
from harness.plain import ask


def depth_to_space(x: np.ndarray, block: int, order: str) -> np.ndarray:
    """Channels become blocks of space."""
    if x.ndim != 4:
        raise Undefined(f"x of rank {x.ndim}: some frameworks take other ranks")
    batch, channels, height, width = x.shape
    if block < 1 or channels % (block * block):
        raise Refused(f"block {block}: {channels} channels are no multiple of its square")
    kept = channels // (block * block)
    if order == "CRD":
        y = x.reshape(batch, kept, block, block, height, width).transpose(0, 1, 4, 2, 5, 3)
    else:
        y = x.reshape(batch, block, block, kept, height, width).transpose(0, 3, 4, 1, 5, 2)
    return _checked(x, block, y.reshape(batch, kept, height * block, width * block))


def space_to_depth(x: np.ndarray, block: int, order: str) -> np.ndarray:
    """Blocks of space become channels."""
    if x.ndim != 4:
        raise Undefined(f"x of rank {x.ndim}: some frameworks take other ranks")
    batch, channels, height, width = x.shape
    if block < 1 or height % block or width % block:
        raise Refused(f"block {block}: {height, width} are no multiples of it")
    y = x.reshape(batch, channels, height // block, block, width // block, block)
    y = y.transpose((0, 1, 3, 5, 2, 4) if order == "CRD" else (0, 3, 5, 1, 2, 4))
    return _checked(x, block, y.reshape(batch, channels * block * block, height // block, width // block))


def _checked(x: np.ndarray, block: int, y: np.ndarray) -> Any:
    """The result, which a block of one (TensorFlow documents at least two) and no elements leave open."""
    if block == 1 or 0 in x.shape:
        raise Undefined(f"block {block}, x {x.shape}: a block of one, or no elements", {"": y})
    return y


def crd(case: Case) -> bool:
    """Whether channels run slowest."""
    return bool(case.parameters["order"] == "CRD")


def dcr(case: Case) -> bool:
    """Whether channels run fastest."""
    return not crd(case) and len(case.inputs["x"].shape) == 4


for _name, _plan, _torch, _tf in (
    ("depth_to_space", depth_to_space, "pixel_shuffle", "tf.nn.depth_to_space"),
    ("space_to_depth", space_to_depth, "pixel_unshuffle", "tf.nn.space_to_depth"),
):
    move(
        _name,
        "x",
        _plan,
        {
            "torch": ask(f"torch.nn.functional.{_torch}(x, block)", when=crd),
            "tensorflow": ask(channels_last(f"{_tf}($, block)"), when=dcr),
        },
        family="resize",
        summary=f"{_name.replace('_', ' ')}, with either order of channels",
        strategies="strategies.resize",
    )
