"""An operator of one's own and its differential test, declared together.

    @differential(calls={"torch": "torch.nn.functional.silu(x)", "jax": "jax.nn.silu(x)"}, ulps=4)
    def test_swish(x):
        return x / (1 + np.exp(-x))

The decorated function says what is right; what pytest collects in its place asks the ``opdiff`` fixture to check it. A worker imports
the module too, to know the calls. Read by the workers: Python 3.9 syntax; standard library and NumPy only.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from harness import outside
from harness.case import GRADIENT, Case
from harness.formats import FLOATS
from harness.meaning import Accuracy, Meaning
from harness.operator import Call, Operator, register, unknown
from harness.operators.elementwise.table import BOOL, REALS
from harness.operators.facts import FLUSHES, FLUSHING, state
from harness.operators.formula import Formulas, meaning_of, result_of
from harness.operators.tracked import OPERATIONS
from harness.plain import case_of, classes, value_sets
from harness.testing.calls import Declared, Given, inputs_of, rows
from harness.testing.meanings import Reference

NOTHING: Mapping[str, Sequence[Any]] = MappingProxyType({})

DRAWN = ("rounding", "magnitudes", "near", "special", "exact")
"""Value sets that may be asked for."""

MOST_ULPS = 2**20

FAMILY = "outside"
"""The family of operators from outside."""

STEPWISE = Accuracy(
    roundings={"float16": OPERATIONS, "bfloat16": OPERATIONS},
    source="nothing is known of an operator from outside: each of its operations may round to a 16-bit dtype",
)

BACKWARD = Accuracy(
    accumulate={"float16": "float16", "bfloat16": "bfloat16"},
    roundings=STEPWISE.roundings,
    source="nothing is known of an operator from outside: its derivative may sum in a 16-bit dtype",
)

Check = Callable[[Any], None]


def differential(
    *,
    calls: Mapping[str, Given],
    ulps: float | None = None,
    formula: bool = False,
    gradient: bool = False,
    dtypes: Sequence[str] = ("float32",),
    result: str | None = None,
    parameters: Mapping[str, Sequence[Any]] = NOTHING,
    shapes: Any = None,
    broadcast: bool = False,
    regimes: Sequence[str] = (),
    points: Sequence[float] = (),
) -> Callable[[Callable[..., Any]], Check]:
    """Make a differential test of the operator that the decorated function defines.

    The function takes one NumPy array per input, and by keyword one value per name in ``parameters``, which maps it to the values it is
    drawn from. How far results may be off is said in one of two ways. ``ulps``: the function computes in a dtype wider than the
    case's, and results are within so many units in the last place (0: exact). ``formula``: the function is written with the operations
    of ``harness.operators.functions`` on numbers that track their rounding errors, and the bound, and with ``gradient`` the
    vector-Jacobian product, follow from it.

    ``calls`` maps a framework (``torch``, ``tensorflow``, ``jax``, ``keras``) to an expression of its module, the inputs and parameters,
    to a function of the tensors at the level of a module, or to such a function's path ``module:name``, which only that framework's
    workers import. Cases have one of ``dtypes``; ``result`` is the dtype of the result where it is another one. All inputs have
    one shape, of any rank, empty ones included; with ``broadcast`` shapes that broadcast, and some that do not; ``shapes`` is a
    Hypothesis strategy, or a sequence, of what to draw instead: a shape of all inputs, or a mapping from input to shape.
    ``regimes`` are the value sets (``rounding``, ``magnitudes``, ``near``, ``special``; default: all), ``points`` the numbers
    that ``near`` lies around.

    Raises ValueError, which names the argument, its value and the rule.
    """

    if isinstance(dtypes, str) or not dtypes:
        raise ValueError(f"dtypes {dtypes!r}: expected a sequence of names")
    facts = Facts(
        tuple(dtypes),
        result,
        dict(parameters),
        shapes,
        broadcast,
        tuple(regimes),
        tuple(points),
        ulps,
        formula,
        gradient,
    )

    def decorate(reference: Callable[..., Any]) -> Check:
        module, name = reference.__module__, reference.__qualname__
        if "." in name or module == "__main__":
            rule = "define it at the level of a module that can be imported: a worker does"
            raise ValueError(f"reference {module}.{name}: {rule}")
        names = inputs_of(reference, tuple(parameters))
        asked = rows(Declared(module, name, names, tuple(parameters)), calls)
        op = _operator(Definition(f"{module}.{name}", reference, names, facts))
        op.calls += [Call(table, row.function) for table, row in asked.items()]
        folder = outside.folder_of(module, getattr(sys.modules.get(module), "__file__", None))
        register(op)
        outside.note(
            op.key, outside.Origin(module, folder, {table: row.path for table, row in asked.items() if row.path})
        )
        return _test(reference, op)

    return decorate


@dataclass(frozen=True)
class Facts:
    """The arguments of ``differential`` beside the calls. Raises ValueError where they do not fit."""

    dtypes: tuple[str, ...]
    result: str | None
    parameters: Mapping[str, Sequence[Any]]
    shapes: Any
    broadcast: bool
    regimes: tuple[str, ...]
    points: tuple[float, ...]
    ulps: float | None
    formula: bool
    gradient: bool

    def __post_init__(self) -> None:
        if (self.ulps is None) is not self.formula:
            rule = "give one of them, it says how far results may be off"
            raise ValueError(f"ulps {self.ulps!r}, formula {self.formula!r}: {rule}")
        if self.ulps is not None and not 0 <= self.ulps < MOST_ULPS:
            raise ValueError(f"ulps {self.ulps!r}: expected a number of units in the last place, 0 for exact")
        if self.gradient and not self.formula:
            raise ValueError("gradient True: only a formula has one")
        if self.broadcast and self.shapes is not None:
            raise ValueError("broadcast True: with shapes, these say what broadcasts")
        for dtype in (*self.dtypes, *([self.result] if self.result else [])):
            self._check_dtype(dtype)
        for regime in self.regimes:
            if regime not in DRAWN:
                raise ValueError(f"regime {regime!r}: expected one of {', '.join(DRAWN)}")
        for name, values in self.parameters.items():
            if isinstance(values, str) or not values:
                raise ValueError(f"parameters[{name!r}] {values!r}: expected a sequence of the values to draw from")

    def _check_dtype(self, dtype: str) -> None:
        known = tuple(FLOATS) if self.formula else REALS + BOOL
        if dtype not in known:
            raise ValueError(unknown("dtype", dtype, known))


@dataclass(frozen=True)
class Definition:
    """An operator from outside, short of its calls."""

    key: str
    reference: Callable[..., Any]
    inputs: tuple[str, ...]
    facts: Facts

    def meaning(self) -> Callable[[Case, Mapping[str, np.ndarray]], Meaning]:
        """What is right: the reference, within units in the last place or as a formula."""
        if self.facts.ulps is None:
            return meaning_of(Formulas({"": self.reference}), self.inputs, self.differentiable())
        return Reference(self.reference, self.facts.ulps, self.facts.result, self.facts.broadcast).meaning

    def differentiable(self) -> tuple[str, ...]:
        """The inputs for which there are gradients."""
        return self.inputs if self.facts.gradient else ()

    def structures(self) -> Any:
        """The strategy of cases without values."""
        from strategies import elementwise
        from strategies import outside as own

        parameters = tuple((name, tuple(values)) for name, values in self.facts.parameters.items())
        if self.facts.broadcast:
            strategy = elementwise.structures(self.inputs, self.facts.dtypes, parameters)
        else:
            strategy = own.structures(self.inputs, self.facts.dtypes, parameters, self.facts.shapes)
        return strategy.map(lambda structure: case_of(self.key, structure))

    def cases(self, structure: Case, seed: int) -> list[Case]:
        """The value sets of a structure."""
        regimes, points = self.facts.regimes, self.facts.points
        gradient = tuple(regimes or ("rounding", "near")) if self.facts.gradient else ()
        result = result_of(Formulas({"": self.reference}), self.inputs)
        return value_sets(structure, seed, regimes=regimes, points=points, gradient=gradient, result=result)


def _operator(definition: Definition) -> Operator:
    """The operator of a definition, with what is known of its accuracy."""
    reference = definition.reference
    op = Operator(
        definition.key,
        inputs=definition.inputs,
        differentiable=definition.differentiable(),
        meaning=definition.meaning(),
        structures=definition.structures,
        cases=definition.cases,
        classes=classes,
        words=lambda case: case.dtype,
        summary=inspect.getdoc(reference) or reference.__name__.replace("_", " "),
        family=FAMILY,
        pointwise=definition.facts.shapes is None,
    )
    if definition.facts.formula:
        for targets, known in (*((pattern, FLUSHES.flush) for pattern in FLUSHING), ("*", False)):
            backward = replace(BACKWARD, flush=known)
            op.computes(targets, backward, when=lambda case: case.quantity == GRADIENT)
            op.computes(targets, replace(STEPWISE, flush=known))
        return op
    return state(op)


def _test(reference: Callable[..., Any], op: Operator) -> Check:
    """What pytest collects: a test of the reference's name and place, whose only fixture is ``opdiff``."""

    def test(opdiff: Any) -> None:
        opdiff.check(op)

    for attribute in ("__name__", "__qualname__", "__module__", "__doc__"):
        setattr(test, attribute, getattr(reference, attribute))
    facts: Any = test
    facts.operator = op
    facts.__wrapped__ = reference  # pytest shows where it is defined ...
    facts.__signature__ = inspect.Signature([inspect.Parameter("opdiff", inspect.Parameter.POSITIONAL_OR_KEYWORD)])
    return test
