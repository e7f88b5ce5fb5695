"""A user of the pytest plug-in for tests: a folder, a small framework that costs no import, and the commands."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.store import Store

TESTS = Path(__file__).parent

HEAD = """
import numpy as np
from harness.testing import differential
"""

RIGHT = (
    HEAD
    + """
@differential(calls={"small": "small.softsign(x)"}, ulps=2)
def test_softsign(x):
    return x / (1 + np.abs(x))
"""
)

WRONG = RIGHT.replace("small.softsign(x)", "small.wrong(x)")


@pytest.fixture
def user(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """The folder of a user who has opdiff and the small framework installed."""
    shutil.copy(TESTS / "small_framework.py", pytester.path)
    installed = pytester.path / "small-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: small\nVersion: 1.0\n")
    adapters = "".join(f"{name.lower()} = small_framework:{name}\n" for name in ("Small", "Absent", "Broken"))
    (installed / "entry_points.txt").write_text(f"[opdiff.adapters]\n{adapters}")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(TESTS.parent), str(pytester.path)]))
    for name in ("PYTEST_ADDOPTS", "CI"):  # with CI set, pytest's summary repeats whole messages
        monkeypatch.delenv(name, raising=False)
    return pytester


def run(user: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """``pytest`` as its user calls it."""
    return user.run(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments, timeout=200)


def opdiff(user: pytest.Pytester, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "harness.cli", *arguments]
    return subprocess.run(command, cwd=user.path, capture_output=True, text=True, check=False)


def findings(folder: Path) -> list[str]:
    with Store.open(folder, write=False) as store:
        return [finding.id for finding in store.findings()]


def script_in(text: str) -> str:
    """The script that a failure shows."""
    after = text.partition("script of ")[2].partition("\n\n")[2]
    return re.split(r"\n(?:-{5,}|={5,}|_{5,}) ", after)[0]
