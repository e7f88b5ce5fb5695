"""Fourier transforms, the order of their spectra, their frequencies."""

import importlib
import pkgutil

# Every module that adds rows does so by being imported.
for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
