"""Configuration: one file, closed keys, and its place in the precedence."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.config import ConfigError, Configuration, load


def write(folder: Path, text: str) -> Path:
    path = folder / "pyproject.toml"
    path.write_text(text)
    return path


def test_no_file_and_no_table_are_no_configuration(tmp_path: Path) -> None:
    assert load(tmp_path) == Configuration()
    write(tmp_path, "[project]\nname = 'opdiff-user'\n")
    assert load(tmp_path) == Configuration()


def test_the_nearest_table_above_counts(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    path = write(tmp_path, "[tool.opdiff]\ntargets = ['torch', 'jax:cpu']\nfirst-timeout = 5\nstore = 'runs'\n")
    write(tmp_path / "a", "[tool.other]\nx = 1\n")
    found = load(inner)
    assert found.path == path
    assert found.values == {"targets": "torch,jax:cpu", "first_timeout": 5, "store": str(tmp_path / "runs")}


def test_an_unknown_key_names_the_closest(tmp_path: Path) -> None:
    path = write(tmp_path, "[tool.opdiff]\ntargts = ['torch']\n")
    with pytest.raises(ConfigError, match=f"{path}.*unknown key 'targts'; did you mean 'targets'"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.opdiff]\ncases = 'many'\n", r"Expected `int \| null`, got `str` - at `\$.cases`"),
        ("[tool.opdiff]\ntargets = 'torch'\n", "Expected `array`"),
        ("[tool.opdiff\n", "not TOML"),
        ("[tool]\nopdiff = 3\n", "expected a table, not 3"),
    ],
)
def test_wrong_values_are_errors(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError, match=message) as raised:
        load(tmp_path)
    assert str(path) in str(raised.value)
