"""Reads the text of a call with ``ast``; nothing is evaluated.

Layers are written as in a program: ``torch.nn.ConvTranspose2d(16, 1, 3, stride=2)``, and may be called:
``nn.ConvTranspose2d(16, 1, 3, stride=2)(x, output_size=(24, 24))``. Functions take tensors: the input is any name (its
shape comes from ``--input``), and the kernel is its shape, ``conv_transpose2d(x, weight=(16, 1, 3, 3), stride=2)``, or
a call that says the shape, ``torch.randn(16, 1, 3, 3)``. Names may be shortened to any ending
(``nn.Conv2d``, ``Conv2DTranspose``, ``lax.conv_transpose``), and ``F`` and ``tf.keras`` are understood.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from harness.operator import unknown
from reports.explain.errors import CallError, refuse
from reports.explain.signatures import ALIASES, REQUIRED, SIGNATURES, Signature

LONGEST = 10_000
FILLERS = frozenset(
    {"zeros", "ones", "empty", "rand", "randn", "full", "normal", "uniform", "standard_normal", "random", "Variable"}
)
"""Names of array constructors whose arguments are read as a shape."""


@dataclass(frozen=True)
class Opaque:
    """An expression that is not read, only carried."""

    text: str

    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Call:
    """A call that was understood: ``given`` as written, ``bound`` with defaults, ``output_size`` of a called layer."""

    text: str
    signature: Signature
    given: dict[str, Any]
    bound: dict[str, Any]
    output_size: Any = None


def parse(text: str) -> Call:
    """The call that ``text`` is. Raises CallError that names what is not understood and the closest match."""
    return read(_expression(text), text)


def parse_stack(text: str) -> list[Call]:
    """The calls of ``"Conv2d(...); Conv2d(...)"``, in order. Raises CallError."""
    parts = [part.strip() for part in text.split(";") if part.strip()]
    if not parts:
        raise refuse("CALL", text, "expected layers separated by semicolons")
    return [parse(part) for part in parts]


def _expression(text: str) -> ast.expr:
    if len(text) > LONGEST:
        raise refuse("CALL", text[:40], f"longer than {LONGEST} characters")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else type(error).__name__
        raise refuse("CALL", text, f"not one Python expression ({reason})") from None


def read(node: ast.expr, text: str) -> Call:
    """The call that a node is; a called layer gives its ``output_size``."""
    if not isinstance(node, ast.Call):
        raise refuse("CALL", text, "expected a call such as torch.nn.ConvTranspose2d(16, 1, 3, stride=2)")
    if isinstance(node.func, ast.Call):
        return _called_layer(node, text)
    signature = find(_dotted(node.func))
    given = _bind(node, list(signature.parameters), signature)
    missing = [name for name, default in signature.parameters.items() if default is REQUIRED and name not in given]
    if missing:
        raise CallError(f"{signature.name}: argument {missing[0]!r} is missing; it takes {_listing(signature)}")
    return Call(text.strip(), signature, given, {**signature.parameters, **given})


def _called_layer(node: ast.Call, text: str) -> Call:
    assert isinstance(node.func, ast.Call)
    inner = read(node.func, text)
    signature = inner.signature
    if not signature.layer:
        raise refuse("CALL", text, f"{signature.name} returns a tensor, which cannot be called")
    takes = ["input"] + (["output_size"] if signature.framework == "torch" and signature.transposed else [])
    call = Signature(
        signature.name, signature.framework, True, True, None, dict.fromkeys(takes), free=frozenset({"input"})
    )
    given = _bind(node, takes, call)
    return Call(text.strip(), signature, inner.given, inner.bound, given.get("output_size"))


def find(name: str) -> Signature:
    """The signature of a dotted name, of an ending of it, or of an alias. Raises CallError with the closest match."""
    for alias, full in ALIASES.items():
        if name.startswith(alias + "."):
            name = full + name[len(alias) :]
    if name in SIGNATURES:
        return SIGNATURES[name]
    fitting = [full for full in SIGNATURES if full.endswith("." + name)]
    if len(fitting) > 1 and fitting[1].startswith("tf_keras."):
        fitting = fitting[:1]
    if len(fitting) > 1:
        raise refuse("CALL", name, f"several calls end so: {', '.join(fitting)}")
    if fitting:
        return SIGNATURES[fitting[0]]
    endings = {".".join(full.split(".")[start:]) for full in SIGNATURES for start in range(full.count(".") + 1)}
    raise CallError(unknown("call", name, endings))


def _bind(node: ast.Call, names: list[str], signature: Signature) -> dict[str, Any]:
    """Arguments by parameter name. Keyword-only parameters of ``jax.lax`` may stand by position: it does no harm."""
    if len(node.args) > len(names):
        extra = ast.unparse(node.args[len(names)])
        raise refuse("CALL", extra, f"{signature.name} takes {len(names)} arguments at most: {', '.join(names)}")
    given: dict[str, Any] = {}
    for name, value in zip(names, node.args, strict=False):
        given[name] = _argument(name, value, signature)
    for keyword in node.keywords:
        if keyword.arg is None:
            raise refuse("CALL", "**" + ast.unparse(keyword.value), "expected arguments that are written out")
        if keyword.arg not in names:
            raise CallError(f"{signature.name}: {unknown('argument', keyword.arg, names)}")
        if keyword.arg in given:
            raise refuse(keyword.arg, ast.unparse(keyword.value), "the argument is given twice")
        given[keyword.arg] = _argument(keyword.arg, keyword.value, signature)
    return given


def _argument(name: str, node: ast.expr, signature: Signature) -> Any:
    """A literal, a shape for a tensor, or an opaque expression where any may stand."""
    if isinstance(node, ast.Starred):
        raise refuse(name, ast.unparse(node), "expected arguments that are written out")
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError, MemoryError):
        pass
    if name in signature.tensors.values():
        return _shape(node)
    if name in signature.free:
        return Opaque(ast.unparse(node))
    raise refuse(name, ast.unparse(node), "expected a literal (number, string, tuple, None, True or False)")


def _shape(node: ast.expr) -> Any:
    """The shape that ``torch.randn(16, 1, 3, 3)`` or ``np.ones((3, 3))`` says; else the expression itself."""
    if isinstance(node, ast.Call) and node.args and ast.unparse(node.func).rpartition(".")[2] in FILLERS:
        for candidate in (node.args[0], node.args[-1], ast.Tuple(node.args, ast.Load())):
            try:
                value = ast.literal_eval(candidate)
            except ValueError:
                continue
            if isinstance(value, tuple | list):
                return tuple(value)
    return Opaque(ast.unparse(node))


def _dotted(node: ast.expr) -> str:
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        raise refuse("CALL", ast.unparse(node), "expected a dotted name")
    return ".".join([node.id, *reversed(parts)])


def _listing(signature: Signature) -> str:
    return ", ".join(name for name, default in signature.parameters.items() if default is REQUIRED)


def parse_shape(text: str) -> tuple[int, ...]:
    """``"1,16,12,12"`` as sizes. Raises CallError unless all are integers of at least 0 and at most 8 of them."""
    try:
        sizes = tuple(int(part) for part in text.strip().strip("()[]").rstrip(",").split(","))
    except ValueError:
        raise refuse("--input", text, "expected sizes such as 1,16,12,12") from None
    if not sizes or len(sizes) > 8 or any(size < 0 for size in sizes):
        raise refuse("--input", text, "expected up to 8 sizes, none of them negative")
    return sizes
