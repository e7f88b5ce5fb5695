"""Linear algebra against NumPy and SciPy, by hand, its properties, refusals and conventions, and planted bugs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.linalg
from moved import cases_of, drawn, gradients, meaning, refusal, values

from harness import operator
from harness.case import VALUE, Case, InputSpec
from harness.formats import kind_of
from harness.meaning import Accuracy, Rule
from harness.operators.linalg import properties
from harness.operators.linalg.matrices import determinant, inverted, solved
from strategies.linalg import EQUATIONS, UNARY

NUMPY = {
    "matmul": lambda x, y: np.matmul(x, y),
    "bmm": lambda x, y: np.matmul(x, y),
    "dot": lambda x, y: np.dot(x, y),
    "vdot": lambda x, y: np.vdot(x, y),
    "inner": lambda x, y: np.inner(x, y),
    "outer": lambda x, y: np.outer(x, y),
    "kron": lambda x, y: np.kron(x, y),
    "matvec": lambda x, y: (x @ y[..., None])[..., 0],
    "vecdot": lambda x, y, axis: (np.conj(x) * y).sum(axis, dtype=x.dtype),
    "tensordot": lambda x, y, axes: np.tensordot(x, y, axes),
    "einsum": lambda x, y, equation: np.einsum(equation, x, y),
    "einsum_unary": lambda x, equation: np.einsum(equation, x),
    "cross": lambda x, y, axis: np.cross(x, y, axis=axis),
}
SYMMETRIC = {"symmetric": True}
RNG = np.random.default_rng(0)


@pytest.mark.parametrize("key", NUMPY)
def test_products_are_those_of_numpy(key):
    """Numbers of finite operands in float64 or longdouble, integers exactly."""
    compared = 0
    for case, arrays, found in cases_of(key):
        plain = all(np.isfinite(array.astype(complex)).all() for array in arrays.values())
        if case.quantity != VALUE or found.rule is not Rule.COMPUTE or not plain:
            continue
        parameters = {name: value for name, value in case.parameters.items() if name != "hostile"}
        wide = {"integer": None, "complex": np.clongdouble, "float": np.longdouble}[kind_of(case.dtype)]
        operands = [array if wide is None else array.astype(wide) for array in arrays.values()]
        wanted = np.asarray(NUMPY[key](*operands, **parameters))
        expected = found.variants[""][0]
        assert wanted.shape == expected.shape, case
        if wide is None or expected.exact:
            assert (wanted.astype(np.longdouble) == expected.values[0]).all(), case
        else:
            size = np.abs(expected.values[0])
            limit = expected.bound(expected.dtype, Accuracy())
            assert (np.abs(wanted - expected.values[0]) <= (limit / 64 + 1e-15 * size)).all(), case
        compared += 1
    assert compared > 80


@pytest.mark.parametrize(
    ("key", "x", "y", "parameters"),
    [
        ("matmul", (2, 1, 3, 4), (5, 4, 2), {}),
        ("matmul", (4,), (5, 4, 2), {}),
        ("matvec", (5, 3, 4), (1, 4), {}),
        ("tensordot", (3, 4, 2), (2, 5, 3), {"axes": ((0, 2), (-1, 0))}),
        ("einsum", (3, 3), (3, 4), {"equation": "ii,ij->j"}),
        ("einsum", (3, 4), (4,), {"equation": "ij,j->j"}),
        ("kron", (2, 3), (4,), {}),
        ("cross", (4, 3), (4, 3), {"axis": 1}),
        ("vecdot", (4, 3), (1, 3), {"axis": -1}),
    ],
)
def test_gradients_are_adjoints_of_the_products(key, x, y, parameters):
    """A product is linear in each operand: its value at v times the cotangent is v times the gradient."""
    x, y = RNG.normal(size=x), RNG.normal(size=y)
    value = np.asarray(values(key, {"x": x, "y": y}, **parameters))
    cotangent = RNG.normal(size=value.shape)
    by_x, by_y = gradients(key, {"x": x, "y": y}, cotangent, **parameters)
    assert (by_x.shape, by_y.shape) == (x.shape, y.shape)
    for name, gradient, at in (("x", by_x, RNG.normal(size=x.shape)), ("y", by_y, RNG.normal(size=y.shape))):
        moved = np.asarray(values(key, {"x": x, "y": y, name: at}, **parameters))
        assert np.isclose(float((moved * cotangent).sum()), float((at * gradient).sum()), rtol=1e-12)


def test_gradient_of_a_trace_stands_on_the_diagonal():
    (gradient,) = gradients("einsum_unary", {"x": np.ones((3, 3))}, np.array(2.0), equation="ii->")
    assert gradient.tolist() == (2 * np.eye(3)).tolist()


def test_special_values_follow_ieee_754():
    """Infinity times zero, and infinities of both signs, are NaN; an infinite sum is infinite (IEEE 754-2019, 6.1, 7.2)."""
    x = np.array([[np.inf, 1.0], [np.inf, 1.0], [np.nan, 0.0]], np.float32)
    y = np.array([[1.0, 0.0], [-np.inf, 1.0]], np.float32)
    product = values("matmul", {"x": x, "y": y})
    assert np.array_equal(product, [[np.nan, np.nan], [np.nan, np.nan], [np.nan, np.nan]], equal_nan=True)
    assert values("matmul", {"x": x[:1], "y": y[:, :1] ** 2}).tolist() == [[np.inf]]


def test_one_operand_may_be_summed_before_the_product():
    """Its sum may overflow or be flushed, and meets an infinity as one number: nothing is known of these elements, of the others all."""
    x = np.array([[3e38, 1.0], [3e38, 1.0]], np.float32)
    y = np.array([[0.0, 0.0, 0.0], [1.0, np.inf, 2.0]], np.float32)
    (expected,) = meaning("einsum", {"x": x, "y": y}, equation="ij,jk->k").variants[""]
    assert expected.free.tolist() == [True, True, True]
    (expected,) = meaning("einsum", {"x": x[:, 1:], "y": y[1:]}, equation="ij,jk->k").variants[""]
    assert expected.free.tolist() == [False, True, False]
    assert expected.values[0][[0, 2]].tolist() == [2, 4]
    (single,) = meaning("einsum_unary", {"x": x[:, :1] * 1e-38}, equation="ij->j").variants[""]
    assert single.free is None or not single.free.any()


def test_a_sum_over_one_operand_alone_is_what_torch_promotes():
    op = operator.get("einsum_unary")
    (row,) = [row for row in op.known if row.name == "torch: einsum sums integers to int64"]
    x = InputSpec((2, 3), "int32")
    for equation, dtype, sums in (("ij->i", "int32", True), ("ij->ji", "int32", False), ("ij->i", "float32", False)):
        case = Case("einsum_unary", {"x": replace(x, dtype=dtype)}, {"equation": equation})
        assert row.when(case) is sums
    two = {"x": x, "y": InputSpec((3, 4), "int32")}
    assert row.when(Case("einsum", two, {"equation": "ij,jk->k"}))
    assert not row.when(Case("einsum", two, {"equation": "ij,jk->ik"}))


def test_integers_wrap():
    big = np.array([2**31 - 1, 1], np.int32)
    assert values("vdot", {"x": big, "y": np.ones(2, np.int32)}) == -(2**31)


@pytest.mark.parametrize(
    ("key", "x", "y", "parameters"),
    [
        ("matmul", (2, 3), (2, 3), {}),
        ("matmul", (), (3,), {}),
        ("matmul", (2, 2, 3), (3, 3, 2), {}),
        ("bmm", (2, 3), (3, 2), {}),
        ("bmm", (2, 2, 3), (1, 3, 2), {}),
        ("vdot", (2,), (3,), {}),
        ("inner", (2, 3), (2,), {}),
        ("vecdot", (2, 3), (2, 3), {"axis": 2}),
        ("tensordot", (2, 3), (3, 2), {"axes": 3}),
        ("tensordot", (2, 3), (3, 2), {"axes": ((1, 1), (0, 0))}),
        ("tensordot", (2, 3), (3, 2), {"axes": ((0,), (0,))}),
        ("einsum", (2, 3), (3, 2), {"equation": "ij,jk->iz"}),
        ("einsum", (2, 3), (3, 2), {"equation": "ij->ij"}),
        ("einsum", (2, 3), (4, 2), {"equation": "ij,jk->ik"}),
        ("cross", (4,), (4,), {"axis": 0}),
        ("solve", (2, 3), (2, 1), {}),
        ("inverse", (2, 3), None, {}),
        ("det", (3,), None, {}),
        ("qr", (), None, {"mode": "reduced"}),
    ],
)
def test_what_must_be_refused(key, x, y, parameters):
    inputs = {"x": np.ones(x)} if y is None else {"x": np.ones(x), "y": np.ones(y)}
    assert refusal(key, inputs, **parameters)


def test_empty_products_are_zero_and_the_empty_determinant_is_one():
    assert values("matmul", {"x": np.ones((2, 0)), "y": np.ones((0, 3))}).tolist() == np.zeros((2, 3)).tolist()
    assert values("det", {"x": np.ones((0, 0))}) == 1
    assert [float(part) for part in values("slogdet", {"x": np.ones((0, 0))})] == [1, 0]
    assert values("matrix_rank", {"x": np.zeros((3, 0))}) == 0


def test_empty_products_of_complex_numbers_do_not_reach_numpys_summation(monkeypatch):
    """NumPy's einsum of empty arrays of clongdouble writes outside of its result."""
    monkeypatch.setattr(np, "einsum", None)
    x, y = np.ones((3, 2, 0), np.complex128), np.ones((3, 0, 4), np.complex128)
    assert values("bmm", {"x": x, "y": y}).tolist() == np.zeros((3, 2, 4)).tolist()


