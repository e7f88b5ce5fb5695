"""An implementation that is right until it is told to misbehave, and the ways in which it can."""

import importlib
import pkgutil


def tables():
    """The planted bugs of plain operators, by name: the tables ``BUGS_FAMILY = {name: (operators, Bug)}`` of the modules ``*_bugs``."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        if module.name.endswith("_bugs"):
            for name, table in vars(importlib.import_module(f"{__name__}.{module.name}")).items():
                if name.startswith("BUGS_"):
                    assert not set(found) & set(table), "a name that two bugs have"
                    found.update(table)
    return found


def every_bug():
    """All planted bugs by name: those of convolutions, and those of plain operators."""
    plain = {name: planted for name, (_, planted) in tables().items()}
    return {**importlib.import_module(f"{__name__}.bugs").BUGS, **plain}
