"""Pages that are made from the code while Sphinx builds: the directive ``generated`` puts in what a function of this module returns.

The functions return Markdown and need no Sphinx.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).parents[1]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def prose(text: str) -> str:
    """A docstring as Markdown: what stands in double backticks is code there too; the rest is shown as it is."""
    pieces = re.split(r"(``.+?``)", inspect.cleandoc(text))
    return "".join(piece if piece.startswith("``") else re.sub(r"([*_<\[])", r"\\\1", piece) for piece in pieces)


def every_command() -> Iterator[tuple[str, click.Command]]:
    """Every command of the command line by its full name, groups before what is in them."""
    from harness.cli import cli

    def below(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
        yield name, command
        if isinstance(command, click.Group):
            for child in sorted(command.commands):
                yield from below(f"{name} {child}", command.commands[child])

    yield from below("opdiff", cli)


def commands() -> str:
    """Every command: usage, help, options with their defaults and environment variables."""
    parts = []
    for name, command in every_command():
        context = click.Context(command, info_name=name)
        usage = " ".join(command.collect_usage_pieces(context))
        parts += [f"## {name}", f"```text\n{name} {usage}\n```", prose(command.help or "")]
        rows = [_option(option, context) for option in command.params if isinstance(option, click.Option)]
        if rows:
            parts.append(table(("option", "what it does", "default", "variable"), rows))
    return "\n\n".join(parts)


def _option(option: click.Option, context: click.Context) -> tuple[str, str, str, str]:
    value = "" if option.is_flag else f" {option.make_metavar(context)}"
    spelling = f"`{', '.join([*option.opts, *option.secondary_opts])}{value}`"
    default = str(option.default) if option.show_default and option.default is not None else ""
    return (
        spelling,
        prose(option.help or ""),
        f"`{default}`" if default else "",
        f"`{option.envvar}`" if option.envvar else "",
    )


def configuration() -> str:
    """The keys of ``[tool.opdiff]`` with the types that they take and the help of the option of the same name."""
    from harness.cli.run import run
    from harness.config import Settings

    helps = {option.name: option.help or "" for option in run.params if isinstance(option, click.Option)}
    rows = [
        (f"`{name.replace('_', '-')}`", f"`{kind}`", prose(helps.get(name, "Operators or families to run.")))
        for name, kind in inspect.get_annotations(Settings).items()
    ]
    return table(("key", "type", "what it does"), rows)


def baseline_keys() -> str:
    """The fields of an entry of the baseline."""
    from harness.baseline import Entry

    return table(("key", "type"), [(f"`{name}`", f"`{kind}`") for name, kind in inspect.get_annotations(Entry).items()])


API = ("case", "meaning", "operator", "plain", "records", "history", "baseline", "discovery")
"""Modules of ``harness`` that others than opdiff import."""


def api() -> str:
    """Directives of autodoc for the public modules."""
    told = {f"harness.{name}": f"automodule:: harness.{name}" for name in ("adapters.base", *API)}
    told["harness.testing"] = "autofunction:: harness.testing.differential"
    return "\n\n".join(f"## {name}\n\n```{{eval-rst}}\n.. {directive}\n```" for name, directive in told.items())


def exit_codes() -> str:
    """The exit codes, each with the docstring that follows it in the code."""
    from harness.cli.options import ExitCode

    told = attribute_docs(ExitCode)
    return table(("code", "name", "meaning"), [(str(int(c)), f"`{c.name}`", prose(told[c.name])) for c in ExitCode])


def attribute_docs(owner: type) -> dict[str, str]:
    """The strings below the assignments of a class body."""
    body = ast.parse(inspect.cleandoc("\n" + inspect.getsource(owner))).body[0].body  # type: ignore[attr-defined]
    found = {}
    for one, after in itertools.pairwise(body):
        if isinstance(one, ast.Assign) and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            found[ast.unparse(one.targets[0])] = str(after.value.value)
    return found


def schemas() -> str:
    """The JSON documents: what prints each, and its objects with their fields."""
    parts = []
    for path in sorted((ROOT / "reports" / "schemas").glob("*.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        parts += [f"## {path.stem}", f"{schema.get('title', path.stem)}: {_type(schema)}.".replace("_", "\\_")]
        parts += [_definition(name, one) for name, one in schema.get("$defs", {}).items()]
    return "\n\n".join(parts)


def _definition(name: str, schema: Mapping[str, Any]) -> str:
    """An object with its fields, or what else a definition is."""
    about = prose(schema.get("description", "").split("\n\n")[0].replace("\n", " "))
    text = f"**{prose(name)}**: {about}" if about else f"**{prose(name)}**"
    if "properties" not in schema:
        return f"{text} {_type(schema)}"
    needed = schema.get("required", ())
    rows = [(f"`{key}`", _type(value), "yes" if key in needed else "") for key, value in schema["properties"].items()]
    return f"{text}\n\n{table(('field', 'type', 'required'), rows)}"


def _type(schema: Mapping[str, Any]) -> str:
    """A schema in a few words."""
    if "$ref" in schema:
        return schema["$ref"].rsplit("/", 1)[-1]
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(dict.fromkeys(_type(each) for each in schema[several]))
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    kind = schema.get("type", "anything")
    if kind == "array" and "items" in schema and schema["items"] is not False:
        return f"list of {_type(schema['items'])}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        return f"object with values of {_type(schema['additionalProperties'])}"
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def store_tables() -> str:
    """The tables of the store."""
    from harness.store_file import metadata

    rows = [
        (f"`{found.name}`", ", ".join(f"`{column.name}`" for column in found.primary_key), _others(found))
        for found in metadata.sorted_tables
    ]
    return table(("table", "key", "other columns"), sorted(rows))


def _others(found: Any) -> str:
    return ", ".join(f"`{column.name}` ({column.type})" for column in found.columns if not column.primary_key)


def window_picture() -> str:
    """The window picture of a transposed convolution whose frameworks read "same" and stride 2 in different ways."""
    from reports.explain.explanation import explain
    from reports.explain.page import picture
    from reports.picture import asset, markup

    drawn = markup(picture(explain("torch.nn.ConvTranspose1d(1, 1, 3, stride=2, padding=1)", (1, 1, 5))))
    below = ".windows { display: block }"
    return f"<style>{asset('picture.css')}{below}</style>\n{drawn}"


def window_rules() -> str:
    """The window rules of transposed convolutions by the name of their convention, each with the first paragraph of its docstring."""
    from harness.windows import TRANSPOSED

    named = {name: rule for name, rule in TRANSPOSED.items() if rule.__name__ == name}
    told = {name: inspect.getdoc(rule) or "" for name, rule in named.items()}
    return table(
        ("convention", "rule"), [(f"`{n}`", prose(t.split("\n\n")[0].replace("\n", " "))) for n, t in told.items()]
    )


def setup(app: Any) -> dict[str, bool]:
    """Sphinx calls it."""
    from docutils import nodes
    from sphinx.util.docutils import SphinxDirective

    class Generated(SphinxDirective):
        """``generated`` and the name of a function of this module."""

        required_arguments = 1
        option_spec = {}

        def run(self) -> list[nodes.Node]:
            self.env.note_reread()  # the code may have changed where the page has not
            made: Callable[[], str] = globals()[self.arguments[0]]
            text = made()
            if text.startswith("<"):
                return [nodes.raw("", text, format="html")]
            return self.parse_text_to_nodes(text, allow_section_headings=True)

    app.add_directive("generated", Generated)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
