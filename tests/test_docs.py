"""What the documentation tells to type is run, and what it shows is compared with what comes of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pages import ROOT, Wrong, blocks, check, difference, matches, not_run, pages, unsaid

FRAMEWORKS = {f"docs/guides/{page}.md" for page in ("add-an-operator", "file-upstream", "pytest-plugin")}
"""Pages whose commands start machine-learning frameworks."""

NOT_RUN = {"README.md": 2, "docs/tutorial.md": 1}
"""How many blocks of a page nobody runs."""

PAGES = {str(path.relative_to(ROOT)): path for path in pages()}
PLAIN = """
<!-- file: hello.txt -->
```text
hello
```

```console
$ NAME=$(cat hello.txt)
$ echo $NAME, opdiff 12
hello, ... 12
$ python -c 'raise SystemExit(3)'
$ echo $?
3
```
"""


def read(name: str) -> str:
    return PAGES[name].read_text(encoding="utf-8")


@pytest.mark.timeout(900)  # dozens of commands, one after the other
@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.frameworks] if n in FRAMEWORKS else []) for n in PAGES]
)
def test_what_a_page_tells_to_type_does_what_the_page_says(name: str, tmp_path: Path) -> None:
    check(read(name), tmp_path)


def test_a_page_that_is_right_passes(tmp_path: Path) -> None:
    check(PLAIN, tmp_path)


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("hello, ... 12", "hello, ... 13", "Expected:\n    hello, ... 13"),
        ("hello, ... 12", "... 12\nand more", "and more"),
        ("hello\n", "goodbye\n", "Got:\n    goodbye, opdiff 12"),
        ("$ echo $?\n3\n", "", "ended with 3, of which the page says nothing"),
        ("$ echo $?\n3\n", "$ echo $?\n4\n", "Got:\n    3"),
        ("$ NAME", "NAME", "a console block begins with a command"),
        ("cat hello.txt", "cat goodbye.txt", "goodbye.txt: No such file"),
        ("raise SystemExit(3)'", "'\n$ exit 5", "ended the shell"),
    ],
)
def test_a_page_that_is_wrong_fails(right: str, wrong: str, message: str, tmp_path: Path) -> None:
    assert right in PLAIN
    with pytest.raises(Wrong) as told:
        check(PLAIN.replace(right, wrong, 1), tmp_path)
    assert message in str(told.value)


def test_a_session_is_a_doctest(tmp_path: Path) -> None:
    right = "```python\n>>> from harness.case import Target\n>>> str(Target.parse('jax'))\n'jax:cpu:eager'\n```\n"
    check(right + "\n```python\n>>> Target('torch').mode\n'eager'\n```\n", tmp_path / "right")
    with pytest.raises(Wrong, match=r"Got:\n *'jax:cpu:eager'"):
        check(right.replace("cpu:eager'\n", "cpu:graph'\n"), tmp_path / "wrong")
    with pytest.raises(Wrong, match="says what it is in a comment"):
        check("```python\nx = 1\n```\n", tmp_path / "plain")


def test_an_excerpt_stands_in_its_file(tmp_path: Path) -> None:
    excerpt = "<!-- from: source.py -->\n```python\ndef f():\n    return 1\n```\n"
    (tmp_path / "source.py").write_text("import os\n\n\ndef f():\n    return 1\n")
    check(excerpt, tmp_path / "right", project=tmp_path)
    with pytest.raises(Wrong, match=r"line 2: the block does not stand so in source\.py"):
        check(excerpt.replace("return 1", "return 2"), tmp_path / "wrong", project=tmp_path)


def test_dots_stand_for_anything_and_white_space_for_white_space() -> None:
    assert matches("a ... d\nlast", "a b\nc d\nlast\n")
    assert matches("one  two", "one two")
    assert matches("one ... two", "one   two\n")
    assert not matches("a ... d", "a b c\n")
    assert "Got:" in difference("a", "b\n")


def test_every_block_that_nobody_runs_says_why() -> None:
    found = {name: len(not_run(read(name))) for name in PAGES}
    assert {name: count for name, count in found.items() if count} == NOT_RUN
    assert all(len(block.about) > 20 for name in PAGES for block in not_run(read(name)) if block.word == "not run")


def test_no_page_has_commands_in_another_form() -> None:
    assert not [(name, block.line) for name in PAGES for block in unsaid(read(name))]
    assert unsaid("\n```sh\nrm -r .\n```\n")


def test_only_markers_that_mean_something_stand_before_blocks() -> None:
    words = {block.word for name in PAGES for block in blocks(read(name))}
    assert words <= {"", "not run", "file", "append", "from", "main command", "test command"}


def test_options_in_the_text_exist() -> None:
    from harness.cli import cli

    known = set(re.findall(r"--[a-z][a-z-]+", repr(cli.to_info_dict(cli.make_context("opdiff", ["list"])))))
    for name in PAGES:
        text = re.sub(r"```.*?```", "", read(name), flags=re.S)
        for line in re.findall(r"`opdiff [^`]*`", text):
            assert set(re.findall(r"--[a-z][a-z-]+", line)) <= known, f"{name}: {line}"
