"""What the benchmarks share: pools of real workers, drawn cases, a table printer, CPU time of a process tree."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from harness import operator
from harness.case import Case
from harness.draw import STRIDE, draw_block

FORMS = ("conv:aligned", "conv_transpose:aligned")


def machine() -> str:
    """One line that names the machine."""
    model = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return f"{model}, {os.cpu_count()} cores, {psutil.virtual_memory().total >> 30} GiB, Python {platform.python_version()}"


def structures(count: int, seed: int = 0, forms: Sequence[str] = FORMS) -> Iterator[Case]:
    """``count`` drawn structures, the forms in turn, block by block, as a campaign draws them."""
    block, left = 0, count
    while left > 0:
        for form in forms:
            for drawn in draw_block(operator.get(form).structures(), form, seed, block, STRIDE):
                if left > 0:
                    yield drawn.case
                    left -= 1
        block += 1


def table(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table."""
    cells = [[str(cell) for cell in row] for row in rows]
    lines = ["", f"### {title}", "", "| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(row) + " |" for row in cells]
    return "\n".join(lines)


@dataclass
class Spent:
    """Wall and CPU seconds of a block of code; CPU time covers this process and its children."""

    wall: float = 0.0
    cpu: float = 0.0


@contextmanager
def measured() -> Iterator[Spent]:
    """Measure a block. Children must still live, or have been waited for, at its end."""
    spent, wall, cpu = Spent(), time.perf_counter(), tree_seconds()
    yield spent
    spent.wall, spent.cpu = time.perf_counter() - wall, tree_seconds() - cpu


def tree_seconds() -> float:
    """User and system seconds of this process, its living children and those that it has waited for."""
    own = psutil.Process()
    times = own.cpu_times()
    total = times.user + times.system + times.children_user + times.children_system
    for child in own.children(recursive=True):
        with_child = child.cpu_times()
        total += with_child.user + with_child.system
    return total


def process_seconds(process: int) -> float:
    """User and system seconds of one living process, its children left out."""
    times = psutil.Process(process).cpu_times()
    return float(times.user + times.system)


def shares(timing: Mapping[str, float]) -> list[tuple[str, str]]:
    """Every entry of a timing as a share of their sum."""
    total = sum(timing.values()) or 1.0
    return [
        (name, f"{100 * seconds / total:.0f} %") for name, seconds in sorted(timing.items(), key=lambda item: -item[1])
    ]
