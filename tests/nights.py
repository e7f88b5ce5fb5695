"""Two planted frameworks that the command line finds, and the nightly script on them: for tests and for trying it by hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]

_MODULE = '''
from planted import every_bug
from planted.adapter import Planted


class Old(Planted):
    """Has had the same bug from the first night on."""
    name = table = "old"

    def __init__(self, device="cpu"):
        super().__init__(device)
        self.bug = every_bug()["bias forgotten in the last channel"]


class Young(Planted):
    """Right until it is told otherwise."""
    name = table = "young"
'''
_POINTS = "[opdiff.adapters]\nold = two_frameworks:Old\nyoung = two_frameworks:Young\n"


@dataclass
class Nights:
    """A folder in which night after night runs. ``words`` are further words for ``opdiff run``."""

    folder: Path
    words: str = "conv:aligned --targets old,young --cases 200"
    count: int = 1
    time: str = "60s"

    def __post_init__(self) -> None:
        (self.folder / "two_frameworks.py").write_text(_MODULE)
        metadata = self.folder / "two_frameworks-1.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: two-frameworks\nVersion: 1\n")
        (metadata / "entry_points.txt").write_text(_POINTS)
        command = self.folder / "bin" / "opdiff"
        command.parent.mkdir()
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m harness.cli "$@"\n')
        command.chmod(0o755)

    def _environment(self, **more: str) -> dict[str, str]:
        path = os.pathsep.join(map(str, (self.folder, ROOT / "tests", ROOT)))
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("OPDIFF_", "NIGHT_", "GITHUB_")) and name != "CI"
        }
        found = f"{self.folder / 'bin'}{os.pathsep}{clean['PATH']}"
        return {**clean, "PYTHONPATH": path, "PATH": found, "OMP_NUM_THREADS": "1", **more}

    def night(self, seed: int, *arguments: str, bug: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        """Run the script, by default all of a night; ``bug`` is what the young framework does wrong."""
        facts = {"NIGHT_RUN": self.words, "NIGHT_COUNT": str(self.count), "NIGHT_TIME": self.time}
        return self._call(
            ["bash", str(ROOT / ".ci" / "nightly"), *arguments],
            self._environment(NIGHT_SEED=str(seed), OPDIFF_PLANTED=bug, **facts, **more),
        )

    def benchmark(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ``benchmarks.nights`` on the two frameworks."""
        return self._call([sys.executable, "-m", "benchmarks.nights", *arguments], self._environment())

    def opdiff(self, *arguments: str, bug: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command in the folder."""
        return self._call([str(self.folder / "bin" / "opdiff"), *arguments], self._environment(OPDIFF_PLANTED=bug))

    def opdiff_json(self, *arguments: str) -> Any:
        """What a command answers in JSON."""
        return json.loads(self.opdiff(*arguments, "--format", "json").stdout)

    def report(self, run: str = "") -> dict[str, Any]:
        """The JSON report of a run, by default of the latest."""
        path = self.folder / "report.json"
        answer = self.opdiff("report", "--json", str(path), *(["--run", run] if run else []))
        assert answer.returncode == 0, answer.stderr
        document: dict[str, Any] = json.loads(path.read_text())
        return document

    def _call(self, command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=280
        )
