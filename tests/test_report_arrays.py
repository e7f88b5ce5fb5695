"""Heat maps of a finding: which elements are marked, how they are folded and drawn, what the legend says; the trend as SVG."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from samples import MemoryStore, sample_finding, sample_run

from harness.history import Seen
from reports import html, view
from reports.html.arrays import panes
from reports.html.chart import BELOW, HEIGHT, chart
from reports.html.fault import Fault
from reports.html.outcomes import values_of
from reports.trend import Point


def _detail(index: list[int], got: object, expected: object, **rest: object) -> dict[str, object]:
    return {"output": "y", "index": index, "got": got, "expected": expected, "bound": 0.1, **rest}


def test_as_many_elements_are_marked_as_the_finding_counts() -> None:
    expected, got = [1.0, 2.0, 3.0, 4.0], [1.05, 2.5, 3.0, "nan"]
    fault = Fault.of(_detail([1], 2.5, 2.0, wrong=2, of=4), expected, got)
    assert fault.marked == ((1,), (3,))
    assert fault.words == "Marked: what is wrong, 2 of 4 ([1], [3])."


def test_bounds_that_grow_with_the_values_mark_by_the_relative_error() -> None:
    expected, got = [1.0, 100.0, 200.0], [1.5, 105.0, 205.0]
    fault = Fault.of(_detail([0], 1.5, 1.0, bound=0.1, wrong=1, of=3), expected, got)
    assert fault.marked == ((0,),)


def test_where_no_rule_gives_the_count_the_worst_element_alone_is_marked() -> None:
    fault = Fault.of(_detail([0, 1], 9.0, 2.0, wrong=3, of=4), [[1.0, 2.0], [3.0, 4.0]], [[1.0, 9.0], [3.0, 4.0]])
    assert fault.marked == ((0, 1),)
    assert fault.words == "Marked: the worst element ([0, 1]); 3 of 4 are wrong."


@pytest.mark.parametrize(
    "detail",
    [
        {},
        {"index": "0", "got": 2.0, "expected": 1.0},
        {"index": [7], "got": 2.0, "expected": 1.0},
        {"index": [0], "got": 5.0, "expected": 1.0},  # another output
    ],
)
def test_nothing_is_marked_in_an_output_of_which_the_detail_does_not_speak(detail: dict[str, object]) -> None:
    assert Fault.of(detail, [1.0], [2.0]) == Fault()


def test_the_elements_that_the_finding_names_are_marked_whatever_their_errors() -> None:
    expected, got = [[0.0, 2.0], [3.0, 4.0]], [[1.0, 2.5], [3.0, 4.01]]  # the first is free, the last has a small bound
    detail = _detail([0, 1], 2.5, 2.0, wrong=2, of=4, places=[1, 3])
    fault = Fault.of(detail, expected, got)
    assert fault.marked == ((0, 1), (1, 1))
    assert fault.words == "Marked: what is wrong, 2 of 4 ([0, 1], [1, 1])."
    for broken in ([1, 4], [-1], ["1"], [3], "1"):  # of another output, or damaged
        assert Fault.of({**detail, "places": broken}, expected, got).marked == ((0, 0), (0, 1))


def test_where_a_property_decides_nothing_is_marked_and_no_difference_shown() -> None:
    expected, got = [2, 0, 1], [0, 2, 1]
    detail = {"output": "y", "property": "x[y] is in order <b>", "error": 2.0, "wrong": 1, "of": 3}
    fault = Fault.of(detail, expected, got)
    assert (
        fault.words
        == "Judged by a property, x[y] is in order <b>: what is expected is one right result, and no element is marked."
    )
    assert [pane.title for pane in panes(expected, got, fault)] == ["expected", "got"]
    assert not any(
        cell.wrong for pane in panes(expected, got, fault) for heat in pane.slices for row in heat.rows for cell in row
    )
    assert [pane.title for pane in panes(expected, got, Fault())] == ["expected", "got", "error"]


def test_complex_numbers_have_sizes_and_distances() -> None:
    expected, got = ["(3+4j)", "1j"], ["3j", "1j"]
    assert Fault.distance("(3+4j)", "3j") == pytest.approx(abs((3 + 4j) - 3j))
    fault = Fault.of(_detail([0], "3j", "(3+4j)", wrong=1, of=2), expected, got)
    _, marked, error = panes(expected, got, fault)
    assert [cell.wrong for cell in marked.slices[0].rows[0]] == [True, False]
    assert error.slices[0].rows[0][0].text == "3.16"


def test_a_vector_is_broken_into_lines_that_name_their_first_index() -> None:
    pane = panes([float(i) for i in range(30)], None)[0]
    (heat,) = pane.slices
    assert [len(row) for row in heat.rows] == [12, 12, 6]
    assert (heat.columns[-1], heat.names) == ("11", ("0", "12", "24"))


def test_a_wide_slice_is_drawn_with_its_numbers_in_words_and_below() -> None:
    right = [[0.0] * 20 for _ in range(3)]
    wrong = [list(row) for row in right]
    wrong[2][19] = -4.0
    fault = Fault.of(_detail([2, 19], -4.0, 0.0, wrong=1, of=60), right, wrong)
    _, got, _ = panes(right, wrong, fault)
    (heat,) = got.slices
    image = ElementTree.fromstring(heat.drawn)
    assert image.attrib["aria-label"] == "got: 3 x 20 numbers from -4 to 0; listed below"
    assert [node.attrib["class"] for node in image] == ["z", "z", "z", "n5", "w"]
    assert heat.numbers.splitlines()[2].endswith("0  *-4*")


def test_the_slice_of_the_worst_element_is_never_left_out() -> None:
    right = [[[float(i)]] for i in range(9)]
    wrong = [*right[:7], [[70.0]], right[8]]
    fault = Fault.of(_detail([7, 0, 0], 70.0, 7.0, wrong=1, of=9), right, wrong)
    got = panes(right, wrong, fault)[1]
    assert [heat.label for heat in got.slices] == ["[0]", "[1]", "[2]", "[7]"]
    assert got.slices[3].rows[0][0].wrong


def test_the_legend_has_the_largest_number_of_each_level_in_use() -> None:
    got = panes(None, [-10.0, 0.0, 1.0, 10.0, "inf"])[0]
    assert got.legend == (("n5", "to -10"), ("z", "0"), ("v1", "to 2"), ("v5", "to 10"), ("nf", "not finite"))


def test_arrays_too_large_to_be_kept_are_said_to_be() -> None:
    finding = sample_finding(1)
    large = replace(finding, outcomes=tuple(replace(one, arrays=(None,)) for one in finding.outcomes))
    (values,) = values_of(large)
    assert (values.panes, "larger" in values.words) == ((), True)


def test_bars_of_the_trend_are_as_high_as_the_numbers() -> None:
    points = [_point("2026-11-20", 0, 8, 0), _point("2026-11-21", 2, 6, 4), _point("<b>-11-22", 0, 0, 0)]
    image = ElementTree.fromstring(chart(points))
    first, second, third = image.findall("g")
    heights = [(bar.attrib["class"], float(bar.attrib["height"])) for bar in second.findall("rect")]
    assert heights == [("p-still", HEIGHT * 6 / 8), ("p-new", HEIGHT * 2 / 8), ("p-fixed", BELOW)]
    assert [text.text for text in second.findall("text")] == ["2", "11-21"]
    assert [bar.attrib["class"] for bar in first.findall("rect")] == ["p-still"]
    assert third.findall("rect") == []


def _point(started: str, new: int, still: int, fixed: int) -> Point:
    return Point("run", started, "finished", new, still, fixed, 0, 0, 100, 10.0)


def test_the_page_tells_the_trend_and_what_is_fixed() -> None:
    records = [sample_finding(index) for index in range(3)]
    before = sample_run([], id="night-0", started="2026-11-10T01:00:00+00:00", new=tuple(one.id for one in records))

    class Later(MemoryStore):
        def sightings(self, run_id: str) -> dict[str, Seen]:
            shown = super().sightings(run_id)
            return shown | {records[0].id: Seen(attempts=3)} if run_id == self.run.id else shown

    store = Later(sample_run([]), records, [], [(before, {one.id: Seen(1, (), 3, 3) for one in records})])
    page = html.render(view.load(store, store.run))
    fixed = re.findall(r'<section class="fixed-list".*?</section>', page, re.S)[0]
    assert records[0].id in fixed
    assert records[1].id not in fixed
    assert "night-0" in re.findall(r'<section id="trend">.*?</section>', page, re.S)[0]
    assert 'id="trend"' in html.render(view.build(sample_run(), [], []))
