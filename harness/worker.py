"""The child process that owns one framework: ``python -m harness.worker``; started by ``harness.supervise``.

As simple as possible: construct the adapter, say hello, then run task after task until the pipe ends. Whatever a case
does to the process (crash, hang, allocation without limit) is the supervisor's to see. Python 3.9 syntax; standard
library and NumPy only.
"""

from __future__ import annotations

import argparse
import importlib
import os
import pathlib
import re
import socket
import traceback
from typing import Any, Callable, Dict

from harness import forked, limits, outside, wire
from harness.case import Case, Outcome, OutOfMemory, Raised

ERROR_TAIL = 4000
"""Characters of the traceback that say why an adapter could not be constructed."""

RECYCLE = 75
"""Exit status (EX_TEMPFAIL) of a worker that other cases have made unfit: filled its memory, or broken its device context."""

STICKY = re.compile(r"CUDA error|CUDA_ERROR_|cudaError|device-side assert|illegal memory access|hipError", re.I)
"""Messages of errors after which a device context answers every call with the same error."""

Execute = Callable[[Any, Case, str], Outcome]


def main() -> None:
    """Parse the command line, construct the adapter, serve. Ends the process without running exit handlers."""
    parser = argparse.ArgumentParser(prog="harness.worker")
    parser.add_argument("--adapter", required=True, help="module:Class")
    parser.add_argument("--device", required=True)
    parser.add_argument("--fd", required=True, type=int, help="number of the inherited socket")
    parser.add_argument("--memory", required=True, type=int, help="bytes that cases may allocate")
    parser.add_argument("--parent", required=True, type=int, help="process id of the supervisor")
    parser.add_argument(
        "--import", dest="imports", action="append", default=[], help="module or module:name from outside"
    )
    parser.add_argument("--forks", action="store_true", help="be a fork server")
    options = parser.parse_args()
    limits.tie_to_parent(options.parent)
    os.dup2(2, 1)
    channel = socket.socket(fileno=options.fd)
    channel.set_inheritable(False)
    try:
        adapter = load(options.adapter)(options.device)
        execute = _execute_of(adapter)
        for path in options.imports:
            outside.resolve(path)
        hello = wire.Hello(dict(adapter.versions()))
        if options.forks and forked.threads() > 1:
            raise RuntimeError(f"{forked.threads()} threads run once the adapter is made: a fork would not have them")
    except Exception:
        wire.send(channel, wire.Hello({}, traceback.format_exc()[-ERROR_TAIL:]))
        os._exit(1)
    if options.forks:
        wire.send(channel, hello)
        channel = forked.serve(channel)
    if options.device == "cpu":
        limits.limit_memory(options.memory)
    wire.send(channel, hello)
    try:
        Worker(channel, adapter, execute, options.device, options.memory).serve()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def load(name: str) -> Any:
    """The adapter class of a name ``module:Class``."""
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)


class Worker:
    """Serves tasks on a socket with one adapter, and puts the process' global state back after each case."""

    def __init__(self, channel: socket.socket, adapter: Any, execute: Execute, device: str, memory: int) -> None:
        self.channel = channel
        self.device = device
        self.adapter = adapter
        self.execute = execute
        self.reset = getattr(adapter, "reset", None)
        self.pid = os.getpid()
        self.directory = pathlib.Path.cwd()
        self.environment: Dict[str, str] = dict(os.environ)
        self.variables = _variables().copy()
        self.children = limits.children()
        self.leftover_limit = limits.data_size() + memory // 4
        self.cases = 0

    def serve(self) -> None:
        """Run tasks until the pipe ends."""
        while True:
            task = wire.receive(self.channel)
            if not isinstance(task, wire.Task):
                return
            wire.send(self.channel, wire.Begun(task.ticket, task.first))
            last = task.first + len(task.items) - 1
            for index, (case, mode) in enumerate(task.items, task.first):
                outcome = self.execute(self.adapter, case, mode)
                if os.getpid() != self.pid:
                    os._exit(0)  # A child that the case forked came back here; the pipe is not its own.
                self.restore()
                self.answer(task.ticket, index, outcome, index < last)

    def answer(self, ticket: int, index: int, outcome: Outcome, more: bool) -> None:
        """Send an outcome, and with it where there are ``more`` that the next case is about to run.

        What earlier cases may have caused counts only in a process that has run no other case.
        """
        self.cases += 1
        broken = self.device != "cpu" and isinstance(outcome, Raised) and bool(STICKY.search(outcome.message))
        filled = isinstance(outcome, OutOfMemory) and limits.data_size() > self.leftover_limit
        if self.cases > 1 and (broken or filled):
            os._exit(RECYCLE)
        following = (wire.Begun(ticket, index + 1),) if more and not broken else ()
        try:
            wire.send(self.channel, wire.Finished(ticket, index, outcome), *following)
        except (MemoryError, wire.TooLargeError) as error:
            lack = OutOfMemory(f"the result was computed but cannot be sent: {error or 'no memory left'}")
            wire.send(self.channel, wire.Finished(ticket, index, lack), *following)
        except wire.WireError as error:
            unsendable = Raised(f"{type(error).__module__}.{type(error).__qualname__}", str(error))
            wire.send(self.channel, wire.Finished(ticket, index, unsendable), *following)
        if broken:
            os._exit(RECYCLE)  # Between two cases, so that nobody is blamed.

    def restore(self) -> None:
        """Undo what a case did to child processes, working directory, environment and the framework's global state."""
        limits.kill_children(self.children)
        try:
            moved = pathlib.Path.cwd() != self.directory
        except FileNotFoundError:  # The case removed the directory it had moved to.
            moved = True
        if moved:
            os.chdir(self.directory)
        if _variables() != self.variables:
            os.environ.clear()
            os.environ.update(self.environment)
        if self.reset is not None:
            self.reset()


def _variables() -> Dict[Any, Any]:
    """What ``os.environ`` wraps. Comparing it takes a microsecond, copying the mapping for each case would take twenty."""
    variables: Dict[Any, Any] = getattr(os.environ, "_data")  # noqa: B009
    return variables


def _execute_of(adapter: Any) -> Execute:
    """The adapter's own way of running a case, or the common one.

    That one needs the operators: they are loaded before the hello, so that no case's time pays for them, and forks have them.
    """
    if hasattr(adapter, "execute"):
        return lambda adapter, case, mode: adapter.execute(case, mode)
    module = importlib.import_module("harness.execute")
    importlib.import_module("harness.operator").load()
    execute: Execute = module.execute
    return execute


if __name__ == "__main__":
    main()
