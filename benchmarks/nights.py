"""How quiet nights over the same versions are, on the real frameworks, and whether a bug that is planted in torch stands out afterwards.

    python -m benchmarks.nights --nights 7 --run 'conv conv_transpose --targets torch,tensorflow --cases 3000'

Every night has a seed of its own and runs as ``.ci/nightly`` does, one shard. After each one, the strongest finding of every new root cause
is put into the baseline with ``--cause``, as people would. The table says of each night how many findings are new to the store, how many
of these a known cause covers, and how many root causes are new: those alone fail the night. With ``--planted`` a further night runs with
``torch.nn.functional.conv2d`` forgetting the bias of the last channel of grouped convolutions.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.common import machine, table
from harness.store import Store

ROOT = Path(__file__).parents[1]
PATCH = '''"""Python imports this at its start: torch, when it is imported, gets a bug."""
import importlib.util
import sys


class Patch:
    def find_spec(self, name, path=None, target=None):
        if name != "torch.nn.functional":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        execute = spec.loader.exec_module

        def patched(module):
            execute(module)
            right = module.conv2d

            def conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
                if bias is not None and groups > 1:
                    kept = bias.new_ones(bias.shape)
                    kept[-1:] = 0
                    bias = bias * kept
                return right(input, weight, bias, stride, padding, dilation, groups)

            module.conv2d = conv2d

        spec.loader.exec_module = patched
        return spec


sys.meta_path.insert(0, Patch())
'''


@dataclass
class Night:
    """What came of a night. ``fresh`` are the ids that no night before had, ``causes`` the report's new root causes."""

    number: int
    code: int
    report: dict[str, Any]
    fresh: set[str]
    seconds: float
    causes: list[dict[str, Any]] = field(default_factory=list)

    def row(self) -> tuple[object, ...]:
        """Its row of the table."""
        bugs = sum(self.report["sections"][name] for name in ("new", "still"))
        covered = sum(one["id"] in self.fresh and one["section"] == "still" for one in self.report["findings"])
        new = self.report["sections"]["new"]
        cases = self.report["run"]["cases"]
        return self.number, cases, bugs, len(self.fresh), covered, new, len(self.causes), self.code, round(self.seconds)


HEADER = ("night", "cases", "bugs met", "new to the store", "of a known cause", "new", "new causes", "exit code", "s")


def opdiff(folder: Path, *words: str, first: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command of opdiff in the folder; Python looks for modules in ``first`` before others."""
    path = os.pathsep.join(filter(None, (first, str(ROOT), os.environ.get("PYTHONPATH", ""))))
    command = [sys.executable, "-m", "harness.cli", *words]
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment)


def stored(folder: Path) -> tuple[int, set[str]]:
    """How many nights the store has, and the ids of all bugs that it knows."""
    if not (folder / ".opdiff").exists():
        return 0, set()
    with Store.open(folder / ".opdiff", write=False) as store:
        return len(store.runs()), {one.id for one in store.findings() if one.severity == "bug"}


def night(folder: Path, seed: int, words: list[str], planted: str = "") -> Night:
    """Run one night and judge it."""
    (number, before), started = stored(folder), time.monotonic()
    run = ("--shard", "1/1", "--seed", str(seed), "--store", "shard", "--exit-zero")
    ended = opdiff(folder, "run", *words, *run, first=planted)
    if ended.returncode:
        raise SystemExit(ended.stderr)
    joined = opdiff(folder, "merge", "shard", "--join", "--format", "json")
    if joined.returncode not in (0, 1):
        raise SystemExit(joined.stderr)
    report = json.loads(joined.stdout)
    opdiff(folder, "report", "--markdown", "report.md", "--html", "report.html")
    causes = [cause for cause in report["causes"] if cause["section"] == "new"]
    fresh = stored(folder)[1] - before
    return Night(number + 1, joined.returncode, report, fresh, time.monotonic() - started, causes)


def live_with(folder: Path, past: Night) -> None:
    """Put the strongest finding of every new cause into the baseline, and those of it that are apart (see ``cause_of``)."""
    for cause in past.causes:
        kinds = {one["id"]: one["fingerprint"]["kind"] == "value" for one in past.report["findings"]}
        first = {kinds[identity]: identity for identity in reversed(cause["findings"])}
        words = ("--cause", "--reason", f"seen in simulated night {past.number}")
        added = opdiff(folder, "baseline", "add", *first.values(), *words)
        if added.returncode:
            raise SystemExit(added.stderr)


def told(past: Night) -> Iterator[str]:
    """What was new in a night: its causes, each with the strongest finding."""
    sentences = {one["id"]: one["sentence"] for one in past.report["findings"]}
    for cause in past.causes:
        first, count = cause["findings"][0], len(cause["findings"])
        yield f"* night {past.number}: {cause['key']} {cause['title']} ({count}; {first}: {sentences[first][:160]})"


def top(folder: Path, lines: int = 12) -> str:
    """How the Markdown report of the latest night begins, the matrix left out."""
    text = (folder / "report.md").read_text()
    head, _, rest = text.partition("\n| | ")
    sections = rest[rest.index("\n## ") :] if "\n## " in rest else rest
    return "\n".join([head, *sections.splitlines()[:lines]])


@contextlib.contextmanager
def place(named: Path | None) -> Iterator[Path]:
    """The folder of the stores: the one that was named, which is kept, or a temporary one."""
    if named:
        named.mkdir(parents=True, exist_ok=True)
        yield named.resolve()
        return
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def main() -> None:
    """Print a row for each night, and what was new after the first."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nights", type=int, default=7)
    parser.add_argument("--run", default="conv conv_transpose --targets torch,tensorflow --time 60s")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--planted", action="store_true", help="one more night, with a bug planted in torch")
    parser.add_argument("--folder", type=Path, help="keep stores and reports here; nights that it has are gone on with")
    options = parser.parse_args()
    words = shlex.split(options.run)
    with place(options.folder) as folder:
        (folder / "patched").mkdir(exist_ok=True)
        (folder / "patched" / "sitecustomize.py").write_text(PATCH)
        nights: list[Night] = []
        for number in range(options.nights + options.planted):
            planted = str(folder / "patched") if number == options.nights else ""
            nights.append(night(folder, options.seed + number, words, planted))
            if not planted:
                live_with(folder, nights[-1])
            print(*nights[-1].row(), file=sys.stderr, flush=True)
        print(machine())
        print(table(options.run, HEADER, [one.row() for one in nights]))
        print("\n".join(line for one in nights if one.number > 1 for line in told(one)))
        if options.planted:
            print(top(folder))


if __name__ == "__main__":
    main()
