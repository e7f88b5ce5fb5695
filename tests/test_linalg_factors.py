"""LU, eigenvalues of any matrix, condition numbers, inverses by a factor: against SciPy and NumPy, and what a wrong one is."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg
from moved import cases_of, drawn, gradients, meaning, refusal, values

from harness import operator
from harness.case import GRADIENT, VALUE, Case, InputSpec
from harness.meaning import Accuracy, Rule
from harness.operators.linalg.matrices import eliminated

RNG = np.random.default_rng(3)
STEP = 1e-6


def stacked(function, x):
    """The outputs of a function of one matrix for a stack of them."""
    found = [function(matrix) for matrix in x.reshape(-1, *x.shape[-2:])]
    return [np.stack(parts).reshape(*x.shape[:-2], *parts[0].shape) for parts in zip(*found, strict=True)]


def triangle(case, x):
    one = np.eye(x.shape[-1], dtype=x.dtype) * x.dtype.type(case.parameters["shift"])
    return (np.triu(x) if case.parameters["upper"] else np.tril(x)) + one


def by_scipy(case, x):
    """The outputs of SciPy or NumPy in the case's own precision."""
    parameters = case.parameters
    if case.operator == "cholesky_inverse":
        factor = triangle(case, x)
        factor = np.swapaxes(factor, -1, -2) if parameters["upper"] else factor
        inner = np.linalg.inv(factor)
        return [np.swapaxes(inner, -1, -2) @ inner]
    if case.operator == "logdet":
        a = x + np.swapaxes(x, -1, -2) if parameters["symmetric"] else x
        return [
            np.asarray(np.linalg.slogdet(a + a.dtype.type(parameters["shift"]) * np.eye(a.shape[-1], dtype=a.dtype))[1])
        ]
    if case.operator == "cond":
        return [np.asarray(np.linalg.cond(x, parameters["order"]))]
    if case.operator in ("eig", "eigvals"):
        complex_ = np.complex64 if x.dtype == np.float32 else np.complex128
        found = np.linalg.eig(x) if case.operator == "eig" else [np.linalg.eigvals(x)]
        return [np.asarray(part).astype(complex_) for part in found]
    return stacked(scipy.linalg.lu if case.operator == "lu" else scipy.linalg.lu_factor, x)


def holds(outputs, expected):
    """Whether the outputs are within their bounds and have their properties."""
    for output, wanted in zip(outputs, expected, strict=True):
        assert output.shape == wanted.shape
        if wanted.property:
            error = np.atleast_1d(wanted.property.of(outputs)).max(initial=0.0)
        else:
            off = np.abs(output - wanted.values[0])
            error = np.where(off == 0, 0, off / wanted.bound(wanted.dtype, Accuracy())).max(initial=0.0)
        if not error <= 1:
            return False
    return True


@pytest.mark.parametrize("key", ["lu", "lu_factor", "eig", "eigvals", "logdet", "cond", "cholesky_inverse"])
def test_single_precision_is_right_and_one_percent_is_wrong(key):
    """LAPACK in the case's own precision is accepted; the same with its largest entry off by a fiftieth is not."""
    right = changed = wrong = 0
    for case, arrays, found in cases_of(key, 100):
        if found.rule is not Rule.COMPUTE or case.quantity != VALUE or not arrays["x"].size:
            continue
        outputs = by_scipy(case, arrays["x"])
        (expected,) = found.variants.values()
        with np.errstate(all="ignore"):
            assert holds(outputs, expected), case
            assert holds([output.values[0] for output in expected], expected), case
            right += 1
            place = 0 if key == "lu_factor" else -1
            last = outputs[place].copy()
            if last.any():
                changed += 1
                last.flat[np.argmax(np.abs(last))] *= 1.02
                outputs[place] = last
                wrong += not holds(outputs, expected)
    assert right >= 40
    # In float32 a condition number above some thousands is not known to a fiftieth.
    assert wrong >= (0.75 if key == "cond" else 0.9) * changed


