"""An implementation that is right until it is told to misbehave, and the ways in which it can."""

import importlib
import pkgutil


def every_bug():
    """All planted bugs by name: those of convolutions, and the tables ``BUGS_FAMILY = {name: (operators, Bug)}`` of modules ``*_bugs``."""
    found = dict(importlib.import_module(f"{__name__}.bugs").BUGS)
    for module in pkgutil.iter_modules(__path__):
        if module.name.endswith("_bugs"):
            tables = vars(importlib.import_module(f"{__name__}.{module.name}"))
            for name, table in tables.items():
                if name.startswith("BUGS_"):
                    found.update({bug: planted for bug, (_, planted) in table.items()})
    return found
