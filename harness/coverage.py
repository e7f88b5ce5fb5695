"""Which parameter classes, and which pairs of them, an operator's structures reach within a number of cases."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from harness.case import Case
from harness.draw import BLOCK, STRIDE, draw_block
from harness.operator import Operator

SAMPLE = 1000
"""Structures of another seed, from which it is learned what there is to reach: every class and pair that one of them has."""


@dataclass(frozen=True)
class Coverage:
    """What was reached of what there is; ``missing`` names what was not."""

    cases: int
    classes: int
    of_classes: int
    pairs: int
    of_pairs: int
    missing: tuple[str, ...]

    @property
    def share(self) -> float:
        """Share of the pairs that was reached; 1 where there are none."""
        return self.pairs / self.of_pairs if self.of_pairs else 1.0


def classes_of(labels: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """The classes of one structure as ``(name: label,)``, and their pairs as ``(name: label, name: label)``."""
    names = sorted(f"{name}: {label}" for name, label in labels.items())
    for name in names:
        yield (name,)
    yield from itertools.combinations(names, 2)


def classes_in(op: Operator, structures: Iterable[Case]) -> set[tuple[str, ...]]:
    """Every class and pair that one of the structures has."""
    return {classes for structure in structures for classes in classes_of(op.classes(structure))}


def structures(op: Operator, seed: int, number: int, block: int = STRIDE) -> Iterator[Case]:
    """The first structures of a run with ``seed``, in blocks of ``block``; by default they are those that a run draws."""
    strategy = op.structures()
    blocks = (draw_block(strategy, op.key, seed, index, block) for index in itertools.count())
    return (drawn.case for drawn in itertools.islice(itertools.chain.from_iterable(blocks), number))


def coverage(op: Operator, cases: int = 1000, seed: int = 0, sample: int = SAMPLE) -> Coverage:
    """What ``cases`` cases of a run with ``seed`` reach of what ``sample`` structures of another seed show."""
    wanted = classes_in(op, structures(op, seed + 1, sample, BLOCK))
    reached: set[tuple[str, ...]] = set()
    done = 0
    for structure in structures(op, seed, cases):
        if done >= cases:
            break
        done += len(op.cases(structure, 0))
        reached.update(classes_of(op.classes(structure)))
    found = wanted & reached
    missing = sorted(" with ".join(classes) for classes in wanted - reached)
    return Coverage(
        done,
        sum(len(classes) == 1 for classes in found),
        sum(len(classes) == 1 for classes in wanted),
        sum(len(classes) == 2 for classes in found),
        sum(len(classes) == 2 for classes in wanted),
        tuple(missing),
    )