def test_elimination_of_rectangles_is_scipys():
    """The factors in one array, and the rows in their order."""
    for shape in ((5, 3), (3, 5), (4, 4)):
        a = RNG.normal(size=shape)
        both, rows, _ = eliminated(a)
        p, lower, upper = scipy.linalg.lu(a)
        assert np.allclose(np.tril(both, -1)[:, : min(shape)] + np.eye(shape[0], min(shape)), lower, atol=1e-14)
        assert np.allclose(np.triu(both)[: min(shape)], upper, atol=1e-14)
        assert (p == np.eye(shape[0])[rows].T).all()


def test_pivots_are_lapacks():
    a = RNG.normal(size=(6, 4))
    assert values("lu_factor", {"x": a})[1].tolist() == scipy.linalg.lu_factor(a)[1].tolist()


def test_a_permutation_in_place_of_pivots_is_wrong():
    """Of the rows (0, 1, 2), exchanged to (1, 2, 0), the pivots are 1, 2, 2; the order itself is not right."""
    a = np.array([[0.0, 0, 1], [4, 0, 0], [0, 2, 0]])
    both, pivots = values("lu_factor", {"x": a})
    assert pivots.tolist() == [1, 2, 2]
    (_, wanted) = meaning("lu_factor", {"x": a}).variants[""]
    assert wanted.property.of([both, pivots]) <= 1
    for other in ([1, 2, 0], [2, 0, 1]):
        assert wanted.property.of([both, np.array(other)]) > 1


def test_every_part_of_a_factorisation_is_judged():
    a = RNG.normal(size=(3, 3))
    p, lower, upper = values("lu", {"x": a})
    expected = meaning("lu", {"x": a}).variants[""]
    assert holds([p, lower, upper], expected)
    swapped = np.eye(3)[[1, 0, 2]]
    assert not holds([p @ swapped, lower, upper], expected)
    assert not holds([p * 0.5, lower * 2, upper], expected)
    assert not holds([p, lower * 2, upper / 2], expected)
    assert not holds([p, np.eye(3), lower @ upper], expected)


def test_a_factorisation_without_pivoting_is_wrong():
    """Its product is right; an entry of L is 10."""
    a = np.array([[0.1, 1], [1, 1]])
    factors = [np.eye(2), np.array([[1.0, 0], [10, 1]]), np.array([[0.1, 1], [0, -9]])]
    assert np.allclose(factors[1] @ factors[2], a)
    assert not holds(factors, meaning("lu", {"x": a}).variants[""])


def test_eigenvalues_that_are_not_those_of_the_matrix_are_wrong():
    """Rotations have complex ones; one of them twice, their mean, or those of another matrix are wrong."""
    a = np.array([[0.0, -1], [1, 0]])
    (expected,) = meaning("eigvals", {"x": a}).variants[""]
    error = lambda *w: float(expected.property.of([np.array(w)]))  # noqa: E731
    assert error(1j, -1j) <= 1
    assert error(-1j, 1j) <= 1
    for wrong in ((1j, 1j), (0, 0), (1, -1), (1j, -1.001j)):
        assert error(*wrong) > 1, wrong


def test_defective_matrices_are_judged_by_what_lapack_returns():
    """The eigenvalues of a Jordan block are off by the square root of u, and right."""
    a = np.array([[1.0, 1], [0, 1]])
    moved = 1 + np.array([1e-8, -1e-8])
    (expected,) = meaning("eigvals", {"x": a}).variants[""]
    assert float(expected.property.of([moved.astype(complex)])) <= 1


def test_eigenvectors_have_length_one():
    a = np.array([[2.0, 1], [0, 3]])
    w, v = np.linalg.eig(a)
    expected = meaning("eig", {"x": a}).variants[""]
    assert holds([w, v], expected)
    assert holds([w, -v], expected)
    assert holds([w[::-1], v[:, ::-1]], expected)
    assert not holds([w, 2 * v], expected)
    assert not holds([w[::-1], v], expected)


