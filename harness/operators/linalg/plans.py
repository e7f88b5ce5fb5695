"""Which axes a product multiplies: the plan of every product of two arrays, or the reason why it must be refused."""

from __future__ import annotations

import math
from typing import Dict, List, Tuple, Union

from harness.case import Case
from harness.operators.linalg.contraction import Contraction, Labels, Unclear, aligned

Plan = Union[str, Contraction]
Shape = Tuple[int, ...]

BATCH = 10
"""First label of the axes before the last ones."""

ELLIPSIS = 26
"""First label of the axes that an ellipsis stands for; letters have those before."""


def shapes_of(case: Case) -> Tuple[Shape, Shape]:
    """Shapes of x and y."""
    return case.inputs["x"].shape, case.inputs["y"].shape


def _with_batch(x: Shape, y: Shape, own_x: Labels, own_y: Labels, out: Labels) -> Plan:
    """A product of the last axes; those before broadcast."""
    found = aligned(x, y, own_x, own_y, BATCH)
    return found if isinstance(found, str) else Contraction(found[0], found[1], (*found[2], *out))


def matmul(case: Case) -> Plan:
    """Matrices in the last two axes; an array of one axis is a vector (array API, matmul)."""
    x, y = shapes_of(case)
    if not x or not y:
        return f"shapes {x} and {y}: a number is no matrix and no vector"
    if x[-1] != y[-2 if len(y) > 1 else 0]:
        return f"shapes {x} and {y}: the last axis of x must be as long as the last but one of y"
    own_x, own_y = (0, 1)[-len(x) :], (1, 2) if len(y) > 1 else (1,)
    return _with_batch(x, y, own_x, own_y, (*own_x[:-1], *own_y[1:]))


def bmm(case: Case) -> Plan:
    """Two stacks of as many matrices."""
    x, y = shapes_of(case)
    if len(x) != 3 or len(y) != 3:
        return f"shapes {x} and {y}: stacks of matrices have 3 axes"
    return Contraction((0, 1, 2), (0, 2, 3), (0, 1, 3))


def dot(case: Case) -> Plan:
    """The last axis of x and the last but one of y, or the only one; a number multiplies every element."""
    x, y = shapes_of(case)
    own_x, own_y = tuple(range(len(x))), tuple(range(BATCH, BATCH + len(y)))
    if not x or not y:
        return Contraction(own_x, own_y, (*own_x, *own_y))
    place = max(len(y) - 2, 0)
    own_y = (*own_y[:place], own_x[-1], *own_y[place + 1 :])
    return Contraction(own_x, own_y, (*own_x[:-1], *own_y[:place], *own_y[place + 1 :]))


def vdot(case: Case) -> Plan:
    """Two vectors, the first one conjugated."""
    x, y = shapes_of(case)
    if len(x) == len(y) == 1:
        return Contraction((0,), (0,), (), conjugate=True)
    return Unclear(f"shapes {x} and {y}: arrays of other than one axis may count as vectors of all their elements")


def inner(case: Case) -> Plan:
    """The last axes of both; a number multiplies every element."""
    x, y = shapes_of(case)
    own_x, own_y = tuple(range(len(x))), tuple(range(BATCH, BATCH + len(y)))
    if not x or not y:
        return Contraction(own_x, own_y, (*own_x, *own_y))
    return Contraction(own_x, (*own_y[:-1], own_x[-1]), (*own_x[:-1], *own_y[:-1]))


def outer(case: Case) -> Plan:
    """Every element of one vector with every element of the other."""
    x, y = shapes_of(case)
    if len(x) == len(y) == 1:
        return Contraction((0,), (1,), (0, 1))
    return Unclear(f"shapes {x} and {y}: arrays of other than one axis may count as vectors of all their elements")


def matvec(case: Case) -> Plan:
    """Matrices in the last two axes of x, vectors in the last of y."""
    x, y = shapes_of(case)
    if len(x) < 2 or not y:
        return f"shapes {x} and {y}: a matrix has two axes, a vector one"
    if x[-1] != y[-1]:
        return f"shapes {x} and {y}: the rows of x must be as long as y"
    return _with_batch(x, y, (0, 1), (1,), (0,))


def vecdot(case: Case) -> Plan:
    """The sum of products along an axis, x conjugated; the others broadcast."""
    x, y = shapes_of(case)
    axis = case.parameters["axis"]
    if not x or not y:
        return f"shapes {x} and {y}: a number has no axis"
    rank = max(len(x), len(y))
    if not -min(len(x), len(y)) <= axis < rank:
        return f"axis {axis}: must be an axis of arrays of shapes {x} and {y}"
    back = axis - rank if axis >= 0 else axis
    if -back > min(len(x), len(y)) or x[back] != y[back]:
        return f"shapes {x} and {y}: axis {axis} must be equally long"
    rest = [shape[: len(shape) + back] + shape[len(shape) + back + 1 :] for shape in (x, y)]
    found = aligned(rest[0], rest[1], (), (), BATCH)
    if isinstance(found, str):
        return found
    own = [(*labels[: len(labels) + 1 + back], 0, *labels[len(labels) + 1 + back :]) for labels in (found[0], found[1])]
    return Contraction(own[0], own[1], found[2], conjugate=True)


