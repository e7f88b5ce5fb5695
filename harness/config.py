"""Settings: command line > environment ``OPDIFF_*`` > ``pyproject.toml [tool.opdiff]`` > default.

Click does the rest of the precedence and the checks of values: the file only supplies defaults, an option its variable.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

FILE = "pyproject.toml"


class ConfigError(ValueError):
    """A configuration file that cannot be used. The message names the file, the key and the rule."""


class Settings(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """The keys of ``[tool.opdiff]``, each the option of the same name. Paths are relative to the file."""

    operators: list[str] = []
    imports: list[str] = []
    targets: list[str] = []
    devices: list[str] = []
    time: str | int | float | None = None
    verify_time: str | int | float | None = None
    plateau: str | int | float | None = None
    cases: int | None = None
    seed: int | None = None
    timeout: str | int | float | None = None
    first_timeout: str | int | float | None = None
    memory: str | int | None = None
    store: str | None = None
    baseline: str | None = None
    exit_zero: bool = False


@dataclass(frozen=True)
class Configuration:
    """What a file says, as texts and numbers that the options take; ``path`` is None where there is no such file."""

    path: Path | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


def find(start: Path) -> Path | None:
    """The nearest pyproject.toml with a ``[tool.opdiff]`` table, in ``start`` or above it. Raises ConfigError."""
    for folder in (start, *start.parents):
        path = folder / FILE
        if path.is_file() and _table(path) is not None:
            return path
    return None


def load(start: Path) -> Configuration:
    """The settings for a command that runs in folder ``start``. Raises ConfigError."""
    path = find(start)
    if path is None:
        return Configuration()
    table = _table(path) or {}
    for key in table:
        if key.replace("-", "_") not in Settings.__struct_fields__:
            from harness.operator import unknown

            raise ConfigError(f"{path}: [tool.opdiff]: {unknown('key', key, Settings.__struct_fields__)}")
    try:
        settings = msgspec.convert({key.replace("-", "_"): value for key, value in table.items()}, Settings)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: [tool.opdiff]: {error}") from error
    values = msgspec.to_builtins(settings)
    if "imports" in values:
        values["imports"] = [str(path.parent / name) if name.endswith(".py") else name for name in settings.imports]
    for name in ("imports", "targets", "devices"):
        if name in values:
            values[name] = ",".join(values[name])
    for name in ("store", "baseline"):
        if name in values:
            values[name] = str(path.parent / values[name])
    return Configuration(path, values)


def _table(path: Path) -> dict[str, Any] | None:
    """The ``[tool.opdiff]`` table of a file, None where it has none."""
    text = path.read_bytes()
    if b"opdiff" not in text:  # parsing a large file costs more than looking
        return None
    import tomllib

    try:
        table = tomllib.loads(text.decode("utf-8")).get("tool", {}).get("opdiff")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error
    if table is not None and not isinstance(table, dict):
        raise ConfigError(f"{path}: [tool.opdiff]: expected a table, not {table!r}")
    return table


@functools.cache
def opdiff_version() -> str:
    """Version of the installed opdiff, ``unknown`` in a source tree without metadata."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("opdiff")
    except PackageNotFoundError:
        return "unknown"
