"""One worker process as its supervisor sees it: started, fed, read without ever blocking, killed with all it started.

Linux only: process groups, pidfd, /proc. Scheduling, retries and blame are the pool's.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import select
import signal
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from harness import limits, wire
from harness.launch import MARK, Child

LAST_WORDS = 2000
"""Characters of stderr that an outcome carries."""

KEPT = 4 * LAST_WORDS
"""Bytes kept of a worker's stderr: enough for LAST_WORDS characters of UTF-8."""

SIGNS = (b"Check failed", b"terminate called", b"what():", b"FATAL", b"Fatal error")
"""What stands in the lines that say why a process ends itself; a stack trace of any length may follow them."""

READ_SIZE = 1 << 18
CLOSING_SECONDS = 1.0
"""How long to wait for the death of a process that closed its pipe: a dying one does so a moment before it is dead."""


class Capture:
    """The end of a pipe's text.

    Read by a thread, so that a talkative worker is not held up by a busy supervisor, and fills neither memory nor disk.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._kept = bytearray()
        self._check = b""
        self._thread = threading.Thread(target=self._drain, name="opdiff-stderr", daemon=True)
        self._thread.start()

    def _drain(self) -> None:
        while chunk := os.read(self._descriptor, READ_SIZE):
            self._kept += chunk
            self._check = telling_line(chunk)[:500] or self._check
            del self._kept[:-KEPT]
        os.close(self._descriptor)

    def last_words(self) -> str:
        """The end, and before it a failed check that it no longer holds; at most LAST_WORDS characters.

        Undecodable bytes are replaced. Call when the writers are gone.
        """
        self._thread.join(timeout=1.0)
        tail = bytes(self._kept).decode("utf-8", errors="replace")[-LAST_WORDS:]
        check = self._check.decode("utf-8", errors="replace")
        return tail if not check or check in tail else f"{check}\n...\n{tail}"[:LAST_WORDS]


def telling_line(text: bytes) -> bytes:
    """The first line with one of the ``SIGNS``, empty where there is none. A regular expression would hold the interpreter for longer."""
    places = [place for sign in SIGNS if (place := text.find(sign)) >= 0]
    if not places:
        return b""
    start = text.rfind(b"\n", 0, min(places)) + 1
    return text[start:].partition(b"\n")[0]


class Process:
    """A worker process with its socket.

    ``deadline`` (monotonic seconds) is when its next message is due, ``limit`` seconds after it was asked for; None
    while it is idle. ``ended``: nothing can come from it any more; ``dead``: because it is no more. ``forked``: by a fork
    server. ``greeted``, ``resident_at_hello`` (bytes) and ``cases`` (number of cases begun) are the dispatcher's memory of it.
    """

    def __init__(self, make: Callable[[int, str], Child]) -> None:
        """``make`` starts it, given the descriptor of its end of the socket and its mark; what that raises goes on."""
        self.mark = uuid.uuid4().hex
        self.born = time.monotonic()
        self.limit = 0.0
        self.deadline: float | None = None
        self.greeted = False
        self.forked = False
        self.resident_at_hello = 0
        self._looked = 0.0
        self.cases = 0
        self.ended = False
        self.dead = False
        self._inbox = bytearray()
        self._outbox = bytearray()
        self.channel, theirs = socket.socketpair()
        with theirs:
            try:
                self._child = make(theirs.fileno(), self.mark)
            except BaseException:
                self.channel.close()
                raise
        self.channel.setblocking(False)
        self._capture = Capture(self._child.stderr)
        self.pid = self._child.pid
        self.sentinel = os.pidfd_open(self.pid)

    @property
    def sending(self) -> bool:
        """Whether bytes wait for room in the socket."""
        return bool(self._outbox)

    def expect(self, limit: float) -> None:
        """The next message is due in ``limit`` seconds."""
        self.limit = limit
        self.deadline = time.monotonic() + limit

    def idle(self) -> None:
        """No message is due."""
        self.deadline = None

    def send(self, frame: list[Any]) -> None:
        """Send as much of an encoded message as fits now and keep the rest for ``flush``."""
        for buffer in frame:
            self._outbox += buffer
        self.flush()

    def flush(self) -> None:
        """Send what waits, as far as there is room. A broken pipe is left to ``receive``, which sees the end."""
        with contextlib.suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
            while self._outbox:
                del self._outbox[: self.channel.send(self._outbox)]

    def receive(self) -> Iterator[wire.Message]:
        """Every message that has arrived, without blocking; sets ``ended`` and ``dead``. Raises WireError.

        Death is looked for before the pipe is read, so nothing that the worker sent before it died is missed, and an
        orphan that still holds the pipe does not hide it.
        """
        self.dead = self._is_dead(0.0)
        try:
            while chunk := self.channel.recv(READ_SIZE):
                self._inbox += chunk
                yield from self._take_messages()
            self.ended = True
        except BlockingIOError:
            self.ended = self.dead
        except ConnectionResetError:
            self.ended = True
        if self.ended and not self.dead:
            self.dead = self._is_dead(CLOSING_SECONDS)

    def _is_dead(self, patience: float) -> bool:
        poll = select.poll()
        poll.register(self.sentinel, select.POLLIN)
        return bool(poll.poll(patience * 1000))

    def _take_messages(self) -> Iterator[wire.Message]:
        while (size := wire.size_of_frame(self._inbox[: wire.PREFIX.size])) and size <= len(self._inbox):
            frame = bytes(memoryview(self._inbox)[:size])
            del self._inbox[:size]
            yield wire.decode(frame)

    def resident(self) -> int:
        """Resident bytes, 0 once the process is dead."""
        try:
            fields = pathlib.Path(f"/proc/{self.pid}/statm").read_text().split()
        except (FileNotFoundError, ProcessLookupError):
            return 0
        return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") if fields else 0

    def look(self, now: float, interval: float) -> int:
        """Bytes by which the resident size has grown since the hello.

        0 when the last look is not ``interval`` seconds ago.
        """
        if now < self._looked + interval:
            return 0
        self._looked = now
        return self.resident() - self.resident_at_hello

    def end(self) -> tuple[str, str]:
        """Kill the process with everything it started.

        How it ended (``SIGSEGV``, ``exit 7``) and the tail of its stderr.
        """
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.sentinel, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        kill_marked(self.mark)
        status = self._child.wait(limits.REAP_SECONDS)
        self.channel.close()
        os.close(self.sentinel)
        return ending(status), self._capture.last_words()


def ending(status: int | None) -> str:
    """Words for a return code of ``subprocess``: a signal's name or ``exit CODE``."""
    if status is None:
        return "unkillable"
    if status >= 0:
        return f"exit {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"


def kill_marked(mark: str) -> None:
    """Kill every process whose environment carries ``mark``.

    That is how descendants are found which left the worker's process group.
    """
    entry = f"{MARK}={mark}".encode()
    for environment in pathlib.Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if entry in environment.read_bytes().split(b"\0"):
                os.kill(int(environment.parent.name), signal.SIGKILL)
