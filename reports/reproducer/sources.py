"""Source text of functions that really ran, with all that they need: the modules, helpers and constants of their own modules."""

from __future__ import annotations

import ast
import dataclasses
import dis
import inspect
import math
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from types import CodeType, ModuleType, SimpleNamespace
from typing import Any

WIDTH = 110
"""Longest line that is written, as far as one can be broken."""


class Sources:
    """Functions, constants and modules of one script, by the names that they have in it."""

    def __init__(self) -> None:
        self.modules: dict[str, str] = {}
        self.constants: dict[str, str] = {}
        self.functions: dict[str, str] = {}

    def add(self, function: Callable[..., Any], name: str = "") -> str:
        """Define ``function`` as ``name`` (default: its own), after what it refers to; returns the name.

        Raises ValueError when the source is no ``def``, when the name is taken by something else, or when a global cannot be written down.
        """
        name = name or function.__name__
        text = source_of(function, name)
        if self._is_known(self.functions, name, text):
            return name
        for used in dict.fromkeys(_globals_of(function.__code__)):
            if used in function.__globals__ and used != function.__name__:
                self._resolve(used, function.__globals__[used])
        self.functions[name] = text
        return name

    def constant(self, name: str, value: Any) -> None:
        """Define ``name`` as a literal. Raises ValueError when the name is taken or the value has no literal."""
        if isinstance(value, re.Pattern):
            self.modules["re"] = "re"
        text = literal(value)
        if "SimpleNamespace(" in text:
            self.modules["SimpleNamespace"] = "types"
        if not self._is_known(self.constants, name, text):
            self.constants[name] = text

    def _resolve(self, name: str, value: Any) -> None:
        if isinstance(value, ModuleType):
            self.modules[name] = value.__name__
        elif inspect.isfunction(inspect.unwrap(value)):
            self.add(inspect.unwrap(value), name)  # a cache serves a run, not a script
        else:
            self.constant(name, value)

    def _is_known(self, table: dict[str, str], name: str, text: str) -> bool:
        """Whether the table has the name with this text. Raises ValueError when the name means something else."""
        taken = self.functions.get(name, self.constants.get(name))
        if taken is not None and (taken != text or name not in table):
            raise ValueError(f"name {name!r}: two different objects of a script cannot share it")
        return taken is not None

    def imports(self) -> tuple[list[str], list[str]]:
        """Import statements of the standard library and of the rest, each sorted."""
        lines = {
            _import(alias, module): module.split(".")[0] in sys.stdlib_module_names
            for alias, module in self.modules.items()
        }
        return sorted(line for line in lines if lines[line]), sorted(line for line in lines if not lines[line])

    def definitions(self) -> str:
        """All constants, then all functions, two blank lines between functions."""
        constants = "\n".join(f"{name} = {text}" for name, text in self.constants.items())
        return "\n\n\n".join(filter(None, [constants, *self.functions.values()]))


def _import(alias: str, module: str) -> str:
    if module == "types":
        return f"from types import {alias}"
    return f"import {module}" if alias == module else f"import {module} as {alias}"


def _globals_of(code: CodeType) -> Iterator[str]:
    """Names that the code, inner functions included, looks up outside of functions."""
    for instruction in dis.get_instructions(code):
        if instruction.opname == "LOAD_GLOBAL":
            yield str(instruction.argval)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _globals_of(constant)


def source_of(function: Callable[..., Any], name: str) -> str:
    """The function's own source under another name: decorators and annotations are left out, nothing else is changed.

    Raises ValueError when the source is not that of a ``def`` statement.
    """
    text = textwrap.dedent(inspect.getsource(function))
    try:
        node = ast.parse(text).body[0]
    except SyntaxError:
        node = ast.Pass()
    if not isinstance(node, ast.FunctionDef):
        raise ValueError(f"function {function!r}: its source is no def statement")
    code = text.encode()
    starts = [0]
    for line in code.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def at(line: int, column: int) -> int:
        return starts[line - 1] + column

    begin, end = at(node.lineno, node.col_offset), at(node.end_lineno or 0, node.end_col_offset or 0)
    renamed = re.compile(rb"def\s+" + node.name.encode()).match(code, begin)
    assert renamed
    edits = [(begin, renamed.end(), b"def " + name.encode())]
    edits += [(at(*first), at(*last), replacement) for first, last, replacement in _annotations(node, code, starts)]
    for first_byte, last_byte, replacement in sorted(edits, reverse=True):
        code = code[:first_byte] + replacement + code[last_byte:]
        end += len(replacement) - (last_byte - first_byte)
    # A head that was broken for its annotations alone fits into one line again.
    return re.sub(r"\A(def \w+\()\n +([^\n]*?),?\n(\):)", r"\1\2\3", code[begin:end].decode())


