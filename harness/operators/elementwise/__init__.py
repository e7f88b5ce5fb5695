"""Elementwise operators: functions of one or several numbers, applied to broadcast arrays."""

import importlib
import pkgutil

# Every module that adds rows does so by being imported.
for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
