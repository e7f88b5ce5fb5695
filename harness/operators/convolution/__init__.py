"""Convolution and transposed convolution: meaning, calls, conventions, known differences."""

import importlib
import pkgutil

# Every module that adds calls or rows does so by being imported.
for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
