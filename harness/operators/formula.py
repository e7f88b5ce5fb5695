"""Operators whose meaning is a formula of tracked numbers: value, bound and gradient come from one expression.

Read by the workers: Python 3.9 syntax; standard library and NumPy only.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple, Union

import numpy as np

from harness.case import COTANGENT, GRADIENT, VALUE, Case
from harness.formats import FLOATS, reference_dtype
from harness.meaning import Accuracy, Expected, Meaning, Rule
from harness.operator import Operator, register
from harness.operators.facts import FLUSHING, Facts, flushing, state
from harness.operators.tracked import OPERATIONS, Arithmetic, Tracked, arithmetic, gradients, rounded
from harness.plain import Expressions, add_calls, case_of, classes, value_sets

Formula = Callable[..., Union[Tracked, Tuple[Tracked, ...]]]
"""A function of the inputs in order (floats as ``Tracked``, others as arrays, absent ones None) and of the parameters it names."""

Verdict = Optional[Tuple[Rule, str]]
"""None where the case must compute."""

DTYPES = tuple(FLOATS)

_STEPS: Mapping[str, Any] = {
    "roundings": {"float16": OPERATIONS, "bfloat16": OPERATIONS},
    "source": "composed of the framework's own operations, each of which returns the dtype of its operands "
    "(jax/_src/nn/functions.py, silu and mish; keras/src/backend/tensorflow/nn.py, celu; "
    "tensorflow/python/ops/nn_impl.py, batch_normalization)",
}

FIXED = ("full", "zeros", "ones")
"""Regimes that an input keeps in every value set of its structure."""

_SAVED: Mapping[str, Any] = {
    "roundings": _STEPS["roundings"],
    "source": "measured on torch 2.13.0: derivatives are made of saved inputs and results of the dtype (grad_fn._saved_result of softmax, "
    "_saved_buffer of logsigmoid)",
}

_TRANSPOSED: Mapping[str, Any] = {
    **_SAVED,
    "accumulate": {"float16": "float16", "bfloat16": "bfloat16"},
    "source": "derivatives are composed of operations that return the dtype; the transpose of a broadcast is a sum in the dtype "
    "(jax/_src/lax/lax.py, _broadcast_in_dim_transpose_rule)",
}

_SUMMED: Mapping[str, Any] = {
    **_TRANSPOSED,
    "source": "measured on torch 2.13.0: the float16 gradient of layer_norm's bias, a sum over 5 rows, is off by more than one rounding",
}

COMPOSED: Facts = (
    *((pattern, flushing(**_STEPS)) for pattern in FLUSHING),
    ("keras-torch:*", Accuracy(**_STEPS)),
)
"""Facts of functions that are composed of others in all frameworks but torch: every operation of the formula rounds to a 16-bit dtype."""


@dataclass(frozen=True)
class Formulas:
    """What an operator means: per convention a formula, and what is refused.

    ``check`` sees the case and gives the rule and its reason where it is not to compute. ``outputs`` names the
    results. ``loose`` says that nothing is promised where the formula gives no finite number. ``kinks`` are the conventions of the
    gradient, where they are other ones than those of the value. ``limits`` maps values of the first input at which the formula gives NaN
    to the function's limit, which is right too. ``inspect`` is a ``check`` that sees the values.
    """

    formulas: Mapping[str, Formula]
    check: Callable[[Case], Verdict] = lambda case: None
    outputs: Tuple[str, ...] = ("y",)
    loose: bool = False
    kinks: Mapping[str, Formula] = field(default_factory=dict)
    limits: Mapping[float, float] = field(default_factory=dict)
    inspect: Callable[[Case, Mapping[str, np.ndarray]], Verdict] = lambda case, arrays: None


def meaning_of(
    operator: Formulas, inputs: Sequence[str], differentiable: Sequence[str]
) -> Callable[[Case, Mapping[str, np.ndarray]], Meaning]:
    """The meaning of an operator by formulas."""

    def meaning(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
        verdict = operator.check(case) or _dtypes(case) or operator.inspect(case, arrays)
        if verdict:
            return Meaning(*verdict)
        formulas = operator.formulas
        wanted: Tuple[str, ...] = ()
        if case.quantity == GRADIENT:
            formulas = operator.kinks or formulas
            wanted = tuple(name for name in differentiable if name in case.inputs)
        with np.errstate(all="ignore"):
            variants = {
                name: tuple(_outputs(operator, formula, case, arrays, tuple(inputs), wanted))
                for name, formula in formulas.items()
            }
        return Meaning(Rule.COMPUTE, "", variants)

    return meaning


def _dtypes(case: Case) -> Verdict:
    """Floating-point inputs of different dtypes are promoted or refused as each framework likes."""
    found = {spec.dtype for name, spec in case.inputs.items() if spec.dtype in DTYPES and name != COTANGENT}
    if case.dtype not in DTYPES:
        return Rule.EITHER, f"dtype {case.dtype}: not one that the operator is defined for"
    return (Rule.EITHER, "floating-point inputs of different dtypes") if len(found) > 1 else None


def parameters_of(formula: Formula, case: Case) -> Dict[str, Any]:
    """The parameters that the formula names."""
    names = formula.__code__.co_varnames[: formula.__code__.co_argcount + formula.__code__.co_kwonlyargcount]
    return {name: value for name, value in case.parameters.items() if name in names}


def _outputs(
    operator: Formulas,
    formula: Formula,
    case: Case,
    arrays: Mapping[str, np.ndarray],
    inputs: Tuple[str, ...],
    wanted: Tuple[str, ...],
) -> List[Expected]:
    """The expected outputs of one convention: of the formula, or its vector-Jacobian products for ``wanted``."""
    parameters = parameters_of(formula, case)

    def evaluate(dtype: str, accuracy: Accuracy, given: Mapping[str, np.ndarray]) -> List[Tracked]:
        how = arithmetic(dtype, accuracy)
        numbers = [_number(how, given.get(name), dtype) for name in inputs]
        results = formula(*numbers, **parameters)
        results = results if isinstance(results, tuple) else (results,)
        if not wanted:
            return list(results)
        sources = [number for name, number in zip(inputs, numbers) if name in wanted and isinstance(number, Tracked)]
        cotangent = _number(how, given[COTANGENT], dtype)
        assert isinstance(cotangent, Tracked)
        return gradients(results[0], cotangent, sources)

    tiny = FLOATS[case.dtype].smallest_normal
    small = any(
        ((array != 0) & (np.abs(array) < tiny)).any() for array in arrays.values() if array.dtype.kind not in "biu"
    )
    known: Dict[Tuple[Arithmetic, bool], List[Tracked]] = {}

    def under(dtype: str, accuracy: Accuracy, flush: bool = False) -> List[Tracked]:
        key = arithmetic(dtype, accuracy), flush
        if key not in known:
            with np.errstate(all="ignore"):
                known[key] = evaluate(dtype, accuracy, _flushed(arrays, tiny) if flush else arrays)
        return known[key]

    def errors(dtype: str, accuracy: Accuracy, position: int) -> np.ndarray:
        own = under(dtype, accuracy)[position].error
        return (
            np.maximum(own, under(dtype, accuracy, True)[position].error) if small and accuracy.flushes(dtype) else own
        )

    flushed = under(case.dtype, Accuracy(), True) if small else []
    first = under(case.dtype, Accuracy())
    stepwise = under(case.dtype, Accuracy(roundings={case.dtype: OPERATIONS}, normwise=True))
    names = wanted or operator.outputs
    more = [[each.value] for each in flushed] or [[] for _ in names]
    readings = [[first[0].value]] if operator.limits and not wanted else [[] for _ in names]
    for point, limit in operator.limits.items() if not wanted else ():
        readings[0] = [np.where(np.isnan(array) & (arrays["x"] == point), limit, array) for array in readings[0]]
    return [
        _expected(
            operator, case, errors, i, name, (first[i].value, *readings[i]), more[i], ~np.isfinite(stepwise[i].error)
        )
        for i, name in enumerate(names)
    ]


def _expected(
    operator: Formulas,
    case: Case,
    errors: Callable[[str, Accuracy, int], np.ndarray],
    position: int,
    name: str,
    values: Tuple[np.ndarray, ...],
    flushed: Sequence[np.ndarray],
    free: np.ndarray,
) -> Expected:
    """One output with its bound; free is what a computation in the dtype of the case may overflow on, or cannot know."""
    form, value = FLOATS[case.dtype], values[0]
    if case.quantity == GRADIENT or operator.loose:
        free = free | ~np.isfinite(value)

    def bound(dtype: str, accuracy: Accuracy) -> np.ndarray:
        error = errors(dtype, accuracy, position)
        if accuracy.accumulator(dtype) != dtype:
            error = error + form.roundoff * (np.abs(value) + error) + form.smallest_subnormal
        if accuracy.flushes(dtype):
            error = error + form.smallest_normal
        finite = np.isfinite(value)
        return np.where(finite, np.where(np.abs(value) + error > form.largest, np.inf, error), 0)

    return Expected(
        value.shape, case.dtype, values, bound, free=free if free.any() else None, flushed=tuple(flushed), name=name
    )


def _number(how: Arithmetic, array: Optional[np.ndarray], dtype: str) -> Union[Tracked, np.ndarray, None]:
    """A floating-point input as a tracked number, exact unless the arithmetic is of a narrower dtype; others as they are."""
    if array is None or array.dtype.kind in "biu":
        return array
    value: np.ndarray = array.astype(reference_dtype(dtype))
    exact = Tracked(how, value)
    return exact if how.largest >= FLOATS[dtype].largest else rounded(how, value, 0.0, [])


def _flushed(arrays: Mapping[str, np.ndarray], tiny: float) -> Dict[str, np.ndarray]:
    """The arrays with zeros of the same sign in the places of subnormal numbers."""
    return {
        name: array if array.dtype.kind in "biu" else np.where(np.abs(array) < tiny, array * 0, array)
        for name, array in arrays.items()
    }


def result_of(operator: Formulas, inputs: Sequence[str]) -> Callable[[Case], Tuple[Tuple[int, ...], str]]:
    """Shape and dtype of the first output of a structure, for the cotangent: the formula's own, on ones; (0,) where there is none."""

    def result(case: Case) -> Tuple[Tuple[int, ...], str]:
        from harness.formats import kind_of, numpy_dtype

        kinds = {"float": np.ones, "integer": np.zeros, "bool": np.ones}
        arrays = {
            name: kinds[kind_of(spec.dtype)](spec.shape, numpy_dtype(spec.dtype)) for name, spec in case.inputs.items()
        }
        meaning = meaning_of(operator, inputs, ())(Case(case.operator, case.inputs, case.parameters, VALUE), arrays)
        outputs = next(iter(meaning.variants.values()), ())
        return (outputs[0].shape, outputs[0].dtype) if outputs else ((0,), case.dtype)

    return result


