"""The vocabulary of strategies: what is drawn is valid, bounded and complete, by construction."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

import harness.draw  # the backend without mutations
from strategies import convolution, convolution_hostile, hostile
from strategies.convolution_classes import CLASSES, classes
from strategies.shapes import CHANNELS, SIZES, Pool

FORMS = {
    "forward": convolution.forward,
    "transposed": convolution.transposed,
    "forward_nominal": convolution.forward_nominal,
    "transposed_nominal": convolution.transposed_nominal,
}
COUNT = 1000
MEMORY = 2**24

FORWARD_ONLY = {"causal", "same_lower"}


def draw(strategy: SearchStrategy, count: int = COUNT) -> list:
    structures = []

    @seed(0)
    @settings(
        max_examples=count,
        phases=[Phase.generate],
        backend=harness.draw.BACKEND,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(structure):
        structures.append(structure)

    collect()
    return structures


@pytest.fixture(scope="module", params=FORMS)
def form(request):
    """(name, whether transposed, 1,000 structures)."""
    strategy = FORMS[request.param](("function", "layer"), MEMORY)
    return request.param, request.param.startswith("transposed"), draw(strategy)


def plain(structures: list) -> list:
    return [structure for structure in structures if "hostile" not in structure["parameters"]]


def shape(structure: dict, name: str) -> tuple[int, ...]:
    return structure["inputs"][name][0]


def lengths(structure: dict, transposed: bool) -> list[tuple[int, int]]:
    """(smallest, largest) length of y that any convention gives, per dimension, from the definition of each."""
    p = structure["parameters"]
    kernel = shape(structure, "w")[2:]
    result = []
    for i, (n, k, s, d) in enumerate(
        zip(shape(structure, "x")[-len(kernel) :], kernel, p["stride"], p["dilation"], strict=True)
    ):
        reach = d * (k - 1) + 1
        if not transposed:
            pads = p["padding"]
            if isinstance(pads, str):
                out = -(-n // s) if pads != "valid" else (n - reach) // s + 1
            else:
                total = sum(pads[i]) if isinstance(pads[i], tuple) else 2 * pads[i]
                out = (n + total - reach) // s + 1
            result.append((out, out))
        elif "window" in p:
            result.append((p["window"][i][1],) * 2)
        elif p["output_size"]:
            result.append((p["output_size"][i],) * 2)
        else:
            extra = p["output_padding"][i] if p["output_padding"] else 0
            canvas = (n - 1) * s + reach
            if isinstance(p["padding"], tuple):
                result.append((canvas - 2 * p["padding"][i] + extra,) * 2)
            elif p["padding"] == "valid":
                result.append((canvas + extra, max(canvas, n * s) + extra))
            else:
                result.append((min(n * s, canvas - 2 * (reach // 2) + extra), max(n * s, canvas) + extra))
    return result


def test_plain_structures_are_consistent_and_have_an_output(form):
    name, transposed, structures = form
    for structure in plain(structures):
        p, x, w = structure["parameters"], shape(structure, "x"), shape(structure, "w")
        rank = len(w) - 2
        assert 1 <= rank <= 3
        assert len(x) == rank + (2 if p["batched"] else 1)
        assert len(p["stride"]) == len(p["dilation"]) == rank
        assert min(p["stride"] + p["dilation"] + w + x[-rank - 1 :]) >= 1
        assert x[-rank - 1] == (w[0] if transposed else w[1] * p["groups"])
        assert w[0] % p["groups"] == 0
        outputs = w[1] * p["groups"] if transposed else w[0]
        assert shape(structure, "b") == (outputs,) if "b" in structure["inputs"] else True
        assert len({dtype for _, dtype, _ in structure["inputs"].values()}) == 1
        assert p["spelling"] in ("function", "layer")
        smallest = [low for low, _ in lengths(structure, transposed)]
        # Keras' rule for "same" with output_padding may leave nothing of a single input under an even kernel.
        keras = name == "transposed_nominal" and p["padding"] == "same"
        assert min(smallest) >= (0 if keras else 1), structure


def test_plain_structures_are_bounded_in_size_and_work(form):
    _, transposed, structures = form
    heavy = 0
    for structure in plain(structures):
        x, w = shape(structure, "x"), shape(structure, "w")
        batch = x[0] if structure["parameters"]["batched"] else 1
        outputs = w[1] * structure["parameters"]["groups"] if transposed else w[0]
        y = batch * outputs * math.prod(most for _, most in lengths(structure, transposed))
        assert max(math.prod(x), math.prod(w), y) <= convolution.ELEMENTS
        products = (math.prod(x) if transposed else y) * math.prod(w[1:])
        heavy += products > convolution.PRODUCTS
    assert heavy <= COUNT / 100


def test_arguments_that_exclude_each_other_are_not_given_together():
    for structure in plain(draw(convolution.transposed_nominal(), 300)):
        p = structure["parameters"]
        assert p["output_padding"] is None or p["output_size"] is None
        if p["output_padding"]:
            assert all(0 <= extra < stride for extra, stride in zip(p["output_padding"], p["stride"], strict=True))


def test_about_one_structure_in_ten_is_hostile_and_bounded_in_memory_and_work(form):
    _, transposed, structures = form
    wrong = [structure for structure in structures if "hostile" in structure["parameters"]]
    assert 60 <= len(wrong) <= 140
    for structure in wrong:
        p = structure["parameters"]
        for dims, dtype, _ in structure["inputs"].values():
            assert math.prod(dims) * convolution_hostile.BYTES[dtype] <= MEMORY
        if p["hostile"] in ("rank", "arity") or min(p["stride"] + p["dilation"]) < 1 or shape(structure, "x")[0] == 0:
            continue
        w = shape(structure, "w")
        outs = [max(most, 0) for _, most in lengths(structure, transposed)]
        outputs = w[1] * structure["parameters"]["groups"] if transposed else w[0]
        batch = shape(structure, "x")[0] if p["batched"] else 1
        if p["hostile"] != "groups":
            assert batch * outputs * math.prod(outs) * 2 <= MEMORY, structure


def test_every_class_is_reached_in_a_thousand_structures(form):
    name, transposed, structures = form
    found: dict[str, set[str]] = {}
    for structure in structures:
        for aspect, value in classes(structure).items():
            assert value in CLASSES[aspect], (aspect, value)
            found.setdefault(aspect, set()).add(value)
    expected = {aspect: set(values) for aspect, values in CLASSES.items()}
    words = {"valid", "same", "numbers"} | (set() if transposed else FORWARD_ONLY)
    absent = {"window", "output_padding", "output_size"} if not transposed else {"padding"}
    if "nominal" in name:
        absent = {"window"} if transposed else {"window", "output_padding", "output_size"}
        expected["padding"] = words
    else:
        expected["padding"] -= words | {"causal", "same_lower"}
        absent |= {"output_padding", "output_size"}
    expected["hostile"] -= absent
    for aspect in ("padding", "window", "request"):
        if aspect not in found:
            del expected[aspect]
    assert {aspect: expected[aspect] - found[aspect] for aspect in expected if expected[aspect] - found[aspect]} == {}
    assert ("request" in found) == (name == "transposed_nominal")
    assert ("window" in found) == (name == "transposed")


def test_classes_of_structures_by_hand():
    inputs = {"x": ((0, 4, 3, 9), "float16", "strided"), "w": ((8, 1, 4, 2), "float16", "contiguous")}
    parameters = {"stride": (5, 5), "dilation": (2, 1), "padding": ((2, 2), (0, 0)), "groups": 4}
    flags = {"batched": True, "data_format": "channels_last", "spelling": "function"}
    found = classes({"inputs": inputs, "parameters": {**parameters, **flags}})
    assert " ".join(f"{aspect}={value}" for aspect, value in found.items()) == (
        "dtype=float16 hostile=no rank=2 batch=0 size=below kernel kernel=even channels=around vector widths "
        "stride=above kernel dilation=uneven padding=symmetric groups=multiplier bias=no layout=strided "
        "data_format=channels_last"
    )


def test_shapes_recur():
    """Two structures share a compilation when nothing but layouts, bias, spelling and batch axis order differs."""
    strategy = convolution.forward()
    structures = plain(draw(strategy, 3000))
    keys = set()
    for structure in structures:
        p = {name: value for name, value in structure["parameters"].items() if name != "spelling"}
        keys.add((shape(structure, "x"), shape(structure, "w"), structure["inputs"]["x"][1], str(p)))
    assert len(keys) <= len(structures) * 0.9


def test_pool_draws_the_same_value_for_an_index_whatever_the_limit():
    pool = Pool((1, 1, 2, 3, 5), 3)
    drawn = {limit: draw_all(pool, **limit_arguments) for limit, limit_arguments in LIMITS.items()}
    assert drawn["none"] == [1, 1, 2, 3, 5]
    assert drawn["common"] == [1, 1, 2]
    assert drawn["most"] == [1, 1, 2, 3]
    assert drawn["below the first"] == [1]


LIMITS = {"none": {}, "common": {"common": True}, "most": {"most": 4}, "below the first": {"most": 0}}


def draw_all(pool: Pool, **arguments) -> list[int]:
    """The value at every index that the pool allows."""
    counts = []
    pool.pick(lambda strategy: counts.append(len_of(strategy)) or 0, **arguments)
    return [pool.pick(lambda strategy, i=i: i, **arguments) for i in range(counts[0])]


def len_of(strategy: SearchStrategy) -> int:
    wrapped = strategy.wrapped_strategy
    return wrapped.end - wrapped.start + 1


def test_pools_ascend_and_hold_the_vector_widths():
    for pool in (SIZES, CHANNELS):
        assert list(pool.values) == sorted(pool.values)
    assert {7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65} <= set(SIZES.values) & set(CHANNELS.values)


def test_hostile_integers_surround_every_border():
    for border in (2**15, 2**16, 2**31, 2**32, 2**62):
        assert {border - 1, border, border + 1} <= set(hostile.INTEGERS)
    assert {0, -1, 2**63 - 1, -(2**63)} <= set(hostile.INTEGERS)
    assert all(-(2**63) <= value < 2**63 for value in hostile.INTEGERS)


def test_entry_changes_one_entry_of_one_pair():
    rng = random.Random(0)
    structure = {"inputs": {}, "parameters": {"padding": ((1, 2), (3, 4), (5, 6))}}
    hostile.entry("padding")(lambda strategy: rng.randrange(len_of(strategy)), structure)
    old, new = ((1, 2), (3, 4), (5, 6)), structure["parameters"]["padding"]
    changed = [(i, j) for i in range(3) for j in range(2) if old[i][j] != new[i][j]]
    assert len(changed) == 1
    i, j = changed[0]
    assert new[i][j] in hostile.INTEGERS


def test_a_memory_limit_below_the_smallest_is_refused():
    with pytest.raises(ValueError, match="memory 1024: must be at least"):
        draw(convolution.forward(memory=1024), 5)
