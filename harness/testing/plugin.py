"""The pytest plug-in: the fixture ``opdiff``, its options and settings, its marker, and a line in the summary.

Everyone who has opdiff installed imports this module with every pytest, so it imports nothing but pytest; what a test needs comes with
the first differential test.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from harness.operator import Operator
    from harness.testing.session import Session
    from harness.testing.settings import Settings

OPTIONS = {
    "targets": "comma-separated framework[:device[:mode]], with * and ?; default: all installed, eager and abstract",
    "cases": "cases of a test; default: 100",
    "seed": "same seed, same cases; default: 0",
    "time": "what a test may take, such as 90s or 10m; default: 60s",
    "timeout": "what a case may take; default: 10s",
    "store": "folder of the store, from the root directory of the tests; default: .opdiff",
    "baseline": "file of the findings that are lived with, from there; default: opdiff-baseline.toml where it lies there",
}
PATHS = ("store", "baseline")
FOLDER = "opdiff_folder"
"""Where processes of pytest-xdist are told to keep what they find."""

_settings = pytest.StashKey["Settings"]()
_folder = pytest.StashKey[Path]()
_told = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--opdiff-NAME``, and the settings ``opdiff_NAME`` of pytest's configuration file."""
    group = parser.getgroup("opdiff", "differential tests of operators (opdiff)")
    for name, meaning in OPTIONS.items():
        group.addoption(f"--opdiff-{name}", metavar=name.upper(), default=None, help=meaning)
        parser.addini(f"opdiff_{name}", f"differential tests: {meaning}", default=None)


def pytest_configure(config: pytest.Config) -> None:
    """Check what was set before anything runs. Raises UsageError."""
    marker = "opdiff(targets, cases, seed, time): settings of one differential test (opdiff)"
    config.addinivalue_line("markers", marker)
    given = {name: config.getoption(f"opdiff_{name}") or config.getini(f"opdiff_{name}") for name in OPTIONS}
    if any(given.values()):
        config.stash[_settings] = _settings_of(config)


def _settings_of(config: pytest.Config, marked: dict[str, Any] | None = None) -> Settings:
    """The settings of a test: command line, its marker, the configuration file, the defaults. Raises UsageError."""
    from harness.baseline import at
    from harness.testing.settings import SettingError, Settings, parsed

    def read(values: dict[str, Any]) -> dict[str, Any]:
        return {name: parsed(name, value) for name, value in values.items() if value and name not in PATHS}

    line = {name: config.getoption(f"opdiff_{name}") for name in OPTIONS}
    file = {name: config.getini(f"opdiff_{name}") for name in OPTIONS}
    store, named = (config.rootpath / path if path else None for path in (line[name] or file[name] for name in PATHS))
    places = (store or config.rootpath / ".opdiff", at(named, config.rootpath))
    try:
        return Settings(*places, **{**read(file), **(marked or {}), **read(line)})
    except SettingError as error:
        raise pytest.UsageError(f"opdiff: {error}") from error


class Checker:
    """What the fixture ``opdiff`` gives a test."""

    def __init__(self, session: Session, settings: Settings, config: pytest.Config) -> None:
        self._session, self._settings, self._config = session, settings, config

    def check(self, operator: Operator) -> None:
        """Check an operator that ``harness.testing.differential`` declared; the test passes, fails or is skipped.

        Raises TypeError when the workers cannot know it.
        """
        from harness import outside

        __tracebackhide__ = True
        if getattr(operator, "key", None) not in outside.origins():
            rule = "expected what harness.testing.differential declares: TEST.operator of a decorated TEST"
            raise TypeError(f"operator {operator!r}: {rule}")
        end = self._outcome(operator)
        if end:
            end()

    def _outcome(self, operator: Operator) -> Callable[[], NoReturn] | None:
        """What to do of a test that does not pass, after the exception that says so was handled: pytest shows it alone."""
        from harness.testing import session
        from harness.testing.settings import SettingError

        try:
            self._session.check(operator, self._settings)
        except session.CheckSkipped as error:
            return partial(pytest.skip, str(error))
        except session.CheckFailed as error:
            return partial(pytest.fail, str(error), pytrace=False)
        except session.CannotCheck as error:
            return partial(pytest.fail, f"opdiff: {error}", pytrace=False)
        except SettingError as error:
            return partial(_refuse, self._config, f"opdiff: {error}")
        return None


