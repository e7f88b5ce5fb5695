"""What is distributed, and what the project's own configuration promises."""

from __future__ import annotations

import configparser
import re
import shutil
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import hatchling.build
import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("harness", "strategies", "reports")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LEFTOVERS = (
    ".hypothesis/unicode_data/charmap",
    ".opdiff/opdiff.sqlite",
    ".tox/py311/pyvenv.cfg",
    ".venv/pyvenv.cfg",
    "build/lib/old.py",
    "dist/opdiff-0.0.0.whl",
    "harness/.opdiff/opdiff.sqlite",
    "harness/__pycache__/case.cpython-311.pyc",
    "opdiff-report.html",
    "opdiff.egg-info/PKG-INFO",
    "reports/.hypothesis/examples/a",
)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The files of a copy of the project, which is the current folder and also holds what work leaves behind."""
    copy = tmp_path / "project"
    for name in (*PACKAGES, "tests"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", ".hypothesis"))
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, copy / name)
    kept = {str(path.relative_to(copy)) for path in copy.rglob("*") if path.is_file()}
    for name in LEFTOVERS:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text("left behind")
    monkeypatch.chdir(copy)
    return kept


def test_the_wheel_holds_the_packages_and_their_data(files: set[str], tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / hatchling.build.build_wheel(str(tmp_path))) as wheel:
        names = wheel.namelist()
        entries = wheel.read(f"opdiff-{PROJECT['version']}.dist-info/entry_points.txt").decode()
    content = {name for name in names if ".dist-info/" not in name}
    assert len(names) == len(set(names))
    assert content == {name for name in files if name.startswith(tuple(f"{package}/" for package in PACKAGES))}
    assert {"reports/html/templates/report.html.j2", "reports/schemas/findings.json"} <= content
    assert {Path(name).suffix for name in content} <= {".py", ".j2", ".css", ".js", ".json"}
    assert {name.split("/", 1)[1] for name in names if ".dist-info/" in name} == {
        "METADATA",
        "RECORD",
        "WHEEL",
        "entry_points.txt",
        "licenses/LICENSE",
    }
    assert "opdiff = harness.cli:main" in entries
    assert "torch = harness.adapters.torch:Torch" in entries


def test_what_work_leaves_behind_is_not_distributed(files: set[str], tmp_path: Path) -> None:
    with tarfile.open(tmp_path / hatchling.build.build_sdist(str(tmp_path))) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames()}
    assert not names & {*LEFTOVERS}
    assert names == files | {"PKG-INFO"}


def requirements(*groups: str) -> set[str]:
    """Names of the direct dependencies, those of the core first; opdiff's own extras left out."""
    lists = [PROJECT["dependencies"], *(PROJECT["optional-dependencies"][group] for group in groups)]
    names = {re.split(r"[\[<>=~! ]", text)[0].lower().replace("_", "-") for each in lists for text in each}
    return names - {PROJECT["name"]}


def test_every_direct_dependency_is_constrained() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[\w-]+==[\w.]+", pin) for pin in pins)
    pinned = {pin.split("==")[0].replace("_", "-") for pin in pins}
    assert requirements(*PROJECT["optional-dependencies"]) <= pinned


def test_the_core_needs_no_framework_and_all_means_each() -> None:
    frameworks = {"torch", "tensorflow-cpu", "keras", "tf-keras", "jax"}
    extras = ("torch", "tensorflow", "keras", "jax")
    assert requirements(*extras) - requirements() == frameworks
    assert not frameworks & requirements("test", "lint")
    assert PROJECT["optional-dependencies"]["all"] == [f"opdiff[{','.join(extras)}]"]


def test_the_extras_that_tox_asks_for_exist() -> None:
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini")
    values = [section["extras"].strip() for section in tox.values() if "extras" in section]
    # Like tox: a value of several lines has one extra in each, only a single line is split at its commas.
    asked = {word.split(":")[-1].strip() for text in values for word in text.split("\n" if "\n" in text else ",")}
    assert asked == {*PROJECT["optional-dependencies"]} - {"dev"}


def test_the_stated_pythons_are_those_that_are_tested() -> None:
    stated = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
    assert PROJECT["requires-python"] == f">={stated[0]}"
    workflow = (ROOT / ".github/workflows/ci.yml").read_text()
    assert re.findall(r'"(3\.\d+)"', workflow.split("matrix:")[1]) == stated
    factors = re.search(r"py\{([\d,]+)\}", (ROOT / "tox.ini").read_text())
    assert factors
    assert factors[1].split(",") == [version.replace(".", "") for version in stated]
    assert "{}.{}".format(*sys.version_info) in stated
