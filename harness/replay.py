"""Run a stored case again: is the disagreement still there?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.case import Case, Disagreement, Target
from harness.check import answers, check
from harness.discovery import adapters
from harness.pool import Started
from harness.records import Fingerprint, OutcomeSummary
from harness.summaries import summaries
from harness.workers import make_pool


@dataclass(frozen=True)
class Replayed:
    """What a case shows now. ``still``: the fingerprint asked for, or without one any disagreement, is there."""

    disagreements: tuple[Disagreement, ...]
    outcomes: tuple[OutcomeSummary, ...]
    still: bool
    unavailable: dict[str, str]


def replay(
    case: Case,
    targets: Sequence[Target],
    fingerprint: Fingerprint | None = None,
    *,
    timeout: float = 10.0,
    first_timeout: float = 60.0,
    memory: int = 4 << 30,
) -> Replayed:
    """Run ``case`` on ``targets`` in fresh workers; what cannot start or answer is listed in ``unavailable``."""
    mute = {
        str(target): "shape inference tells nothing of gradients" for target in targets if not answers(target, case)
    }
    asked = [target for target in targets if str(target) not in mute]
    with make_pool(asked, timeout=timeout, first_timeout=first_timeout, memory=memory) as pool:
        started = pool.start()
        reasons = {worker: answer.reason for worker, answer in started.items() if not isinstance(answer, Started)}
        able = [target for target in asked if target.worker not in reasons]
        checked = check(case, able, pool, adapters())
    found = checked.disagreements
    still = any(fingerprint is None or Fingerprint.of(case, d).like(fingerprint) for d in found)
    unavailable = {str(target): reasons[target.worker] for target in asked if target.worker in reasons}
    return Replayed(found, summaries(checked), still, mute | unavailable)