def formula_operator(
    key: str,
    inputs: str,
    operator: Formulas,
    calls: Expressions,
    *,
    family: str,
    structures: Callable[[], Any],
    differentiable: str = "x",
    points: Tuple[float, ...] = (),
    regimes: Tuple[str, ...] = (),
    gradient: Tuple[str, ...] = ("rounding", "near"),
    facts: Facts = (),
    summary: str = "",
    sums: bool = False,
    pointwise: bool = False,
) -> Operator:
    """Register the operator ``key`` (``name`` or ``name:form``) of the inputs named in ``inputs``, separated by spaces.

    ``sums`` says that torch too adds up derivatives in the dtype of the case; ``pointwise`` is the operator's.
    """
    names, smooth = tuple(inputs.split()), tuple(differentiable.split())
    name, _, form = key.partition(":")
    result = result_of(operator, names)

    def cases(structure: Case, seed: int) -> List[Case]:
        kept = {n: spec for n, spec in structure.inputs.items() if spec.regime in FIXED}
        sets, slopes = (regimes, gradient) if names[0] not in kept else (("rounding",), ("rounding",))
        made = value_sets(
            structure, seed, regimes=sets, points=points, gradient=slopes if smooth else (), result=result
        )
        return [replace(case, inputs={**case.inputs, **kept}) for case in made]

    made = Operator(
        name,
        form=form,
        inputs=names,
        differentiable=smooth,
        meaning=meaning_of(operator, names, smooth),
        structures=lambda: structures().map(lambda structure: case_of(key, structure)),
        cases=cases,
        classes=classes,
        words=lambda case: case.dtype,
        summary=summary or name.replace("_", " "),
        family=family,
        pointwise=pointwise,
    )
    for pattern, accuracy in (*facts, ("torch:*", Accuracy())):
        narrow = (_SUMMED if sums else _SAVED) if pattern.startswith("torch") else _TRANSPOSED
        made.computes(pattern, replace(accuracy, **narrow), when=lambda case: case.quantity == GRADIENT)
    return state(add_calls(register(made), calls), facts)
