"""The dtype promotion matrix: what each framework documents for two dtypes, and where a run found it to do otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.operators import promotion
from harness.records import FindingRecord, RunRecord, Severity

SCALARS = ("bool", "int", "float")
"""Python's scalars, as the columns behind the dtypes."""

OPERATORS = "promote:"
"""What the keys of the promotion operators begin with."""

_LETTERS = {"float": "f", "bfloat": "bf", "int": "i", "uint": "u", "complex": "c"}
Pair = tuple[str, str]


@dataclass(frozen=True)
class Group:
    """Frameworks that document the same result dtype."""

    dtype: str
    frameworks: tuple[str, ...]

    @property
    def short(self) -> str:
        """The dtype in as few letters as JAX's documentation takes: ``f32``, ``bf16``, ``i8``."""
        return short(self.dtype)


@dataclass(frozen=True)
class Cell:
    """One pair: the documented results, most frameworks first, and the finding of the run that departs from them."""

    groups: tuple[Group, ...]
    finding: str = ""

    @property
    def agreed(self) -> bool:
        """Whether all frameworks that promote at all document the same result."""
        return len(self.groups) == 1 and not self._silent

    @property
    def title(self) -> str:
        """The cell in words."""
        words = [f"{', '.join(group.frameworks)}: {group.dtype}" for group in self.groups]
        return "; ".join([*words, *([f"{', '.join(self._silent)}: not defined"] if self._silent else [])])

    @property
    def _silent(self) -> tuple[str, ...]:
        """Frameworks that promote other dtypes, but not these."""
        said = {name for group in self.groups for name in group.frameworks}
        return tuple(name for name in promotion.SCALAR_PROMOTIONS if name not in said)


@dataclass(frozen=True)
class Promotion:
    """The matrix of arrays with arrays, and with Python scalars behind them. ``rows`` are a dtype and its cells."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


def short(dtype: str) -> str:
    """A dtype's name shortened: ``float32`` is ``f32``; names without a width stay as they are."""
    word = dtype.rstrip("0123456789")
    return _LETTERS[word] + dtype[len(word) :] if word in _LETTERS and word != dtype else dtype


def promotion_of(run: RunRecord, findings: Iterable[FindingRecord]) -> Promotion | None:
    """The matrix where the run drew the promotion operators, else None."""
    return promotion_matrix(findings) if any(key.startswith(OPERATORS) for key in run.coverage) else None


def promotion_matrix(findings: Iterable[FindingRecord]) -> Promotion:
    """The documented matrix of all frameworks, with the bugs among ``findings`` that were found in it."""
    tables = {name: {**promotion.matrix(name), **_python(name)} for name in promotion.PROMOTIONS}
    found = dict(_departures(findings))
    columns = (*promotion.DTYPES, *(f"Python {name}" for name in SCALARS))
    rows = tuple(
        (one, tuple(Cell(_groups(tables, (one, other)), found.get((one, other), "")) for other in columns))
        for one in promotion.DTYPES
    )
    return Promotion(columns, rows)


def _python(framework: str) -> dict[Pair, str]:
    return {(dtype, f"Python {name}"): result for (dtype, name), result in promotion.scalar_matrix(framework).items()}


def _groups(tables: Mapping[str, Mapping[Pair, str]], pair: Pair) -> tuple[Group, ...]:
    """Frameworks by the result that they document; those that promote nothing are left out."""
    results: dict[str, list[str]] = {}
    for framework, table in tables.items():
        if table.get(pair):
            results.setdefault(table[pair], []).append(framework)
    groups = [Group(dtype, tuple(frameworks)) for dtype, frameworks in results.items()]
    return tuple(sorted(groups, key=lambda group: -len(group.frameworks)))


def _departures(findings: Iterable[FindingRecord]) -> Iterable[tuple[Pair, str]]:
    """The pair of dtypes that each bug of the promotion operators was found with, and its id."""
    for finding in findings:
        if finding.severity is Severity.BUG and finding.fingerprint.operator.startswith(OPERATORS):
            inputs, parameters = finding.case.inputs, finding.case.parameters
            second = inputs["y"].dtype if "y" in inputs else f"Python {type(parameters.get('scalar')).__name__}"
            yield (inputs["x"].dtype, second), finding.id
