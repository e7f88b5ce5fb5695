"""What an operator is: a meaning in terms of no framework, plus an open table of calls.

Read by the workers: Python 3.9 syntax; standard library and NumPy only. Strategies are reached lazily.
"""

from __future__ import annotations

import difflib
import functools
import importlib
import inspect
import pkgutil
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, FrozenSet, Iterable, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from harness.case import COTANGENT, GRADIENT, Case, InputSpec, KnownDifference, Target
from harness.meaning import Accuracy, Meaning


def always(case: Case) -> bool:
    """The condition of a row that holds for every case."""
    return True


def holds(condition: Callable[[Case], bool], case: Case) -> bool:
    """Whether a row's condition holds. A hostile case may be so malformed that it cannot even be evaluated: then it does not."""
    try:
        return condition(case)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        if case.parameters.get("hostile"):
            return False
        raise


@dataclass(frozen=True)
class Call:
    """A row of the call table: how one framework is asked.

    ``framework`` is the adapter's table name (all Keras backends share ``keras``). ``when`` says which cases the row can express.
    ``modes`` limits the row to some modes. ``convention`` names the convention that the framework documents for the
    case (``""``: the operator has none). ``composed`` marks a call that adds a slice or pad of the framework's own.
    ``translate`` gives parameters in the framework's own words, in place of the case's: ``padding="same"`` for pairs of numbers.
    """

    framework: str
    function: Callable[..., Any]
    spelling: str = "function"
    composed: bool = False
    when: Callable[[Case], bool] = always
    modes: Optional[Tuple[str, ...]] = None
    convention: Callable[[Case], str] = lambda case: ""
    accuracy: Accuracy = field(default_factory=Accuracy)
    source: str = ""
    translate: Callable[[Case], Mapping[str, Any]] = lambda case: {}

    def expresses(self, case: Case) -> bool:
        """Whether the row can say the case."""
        return holds(self.when, case)

    def arguments(self, case: Case) -> Dict[str, Any]:
        """The parameters that the function names, as keyword arguments."""
        names = _parameter_names(self.function)
        return {name: value for name, value in {**case.parameters, **self.translate(case)}.items() if name in names}


@functools.lru_cache(maxsize=None)
def _parameter_names(function: Callable[..., Any]) -> FrozenSet[str]:
    """Names of a function's parameters."""
    return frozenset(inspect.signature(function).parameters)


