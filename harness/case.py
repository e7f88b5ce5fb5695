"""The values that flow through opdiff: what is run, where, what came back, and what is wrong with it.

Everything here is immutable, framework-neutral and JSON-able (arrays excepted). The module is read by the
workers too, so it keeps to Python 3.9 syntax, the standard library and NumPy.
"""

from __future__ import annotations

import enum
import fnmatch
import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import Any, Callable, Dict, Mapping, Optional, Tuple, Union

import numpy as np

VALUE = "value"
GRADIENT = "gradient"
COTANGENT = "cotangent"
"""Name of the input that a gradient case carries beside the operator's own: the vector of the vector-Jacobian product."""

REGIMES = ("exact", "rounding", "special")
MODES = ("eager", "graph", "compiled", "abstract")


def freeze(value: Any) -> Any:
    """Lists become tuples, at any depth, so that a case read from JSON equals the case that was written."""
    if isinstance(value, (list, tuple)):
        return tuple(freeze(item) for item in value)
    if isinstance(value, dict):
        return {str(key): freeze(item) for key, item in value.items()}
    return value


@dataclass(frozen=True)
class InputSpec:
    """An input array as a recipe; ``harness.values.generate`` turns it into the same bits everywhere.

    ``regime`` is one of ``harness.values.REGIMES``. ``limit`` is the largest magnitude of the integers of the exact regime, ``nonzeros``
    how many of them may differ from zero (None: all). ``points`` are what the values of the regime ``near`` lie around, and what
    ``full`` repeats; ``low`` and ``high`` the first and last integer of the regime ``uniform``.
    """

    shape: Tuple[int, ...]
    dtype: str
    regime: str = "rounding"
    seed: int = 0
    layout: str = "contiguous"
    limit: int = 1
    nonzeros: Optional[int] = None
    points: Tuple[float, ...] = ()
    low: int = 0
    high: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", tuple(self.shape))
        object.__setattr__(self, "points", tuple(self.points))

    def to_json(self) -> Dict[str, Any]:
        """Plain JSON-able form, without the fields that most recipes leave empty."""
        # Not dataclasses.asdict, whose recursive copies would cost more than the rest of sending a case.
        fields = dict(vars(self))
        empty: Tuple[str, ...] = () if self.points else ("points",)
        if self.low == self.high == 0:
            empty += ("low", "high")
        for name in empty:
            fields.pop(name, None)  # a record from before there was such a field has none
        return fields

    @property
    def size(self) -> int:
        """Number of elements."""
        total = 1
        for length in self.shape:
            total *= length
        return total