def test_determinant_and_solution_in_longdouble():
    a = np.array([[2, 1, 1], [1, 3, 2], [1, 0, 0]], float)
    assert abs(determinant(a) + 1) < 1e-18
    assert np.abs(inverted(a) @ a - np.eye(3)).max() < 1e-18
    assert np.abs(solved(a, a @ np.array([[1.0], [2.0], [3.0]])) - [[1], [2], [3]]).max() < 1e-18
    assert values("matrix_rank", {"x": np.outer([1, 2, 3], [1, 1, 2]).astype(float)}) == 1


def test_exponentials_are_those_of_scipy():
    for case, arrays, found in cases_of("matrix_exp"):
        if found.rule is Rule.COMPUTE and case.quantity == VALUE and arrays["x"].size and arrays["x"].ndim == 2:
            a = arrays["x"].astype(float) * case.parameters["scale"]
            wanted = scipy.linalg.expm(a)
            assert np.abs(wanted - found.variants[""][0].values[0]).max() <= 1e-13 * np.exp(np.linalg.norm(a))


def by_numpy(case, arrays):
    """The outputs of NumPy in the case's own precision; None where it has no such function."""
    x, parameters, linalg = arrays["x"], case.parameters, np.linalg
    x = x + np.swapaxes(x, -1, -2) if parameters.get("symmetric") else x
    calls = {
        "cholesky": lambda: linalg.cholesky(x + x.dtype.type(parameters["shift"]) * np.eye(x.shape[-1], dtype=x.dtype)),
        "qr": lambda: linalg.qr(x, parameters["mode"]),
        "svd": lambda: linalg.svd(x, full_matrices=parameters["full_matrices"]),
        "svdvals": lambda: linalg.svd(x, compute_uv=False),
        "eigh": lambda: linalg.eigh(x),
        "eigvalsh": lambda: linalg.eigvalsh(x),
        "solve": lambda: linalg.solve(x, arrays["y"]),
        "inverse": lambda: linalg.inv(x),
        "det": lambda: np.asarray(linalg.det(x)),
        "slogdet": lambda: linalg.slogdet(x),
        "pinv": lambda: linalg.pinv(x).astype(x.dtype),
        "lstsq": lambda: linalg.lstsq(x, arrays["y"], rcond=None)[0] if x.ndim == 2 else None,
        "matrix_rank": lambda: np.asarray(linalg.matrix_rank(x)),
        "matrix_power": lambda: linalg.matrix_power(x, parameters["n"]),
        "multi_dot": lambda: linalg.multi_dot([x, arrays["y"], arrays["z"]]),
    }
    found = calls[case.operator]()
    return None if found is None else [np.asarray(a) for a in (found if isinstance(found, tuple) else [found])]


