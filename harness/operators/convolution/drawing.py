"""Structures from the strategies as cases. Hypothesis is reached only when a structure is drawn: workers have none."""

from __future__ import annotations

from typing import Any, Mapping

from harness.case import Case, InputSpec
from harness.operator import Operator, get


def structures(kind: str, key: str) -> Any:
    """The strategy ``strategies.convolution.<kind>`` with the operator's spellings, mapped to cases."""
    from strategies import convolution

    operator: Operator = get(key)
    strategy = getattr(convolution, kind)(operator.spellings)
    return strategy.map(lambda structure: to_case(key, structure))


def to_case(key: str, structure: Mapping[str, Any]) -> Case:
    """``{"inputs": {name: (shape, dtype, layout)}, "parameters": {...}}`` as a case without values."""
    inputs = {
        name: InputSpec(shape, dtype, layout=layout) for name, (shape, dtype, layout) in structure["inputs"].items()
    }
    return Case(key, inputs, structure["parameters"])


def classes(case: Case) -> Mapping[str, str]:
    """Parameter classes of a structure, for coverage."""
    from strategies import convolution

    inputs = {name: (spec.shape, spec.dtype, spec.layout) for name, spec in case.inputs.items()}
    result: Mapping[str, str] = convolution.classes({"inputs": inputs, "parameters": dict(case.parameters)})
    return result


def words(case: Case) -> str:
    """What of a convolution some framework has no words for."""
    p = case.parameters
    padding = p.get("padding")
    said = [
        f"{len(p['stride'])} dimensions",
        f"padding {padding!r}" if isinstance(padding, str) else "padding in numbers" if padding is not None else "",
        "groups" if p["groups"] > 1 else "",
        "" if p.get("batched", True) else "no batch axis",
        "output_padding" if p.get("output_padding") is not None else "",
        "output_size" if p.get("output_size") is not None else "",
    ]
    return ", ".join(word for word in said if word)