def kron(case: Case) -> Plan:
    """Blocks: every element of x times the whole of y; the shape of fewer axes is preceded by ones."""
    x, y = shapes_of(case)
    rank = max(len(x), len(y))
    own_x, own_y = tuple(range(rank))[rank - len(x) :], tuple(range(rank, 2 * rank))[rank - len(y) :]
    out = [label for i in range(rank) for label in (i, rank + i) if label in (*own_x, *own_y)]
    wide = [(1,) * (rank - len(shape)) + shape for shape in (x, y)]
    return Contraction(own_x, own_y, tuple(out), tuple(a * c for a, c in zip(*wide)))


def tensordot(case: Case) -> Plan:
    """The last axes of x with the first ones of y, or the named ones of both in that order."""
    x, y = shapes_of(case)
    axes = case.parameters["axes"]
    if isinstance(axes, int):
        if not 0 <= axes <= min(len(x), len(y)):
            return f"axes {axes}: shapes {x} and {y} have not as many"
        axes = (tuple(range(len(x) - axes, len(x))), tuple(range(axes)))
    if len(axes[0]) != len(axes[1]):
        return f"axes {axes}: as many of x as of y"
    places: List[List[int]] = []
    for shape, own in zip((x, y), axes):
        if any(not -len(shape) <= axis < len(shape) for axis in own):
            return f"axes {own}: not all are axes of the shape {shape}"
        places.append([axis % len(shape) for axis in own])
        if len(set(places[-1])) < len(own):
            return f"axes {own}: an axis is named twice"
    own_x, own_y = list(range(len(x))), list(range(BATCH, BATCH + len(y)))
    for mine, theirs in zip(*places):
        own_y[theirs] = own_x[mine]
    out = [i for i in own_x if i not in own_y] + [i for i in own_y if i not in own_x]
    return Contraction(tuple(own_x), tuple(own_y), tuple(out), lenient=True)


def einsum(case: Case) -> Plan:
    """An equation of one or two operands."""
    shapes = [case.inputs[name].shape for name in ("x", "y") if name in case.inputs]
    equation = case.parameters["equation"]
    left, arrow, right = equation.partition("->")
    operands = left.split(",")
    if len(operands) != len(shapes):
        return f"equation {equation!r}: has other than {len(shapes)} operands"
    letters: Dict[str, int] = {}
    hidden: List[Shape] = []
    for operand, shape in zip(operands, shapes):
        named = operand.replace("...", "", 1)
        if len(named) > len(shape) or (len(named) < len(shape) and "..." not in operand):
            return f"equation {equation!r}: {operand!r} does not fit the shape {shape}"
        first = len(operand.partition("...")[0])
        hidden.append(shape[first : len(shape) - len(named) + first] if "..." in operand else ())
        for letter in named:
            letters.setdefault(letter, len(letters))
    found = aligned(hidden[0], hidden[-1], (), (), ELLIPSIS)
    if isinstance(found, str):
        return found
    if not arrow:
        once = sorted(letter for letter in letters if left.count(letter) == 1)
        right = ("..." if "..." in left else "") + "".join(once)
    named = right.replace("...", "", 1)
    if any(letter not in letters for letter in named) or len(set(named)) < len(named):
        return f"equation {equation!r}: the result names every letter of an operand once at most"
    out = _labels(right, letters, found[2])
    own_x = _labels(operands[0], letters, found[0])
    if len(shapes) == 1:
        return Contraction(own_x, (), out, single=True)
    return Contraction(own_x, _labels(operands[1], letters, found[1]), out, lenient=True)


def _labels(operand: str, letters: Dict[str, int], hidden: Labels) -> Labels:
    """Labels of the letters of an operand or result, with those that its ellipsis stands for."""
    before, ellipsis, after = operand.partition("...")
    return (*(letters[c] for c in before), *(hidden if ellipsis else ()), *(letters[c] for c in after))


def terms(case: Case, plan: Contraction) -> int:
    """The largest number of products that an element of the result is the sum of."""
    summed = {
        label: length
        for labels, name in ((plan.x, "x"), (plan.y, "y"))
        if name in case.inputs
        for label, length in zip(labels, case.inputs[name].shape)
        if label not in plan.out
    }
    return math.prod(summed.values())
