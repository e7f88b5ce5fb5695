"""Which parameter classes, and which pairs of them, an operator's structures reach within a number of cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from harness.case import Case
from harness.draw import draw_block
from harness.operator import Operator

SAMPLE = 2000
"""Structures from which it is learned what there is to reach."""

RARE = 4
"""What occurs less often in the sample is not asked for: one class or pair in 500 structures."""

Classes = frozenset[tuple[str, ...]]
"""Classes as ``(name: label,)`` and pairs of classes as ``(name: label, name: label)``."""


@dataclass(frozen=True)
class Coverage:
    """What was reached of what there is; ``missing`` names what was not."""

    cases: int
    classes: int
    of_classes: int
    pairs: int
    of_pairs: int
    missing: tuple[str, ...]


def classes_of(labels: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """The classes of one structure, and their pairs."""
    names = sorted(f"{name}: {label}" for name, label in labels.items())
    for name in names:
        yield (name,)
    yield from combinations(names, 2)


def count(op: Operator, structures: Iterable[Case]) -> Counter[tuple[str, ...]]:
    """How often each class and pair occurs."""
    found: Counter[tuple[str, ...]] = Counter()
    for structure in structures:
        found.update(classes_of(op.classes(structure)))
    return found


def structures(op: Operator, seed: int, number: int, block: int = 50) -> Iterator[Case]:
    """The first structures of a run with ``seed``, in blocks of ``block``."""
    left, index = number, 0
    while left > 0:
        for drawn in draw_block(op.structures(), op.key, seed, index, min(block, left)):
            left -= 1
            yield drawn.case
        index += 1


def coverage(op: Operator, cases: int = 1000, seed: int = 0, sample: int = SAMPLE) -> Coverage:
    """What ``cases`` cases of a run with ``seed`` reach of what ``sample`` structures of another seed show often enough."""
    wanted = {
        classes
        for classes, number in count(op, structures(op, seed + 1, sample)).items()
        if number * SAMPLE >= RARE * sample
    }
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
