"""``opdiff doctor``: what is installed, what the machine has, which targets start here and why others do not."""

from __future__ import annotations

import functools
import importlib.metadata
import os
import platform
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness import discovery
from harness.case import Target
from harness.config import opdiff_version
from harness.pool import Started
from harness.workers import make_pool

PACKAGES = (
    "click",
    "hypothesis",
    "jinja2",
    "junitparser",
    "ml_dtypes",
    "msgspec",
    "numpy",
    "psutil",
    "rich",
    "sqlalchemy",
)
WAL_DAMAGE = ((3, 7, 0), (3, 51, 2))
"""First and last SQLite version that can damage a WAL database on which two connections work (fixed in 3.51.3)."""

_FLAGS = ("sse4_2", "avx", "avx2", "fma", "avx512f", "avx512_bf16", "avx512_vnni", "amx_tile", "asimd", "sve", "bf16")


@dataclass(frozen=True)
class TargetReport:
    """What became of starting a framework on a device: seconds until it was ready, or why it cannot start."""

    worker: str
    started: bool
    versions: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    reason: str = ""
    modes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Doctor:
    """The whole answer. ``packages`` maps opdiff's own requirements to their versions, ``""`` where one is missing."""

    opdiff: str
    python: str
    environment: dict[str, str]
    packages: dict[str, str]
    sqlite: str
    sqlite_note: str
    targets: tuple[TargetReport, ...]


def examine() -> Doctor:
    """Look at everything; starts one worker per framework and device."""
    version = sqlite3.sqlite_version_info
    note = ""
    if WAL_DAMAGE[0] <= version <= WAL_DAMAGE[1]:
        note = (
            "this version can damage a database in WAL mode on which two connections work; opdiff uses the rollback "
            "journal, which is not concerned"
        )
    packages = {name: _version(name) for name in PACKAGES}
    return Doctor(
        opdiff_version(), platform.python_version(), environment(), packages, sqlite3.sqlite_version, note, start_all()
    )


def start_all() -> tuple[TargetReport, ...]:
    """Start every installed framework on every device it has an adapter for."""
    infos = discovery.adapters()
    pairs = [(info, device) for info in infos.values() for device in info.devices or ("cpu",)]
    here = discovery.devices_here()
    able = [Target(info.name, device) for info, device in pairs if not info.missing and device in here]
    with make_pool(able) as pool:
        states = pool.start()
    reports = []
    for info, device in pairs:
        worker = Target(info.name, device).worker
        state = states.get(worker)
        if isinstance(state, Started):
            reports.append(TargetReport(worker, True, state.versions, round(state.seconds, 2), modes=info.modes))
        else:
            absent = f"this machine shows no {device} device"
            reason = state.reason if state else info.missing or absent
            reports.append(TargetReport(worker, False, reason=reason, modes=info.modes))
    return tuple(reports)


@functools.cache
def environment() -> dict[str, str]:
    """The machine as a finding states it: system, processor, its vector flags, cores, memory, devices."""
    facts = {
        "system": f"{platform.system()} {platform.release()}",
        "cpu": _cpu("model name") or platform.processor() or platform.machine(),
        "machine": platform.machine(),
        "flags": " ".join(flag for flag in _FLAGS if flag in (_cpu("flags") or _cpu("Features")).split()),
        "cores": f"{len(os.sched_getaffinity(0))} of {os.cpu_count()} usable",
        "memory": f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.1f} GiB",
        "devices": ", ".join(discovery.devices_here()),
        "python": platform.python_version(),
    }
    return {name: value for name, value in facts.items() if value}


def _cpu(field_name: str) -> str:
    """A field of the first processor in /proc/cpuinfo."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(field_name)), "")


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return ""
