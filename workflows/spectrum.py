"""Commands that fit, scan and limit a spectrum: `bumphunt` alone, on files."""

from __future__ import annotations

import typer

from .background import ListingFamilies
from .bias import bias
from .fit import fit
from .limit import limit
from .scan import scan

app = typer.Typer()

for _command in (fit, scan, limit, bias):
    app.command(cls=ListingFamilies)(_command)
