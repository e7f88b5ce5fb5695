"""A stored case again: who is asked, and what counts as still there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from planted.adapter import Planted
from running import planted_pool, run_planted

from harness import operator, replay
from harness.case import GRADIENT, VALUE, Case, Target
from harness.draw import STRIDE, draw_block

EAGER, ABSTRACT = Target("planted"), Target("planted", "cpu", "abstract")


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Replays run the planted implementation with the bug that the list names."""
    bug: list[str] = [""]

    def make_pool(targets: Any, **limits: Any) -> Any:
        return planted_pool(bug[0])

    monkeypatch.setattr(replay, "make_pool", make_pool)
    monkeypatch.setattr(replay, "adapters", lambda: {"planted": Planted})
    return bug


def _case(quantity: str) -> Case:
    op = operator.get("conv:aligned")
    structure = draw_block(op.structures(), op.key, 0, 0, STRIDE)[1].case
    return next(case for case in op.cases(structure, 0) if case.quantity == quantity)


@pytest.mark.usefixtures("planted")
def test_shape_inference_is_not_asked_for_gradients() -> None:
    asked = replay.replay(_case(GRADIENT), [EAGER, ABSTRACT])
    assert asked.unavailable == {str(ABSTRACT): "shape inference tells nothing of gradients"}
    assert [outcome.target for outcome in asked.outcomes if outcome.status != "oracle"] == [str(EAGER)]
    asked = replay.replay(_case(VALUE), [EAGER, ABSTRACT])
    assert not asked.unavailable
    assert not asked.still


def test_a_finding_is_still_there_until_it_is_fixed(planted: list[str], tmp_path: Path) -> None:
    (finding, *_) = run_planted(tmp_path, "wrong dtype", cases=60).findings
    planted[0] = "wrong dtype"
    assert replay.replay(finding.case, [EAGER], finding.fingerprint).still
    other = replace(finding.fingerprint, cause="another")
    assert not replay.replay(finding.case, [EAGER], other).still
    planted[0] = ""
    assert not replay.replay(finding.case, [EAGER], finding.fingerprint).still
