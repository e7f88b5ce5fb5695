"""Targets: which adapters there are, and which targets words name."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import discovery
from harness.discovery import AdapterInfo, TargetError, resolve

INFOS = {
    "torch": AdapterInfo("torch", "a:b", "torch", ("eager", "compiled", "abstract"), ("cpu", "cuda")),
    "jax": AdapterInfo("jax", "a:b", "jax", ("eager", "compiled", "abstract"), ("cpu",)),
    "jax-x64": AdapterInfo("jax-x64", "a:b", "jax", ("eager",), ("cpu",)),
    "gone": AdapterInfo("gone", "a:b", "gone", ("eager",), ("cpu",), requires=("no_such_package",)),
    "broken": AdapterInfo("broken", "a:b", problem="a:b cannot be imported: ImportError: reason"),
}


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "adapters", lambda: INFOS)
    monkeypatch.setattr(discovery, "devices_here", lambda: ("cpu",))


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("torch", ["torch:cpu:eager", "torch:cpu:abstract"]),
        ("torch:cuda", ["torch:cuda:eager", "torch:cuda:abstract"]),
        ("torch:*:compiled", ["torch:cpu:compiled"]),
        ("torch:cpu:*", ["torch:cpu:eager", "torch:cpu:compiled", "torch:cpu:abstract"]),
        ("jax*", ["jax:cpu:eager", "jax:cpu:abstract", "jax-x64:cpu:eager"]),
        ("gone", ["gone:cpu:eager"]),
        ("*:cpu:compiled", ["torch:cpu:compiled", "jax:cpu:compiled"]),
    ],
)
def test_patterns(pattern: str, expected: list[str]) -> None:
    assert list(map(str, resolve([pattern]))) == expected
    assert list(map(str, resolve([pattern, pattern]))) == expected


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("trch", "unknown target 'trch'; did you mean 'torch'"),
        ("jax:cuda", "unknown device .cuda.; known: cpu"),
        ("jax-x64:cpu:abstract", "unknown mode 'abstract'"),
        ("torch:cpu:eager:fast", r"expected framework\[:device\[:mode\]\]"),
        ("torch::eager", "expected framework"),
        ("go*", "gone: not installed: no_such_package"),
        ("broken", "a:b cannot be imported: ImportError: reason"),
    ],
)
def test_what_names_nothing_is_an_error(pattern: str, message: str) -> None:
    with pytest.raises(TargetError, match=message):
        resolve([pattern])


def test_default_targets_are_those_that_can_start() -> None:
    assert list(map(str, discovery.default_targets())) == [
        "torch:cpu:eager",
        "torch:cpu:abstract",
        "jax:cpu:eager",
        "jax:cpu:abstract",
        "jax-x64:cpu:eager",
    ]
    assert list(map(str, discovery.default_targets(["cuda"]))) == ["torch:cuda:eager", "torch:cuda:abstract"]


def test_every_target_is_listed_with_its_reason() -> None:
    states = {state.target: state for state in discovery.list_targets()}
    assert states["torch:cpu:compiled"].available
    assert states["torch:cuda:eager"].reason == "this machine shows no cuda device"
    assert states["gone:cpu:eager"].reason == "not installed: no_such_package"
    assert "ImportError: reason" in states["broken"].reason


def test_an_adapter_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A distribution with the entry point is enough; one that fails to import is told apart from one that is absent."""
    monkeypatch.undo()
    (tmp_path / "outsider.py").write_text(
        "from harness.adapters.base import Adapter\n"
        "class Outside(Adapter):\n    name = table = 'outside'\n    modes = ('eager',)\n"
    )
    info = tmp_path / "outsider-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: outsider\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[opdiff.adapters]\noutside = outsider:Outside\nwrong = outsider:Missing\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    discovery.adapters.cache_clear()
    try:
        found = discovery.adapters()
        assert found["outside"] == AdapterInfo("outside", "outsider:Outside", "outside", ("eager",), ("cpu",))
        assert "outsider:Missing cannot be imported: AttributeError" in found["wrong"].problem
        assert {"torch", "jax"} <= set(found)
    finally:
        discovery.adapters.cache_clear()
