"""Workers for targets: their environment, thread caps and limits, and a pool of them."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from harness import outside
from harness.case import Target
from harness.discovery import AdapterInfo, adapters
from harness.pool import Pool, WorkerSpec

XLA_ONE_THREAD = "--xla_cpu_multi_thread_eigen=false"

START_SECONDS, START_SECONDS_OUTSIDE = 30.0, 300.0
"""What the start of a worker may take; longer where a module from outside may compile its kernels when it is imported."""


def environment(info: AdapterInfo, device: str) -> dict[str, str]:
    """What a worker of the adapter adds to the environment: thread caps, quiet start, the adapter's own switches."""
    hidden = {"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"} if device == "cpu" else {}
    flags = f"{os.environ.get('XLA_FLAGS', '')} {XLA_ONE_THREAD}".strip()
    return {"XLA_FLAGS": flags, **hidden, **info.environment}


def import_path(info: AdapterInfo) -> tuple[str, ...]:
    """The directories from which a worker imports opdiff and the adapter, wherever a plug-in keeps it."""
    directories = [str(Path(__file__).parents[1])]
    spec = importlib.util.find_spec(info.path.partition(".")[0].partition(":")[0])
    if spec is not None and spec.origin is not None:
        origin = Path(spec.origin)
        directories.append(str(origin.parents[1] if spec.submodule_search_locations else origin.parent))
    return tuple(dict.fromkeys(directories))


def make_pool(
    targets: Iterable[Target],
    *,
    timeout: float = 10.0,
    first_timeout: float = 60.0,
    memory: int = 4 << 30,
    known: Mapping[str, AdapterInfo] | None = None,
    without: Collection[str] = (),
) -> Pool:
    """A pool with one worker per framework and device of ``targets``; none is started yet.

    Its workers know the operators from outside that this process knows now, and do not import what ``without``
    names. Raises KeyError for a framework that no adapter serves.
    """
    infos = adapters() if known is None else known
    specs = {
        target.worker: WorkerSpec(
            infos[target.framework].path,
            device=target.device,
            environment=environment(infos[target.framework], target.device),
            memory=memory,
            python_path=import_path(infos[target.framework]) + outside.folders(),
            imports=outside.imports(infos[target.framework].table, without),
        )
        for target in targets
    }
    patience = START_SECONDS_OUTSIDE if outside.origins() else START_SECONDS
    return Pool(specs, timeout=timeout, first_timeout=first_timeout, start_timeout=patience)
