"""A row of the tables of reductions becomes a registered operator."""

from __future__ import annotations

from typing import Any, Callable, List, Mapping, Tuple

from harness.case import Case, KnownDifference
from harness.formats import kind_of
from harness.operator import Operator, register
from harness.operators.facts import Facts, state
from harness.operators.reductions.axes import Reduced, reduced
from harness.operators.reductions.known import differs
from harness.operators.reductions.meaning import Reduction, reduction
from harness.plain import Expressions, add_calls, case_of, value_sets

FLOATS = ("float32", "float32", "float32", "float64", "float16", "bfloat16")
INTEGERS = ("int32", "int64", "int8", "uint8", "int16", "uint16", "uint32", "uint64")
BOOL = ("bool",)
NUMBERS = (*FLOATS, *INTEGERS)

SEVERAL, ONE, SCAN = "several", "one", "scan"

REGIMES: Mapping[str, Tuple[str, ...]] = {
    "float": ("exact", "rounding", "special", "magnitudes"),
    "integer": ("exact", "rounding", "special"),
    "bool": ("rounding",),
}
"""Value sets by kind of dtype; the exact regime is also the one with ties."""


def row(
    name: str,
    axes: str,
    what: Reduction,
    calls: Expressions,
    summary: str,
    facts: Facts = (),
    known: Tuple[KnownDifference, ...] = (),
    kept: Callable[[Any], Any] = lambda structure: structure,
) -> Operator:
    """Register the reduction ``name`` along ``axes`` (several, one, scan); ``kept`` changes what was drawn to what makes sense."""
    parameters = what.parameters if axes == SCAN else (("keepdims", (False, True)), *what.parameters)

    def structures() -> Any:
        from strategies import reductions as drawn

        return drawn.structures(axes, what.dtypes, parameters).map(lambda structure: case_of(name, kept(structure)))

    operator = Operator(
        name,
        inputs=("x",),
        differentiable=("x",) if what.gradient else (),
        meaning=reduction(what),
        structures=structures,
        cases=lambda structure, seed: cases_of(what, structure, seed),
        classes=classes,
        words=words_of,
        summary=summary,
        family="reduction",
    )
    return state(add_calls(differs(register(operator), *known), calls), facts)


def cases_of(what: Reduction, structure: Case, seed: int) -> List[Case]:
    """The value sets of a structure; a gradient only where the result has one shape and something is reduced."""
    how = reduced(structure.inputs["x"].shape, structure.parameters["axis"], bool(structure.parameters.get("keepdims")))
    defined = isinstance(how, Reduced) and structure.parameters["axis"] != () and (how.count or what.scan)
    defined = defined and isinstance(how, Reduced) and how.count <= what.longest
    result = structure.inputs["x"].shape if what.scan else how.result if isinstance(how, Reduced) else ()
    return value_sets(
        structure,
        seed,
        regimes=what.regimes or REGIMES[kind_of(structure.dtype)],
        points=what.points,
        gradient=what.gradient_regimes if what.gradient and defined else (),
        result=lambda case: (result, case.dtype),
    )


def classes(case: Case) -> Mapping[str, str]:
    """Parameter classes of a structure, for coverage."""
    from strategies import reductions as drawn

    inputs = {name: (spec.shape, spec.dtype, spec.layout) for name, spec in case.inputs.items()}
    return drawn.classes({"inputs": inputs, "parameters": dict(case.parameters)})


def words_of(case: Case) -> str:
    """What a framework may be unable to say of a case."""
    from strategies.reductions import axis_class

    return f"axes: {axis_class(case.parameters['axis'])}, dtype {case.dtype}, {case.quantity}"


def all_or_one(case: Case) -> bool:
    """Whether all axes are meant, and not kept, or one is named: what torch's functions of one axis can say."""
    axis = case.parameters["axis"]
    return (axis is None and not case.parameters.get("keepdims")) or isinstance(axis, int)
