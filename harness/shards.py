"""The shards of one run, which ran apart, as the one run that they are. Pure.

A run of ``n`` shards draws what one run with the same seed draws: shard ``i`` takes every n-th block. So their books add up.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.records import RunRecord, Statistic


class ShardsError(ValueError):
    """Runs that are not the shards of one run. The message names the runs, what differs and the rule."""


def joined(runs: Sequence[RunRecord]) -> RunRecord:
    """The run whose shards ``runs`` are, in any order.

    A shard that is missing or did not finish, and a target that some shards had and others had not, are ``lost``: the run is whole
    only where nothing is. ``new`` is what any of them saw first. Raises ShardsError.
    """
    count = _count(runs)
    runs = sorted(runs, key=_index)
    present = {_index(run): run for run in runs}
    missing = [f"shard {index + 1}/{count}: no run" for index in range(count) if index not in present]
    broken = [f"{name_of(run)}: {run.state}" for run in runs if run.state != "finished"]
    targets = sorted({target for run in runs for target in run.targets})
    absent = [f"{target} in {name_of(run)}" for run in runs for target in targets if target not in run.targets]
    lost = sorted({f"{target} in {name_of(run)}" for run in runs for target in run.lost})
    first = min(runs, key=lambda run: (run.started, run.id))
    return replace(
        first,
        id=_identifier(first, runs),
        targets=tuple(targets),
        state="interrupted" if missing or broken else "finished",
        ended=max(run.ended for run in runs),
        cases=sum(run.cases for run in runs),
        structures=sum(run.structures for run in runs),
        comparisons=sum(run.comparisons for run in runs),
        unavailable={name: reason for run in runs for name, reason in run.unavailable.items() if name not in targets},
        timing=_sum(run.timing for run in runs),
        coverage={key: _sum(run.coverage.get(key, {}) for run in runs) for run in runs for key in run.coverage},
        known=_sum(run.known for run in runs),
        new=tuple(dict.fromkeys(identity for run in runs for identity in run.new)),
        baseline={},
        plan={"targets": first.plan.get("targets", []), "shards": [run.id for run in runs]},
        lost=(*missing, *broken, *absent, *lost),
    )


def shards_of(run: RunRecord) -> tuple[str, ...]:
    """The ids of the runs that ``run`` was joined from; none for a run of its own."""
    return tuple(run.plan.get("shards", ()))


def name_of(run: RunRecord) -> str:
    """``shard 2/4``."""
    return f"shard {_index(run) + 1}/{_shard(run)[1]}"


def joined_statistics(parts: Iterable[Sequence[Statistic]]) -> list[Statistic]:
    """The statistics of all shards in one table."""
    table: dict[tuple[str, str, str, str], Statistic] = {}
    for one in (one for part in parts for one in part):
        key = (one.operator, one.quantity, one.regime, one.target)
        table[key] = _added(table[key], one) if key in table else one
    return [table[key] for key in sorted(table)]


def _added(one: Statistic, other: Statistic) -> Statistic:
    return replace(
        one,
        counts=_sum((one.counts, other.counts)),
        composed=one.composed + other.composed,
        native=one.native + other.native,
        ratio=max(one.ratio, other.ratio),
        seconds=one.seconds + other.seconds,
        reasons=dict(Counter(_sum((one.reasons, other.reasons))).most_common(20)),
    )


def _count(runs: Sequence[RunRecord]) -> int:
    """The number of shards that the runs say there are. Raises ShardsError unless they are shards of one run."""
    if not runs:
        raise ShardsError("shards: none given; there must be at least one run")
    first = runs[0]
    for run in runs[1:]:
        for what, fact in _SAME.items():
            one, other = fact(first), fact(run)
            if one != other:
                raise ShardsError(
                    f"runs {first.id} and {run.id} are not shards of one run: {what} {_short(one)} and {_short(other)}"
                )
    indices = Counter(map(_index, runs))
    twice = [f"{run.id} ({name_of(run)})" for run in runs if indices[_index(run)] > 1]
    if twice:
        raise ShardsError(f"runs {', '.join(twice)}: the same shard more than once; each part of a run counts once")
    return _shard(first)[1]


_SAME: Mapping[str, Any] = {
    "seed": lambda run: run.seed,
    "number of shards": lambda run: _shard(run)[1],
    "operators": lambda run: run.operators,
    "versions": lambda run: run.versions,
    "opdiff": lambda run: run.opdiff,
}
"""What the shards of one run share."""


def _shard(run: RunRecord) -> tuple[int, int]:
    index, count = run.plan.get("shard", (0, 1))
    return int(index), int(count)


def _index(run: RunRecord) -> int:
    return _shard(run)[0]


def _identifier(first: RunRecord, runs: Sequence[RunRecord]) -> str:
    """The same for the same shards: when the first began, and a digest of all."""
    digest = hashlib.sha256("\x1f".join(run.id for run in runs).encode()).hexdigest()[:8]
    return f"{first.id.rpartition('-')[0] or first.id}-{digest}"


def _sum(parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Numbers by name, added up."""
    total: dict[str, Any] = {}
    for part in parts:
        for name, number in part.items():
            total[name] = total.get(name, 0) + number
    return dict(sorted(total.items()))


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
