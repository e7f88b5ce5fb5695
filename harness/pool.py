"""The pool: every worker of a run, fed and watched by one event loop that runs inside the calls of its user.

``harness.dispatch`` has the rules of retry, blame and time limits, ``harness.supervise`` the process. Use a pool from
one thread which outlives it: Linux ends the workers with the thread that started them.
"""

from __future__ import annotations

import itertools
import math
import os
import select
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType

from harness.case import Case, Outcome
from harness.dispatch import WATCH_SECONDS, Dispatcher
from harness.launch import WorkerSpec
from harness.tickets import Context, Limits, Started, Statistics, Ticket, Unavailable

__all__ = ["Answer", "Pool", "Started", "Statistics", "Unavailable", "WorkerSpec"]


@dataclass(frozen=True)
class Answer:
    """The outcomes of one ticket, in the order of its items.

    ``seconds`` from its first case to its end, restarts included.
    """

    ticket: int
    worker: str
    outcomes: tuple[Outcome, ...]
    seconds: float


class Pool:
    """Workers by key. A context manager; leaving it kills them all.

    ``timeout`` seconds per case, ``first_timeout`` in mode ``compiled`` and on accelerators, ``start_timeout`` from a
    process' start to its hello.
    """

    def __init__(
        self,
        specs: Mapping[str, WorkerSpec],
        *,
        timeout: float = 10.0,
        first_timeout: float = 60.0,
        start_timeout: float = 30.0,
    ) -> None:
        self.statistics = Statistics()
        self._directory = tempfile.TemporaryDirectory(prefix="opdiff-", ignore_cleanup_errors=True)
        limits = Limits(timeout, first_timeout, start_timeout)
        self._context = Context(limits, self._directory.name, self.statistics, self._deliver)
        self._dispatchers = {key: Dispatcher(key, spec, self._context) for key, spec in specs.items()}
        self._singles: list[Dispatcher] = []
        self._answers: dict[int, Answer] = {}
        self._open: set[int] = set()
        self._numbers = itertools.count(1)

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pending(self) -> int:
        """Number of tickets whose answers have not been handed out."""
        return len(self._open) + len(self._answers)

    @property
    def lost(self) -> dict[str, str]:
        """Reasons, by key, of the workers that were given up after they had started or been given work."""
        return {key: worker.lost for key, worker in self._dispatchers.items() if worker.lost is not None}

    @property
    def processes(self) -> dict[str, int]:
        """Process ids, by key, of the workers that are ready or at work."""
        live = ((key, worker.process) for key, worker in self._dispatchers.items())
        return {key: process.pid for key, process in live if process is not None and process.greeted}

    def start(self, keys: Iterable[str] | None = None) -> dict[str, Started | Unavailable]:
        """Start the named workers (None: all), as many at a time as there are processors; what became of each.

        Raises KeyError on an unknown key.
        """
        workers = {key: self._dispatchers[key] for key in (self._dispatchers if keys is None else keys)}

        def all_started() -> bool:
            while True:
                unknown = [worker for worker in workers.values() if worker.state is None]
                batch = unknown[: os.cpu_count() or 1]
                for worker in batch:
                    worker.start()
                if all(worker.state is None for worker in batch):  # none that could not even be started
                    return not unknown

        self._pump_until(all_started)
        return {key: worker.state for key, worker in workers.items() if worker.state is not None}

    def submit(self, worker: str, items: Sequence[tuple[Case, str]], *, once: bool = False) -> int:
        """Queue (case, mode) items for a worker, starting it where needed, and return their ticket. Never blocks.

        A case that ends its process is tried a second time before it is blamed, unless ``once`` is enough for who asks.
        Raises KeyError on an unknown worker, ValueError without items, TypeError when a case is not JSON-able.
        """
        return self._submit(self._dispatchers[worker], items, once)

    def wait(self, timeout: float | None = None) -> list[Answer]:
        """The answers that are complete, waiting for the first.

        [] after ``timeout`` seconds or when nothing is pending.
        """
        self._pump(0.0)
        self._pump_until(lambda: bool(self._answers) or not self._open, timeout)
        answers = list(self._answers.values())
        self._answers.clear()
        return answers

    def run(self, worker: str, items: Sequence[tuple[Case, str]]) -> tuple[Outcome, ...]:
        """Submit and wait for just this one; other answers stay for ``wait``."""
        return self._collect(self.submit(worker, items))

    def run_fresh(self, worker: str, items: Sequence[tuple[Case, str]]) -> tuple[Outcome, ...]:
        """Run the items in a new process of their own, which ends afterwards.

        Its first case is alone in a fresh process, so when it dies or hangs it is blamed at once (SIGKILL and SIGTERM
        excepted).
        """
        owner = self._dispatchers[worker]
        owner.launcher.prepare()
        single = Dispatcher(worker, owner.spec, self._context, of=owner)
        self._singles.append(single)
        try:
            return self._collect(self._submit(single, items))
        finally:
            self._singles.remove(single)
            single.stop()

    def close(self) -> None:
        """Kill all workers; what is pending is forgotten."""
        for worker in self._workers():
            worker.stop()
        self._open.clear()
        self._answers.clear()
        self._directory.cleanup()

    def _workers(self) -> list[Dispatcher]:
        return [*self._dispatchers.values(), *self._singles]

    def _submit(self, worker: Dispatcher, items: Sequence[tuple[Case, str]], once: bool = False) -> int:
        if not items:
            raise ValueError(f"items for worker {worker.key!r}: expected at least one (case, mode)")
        ticket = Ticket.of(next(self._numbers), items, once)
        self._open.add(ticket.number)
        worker.submit(ticket)
        return ticket.number

    def _collect(self, number: int) -> tuple[Outcome, ...]:
        self._pump_until(lambda: number in self._answers)
        return self._answers.pop(number).outcomes

    def _deliver(self, worker: str, ticket: Ticket) -> None:
        self._open.remove(ticket.number)
        self._answers[ticket.number] = Answer(ticket.number, worker, tuple(ticket.outcomes), ticket.seconds)

    def _pump_until(self, done: Callable[[], bool], timeout: float | None = None) -> None:
        end = math.inf if timeout is None else time.monotonic() + timeout
        while not done() and (left := end - time.monotonic()) > 0:
            self._pump(left)

    def _pump(self, timeout: float) -> None:
        """Wait at most ``timeout`` seconds for something to happen, and act on all that has."""
        now = time.monotonic()
        poll = select.poll()
        owners: dict[int, Dispatcher] = {}
        for worker in self._workers():
            for process in worker.processes:
                owners[process.channel.fileno()] = owners[process.sentinel] = worker
                poll.register(process.channel, select.POLLIN | (select.POLLOUT if process.sending else 0))
                poll.register(process.sentinel, select.POLLIN)
                if process.deadline is not None:
                    timeout = min(timeout, process.deadline - now)
            if worker.watched:
                timeout = min(timeout, WATCH_SECONDS)
        ready = poll.poll(None if timeout == math.inf else max(0, math.ceil(timeout * 1000)))
        self.statistics.waited += time.monotonic() - now
        for worker in dict.fromkeys(owners[descriptor] for descriptor, _ in ready):
            worker.step()
        for worker in self._workers():
            worker.check(now)
