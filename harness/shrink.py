"""Shrinking: the smallest structure, then the simplest values, that still show one disagreement.

A structure is shrunk in a Hypothesis run of its own, which starts from the choices that drew it and asks one question
of every candidate: does it still show this disagreement? The run is Hypothesis' engine without ``given`` around it,
because a probe may cost seconds (a crash costs a framework's import): nothing is generated, replayed or explained
beside the shrinking itself, and a run can be cut at any probe.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random

import numpy as np
from hypothesis import Phase, settings
from hypothesis.control import BuildContext
from hypothesis.database import choices_from_bytes
from hypothesis.internal.conjecture.choice import ChoiceT, ChoiceTemplate
from hypothesis.internal.conjecture.data import ConjectureData, ConjectureResult, Status
from hypothesis.internal.conjecture.engine import ConjectureRunner
from hypothesis.internal.conjecture.shrinker import sort_key
from hypothesis.internal.escalation import InterestingOrigin
from hypothesis.strategies import SearchStrategy

from harness.case import COTANGENT, Case, InputSpec
from harness.draw import BACKEND
from harness.formats import kind_of
from harness.values import PLAIN_MAKERS, generate

PROBES_OF_A_DEATH = 120
"""Probes for shrinking a death: each costs a fork, or the start of a worker where there can be none."""

PROBES_OF_A_HANG = 30
SECONDS_OF_A_HANG = 180.0
"""What shrinking a hang may cost: each of its probes costs the time limit of a case."""

MOST_VALUES = 24
"""Values of an input that are tried as the only one."""

# One run asks one question, so one origin serves all runs.
_ORIGIN = InterestingOrigin(AssertionError, "", 0, (), ())
_REST = ChoiceTemplate("simplest", count=None)


class _SpentError(Exception):
    """The budget of a run is spent."""


class Budget:
    """At most ``probes`` probes within ``seconds`` from now on."""

    def __init__(self, probes: int, seconds: float) -> None:
        self.used = 0
        self._probes = probes
        self._end = time.monotonic() + seconds

    @property
    def spent(self) -> bool:
        """Whether no further probe may be made."""
        return self.used >= self._probes or time.monotonic() >= self._end


@dataclass(frozen=True)
class Shrunk:
    """What shrinking left, after how many probes, and whether it ended by itself: cut short, it is not minimal."""

    structure: Case
    probes: int
    minimal: bool


def shrink(
    strategy: SearchStrategy[Case],
    choices: bytes,
    still: Callable[[Case], bool],
    *,
    probes: int,
    seconds: float,
) -> Shrunk:
    """The smallest structure for which ``still`` holds, found from the saved choices of one for which it did.

    The original comes back, not minimal, when ``still`` does not hold for it any more. Raises ValueError when
    ``choices`` were not written by ``draw_block``.
    """
    parsed = choices_from_bytes(choices)
    if parsed is None:
        raise ValueError(f"choices of {len(choices)} bytes: not written by draw_block")
    run = _Run(strategy, still, Budget(probes, seconds))
    return run.shrink(parsed)


class _Run:
    """One shrinking run. Equal cases are probed once, whatever choices they come from."""

    def __init__(self, strategy: SearchStrategy[Case], still: Callable[[Case], bool], budget: Budget) -> None:
        self._strategy = strategy
        self._still = still
        self._budget = budget
        self._answers: dict[str, bool] = {}
        self._best: _Found | None = None
        self._lightest: _Found | None = None
        # Not Hypothesis' own backend, which collects constants from source files and caches them in the current folder.
        quiet = settings(database=None, deadline=None, phases=[Phase.shrink], backend=BACKEND)
        always_the_same = Random(0)  # noqa: S311 - nothing secret
        self._runner = ConjectureRunner(self._test, settings=quiet, random=always_the_same, ignore_limits=True)

    def shrink(self, choices: tuple[ChoiceT, ...]) -> Shrunk:
        original = self._draw(ConjectureData.for_choices(choices))
        minimal = False
        try:
            self._runner.cached_test_function(choices)
            if self._best is not None:
                smaller = self._runner.cached_test_function(self._halved(self._best))
                assert isinstance(smaller, ConjectureResult), "choices that were drawn from are long enough"
                self._runner.shrink(smaller, lambda result: result.status is Status.INTERESTING)
                minimal = True
        except _SpentError:
            pass
        # The engine's order puts fewer choices first. On its way it passes through large arrays: no place to be cut.
        found = self._best if minimal else self._lightest
        return Shrunk(found.structure if found else original, self._budget.used, minimal)

    def _draw(self, data: ConjectureData) -> Case:
        with BuildContext(data, wrapped_test=self._still):
            return data.draw(self._strategy)

    def _test(self, data: ConjectureData) -> None:
        structure = self._draw(data)
        key = structure.key
        if key not in self._answers:
            if self._budget.spent:
                raise _SpentError
            self._budget.used += 1
            self._answers[key] = self._still(structure)
        if self._answers[key]:
            found = _Found(sort_key(data.nodes), data.choices, structure)
            self._best = min(self._best or found, found, key=lambda other: other.order)
            self._lightest = min(self._lightest or found, found, key=lambda other: (other.elements, other.order))
            data.mark_interesting(_ORIGIN)

    def _halved(self, best: _Found) -> tuple[ChoiceT, ...]:
        """As many choices as possible made simplest: tries all, then halves of what must stay, down to single ones.

        The engine alone would get there too, but with more probes than a crash has.
        """
        spans = deque([(0, len(best.choices))])
        while spans:
            start, stop = spans.popleft()
            if start >= stop or self._simplified(start, stop):
                continue
            middle = (start + stop) // 2
            halves = [(start, middle), (middle, stop)] if stop - start > 1 else []
            spans.extend(halves)
        return (self._best or best).choices

    def _simplified(self, start: int, stop: int) -> bool:
        """Whether the best choices are, or have now become, the simplest ones from ``start`` to ``stop``."""
        best = self._best
        assert best is not None, "called before the original was probed"
        part = best.choices[start:stop]
        simplest = tuple(type(choice)() for choice in part)
        if simplest != part:
            self._runner.cached_test_function((*best.choices[:start], *simplest, *best.choices[stop:], _REST))
        return simplest == part or self._best is not best


@dataclass(frozen=True)
class _Found:
    """A structure that shows the disagreement, its choices, and their place in the engine's order of simplicity."""

    order: tuple[int, tuple[int, ...]]
    choices: tuple[ChoiceT, ...]
    structure: Case

    @property
    def elements(self) -> int:
        """Elements of all inputs; an empty axis counts as one, or an empty batch would hide everything else."""
        return sum(math.prod(max(length, 1) for length in spec.shape) for spec in self.structure.inputs.values())


