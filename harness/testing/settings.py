"""What a differential test runs with: command line > marker > pytest's configuration file > default."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class SettingError(ValueError):
    """A setting that cannot be used. The message names it, its value and the rule."""


@dataclass(frozen=True)
class Settings:
    """``cases`` and ``time`` (seconds) are what one test may take, whichever ends first; ``timeout`` is that of one case, in seconds.

    ``baseline`` is the file of the findings that are lived with (None: there is none).
    ``targets`` are patterns ``framework[:device[:mode]]``; None: every installed framework, eager and abstract.
    """

    store: Path
    baseline: Path | None = None
    targets: tuple[str, ...] | None = None
    cases: int = 100
    seed: int = 0
    time: float = 60.0
    timeout: float = 10.0


def parsed(name: str, value: Any) -> Any:
    """A value of a setting, from its text or as a marker has it. Raises SettingError."""
    try:
        return PARSERS[name](value)
    except ValueError as error:
        raise SettingError(f"{name} {value!r}: {error}") from error


def marked(given: Mapping[str, Any], positional: tuple[Any, ...] = ()) -> dict[str, Any]:
    """The settings of a marker. Raises SettingError on one that a marker cannot have."""
    from harness.operator import unknown

    if positional:
        raise SettingError(
            f"marker opdiff: {positional[0]!r} has no name; expected names with values, such as cases=1000"
        )
    for name in given:
        if name not in MARKED:
            raise SettingError(f"marker opdiff: {unknown('setting', name, MARKED)}")
    return {name: parsed(name, value) for name, value in given.items()}


def _targets(value: Any) -> tuple[str, ...]:
    names = value.replace("\n", ",").split(",") if isinstance(value, str) else list(value)
    found = tuple(name.strip() for name in names if name.strip())
    if not found:
        raise ValueError("expected names between commas, such as torch,jax:cpu")
    from harness.discovery import adapters, resolve

    for target in resolve(found):  # raises TargetError, a ValueError, which names the closest one
        missing = adapters()[target.framework].missing
        if missing:
            raise ValueError(f"{target.framework} cannot start: {missing}")
    return found


def _whole(least: int, most: int) -> Callable[[Any], int]:
    def parse(value: Any) -> int:
        number = int(value) if isinstance(value, str) and value.strip().isdecimal() else value
        if type(number) is not int or not least <= number <= most:
            raise ValueError(f"expected a whole number from {least} to {most}")
        return number

    return parse


def _seconds(value: Any) -> float:
    import click

    from harness.cli.options import duration

    try:
        return duration(value)
    except click.BadParameter as error:
        raise ValueError(error.message.partition(": ")[2]) from error


PARSERS: Mapping[str, Callable[[Any], Any]] = {
    "targets": _targets,
    "cases": _whole(1, 10**9),
    "seed": _whole(0, 2**64 - 1),
    "time": _seconds,
    "timeout": _seconds,
}
MARKED = ("targets", "cases", "seed", "time")
"""What a marker may set: what concerns one test."""
