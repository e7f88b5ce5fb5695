"""The reference that is generated from the code: nothing of the code is missing in it."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from commands import ROOT

from harness.cli import cli
from harness.cli.options import ExitCode
from harness.config import Settings
from harness.store import Store

sys.path.append(str(ROOT / "docs"))
import generated


def sections(text: str) -> dict[str, str]:
    """What stands below each second-level heading."""
    parts = re.split(r"^## (.+)\n", text, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def names(group: click.Group, *words: str) -> list[tuple[str, ...]]:
    """The words of every command, as they are typed."""
    found = []
    for name, command in group.commands.items():
        found.append((*words, name))
        found += names(command, *words, name) if isinstance(command, click.Group) else []
    return found


@pytest.mark.parametrize("words", [(), *names(cli)], ids=" ".join)
def test_what_help_names_stands_on_the_page(words: tuple[str, ...]) -> None:
    said = CliRunner().invoke(cli, [*words, "--help"]).output
    section = sections(generated.commands())[" ".join(("opdiff", *words))]
    options = set(re.findall(r"^  (?:-\w, )?(--[a-z][a-z-]*)", said, re.M)) - {"--help"}
    assert options <= set(re.findall(r"--[a-z][a-z-]*", section))
    assert " ".join(said.split("\n\n")[1].split()) in " ".join(section.replace("\\", "").split())


def test_an_option_shows_its_default_and_its_variable() -> None:
    rows = sections(generated.commands())["opdiff run"]
    assert "| `--timeout TIME` | Limit per case. | `10s` | `OPDIFF_TIMEOUT` |" in rows
    assert re.search(r"\| `--exit-zero` \|[^|]+\|  \| *(`OPDIFF_EXIT_ZERO`)? \|", rows)


def test_every_key_of_the_configuration_has_a_type_and_words() -> None:
    rows = [line.split("|") for line in generated.configuration().splitlines()[2:]]
    assert [row[1].strip(" `").replace("-", "_") for row in rows] == list(Settings.__struct_fields__)
    assert all(len(row[2].strip()) > 2 and len(row[-2].strip()) > 5 for row in rows)


def test_every_exit_code_is_explained() -> None:
    rows = generated.exit_codes().splitlines()[2:]
    assert [int(row.split("|")[1]) for row in rows] == list(ExitCode)
    assert all(len(row.split("|")[3]) > 10 for row in rows)


def test_every_field_of_every_document_stands_in_its_section() -> None:
    found = sections(generated.schemas())
    for path in (ROOT / "reports" / "schemas").glob("*.json"):
        schema = json.loads(path.read_text())
        fields = {name for one in schema.get("$defs", {}).values() for name in one.get("properties", {})}
        assert fields <= set(re.findall(r"^\| `(.+?)` \|", found[path.stem], re.M)), path.stem


def test_every_table_of_a_store_stands_on_the_page(tmp_path: Path) -> None:
    import sqlite3

    with Store.open(tmp_path):
        pass
    with sqlite3.connect(tmp_path / "opdiff.sqlite") as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert set(re.findall(r"^\| `(.+?)` \|", generated.store_tables(), re.M)) == tables


def test_the_picture_has_a_window_for_each_framework() -> None:
    drawn = generated.window_picture()
    assert drawn.count("<svg") == 1
    assert all(f"{framework} padding=" in drawn for framework in ("keras", "tensorflow", "jax"))


def test_pages_ask_for_what_there_is() -> None:
    pages = [path.read_text(encoding="utf-8") for path in (ROOT / "docs").rglob("*.md")]
    asked = {name for page in pages for name in re.findall(r"```\{generated\} (\w+)", page)}
    assert asked
    assert all(callable(getattr(generated, name, None)) for name in asked)


def test_markdown_in_docstrings_is_text() -> None:
    assert generated.prose("a *b* ``c*`` [d] <e>_f") == r"a \*b\* ``c*`` \[d] \<e>\_f"
    assert generated.table(("a",), [("x|y",)]).splitlines()[-1] == r"| x\|y |"
