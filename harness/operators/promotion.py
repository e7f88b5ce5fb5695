"""Dtype promotion: the dtype of the sum and of the product of every pair of dtypes, and of an array with a Python scalar.

Each framework documents a lattice of its own. The lattices stand here as data; each is a convention of the operators, so that a
framework is held to what it documents, and ``matrix`` gives them as tables.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, FrozenSet, Mapping, Tuple, Union

import numpy as np

from harness.adapters.base import NARROWING
from harness.case import Case, Kind, KnownDifference
from harness.formats import kind_of
from harness.meaning import Accuracy, Expected, Meaning, Rule
from harness.operator import Operator, register
from harness.operators.elementwise.limits import LIMITS
from harness.plain import Expressions, add_calls, ask, case_of, classes, value_sets

Scalar = Union[bool, int, float]

DTYPES = (
    ("bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64")
    + ("bfloat16", "float16", "float32", "float64", "complex64", "complex128")
)  # fmt: skip

JAX: Mapping[str, Tuple[str, ...]] = {
    "bool": ("int*",),
    "uint8": ("uint16", "int16"),
    "uint16": ("uint32", "int32"),
    "uint32": ("uint64", "int64"),
    "uint64": ("float*",),
    "int*": ("uint8", "int8"),
    "int8": ("int16",),
    "int16": ("int32",),
    "int32": ("int64",),
    "int64": ("float*",),
    "float*": ("bfloat16", "float16", "complex*"),
    "bfloat16": ("float32",),
    "float16": ("float32",),
    "float32": ("float64", "complex64"),
    "float64": ("complex128",),
    "complex*": ("complex64",),
    "complex64": ("complex128",),
    "complex128": (),
}
"""What each type is promoted to next; a star marks the type of Python scalars. Two types give their least common one.

