"""Standalone scripts of findings, composed from the sources that really ran."""

from reports.reproducer.program import Program, program
from reports.reproducer.script import script

__all__ = ["Program", "program", "script"]
