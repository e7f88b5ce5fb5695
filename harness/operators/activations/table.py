"""How an activation function becomes an operator: its formula, for each choice at its kinks, and its calls.

Explicit arguments stand in the form ``aligned``, a framework's own defaults in the form ``nominal``. The derivative at a kink is a
convention: that of the piece on its left, on its right, or the mean of both.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Dict, Mapping, Optional, Sequence, Tuple

import numpy as np

from harness.case import VALUE, Case
from harness.operators import functions as f
from harness.operators.facts import Facts
from harness.operators.formula import COMPOSED, DTYPES, Formula, Formulas, formula_operator
from harness.operators.functions import Number
from harness.operators.tracked import Tracked
from harness.plain import Expressions

Sides = Tuple[str, ...]


def between(
    x: Tracked, breaks: Sequence[float], parts: Sequence[Number], at: Sides, shift: Optional[float] = None
) -> Tracked:
    """A continuous function made of ``parts`` between ``breaks``; ``at`` says whose derivative counts at each break. NaN stays NaN.

    With a ``shift`` it is clipped after adding that, as in relu6(x + 3): where the sum's rounding may reach a break, either part is right.
    """
    node: Number = parts[0]
    for point, part, side in zip(breaks, parts[1:], at):
        after = f.where(x.value > point, x.like(part), x.like(node))
        other = f.where(x.value >= point, x.like(part), x.like(node))
        if shift is not None:
            after = other = f.choose(x + shift - (point + shift), x.like(part), x.like(node))
        node = {"left": after, "right": other}.get(side) or 0.5 * after + 0.5 * other
    return f.where(np.isnan(x.value), x, node)


LEFT, MIDDLE, RIGHT = "left", "middle", "right"
ONE_KINK: Dict[str, Sides] = {side: (side,) for side in (LEFT, RIGHT, MIDDLE)}
CLIPPED: Dict[str, Sides] = {"flat": (LEFT, RIGHT), "steep": (RIGHT, LEFT), "middle": (MIDDLE, MIDDLE)}
"""Of a function that rises between two constants: the derivative at both breaks is that of the constant, of the rise, or in between."""
OUTSIDE: Dict[str, Sides] = {"flat": (RIGHT, LEFT), "steep": (LEFT, RIGHT), "middle": (MIDDLE, MIDDLE)}
"""Of a function that is constant between two breaks."""

Factory = Callable[[Sides], Formula]


def activation(
    key: str,
    made: Factory,
    calls: Expressions,
    kinks: Mapping[str, Sides] = {},
    *,
    points: Tuple[float, ...] = (0.0,),
    limits: Mapping[float, float] = {},
    conventions: Mapping[str, Formula] = {},
    parameters: Tuple[Tuple[str, Tuple[Any, ...]], ...] = (),
    facts: Facts = COMPOSED,
    kinks_of: Mapping[str, Formula] = {},
) -> None:
    """Register an activation of x. ``made`` gives its formula for one choice at its kinks."""
    first = next(iter(kinks.values()), ())
    sided = kinks_of or {name: made(sides) for name, sides in kinks.items()}
    meaning = Formulas(conventions or {"": made(first)}, kinks=sided, limits=limits)

    def structures() -> Any:
        from strategies import elementwise

        return elementwise.structures(("x",), ("float32",) * 2 + DTYPES, parameters)

    formula_operator(
        key,
        "x",
        meaning,
        calls,
        family="activation",
        structures=structures,
        points=points,
        facts=facts,
        pointwise=True,
    )


COMPOSED_TOO: Facts = (
    *COMPOSED,
    ("torch:*", replace(COMPOSED[-1][1], source="composed: torch/nn/functional.py")),
)
"""Facts of functions that torch composes as well."""


def documented(convention: str) -> Callable[[Case], str]:
    """The convention of the value; that of the derivative at a kink is documented nowhere."""
    return lambda case: convention if case.quantity == VALUE else ""
