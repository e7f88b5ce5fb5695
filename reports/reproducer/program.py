"""The executable part of a script: the environment, the imports, and functions that run a case as its target did."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness import operator
from harness.case import COTANGENT, GRADIENT, Case, Target
from harness.discovery import AdapterInfo, adapters
from harness.operator import Call, Operator
from harness.worker import load
from harness.workers import environment
from reports.reproducer.arrays import inputs
from reports.reproducer.sources import WIDTH, Sources, literal, spread

_ONLY_FOR = {"TF_": ("tensorflow",), "JAX_": ("jax",), "XLA_": ("jax", "tensorflow")}
"""Environment variables of these beginnings say something to these distributions alone."""


@dataclass
class Program:
    """The parts of a script in their order."""

    environment: dict[str, str] = field(default_factory=dict)
    imports: list[str] = field(default_factory=list)
    sources: Sources = field(default_factory=Sources)
    body: list[str] = field(default_factory=list)

    def text(self) -> str:
        """Source text: environment, imports, functions, then the body; blocks of the body are two blank lines apart."""
        standard, others = self.sources.imports()
        prepare = "\n".join(
            f"os.environ[{literal(name)}] = {literal(value)}" for name, value in self.environment.items()
        )
        imports = "\n".join([*others, *self.imports])
        head = (
            "\n".join(sorted({"import os", *standard}, key=lambda line: (line.startswith("from"), line)))
            + f"\n\n{prepare}\n\n{imports}"
        )
        return "\n\n\n".join(filter(None, [head, self.sources.definitions(), *self.body])) + "\n"


def program(case: Case, target: Target) -> Program:
    """A program whose ``run()`` gives what the target gives: arrays, or (shape, dtype) pairs in abstract mode.

    Raises LookupError for an unknown target or operator and ValueError when no source can be written: the call table has
    no row for the case, the adapter runs cases in its own way, or a function uses what has no source.
    """
    result = Program()
    info = info_of(target)
    result.environment.update(variables(info, target.device))
    result.imports.append(adapter_of(info).imports)
    result.body.append("\n".join(inputs(result.sources, present(case))))
    result.body.extend(runner(result.sources, case, target))
    return result


def info_of(target: Target) -> AdapterInfo:
    """The adapter of a target. Raises LookupError when there is none."""
    if target.framework not in adapters():
        raise LookupError(operator.unknown("target", target.framework, adapters()))
    return adapters()[target.framework]


def adapter_of(info: AdapterInfo) -> Any:
    """The adapter's class. Raises ValueError when it cannot be imported or runs cases by no functions of its module."""
    if info.problem:
        raise ValueError(f"adapter {info.name!r}: {info.problem}")
    adapter = load(info.path)
    if hasattr(adapter, "execute") or not adapter.imports:
        raise ValueError(f"adapter {info.name!r}: runs cases in its own way, which has no source to print")
    return adapter


def variables(info: AdapterInfo, device: str) -> dict[str, str]:
    """Environment of the target's worker, less what says nothing to its distributions."""
    return {
        name: value
        for name, value in environment(info, device).items()
        if all(not name.startswith(start) or set(which) & set(info.requires) for start, which in _ONLY_FOR.items())
    }


def names_of(case: Case) -> list[str]:
    """Names of the arrays that a call takes, in order."""
    names = operator.get(case.operator).inputs
    return [*names, *([COTANGENT] if case.quantity == GRADIENT else [])]


def present(case: Case) -> Mapping[str, Any]:
    """The input specs that the case has, in the call's order."""
    return {name: case.inputs[name] for name in names_of(case) if name in case.inputs}


def module_name(adapter: Any) -> str:
    """The name by which the adapter's import statement binds the framework's module."""
    last = ast.parse(adapter.imports).body[-1]
    assert isinstance(last, (ast.Import, ast.ImportFrom))
    return last.names[-1].asname or last.names[-1].name