def holds(outputs, expected):
    """Whether the outputs are within their bounds and have their properties."""
    for output, wanted in zip(outputs, expected, strict=True):
        assert output.shape == wanted.shape
        if wanted.property:
            error = np.atleast_1d(wanted.property.of(outputs)).max(initial=0.0)
        else:
            off = np.abs(output - wanted.values[0])
            free = np.zeros(off.shape, bool) if wanted.free is None else wanted.free
            error = np.where(free | (off == 0), 0, off / wanted.bound(wanted.dtype, Accuracy())).max(initial=0.0)
        if not error <= 1:
            return False
    return True


PROPERTIES = (
    "cholesky qr svd svdvals eigh eigvalsh solve inverse det slogdet pinv lstsq matrix_rank matrix_power multi_dot"
)


@pytest.mark.parametrize("key", PROPERTIES.split())
def test_single_precision_is_right_and_one_percent_is_wrong(key):
    """LAPACK in the case's own precision is accepted; the same with its largest entry off by a hundredth is not."""
    right = changed = wrong = 0
    for case, arrays, found in cases_of(key, 100):
        if found.rule is not Rule.COMPUTE or case.quantity != VALUE:
            continue
        outputs = by_numpy(case, arrays)
        if outputs is None:
            continue
        readings = list(found.variants.values())
        with np.errstate(all="ignore"):
            assert any(holds(outputs, reading) for reading in readings), case
            right += 1
            last = outputs[-1].copy()
            if last.any() and key != "matrix_rank":
                changed += 1
                last.flat[np.argmax(np.abs(last))] *= 1.01
                wrong += not any(holds([*outputs[:-1], last], reading) for reading in readings)
    assert right > 50
    # A determinant that is nearly zero has no relative precision.
    assert key == "matrix_rank" or wrong > (0.6 if key == "det" else 0.85) * changed > 20


