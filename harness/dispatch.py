"""One worker key: its queue of tasks, the process that serves them, and the rules of retry and blame.

The rules. A case that is under way when its process dies or runs out of time is run again as the first case of the
replacement; when that one ends too, the case is blamed (``Died``, ``TimedOut``), else its outcome is taken. SIGKILL and
SIGTERM may come from outside, so those deaths must be seen OUTSIDE_ATTEMPTS times. What was answered stays answered,
the rest of the task goes on in the replacement, and a process that dies between two cases blames nobody. Every item
gets exactly one outcome.

The limit per case is ``timeout``; it is ``first_timeout`` where any case can start a compiler or an autotuner, which is
in mode ``compiled`` and on accelerators. Time counts from the message that announces the case (from the task's sending,
while that message is due) and includes the transfer of the result.

A worker whose process has died, or that was asked for a fresh one, gets a fork server: the next processes need not import its framework.
One that fails is dropped; nothing is concluded from it, and processes are started anew as the first one was.
"""

from __future__ import annotations

import time
from collections import deque

from harness import wire
from harness.case import Died, Outcome, OutOfMemory, TimedOut, Unsupported
from harness.forkserver import Launcher
from harness.launch import WorkerSpec
from harness.supervise import Process
from harness.tickets import Context, Started, Ticket, Unavailable

IN_FLIGHT = 2
"""Tasks that a process holds: one that it runs and one that waits in its socket."""

ATTEMPTS = 2
OUTSIDE_ATTEMPTS = 4
OUTSIDE_SIGNALS = ("SIGKILL", "SIGTERM")

START_ATTEMPTS = 3
"""Consecutive failed starts after which a worker is given up."""

FRUITLESS_LIMIT = 10
"""Consecutive deaths without any outcome after which a worker is given up."""

WATCH_SECONDS = 0.25
"""How often the resident size of a process without RLIMIT_DATA is looked at."""


