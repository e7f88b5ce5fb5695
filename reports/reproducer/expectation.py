"""What is right for a finding's case on its target, as statements that check ``results``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from harness import operator
from harness.check import Meanings
from harness.elements import admissible
from harness.meaning import Accuracy, Expected, Meaning, Property
from harness.records import FindingRecord
from reports.reproducer import checks
from reports.reproducer.arrays import array_text, wide_text
from reports.reproducer.program import adapter_of, info_of
from reports.reproducer.sources import Sources, literal

MOST_COMPARED = 200
"""Elements of one output that a script compares; of a larger one, a sample with the element that was found wrong."""


def meaning_of(finding: FindingRecord) -> Meaning:
    """The meaning of the finding's case for its target, dtypes that the framework documents to narrow included."""
    op = operator.get(finding.case.operator)
    return Meanings(op, finding.case).under(info_of(finding.target).narrow)


def variants(finding: FindingRecord, meaning: Meaning) -> Mapping[str, Sequence[Expected]]:
    """The conventions of which one must fit: the one that the target documents, else any."""
    op = operator.get(finding.case.operator)
    call = op.select(adapter_of(info_of(finding.target)).table, finding.case, finding.target.mode)
    documented = call.convention(finding.case) if call else ""
    return {documented: meaning.variants[documented]} if documented in meaning.variants else meaning.variants


def expectations(sources: Sources, finding: FindingRecord, meaning: Meaning) -> tuple[list[str], list[str]]:
    """Definitions of functions that check the results, one per admissible convention, and their names."""
    functions: dict[str, str] = {}
    for outputs in variants(finding, meaning).values():
        body = _checks(sources, finding, outputs)
        functions.setdefault("\n".join(f"    {line}" if line else "" for line in body.split("\n")), "")
    names = [f"expect_{i}" if len(functions) > 1 else "expect" for i in range(1, len(functions) + 1)]
    return [f"def {name}(results):\n{body}" for name, body in zip(names, functions, strict=True)], names


def _checks(sources: Sources, finding: FindingRecord, outputs: Sequence[Expected]) -> str:
    shape = sources.add(checks.check_shape)
    if finding.target.mode == "abstract":
        return "\n".join(
            f'{shape}("{output.name}", *results[{i}], {_right(output)})' for i, output in enumerate(outputs)
        )
    lines = [f"{sources.add(checks.check_count)}(results, {len(outputs)})"]
    for i, output in enumerate(outputs):
        got = f"results[{i}]"
        lines.append(f'{shape}("{output.name}", {got}.shape, {got}.dtype.name, {_right(output)})')
        if output.property:
            lines += property_checks(sources, output, output.property)
        else:
            lines += _values(sources, finding, output, got)
    return "\n".join(lines)


def _right(output: Expected) -> str:
    """The right shape and dtypes of an output, as arguments."""
    dtypes = "".join(f', "{dtype}"' for dtype in (output.dtype, *output.other_dtypes))
    return f"{literal(output.shape)}{dtypes}"


def property_checks(sources: Sources, output: Expected, wanted: Property) -> list[str]:
    """Statements that compute the error of a property from its facts and compare it."""
    lines = []
    for name, fact in wanted.facts.items():
        lines.append(f"{name} = {_fact(sources, fact)}")
    facts = ", ".join(["results", *(f"{name}={name}" for name in wanted.facts)])
    error = f"{sources.add(wanted.error)}({facts})"
    return [*lines, f"{sources.add(checks.check_property)}({literal(output.name)}, {literal(wanted.words)}, {error})"]


def _fact(sources: Sources, fact: Any) -> str:
    """An expression of a property's fact: masks and indices in their own dtype, other numbers as references are written."""
    if not isinstance(fact, (np.ndarray, np.generic)):
        return literal(fact)
    fact = np.asarray(fact)  # of arrays without axes NumPy makes scalars
    return array_text(sources, fact) if fact.dtype.kind in "biu" else wide_text(sources, fact)


def _values(sources: Sources, finding: FindingRecord, output: Expected, got: str) -> list[str]:
    """Statements that compare one output's elements as the harness does: exactly, or within the bound of one reading."""
    op = operator.get(finding.case.operator)
    call = op.select(info_of(finding.target).table, finding.case, finding.target.mode)
    allowed = admissible(output, op.accuracy(finding.target, call, finding.case) if call else Accuracy())
    if allowed is None or output.values[0].size == 0:
        return []
    places = _places(finding, output)
    options = [] if places is None else [f"at={places}"]
    before: list[str] = []
    if allowed.free is not None:
        options.insert(0, "free=free")
        before.append(f"free = {array_text(sources, _taken(allowed.free, places).reshape(-1))}")
    if allowed.bound is None:
        expected = f"expected = {wide_text(sources, _taken(allowed.readings[0], places))}"
        arguments = ", ".join([f'"{output.name}"', got, "expected", *options])
        signs = _signs(sources, output, got, "expected", places)
        return [*before, expected, f"{sources.add(checks.check_exact)}({arguments})", *signs]
    texts = dict.fromkeys(wide_text(sources, _taken(value, places)) for value in allowed.readings)
    names = [f"reading_{i}" for i in range(1, len(texts) + 1)] if len(texts) > 1 else ["expected"]
    lines = [f"{name} = {text}" for name, text in zip(names, texts, strict=True)]
    lines.append(f"bound = {_bound(sources, _taken(allowed.bound, places))}")
    arguments = ", ".join([f'"{output.name}"', got, f"[{', '.join(names)}]", "bound", *options])
    signs = _signs(sources, output, got, names[0], places)
    return [*before, *lines, f"{sources.add(checks.check_within)}({arguments})", *signs]


def _signs(sources: Sources, output: Expected, got: str, expected: str, places: slice | None) -> list[str]:
    """The statement that compares the signs of zeros, where they are defined."""
    if not output.signed:
        return []
    at = [] if places is None else [f"at={places}"]
    arguments = ", ".join([literal(output.name), got, expected, *at])
    return [f"{sources.add(checks.check_signs)}({arguments})"]


def _bound(sources: Sources, bound: np.ndarray) -> str:
    """A number where all elements have the same bound, else a flat array; what float64 cannot hold is rounded down."""
    flat = bound.reshape(-1)
    with np.errstate(over="ignore"):
        near = flat.astype(np.float64)
    down = np.where(near > flat, np.nextafter(near, 0.0), near)
    return repr(float(down[0])) if (down == down[0]).all() and np.isfinite(down[0]) else array_text(sources, down)


def _places(finding: FindingRecord, output: Expected) -> slice | None:
    """Flat positions that are compared, evenly spread and with the one found wrong; None for all."""
    size = output.values[0].size
    if size <= MOST_COMPARED:
        return None
    step, found = -(-size // MOST_COMPARED), 0
    index: Any = finding.detail.get("index")
    if finding.detail.get("output") == output.name and index is not None and len(index) == len(output.shape):
        found = int(np.ravel_multi_index(tuple(index), output.shape))
    return slice(found % step, None, step)


def _taken(array: np.ndarray, places: slice | None) -> np.ndarray:
    return array if places is None else array.reshape(-1)[places]