def simplify_values(
    case: Case,
    still: Callable[[Case], bool],
    *,
    pointwise: bool = False,
    probes: int = 60,
    seconds: float = 60.0,
) -> Case:
    """The case with the simplest layouts, inputs and values for which ``still`` holds, or the case itself.

    In order: contiguous inputs, no bias, one item in the batch, all inputs ones; then per input zeros, ones, a single
    one, and 1, 2, 3 ...; where the operator is ``pointwise``, also each value that the input has, as its only one, and at last
    single elements of all inputs. ``probes`` and ``seconds`` bound the calls of ``still``.
    """
    budget = Budget(probes, seconds)

    def holds(candidate: Case) -> bool:
        if candidate == case or budget.spent:
            return False
        budget.used += 1
        return still(candidate)

    for step in (_contiguous, _without_bias, _one_item):
        candidate = step(case)
        case = candidate if holds(candidate) else case
    ones = replace(case, inputs={name: _ones(spec) for name, spec in case.inputs.items()})
    if holds(ones):
        return ones
    for name in case.inputs:
        case = next((candidate for candidate in _simpler(case, name, pointwise) if holds(candidate)), case)
    return next((candidate for candidate in _alone(case) if holds(candidate)), case) if pointwise else case


def _contiguous(case: Case) -> Case:
    return replace(case, inputs={name: replace(spec, layout="contiguous") for name, spec in case.inputs.items()})


def _without_bias(case: Case) -> Case:
    return replace(case, inputs={name: spec for name, spec in case.inputs.items() if name != "b"})


def _one_item(case: Case) -> Case:
    """The case with a batch of one, where it has a batch axis and more than that."""
    if not case.parameters.get("batched") or case.inputs["x"].shape[0] <= 1:
        return case
    inputs = {
        name: replace(spec, shape=(1, *spec.shape[1:])) if name in ("x", COTANGENT) else spec
        for name, spec in case.inputs.items()
    }
    return replace(case, inputs=inputs)


def _ones(spec: InputSpec) -> InputSpec:
    return InputSpec(spec.shape, spec.dtype, "ones", layout=spec.layout)


def _simpler(case: Case, name: str, pointwise: bool) -> Iterator[Case]:
    """The case with simpler values of one input, simplest first. A single one stands first or last."""
    spec = case.inputs[name]
    last = max(spec.size - 1, 0)
    for regime, seed in (("zeros", 0), ("ones", 0), ("one_hot", 0), ("one_hot", last), ("arange", 0)):
        values = InputSpec(spec.shape, spec.dtype, regime, seed, spec.layout)
        yield replace(case, inputs={**case.inputs, name: values})
    if pointwise and kind_of(spec.dtype) in ("float", "integer") and spec.regime not in PLAIN_MAKERS:
        elements = np.unique(generate(spec).astype(np.float64))
        finite = elements[np.isfinite(elements)][:MOST_VALUES]
        for value in sorted(finite.tolist(), key=lambda number: (abs(number), number)):
            yield replace(case, inputs={**case.inputs, name: _full(spec, value)})


def _full(spec: InputSpec, value: float) -> InputSpec:
    """The input with one value everywhere."""
    return replace(spec, regime="full", seed=0, points=(value,), limit=1, nonzeros=None)


def _alone(case: Case) -> Iterator[Case]:
    """Single elements of the inputs, the smallest first, where all inputs have one shape and hold real numbers."""
    specs = case.inputs
    shapes, kinds = {spec.shape for spec in specs.values()}, {kind_of(spec.dtype) for spec in specs.values()}
    if len(shapes) > 1 or not kinds <= {"float", "integer"}:
        return
    elements = np.unique([generate(spec).astype(np.float64).reshape(-1) for spec in specs.values()], axis=1).T
    finite = elements[np.isfinite(elements).all(axis=1)].tolist()
    for values in sorted(finite, key=lambda row: [abs(number) for number in row])[:MOST_VALUES]:
        points = zip(specs.items(), values, strict=True)
        yield replace(case, inputs={name: _full(replace(spec, shape=(1,)), value) for (name, spec), value in points})
