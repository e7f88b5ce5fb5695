"""Where the processes of a worker come from: forked from a server that has the framework imported, or started anew.

``harness.forked`` is the server's own end.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
from collections.abc import Iterator
from functools import partial

from harness import forked, limits, wire
from harness.launch import Child, WorkerSpec, start
from harness.supervise import Process

ANSWER_SECONDS = limits.REAP_SECONDS + 1.0
"""What the answer to a request may take. A fork takes milliseconds."""


class ForkError(RuntimeError):
    """The fork server did not answer."""


class ForkServer:
    """A fork server and the process it runs in. ``ready`` once that has said hello, ``failed`` when nothing more can come of it."""

    def __init__(self, spec: WorkerSpec, directory: str, start_timeout: float) -> None:
        def make(descriptor: int, mark: str) -> Child:
            return start(spec, directory, descriptor, mark, "--forks")

        self.process = Process(make)
        self.process.expect(start_timeout)
        self.failed = False

    @property
    def ready(self) -> bool:
        """Whether it can be asked for a copy."""
        return self.process.greeted and not self.failed

    def hear(self) -> None:
        """Read its hello; anything else, or its end, is a failure."""
        try:
            for message in self.process.receive():
                self.failed |= self.process.greeted or not isinstance(message, wire.Hello) or bool(message.error)
                self.process.greeted = True
                self.process.idle()
        except wire.WireError:
            self.failed = True
        self.failed |= self.process.ended

    def check(self, now: float) -> None:
        """Fail when the hello was due before ``now``."""
        self.failed |= self.process.deadline is not None and self.process.deadline <= now

    def fork(self, descriptor: int, _mark: str) -> Child:
        """A copy with its socket at ``descriptor``, and the server's own mark. Raises ForkError."""
        stderr, theirs = os.pipe()
        try:
            pid = self._ask(forked.FORK, 0, [descriptor, theirs])
        except BaseException:
            os.close(stderr)
            raise
        finally:
            os.close(theirs)
        return Child(pid, stderr, partial(self._wait, pid))

    def end(self) -> None:
        """Kill the server; its copies die with it."""
        self.process.end()

    def _wait(self, pid: int, seconds: float) -> int | None:
        """How a copy ended. Those of a server that is gone were killed by its death."""
        try:
            status = self._ask(forked.REAP, pid, [])
        except ForkError:
            return -signal.SIGKILL
        return None if status == forked.LASTS else status

    def _ask(self, what: bytes, pid: int, descriptors: list[int]) -> int:
        channel = self.process.channel
        try:
            with _patient(channel):
                socket.send_fds(channel, [forked.REQUEST.pack(what, pid)], descriptors)
                reply = channel.recv(forked.REPLY.size, socket.MSG_WAITALL)
            (answer,) = forked.REPLY.unpack(reply)
        except (OSError, struct.error) as error:
            self.failed = True
            raise ForkError(f"the fork server does not answer: {error}") from error
        return int(answer)


@contextlib.contextmanager
def _patient(channel: socket.socket) -> Iterator[None]:
    """Let the socket block for as long as an answer may take."""
    channel.settimeout(ANSWER_SECONDS)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            channel.setblocking(False)


class Launcher:
    """Makes the processes of one worker, and keeps its fork server once there is reason to have one.

    A server that fails is dropped and nothing is concluded from it; one that never said hello is not tried again.
    """

    def __init__(self, spec: WorkerSpec, directory: str, start_timeout: float) -> None:
        self.spec, self.directory, self.start_timeout = spec, directory, start_timeout
        self._server: ForkServer | None = None
        self._hopeless = spec.device != "cpu"  # A context of an accelerator does not outlive a fork.

    @property
    def processes(self) -> list[Process]:
        """The process of the fork server, if there is one."""
        return [self._server.process] if self._server else []

    @property
    def starting(self) -> bool:
        """Whether a fork server is on its way, for which it pays to wait."""
        return self._server is not None and not self._server.ready

    def prepare(self) -> None:
        """Start a fork server unless there is one or there can be none. One that cannot be started is left to the next time."""
        if self._server is None and not self._hopeless:
            with contextlib.suppress(Exception):  # The adapter's module runs in the import, so this can be anything.
                self._server = ForkServer(self.spec, self.directory, self.start_timeout)

    def launch(self) -> Process:
        """A new process. Raises OSError, and whatever the import of the adapter's module raises."""
        if self._server is not None and self._server.ready:
            try:
                process = Process(self._server.fork)
            except ForkError:
                self._drop_failed()
            else:
                process.forked = True
                return process
        return Process(partial(start, self.spec, self.directory))

    def step(self) -> None:
        """Read what the server says; drop it if that is not what it should."""
        if self._server is not None:
            self._server.hear()
            self._drop_failed()

    def check(self, now: float) -> None:
        """Drop the server if its hello was due before ``now``."""
        if self._server is not None:
            self._server.check(now)
            self._drop_failed()

    def end(self) -> None:
        """Kill the server, and with it all copies."""
        if self._server is not None:
            self._server.end()
            self._server = None

    def _drop_failed(self) -> None:
        if self._server is not None and self._server.failed:
            self._hopeless |= not self._server.process.greeted
            self.end()
