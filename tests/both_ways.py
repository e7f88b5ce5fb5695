"""Cases as the script of a reproducer computes them, and as the harness does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scripted import execute_script

from harness.case import Case, Described, Outcome, Raised, Returned, Target
from harness.normalise import normalise
from harness.workers import make_pool
from reports.reproducer import program

RUNNER = """
import json, sys
for text in json.load(open("programs.json")):
    names = {"__name__": "reproducer"}
    try:
        exec(compile(text, "reproducer.py", "exec"), names)
        answer = []
        for result in names["run"]():
            if isinstance(result, tuple):
                answer.append([None if result[0] is None else list(result[0]), result[1]])
            else:
                answer.append([list(result.shape), result.dtype.name, result.tobytes().hex()])
    except Exception as error:
        kind = type(error)
        name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
        answer = [name, str(error)]
    print("\\n@" + json.dumps(answer))
assert not {name.split(".")[0] for name in sys.modules} & {"harness", "reports", "strategies"}
"""
"""Runs many programs in one process, because a framework's import costs seconds."""

JUDGE = """
import json
for text in json.load(open("programs.json")):
    try:
        exec(compile(text, "script.py", "exec"), {})
        print("@True")
    except Exception:
        print("@False")
"""
"""Runs many scripts in one process, and says of each whether it says that the result is right."""


def both_ways(asked: list[tuple[Case, Target]], folder: Path) -> Iterator[tuple[tuple[Case, Target], Any, Outcome]]:
    """Each case and target, what its program answers, in the form of ``said``, and the harness' outcome; all of one worker."""
    texts = [program(case, target).text() for case, target in asked]
    (folder / "programs.json").write_text(json.dumps(texts))
    done = execute_script(folder, RUNNER)
    assert done.returncode == 0, done.stderr[-2000:]
    answers = [json.loads(line[1:]) for line in done.stdout.splitlines() if line.startswith("@")]
    with make_pool([target for _, target in asked], timeout=120.0) as pool:
        pool.start()
        outcomes = pool.run(asked[0][1].worker, [(case, target.mode) for case, target in asked])
    for pair, answer, outcome in zip(asked, answers, outcomes, strict=True):
        yield pair, refusal(*answer) if isinstance(outcome, Raised) else answer, outcome


def said(outcome: Outcome) -> Any:
    """An outcome in the form in which the runner prints results."""
    if isinstance(outcome, Returned):
        return [[list(a.shape), a.dtype.name, a.tobytes().hex()] for a in outcome.arrays]
    if isinstance(outcome, Described):
        shapes = [None if shape is None else list(shape) for shape in outcome.shapes]
        return [list(pair) for pair in zip(shapes, outcome.dtypes, strict=True)]
    assert isinstance(outcome, Raised), outcome
    return refusal(outcome.type, outcome.message)


def refusal(kind: str, message: str) -> list[str]:
    """An exception without sizes and without the places in the calling program that JAX's compiler puts into its message."""
    return [kind, normalise(re.split(r"\sat loc\(", message)[0])]
