"""How quiet nights over the same versions are, on the real frameworks.

    python -m benchmarks.nights --nights 7 --run 'conv conv_transpose --targets torch,tensorflow --time 60s'

Every night has a seed of its own and runs as ``.ci/nightly`` does, one shard. After each one, what is new is put into the baseline, as
people would; what counts is how many findings, and how many root causes that no night before had, are new from the second night on.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.common import machine, table
from harness.causes import group
from harness.records import Severity
from harness.store import Store


def opdiff(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of opdiff in the folder."""
    command = [sys.executable, "-m", "harness.cli", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def night(folder: Path, seed: int, words: list[str]) -> tuple[int, dict[str, Any]]:
    """One night: its exit code and its report."""
    ended = opdiff(folder, "run", *words, "--shard", "1/1", "--seed", str(seed), "--store", "shard", "--exit-zero")
    if ended.returncode:
        raise SystemExit(ended.stderr)
    joined = opdiff(folder, "merge", "shard", "--join", "--format", "json")
    if joined.returncode not in (0, 1):
        raise SystemExit(joined.stderr)
    return joined.returncode, json.loads(joined.stdout)


def main() -> None:
    """Print a row for each night, and what was new after the first."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nights", type=int, default=7)
    parser.add_argument("--run", default="conv conv_transpose --targets torch,tensorflow --time 60s")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rows, sentences, causes = [], [], set[str]()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(options.nights):
            code, report = night(folder, options.seed + number, shlex.split(options.run))
            new = [finding for finding in report["findings"] if finding["section"] == "new"]
            with Store.open(folder / ".opdiff", write=False) as store:
                found = [one for one in store.findings(report["run"]["id"]) if one.severity == Severity.BUG]
            fresh = {cause.key: cause for cause in group(found) if cause.key not in causes}
            causes |= fresh.keys()
            rows.append((number + 1, report["run"]["cases"], len(found), len(new), len(fresh), code))
            if number:
                sentences += [f"night {number + 1}: {finding['id']} {finding['sentence'][:200]}" for finding in new]
            if new:
                reason = ("--reason", "seen in a simulated night")
                opdiff(folder, "baseline", "add", *(finding["id"] for finding in new), *reason)
    print(machine())
    print(table(options.run, ("night", "cases", "findings", "new", "new causes", "exit code"), rows))
    print("\n".join(sentences))


if __name__ == "__main__":
    main()