class Dispatcher:
    """Serves tickets with one process at a time.

    ``of`` is the dispatcher for whose key one more is made, for a ``single`` ticket.
    """

    def __init__(self, key: str, spec: WorkerSpec, context: Context, of: Dispatcher | None = None) -> None:
        self.key = key
        self.spec = spec
        self.single = of is not None
        self.launcher: Launcher = of.launcher if of else Launcher(spec, context.directory, context.limits.start_timeout)
        self.process: Process | None = None
        self.state: Started | Unavailable | None = None
        self.lost: str | None = None
        self._limits = context.limits
        self._statistics = context.statistics
        self._deliver = context.deliver
        self._queue: deque[Ticket] = deque()
        self._sent: deque[Ticket] = deque()
        self._failed_starts = 0
        self._fruitless = 0
        self._waiting = False

    @property
    def processes(self) -> list[Process]:
        """The process that serves, if any, and that of the fork server."""
        return [*([self.process] if self.process else []), *([] if self.single else self.launcher.processes)]

    def start(self) -> None:
        """Start a process unless there is one or there can be none."""
        if self.process is None and not isinstance(self.state, Unavailable):
            self._spawn()

    def submit(self, ticket: Ticket) -> None:
        """Queue a ticket; it is sent as soon as the process has room for it."""
        self._queue.append(ticket)
        if isinstance(self.state, Unavailable):
            self._answer_unrun(self.state.reason)
        elif self.process is None:
            self._spawn()
        elif self.process.greeted:
            self._feed(self.process)

    def step(self) -> None:
        """Send and read what can be without blocking, and act on it."""
        if not self.single:
            self.launcher.step()
        process = self.process
        if process is None:
            return
        process.flush()
        try:
            for message in process.receive():
                self._handle(process, message)
                if self.process is not process:
                    return
        except wire.WireError as error:
            self._fail(process, Died("corrupt message", str(error)))
            return
        if process.ended:
            self._fail(process, None if process.dead else Died("closed its pipe"))

    def check(self, now: float) -> None:
        """End the process if its message was due before ``now``, or if it holds too much memory.

        Everything that arrived before ``now`` must have been read.
        """
        if not self.single:
            self.launcher.check(now)
        if self._waiting:
            self._spawn()
        process = self.process
        if process is None:
            return
        if process.deadline is not None and process.deadline <= now:
            self._fail(process, TimedOut(process.limit))
        elif self.watched and process.look(now, WATCH_SECONDS) > self.spec.memory:
            self._fail(process, OutOfMemory(f"the process grew by more than {self.spec.memory} bytes"))

    @property
    def watched(self) -> bool:
        """Whether the resident size must be looked at: a case is under way where no RLIMIT_DATA is set."""
        return self.spec.device != "cpu" and bool(self._sent)

    def stop(self) -> None:
        """Kill the process and the fork server."""
        if self.process is not None:
            self.process.end()
            self.process = None
        if not self.single:
            self.launcher.end()

    def _spawn(self) -> None:
        """Make a process, or wait for the fork server that will."""
        self._waiting = self.launcher.starting
        if self._waiting:
            return
        self._statistics.starts += 1
        self._statistics.restarts += isinstance(self.state, Started)
        try:
            self.process = self.launcher.launch()
        except Exception as error:  # The adapter's module runs in the import, so this can be anything.
            self._start_failed(f"{type(error).__name__}: {error}", final=True)
            return
        self._statistics.forks += self.process.forked
        self.process.expect(self._limits.start_timeout)

    def _welcome(self, process: Process) -> None:
        """Note that a process has said hello."""
        process.greeted = True
        process.resident_at_hello = process.resident()
        process.idle()

    def _handle(self, process: Process, message: wire.Message) -> None:
        if isinstance(message, wire.Hello) and not process.greeted:
            self._greet(process, message)
            return
        ticket = self._sent[0] if self._sent else None
        if ticket is None or not isinstance(message, (wire.Begun, wire.Finished)):
            raise wire.WireError(f"unexpected message {type(message).__name__}")
        if (message.ticket, message.index) != (ticket.number, len(ticket.outcomes)):
            raise wire.WireError(f"message about case {message.index} of task {message.ticket}: it is not its turn")
        if ticket.begun != isinstance(message, wire.Finished):
            raise wire.WireError(f"case {message.index} of task {message.ticket}: begun twice or finished unbegun")
        if isinstance(message, wire.Begun):
            self._begin(process, ticket)
        else:
            self._settle(ticket, message.outcome)
            process.idle()
            self._feed(process)

    def _greet(self, process: Process, hello: wire.Hello) -> None:
        if hello.error:
            process.end()
            self.process = None
            self._start_failed(hello.error.strip().rpartition("\n")[2] + "\n" + hello.error, final=True)
            return
        self._welcome(process)
        self._failed_starts = 0
        self.state = Started(hello.versions, time.monotonic() - process.born)
        self._feed(process)

    def _begin(self, process: Process, ticket: Ticket) -> None:
        ticket.begun = True
        ticket.turn = time.monotonic() if ticket.turn is None else ticket.turn
        process.cases += 1
        self._expect_next(process)

    def _feed(self, process: Process) -> None:
        """Send tickets while the process may hold more."""
        while self._queue and len(self._sent) < IN_FLIGHT:
            ticket = self._queue.popleft()
            self._sent.append(ticket)
            process.send(ticket.remainder())
        if process.deadline is None:
            self._expect_next(process)

    def _expect_next(self, process: Process) -> None:
        """Set the time at which the next message about the first ticket is due."""
        if self._sent:
            ticket = self._sent[0]
            _, mode = ticket.items[len(ticket.outcomes)]
            compiles = mode == "compiled" or self.spec.device != "cpu"
            process.expect(self._limits.first_timeout if compiles else self._limits.timeout)

    def _settle(self, ticket: Ticket, outcome: Outcome) -> None:
        """Give the case that is under way its one outcome, and the ticket away when it is complete."""
        ticket.outcomes.append(outcome)
        ticket.begun = False
        ticket.attempts = 0
        self._fruitless = 0
        self._statistics.cases += 1
        if ticket.complete:
            self._sent.popleft()
            self._deliver(self.key, ticket)

    def _fail(self, process: Process, verdict: Died | TimedOut | OutOfMemory | None) -> None:
        """The process has ended or must: blame or spare the case that was under way, and go on in a replacement."""
        how, words = process.end()
        self.process = None
        self._statistics.timeouts += isinstance(verdict, TimedOut)
        self._statistics.deaths += not isinstance(verdict, TimedOut)
        if not process.greeted:
            hung = isinstance(verdict, TimedOut)
            reason = f"no hello within {process.limit:g} s" if hung else f"{how} at start"
            self._start_failed(f"{reason}\n{words}".rstrip(), final=hung)
            return
        self._fruitless += 1
        if self._sent and self._sent[0].begun:
            self._judge(process, self._sent[0], verdict or Died(how, words))
        self._queue.extendleft(reversed(self._sent))
        self._sent.clear()
        if self._fruitless >= FRUITLESS_LIMIT:
            self._give_up(
                f"ended {FRUITLESS_LIMIT} times in a row without an outcome, last with {how}\n{words}".rstrip()
            )
        elif self._queue or not self.single:
            self.launcher.prepare()
            self._spawn()

    def _judge(self, process: Process, ticket: Ticket, outcome: Died | TimedOut | OutOfMemory) -> None:
        ticket.begun = False
        ticket.attempts += 1
        if isinstance(outcome, Died) and outcome.how in OUTSIDE_SIGNALS:
            needed = OUTSIDE_ATTEMPTS
        else:
            needed = 1 if ticket.once or (self.single and process.cases == 1) else ATTEMPTS
        if ticket.attempts >= needed:
            self._statistics.blamed += 1
            self._settle(ticket, outcome)
        else:
            self._statistics.retried += 1

    def _start_failed(self, reason: str, final: bool) -> None:
        """Try again, unless this was the first start and trying again would say the same."""
        self._failed_starts += 1
        if (final and self.state is None) or self._failed_starts >= START_ATTEMPTS:
            self._give_up(reason)
        else:
            self._spawn()

    def _give_up(self, reason: str) -> None:
        if self.state is not None or self._queue:
            self.lost = reason
        self.state = Unavailable(reason)
        self._answer_unrun(reason)

    def _answer_unrun(self, reason: str) -> None:
        """Nothing that is queued can run any more: each item without an outcome says why."""
        while self._queue:
            ticket = self._queue.popleft()
            ticket.outcomes += [Unsupported(reason)] * (len(ticket.items) - len(ticket.outcomes))
            self._deliver(self.key, ticket)
