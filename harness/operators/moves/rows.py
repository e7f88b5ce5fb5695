"""A row of the tables of operators that move elements becomes a registered operator."""

from __future__ import annotations

import importlib
from dataclasses import replace
from typing import Any, Callable, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from harness.case import COTANGENT, Case, Kind, KnownDifference
from harness.formats import kind_of
from harness.meaning import Meaning
from harness.operator import Operator, register, with_cotangent
from harness.operators.facts import Facts, state
from harness.operators.moves.positions import Plan, moving, result_of
from harness.plain import Expressions, add_calls, case_of, classes, value_sets
from harness.values import arrays_of

REGIMES = {"float": ("rounding", "special"), "integer": ("rounding", "special"), "complex": ("rounding",)}
"""Value sets by kind: what is copied needs no more than that every bit pattern occurs."""

Shape = Callable[[Case, Mapping[str, np.ndarray]], Optional[Tuple[int, ...]]]

KERAS_UNSIGNED = "keras/src/backend/torch/core.py, TORCH_DTYPES: uint16 is int32, uint32 is int64, uint64 is missing"


def has(*dtypes: str) -> Callable[[Case], bool]:
    """Whether an input of the case has one of the dtypes."""
    return lambda case: any(spec.dtype in dtypes for spec in case.inputs.values())


LIMITED = (
    KnownDifference(
        targets="torch:*:*",
        kind=Kind.RAISED,
        cause=r"not implemented for '?(\w*UInt\w*)|[Uu]nsupported.*UInt",
        when=has("uint16", "uint32", "uint64"),
        reason="uint16, uint32 and uint64 have limited support in eager mode",
        source="docs.pytorch.org, Tensor Attributes, note on unsigned types",
        name="unsigned types",
    ),
    KnownDifference(
        targets="keras-torch:*:*",
        kind=Kind.DTYPE,
        cause="",
        when=has("uint16", "uint32"),
        reason="Keras keeps unsigned numbers on torch in the next wider signed dtype",
        source=KERAS_UNSIGNED,
        status="documented",
        name="unsigned types on the torch backend",
    ),
    KnownDifference(
        targets="keras-torch:*:*",
        kind=Kind.RAISED,
        cause="Unsupported dtype for PyTorch",
        when=has("uint64"),
        reason="Keras has no dtype for uint64 on torch",
        source=KERAS_UNSIGNED,
        name="uint64 on the torch backend",
    ),
    KnownDifference(
        targets="keras-tensorflow:*:*",
        kind=Kind.RAISED,
        cause="Value for attr 'Tindices' of",
        when=has("int8", "uint8"),
        reason="TensorFlow's gathers and scatters take indices of 32 and 64 bits (GatherV2 of 16 as well)",
        source="the list of allowed values in TensorFlow's own message",
        name="narrow indices on the TensorFlow backend",
    ),
    KnownDifference(
        targets="*tensorflow:*:*",
        kind=Kind.RAISED,
        cause="No WhereOp available for",
        when=has("float16", "bfloat16", "uint16", "uint32", "uint64"),
        reason="tf.where of one argument has no kernel for the dtype",
        source="TensorFlow's own message (UNIMPLEMENTED)",
        name="dtypes of tf.where",
    ),
    KnownDifference(
        targets="*tensorflow:*:*",
        kind=Kind.RAISED,
        cause="TileOp",
        when=has("uint16", "uint32", "uint64"),
        reason="tf.tile has no kernel for the dtype",
        source="TensorFlow's own message (UNIMPLEMENTED)",
        name="dtypes of tf.tile",
    ),
)
"""What frameworks document of their dtypes, or state in the message of the refusal."""


def operator_row(
    name: str,
    inputs: str,
    meaning: Callable[[Case, Mapping[str, np.ndarray]], Meaning],
    calls: Expressions,
    *,
    family: str,
    summary: str,
    strategies: str,
    drawn: str = "",
    differentiable: Sequence[str] = (),
    shape: Optional[Shape] = None,
    regimes: Mapping[str, Sequence[str]] = REGIMES,
    gradient: Sequence[str] = ("rounding",),
    facts: Facts = (),
    known: Sequence[KnownDifference] = (),
) -> Operator:
    """Register an operator whose structures are ``STRUCTURES[drawn or name]`` of the module ``strategies``.

    ``shape`` gives the shape of the result of a case for its cotangent, None where the case has no gradient.
    """
    names = tuple(inputs.split())

    def structures() -> Any:
        table = importlib.import_module(strategies).STRUCTURES
        return table[drawn or name].map(lambda structure: case_of(name, structure))

    def cases(structure: Case, seed: int) -> List[Case]:
        sets = value_sets(structure, seed, regimes=regimes.get(kind_of(structure.dtype), ("rounding",)), gradient=())
        wanted = gradient if differentiable and shape and kind_of(structure.dtype) == "float" else ()
        for regime in wanted:
            case = value_sets(structure, seed, regimes=(regime,), gradient=())[0]
            found = shape(case, arrays_of(case)) if shape and not case.parameters.get("hostile") else None
            if found is not None:
                asked = with_cotangent(case, found, case.dtype, seed + 8)
                cotangent = replace(asked.inputs[COTANGENT], regime="rounding")
                sets.append(replace(asked, inputs={**asked.inputs, COTANGENT: cotangent}))
        return sets

    operator = Operator(
        name,
        inputs=names,
        differentiable=tuple(differentiable),
        meaning=meaning,
        structures=structures,
        cases=cases,
        classes=classes,
        words=lambda case: case.dtype,
        summary=summary,
        family=family,
    )
    operator.differs(*known, *LIMITED)
    return state(add_calls(register(operator), calls), facts)


def move(
    name: str,
    inputs: str,
    plan: Plan,
    calls: Expressions,
    *,
    moved: str = "x",
    gradient: bool = True,
    flushes: bool = False,
    several: bool = False,
    **facts: Any,
) -> Operator:
    """Register the operator that moves elements of the inputs named in ``moved`` as ``plan`` says; the flags as ``moving`` has them."""
    sources = tuple(moved.split())
    return operator_row(
        name,
        inputs,
        moving(plan, sources, flushes, several),
        calls,
        differentiable=sources if gradient else (),
        shape=result_of(plan, sources, several),
        **facts,
    )
