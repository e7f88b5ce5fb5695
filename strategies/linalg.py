"""Structures of products of vectors and matrices: shapes whose axes fit each other, at and around the widths of vector registers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from strategies import arrays, hostile
from strategies.hostile import Mutation, Structure
from strategies.shapes import Pool, choose, index

DIMENSIONS = Pool((1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 129), 5)
"""Lengths of the axes of matrices."""

BATCHES = (1, 2, 3, 1, 5, 0)
"""Lengths of the axes before the last two, in shrinking order."""

WORK = 1 << 16
"""Largest number of products of elements."""

FLOATS = ("float32", "float32", "float32", "float64", "float16", "bfloat16")
NUMBERS = (*FLOATS, "int32", "int64", "complex64", "complex128")

Shape = tuple[int, ...]
Shapes = Callable[[DrawFn], tuple[Shape, Shape, dict[str, Any]]]
"""Draws the shapes of x and y and the parameters."""


def lengths(draw: DrawFn, count: int, work: int = WORK) -> list[int]:
    """Lengths whose product is at most ``work``."""
    found: list[int] = []
    for _ in range(count):
        found.append(DIMENSIONS.pick(draw, most=max(work // math.prod(found), 1)))
    return arrays.degenerate(draw, found)


def batch(draw: DrawFn) -> Shape:
    """The shape of the axes before the last two; none for half of all draws."""
    return tuple(BATCHES[draw(index(len(BATCHES)))] for _ in range((0, 0, 1, 2)[choose(draw, 4)]))


def matmul(draw: DrawFn) -> tuple[Shape, Shape, dict[str, Any]]:
    """Matrices, vectors, stacks of matrices whose leading axes broadcast."""
    stack = batch(draw)
    m, k, n = lengths(draw, 3, WORK // max(math.prod(stack), 1))
    kind = choose(draw, 8)
    if kind == 6:
        return (k,), (*stack, k, n), {}
    if kind == 7:
        return (*stack, m, k), (k,), {}
    x, y = stack, arrays.broadcast_with(draw, stack)
    return ((*x, m, k), (*y, k, n), {}) if kind % 2 == 0 else ((*y, m, k), (*x, k, n), {})


def same_batch(draw: DrawFn) -> tuple[Shape, Shape, dict[str, Any]]:
    """Two stacks of as many matrices."""
    stack = arrays.one(draw, BATCHES)
    m, k, n = lengths(draw, 3, WORK // max(stack, 1))
    return (stack, m, k), (stack, k, n), {}


def vectors(draw: DrawFn) -> tuple[Shape, Shape, dict[str, Any]]:
    """Two vectors of one length."""
    n = arrays.shape(draw, (1,))
    return n, n, {}


def two_vectors(draw: DrawFn) -> tuple[Shape, Shape, dict[str, Any]]:
    """Two vectors of any lengths."""
    m, n = lengths(draw, 2, arrays.MOST)
    return (m,), (n,), {}


def dot(draw: DrawFn) -> tuple[Shape, Shape, dict[str, Any]]:
    """Arrays of rank 0 to 3, the last axis of x as long as the last but one of y, or the only one."""
    kind = choose(draw, 6)
    if kind == 0:
        return vectors(draw)
    if kind == 1:
        return (arrays.shape(draw, (1, 2), most=256), (), {})
    m, k, n, extra = lengths(draw, 4)
    pairs = (((m, k), (k, n)), ((m, k), (k,)), ((k,), (k, n)), ((extra, m, k), (2, k, n)))
    return (*pairs[kind - 2], {})


def inner(draw: DrawFn) -> tuple[Shape, Shape, dict[str, Any]]:
    """Arrays of rank 1 to 3 whose last axes are equally long."""
    m, k, n, extra = lengths(draw, 4)
    pairs = (((k,), (k,)), ((m, k), (k,)), ((k,), (n, k)), ((m, k), (n, k)), ((extra, m, k), (n, k)))
    return (*pairs[choose(draw, len(pairs))], {})


def matvec(draw: DrawFn) -> tuple[Shape, Shape, dict[str, Any]]:
    """Stacks of matrices and of vectors; half of the pairs are one matrix and one vector."""
    stack = batch(draw)
    m, k = lengths(draw, 2, WORK // max(math.prod(stack), 1))
    other = stack if draw(index(2)) else arrays.broadcast_with(draw, stack)
    return (*stack, m, k), (*other, k), {}


def vecdot(draw: DrawFn) -> tuple[Shape, Shape, dict[str, Any]]:
    """Arrays that broadcast and an axis of both, counted from the end, or from the start where both have one shape."""
    full = arrays.shape(draw, (1, 1, 2, 3))
    y = full if draw(index(2)) else (*arrays.broadcast_with(draw, full[:-1]), full[-1])
    return full, y, {"axis": arrays.axis(draw, len(full)) if y == full else -1}


def kron(draw: DrawFn) -> tuple[Shape, Shape, dict[str, Any]]:
    """Arrays of rank 0 to 3, in a tenth of all cases of different ranks."""
    rank = (1, 2, 2, 3, 0)[choose(draw, 5)]
    other = (2, 1)[draw(index(2))] if choose(draw, 10) == 9 else rank
    room = arrays.MOST
    found = lengths(draw, rank + other, room)
    return tuple(found[:rank]), tuple(found[rank:]), {}


def tensordot(draw: DrawFn) -> tuple[Shape, Shape, dict[str, Any]]:
    """A number of axes, the last ones of x with the first ones of y, or a list of axes for each."""
    count = (1, 2, 0)[choose(draw, 3)]
    shared = lengths(draw, count, 256)
    room = WORK // max(math.prod(shared), 1)
    own = lengths(draw, (1, 2, 0)[choose(draw, 3)], max(room // 64, 1))
    other = lengths(draw, (1, 2, 0)[choose(draw, 3)], max(room // max(math.prod(own), 1), 1))
    if draw(index(2)) == 0:
        return (*own, *shared), (*shared, *other), {"axes": count}
    x, mine = _mixed(draw, shared, own)
    y, theirs = _mixed(draw, shared, other)
    return x, y, {"axes": (mine, theirs)}


def _mixed(draw: DrawFn, shared: list[int], rest: list[int]) -> tuple[Shape, tuple[int, ...]]:
    """The shared axes among the rest: the shape, and where they stand, counted from either end."""
    order = list(rest)
    places: list[int] = []
    for size in shared:
        place = draw(index(len(order) + 1))
        order.insert(place, size)
        places = [p + (p >= place) for p in places] + [place]
    return tuple(order), tuple(p - len(order) if draw(index(2)) else p for p in places)


def cross(draw: DrawFn) -> tuple[Shape, Shape, dict[str, Any]]:
    """Vectors of three elements along one axis."""
    rest = arrays.shape(draw, (0, 1, 1, 2), most=256)
    axis = arrays.axis(draw, len(rest) + 1)
    place = axis % (len(rest) + 1)
    shape = (*rest[:place], 3, *rest[place:])
    return shape, shape, {"axis": axis}


EQUATIONS = (
    "ij,jk->ik",
    "ij,kj->ik",
    "ji,jk->ki",
    "i,i->",
    "i,j->ij",
    "ij,j->i",
    "ij,ij->ij",
    "ij,ji->",
    "bij,bjk->bik",
    "bij,jk->bik",
    "bhid,bhjd->bhij",
    "bij,bij->b",
    "ii,ij->j",
    "ij,jk",
    "...ij,...jk->...ik",
    "...i,...i->...",
    "i...,i...->...",
    "ijk,jil->kl",
    "ij,->ij",
    "ba,cb",
    "ij,jk->k",
    "ij,jk->i",
    "ij,kl->jl",
)
"""Equations of two operands: products in every order, diagonals, outputs left to the alphabet, ellipses, sums over one operand alone."""

UNARY = (
    "ij->ji",
    "ii->i",
    "ii->",
    "ij->",
    "ij->j",
    "ijk->kij",
    "bii->bi",
    "bii->b",
    "ba",
    "...ij->...ji",
    "...ii->...i",
    "...i->...",
    "i...->...i",
    "iij->ij",
    "iij->j",
)
"""Equations of one operand: transposes, diagonals, traces, sums, ellipses."""


def einsum(equations: tuple[str, ...]) -> Shapes:
    """An equation with operands that fit it; an ellipsis stands for up to two axes."""

    def draw_shapes(draw: DrawFn) -> tuple[Shape, Shape, dict[str, Any]]:
        equation = arrays.one(draw, equations)
        hidden = [2, 3][: choose(draw, 3)]
        operands = equation.split("->")[0].split(",")
        letters = dict.fromkeys(letter for operand in operands for letter in operand.replace("...", ""))
        sizes = dict(zip(letters, lengths(draw, len(letters), WORK // 8), strict=True))
        shapes = []
        for operand in operands:
            before, ellipsis, after = operand.partition("...")
            middle = hidden if ellipsis else []
            shapes.append((*(sizes[c] for c in before), *middle, *(sizes[c] for c in after)))
        return shapes[0], shapes[-1], {"equation": equation}

    return draw_shapes


def structures(
    shapes: Shapes, dtypes: tuple[str, ...] = NUMBERS, *, single: bool = False, wrong: Mapping[str, Mutation] = {}
) -> SearchStrategy[Structure]:
    """Structures with inputs x and y, or x alone, of the drawn shapes; further ways of being wrong in ``wrong``."""

    @st.composite
    def draw_structure(draw: DrawFn) -> Structure:
        x, y, parameters = shapes(draw)  # first, for the array of aspects that fits the number of equations
        dtype = arrays.one(draw, dtypes)
        inputs: dict[str, Any] = {"x": (x, dtype, arrays.layout(draw))}
        if not single:
            inputs["y"] = (y, dtype, arrays.layout(draw))
        structure: Structure = {"inputs": inputs, "parameters": parameters}
        mutations: dict[str, Mutation] = {"axes": hostile.axes(*inputs), "length": _length(*inputs)}
        if not single:
            mutations["dtypes"] = hostile.dtypes("x", "y", choices=("float32", "float64", "int32"))
        hostile.sometimes(draw, structure, {**mutations, **wrong})
        return structure

    return draw_structure()


def _length(*names: str) -> Mutation:
    """The mutation by which an axis of an input is longer, zero, or as long as 16-bit numbers can say."""

    def mutate(draw: DrawFn, structure: Structure) -> None:
        name = arrays.one(draw, names)
        shape = structure["inputs"][name][0]
        if not shape:
            hostile.reshape(structure, name, lambda shape: (2,))
            return
        place = draw(index(len(shape)))
        new = arrays.one(draw, (shape[place] + 1, 0, 1, 257))
        hostile.reshape(structure, name, lambda shape: hostile.replaced(shape, place, new))

    return mutate


def other(name: str, *values: Any) -> Mutation:
    """The mutation by which a parameter has one of the values."""

    def mutate(draw: DrawFn, structure: Structure) -> None:
        structure["parameters"][name] = arrays.one(draw, values)

    return mutate


AXES = other("axis", 3, -4, *hostile.INTEGERS[1:])

PRODUCTS: dict[str, SearchStrategy[Structure]] = {
    "matmul": structures(matmul),
    "bmm": structures(same_batch),
    "dot": structures(dot),
    "vdot": structures(vectors),
    "inner": structures(inner),
    "outer": structures(two_vectors),
    "matvec": structures(matvec),
    "vecdot": structures(vecdot, wrong={"axis": AXES}),
    "kron": structures(kron),
    "tensordot": structures(
        tensordot, wrong={"count": other("axes", 3, -1, 2**31, ((0, 0), (0, 0)), ((0,), (0, 1)), ((5,), (0,)))}
    ),
    "cross": structures(cross, wrong={"axis": AXES}),
    "einsum": structures(
        einsum(EQUATIONS),
        tuple(dict.fromkeys(NUMBERS)),
        wrong={"equation": other("equation", "ij,jk->iz", "ij->ij", "i,j,k->ijk", "i->ii", "", "ij,jk->>ik")},
    ),
    "einsum_unary": structures(
        einsum(UNARY), single=True, wrong={"equation": other("equation", "ij->iz", "i->ii", "i,i->", "")}
    ),
}
"""Strategies by operator."""
