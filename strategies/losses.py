"""Structures of softmax and losses: rows of classes along an axis, pairs of equal shapes, class indices, reductions."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from strategies import arrays, hostile
from strategies.hostile import Mutation, Structure
from strategies.shapes import choose, index

DTYPES = ("float32", "float32", "float32", "float64", "float16", "bfloat16")
CLASSES = (2, 1, 3, 4, 5, 7, 8, 9, 16, 17, 33, 65, 100)
"""Numbers of classes in shrinking order."""

REDUCTIONS = ("none", "mean", "sum")
IGNORED = (-100, 0, 1, -1)
SMOOTHING = (0.0, 0.1, 0.5, 1.0)

Choices = tuple[tuple[str, tuple[Any, ...]], ...]
"""Parameters with the values that they may have."""


@st.composite
def along_axis(draw: DrawFn, parameters: Choices = (), even: bool = False, also: str = "") -> Structure:
    """One array, or another of its shape as well, and an axis of it, of even length where ``even``; the axis is out of range in some."""
    shape = list(arrays.shape(draw, ranks=(1, 2, 2, 3, 4), most=2048))
    chosen = arrays.axis(draw, len(shape))
    if even:
        shape[chosen] += shape[chosen] % 2
    dtype = arrays.one(draw, DTYPES)
    inputs: dict[str, Any] = {"x": (tuple(shape), dtype, arrays.layout(draw))}
    if also:
        inputs[also] = (tuple(shape), dtype, arrays.layout(draw))
    structure: Structure = {"inputs": inputs, "parameters": {"axis": chosen, **chosen_of(draw, parameters)}}
    hostile.sometimes(draw, structure, {"axis": _axis_outside})
    return structure


def _axis_outside(draw: DrawFn, structure: Structure) -> None:
    rank = len(structure["inputs"]["x"][0])
    structure["parameters"]["axis"] = (rank, -rank - 1, 2**31, -(2**31) - 1, 2**62)[draw(index(5))]


def chosen_of(draw: DrawFn, parameters: Choices) -> dict[str, Any]:
    """One value for every parameter."""
    return {name: arrays.one(draw, values) for name, values in parameters}


@st.composite
def pairs(
    draw: DrawFn, second: str, parameters: Choices = (), targets: tuple[dict[str, Any], ...] = ({},), least: int = 0
) -> Structure:
    """Two arrays of one shape, ``x`` and ``second``, the latter by one of the recipes ``targets``; shapes differ in some."""
    ranks = tuple(max(rank, least) for rank in arrays.RANKS)
    shape, dtype = arrays.shape(draw, ranks=ranks, most=2048), arrays.one(draw, DTYPES)
    structure: Structure = {
        "inputs": {
            "x": (shape, dtype, arrays.layout(draw)),
            second: (shape, dtype, arrays.layout(draw), dict(targets[draw(index(len(targets)))])),
        },
        "parameters": chosen_of(draw, parameters),
    }
    hostile.sometimes(draw, structure, {"shapes": _other_shape(second)})
    return structure


def _other_shape(name: str) -> Mutation:
    def mutate(draw: DrawFn, structure: Structure) -> None:
        length = 3 + 2 * draw(index(2))
        for each, last in (("x", 4), (name, length)):
            shape, *rest = structure["inputs"][each]
            structure["inputs"][each] = ((*shape[:-1], last), *rest)

    return mutate


@st.composite
def classes(draw: DrawFn, soft: bool, parameters: Choices = (), weighted: bool = True) -> Structure:
    """Scores ``x`` of shape (batch, classes, *positions) with a class index, or with ``soft`` a row of numbers, per position.

    A batch may be empty, one position may be ignored, classes may have weights ``w``.
    """
    dtype = arrays.one(draw, DTYPES)
    count = arrays.one(draw, CLASSES)
    batch = (1, 2, 3, 5, 8, 17, 0)[choose(draw, 7)]
    positions = ((), (), (), (3,), (2, 4))[choose(draw, 5)]
    if choose(draw, arrays.KINDS) == arrays.KINDS - 1:
        batch, count, positions = 1, 1, ()
    shape = (batch, count, *positions)
    target: Any
    if soft:
        recipe = ({}, {"regime": "uniform", "low": 0, "high": 1})[draw(index(2))]
        target = (shape, dtype, arrays.layout(draw), recipe)
    else:
        low = -1 if draw(index(6)) == 5 else 0
        target = ((batch, *positions), "int64", "contiguous", {"regime": "uniform", "low": low, "high": count - 1})
    inputs: dict[str, Any] = {"x": (shape, dtype, arrays.layout(draw)), "target": target}
    if weighted and draw(index(3)) == 2:
        inputs["w"] = (
            (count,),
            dtype,
            "contiguous",
            {"regime": "uniform", "low": 0 if draw(index(4)) == 3 else 1, "high": 4},
        )
    structure: Structure = {"inputs": inputs, "parameters": chosen_of(draw, parameters)}
    if not soft and low < 0:
        structure["parameters"]["ignore_index"] = -1
    hostile.sometimes(draw, structure, {"batch": _other_batch})
    return structure


def _other_batch(draw: DrawFn, structure: Structure) -> None:
    """One target too many."""
    hostile_shape = structure["inputs"]["target"][0]
    _, *rest = structure["inputs"]["target"]
    structure["inputs"]["target"] = ((hostile_shape[0] + 1 + draw(index(2)), *hostile_shape[1:]), *rest)


PROBABILITIES = (0.5, 0.0, 1.0, 0.25, 0.75, 1e-3, 1e-8, 2.0**-20, 1 - 2.0**-8, 1e-30)
"""Probabilities, those included that are nearer to 0 or 1 than the bounds that some definitions clip to."""


@st.composite
def probabilities(draw: DrawFn, parameters: Choices = ()) -> Structure:
    """Probabilities ``x`` and targets between 0 and 1: all 0 and 1, or one number throughout."""
    shape, dtype = arrays.shape(draw, ranks=(1, 1, 2, 3), most=512), arrays.one(draw, DTYPES)

    def recipe() -> dict[str, Any]:
        if draw(index(3)) == 2:
            return {"regime": "uniform", "low": 0, "high": 1}
        return {"regime": "full", "points": (arrays.one(draw, PROBABILITIES),)}

    return {
        "inputs": {
            "x": (shape, dtype, arrays.layout(draw), recipe()),
            "target": (shape, dtype, arrays.layout(draw), recipe()),
        },
        "parameters": chosen_of(draw, parameters),
    }


@st.composite
def binary(draw: DrawFn) -> Structure:
    """``pairs`` of scores and targets between 0 and 1, with weights ``w`` of the last axis, of its positive classes ``p``, or smoothing.

    Weights come with the reductions of all elements, smoothing with the mean over the last axis.
    """
    targets: tuple[dict[str, Any], ...] = (
        {"regime": "uniform", "low": 0, "high": 1},
        {"regime": "full", "points": (0.25,)},
        {"regime": "full", "points": (0.9,)},
    )
    structure: Structure = draw(pairs("target", (("reduction", (*REDUCTIONS, "last")),), targets, least=1))
    parameters = structure["parameters"]
    parameters["label_smoothing"] = 0.0
    if parameters["reduction"] == "last":
        parameters["label_smoothing"] = arrays.one(draw, SMOOTHING)
    elif "hostile" not in parameters:
        shape, dtype, *_ = structure["inputs"]["x"]
        for name in (("p",), (), ("w", "p"), ("w",))[draw(index(4))]:
            structure["inputs"][name] = (shape[-1:], dtype, "contiguous", {"regime": "uniform", "low": 0, "high": 4})
    return structure


@st.composite
def categories(draw: DrawFn, soft: bool) -> Structure:
    """Scores, or with ``from_logits`` False counts of classes, along axis 1 or the last, with class indices or rows of numbers.

    A class may be ignored; targets lie near it then. There may be more classes than a 16-bit float counts.
    """
    dtype, axis = arrays.one(draw, DTYPES), (-1, -1, 1)[draw(index(3))]
    count = arrays.one(draw, (*CLASSES, 300))
    batch = (1, 2, 3, 5, 8, 0)[draw(index(6))]
    positions = ((), (3,), (2, 4))[draw(index(3))]
    lead = (batch, *positions)
    shape = (*lead, count) if axis == -1 else (batch, count, *positions)
    from_logits = bool(draw(index(2)))
    counts: dict[str, Any] = {"regime": "uniform", "low": 0, "high": 8}
    parameters: dict[str, Any] = {"axis": axis, "from_logits": from_logits}
    inputs: dict[str, Any] = {"x": (shape, dtype, arrays.layout(draw), {} if from_logits else counts)}
    if soft:
        parameters["label_smoothing"] = arrays.one(draw, SMOOTHING)
        inputs["target"] = (shape, dtype, arrays.layout(draw), {"regime": "uniform", "low": 0, "high": 1})
    else:
        ignored = (None, 0, count - 1, -1, min(257, count - 1))[draw(index(5))]
        parameters["ignore_class"] = ignored
        low, high = (0, count - 1) if ignored is None else (max(ignored - 2, 0), min(ignored + 2, count - 1))
        low = -1 if ignored == -1 else low
        inputs["target"] = (lead, "int64", "contiguous", {"regime": "uniform", "low": low, "high": high})
    structure: Structure = {"inputs": inputs, "parameters": parameters}
    hostile.sometimes(draw, structure, {"batch": _other_batch})
    return structure


@st.composite
def sequences(draw: DrawFn) -> Structure:
    """Scores of up to eight steps, labels without the blank, and lengths of both, some of them impossible; hostile: other batches."""
    count, steps, classes = 1 + draw(index(4)), 1 + draw(index(8)), arrays.one(draw, (3, 2, 4, 6))
    longest, blank = 1 + draw(index(4)), arrays.one(draw, ("first", "last"))
    kinds = arrays.one(draw, ("all", "some", "none"))
    words = {"low": 1, "high": classes - 1} if blank == "first" else {"low": 0, "high": classes - 2}
    least = longest if kinds == "all" else 0
    most = 0 if kinds == "none" else longest
    structure: Structure = {
        "inputs": {
            "x": ((count, steps, classes), arrays.one(draw, ("float32", "float32", "float64")), arrays.layout(draw)),
            "target": ((count, longest), "int32", arrays.layout(draw), {"regime": "uniform", **words}),
            "steps": (
                (count,),
                "int32",
                "contiguous",
                {"regime": "uniform", "low": 1 + draw(index(steps)), "high": steps},
            ),
            "labels": ((count,), "int32", "contiguous", {"regime": "uniform", "low": least, "high": most}),
        },
        "parameters": {
            "blank": 0 if blank == "first" else classes - 1,
            "reduction": arrays.one(draw, ("none", "none", "mean", "sum")),
            "zero_infinity": arrays.one(draw, (False, False, True)),
        },
    }

    def batch(draw: DrawFn, structure: Structure) -> None:
        name = arrays.one(draw, ("target", "steps", "labels"))
        shape, *rest = structure["inputs"][name]
        structure["inputs"][name] = ((shape[0] + 1, *shape[1:]), *rest)

    hostile.sometimes(draw, structure, {"batch": batch})
    return structure
