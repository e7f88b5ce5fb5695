"""Blocks of cases are the same in every process, and whatever else is imported."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.database import choices_from_bytes
from hypothesis.internal.conjecture import providers

from harness.case import Case, InputSpec
from harness.draw import draw_block
from harness.shrink import shrink
from strategies import convolution

ROOT = Path(__file__).resolve().parents[1]


def to_case(structure: dict) -> Case:
    inputs = {
        name: InputSpec(shape, dtype, layout=layout) for name, (shape, dtype, layout) in structure["inputs"].items()
    }
    return Case("conv:aligned", inputs, structure["parameters"])


CONVOLUTIONS = convolution.forward().map(to_case)


@st.composite
def wide(draw) -> Case:
    """A case whose integers are drawn from ranges in which Hypothesis would mix in constants."""
    numbers = tuple(draw(st.integers(0, 2**40)) for _ in range(20))
    return Case("wide", {"x": InputSpec((1,), "float32")}, {"numbers": numbers})


def digest(drawn: list) -> str:
    return hashlib.sha256("\n".join(d.case.key for d in drawn).encode()).hexdigest()


def test_the_list_depends_on_seed_operator_and_block():
    reference = digest(draw_block(CONVOLUTIONS, "conv:aligned", 1, 2, 20))
    assert digest(draw_block(CONVOLUTIONS, "conv:aligned", 1, 2, 20)) == reference
    others = [("conv:aligned", 2, 2), ("conv:aligned", 1, 3), ("conv:nominal", 1, 2)]
    assert len({reference} | {digest(draw_block(CONVOLUTIONS, *other, 20)) for other in others}) == 4


def test_a_shorter_block_is_the_beginning_of_a_longer_one():
    longer = [d.case.key for d in draw_block(CONVOLUTIONS, "conv:aligned", 0, 1, 30)]
    shorter = [d.case.key for d in draw_block(CONVOLUTIONS, "conv:aligned", 0, 1, 10)]
    assert shorter == longer[: len(shorter)]


def test_cases_of_a_block_differ_and_are_numbered():
    drawn = draw_block(CONVOLUTIONS, "conv:aligned", 0, 0)
    assert len({d.case.key for d in drawn}) == len(drawn)
    assert len(drawn) >= 45
    assert [d.index for d in drawn] == list(range(len(drawn)))


def test_the_simplest_case_stands_in_the_first_block_alone():
    simplest = draw_block(CONVOLUTIONS, "conv:aligned", 0, 0)[0].case
    assert simplest.inputs["x"].shape == simplest.inputs["w"].shape == (1, 1, 1)
    for block in range(1, 6):
        drawn = draw_block(CONVOLUTIONS, "conv:aligned", 0, block)
        assert drawn[0].case != simplest
        assert len(drawn) >= 45


def test_most_cases_are_drawn_afresh_and_are_no_mutations_of_each_other():
    """Neighbours that share all choices but one are what Hypothesis' own engine spends a short run on."""
    drawn = [choices_from_bytes(d.choices) for d in draw_block(CONVOLUTIONS, "conv:aligned", 3, 1)]
    near = sum(sum(a != b for a, b in zip(one, two, strict=False)) <= 1 for one, two in pairwise(drawn))
    assert near <= 3


def test_choices_draw_the_case_again():
    for drawn in draw_block(CONVOLUTIONS, "conv:aligned", 0, 4, 10):
        assert shrink(CONVOLUTIONS, drawn.choices, lambda case: False, probes=1, seconds=9).structure == drawn.case


SCRIPT = """
import sys
sys.path[:0] = {path!r}
{imports}
from test_draw import CONVOLUTIONS, digest, wide
from harness.draw import draw_block
print(digest(draw_block(CONVOLUTIONS, "conv:aligned", 7, 1)), digest(draw_block(wide(), "wide", 7, 1)))
"""


def digests_elsewhere(folder: Path, imports: str = "", hash_seed: str = "0") -> list[str]:
    """The digests of two blocks in a new interpreter, run in ``folder``."""
    script = SCRIPT.format(path=[str(folder), str(ROOT), str(ROOT / "tests")], imports=imports)
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_another_process_with_another_hash_seed_draws_the_same(tmp_path, hash_seed):
    here = [digest(draw_block(CONVOLUTIONS, "conv:aligned", 7, 1)), digest(draw_block(wide(), "wide", 7, 1))]
    assert digests_elsewhere(tmp_path, hash_seed=hash_seed) == here
    assert not (tmp_path / ".hypothesis").exists()


def test_one_more_local_module_changes_nothing(tmp_path):
    (tmp_path / "constants_of_a_user.py").write_text(f"NUMBERS = {[10**6 + 7 * i for i in range(500)]}\n")
    assert digests_elsewhere(tmp_path, "import constants_of_a_user") == digests_elsewhere(tmp_path)


def test_the_pool_of_constants_would_change_the_list(tmp_path, monkeypatch):
    """The test above can fail: with Hypothesis' own provider, the constants of a local module do show."""
    monkeypatch.setitem(providers.AVAILABLE_PROVIDERS, "opdiff", providers.HypothesisProvider)
    pools = []
    for numbers in ((), [10**6 + 7 * i for i in range(500)]):
        local = providers.Constants(integers=providers.SortedSet(numbers))
        monkeypatch.setattr(providers, "_get_local_constants", lambda local=local: local)
        providers.CONSTANTS_CACHE.cache.clear()
        pools.append(digest(draw_block(wide(), "wide", 7, 1)))
    providers.CONSTANTS_CACHE.cache.clear()
    assert pools[0] != pools[1]
