"""Recurrent cells as formulas of tracked numbers, and what shapes their inputs may have.

Gates have an axis of their own: a kernel ``w`` is (gates, units, inputs), a recurrent kernel ``u`` (gates, units, units), biases ``b`` and
``d`` (gates, units). The gates of a long short-term memory (Hochreiter and Schmidhuber 1997; Gers et al. 2000) stand in the order input,
forget, candidate, output, those of a gated recurrent unit (Cho et al., arXiv:1406.1078) reset, update, candidate.

Read by the workers: Python 3.9 syntax; standard library and NumPy only.
"""

from __future__ import annotations

from typing import Callable, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from harness.case import Case
from harness.meaning import Rule
from harness.operators import functions as f
from harness.operators.formula import Verdict
from harness.operators.tracked import Tracked, broadcast_to, reshape

Product = Tuple[str, Tracked, Tracked]
Maybe = Optional[Tracked]


def affine(products: Sequence[Product], biases: Sequence[Maybe] = ()) -> Tracked:
    """The sum of products of matrices and of biases, which broadcast to them, in any order and however it is grouped.

    One accumulator may run through all products (gamma_n times the sum of magnitudes), or each product may be rounded to the dtype
    and so may every sum of two of them.
    """
    parts = [f.einsum(*product) for product in products] + [each for each in biases if each is not None]
    how, node = parts[0].how, parts[0]
    for part in parts[1:]:
        node = node + part
    size = np.zeros(node.shape, node.value.dtype)
    terms = len(parts)
    for subscripts, a, b in products:
        size = size + f.contracted(subscripts, np.abs(a.value) + a.error, np.abs(b.value) + b.error)
        terms += terms_of(subscripts, a.shape)
    for part in parts[len(products) :]:
        size = size + np.abs(part.value) + part.error
    partial = sum((np.abs(part.value) + part.error for part in parts), np.zeros((), node.value.dtype))
    lost = terms * how.summing
    error = node.error + lost / (1 - lost) * size + len(parts) * how.roundoff * partial
    error = np.where(np.isfinite(node.value) & np.isfinite(node.error), error, node.error)
    return Tracked(how, node.value, np.where(finite_size(products) > how.largest, np.inf, error), node.parents)


def finite_size(products: Sequence[Product]) -> np.ndarray:
    """Sum of the magnitudes of all finite terms: where it overflows, an infinity may meet one of the other sign."""
    size = np.zeros(())
    for subscripts, a, b in products:
        finite = [np.where(np.isfinite(each.value), np.abs(each.value), 0) for each in (a, b)]
        size = size + f.contracted(subscripts, *finite)
    return size


def terms_of(subscripts: str, shape: Tuple[int, ...]) -> int:
    """Number of products per element of a product of matrices whose first operand has the shape."""
    left, out = subscripts.split(",")[0], subscripts.split("->")[1]
    return int(np.prod([n for name, n in zip(left, shape) if name not in out], dtype=np.int64))


def stack(parts: Sequence[Tracked]) -> Tracked:
    """Numbers of one shape along a new first axis."""
    value, error = np.stack([part.value for part in parts]), np.stack([part.error for part in parts])
    return Tracked(parts[0].how, value, error, [(part, _entry(i)) for i, part in enumerate(parts)])


def _entry(i: int) -> Callable[[Tracked], Tracked]:
    return lambda g: entry(g, i)


def entry(x: Tracked, i: int) -> Tracked:
    """One entry along the first axis."""
    return reshape(f.part(x, 0, i, i + 1), x.shape[1:])


def gates(x: Tracked) -> List[Tracked]:
    """All entries along the first axis."""
    return [entry(x, i) for i in range(x.shape[0])]


def blend(z: Tracked, h: Tracked, n: Tracked) -> Tracked:
    """z h + (1 - z) n, which may be computed as (h - n) z + n or n - z n + z h as well, and its derivatives likewise."""
    forms = z * h + (1.0 - z) * n, (h - n) * z + n, (n - z * n) + z * h
    parents = [
        (z, lambda g: f.worst(g * h - g * n, g * (h - n))),
        (h, lambda g: g * z),
        (n, lambda g: f.worst(g * (1.0 - z), g - g * z)),
    ]
    node = f.worst(*forms)
    return Tracked(node.how, node.value, node.error, parents)


