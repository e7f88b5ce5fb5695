"""Records for the tests of the store, and a process that writes them."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from harness.case import Case, Disagreement, InputSpec, Kind, Target
from harness.records import FindingRecord, Fingerprint, RunRecord, Severity

RUN = RunRecord("20260101-000000-aaaa", 1, ("conv:aligned",), ("torch:cpu:eager",), started="2026-01-01T00:00:00+00:00")


def finding(cause: str = "cause", rows: int = 4, kind: Kind = Kind.VALUE, **changes: object) -> FindingRecord:
    """A finding of torch; equal ``cause`` and ``kind`` are one fingerprint."""
    case = Case("conv:aligned", {"x": InputSpec((rows, 2), "float32")}, {"stride": (2, 1)})
    target = Target("torch")
    fingerprint = Fingerprint.of(case, Disagreement(target, kind, cause, "sentence"))
    plain = FindingRecord(fingerprint, Severity.BUG, "sentence", case, target, (str(target),))
    return replace(plain, **changes)  # type: ignore[arg-type]


WRITER = """
import sys
from pathlib import Path
from harness.history import Seen
from harness.store import Store
from stored import RUN, finding
with Store.open(Path(sys.argv[1])) as store:
    store.begin(RUN)
    for number in range(100000):
        store.journal(str(number))
        store.sight(RUN.id, store.save_finding(RUN.id, finding(str(number))).id, Seen(1))
        print(number, flush=True)
"""


def start_writer(folder: Path) -> subprocess.Popen[bytes]:
    """A process that saves findings without end, and prints the number of each that was acknowledged."""
    command = [sys.executable, "-c", WRITER, str(folder)]
    tests = Path(__file__).parent
    path = os.pathsep.join([str(tests.parent), str(tests)])
    return subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path})
