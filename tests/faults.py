"""An adapter that does to its process whatever the case asks for; no framework needed.

A case's ``operator`` names the fault, its parameters the details. Runs in the worker: standard library and NumPy only.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import os
import pathlib
import signal
import stat
import subprocess
import sys
import threading
import time
import zlib
from typing import Any, ClassVar

import numpy as np

from harness import wire
from harness.case import Case, InputSpec, Outcome, OutOfMemory, Raised, Returned


def case(fault: str, /, **parameters: Any) -> Case:
    """A case that asks for ``fault``."""
    return Case(fault, {"x": InputSpec((2,), "float32")}, parameters)


CRASHES = {
    "SIGSEGV": case("segfault"),
    "SIGABRT": case("abort"),
    "SIGFPE": case("signal", name="SIGFPE"),
    "SIGKILL": case("signal", name="SIGKILL"),
    "exit 7": case("exit", status=7),
    "exit 0": case("exit", status=0),
}


class Faults:
    """The adapter. ``environment`` shows that the pool sets it before the process starts."""

    name = "faults"
    table = "faults"
    modes = ("eager", "compiled")
    environment: ClassVar[dict[str, str]] = {"FAULTS_ADAPTER": "from the class", "TF_NUM_INTEROP_THREADS": "2"}

    def __init__(self, device: str) -> None:
        start = os.environ.get("FAULTS_START", "")
        if start == "hang":
            time.sleep(600)
        if start == "import":
            importlib.import_module("a_module_that_is_not_there")
        if start == "die":
            os.abort()
        if start == "thread":
            threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
        marker = os.environ.get("FAULTS_DIE_WHEN")
        if marker and pathlib.Path(marker).exists():
            os._exit(9)
        self.device = device
        self.at_start = dict(os.environ)
        self.resets = 0
        self.leak: list[np.ndarray] = []

    def versions(self) -> dict[str, str]:
        return {"faults": "1.0", "numpy": np.__version__}

    def reset(self) -> None:
        self.resets += 1

    def execute(self, case: Case, mode: str) -> Outcome:
        try:
            result = getattr(self, f"do_{case.operator}")(**case.parameters)
        except MemoryError as error:
            return OutOfMemory(str(error))
        except Exception as error:
            return Raised(type(error).__qualname__, str(error))
        return Returned((np.asarray(result),))

    def do_return(self, value: Any = 0) -> Any:
        return value

    def do_big(self, size: int) -> Any:
        return np.ones(size, np.uint8)

    def do_strided(self, size: int) -> Any:
        """A result that needs a copy to be sent: one byte seen ``size`` times."""
        return np.broadcast_to(np.uint8(1), (size,))

    def do_signal(self, name: str) -> None:
        os.kill(os.getpid(), getattr(signal, name))
        time.sleep(600)

    def do_segfault(self, words: str = "", descriptor: int = 2) -> None:
        os.write(descriptor, words.encode("utf-8", "surrogateescape"))
        ctypes.string_at(0)

    def do_abort(self) -> None:
        os.abort()

    def do_exit(self, status: int) -> None:
        os._exit(status)

    def do_once(self, marker: str, fault: str) -> int:
        """The fault the first time, nothing wrong once ``marker`` exists."""
        if not pathlib.Path(marker).exists():
            pathlib.Path(marker).touch()
            getattr(self, f"do_{fault}")()
        return 5

    def do_die_later(self, seconds: float) -> int:
        threading.Timer(seconds, os.abort).start()
        return 1

    def do_escape(self) -> None:
        raise SystemExit(3)

    def do_hang(self) -> None:
        while True:
            time.sleep(1)

    def do_hang_in_c(self) -> None:
        """PyDLL keeps the interpreter lock during the call."""
        ctypes.PyDLL(None).sleep(600)

    def do_ignore_and_hang(self) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        ctypes.PyDLL(None).sleep(600)

    def do_stop(self) -> None:
        os.kill(os.getpid(), signal.SIGSTOP)
        time.sleep(600)

    def do_sleep(self, seconds: float) -> float:
        time.sleep(seconds)
        return seconds

    def do_child(self, kind: str, crash: bool = False) -> int:
        """Leaves a child behind; its process id is the result or on stderr.

        ``kind``: forked, session (one of its own), bare (a program without environment).
        """
        if kind == "bare":
            child = subprocess.Popen(["/bin/sleep", "600"], env={}).pid
        else:
            child = os.fork()
            if child == 0:
                if kind == "session":
                    os.setsid()
                time.sleep(600)
                os._exit(0)
        while kind == "session" and os.getsid(child) != child:
            time.sleep(0.001)
        if crash:
            os.write(2, f"child {child}".encode())
            os.abort()
        return child

    def do_forge(self, index: int) -> None:
        """Sends an outcome of its own about another case of the first task."""
        frame = b"".join(wire.encode(wire.Finished(1, index, Returned(()))))
        for descriptor in range(3, 64):
            with contextlib.suppress(OSError):
                if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                    os.write(descriptor, frame)
        time.sleep(600)

    def do_forked_return(self) -> int:
        """Both sides of a fork return."""
        os.fork()
        return 3

    def do_allocate(self, size: int) -> float:
        return float(np.ones(size // 8).sum())

    def do_leak(self, size: int) -> int:
        self.leak.append(np.ones(size // 8))
        return len(self.leak)

    def do_hold(self, size: int) -> None:
        kept = np.ones(size // 8)
        while kept.all():
            time.sleep(1)

    def do_print(self, size: int) -> int:
        block = b"x" * (1 << 20)
        for _ in range(size >> 20):
            os.write(1, block)
        sys.stdout.write("the end")
        sys.stdout.flush()
        return size

    def do_spoil(self, directory: str, remove: bool = False) -> int:
        os.chdir(directory)
        if remove:
            pathlib.Path(directory).rmdir()
        os.environ["FAULTS_SPOILT"] = "yes"
        del os.environ["FAULTS_ADAPTER"]
        return 1

    def do_state(self) -> Any:
        """Working directory, checksum of the environment, and number of resets, as bytes."""
        environment = zlib.crc32(repr(sorted(os.environ.items())).encode())
        text = f"{pathlib.Path.cwd()}|{environment}|{self.resets}"
        return np.frombuffer(text.encode(), np.uint8)

    def do_environment(self, name: str) -> Any:
        """The variable as it was when the adapter was constructed, as bytes."""
        return np.frombuffer(self.at_start.get(name, "").encode(), np.uint8)

    def do_garbage(self) -> None:
        """Writes into every open descriptor above stderr."""
        for descriptor in range(3, 64):
            try:
                os.write(descriptor, b"garbage on the pipe")
            except OSError:
                continue
        time.sleep(600)

    def do_close_everything(self) -> None:
        os.closerange(3, 64)
        time.sleep(600)

    def do_text(self) -> Any:
        return np.array(["a text"])