def _refuse(config: pytest.Config, message: str) -> NoReturn:
    """End the session as a usage error does; a process of pytest-xdist can only end its test."""
    if hasattr(config, "workerinput"):
        pytest.fail(message, pytrace=False)
    pytest.exit(message, returncode=pytest.ExitCode.USAGE_ERROR)


@pytest.fixture(scope="session")
def opdiff_session(pytestconfig: pytest.Config) -> Iterator[Session]:
    """The workers and the store of this process; one for all tests."""
    from harness.baseline import BaselineError
    from harness.store import StoreError
    from harness.testing.session import Session

    process = getattr(pytestconfig, "workerinput", {})
    folder = Path(process.get(FOLDER) or _shared_folder(pytestconfig)) / process.get("workerid", "main")
    try:
        session = Session(_settings_of(pytestconfig), folder)
    except (StoreError, BaselineError) as error:
        _refuse(pytestconfig, f"opdiff: {error}")
    with session:
        yield session


@pytest.fixture
def opdiff(request: pytest.FixtureRequest, opdiff_session: Session) -> Checker:
    """``opdiff.check(operator)``: a differential test. ``@pytest.mark.opdiff(cases=1000)`` changes its settings."""
    from harness.testing.settings import SettingError, marked

    values: dict[str, Any] = {}
    try:
        for marker in reversed(list(request.node.iter_markers("opdiff"))):  # the closest one wins
            values |= marked(marker.kwargs, marker.args)
    except SettingError as error:
        pytest.fail(f"opdiff: {error}", pytrace=False)
    return Checker(opdiff_session, _settings_of(request.config, values), request.config)


def _shared_folder(config: pytest.Config) -> str:
    """The folder under which every process of this session keeps its store."""
    if _folder not in config.stash:
        config.stash[_folder] = Path(tempfile.mkdtemp(prefix="opdiff-tests-"))
    return str(config.stash[_folder])


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """A process of pytest-xdist keeps what it finds where this one looks for it."""
    node.workerinput[FOLDER] = _shared_folder(node.config)


@pytest.hookimpl(trylast=True)  # after the fixtures of an interrupted session were torn down
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Take what all processes found over into the store."""
    config = session.config
    if _folder not in config.stash:
        return
    from harness.store_file import DATABASE

    folders = sorted(path.parent for path in config.stash[_folder].glob(f"*/{DATABASE}"))
    if folders:
        config.stash[_told] = _take_over(session, folders)


def _take_over(session: pytest.Session, folders: list[Path]) -> list[str]:
    """Write the stores of all processes into that of the user; the lines of the summary. A failure keeps them and says where."""
    from harness.store import StoreError
    from harness.testing.runs import take_over
    from harness.testing.summary import lines

    store = _settings_of(session.config).store
    try:
        record, notice = take_over(store, folders)
    except StoreError as error:
        del session.config.stash[_folder]
        if session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
        return [f"{error}", f"what the tests found is kept: opdiff merge {' '.join(map(str, folders))} --store {store}"]
    return [*([notice] if notice else []), *(lines(record, store) if record else [])]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """What ran, where, and where it is stored."""
    told = config.stash.get(_told, [])
    if told:
        terminalreporter.section("opdiff", sep="-")
        for line in told:
            terminalreporter.line(line)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the stores of the processes."""
    if _folder in config.stash:
        shutil.rmtree(config.stash[_folder], ignore_errors=True)
