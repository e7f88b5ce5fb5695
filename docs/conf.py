"""How Sphinx builds these pages: ``sphinx-build -W --keep-going -n docs build/docs``."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

project = "opdiff"
author = copyright = "The opdiff authors"  # noqa: A001 - Sphinx asks for this name
release = version = tomllib.loads((HERE.parent / "pyproject.toml").read_text("utf-8"))["project"]["version"]
extensions = ["myst_parser", "sphinx.ext.autodoc", "generated"]
exclude_patterns = ["examples"]
html_theme = "furo"
html_title = f"opdiff {version}"
smartquotes = False
"""They would make one dash of the two before an option."""

html_copy_source = html_show_sourcelink = False

myst_heading_anchors = 3

autodoc_default_options = {"members": True, "undoc-members": True, "member-order": "bysource"}
autodoc_class_signature = "separated"
autodoc_typehints = "none"
"""Types stand in the code; what a page needs of them, such as units, stands in the docstrings."""

nitpick_ignore_regex = [(r"py:.*", r"(click|enum|msgspec|numpy|sqlalchemy)\b.*")]
"""Names of other projects, whose inventories would have to be fetched."""
