"""Calls, numerical facts and known differences of torch, TensorFlow and JAX on the aligned forms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness import discovery, operator
from harness.adapters.base import Adapter
from harness.case import COTANGENT, GRADIENT, VALUE, Case, InputSpec, Kind, Outcome, Raised, Target
from harness.check import judge_all
from harness.compare import Judgement, judge
from harness.execute import bind
from harness.meaning import Accuracy
from harness.pool import Pool
from harness.records import Status
from harness.values import arrays_of
from harness.workers import make_pool

pytestmark = pytest.mark.frameworks


@pytest.fixture(scope="module")
def adapters() -> Mapping[str, Adapter]:
    """Adapters in this process, for calls that are bound by hand."""
    from harness.adapters.jax import Jax
    from harness.adapters.tensorflow import TensorFlow
    from harness.adapters.torch import Torch

    return {"torch": Torch(), "tensorflow": TensorFlow(), "jax": Jax()}


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    """A worker per framework: whether subnormals are flushed depends on what else lives in a process."""
    with make_pool([Target(framework) for framework in ("torch", "tensorflow", "jax")]) as started:
        yield started


def conv_case(
    x: tuple[int, ...], w: tuple[int, ...], *, dtype: str = "float32", regime: str = "rounding", **changes: Any
) -> Case:
    """A convolution without padding; ``bias`` adds one, ``quantity`` and ``spelling`` are what they say."""
    rank = len(w) - 2
    quantity, bias, seed = changes.pop("quantity", VALUE), changes.pop("bias", False), changes.pop("seed", 0)
    parameters = {
        "stride": (1,) * rank,
        "dilation": (1,) * rank,
        "padding": ((0, 0),) * rank,
        "groups": 1,
        "batched": True,
        **changes,
    }
    inputs = {"x": InputSpec(x, dtype, regime, seed), "w": InputSpec(w, dtype, regime, seed + 1)}
    if bias:
        inputs["b"] = InputSpec((w[0],), dtype, regime, seed + 2)
    if quantity == GRADIENT:
        y = expected_shape(x, w, parameters)
        inputs[COTANGENT] = InputSpec(y, dtype, regime, seed + 3)
    return Case("conv:aligned", inputs, parameters, quantity)


def transposed_case(
    x: tuple[int, ...],
    w: tuple[int, ...],
    window: tuple[tuple[int, int], ...],
    *,
    dtype: str = "float32",
    regime: str = "rounding",
    **changes: Any,
) -> Case:
    """A transposed convolution that shows ``window``."""
    rank = len(w) - 2
    bias, seed = changes.pop("bias", False), changes.pop("seed", 0)
    parameters = {
        "stride": (1,) * rank,
        "dilation": (1,) * rank,
        "window": window,
        "groups": 1,
        "batched": True,
        **changes,
    }
    inputs = {"x": InputSpec(x, dtype, regime, seed), "w": InputSpec(w, dtype, regime, seed + 1)}
    if bias:
        inputs["b"] = InputSpec((w[1] * parameters["groups"],), dtype, regime, seed + 2)
    return Case("conv_transpose:aligned", inputs, parameters)


def expected_shape(x: tuple[int, ...], w: tuple[int, ...], p: Mapping[str, Any]) -> tuple[int, ...]:
    """Batch, channels and floor((n + pads - d (k - 1) - 1) / s) + 1 per dimension."""
    sizes = zip(x[2:], w[2:], p["stride"], p["dilation"], p["padding"], strict=True)
    return (x[0], w[0], *[(n + low + high - d * (k - 1) - 1) // s + 1 for n, k, s, d, (low, high) in sizes])


def run(pool: Pool, framework: str, case: Case, mode: str = "eager") -> Outcome:
    return pool.run(f"{framework}:cpu", [(case, mode)])[0]


def judged(pool: Pool, framework: str, case: Case, mode: str = "eager") -> Judgement:
    target = Target(framework, "cpu", mode)
    return judge_all(case, {target: run(pool, framework, case, mode)}, discovery.adapters()).judgements[target]


def stated(framework: str, case: Case) -> Accuracy:
    """The facts that are stated for the framework and the case."""
    op = operator.get(case.operator)
    call = op.select(framework, case, "eager")
    assert call is not None
    return op.accuracy(Target(framework), call, case)


def judged_with(pool: Pool, framework: str, case: Case, accuracy: Accuracy) -> Judgement:
    """The judgement under other facts than those stated."""
    op = operator.get(case.operator)
    meaning = op.meaning(case, arrays_of(case))
    return judge(op, case, Target(framework), meaning, run(pool, framework, case), accuracy)


CASES = [
    conv_case((2, 4, 9), (6, 2, 3), groups=2, bias=True, regime="exact"),
    conv_case((2, 3, 9, 8), (4, 3, 3, 2), bias=True, regime="exact", padding=((1, 2), (0, 1)), stride=(2, 1)),
    conv_case((2, 4, 9, 8), (8, 1, 3, 2), bias=True, regime="exact", padding=((1, 2), (0, 1)), groups=4),
    conv_case((2, 2, 5, 6, 4), (3, 2, 2, 3, 2), bias=True, regime="exact", stride=(2, 1, 2)),
    conv_case((2, 2, 7, 6, 4), (3, 2, 2, 3, 2), bias=True, regime="exact", padding=((1, 1), (2, 0), (0, 0))),
    conv_case((4, 9), (6, 2, 3), groups=2, bias=True, regime="exact", batched=False),
    transposed_case((4, 5), (4, 3, 3), ((0, 11),), bias=True, regime="exact", stride=(2,), batched=False),
    transposed_case((4, 5), (4, 3, 3), ((0, 11),), bias=True, regime="exact", stride=(2,), groups=2, batched=False),
    transposed_case((2, 4, 5), (4, 3, 3), ((0, 11),), bias=True, regime="exact", stride=(2,)),
    transposed_case((2, 4, 5), (4, 3, 3), ((-3, 20),), bias=True, regime="exact", stride=(2,)),
    transposed_case((2, 4, 5), (4, 3, 3), ((30, 4),), bias=True, regime="exact", stride=(2,)),
    transposed_case((2, 4, 5), (4, 3, 3), ((-9, 4),), bias=True, regime="exact", stride=(2,)),
    transposed_case((2, 4, 5, 4), (4, 3, 3, 2), ((1, 9), (1, 7)), bias=True, regime="exact", stride=(2, 2)),
    transposed_case((2, 4, 5, 4), (4, 1, 3, 2), ((1, 9), (1, 7)), bias=True, regime="exact", stride=(2, 2), groups=4),
    transposed_case((2, 2, 3, 2, 4), (2, 3, 2, 3, 2), ((0, 6), (0, 5), (0, 8)), bias=True, regime="exact", stride=(2, 2, 2)),
]  # fmt: skip


@pytest.mark.parametrize("framework", ["torch", "tensorflow", "jax"])
def test_every_row_that_says_a_case_gives_the_exact_result(adapters: Mapping[str, Adapter], framework: str) -> None:
    # TensorFlow refuses channels_first on CPU, see below.
    rows = {
        (key, index): call
        for key in ("conv:aligned", "conv_transpose:aligned")
        for index, call in enumerate(operator.get(key).calls)
        if call.framework == framework and (framework, call.spelling) != ("tensorflow", "channels_first")
    }
    ran = set()
    for case in [c.with_parameters(data_format=form) for c in CASES for form in ("channels_first", "channels_last")]:
        (expected,) = operator.get(case.operator).meaning(case, arrays_of(case)).variants[""]
        for (key, index), call in rows.items():
            if key == case.operator and call.expresses(case):
                adapter = adapters[framework]
                arrays = [
                    adapter.from_numpy(adapter.module, a, "cpu")
                    for a in operator.get(key).in_order(case, arrays_of(case))
                ]
                got = adapter.to_numpy(adapter.module, bind(call, adapter.module, call.arguments(case))(*arrays))
                np.testing.assert_array_equal(got.astype(np.float64), expected.values[0], f"{call.spelling} {case}")
                ran.add((key, index))
    assert ran == set(rows)


def test_torch_layers_and_functions_agree_on_unbatched_inputs(pool: Pool) -> None:
    case = conv_case((1, 4, 9), (6, 2, 3), groups=2, bias=True)
    unbatched = Case(
        case.operator, {**case.inputs, "x": InputSpec((4, 9), "float32")}, {**case.parameters, "batched": False}
    )
    for spelling in ("function", "layer"):
        assert judged(pool, "torch", unbatched.with_parameters(spelling=spelling)).status is Status.AGREED


@pytest.mark.parametrize("framework", ["torch", "tensorflow", "jax"])
@pytest.mark.parametrize("change", ["bias shape", "bias dtype"])
def test_a_composed_call_refuses_a_bias_that_does_not_fit(pool: Pool, framework: str, change: str) -> None:
    case = transposed_case((2, 4, 5), (4, 3, 3), ((-3, 20),), bias=True, hostile="bias")
    wrong = (
        InputSpec((1,), "float32")
        if change == "bias shape"
        else InputSpec((3,), "float64" if framework != "jax" else "float16")
    )
    outcome = run(pool, framework, Case(case.operator, {**case.inputs, "b": wrong}, case.parameters))
    assert isinstance(outcome, Raised)


SIDES = ((0, 0), (1, 1))
FACTS = [
    ("torch", conv_case((2, 3, 8), (4, 3, 5), dtype="float16", quantity=GRADIENT), "x"),
    ("torch", conv_case((6, 3, 8), (4, 3, 1), dtype="float16", quantity=GRADIENT), "w"),
    ("torch", conv_case((6, 3, 8), (4, 3, 2), dtype="float16", quantity=GRADIENT, bias=True, dilation=(2,)), "b"),
    ("torch", transposed_case((2, 3, 8), (3, 4, 5), ((0, 12),), dtype="float16"), "y"),
    ("torch", transposed_case((2, 3, 8), (3, 4, 3), ((2, 9),), dtype="bfloat16", dilation=(2,)), "y"),
    ("tensorflow", conv_case((2, 3, 5, 5, 5), (5, 3, 2, 2, 2), dtype="float16"), "y"),
    ("tensorflow", conv_case((2, 3, 8), (4, 3, 5), dtype="bfloat16", bias=True), "y"),
    ("tensorflow", conv_case((2, 1, 5), (2, 1, 3), dtype="float16", bias=True, quantity=GRADIENT), "x"),
    ("tensorflow", conv_case((2, 3, 16), (4, 3, 1), dtype="bfloat16", bias=True, quantity=GRADIENT), "b"),
    (
        "tensorflow",
        conv_case(
            (1, 4, 9, 9),
            (8, 1, 6, 6),
            dtype="bfloat16",
            groups=4,
            quantity=GRADIENT,
            spelling="depthwise",
            padding=((2, 3), (2, 3)),
        ),
        "x",
    ),
    *(
        ("tensorflow", conv_case((2, 3, 9, 2), (16, 3, 3, 2), dtype="bfloat16", quantity=GRADIENT, padding=SIDES), name)
        for name in "xw"
    ),
    ("tensorflow", transposed_case((2, 16, 4, 3), (16, 3, 3, 2), ((0, 6), (1, 2)), dtype="bfloat16"), "y"),
    ("jax", conv_case((2, 3, 8), (4, 3, 5), dtype="float16", bias=True), "y"),
    ("jax", conv_case((2, 3, 16), (4, 3, 1), dtype="float16", bias=True, quantity=GRADIENT), "b"),
]


@pytest.mark.parametrize(("framework", "case", "output"), FACTS, ids=lambda v: v if isinstance(v, str) else "")
def test_a_fact_is_needed_and_enough(pool: Pool, framework: str, case: Case, output: str) -> None:
    facts = stated(framework, case)
    # The output alone as if it were accumulated in float32 and rounded once, or in its own dtype where that is wider.
    plain = replace(facts, outputs={**facts.outputs, output: Accuracy(flush=facts.flush)})
    found = None
    for seed in range(0, 4000, 100):
        seeds = {name: replace(spec, seed=seed + i) for i, (name, spec) in enumerate(case.inputs.items())}
        seeded = replace(case, inputs=seeds)
        assert judged(pool, framework, seeded).status is Status.AGREED
        found = found or judged_with(pool, framework, seeded, plain).disagreement
        if found and seed > 500:
            break
    assert found
    assert found.cause.startswith(f"{output}: ")


@pytest.mark.parametrize(("framework", "dtype"), [("torch", "bfloat16"), ("tensorflow", "float32"), ("jax", "float32")])
def test_subnormal_operands_become_zero(pool: Pool, framework: str, dtype: str) -> None:
    unexplained = 0
    for seed in range(0, 600, 2):
        case = conv_case((1, 2, 8), (1, 2, 4), dtype=dtype, regime="special", seed=seed)
        assert judged(pool, framework, case).status is Status.AGREED, case
        kept = replace(stated(framework, case).of("y"), flush=False)
        unexplained += judged_with(pool, framework, case, kept).disagreement is not None
        if unexplained and seed > 40:
            return
    raise AssertionError("no subnormal was flushed")


def test_torch_keeps_subnormals_of_float32() -> None:
    assert not stated("torch", conv_case((1, 1, 8), (1, 1, 4))).flushes("float32")


KNOWN = [
    ("channels-first", conv_case((1, 2, 5, 5), (3, 2, 2, 2), dtype="float16", spelling="channels_first")),
    (
        "channels-first",
        transposed_case((1, 2, 5, 5), (2, 3, 2, 2), ((0, 6), (0, 6)), dtype="float16", spelling="channels_first"),
    ),
    (
        "channels-first",
        conv_case((1, 2, 5, 5), (3, 2, 2, 2), dtype="float16", quantity=GRADIENT, spelling="channels_first"),
    ),
    ("dilation", conv_case((1, 2, 9), (3, 2, 2), dtype="float16", quantity=GRADIENT, dilation=(2,))),
    ("dilation", transposed_case((1, 2, 5), (2, 3, 2), ((0, 7),), dtype="float16", dilation=(2,))),
    ("dilation", conv_case((1, 2, 5, 5, 5), (3, 2, 2, 2, 2), dtype="float16", dilation=(2, 1, 1))),
    ("grouped-gradient", conv_case((1, 4, 9), (6, 2, 2), dtype="float16", quantity=GRADIENT, groups=2)),
]


@pytest.mark.parametrize(("name", "case"), KNOWN, ids=lambda value: value if isinstance(value, str) else "")
def test_a_documented_refusal_is_known(pool: Pool, name: str, case: Case) -> None:
    judgement = judged(pool, "tensorflow", case)
    assert judgement.status is Status.KNOWN
    assert judgement.known is not None
    assert judgement.known.name == f"tensorflow-cpu-{name}"


def test_a_refusal_without_its_reason_is_not_known() -> None:
    op = operator.get("conv:aligned")
    target = Target("tensorflow")
    plain = conv_case((1, 2, 9), (3, 2, 2), quantity=GRADIENT)
    message = "Current CPU implementations do not yet support dilation rates larger than N."
    assert op.known_difference(plain.with_parameters(dilation=(2,)), target, Kind.RAISED, message)
    assert op.known_difference(plain, target, Kind.RAISED, message) is None
    assert (
        op.known_difference(plain, target, Kind.RAISED, "Gradients for grouped convolutions are not supported on CPU")
        is None
    )