def flat(bias: Maybe) -> Maybe:
    """A bias (gates, units) as (gates, 1, units), to broadcast over the batch."""
    return None if bias is None else reshape(bias, (bias.shape[0], 1, bias.shape[1]))


FROM_INPUT, FROM_STATE = "bi,gui->gbu", "bv,guv->gbu"


def rnn_step(x: Tracked, h: Tracked, w: Tracked, u: Tracked, biases: Sequence[Maybe], activation: str) -> Tracked:
    """tanh or the rectifier of W x + U h + b."""
    total = affine([("bi,ui->bu", x, w), ("bv,uv->bu", h, u)], biases)
    return f.tanh(total) if activation == "tanh" else f.maximum(total, 0.0)


def lstm_step(
    x: Tracked, h: Tracked, c: Tracked, w: Tracked, u: Tracked, biases: Sequence[Maybe] = (), most: float = np.inf
) -> Tuple[Tracked, Tracked]:
    """(h', c') with c' = sigmoid(f) c + sigmoid(i) tanh(g), kept within ``most``, and h' = sigmoid(o) tanh(c')."""
    total = affine([(FROM_INPUT, x, w), (FROM_STATE, h, u)], [flat(each) for each in biases])
    i, forget, g, o = gates(total)
    c = f.sigmoid(forget) * c + f.sigmoid(i) * f.tanh(g)
    if np.isfinite(most):
        c = f.minimum(f.maximum(c, -most), most)
    return f.sigmoid(o) * f.tanh(c), c


def gru_step(
    x: Tracked, h: Tracked, w: Tracked, u: Tracked, b: Maybe = None, d: Maybe = None, reset: str = "after"
) -> Tracked:
    """z h + (1 - z) tanh(n): the reset gate multiplies U h + d, or with ``reset`` before the product h alone (d is absent then)."""
    both = affine(
        [(FROM_INPUT, x, f.part(w, 0, 0, 2)), (FROM_STATE, h, f.part(u, 0, 0, 2))], [_of(b, 0, 2), _of(d, 0, 2)]
    )
    r, z = (f.sigmoid(each) for each in gates(both))
    last = [each and reshape(each, each.shape[1:]) for each in (_of(b, 2, 3), _of(d, 2, 3))]
    kernel, recurrent = entry(w, 2), entry(u, 2)
    if reset == "before":
        n = affine([("bi,ui->bu", x, kernel), ("bv,uv->bu", r * h, recurrent)], last[:1])
    else:
        inner = affine([("bv,uv->bu", h, recurrent)], last[1:])
        n = affine([("bi,ui->bu", x, kernel)], [last[0], r * inner])
    return blend(z, h, f.tanh(n))


def _of(bias: Maybe, first: int, end: int) -> Maybe:
    return None if bias is None else flat(f.part(bias, 0, first, end))


def steps(u: Tracked, count: int) -> List[Tracked]:
    """As many copies of a recurrent kernel: the sum of the steps' contributions to its gradient may be taken in any order."""
    return gates(broadcast_to(reshape(u, (1, *u.shape)), (count, *u.shape)))


def shapes_fit(wanted: Mapping[str, str]) -> Callable[[Case], Verdict]:
    """Verdict on a case whose inputs have axes of these names, equal names of equal length; a digit is a length.

    A length of 1 where another is asked for may broadcast.
    """

    def check(case: Case) -> Verdict:
        lengths: Dict[str, int] = {}
        differs = ""
        for name, axes in wanted.items():
            if name not in case.inputs:
                continue
            shape = case.inputs[name].shape
            if len(shape) != len(axes):
                return Rule.REFUSE, f"{name} of shape {shape}: must have {len(axes)} axes"
            for axis, length in zip(axes, shape):
                own = int(axis) if axis.isdigit() else lengths.setdefault(axis, length)
                if length != own and min(length, own) > 1:
                    return Rule.REFUSE, f"{name} of shape {shape}: its axis {axes.index(axis)} must be {own} long"
                if length != own:
                    differs = f"{name} of shape {shape}: its axis {axes.index(axis)} may broadcast"
        return (Rule.EITHER, differs) if differs else None

    return check