def test_properties_are_indifferent_to_signs_and_not_to_order():
    a = np.array([[2.0, 1.0], [1.0, 3.0], [0.0, 1.0]])
    limit = np.asarray(1e-12)
    left, size, right = np.linalg.svd(a, full_matrices=False)
    flip = np.array([1.0, -1.0])
    assert properties.product_of_three([left * flip, size, right * flip[:, None]], a=a, limit=limit) <= 1
    assert properties.product_of_three([left * flip, size, right], a=a, limit=limit) > 1
    assert properties.product_of_three([left, size[::-1], right], a=a, limit=limit) > 1
    q, r = np.linalg.qr(a)
    assert properties.product_of_factors([q * flip, r * flip[:, None]], a=a, limit=limit) <= 1
    assert properties.product_of_factors([q @ q[:2].T, q[:2] @ r], a=a, limit=limit) > 1


def test_least_squares_is_the_shortest_solution():
    a, y = np.array([[1.0, 1.0]]), np.array([[2.0]])
    facts = {"a": a, "y": y, "null": np.eye(2) - 0.5, "unit": 1e-12, "condition": np.asarray(1.0), "tiny": 1e-300}
    assert properties.least_squares([np.array([[1.0], [1.0]])], **facts) <= 1
    assert properties.least_squares([np.array([[2.0], [0.0]])], **facts) > 1


def test_a_matrix_that_is_not_symmetric_has_three_readings():
    found = meaning("eigvalsh", {"x": np.array([[1.0, 2.0], [0.0, 1.0]])}, symmetric=False)
    readings = {name: outputs[0].values[0].round(12).tolist() for name, outputs in found.variants.items()}
    assert readings == {"lower triangle": [1, 1], "upper triangle": [-1, 3], "symmetrised": [0, 2]}


def test_singular_systems_may_be_refused():
    ones = np.ones((2, 2))
    assert meaning("inverse", {"x": ones}).rule is Rule.EITHER
    assert meaning("solve", {"x": ones, "y": ones}).rule is Rule.EITHER
    assert meaning("cholesky", {"x": ones}, symmetric=True, shift=-4.0).rule is Rule.EITHER


def test_structures_reach_every_class():
    assert {case.parameters["equation"] for case in drawn("einsum", 600)} >= set(EQUATIONS)
    assert {case.parameters["equation"] for case in drawn("einsum_unary", 600)} >= set(UNARY)
    ranks = {tuple(len(spec.shape) for spec in case.inputs.values()) for case in drawn("matmul")}
    assert ranks >= {(1, 2), (2, 1), (2, 2), (3, 3), (4, 4), (3, 2), (2, 3)}
    assert {case.parameters.get("hostile") for case in drawn("solve")} == {None, "side", "axes", "few"}
    sides = {side for case in drawn("det") for side in case.inputs["x"].shape[-1:]}
    assert sides >= {0, 1, 2, 3, 4, 8, 16, 17, 33}


@pytest.mark.parametrize("key", ["cholesky", "eigh", "eigvalsh"])
@pytest.mark.parametrize(("symmetric", "documented"), [(False, "lower triangle"), (True, "")])
def test_tensorflow_documents_that_it_reads_the_lower_triangle(key, symmetric, documented):
    case = Case(key, {"x": InputSpec((2, 2), "float32")}, {"symmetric": symmetric, "shift": 4.0})
    call = operator.get(key).select("tensorflow", case, "eager")
    assert call.convention(case) == documented
    assert "lower" in call.source


@pytest.mark.parametrize("number", [np.inf, np.nan])
def test_a_sum_of_no_terms_that_is_made_first_meets_infinity_and_nan(number):
    """einsum of (2, 3) and (3, 0) over all but i: nothing, so 0; who sums over k first multiplies the zeros by x."""
    op, x = operator.get("einsum"), np.array([[1, number, 2], [1, 2, 3]], "float32")
    inputs = {"x": InputSpec((2, 3), "float32"), "y": InputSpec((3, 0), "float32")}
    case = Case("einsum", inputs, {"equation": "ij,jk->i"})
    ((output,),) = op.meaning(case, {"x": x, "y": np.zeros((3, 0), "float32")}).variants.values()
    assert output.free is not None
    assert output.free.tolist() == [True, False]
    assert output.values[0].tolist() == [0, 0]
