"""Pages of the documentation as tests: their console blocks run in order in one shell, their Python blocks are doctests.

The HTML comment on the line before a block says what it is where that is not plain:

* ``<!-- not run: REASON -->``: nobody runs it here;
* ``<!-- file: PATH -->``: it is written to a file of the page's folder; ``<!-- append: PATH -->``: to its end;
* ``<!-- from: PATH -->``: it stands in that file of the project, word for word.
"""

from __future__ import annotations

import doctest
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
MATCHING = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
MARKER = re.compile(r"<!-- (?P<word>[a-z ]+?)(: (?P<text>.+?))? -->\n*\Z")
FENCE = re.compile(
    r"^(?P<indent> *)(?P<ticks>`{3,})(?P<language>\S*)[^\n]*\n(?P<text>.*?)^(?P=indent)(?P=ticks)\n", re.M | re.S
)


class Wrong(AssertionError):
    """A page that does not say what is so."""


@dataclass(frozen=True)
class Block:
    """A fenced block: its line in the page, its language, and the comment before it as ``word`` and ``about``."""

    line: int
    language: str
    text: str
    word: str = ""
    about: str = ""


@dataclass(frozen=True)
class Command:
    """A line after ``$``, those after ``>`` included, and what the page shows below it."""

    text: str
    shown: str


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a page."""
    found = []
    for fence in FENCE.finditer(text):
        marker = MARKER.search(text[: fence.start()])
        indent = len(fence["indent"])
        lines = "".join(line[indent:] for line in fence["text"].splitlines(keepends=True))
        word, about = (marker["word"], marker["text"] or "") if marker else ("", "")
        found.append(Block(text[: fence.start()].count("\n") + 1, fence["language"], lines, word, about))
    return found


def commands(block: Block) -> list[Command]:
    """The commands of a console block, each with what is shown below it."""
    lines = block.text.splitlines()
    starts = [index for index, line in enumerate(lines) if line.startswith("$ ")]
    if not starts or starts[0]:
        raise Wrong(f"line {block.line}: a console block begins with a command after '$ '")
    found = []
    for start, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
        last = start + 1
        while last < stop and lines[last].startswith("> "):
            last += 1
        text = "\n".join(line[2:] for line in lines[start:last])
        found.append(Command(text, "\n".join(lines[last:stop]).strip()))
    return found


def clone(folder: Path) -> Path:
    """A copy of what the pages use of the project, in a folder that is made."""
    passing = shutil.ignore_patterns("*.pyc.*", ".hypothesis")  # what other processes are about to write
    for name in ("harness", "strategies", "reports", ".ci", "docs/examples"):
        shutil.copytree(ROOT / name, folder / name, ignore=passing)
    for name in ("pyproject.toml", "tox.ini", "constraints.txt"):
        shutil.copy2(ROOT / name, folder / name)
    return folder


def environment(folder: Path, project: Path) -> dict[str, str]:
    """A virtual environment with the project and what this interpreter sees, and the variables with which a page runs in it."""
    home = folder / "environment"
    venv.create(home, symlinks=True)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)}))
    # As the last: what a page installs comes before what is installed here.
    (packages / "zz_outer.pth").write_text(f"{project}\n{sysconfig.get_path('purelib')}\n")
    command = home / "bin" / "opdiff"
    command.write_text(f"#!{home / 'bin' / 'python'}\nfrom harness.cli import main\nmain()\n")
    command.chmod(0o755)
    kept = {
        name: value
        for name, value in os.environ.items()
        if not re.match("OPDIFF_|NIGHT_|PYTEST_|CI$|GITHUB_|FORCE_COLOR", name)
    }
    offline = {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0"}
    one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    path = f"{home / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    return kept | offline | one_thread | {"PATH": path, "HOME": str(folder), "COLUMNS": "200", "NO_COLOR": "1"}


class Shell:
    """A shell that runs one command after the other and gives what each said, on both streams, with its exit status."""

    END = "\x1eEND "

    def __init__(self, folder: Path, variables: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            ["bash", "--norc", "--noprofile"],
            cwd=folder,
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._say(f"ended() {{ local status=$?; printf '{self.END}%d\\n' $status; return $status; }}")

    def _say(self, text: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def run(self, command: str) -> tuple[str, int]:
        """What the command said, and its exit status. Raises Wrong when the shell ended with it."""
        self._say(f"{{ {command}\n}} < /dev/null; ended")
        assert self.process.stdout
        said = ""
        for line in self.process.stdout:
            before, end, status = line.partition(self.END)
            said += before
            if end:
                return said, int(status)
        raise Wrong(f"{command}\nended the shell:\n{said}")

    def close(self) -> None:
        """End the shell and all that it started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()


