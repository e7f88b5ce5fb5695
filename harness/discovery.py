"""Targets: which adapters there are, what each needs, and which targets a user's words name. Imports no framework."""

from __future__ import annotations

import fnmatch
import functools
import importlib
import importlib.metadata
import importlib.util
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.case import MODES, Target
from harness.operator import unknown

GROUP = "opdiff.adapters"
DEFAULT_MODES = ("eager", "abstract")


class TargetError(ValueError):
    """A target, framework, device or mode that does not exist. The message names it and the closest match."""


@dataclass(frozen=True)
class AdapterInfo:
    """An adapter as its class describes it; ``path`` is ``module:Class``.

    ``narrow`` are the dtypes that it documents to convert on entry; ``problem`` says why its module cannot be imported.
    """

    name: str
    path: str
    table: str = ""
    modes: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    requires: tuple[str, ...] = ()
    narrow: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""

    @property
    def missing(self) -> str:
        """Why it cannot start here for all that can be seen without starting it; ``""`` when nothing is missing."""
        absent = [name for name in self.requires if importlib.util.find_spec(name.replace("-", "_")) is None]
        return self.problem or (f"not installed: {', '.join(absent)}" if absent else "")


@functools.cache
def adapters() -> Mapping[str, AdapterInfo]:
    """Every adapter by name: from the entry points, or in a source tree without metadata from its pyproject.toml.

    Raises TargetError when two of them have one name.
    """
    found = {point.name: point.value for point in _entry_points()}
    if not any(path.startswith("harness.") for path in found.values()):
        found = {**_source_tree(), **found}
    return {name: _info(name, path) for name, path in sorted(found.items())}


def _entry_points() -> Iterable[importlib.metadata.EntryPoint]:
    points: dict[str, importlib.metadata.EntryPoint] = {}
    for point in importlib.metadata.entry_points(group=GROUP):
        other = points.setdefault(point.name, point)
        if other.value != point.value:
            raise TargetError(f"adapter {point.name!r} is provided twice, by {other.value} and {point.value}")
    return points.values()


def _source_tree() -> dict[str, str]:
    project = Path(__file__).parents[1] / "pyproject.toml"
    if not project.exists():
        return {}
    points: dict[str, str] = tomllib.loads(project.read_text("utf-8"))["project"]["entry-points"][GROUP]
    return points


def _info(name: str, path: str) -> AdapterInfo:
    module, _, attribute = path.partition(":")
    try:
        adapter = getattr(importlib.import_module(module), attribute)
    except Exception as error:
        return AdapterInfo(name, path, problem=f"{path} cannot be imported: {type(error).__name__}: {error}")
    return AdapterInfo(
        name,
        path,
        adapter.table,
        tuple(adapter.modes),
        tuple(adapter.devices),
        dict(adapter.environment),
        tuple(adapter.requires),
        dict(adapter.narrow),
    )


def devices_here() -> tuple[str, ...]:
    """The devices that this machine has, for all that can be seen without a framework."""
    return ("cpu", "cuda") if Path("/dev/nvidia0").exists() or Path("/dev/dxg").exists() else ("cpu",)


def default_targets(devices: Sequence[str] = ()) -> tuple[Target, ...]:
    """Eager and abstract targets of every installed framework, on ``devices`` or on all that the machine has."""
    targets = [
        Target(info.name, device, mode)
        for info in adapters().values()
        if not info.missing
        for device in _known_devices(devices) or devices_here()
        if device in info.devices
        for mode in DEFAULT_MODES
        if mode in info.modes
    ]
    return tuple(targets)


def resolve(patterns: Iterable[str], devices: Sequence[str] = ()) -> tuple[Target, ...]:
    """The targets that ``framework[:device[:mode]]`` patterns name, in their order; ``*`` and ``?`` stand for any text.

    Without a device, or with a pattern for it, those of ``devices`` (or of the machine); without a mode eager and
    abstract. A pattern names installed frameworks only, a plain name also one that is missing. Raises TargetError on
    what names nothing.
    """
    found: dict[Target, None] = {}
    for pattern in patterns:
        found.update(dict.fromkeys(_matching(pattern, _known_devices(devices) or devices_here())))
    return tuple(found)


def _matching(pattern: str, devices: Sequence[str]) -> list[Target]:
    framework, *rest = pattern.split(":")
    if len(rest) > 2 or not all((framework, *rest)):
        raise TargetError(f"target {pattern!r}: expected framework[:device[:mode]]")
    infos = _frameworks(framework)
    known_devices = {device for info in infos for device in info.devices}
    known_modes = {mode for info in infos for mode in info.modes}
    if rest and rest[0] in known_devices:
        devices = rest[:1]
    elif rest:
        devices = _select(pattern, "device", rest[0], devices)
    wanted_modes = _select(pattern, "mode", rest[1], known_modes) if len(rest) > 1 else DEFAULT_MODES
    targets = [
        Target(info.name, device, mode)
        for info in infos
        for device in devices
        if device in info.devices
        for mode in sorted(wanted_modes, key=MODES.index)
        if mode in info.modes
    ]
    if not targets:
        raise TargetError(f"target {pattern!r}: no adapter has this device and mode together")
    return targets


def _frameworks(pattern: str) -> list[AdapterInfo]:
    known = adapters()
    if pattern in known:
        if known[pattern].problem:
            raise TargetError(f"target {pattern!r}: {known[pattern].problem}")
        return [known[pattern]]
    matching = [info for name, info in known.items() if fnmatch.fnmatchcase(name, pattern)]
    if not matching:
        raise TargetError(unknown("target", pattern, known))
    installed = [info for info in matching if not info.missing]
    if not installed:
        raise TargetError(f"target {pattern!r}: {'; '.join(f'{info.name}: {info.missing}' for info in matching)}")
    return installed


def _select(pattern: str, what: str, wanted: str, known: Iterable[str]) -> list[str]:
    found = sorted(fnmatch.filter(known, wanted))
    if not found:
        raise TargetError(f"target {pattern!r}: {unknown(what, wanted, known)}")
    return found


def _known_devices(devices: Sequence[str]) -> Sequence[str]:
    known = {device for info in adapters().values() for device in info.devices}
    for device in devices:
        if device not in known:
            raise TargetError(unknown("device", device, known))
    return devices


@dataclass(frozen=True)
class TargetState:
    """A target, whether all that it needs is here, and why not."""

    target: str
    available: bool
    reason: str = ""


def list_targets() -> list[TargetState]:
    """Every target of every adapter, without starting any: ``available`` may still turn out wrong when it starts."""
    here = devices_here()
    states = []
    for info in adapters().values():
        if info.problem:
            states.append(TargetState(info.name, False, info.problem))
        for device in info.devices:
            absent = "" if device in here else f"this machine shows no {device} device"
            for mode in info.modes:
                reason = info.missing or absent
                states.append(TargetState(str(Target(info.name, device, mode)), not reason, reason))
    return states