def runner(sources: Sources, case: Case, target: Target, suffix: str = "", preface: str = "") -> list[str]:
    """Definitions of ``function`` and ``run`` of one target. ``suffix`` ends all names; ``preface`` is run's first statement."""
    op = operator.get(case.operator)
    adapter = adapter_of(info_of(target))
    call = op.select(adapter.table, case, target.mode)
    if call is None:
        raise ValueError(f"{target}: no call of {adapter.table} expresses this {case.operator} case")
    module = module_name(adapter)
    abstract = target.mode == "abstract"
    statements = (
        _described(sources, adapter, case, suffix)
        if abstract
        else _computed(sources, adapter, op, case, target, suffix)
    )
    arguments = [f"{name}={literal(value)}" for name, value in call.arguments(case).items()]
    called = _called(f"return {_call_name(sources, call, suffix)}(", [module, "*tensors", *arguments])
    function = block("def function(*tensors):", called)
    if preface:  # The module is then no global of the script.
        return [block(f"def run{suffix}():", f"{preface}\n\n{function}\n\n{statements}")]
    return [function, block("def run():", statements)]


def block(header: str, body: str) -> str:
    return header + "\n" + textwrap.indent(body, "    ")


def _call_name(sources: Sources, call: Call, suffix: str) -> str:
    return sources.add(call.function, f"call{suffix}")


def _described(sources: Sources, adapter: Any, case: Case, suffix: str) -> str:
    """Statements that return (shape, dtype) pairs."""
    describe = sources.add(adapter.describe, f"describe{suffix}")
    arrays = ", ".join(name if name in case.inputs else "None" for name in names_of(case))
    return f"return {describe}({module_name(adapter)}, function, [{arrays}])"


def _computed(sources: Sources, adapter: Any, op: Operator, case: Case, target: Target, suffix: str) -> str:
    """Statements that return arrays."""
    module = module_name(adapter)
    from_numpy, to_numpy = (sources.add(f, f.__name__ + suffix) for f in (adapter.from_numpy, adapter.to_numpy))
    tensors = [
        f'{from_numpy}({module}, {name}, "{target.device}")' if name in case.inputs else "None"
        for name in names_of(case)
    ]
    function = "function"
    wraps = [_gradient(sources, adapter, op, case, suffix), _mode(sources, adapter, target, suffix)]
    for wrap in reversed(wraps) if adapter.transforms_first else wraps:
        function = wrap.format(module=module, function=function)
    return (
        f"{_called('tensors = [', tensors, ']')}\n"
        f"results = {function}(*tensors)\n"
        "results = results if isinstance(results, (tuple, list)) else [results]\n"
        f"return [{to_numpy}({module}, result) for result in results]"
    )


def _mode(sources: Sources, adapter: Any, target: Target, suffix: str) -> str:
    """The mode's function of ``{function}``, as a format of the two names."""
    transform = adapter.transforms[target.mode]
    if _is_identity(transform):
        return "{function}"
    return sources.add(transform, transform.__name__ + suffix) + "({module}, {function})"


def _gradient(sources: Sources, adapter: Any, op: Operator, case: Case, suffix: str) -> str:
    """The gradient's function of ``{function}`` where the case asks for one, as a format of the two names."""
    if case.quantity != GRADIENT:
        return "{function}"
    wanted = [op.inputs.index(name) for name in op.wanted(case)]
    gradient = sources.add(adapter.gradient, adapter.gradient.__name__ + suffix)
    return f"{gradient}({{module}}, {{function}}, {wanted})"


def _is_identity(transform: Callable[..., Any]) -> bool:
    """Whether a mode's transform returns the function that it gets, as the eager ones do."""
    node = ast.parse(textwrap.dedent(inspect.getsource(transform))).body[0]
    if not isinstance(node, ast.FunctionDef) or not isinstance(node.body[-1], ast.Return):
        return False
    returned = node.body[-1].value
    only = all(isinstance(statement, ast.Expr) for statement in node.body[:-1])
    return only and isinstance(returned, ast.Name) and returned.id == node.args.args[-1].arg


def _called(opening: str, items: list[str], closing: str = ")") -> str:
    """The items between brackets, on one line where they fit."""
    line = opening + ", ".join(items) + closing
    return line if len(line) <= WIDTH - 10 else spread(opening, items, closing)