def check(page: str, folder: Path, *, project: Path = ROOT) -> None:
    """Run a page in a folder. Raises Wrong with the line of the block, the command and a diff."""
    work = clone(folder / "work")
    shell = Shell(work, environment(folder, work))
    names: dict[str, object] = {}
    try:
        for block in blocks(page):
            if block.word in ("file", "append"):
                (work / block.about).parent.mkdir(parents=True, exist_ok=True)
                with (work / block.about).open("w" if block.word == "file" else "a") as file:
                    file.write(block.text)
            elif block.word == "from":
                _stands_in(block, project / block.about)
            elif block.language == "console" and block.word != "not run":
                _run(block, shell)
            elif block.language == "python" and block.word != "not run":
                _doctest(block, names)
    finally:
        shell.close()


def _stands_in(block: Block, path: Path) -> None:
    if block.text not in path.read_text(encoding="utf-8"):
        raise Wrong(f"line {block.line}: the block does not stand so in {path.name}")


def _run(block: Block, shell: Shell) -> None:
    """Every command of a block: it says what is shown, and ends with 0 unless the page goes on with ``echo $?``."""
    asked = commands(block)
    follows = [command.text for command in asked[1:]] + [""]
    for command, following in zip(asked, follows, strict=True):
        said, status = shell.run(command.text)
        where = f"line {block.line}: $ {command.text}"
        if status and following != "echo $?":
            raise Wrong(f"{where}\nended with {status}, of which the page says nothing:\n{said}")
        if command.shown and not matches(command.shown, said):
            raise Wrong(f"{where}\n{difference(command.shown, said)}")


def matches(shown: str, said: str) -> bool:
    """Whether a command said what the page shows; ``...`` stands for anything, also for nothing, white space for white space."""
    pieces = [r"\s+".join(map(re.escape, piece.split())) for piece in re.split(r"\s*\.\.\.\s*", shown.strip())]
    return re.fullmatch(".*?".join(pieces), said.strip(), re.DOTALL) is not None


def difference(shown: str, said: str) -> str:
    """The two below each other."""
    example = doctest.Example("", shown + "\n")
    return doctest.OutputChecker().output_difference(example, said, MATCHING)


def _doctest(block: Block, names: dict[str, object]) -> None:
    """A block of a Python session; the names that it binds are those of the whole page."""
    test = doctest.DocTestParser().get_doctest(block.text, names, "page", None, block.line)
    if not test.examples:
        raise Wrong(f"line {block.line}: a Python block is a session after '>>> ', or says what it is in a comment")
    told: list[str] = []
    runner = doctest.DocTestRunner(optionflags=MATCHING, verbose=False)
    runner.run(test, out=told.append, clear_globs=False)
    names.update(test.globs)
    if runner.failures:
        raise Wrong("".join(told))


def pages(folder: Path = ROOT) -> Iterator[Path]:
    """The pages that say what to do: the README and all of ``docs/`` but the lists of operators and findings."""
    yield folder / "README.md"
    for path in sorted((folder / "docs").rglob("*.md")):
        if path.name not in ("operators.md", "findings.md"):
            yield path


def unsaid(page: str) -> list[Block]:
    """Blocks of commands that no comment excuses and that are no console block: nothing would run them."""
    return [b for b in blocks(page) if b.language in ("sh", "bash", "shell") and not b.word]


def not_run(page: str) -> list[Block]:
    """Blocks that a comment excuses from being run."""
    excused = ("not run", "main command", "test command")
    return [block for block in blocks(page) if block.word in excused]


if __name__ == "__main__":
    check(Path(sys.argv[1]).read_text(encoding="utf-8"), Path(sys.argv[2]))
