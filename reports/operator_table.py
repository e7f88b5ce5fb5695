"""The table of operators in the documentation: ``python -m reports.operator_table > docs/operators.md``."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterable
from typing import Any

from harness import operator
from harness.case import Case
from harness.draw import draw_block
from harness.operator import Operator
from harness.values import arrays_of

FRAMEWORKS = ("torch", "tensorflow", "keras", "jax")
"""Columns: tables of calls. All Keras backends share one."""

SAMPLE = 12
"""Structures that are drawn to learn an operator's conventions."""


MOVES = {"transpose", "swapaxes", "pad", "slice", "reshape", "expand_dims", "squeeze", "rev", "flip", "add", "bias_add"}
"""Last parts of names that beside others only bring arrays into a call's layout, or add a bias."""

HELPERS = {
    "KerasTensor",
    "functional_call",
    "is_keras_tensor",
    "standardize_dtype",
    "channels_last",
    "channels_last_3d",
    "func",
}
"""Last parts of names that are no operators."""


def called(function: Callable[..., Any]) -> tuple[str, ...]:
    """The dotted names on the framework's module that a call's function calls, or else names; ``MOVES`` where there are no others."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    definition = next(node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.Lambda)))
    module = definition.args.args[0].arg
    names = [_name(node) for node in ast.walk(definition) if isinstance(node, ast.Call)]
    attributes = [ast.unparse(node) for node in ast.walk(definition) if isinstance(node, ast.Attribute)]
    found: list[str] = []
    for candidates in (names, attributes):
        dotted = [name for name in candidates if name.startswith(f"{module}.") and name.split(".")[-1] not in HELPERS]
        whole = [name for name in dotted if not any(other.startswith(f"{name}.") for other in dotted)]
        chosen = [name for name in whole if name.split(".")[-1] not in MOVES]
        if chosen:
            return tuple(dict.fromkeys(chosen))
        found += whole
    return tuple(dict.fromkeys(found))


def _name(node: ast.Call) -> str:
    """The dotted name that is called; ``*`` stands for what is computed in ``getattr(torch.nn, f"Conv{n}d")``."""
    inner = node.func if isinstance(node.func, ast.Call) else node
    if isinstance(inner.func, ast.Name) and inner.func.id == "getattr":
        owner, attribute = inner.args[0], inner.args[1]
        parts = attribute.values if isinstance(attribute, ast.JoinedStr) else [attribute]
        return f"{ast.unparse(owner)}." + "".join(str(p.value) if isinstance(p, ast.Constant) else "*" for p in parts)
    text = ast.unparse(node.func)
    return text if all(map(str.isidentifier, text.split("."))) else ""


def frameworks_calls(op: Operator, framework: str) -> str:
    """What the framework calls the operator: its distinct dotted names, or the spellings of calls that have none."""
    calls = [call for call in op.calls if call.framework == framework]
    names = dict.fromkeys(name for call in calls for name in called(call.function) or (call.spelling,))
    modules = {"keras.ops", "keras.backend", "torch.nn.functional"}
    return ", ".join(f"`{name}`" for name in names if name not in modules) or "–"


def conventions(op: Operator) -> list[str]:
    """Names of the conventions that some drawn structures have."""
    found: dict[str, None] = {}
    for drawn in draw_block(op.structures(), op.key, 0, 0, SAMPLE):
        for case in _first_of_each_quantity(op.cases(drawn.case, 0)):
            found.update(dict.fromkeys(name for name in op.meaning(case, arrays_of(case)).variants if name))
    return list(found)


def _first_of_each_quantity(cases: Iterable[Case]) -> list[Case]:
    return list({case.quantity: case for case in reversed(list(cases))}.values())


def table(operators: Iterable[Operator]) -> str:
    """A Markdown table with one row per operator."""
    lines = [
        f"| operator | {' | '.join(FRAMEWORKS)} | gradient | conventions |",
        "|---|" + "---|" * (len(FRAMEWORKS) + 2),
    ]
    for op in operators:
        cells = [frameworks_calls(op, framework) for framework in FRAMEWORKS]
        gradient = ", ".join(op.differentiable) or "–"
        lines.append(f"| {op.key} | {' | '.join(cells)} | {gradient} | {', '.join(conventions(op)) or '–'} |")
    return "\n".join(line.replace("||", "\\|\\|") for line in lines)


def document() -> str:
    """The page: what a row means, then a table per family."""
    families: dict[str, list[Operator]] = {}
    for op in operator.load().values():
        families.setdefault(op.family, []).append(op)
    total = sum(map(len, families.values()))
    parts = [
        "# Operators",
        f"{total} operators in {len(families)} families. Each has a meaning of its own (shape, dtype, reference, error "
        "bound, conventions), which no framework takes part in. A dash: the framework has no such call. *gradient*: "
        "inputs whose vector-Jacobian products are compared. *conventions*: readings of the same words that frameworks "
        "document, as some drawn cases show them.",
        "This page is generated from the code; a test holds it.",
    ]
    for family, operators in sorted(families.items()):
        parts += [f"## {family}", table(sorted(operators, key=lambda op: op.key))]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
