"""A worker process as a fork server: it has imported its framework, runs nothing, and forks a worker whenever it is asked to.

A copy that fork(2) makes is a fresh process in every respect that matters to a case, and costs milliseconds where an import takes seconds.
It holds only if the process has one thread, since fork copies no other. ``harness.forkserver`` is the other end. Python 3.9 syntax;
standard library only.
"""

from __future__ import annotations

import gc
import os
import pathlib
import socket
import struct
import time
from typing import List, Optional

from harness import limits

REQUEST = struct.Struct("<cq")
"""What is asked for (``FORK`` or ``REAP``) and the id of the process to reap."""

FORK, REAP = b"F", b"R"

REPLY = struct.Struct("<q")
"""The id of a new process, or the return code of one that has ended as ``subprocess`` has it."""

LASTS = 1 << 32
"""In place of a return code: the process has not ended."""

PAUSE_SECONDS = 0.001


def threads() -> int:
    """Number of threads of this process."""
    return len(list(pathlib.Path("/proc/self/task").iterdir()))


def serve(channel: socket.socket) -> socket.socket:
    """Fork on request until the pipe ends; return in every copy, with the socket of its own."""
    server = os.getpid()
    copies: List[int] = []
    gc.freeze()  # A collection in a copy would write to, and so duplicate, all that was imported.
    while True:
        request, descriptors, _, _ = socket.recv_fds(channel, REQUEST.size, 2, socket.MSG_WAITALL)
        if len(request) < REQUEST.size:
            os._exit(0)
        what, process = REQUEST.unpack(request)
        if what == REAP:
            channel.sendall(REPLY.pack(_reap(process, copies)))
            continue
        process = os.fork()
        if process == 0:
            channel.close()
            return _become(server, *descriptors)
        copies.append(process)
        for descriptor in descriptors:
            os.close(descriptor)
        channel.sendall(REPLY.pack(process))


def _become(server: int, descriptor: int, stderr: int) -> socket.socket:
    """Make this copy a worker of its own: a session, an stderr and a socket. It ends where the server is gone."""
    os.setsid()
    try:
        limits.tie_to_parent(server)
    except SystemExit:
        os._exit(1)
    for number in (1, 2):
        os.dup2(stderr, number)
    os.close(stderr)
    return socket.socket(fileno=descriptor)


def _reap(process: int, copies: List[int]) -> int:
    """The return code of a copy that has ended. What it started and left behind has come to this process, and is killed."""
    status = _status(process)
    if status is None:
        return LASTS
    copies.remove(process)
    limits.kill_children(copies)
    return os.waitstatus_to_exitcode(status)


def _status(process: int) -> Optional[int]:
    """What waitpid(2) says of a process, None after ``limits.REAP_SECONDS``."""
    end = time.monotonic() + limits.REAP_SECONDS
    while time.monotonic() < end:
        found, status = os.waitpid(process, os.WNOHANG)
        if found:
            return status
        time.sleep(PAUSE_SECONDS)
    return None