Place = tuple[int, int]


def _annotations(node: ast.FunctionDef, code: bytes, starts: list[int]) -> Iterator[tuple[Place, Place, bytes]]:
    """Where annotations of arguments, results and local variables stand, from what is annotated on, and what replaces them."""
    for child in ast.walk(node):
        if isinstance(child, ast.arguments):
            yield from _arguments(child)
        elif isinstance(child, ast.AnnAssign) and child.value:
            yield _end(child.target), _end(child.annotation), b""
        elif isinstance(child, ast.FunctionDef) and child.returns:
            begin = starts[child.returns.lineno - 1]
            arrow = code.rindex(b"->", begin, begin + child.returns.col_offset)
            yield (child.returns.lineno, len(code[begin:arrow].rstrip())), _end(child.returns), b""


def _arguments(arguments: ast.arguments) -> Iterator[tuple[Place, Place, bytes]]:
    """Annotations of the arguments; where a default follows, the equals sign stands alone as it does without an annotation."""
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(plain) - len(arguments.defaults)) + list(arguments.defaults)
    pairs = [*zip(plain, defaults, strict=True), *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    pairs += [(argument, None) for argument in (arguments.vararg, arguments.kwarg) if argument]
    for argument, default in pairs:
        if argument.annotation:
            after = argument.lineno, argument.col_offset + len(argument.arg.encode())
            if default is None:
                yield after, _end(argument.annotation), b""
            else:
                yield after, (default.lineno, default.col_offset), b"="


def _end(node: ast.expr) -> Place:
    return node.end_lineno or 0, node.end_col_offset or 0


def literal(value: Any) -> str:
    """Python text, ASCII only, that evaluates to an equal value. Raises ValueError for what is no plain value.

    Dataclass instances become a SimpleNamespace of their fields, compiled patterns a call of re.compile.
    """
    if value is None or isinstance(value, (bool, int)):
        return repr(value)
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else f"float({str(value)!r})"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(literal, value)) + ("," if len(value) == 1 else "") + ")"
    if isinstance(value, list):
        return _bracketed("[", [literal(item) for item in value], "]")
    if isinstance(value, dict):
        return _bracketed("{", [f"{literal(key)}: {literal(item)}" for key, item in value.items()], "}")
    if isinstance(value, re.Pattern):
        return f"re.compile({literal(value.pattern)}, {int(value.flags & ~re.UNICODE)})"
    if isinstance(value, SimpleNamespace):
        return f"SimpleNamespace({', '.join(f'{name}={literal(item)}' for name, item in vars(value).items())})"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return literal(SimpleNamespace(**{f.name: getattr(value, f.name) for f in dataclasses.fields(value)}))
    raise ValueError(f"value {value!r}: has no literal")


def _quoted(text: str) -> str:
    """ASCII literal of a string, in double quotes where that needs no escapes of its own."""
    plain = ascii(text)
    return f'"{plain[1:-1]}"' if plain[0] == "'" and '"' not in plain and "\\'" not in plain else plain


def _bracketed(opening: str, items: list[str], closing: str) -> str:
    line = opening + ", ".join(items) + closing
    return line if len(line) <= WIDTH - 30 else spread(opening, items, closing)


def spread(opening: str, items: list[str], closing: str, indent: str = "") -> str:
    """``opening``, one item per line, ``closing``; the lines after the first are indented."""
    return "\n".join([opening, *(f"{indent}    {item}," for item in items), indent + closing])