class Operator:
    """An operator: name, form, meaning, drawing, calls, known differences.

    ``name`` has no rank in it; ``form`` tells two ways of asking apart (``aligned``, ``nominal``); ``key`` joins them. ``inputs`` are
    the names of the array arguments in call order; absent ones are passed as None. ``differentiable`` are those whose
    vector-Jacobian products a gradient case returns, in that order. ``classes`` gives a structure's parameter classes;
    ``words`` what a framework may be unable to say of a case, in a few words without sizes. ``family`` is the group it is
    run and listed with; ``pointwise`` says that an element of the result depends on one element of each input.
    """

    def __init__(
        self,
        name: str,
        *,
        form: str = "",
        inputs: Sequence[str],
        differentiable: Sequence[str] = (),
        meaning: Callable[[Case, Mapping[str, np.ndarray]], Meaning],
        structures: Callable[[], Any],
        cases: Callable[[Case, int], List[Case]],
        classes: Callable[[Case], Mapping[str, str]] = lambda case: {},
        words: Callable[[Case], str] = lambda case: "",
        summary: str = "",
        family: str = "convolution",
        pointwise: bool = False,
    ) -> None:
        self.name = name
        self.pointwise = pointwise
        self.family = family
        self.form = form
        self.inputs = tuple(inputs)
        self.differentiable = tuple(differentiable)
        self.meaning = meaning
        self.structures = structures
        self.cases = cases
        self.classes = classes
        self.words = words
        self.summary = summary
        self.calls: List[Call] = []
        self.known: List[KnownDifference] = []
        self.accuracies: List[Tuple[str, Accuracy, Callable[[Case], bool]]] = []

    @property
    def key(self) -> str:
        """``name`` or ``name:form``; what a case carries as its operator."""
        return f"{self.name}:{self.form}" if self.form else self.name

    def call(self, framework: str, **facts: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Decorator: add a function of the framework's module and tensors to the table. Earlier rows win."""

        def add(function: Callable[..., Any]) -> Callable[..., Any]:
            self.calls.append(Call(framework, function, **facts))
            return function

        return add

    def differs(self, *rows: KnownDifference) -> None:
        """Add known differences."""
        self.known.extend(rows)

    def computes(self, targets: str, accuracy: Accuracy, when: Callable[[Case], bool] = always) -> None:
        """State the numerical facts of all targets that match a pattern such as ``keras-torch:cpu:*``; earlier statements win."""
        self.accuracies.append((targets, accuracy, when))

    def accuracy(self, target: Target, call: Call, case: Optional[Case] = None) -> Accuracy:
        """The facts stated for the target, else those of the call. Statements about some cases need the case."""
        for pattern, facts, when in self.accuracies:
            if target.matches(pattern) and (when is always or (case is not None and holds(when, case))):
                return facts
        return call.accuracy

    @property
    def spellings(self) -> Tuple[str, ...]:
        """Every way of spelling the call that some framework has, sorted."""
        return tuple(sorted({call.spelling for call in self.calls}))

    def select(self, framework: str, case: Case, mode: str) -> Optional[Call]:
        """The row that asks ``framework`` for ``case``: the spelling the case names, else the framework's first that can."""
        rows = [
            call for call in self.calls if call.framework == framework and (call.modes is None or mode in call.modes)
        ]
        wanted = case.parameters.get("spelling")
        named = [call for call in rows if call.spelling == wanted]
        return next((call for call in named + rows if call.expresses(case)), None)

    def unsaid(self, framework: str, case: Case, mode: str) -> str:
        """Why no row of ``framework`` is selected for ``case``: the reason of an Unsupported outcome."""
        if not any(call.framework == framework for call in self.calls):
            return f"{framework} has no call of {self.key}"
        words = self.words(case)
        return (
            f"{framework} has no call of {self.key} with {words}"
            if words
            else f"{framework} cannot say this {self.key} in mode {mode}"
        )

    def known_difference(self, case: Case, target: Target, kind: str, cause: str) -> Optional[KnownDifference]:
        """The first row that explains this disagreement, if any."""
        import re

        for row in self.known:
            if (
                row.kind == kind
                and target.matches(row.targets)
                and re.search(row.cause, cause)
                and holds(row.when, case)
            ):
                return row
        return None

    def in_order(self, case: Case, arrays: Mapping[str, np.ndarray]) -> List[Optional[np.ndarray]]:
        """A case's arrays in call order, None for absent ones, then the cotangent of a gradient case."""
        names = self.inputs + ((COTANGENT,) if case.quantity == GRADIENT else ())
        return [arrays.get(name) for name in names]

    def wanted(self, case: Case) -> Tuple[str, ...]:
        """Names of the outputs of a case: ``("y",)``, or the differentiable inputs that are present."""
        if case.quantity == GRADIENT:
            return tuple(name for name in self.differentiable if name in case.inputs)
        return ("y",)


_REGISTRY: Dict[str, Operator] = {}


def register(operator: Operator) -> Operator:
    """Make an operator known. Raises ValueError when its key is taken."""
    if operator.key in _REGISTRY:
        raise ValueError(f"operator {operator.key!r} is registered twice")
    _REGISTRY[operator.key] = operator
    return operator


@functools.lru_cache(maxsize=None)
def load() -> Dict[str, Operator]:
    """Every registered operator by key, importing the modules of ``harness.operators`` once."""
    import harness.operators as package

    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return _REGISTRY


def get(key: str) -> Operator:
    """The operator of that key. Raises LookupError that names the closest match."""
    if key in _REGISTRY:  # also while the modules that register operators are being imported
        return _REGISTRY[key]
    operators = load()
    if key in operators:
        return operators[key]
    if "." in key:
        rule = f"it is defined in module {key.rpartition('.')[0]}, which has to be imported first (--import)"
        raise LookupError(f"unknown operator {key!r}: {rule}")
    raise LookupError(unknown("operator", key, operators))


MOST_NAMES = 20
"""Names that a message lists."""


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Message for a name that is not in a set, with the closest match, or the first names where none is close."""
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=1)
    more = f" and {len(known) - MOST_NAMES} more" if len(known) > MOST_NAMES else ""
    hint = f"; did you mean {close[0]!r}?" if close else f"; known: {', '.join(known[:MOST_NAMES])}{more}"
    return f"unknown {what} {name!r}{hint}"


def with_cotangent(case: Case, shape: Tuple[int, ...], dtype: str, seed: int) -> Case:
    """The gradient case of a value case: the same inputs and a cotangent of the output's shape."""
    spec = InputSpec(shape, dtype, case.regime, seed)
    return Case(case.operator, {**case.inputs, COTANGENT: spec}, case.parameters, GRADIENT)
