"""What a call of the table comes down to, from its stored source, which is parsed and never run."""

from __future__ import annotations

import ast
import re

from harness.case import Case

LONGEST = 10_000
"""Characters of a source that is parsed."""
LONGEST_LINE = 400
"""Characters of a line that are searched: on a longer one the search would take the square of its length."""
_DOTTED = re.compile(r"\w+\.\w+\.\w+.*\(")


def brief(source: str, case: Case) -> str:
    """The first call in ``source`` that is named after the operator, such as ``torch.nn.functional.conv2d(x, w)``.

    Where none is, its last line that calls a function of a framework's submodule, else its last line.
    """
    stem = re.split("[_:]", case.operator)[0].lower()
    body = _body(source) if stem else []
    nodes = [node for statement in body for node in ast.walk(statement)]
    for node in nodes:
        if isinstance(node, ast.Call) and stem in ast.unparse(node.func).lower():
            return ast.unparse(ast.Call(_function(node.func, nodes, case), node.args, node.keywords))
    lines = [line.strip() for line in source.strip().splitlines() if not line.lstrip().startswith("@")]
    dotted = [line for line in lines if _DOTTED.search(line, 0, LONGEST_LINE)]
    return (dotted or lines or [""])[-1].removeprefix("return ")


def _body(source: str) -> list[ast.stmt]:
    """The statements of a function; none of what is not the source of one."""
    if len(source) > LONGEST:
        return []
    try:
        statements = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return statements[0].body if len(statements) == 1 and isinstance(statements[0], ast.FunctionDef) else []


def _function(function: ast.expr, nodes: list[ast.AST], case: Case) -> ast.expr:
    """The function itself, where the call names it by a variable, or picks it by ``[rank - 1]`` from one per rank."""
    for node in nodes if isinstance(function, ast.Name) else ():
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == ast.unparse(function):
            function = node.value
    stride = case.parameters.get("stride")
    if not isinstance(function, ast.Subscript) or not isinstance(function.value, ast.Tuple):
        return function
    by_rank = ast.unparse(function.slice) in ("rank - 1", "len(padding) - 1")
    if not by_rank or not isinstance(stride, tuple) or not 1 <= len(stride) <= len(function.value.elts):
        return function
    return function.value.elts[len(stride) - 1]
