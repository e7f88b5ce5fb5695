"""`opdiff list`, `opdiff doctor` and `opdiff explain`: text and documents."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from commands import ROOT, Fake, Run, check_schema

from harness import discovery, doctor, documents
from harness.records import FindingRecord


def test_lists(opdiff: Run, stored: list[FindingRecord]) -> None:
    for name in ("operators", "targets", "runs", "findings"):
        answer = opdiff("list", name, "--format", "json")
        assert answer.code == 0
        check_schema(name, answer.json)
        assert answer.json
        text = opdiff("list", name)
        assert text.code == 0
        first = answer.json[0]
        assert (first.get("id") or first.get("key") or first["target"]) in text.out
    assert {entry["id"] for entry in opdiff("list", "findings", "--format", "json").json} == {f.id for f in stored}
    assert opdiff("list", "findings", "--run", "nope").code == 2
    assert len(opdiff("list", "findings", "--run", "2026", "--format", "json").json) == 3


def test_list_targets_says_why_not(opdiff: Run, fake: Fake) -> None:
    reasons = {entry["target"]: entry for entry in opdiff("list", "targets", "--format", "json").json}
    assert reasons["torch:cpu:compiled"] == {"target": "torch:cpu:compiled", "available": True, "reason": ""}
    assert reasons["absent:cpu:eager"]["reason"] == "not installed: no_such_package"


def test_doctor(opdiff: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    started = doctor.TargetReport("torch:cpu", True, {"torch": "2.13.0"}, 1.25, modes=("eager",))
    refused = doctor.TargetReport("jax:cpu", False, reason="not installed: jax")
    monkeypatch.setattr(doctor, "start_all", lambda: (started, refused))
    answer = opdiff("doctor", "--format", "json")
    assert answer.code == 0
    check_schema("doctor", answer.json)
    assert [entry["started"] for entry in answer.json["targets"]] == [True, False]
    assert "not installed: jax" in opdiff("doctor").out


def test_explain(opdiff: Run, fake: Fake) -> None:
    call = "torch.nn.ConvTranspose2d(16, 1, 3, stride=2, padding=1)"
    answer = opdiff("explain", call, "--input", "1,16,12,12", "--format", "json")
    assert answer.code == 0
    assert answer.json["output_shape"] == [1, 1, 23, 23]
    assert "23" in opdiff("explain", call, "--input", "1,16,12,12").out


@pytest.mark.parametrize("name", documents.DOCUMENTS)
def test_schemas_in_the_repository_are_those_of_the_types(name: str) -> None:
    assert (ROOT / "reports" / "schemas" / f"{name}.json").read_bytes() == documents.schema(name)


def test_adapters_of_the_source_tree_are_found() -> None:
    found: Mapping[str, discovery.AdapterInfo] = discovery.adapters()
    assert {"torch", "tensorflow", "jax", "jax-x64", "keras-jax", "tf-keras"} <= set(found)
    assert found["keras-jax"].environment["KERAS_BACKEND"] == "jax"
    assert found["tf-keras"].path == "harness.adapters.tf_keras:TfKeras"
    assert not any(info.problem for info in found.values())


def test_list_operators_takes_names_and_families(opdiff: Run) -> None:
    answer = opdiff("list", "operators", "conv", "exp", "--format", "json")
    assert answer.code == 0
    assert [entry["key"] for entry in answer.json] == ["conv:aligned", "conv:nominal", "exp"]
    answer = opdiff("list", "operators", "convolution", "--format", "json")
    assert {entry["family"] for entry in answer.json} == {"convolution"}


def test_list_operators_says_what_cases_reach(opdiff: Run) -> None:
    answer = opdiff("list", "operators", "exp", "--coverage", "--cases", "120", "--format", "json")
    assert answer.code == 0
    check_schema("operators", answer.json)
    found = answer.json[0]["coverage"]
    assert 120 <= found["cases"] < 130
    assert 0 < found["classes"] <= found["of_classes"]
    assert 0 < found["pairs"] < found["of_pairs"]
    assert len(found["missing"]) == found["of_classes"] + found["of_pairs"] - found["classes"] - found["pairs"]


def test_list_operators_refuses_an_unknown_name(opdiff: Run) -> None:
    answer = opdiff("list", "operators", "convolutoin")
    assert answer.code == 2
    assert "did you mean 'convolution'?" in answer.err
