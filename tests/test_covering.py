"""The choices that decide parameter classes meet all their pairs soon, and are otherwise as random as independent ones."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, product
from random import Random

import pytest
from hypothesis import strategies as st

from harness import draw
from harness.case import Case, InputSpec
from harness.covering import ASPECTS, Row
from harness.draw import STRIDE, draw_block
from harness.shrink import shrink
from strategies.shapes import choose, index

LEVELS = (10, 13, 7, 2, 12)


def levels(number: int, counts: tuple[int, ...], run: int = 5, first: int = 1) -> tuple[int, ...]:
    """The levels of one row, of its first aspects."""
    row = Row(run, number, first)
    return tuple(row.level(aspect, count, Random(number)) for aspect, count in enumerate(counts))


@pytest.mark.parametrize("symbols", [13, 17])
@pytest.mark.parametrize("epoch", [0, 3])
def test_every_pair_of_symbols_of_two_columns_stands_in_one_row_of_an_array(symbols, epoch):
    columns = (symbols,) * ASPECTS
    rows = [levels(epoch * symbols**2 + number, columns, first=symbols) for number in range(symbols**2)]
    for one, other in combinations(range(ASPECTS), 2):
        assert len({(row[one], row[other]) for row in rows}) == symbols**2


def test_the_first_rows_have_every_symbol_once():
    rows = [levels(number, (13,) * ASPECTS) for number in range(13)]
    assert all(sorted(column) == list(range(13)) for column in zip(*rows, strict=True))


def test_all_pairs_of_fewer_levels_are_met_within_an_array():
    rows = [levels(number, LEVELS) for number in range(169)]
    for one, other in combinations(range(len(LEVELS)), 2):
        assert {(row[one], row[other]) for row in rows} == set(product(range(LEVELS[one]), range(LEVELS[other])))


@pytest.mark.parametrize("count", [2, 10, 13, 31])
def test_levels_are_equally_likely(count):
    """Over 80 arrays: a level of 31 is due 436 times, give or take 21 were the draws independent."""
    found = Counter(levels(number, (7, count))[1] for number in range(80 * 169))
    due = 80 * 169 / count
    assert set(found) == set(range(count))
    assert all(abs(times - due) < 0.15 * due for times in found.values())


def test_combinations_of_three_aspects_are_all_met_in_the_long_run():
    """Each of 1,000 combinations is due 34 times in 200 arrays; one array has at most 169 of them."""
    found = Counter(levels(number, (10, 10, 10)) for number in range(200 * 169))
    assert len(found) == 1000
    assert min(found.values()) >= 8


def test_arrays_of_other_runs_and_the_next_array_are_other_ones():
    first, again, later, other = (
        [levels(start + number, LEVELS, run) for number in range(169)]
        for start, run in ((0, 5), (0, 5), (169, 5), (0, 6 * 10**9))
    )
    assert first == again
    assert len({tuple(first), tuple(later), tuple(other)}) == 3


@st.composite
def structure(draw) -> Case:
    """A structure of three aspects, and between them a varying number of other choices."""
    first = choose(draw, 10)
    free = tuple(draw(index(1000)) for _ in range(draw(index(4))))
    parameters = {"first": first, "free": free, "second": choose(draw, 10), "third": choose(draw, 13)}
    return Case("t", {"x": InputSpec((1,), "float32")}, parameters)


def missed(blocks: int) -> int:
    """Pairs of levels that the blocks of a run do not meet, of 360."""
    cases = [drawn.case for block in range(blocks) for drawn in draw_block(structure(), "t", 1, block, STRIDE)]
    names = (("first", 10), ("second", 10), ("third", 13))
    return sum(
        one_count * other_count - len({(case.parameters[one], case.parameters[other]) for case in cases})
        for (one, one_count), (other, other_count) in combinations(names, 2)
    )


def test_the_structures_of_a_runs_blocks_meet_all_pairs_of_aspects():
    assert missed(43) == 0


def test_independent_draws_would_miss_a_fifth_of_them(monkeypatch):
    """The test above can fail."""
    monkeypatch.setattr(draw, "ASPECTS", 0)
    assert missed(43) > 50


def test_larger_blocks_have_rows_of_their_own():
    """The second half of a block of eight does not repeat the rows of the next block."""
    of_one, of_next = (
        [drawn.case.parameters for drawn in draw_block(structure(), "t", 1, block, 8)] for block in (1, 2)
    )
    levels_of = [{(p["first"], p["second"], p["third"]) for p in each} for each in (of_one[4:], of_next[:4])]
    assert not levels_of[0] & levels_of[1]


def test_an_aspect_shrinks_to_its_first_level_that_still_shows_it():
    drawn = next(
        d for block in range(9) for d in draw_block(structure(), "t", 1, block) if d.case.parameters["second"] > 5
    )
    found = shrink(structure(), drawn.choices, lambda c: c.parameters["second"] > 2, probes=500, seconds=60)
    assert found.minimal
    assert found.structure.parameters == {"first": 0, "free": (), "second": 3, "third": 0}


def test_a_choice_of_one_level_is_none():
    with_one = st.composite(lambda draw: Case("t", {"x": InputSpec((1,), "float32")}, {"only": choose(draw, 1)}))()
    assert [d.case.parameters["only"] for d in draw_block(with_one, "t", 1, 0)] == [0]
