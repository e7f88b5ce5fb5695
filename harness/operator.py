"""What an operator is: a meaning in terms of no framework, plus an open table of calls.

Read by the workers: Python 3.9 syntax; standard library and NumPy only. Strategies are reached lazily.
"""

from __future__ import annotations

import difflib
import enum
import functools
import importlib
import inspect
import pkgutil
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, FrozenSet, Iterable, List, Mapping, Optional, Sequence, Tuple, Union

import numpy as np

from harness.case import COTANGENT, GRADIENT, Case, InputSpec, KnownDifference, Target


class Rule(str, enum.Enum):
    """What a right implementation does with a case. Only the first two can give findings."""

    COMPUTE = "must compute"
    REFUSE = "must refuse"
    EITHER = "may do either"


@dataclass(frozen=True)
class Accuracy:
    """Numerical facts of one call on one target, as data: what the error bound may assume.

    ``accumulate`` maps a dtype to the dtype its sums are accumulated in (default: float32 for 16-bit floats, the dtype
    itself otherwise). ``roundings`` maps a dtype to the number of intermediate results that the call rounds to it
    beside the last one, or to the operator's name for a number that depends on the case, such as ``columns``. ``flush``
    says that subnormal operands and results may become zero, of every dtype or of those it names. ``normwise`` says
    that the algorithm (Winograd, FFT) only promises an error relative to the largest element. ``outputs`` holds the
    facts of outputs that differ, by name. ``ulps`` maps a dtype to the error of a function in units in the last place, where it
    is not the operator's own. ``source`` says where the facts come from.
    """

    accumulate: Mapping[str, str] = field(default_factory=dict)
    roundings: Mapping[str, Union[int, str]] = field(default_factory=dict)
    flush: Union[bool, Tuple[str, ...]] = False
    normwise: bool = False
    ulps: Mapping[str, float] = field(default_factory=dict)
    outputs: Mapping[str, Accuracy] = field(default_factory=dict)
    source: str = ""

    def of(self, output: str) -> Accuracy:
        """The facts of one output."""
        return self.outputs.get(output, self)

    def flushes(self, dtype: str) -> bool:
        """Whether subnormal numbers of ``dtype`` may become zero."""
        return self.flush if isinstance(self.flush, bool) else dtype in self.flush

    def accumulator(self, dtype: str) -> str:
        """Dtype in which sums over ``dtype`` are accumulated."""
        default = "float32" if dtype in ("float16", "bfloat16") else dtype
        return self.accumulate.get(dtype, default)


@dataclass(frozen=True)
class Expected:
    """One output as the definition gives it.

    ``values`` holds one array per legitimate reading (float64 or longdouble, of ``shape``); an element is right when
    any reading's is. ``flushed`` holds the readings in which subnormal operands are zero, for targets that state to
    flush. ``free`` marks elements about which the definition says nothing (overflow of the sum of magnitudes).
    ``exact`` says that every order of summation gives ``values[0]`` exactly. ``bound(dtype, accuracy)`` is the largest
    admissible absolute error per element (``axes`` names the roles of the dimensions for diagnosis), or None when no
    useful bound exists (only the exact regime decides then). ``signed`` says that the sign of a zero is defined.
    ``other_dtypes`` are those that the definition leaves to the framework beside ``dtype`` (of indices, for example).

    A result that is defined by a property only (an index among ties, a factor up to sign) has a ``check`` in place of ``values``: from all
    outputs of the call it gives the error as a multiple of what is admissible, an array of any shape, at most 1 where the
    property holds; ``rule`` is the property in words.
    """

    shape: Tuple[int, ...]
    dtype: str
    values: Tuple[np.ndarray, ...] = ()
    bound: Optional[Callable[[str, Accuracy], Optional[np.ndarray]]] = None
    exact: bool = False
    free: Optional[np.ndarray] = None
    flushed: Tuple[np.ndarray, ...] = ()
    name: str = "y"
    axes: Tuple[str, ...] = ()
    signed: bool = False
    other_dtypes: Tuple[str, ...] = ()
    check: Optional[Callable[[Sequence[np.ndarray]], np.ndarray]] = None
    rule: str = ""


@dataclass(frozen=True)
class Meaning:
    """What is right for a case: the rule, its reason, and per convention the expected outputs.

    An operator without conventions has the single variant ``""``. ``notes`` maps a convention to JSON-able facts for
    the report (for a transposed convolution: the window, the candidate sizes).
    """

    rule: Rule
    reason: str = ""
    variants: Mapping[str, Tuple[Expected, ...]] = field(default_factory=dict)
    notes: Mapping[str, Any] = field(default_factory=dict)


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
    """

    framework: str
    function: Callable[..., Any]
    spelling: str = "function"
    composed: bool = False
    when: Callable[[Case], bool] = always
    modes: Optional[Tuple[str, ...]] = None
    convention: Callable[[Case], str] = lambda case: ""
    accuracy: Accuracy = Accuracy()
    source: str = ""

    def expresses(self, case: Case) -> bool:
        """Whether the row can say the case."""
        return holds(self.when, case)

    def arguments(self, case: Case) -> Dict[str, Any]:
        """The parameters that the function names, as keyword arguments."""
        names = _parameter_names(self.function)
        return {name: value for name, value in case.parameters.items() if name in names}


@functools.lru_cache(maxsize=None)
def _parameter_names(function: Callable[..., Any]) -> FrozenSet[str]:
    """Names of a function's parameters."""
    return frozenset(inspect.signature(function).parameters)


class Operator:
    """An operator: name, form, meaning, drawing, calls, known differences.

    ``name`` has no rank in it; ``form`` tells two ways of asking apart (``aligned``, ``nominal``); ``key`` joins them. ``inputs`` are
    the names of the array arguments in call order; absent ones are passed as None. ``differentiable`` are those whose
    vector-Jacobian products a gradient case returns, in that order. ``classes`` gives a structure's parameter classes; ``words`` what a
    framework may be unable to say of a case, in a few words without sizes.
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
    ) -> None:
        self.name = name
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
        fit = [
            call
            for call in self.calls
            if call.framework == framework and (call.modes is None or mode in call.modes) and call.expresses(case)
        ]
        wanted = case.parameters.get("spelling")
        return next((call for call in fit if call.spelling == wanted), fit[0] if fit else None)

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
    raise LookupError(unknown("operator", key, operators))


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Message for a name that is not in a set, with the closest match."""
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else f"; known: {', '.join(known)}"
    return f"unknown {what} {name!r}{hint}"


def with_cotangent(case: Case, shape: Tuple[int, ...], dtype: str, seed: int) -> Case:
    """The gradient case of a value case: the same inputs and a cotangent of the output's shape."""
    spec = InputSpec(shape, dtype, case.regime, seed)
    return Case(case.operator, {**case.inputs, COTANGENT: spec}, case.parameters, GRADIENT)
