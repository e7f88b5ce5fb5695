"""What keeps a worker process inside its bounds: it dies with its parent, has a memory limit and leaves no children.

Read by the workers: Python 3.9 syntax; standard library only. Linux: prctl(2), RLIMIT_DATA over all private writable
mappings (since 4.7), /proc.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import pathlib
import resource
import signal
from typing import Any, Iterator, List

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

REAP_SECONDS = 5.0
"""How long to wait for a killed process; one that the kernel holds longer is left to it."""


def tie_to_parent(parent: int) -> None:
    """Die with the thread that started this process; adopt the orphans of its descendants; leave no core files.

    Raises SystemExit when ``parent`` (a process id) was gone before the tie held.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    for option, value in ((PR_SET_PDEATHSIG, signal.SIGKILL), (PR_SET_CHILD_SUBREAPER, 1)):
        if libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), f"prctl({option}, {int(value)}) failed")
    if os.getppid() != parent:
        raise SystemExit(f"parent process {parent} is gone")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def data_size() -> int:
    """Bytes of this process that RLIMIT_DATA counts."""
    status = pathlib.Path("/proc/self/status").read_text()
    return int(status.partition("VmData:")[2].split()[0]) * 1024


def limit_memory(room: int) -> None:
    """Let this process allocate ``room`` more bytes than it has now.

    Beyond that allocations fail instead of growing.
    """
    size = data_size() + room
    resource.setrlimit(resource.RLIMIT_DATA, (size, size))


M_PERTURB = -6
"""glibc's mallopt(3): fill what is freed with a byte, and what is allocated with its complement."""

PATTERN = 0xB4
"""Its complement 0x4B, in every byte, is a large number in every floating-point format: 14.6 in float16, 1.3e7 in float32."""


@functools.lru_cache(maxsize=None)
def _mallopt() -> Any:
    """The function mallopt of libc, None where it has none. Looking it up takes longer than calling it."""
    return getattr(ctypes.CDLL(None), "mallopt", None)


@contextlib.contextmanager
def patterned_memory() -> Iterator[None]:
    """Within it, memory that is allocated holds a pattern, so that what is never written shows in a result. Only where libc is glibc."""
    mallopt = _mallopt()
    if mallopt:
        mallopt(M_PERTURB, PATTERN)
    try:
        yield
    finally:
        if mallopt:
            mallopt(M_PERTURB, 0)


def children() -> List[int]:
    """Process ids of the children of this process, adopted ones included."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return []
    found: List[int] = []
    for listing in pathlib.Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError):  # The thread has ended.
            found += [int(word) for word in listing.read_text().split()]
    return found


def kill_children(spare: List[int]) -> None:
    """Kill every child that is not in ``spare``, and the orphans that this process then inherits."""
    while True:
        doomed = [child for child in children() if child not in spare]
        if not doomed:
            return
        for child in doomed:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
