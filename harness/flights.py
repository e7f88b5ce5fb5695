"""Structures under way: what was asked of which worker, and what has come back."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from harness.case import Case, Outcome, Target
from harness.check import answers
from harness.draw import Drawn
from harness.pool import Pool


@dataclass
class Flight:
    """A drawn structure with its cases and, per case, the outcomes so far; ``last`` marks the last one of its block.

    ``planned`` is the number of (case, target) pairs that were asked for.
    """

    drawn: Drawn
    block: int
    seed: int
    cases: list[Case]
    last: bool = False
    planned: int = 0
    waiting: set[int] = field(default_factory=set)
    asked: dict[int, list[tuple[int, Target]]] = field(default_factory=dict)
    outcomes: list[dict[Target, Outcome]] = field(default_factory=list)


class Flights:
    """The structures of a campaign that are under way, in the order in which they were drawn."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self._flights: deque[Flight] = deque()

    def launch(self, flight: Flight, targets: Sequence[Target]) -> None:
        """Hand a structure's cases to every worker, one task each.

        Shape inference sees no values, so it is asked once per structure.
        """
        flight.outcomes = [{} for _ in flight.cases]
        asked: dict[str, list[tuple[int, Target]]] = {}
        for target in targets:
            for index, case in enumerate(flight.cases):
                if answers(target, case) and (index == 0 or target.mode != "abstract"):
                    asked.setdefault(target.worker, []).append((index, target))
        for worker, items in asked.items():
            ticket = self.pool.submit(worker, [(flight.cases[index], target.mode) for index, target in items])
            flight.asked[ticket] = items
            flight.waiting.add(ticket)
        self._flights.append(flight)
        flight.planned = sum(map(len, asked.values()))

    def landed(self, most: int) -> Iterator[Flight]:
        """Structures whose answers are all there, oldest first, until at most ``most`` are under way."""
        while len(self._flights) > most:
            while self._flights[0].waiting:
                self._take()
            yield self._flights.popleft()

    def _take(self) -> None:
        """Wait for answers and enter them."""
        by_ticket = {ticket: flight for flight in self._flights for ticket in flight.waiting}
        for answer in self.pool.wait(None):
            flight = by_ticket[answer.ticket]
            for (index, target), outcome in zip(flight.asked[answer.ticket], answer.outcomes, strict=True):
                flight.outcomes[index][target] = outcome
            flight.waiting.discard(answer.ticket)
