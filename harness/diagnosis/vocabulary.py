"""What a sample of an operator's structures tells of it: the words that its parameters can be, the inputs that can be absent."""

from __future__ import annotations

import functools
from typing import Any

from harness import operator
from harness.case import Case
from harness.draw import draw_block

STRUCTURES = 24
"""Structures of a sample."""

WORDS = 8
"""Values of a parameter up to which each is kept."""


@functools.lru_cache(maxsize=256)
def sample(key: str) -> tuple[Case, ...]:
    """Some structures of an operator, the same in every process."""
    drawn = draw_block(operator.get(key).structures(), key, 0, 0, STRUCTURES)
    return tuple(one.case for one in drawn if not one.case.parameters.get("hostile"))


@functools.lru_cache(maxsize=256)
def vocabulary(key: str) -> dict[str, tuple[Any, ...]]:
    """The values that the parameters of an operator have in a sample: words, switches, and plain numbers."""
    found: dict[str, dict[Any, None]] = {}
    for case in sample(key):
        for name, value in case.parameters.items():
            if value is None or isinstance(value, (str, bool, int, float)):
                found.setdefault(name, {})[value] = None
    return {name: tuple(values)[:WORDS] for name, values in found.items()}


@functools.lru_cache(maxsize=256)
def optional_inputs(key: str) -> frozenset[str]:
    """The inputs that some structure of a sample has and another has not."""
    present = [frozenset(case.inputs) for case in sample(key)]
    return frozenset().union(*present) - (frozenset.intersection(*present) if present else frozenset())