SLOPES = [
    ("logdet", lambda x, symmetric, shift: np.linalg.slogdet(x + x.T + shift * np.eye(4))[1], {"symmetric": True, "shift": 64.0}),
    ("logdet", lambda x, symmetric, shift: np.linalg.slogdet(x + shift * np.eye(4))[1], {"symmetric": False, "shift": 64.0}),
    ("cond", lambda x, order: np.linalg.cond(x, order), {"order": None}),
    ("cond", lambda x, order: np.linalg.cond(x, order), {"order": -2}),
    ("cond", lambda x, order: np.linalg.cond(x, order), {"order": "fro"}),
    ("cholesky_inverse", lambda x, upper, shift: np.linalg.inv((np.tril(x) + shift * np.eye(4)) @ (np.tril(x) + shift * np.eye(4)).T),
     {"upper": False, "shift": 4.0}),
    ("cholesky_inverse", lambda x, upper, shift: np.linalg.inv((np.triu(x) + shift * np.eye(4)).T @ (np.triu(x) + shift * np.eye(4))),
     {"upper": True, "shift": 4.0}),
    ("eigvals", lambda x: (np.linalg.eigvals(x) ** 2).sum().real, {}),
]  # fmt: skip


@pytest.mark.parametrize(("key", "function", "parameters"), SLOPES)
def test_gradients_are_slopes_of_numpys_functions(key, function, parameters):
    """The slope of <G, f> along a direction is the direction times the gradient."""
    x = RNG.normal(size=(4, 4)) + 2 * np.diag([1.0, 2, 3, 4])
    cotangent = np.asarray(RNG.normal(size=np.shape(function(x, **parameters))))
    (gradient,) = gradients(key, {"x": x}, cotangent, **parameters)
    direction = RNG.normal(size=x.shape)
    ends = [function(x + s * STEP * direction, **parameters) for s in (1, -1)]
    slope = ((ends[0] - ends[1]) * cotangent).sum() / (2 * STEP)
    assert np.isclose(float((gradient * direction).sum()), slope, rtol=1e-6, atol=1e-7)


def test_the_product_of_the_factors_has_the_cotangent_as_gradient():
    x, g = RNG.normal(size=(4, 4)), RNG.normal(size=(4, 4))
    (gradient,) = gradients("lu", {"x": x}, g)
    assert gradient.tolist() == g.tolist()


def test_what_must_be_refused():
    assert "square" in refusal("eig", {"x": np.ones((2, 3))})
    assert "two axes" in refusal("lu", {"x": np.ones(3)})
    assert "inverse" in refusal("cond", {"x": np.ones((2, 3))}, order="fro")
    assert meaning("cond", {"x": np.arange(6.0).reshape(2, 3)}, order=2).rule is Rule.COMPUTE


def test_logarithms_of_determinants_that_are_not_positive_may_be_refused():
    assert meaning("logdet", {"x": np.diag([1.0, -2])}, symmetric=False, shift=0.0).rule is Rule.EITHER
    assert meaning("logdet", {"x": np.ones((2, 2))}, symmetric=False, shift=0.0).rule is Rule.EITHER
    assert float(values("logdet", {"x": np.diag([-1.0, -2])}, symmetric=False, shift=0.0)) == pytest.approx(np.log(2))


def test_structures_reach_every_class():
    assert {case.parameters["order"] for case in drawn("cond")} == {None, 2, -2, "fro", 1, -1}
    shapes = [case.inputs["x"].shape for case in drawn("lu")]
    sides = {np.sign(shape[-1] - shape[-2]) for shape in shapes if len(shape) > 1}
    assert sides == {-1, 0, 1}
    assert {case.parameters["shift"] > 0 for case in drawn("logdet")} == {True, False}
    assert any(case.quantity == GRADIENT for case, _, _ in cases_of("eigvals"))


def test_a_vector_to_which_the_identity_is_added_is_not_asked():
    """The sum would be a matrix."""
    op = operator.get("logdet")
    for shape, asked in (((2,), False), ((2, 2), True)):
        case = Case("logdet", {"x": InputSpec(shape, "float32")}, {"symmetric": False, "shift": 64.0})
        assert (op.select("torch", case, "eager") is not None) == asked
