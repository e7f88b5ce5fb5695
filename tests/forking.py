"""Scripts run in processes forked from one that has imported their framework, and nothing else: an import costs seconds, a script little.

A fork is a process that no script has run in: what a script changes, or ends, is its own. The process that is forked has
one thread and has called nothing. It is isolated as ``python -I`` is.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SERVER = r"""
import importlib, json, os, runpy, sys

for name in sys.argv[1:]:
    importlib.import_module(name)
assert len(os.listdir("/proc/self/task")) == 1, "a fork has none of the threads of its parent, but their locks"
print("ready", flush=True)
for line in sys.stdin:
    script, folder, words = json.loads(line)
    child = os.fork()
    if not child:
        os.setsid()
        os.chdir(folder)
        for source, descriptor in ((os.devnull, 0), (words + ".out", 1), (words + ".err", 2)):
            os.dup2(os.open(source, os.O_RDONLY if descriptor == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), descriptor)
        sys.argv = [script]
        runpy.run_path(script, run_name="__main__")
        sys.exit(0)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@dataclass
class Done:
    """How a script ended, and what it wrote."""

    returncode: int
    stdout: str
    stderr: str


class Forking:
    """A process that has imported ``modules`` in ``environment`` and is forked for every script. A context manager."""

    def __init__(self, modules: Sequence[str], environment: Mapping[str, str]) -> None:
        self._server = subprocess.Popen(
            [sys.executable, "-I", "-c", SERVER, *modules],
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._said() == "ready"

    def __enter__(self) -> Forking:
        return self

    def __exit__(self, *error: object) -> None:
        self._server.kill()
        self._server.communicate()

    def run(self, script: Path, folder: Path) -> Done:
        """Run a script in ``folder``, where the files ``words.out`` and ``words.err`` come to lie."""
        assert self._server.stdin is not None
        words = folder / "words"
        print(json.dumps([str(script), str(folder), str(words)]), file=self._server.stdin, flush=True)
        child = int(self._said())
        try:
            code = int(self._said())
        except BaseException:  # the test's time is over; the next script finds its turn
            os.killpg(child, signal.SIGKILL)
            self._said()
            raise
        return Done(code, words.with_suffix(".out").read_text(), words.with_suffix(".err").read_text())

    def _said(self) -> str:
        assert self._server.stdout is not None
        line = self._server.stdout.readline()
        assert line, f"the process that scripts are forked from ended with {self._server.wait()}"
        return line.strip()
