"""What the commands share: exit codes, types of options, output. Imports nothing heavy: ``--help`` must be quick."""

from __future__ import annotations

import contextlib
import difflib
import enum
import itertools
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


class ExitCode(enum.IntEnum):
    """Every exit code of opdiff."""

    OK = 0
    """Nothing new; of ``replay`` and ``explain --verify``: gone, equal."""

    FOUND = 1
    """New findings; of ``replay`` and ``explain --verify``: still there, differs."""

    USAGE = 2
    """Usage or configuration error, or a target asked for by name cannot start."""

    FAULT = 3
    """opdiff's own fault: the store, the accounts, a target lost for good in mid-run."""

    NOTHING_RAN = 4
    """No target is available, or the filter left nothing."""

    INTERRUPTED = 130
    """By SIGINT; the state is saved."""

    TERMINATED = 143
    """By SIGTERM; the state is saved."""


class Failure(Exception):
    """An end of the command with a message and an exit code."""

    def __init__(self, code: ExitCode, message: str) -> None:
        super().__init__(message)
        self.code = code


_CODES = (
    ("harness.baseline", "BaselineError", ExitCode.USAGE),
    ("harness.config", "ConfigError", ExitCode.USAGE),
    ("harness.outside", "OutsideError", ExitCode.USAGE),
    ("harness.discovery", "TargetError", ExitCode.USAGE),
    ("harness.replayfile", "CaseFileError", ExitCode.USAGE),
    ("harness.shards", "ShardsError", ExitCode.USAGE),
    ("harness.store_file", "StoreVersionError", ExitCode.USAGE),
    ("harness.store_file", "StoreMissingError", ExitCode.USAGE),
    ("harness.store_file", "StoreError", ExitCode.FAULT),
    ("harness.campaign", "TargetUnavailable", ExitCode.USAGE),
    ("harness.campaign", "NothingRan", ExitCode.NOTHING_RAN),
    ("harness.campaign", "AccountingError", ExitCode.FAULT),
    ("harness.check", "InputsError", ExitCode.FAULT),
)


def exit_code(error: Exception) -> ExitCode | None:
    """The exit code of an expected error, None for an unexpected one. A module that is not loaded raised nothing."""
    if isinstance(error, Failure):
        return error.code
    for module, name, code in _CODES:
        kind = getattr(sys.modules.get(module), name, None)
        if kind is not None and isinstance(error, kind):
            return code
    return None


def duration(value: Any) -> float:
    """Seconds from ``90``, ``90s``, ``10m``, ``1.5h``; more than zero. Raises BadParameter."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|m|h|)", str(value).strip())
    seconds = float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[match[2]] if match else 0.0
    if not 0 < seconds < 1e9:
        raise click.BadParameter(f"{value!r}: expected a positive time such as 90s, 10m or 1.5h")
    return seconds


def size(value: Any) -> int:
    """Bytes from ``4294967296``, ``512M``, ``4G``; at least 64M. Raises BadParameter."""
    match = re.fullmatch(r"(\d{1,15})\s*(?:([KMG])(?:iB|B)?)?", str(value).strip())
    number = int(match[1]) << {None: 0, "K": 10, "M": 20, "G": 30}[match[2]] if match else 0
    if not 1 << 26 <= number < 1 << 50:
        raise click.BadParameter(f"{value!r}: expected a size of at least 64M, such as 512M or 4G")
    return number


def shard(value: Any) -> tuple[int, int]:
    """``i/n`` with 1 <= i <= n, as a pair that counts from 0. Raises BadParameter."""
    match = re.fullmatch(r"(\d{1,6})/(\d{1,6})", str(value).strip())
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise click.BadParameter(f"{value!r}: expected i/n with 1 <= i <= n, such as 2/8")
    return int(match[1]) - 1, int(match[2])


def names(value: Any) -> tuple[str, ...]:
    """Names between commas. Raises BadParameter."""
    found = tuple(name.strip() for name in str(value).split(","))
    if not all(found):
        raise click.BadParameter(f"{value!r}: expected names between commas")
    return found


class Group(click.Group):
    """A group that names the closest command."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            known = self.list_commands(ctx)
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"
            ctx.fail(f"unknown command {name!r}; {hint}")
        return super().resolve_command(ctx, args)


def option(*spellings: str, **facts: Any) -> Callable[[Command], Command]:
    """An option that the environment variable ``OPDIFF_<NAME>`` supplies too."""
    variable = "OPDIFF_" + max(spellings, key=len).removeprefix("--").replace("-", "_").upper()
    return click.option(*spellings, envvar=variable, show_envvar=False, **facts)


out_file = click.Path(path_type=Path, dir_okay=False)
"""Type of an option that names a file to write."""

store_option = option(
    "--store", type=click.Path(path_type=Path), default=Path(".opdiff"), show_default=True, help="Folder of the store."
)
format_option = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Form of stdout."
)
targets_option = option(
    "--targets",
    type=names,
    metavar="NAMES",
    help="Comma-separated framework[:device[:mode]], with * and ?; default: every installed framework, eager and "
    "abstract.",
)
timeout_option = option(
    "--timeout", type=duration, metavar="TIME", default="10s", show_default=True, help="Limit per case."
)
memory_option = option(
    "--memory", type=size, metavar="SIZE", default="4G", show_default=True, help="What a worker may allocate."
)
imports_option = option(
    "--import",
    "imports",
    type=names,
    metavar="FILES",
    callback=lambda context, parameter, value: _bring(value or ()),
    expose_value=False,
    help="Files *.py or modules that define operators of your own.",
)
devices_option = option("--devices", type=names, metavar="NAMES", help="Such as cpu,cuda; default: all there are.")


def _bring(imports: Iterable[str]) -> None:
    """Import what defines operators from outside. Raises OutsideError."""
    from harness.outside import bring

    for text in imports:
        bring(text)


def wants_json(arguments: list[str]) -> bool:
    """Whether ``--format json`` stands among the arguments; read before they are parsed, for errors in them."""
    return "--format=json" in arguments or ("--format", "json") in itertools.pairwise(arguments)


def wants_color(stream: IO[str]) -> bool:
    """NO_COLOR, then FORCE_COLOR, then whether the stream is a terminal (https://no-color.org, https://force-color.org)."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()


def echo(text: str) -> None:
    """Print data. A reader that has gone away ends the output, not the command."""
    try:
        click.echo(text, color=wants_color(sys.stdout))
        sys.stdout.flush()
    except BrokenPipeError:
        discard_stdout()


def discard_stdout() -> None:
    """Send stdout nowhere, because its reader has gone away: what is still buffered must not fail at the end of the process."""
    with contextlib.suppress(OSError), Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def echo_json(document: Any) -> None:
    """Print a document as JSON."""
    import msgspec

    from harness.encoding import encode

    echo(msgspec.json.format(encode(document), indent=2).decode())


def say(text: str) -> None:
    """Print what is not data."""
    with contextlib.suppress(BrokenPipeError):
        click.echo(text, err=True, color=wants_color(sys.stderr))


@contextlib.contextmanager
def named(argument: str, value: str) -> Iterator[None]:
    """Turn a failed look-up into a usage error of the argument."""
    try:
        yield
    except LookupError as error:
        raise click.UsageError(f"{argument} {value!r}: {error.args[0]}") from error


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn a failed write into a message and an exit code."""
    try:
        yield
    except OSError as error:
        raise Failure(ExitCode.FAULT, f"cannot write {str(path)!r}: {error.strerror or error}") from error
