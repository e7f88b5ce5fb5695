"""Operators from outside: where a user's own module defines one, and how a worker comes to know it.

The key of such an operator is the dotted path of its definition, ``tests.test_swish.test_swish``. No name that stands in a case, a
file or a store is ever imported: a process knows the operators of the modules that its user made it import, and hands the names of
these modules to its workers. Read by the workers: Python 3.9 syntax; standard library only.
"""

from __future__ import annotations

import importlib
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Collection, Dict, Mapping, Optional, Tuple


class OutsideError(Exception):
    """A module, or a function of one, that cannot be imported. The message names it and the reason."""


@dataclass(frozen=True)
class Origin:
    """Where an operator is defined: a module, and the folder from which that is imported.

    ``calls`` are the functions that are imported to make a call: per table of calls paths ``module:name``.
    """

    module: str
    folder: str
    calls: Mapping[str, str]


_ORIGINS: Dict[str, Origin] = {}

_FAILED = " cannot be imported: "


def note(key: str, origin: Origin) -> None:
    """Remember where the operator of that key is defined."""
    _ORIGINS[key] = origin


def origins() -> Mapping[str, Origin]:
    """The operators from outside that this process knows, by key."""
    return dict(_ORIGINS)


def imports(table: str, without: Collection[str] = ()) -> Tuple[str, ...]:
    """What a worker with that table of calls imports so that it knows them too: modules, then functions ``module:name``.

    ``without`` are those of them that it is not to import.
    """
    modules = [origin.module for origin in _ORIGINS.values()]
    calls = [origin.calls[table] for origin in _ORIGINS.values() if table in origin.calls]
    return tuple(dict.fromkeys(path for path in [*modules, *calls] if path not in without))


def not_imported(reason: str) -> Tuple[str, str]:
    """Of the reason why a worker did not start: the path that it could not import, and the message of that; empty where it is another."""
    kind, _, message = reason.partition(f"{OutsideError.__qualname__}: ")
    path, found, _ = message.partition(_FAILED)
    return (path, message) if found and kind.endswith(".") else ("", "")


def folders() -> Tuple[str, ...]:
    """The folders that a worker imports them from: those of their modules, then what this process was given beside its installation."""
    if not _ORIGINS:
        return ()
    installed = {Path(folder).resolve() for folder in sysconfig.get_paths().values()}
    installed |= {folder / "lib-dynload" for folder in installed}
    given = [folder or "." for folder in sys.path]
    more = [str(Path(folder).resolve()) for folder in given if Path(folder).is_dir()]
    own = [origin.folder for origin in _ORIGINS.values()]
    return tuple(dict.fromkeys([*own, *(folder for folder in more if Path(folder) not in installed)]))


def resolve(path: str) -> Any:
    """The module ``module``, or the object ``module:name.name``. Raises OutsideError, whatever the module's import raises."""
    module, _, name = path.partition(":")
    try:
        found: Any = importlib.import_module(module)
        for part in filter(None, name.split(".")):
            found = getattr(found, part)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # also SystemExit, and what pytest.skip raises at module level
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise OutsideError(f"{path}{_FAILED}{reason}") from error
    return found


def folder_of(module: str, file: Optional[str]) -> str:
    """The folder from which ``import module`` finds ``file``. Raises OutsideError where there is none."""
    path = Path(file or "").resolve()
    parts = module.split(".")
    found = path.parent if path.name == "__init__.py" else path.with_suffix("")
    if not file or tuple(found.parts[-len(parts) :]) != tuple(parts):
        raise OutsideError(f"module {module!r} of {file or 'no file'}: a worker cannot import it by that name")
    return str(found.parents[len(parts) - 1])


def name_of(file: Path) -> Tuple[Path, str]:
    """The folder from which a file is imported, and the name by which: that begins above its outermost package.

    So does pytest (https://docs.pytest.org, "Import modes", ``prepend``).
    """
    folder, module = file.resolve().parent, file.stem
    if module == "__init__":
        folder, module = folder.parent, folder.name
    while (folder / "__init__.py").is_file():
        folder, module = folder.parent, f"{folder.name}.{module}"
    return folder, module


def bring(text: str) -> None:
    """Import a module by its name or its file ``*.py``, with the operators that it defines. Raises OutsideError."""
    folder, module = Path.cwd(), text
    if text.endswith(".py"):
        if not Path(text).is_file():
            raise OutsideError(f"{text}{_FAILED}there is no such file")
        folder, module = name_of(Path(text))
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    resolve(module)
