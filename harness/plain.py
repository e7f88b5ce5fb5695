"""Rows of plain operators: a call is an expression of the framework's module and the operator's arguments.

    exp = plain("exp", ..., calls={"torch": "torch.exp(x)", "jax": "jax.numpy.exp(x)"})

An expression becomes an ordinary function, ``def exp(torch, x): return torch.exp(x)``, whose names beside the module and the inputs are
parameters of the case; its text is kept where ``inspect`` finds it, so that a reproducer prints what really ran. Read by the workers:
Python 3.9 syntax; standard library and NumPy only.
"""

from __future__ import annotations

import ast
import builtins
import linecache
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Callable, Dict, Iterable, List, Mapping, Sequence, Tuple, Union

from harness.case import Case, InputSpec
from harness.formats import kind_of
from harness.operator import Operator, with_cotangent

MODULES = {"torch": "torch", "tensorflow": "tf", "keras": "keras", "jax": "jax", "tf_keras": "tf_keras"}
"""Name of a framework's module in expressions, by table of calls."""

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Ask:
    """An expression with what ``Call`` says beside it: when, modes, convention, composed, spelling, accuracy, source."""

    text: str
    facts: Mapping[str, Any]


def ask(text: str, **facts: Any) -> Ask:
    """An expression with facts of its ``Call``."""
    return Ask(text, facts)


Expressions = Mapping[str, Union[str, Ask, Sequence[Union[str, Ask]]]]
"""Per table of calls an expression, or several of which the first that can say a case is asked."""


def add_calls(operator: Operator, expressions: Expressions) -> Operator:
    """Add the expressions to the operator's table, in order. Raises ValueError when one does not use the framework's module."""
    for table, given in expressions.items():
        rows = [given] if isinstance(given, (str, Ask)) else given
        for row in rows:
            text, facts = (row, NOTHING) if isinstance(row, str) else (row.text, row.facts)
            operator.call(table, **facts)(function_of(operator.name, table, operator.inputs, text))
    return operator


def function_of(name: str, table: str, inputs: Sequence[str], text: str) -> Callable[..., Any]:
    """The function ``def name(module, *inputs, *, parameters): return text``.

    Raises ValueError when the expression does not use the module, SyntaxError when it is none.
    """
    module = MODULES.get(table, table)
    name = f"{name}_" if hasattr(builtins, name) else name  # or the expression could not use the builtin
    used = names_of(text)
    if module not in used:
        raise ValueError(f"expression {text!r} of {name!r}: does not use the module {module!r}")
    parameters = sorted(used - {module, *inputs} - set(dir(builtins)))
    star = ", *" if parameters else ""
    head = ", ".join([module, *inputs]) + star + "".join(f", {parameter}" for parameter in parameters)
    return defined(name, f"<{table} call of {name}: {text}>", f"def {name}({head}):\n    return {text}\n")


def defined(name: str, file: str, source: str, **namespace: Any) -> Callable[..., Any]:
    """The function ``name`` that ``source`` defines in a namespace; ``inspect`` finds its text under the name ``file``."""
    exec(compile(source, file, "exec"), namespace)  # noqa: S102 - the text stands in a table of calls
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    function: Callable[..., Any] = namespace[name]
    return function


def names_of(text: str) -> set[str]:
    """Free names of an expression; those that a comprehension or a lambda binds are not free."""
    tree = ast.parse(text, mode="eval")
    bound = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    bound |= {node.id for node in names if isinstance(node.ctx, ast.Store)}
    return {node.id for node in names} - bound


REGIMES_OF_KIND = {
    "float": ("rounding", "magnitudes", "near", "special"),
    "integer": ("rounding", "magnitudes", "special"),
    "complex": ("rounding", "exact"),
    "bool": ("rounding",),
}
"""Value sets of a structure, by kind of its first input's dtype."""

SMALL_INTEGERS = 8
"""Largest magnitude of the exact regime where an operator has no sums that could become inexact."""


def value_sets(
    structure: Case,
    seed: int,
    *,
    regimes: Sequence[str] = (),
    points: Sequence[float] = (),
    gradient: Sequence[str] = ("rounding", "near"),
    result: Callable[[Case], Tuple[Tuple[int, ...], str]] = lambda case: (
        next(iter(case.inputs.values())).shape,
        case.dtype,
    ),
) -> List[Case]:
    """The cases of a structure: its value in each regime, and for a float one the gradient in those of ``gradient``.

    ``regimes`` default to those of the first input's kind; ``points`` are what the regime ``near`` lies around; ``result`` gives
    the shape and the dtype of the output, for the cotangent. Inputs whose recipe says ``uniform`` (indices, counts) keep it.
    """
    kind = kind_of(structure.dtype)
    if structure.parameters.get("hostile"):
        return [_with_values(structure, "rounding", seed, points)]
    sets = [_with_values(structure, regime, seed, points) for regime in regimes or REGIMES_OF_KIND[kind]]
    if kind == "float" and gradient and "differentiable" not in structure.parameters:
        shape, dtype = result(structure)
        asked = with_cotangent(structure, shape, dtype, seed)
        for regime in gradient:
            case = _with_values(asked, regime, seed, points)
            cotangent = replace(case.inputs["cotangent"], regime="rounding")
            sets.append(replace(case, inputs={**case.inputs, "cotangent": cotangent}))
    return sets


def _with_values(case: Case, regime: str, seed: int, points: Iterable[float]) -> Case:
    """The case with a value set of the regime, a seed of its own for every input."""
    inputs: Dict[str, InputSpec] = {}
    for index, (name, spec) in enumerate(case.inputs.items()):
        if spec.regime == "uniform":
            inputs[name] = replace(spec, seed=seed + index)
        else:
            around = tuple(points) if regime == "near" else ()
            inputs[name] = replace(spec, regime=regime, seed=seed + index, limit=SMALL_INTEGERS, points=around)
    return replace(case, inputs=inputs)


def case_of(key: str, structure: Mapping[str, Any]) -> Case:
    """``{"inputs": {name: (shape, dtype, layout[, recipe])}, "parameters": {...}}`` as a case without values.

    ``recipe`` holds further fields of ``InputSpec``: an input of indices is ``{"regime": "uniform", "low": 0, "high": n - 1}``.
    """
    inputs: Dict[str, InputSpec] = {}
    for name, (shape, dtype, layout, *recipe) in structure["inputs"].items():
        inputs[name] = InputSpec(shape, dtype, layout=layout, **(recipe[0] if recipe else {}))
    return Case(key, inputs, structure["parameters"])


def classes(case: Case) -> Mapping[str, str]:
    """Parameter classes of a structure, for coverage."""
    from strategies import arrays

    inputs = {name: (spec.shape, spec.dtype, spec.layout) for name, spec in case.inputs.items()}
    return arrays.classes({"inputs": inputs, "parameters": dict(case.parameters)})