@dataclass(frozen=True)
class Case:
    """One framework-neutral call: the operator, its inputs as recipes, its parameters, and the quantity asked for."""

    operator: str
    inputs: Dict[str, InputSpec]
    parameters: Dict[str, Any]
    quantity: str = VALUE

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", freeze(self.parameters))

    @property
    def regime(self) -> str:
        """Regime of the first input, the one that all inputs of a drawn case share."""
        return next(iter(self.inputs.values())).regime

    @property
    def dtype(self) -> str:
        """Dtype of the first input."""
        return next(iter(self.inputs.values())).dtype

    def to_json(self) -> Dict[str, Any]:
        """Plain JSON-able form; ``from_json`` reverses it."""
        inputs = {name: spec.to_json() for name, spec in self.inputs.items()}
        return {"operator": self.operator, "inputs": inputs, "parameters": self.parameters, "quantity": self.quantity}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Case:
        """The case that ``to_json`` wrote. Raises KeyError or TypeError on missing or unknown fields."""
        inputs = {name: InputSpec(**spec) for name, spec in document["inputs"].items()}
        return cls(document["operator"], inputs, dict(document["parameters"]), document.get("quantity", VALUE))

    @property
    def key(self) -> str:
        """Canonical text: equal for equal cases, and short enough to hash or store."""
        return json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))

    @property
    def digest(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 of ``key``."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:16]

    def with_parameters(self, **changes: Any) -> Case:
        """A copy in which the named parameters have other values."""
        return replace(self, parameters={**self.parameters, **changes})


@dataclass(frozen=True, order=True)
class Target:
    """Where and how a case runs; the text form is ``framework:device:mode``."""

    framework: str
    device: str = "cpu"
    mode: str = "eager"

    def __str__(self) -> str:
        return f"{self.framework}:{self.device}:{self.mode}"

    @classmethod
    def parse(cls, text: str) -> Target:
        """``torch``, ``torch:cuda`` or ``torch:cuda:compiled``. Raises ValueError on anything else."""
        parts = text.split(":")
        if not 1 <= len(parts) <= 3 or not all(parts):
            raise ValueError(f"target {text!r}: expected framework[:device[:mode]]")
        target = cls(*parts)
        if target.mode not in MODES:
            raise ValueError(f"target {text!r}: mode {target.mode!r} is none of {', '.join(MODES)}")
        return target

    @property
    def worker(self) -> str:
        """Key of the process that serves this target: ``framework:device``."""
        return f"{self.framework}:{self.device}"

    def matches(self, pattern: str) -> bool:
        """Whether a shell-style pattern such as ``keras-*:*:abstract`` names this target."""
        return fnmatch.fnmatchcase(str(self), pattern)


# Outcomes: a closed union. What a worker says about one (case, target); never an exception.


@dataclass(frozen=True)
class Returned:
    """The call returned ``arrays`` in ``seconds`` of framework time.

    ``checksum`` is that of the generated inputs (empty: not known); ``changed`` says that they were others after the call.
    ``again`` holds the arrays of a second call after freed memory was filled with a pattern, where they are not the same bits.
    """

    arrays: Tuple[np.ndarray, ...]
    seconds: float = 0.0
    checksum: str = ""
    again: Tuple[np.ndarray, ...] = ()
    changed: bool = False


@dataclass(frozen=True)
class Described:
    """The framework's own shape inference: one shape (None: unknown length or unknown rank) and dtype per output."""

    shapes: Tuple[Optional[Tuple[Optional[int], ...]], ...]
    dtypes: Tuple[str, ...]
    seconds: float = 0.0


@dataclass(frozen=True)
class Raised:
    """The call raised ``type`` (qualified name) with ``message``; ``where`` is the innermost traceback line."""

    type: str
    message: str
    seconds: float = 0.0
    where: str = ""


@dataclass(frozen=True)
class Died:
    """The worker process ended during the case: a signal name or ``exit CODE`` and the tail of its stderr."""

    how: str
    last_words: str = ""


@dataclass(frozen=True)
class TimedOut:
    """No answer within ``limit`` seconds; the worker was killed."""

    limit: float


@dataclass(frozen=True)
class OutOfMemory:
    """The call asked for more memory than the worker may have."""

    message: str = ""


@dataclass(frozen=True)
class Unsupported:
    """The call table has no way to say this case in this framework, or the target cannot start; nothing was run."""

    reason: str


Outcome = Union[Returned, Described, Raised, Died, TimedOut, OutOfMemory, Unsupported]


class Kind(str, enum.Enum):
    """What is wrong with an outcome. The order is that of severity in reports."""

    DIED = "died"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    VALUE = "value"
    NOT_FINITE = "not_finite"
    SHAPE = "shape"
    DTYPE = "dtype"
    UNSTABLE = "unstable"
    ACCEPTED = "accepted"
    RAISED = "raised"
    BAD_REFUSAL = "bad_refusal"
    DESCRIBED_INVALID = "described_invalid"
    AMBIGUITY = "ambiguity"


@dataclass(frozen=True)
class Disagreement:
    """One target, one thing that is wrong with its outcome.

    ``cause`` is what identifies the defect across cases (it enters the fingerprint); ``detail`` is what a reader
    needs (JSON-able); ``sentence`` is the verdict.
    """

    target: Target
    kind: Kind
    cause: str
    sentence: str
    detail: Dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class KnownDifference:
    """A documented difference or limitation, as a row of data beside the operator.

    ``targets`` is a pattern such as ``tensorflow:cpu:*``; ``when`` sees the case; ``cause`` is a regular expression searched in the
    disagreement's cause, behind which a wrong dtype stands as ``float32 for float64``. ``status`` is ``unsupported`` (the framework
    documents that it does not do this), ``documented`` (it documents the other behaviour) or ``reported`` (a defect known upstream).
    A row explains a disagreement; it never skips a run.
    """

    targets: str
    kind: Kind
    cause: str
    reason: str
    source: str
    status: str = "unsupported"
    when: Callable[[Case], bool] = lambda case: True
    name: str = ""
