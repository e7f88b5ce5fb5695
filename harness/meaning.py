"""What is right for a case: the rule, and per convention the expected outputs, with what may be assumed of a target's accuracy.

Read by the workers: Python 3.9 syntax; standard library and NumPy only.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any, Callable, Mapping, Optional, Sequence, Tuple, Union

import numpy as np


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
class Property:
    """What the outputs of a call must fulfil where they are not unique: ``words`` say it, as in ``Q R = A``.

    ``error(outputs, **facts)`` gives the error as a multiple of what is admissible, an array of any shape, at most 1 where the
    property holds. It is an ordinary function of NumPy arrays that uses nothing but its arguments and NumPy, because a
    reproducer prints its source and ``facts`` (arrays, numbers, strings).
    """

    words: str
    error: Callable[..., np.ndarray]
    facts: Mapping[str, Any] = field(default_factory=dict)

    def of(self, outputs: Sequence[np.ndarray]) -> np.ndarray:
        """The error of a call's outputs."""
        return self.error(outputs, **self.facts)


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

    A result that is defined by a property only (an index among ties, a factor up to sign) has a ``property``; its ``values`` are
    then one of the right results, and are not compared.
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
    property: Optional[Property] = None


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
