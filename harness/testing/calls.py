"""The calls of an operator from outside: expressions of a framework's module, or functions that a worker can import.

Read by the workers: Python 3.9 syntax; standard library and NumPy only.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Union

from harness.operator import unknown
from harness.plain import defined, function_of, names_of

Given = Union[str, Callable[..., Any]]
"""An expression, a path ``module:name``, or a function of a module."""

PATH = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")

OWN = "implementation"
"""What a function from outside is called in the call that opdiff makes of it."""


class Asked(NamedTuple):
    """A row of the table: the function of the framework's module and its tensors, and the path that a worker imports for it."""

    function: Callable[..., Any]
    path: str


class Declared(NamedTuple):
    """What a call may refer to: the module and name of the operator, its inputs, its parameters."""

    module: str
    name: str
    inputs: tuple[str, ...]
    parameters: tuple[str, ...]


def rows(declared: Declared, calls: Mapping[str, Given]) -> Mapping[str, Asked]:
    """Per table of calls the function to call. Raises ValueError, which names the argument and the rule."""
    if not calls:
        raise ValueError("calls {}: expected at least one framework with its call")
    return {table: _row(declared, table, given) for table, given in calls.items()}


def _row(declared: Declared, table: str, given: Given) -> Asked:
    place = f"calls[{table!r}]"
    if isinstance(given, str):
        return (
            _imported(declared, table, given) if PATH.fullmatch(given) else _expression(declared, place, table, given)
        )
    if not callable(given):
        raise ValueError(f"{place} {given!r}: expected an expression, a function, or its path 'module:name'")
    path = _path_of(place, given)
    if path.startswith(f"{declared.module}:") and inspect.isfunction(given):
        # Its source goes into reproducers, which are to need neither this module nor opdiff.
        body = f"return {OWN}({_arguments(declared)})"
        return Asked(_defined(declared, table, path, body, **{OWN: given}), "")
    return _imported(declared, table, path)


def _expression(declared: Declared, place: str, table: str, text: str) -> Asked:
    try:
        function = function_of(declared.name, table, declared.inputs, text)
    except SyntaxError as error:
        raise ValueError(f"{place} {text!r}: not a Python expression: {error.msg}") from error
    except ValueError as error:
        hint = "a function of your own is given as it is, or by its path 'module:name'"
        raise ValueError(f"{place}: {error}; {hint}") from error
    known = {*declared.inputs, *declared.parameters}
    for name in inspect.signature(function).parameters:
        if name not in known and name in names_of(text) and name != _module_of(function):
            raise ValueError(f"{place} {text!r}: {unknown('name', name, known)}")
    return Asked(function, "")


def _module_of(function: Callable[..., Any]) -> str:
    """The name of a call's first parameter: the framework's module."""
    return next(iter(inspect.signature(function).parameters))


def _path_of(place: str, function: Callable[..., Any]) -> str:
    """The path by which a worker can import a function. Raises ValueError where there is none."""
    module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", "")
    found: Any = sys.modules.get(module or "")
    for part in name.split("."):
        found = getattr(found, part, None)
    if not module or found is not function:
        what = f"{module}.{name}" if module and name else repr(function)
        rule = "a worker imports it by name, so it must be defined at the level of a module, and above this line"
        raise ValueError(f"{place} {what}: cannot be imported: {rule}; or write the call as an expression")
    return f"{module}:{name}"


def _imported(declared: Declared, table: str, path: str) -> Asked:
    """A call that imports its function when it is made; the worker has imported it before the first case."""
    module, _, name = path.partition(":")
    first, *rest = name.split(".")
    called = ".".join([OWN, *rest])
    body = f"from {module} import {first} as {OWN}\n\n    return {called}({_arguments(declared)})"
    return Asked(_defined(declared, table, path, body), path)


def _arguments(declared: Declared) -> str:
    return ", ".join([*declared.inputs, *(f"{name}={name}" for name in declared.parameters)])


def _defined(declared: Declared, table: str, path: str, body: str, **namespace: Any) -> Callable[..., Any]:
    """The function of module, inputs and parameters whose body that is."""
    star = ["*", *declared.parameters] if declared.parameters else []
    head = ", ".join(["module", *declared.inputs, *star])
    file = f"<{table} call of {declared.module}.{declared.name}: {path}>"
    return defined(declared.name, file, f"def {declared.name}({head}):\n    {body}\n", **namespace)


def inputs_of(reference: Callable[..., Any], parameters: Sequence[str]) -> tuple[str, ...]:
    """The inputs of a reference: its arguments that are no parameters. Raises ValueError where these do not fit."""
    kinds = inspect.Parameter
    given = inspect.signature(reference).parameters.values()
    if any(each.kind in (kinds.VAR_POSITIONAL, kinds.VAR_KEYWORD) for each in given):
        raise ValueError(f"reference {reference.__qualname__}: its arguments must have names, no * or **")
    for name in parameters:
        if name not in {each.name for each in given}:
            raise ValueError(f"parameters[{name!r}]: reference {reference.__qualname__} has no argument of that name")
    names = tuple(each.name for each in given if each.name not in parameters)
    missing = [each.name for each in given if each.name in names and each.kind == kinds.KEYWORD_ONLY]
    if missing:
        raise ValueError(
            f"reference {reference.__qualname__}: keyword {missing[0]!r} needs values: name it in parameters"
        )
    if not names or {"module", OWN, "cotangent"} & {*names, *parameters}:
        rule = f"expected at least one array as an argument, and none called module, {OWN} or cotangent"
        raise ValueError(f"reference {reference.__qualname__}: {rule}")
    return names