Source: docs.jax.dev, "Type promotion semantics". Keras documents the same (``keras.backend.result_type``: "attempts to match the result of
jnp.result_type"), with 32 bits in the place of 64 outside the TensorFlow backend.
"""

WEAK: Mapping[str, Tuple[str, ...]] = {
    "int*": ("int32", "int64"),
    "float*": ("float32", "float64"),
    "complex*": ("complex64", "complex128"),
}
"""What an array of a Python scalar's type is: the first by default, the second with JAX's 64-bit types."""

CATEGORIES: Mapping[str, int] = {"bool": 0, "integer": 1, "float": 2, "complex": 3}
"""torch's categories in order."""

UNSIGNED = frozenset({"uint16", "uint32", "uint64"})
"""Dtypes that torch promotes with floats alone."""

TORCH_SIGNED: Mapping[str, str] = {"int8": "int16", "int16": "int16", "int32": "int32", "int64": "int64"}
"""What uint8 and a signed integer give."""

TORCH_SCALARS: Mapping[str, str] = {"bool": "bool", "integer": "int64", "float": "float32"}
"""What a Python scalar of a higher category than the array gives: torch.get_default_dtype() for floats."""


def above(name: str) -> FrozenSet[str]:
    """The type and all those it can be promoted to on JAX's lattice."""
    return frozenset({name}).union(*(above(upper) for upper in JAX[name]))


def jax_type(one: str, other: str) -> str:
    """The least common type of two on JAX's lattice."""
    common = above(one) & above(other)
    return next(name for name in common if common <= above(name))


def torch_type(one: str, other: str, scalars: Tuple[bool, bool] = (False, False)) -> str:
    """torch's result type of two tensors' dtypes; ``scalars`` says which of them have no dimension. ``""`` where torch defines none.

    Source: docs.pytorch.org, "Tensor Attributes", torch.dtype: the higher category of complex, float, integral and bool counts, in it the
    smallest type that holds both; a tensor without dimensions counts only where its category is higher.
    """
    kinds = CATEGORIES[kind_of(one)], CATEGORIES[kind_of(other)]
    if scalars[0] != scalars[1]:
        dimensioned, single = (other, one) if scalars[0] else (one, other)
        if CATEGORIES[kind_of(single)] <= CATEGORIES[kind_of(dimensioned)]:
            return dimensioned
        # A complex result is as wide as the floats it comes from.
        return torch_type(one, other) if kind_of(single) == "complex" else single
    if one != other and {one, other} & UNSIGNED and "float" not in (kind_of(one), kind_of(other)):
        return ""
    if kinds[0] != kinds[1]:
        high, low = (one, other) if kinds[0] > kinds[1] else (other, one)
        return "complex128" if high == "complex64" and low == "float64" else high
    if one == other or kinds[0] == CATEGORIES["bool"]:
        return one
    if kinds[0] == CATEGORIES["integer"]:
        return _torch_integers(one, other)
    if {one, other} == {"bfloat16", "float16"}:
        return "float32"
    return max((one, other), key=lambda name: np.dtype(name).itemsize if name != "bfloat16" else 2)


def _torch_integers(one: str, other: str) -> str:
    """The smallest integer type that holds both."""
    if "uint8" in (one, other):
        return TORCH_SIGNED[other if one == "uint8" else one]
    return max((one, other), key=lambda name: np.dtype(name).itemsize)


def torch_scalar_type(dtype: str, scalar: Scalar) -> str:
    """torch's result type of a tensor with a Python scalar."""
    kind = scalar_kind(scalar)
    return TORCH_SCALARS[kind] if CATEGORIES[kind] > CATEGORIES[kind_of(dtype)] else dtype


def scalar_kind(scalar: Scalar) -> str:
    """The kind of number that a Python scalar is."""
    return {bool: "bool", int: "integer", float: "float"}[type(scalar)]


def jax_scalar_type(dtype: str, scalar: Scalar) -> str:
    """JAX's result type of an array with a Python scalar, starred where it is a scalar's."""
    return jax_type(dtype, {"bool": "bool", "integer": "int*", "float": "float*"}[scalar_kind(scalar)])


def tensorflow_type(one: str, other: str) -> str:
    """TensorFlow promotes nothing (tf.experimental.numpy.experimental_enable_numpy_behavior not called): ``""`` for two dtypes."""
    return one if one == other else ""


PROMOTIONS: Mapping[str, Callable[[str, str], str]] = {
    "torch": torch_type,
    "jax": jax_type,
    "keras": jax_type,
    "tensorflow": tensorflow_type,
}
"""Result type of two arrays' dtypes by framework."""

SCALAR_PROMOTIONS: Mapping[str, Callable[[str, Scalar], str]] = {
    "torch": torch_scalar_type,
    "jax": jax_scalar_type,
    "keras": jax_scalar_type,
}
"""Result type of an array's dtype and a Python scalar by framework."""


def matrix(framework: str) -> Dict[Tuple[str, str], str]:
    """Result dtype of every pair of dtypes as ``framework`` documents it, by default settings; ``""`` where it promotes nothing."""
    promote = PROMOTIONS[framework]
    table = {(one, other): promote(one, other) for one in DTYPES for other in DTYPES}
    return {pair: _by_default(dtype) for pair, dtype in table.items()}


def scalar_matrix(framework: str) -> Dict[Tuple[str, str], str]:
    """Result dtype of an array of each dtype with a Python bool, int and float; empty for a framework that documents none."""
    promote = SCALAR_PROMOTIONS.get(framework)
    scalars: Tuple[Scalar, ...] = (True, 1, 1.0) if promote else ()
    return {
        (dtype, type(scalar).__name__): _by_default(promote(dtype, scalar))
        for dtype in DTYPES
        for scalar in scalars
        if promote
    }


def _by_default(dtype: str) -> str:
    """The dtype of an array of a Python scalar's type where nothing else is asked for; other dtypes as they are."""
    return WEAK[dtype][0] if dtype in WEAK else dtype


def meaning(case: Case, arrays: Mapping[str, np.ndarray]) -> Meaning:
    """The sum or product in the result type of each documented lattice. Values are small integers and so exact in every type."""
    x = arrays["x"]
    if "y" in arrays:
        dtypes = case.inputs["x"].dtype, case.inputs["y"].dtype
        scalars = case.inputs["x"].shape == (), case.inputs["y"].shape == ()
        types = {"torch": torch_type(*dtypes, scalars), "jax": jax_type(*dtypes)}
        other: Any = arrays["y"]
    else:
        scalar = case.parameters["scalar"]
        types = {"torch": torch_scalar_type(case.dtype, scalar), "jax": jax_scalar_type(case.dtype, scalar)}
        other = np.array(scalar)
    types["keras"] = types["jax"]
    variants = {name: (_expected(case, x, other, dtype, name),) for name, dtype in types.items() if dtype}
    return Meaning(Rule.COMPUTE, "", variants)


def _expected(case: Case, x: np.ndarray, y: np.ndarray, dtype: str, lattice: str) -> Expected:
    """The exact result in a dtype, or in those that a framework says to use in its place."""
    name, *others = WEAK.get(dtype, (dtype,))
    if lattice != "torch":
        others = [*others, *(NARROWING[d] for d in (name, *others) if d in NARROWING)]
    wide = np.complex128 if kind_of(name) == "complex" else np.longdouble
    one: Any = x.astype(wide)
    two: Any = y.astype(wide)
    value = one + two if case.parameters["operation"] == "add" else one * two
    if name == "bool":
        value = (value != 0).astype(np.longdouble)
    elif kind_of(name) == "integer":
        value = (
            value.astype(np.int64).astype(name).astype(np.longdouble)
        )  # a negative operand of an unsigned result wraps
    zero = np.zeros(value.shape)
    bound: Callable[[str, Accuracy], np.ndarray] = lambda dtype, accuracy: zero  # noqa: E731
    return Expected(value.shape, name, (value,), bound, other_dtypes=tuple(others))


def _adds(case: Case) -> bool:
    return bool(case.parameters["operation"] == "add")


def _multiplies(case: Case) -> bool:
    return not _adds(case)


def _rows(second: str) -> Expressions:
    """Calls of both operations with ``second`` as the other operand, each under its framework's lattice."""
    names = {
        "torch": ("torch.add", "torch.mul"),
        "tensorflow": ("tf.math.add", "tf.math.multiply"),
        "jax": ("jax.numpy.add", "jax.numpy.multiply"),
        "keras": ("keras.ops.add", "keras.ops.multiply"),
    }
    lattices = {"torch": "torch", "tensorflow": "", "jax": "jax", "keras": "keras"}
    return {
        table: [
            ask(f"{name}(x, {second})", when=when, convention=lambda case, lattice=lattices[table]: lattice)
            for name, when in zip(pair, (_adds, _multiplies))
        ]
        for table, pair in names.items()
    }


REFUSES_MIXED = KnownDifference(
    "tensorflow:*",
    Kind.RAISED,
    r"was expected to be a .* tensor but is a|has type .* that does not match type|Cannot convert .* to EagerTensor of dtype|"
    r"Expected .* passed to parameter|cannot compute|to Tensor of type|must be from the same",
    "TensorFlow promotes nothing unless told to: operands of two dtypes are refused",
    "tensorflow.org/guide/tf_numpy_type_promotion: tf.add of two dtypes raises InvalidArgumentError without "
    "experimental_enable_numpy_behavior",
    "documented",
    name="TensorFlow promotes nothing",
)


HALF_COMPLEX = KnownDifference(
    "*torch:*",
    Kind.RAISED,
    "ComplexHalf",
    "torch gives float16 and a complex number without dimensions complex32, which NumPy has not, so that nothing can be compared",
    "the exception's message",
    name="torch: complex32",
)


def _operator(form: str, inputs: Tuple[str, ...], second: str, summary: str) -> Operator:
    """Register one form of the operator."""

    def structures() -> Any:
        from strategies import promotion as drawn

        return getattr(drawn, form)(DTYPES).map(lambda structure: case_of(f"promote:{form}", structure))

    operator = Operator(
        "promote",
        form=form,
        inputs=inputs,
        meaning=meaning,
        structures=structures,
        cases=lambda structure, seed: value_sets(structure, seed, regimes=("exact",), gradient=()),
        classes=classes,
        words=lambda case: " and ".join(spec.dtype for spec in case.inputs.values()),
        summary=summary,
        family="promotion",
    )
    operator.differs(REFUSES_MIXED, HALF_COMPLEX, *LIMITS)
    return add_calls(register(operator), _rows(second))


_operator("arrays", ("x", "y"), "y", "the dtype of the sum and the product of two arrays")
_operator("scalar", ("x",), "scalar", "the dtype of the sum and the product of an array and a Python scalar")
