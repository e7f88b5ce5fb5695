"""How a worker process is started: what it is told on its command line and finds in its environment."""

from __future__ import annotations

import contextlib
import importlib
import os
import pathlib
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

MARK = "OPDIFF_WORKER"
"""Environment variable by which everything that a worker started is recognised."""

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
}
"""One thread per framework: faster on small cases, and repeatable. Adapter and spec may say otherwise."""


@dataclass(frozen=True)
class WorkerSpec:
    """How to start a worker: the adapter (``module:Class``), its device, and the interpreter that runs it.

    ``environment`` is set before the process starts, over the adapter's own; ``memory`` is what cases may allocate on
    the CPU, in bytes; ``python_path`` goes before the import path. Under another interpreter than this one nothing else
    is added to that path, so opdiff must be installed there or ``python_path`` must lead to it.
    ``imports`` are the modules, and the functions ``module:name``, that bring operators from outside.
    """

    adapter: str
    device: str = "cpu"
    environment: Mapping[str, str] = field(default_factory=dict)
    executable: str = sys.executable
    memory: int = 4 << 30
    python_path: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()


def adapter_environment(spec: WorkerSpec) -> dict[str, str]:
    """The adapter's ``environment``. Adapter modules import their framework in the constructor, so this imports none.

    Raises whatever the import of the adapter's module raises, AttributeError when it has no such class.
    """
    module, _, name = spec.adapter.partition(":")
    path = sys.path.copy()
    sys.path[:0] = spec.python_path
    try:
        return dict(getattr(getattr(importlib.import_module(module), name), "environment", {}))
    finally:
        sys.path[:] = path


@dataclass(frozen=True)
class Child:
    """A started process: its id, the read end of its stderr, which is the owner's to close, and how to wait for its end.

    ``wait`` takes seconds and returns the return code as ``subprocess`` has it, None where the process lasts longer.
    """

    pid: int
    stderr: int
    wait: Callable[[float], int | None]


def start(spec: WorkerSpec, directory: str, descriptor: int, mark: str, *options: str) -> Child:
    """A new interpreter that runs ``harness.worker`` with its socket at ``descriptor``.

    Raises OSError, and whatever the import of the adapter's module raises.
    """
    arguments = {"adapter": spec.adapter, "device": spec.device, "fd": descriptor, "memory": spec.memory}
    command = [spec.executable, "-m", "harness.worker", "--parent", str(os.getpid()), *options]
    for name, value in arguments.items():
        command += [f"--{name}", str(value)]
    for path in spec.imports:
        command += ["--import", path]
    process = subprocess.Popen(
        command,
        cwd=directory,
        env=_environment(spec, mark),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pass_fds=(descriptor,),
        start_new_session=True,
    )
    assert process.stderr is not None
    with process.stderr:
        stderr = os.dup(process.stderr.fileno())

    def wait(seconds: float) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(seconds)
        return None

    return Child(process.pid, stderr, wait)


def _environment(spec: WorkerSpec, mark: str) -> dict[str, str]:
    """The environment of a worker: ours without what is meant for this interpreter, and what adapter and spec say."""
    paths = list(spec.python_path)
    if spec.executable == sys.executable:
        paths.append(str(pathlib.Path(__file__).resolve().parent.parent))
        paths += filter(None, [os.environ.get("PYTHONPATH")])
    # PYTHONHOME, PYTHONSAFEPATH and the like are meant for the interpreter of the user's own command.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    ours = {"PYTHONPATH": os.pathsep.join(paths), "PYTHONHASHSEED": "0", MARK: mark}
    return {**inherited, **ONE_THREAD, **adapter_environment(spec), **spec.environment, **ours}
