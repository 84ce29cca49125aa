"""How the documentation is built: `make docs`, without a network."""

from __future__ import annotations

import re
from importlib.metadata import version as installed
from typing import Any

from pygments.lexers import BashLexer

project = "dijethunt"
author = "The dijethunt developers"
project_copyright = "The dijethunt developers"
release = version = installed("dijethunt")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"dijethunt {release}"
html_copy_source = False
pygments_style = "friendly"

myst_heading_anchors = 3

autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints = "none"  # docstrings give shapes and units
autodoc_preserve_defaults = True
add_module_names = False
python_maximum_signature_line_length = 90
toc_object_entries = False

_ABSOLUTE = re.compile(r"(?<![\\`|])\|(\w[^|`]*)\|(?!`)")


def _escape_bars(_app: Any, _what: str, _name: str, _object: Any, _options: Any, lines: list[str]) -> None:
    """Let |eta| in a docstring be an absolute value, not a substitution."""
    lines[:] = [_ABSOLUTE.sub(r"\\|\1\\|", line) for line in lines]


def setup(app: Any) -> None:
    """Read console blocks, which hold commands alone, as shell; prepare docstrings."""
    app.add_lexer("console", BashLexer)
    app.connect("autodoc-process-docstring", _escape_bars)
