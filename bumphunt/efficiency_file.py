"""Efficiency curves in text files: comma-separated columns cross_section (fb), efficiency and error."""

from __future__ import annotations

import csv
from pathlib import Path

from .efficiency import EfficiencyCurve, EfficiencyError

COLUMNS = ("cross_section", "efficiency", "error")


def read_efficiency(path: str | Path) -> EfficiencyCurve:
    """Read the efficiency of injected signals.

    Arguments:
        path: file with a line of column names (cross_section in fb, efficiency, and error if there is one, in any order;
            other columns are left aside) and a line for each injection. Lines that start with # are comments.

    Raises:
        EfficiencyError: if the file cannot be read, a column is missing, or the contents are no efficiencies.

    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"cannot read {path}: {error}; give a number, or a text file with columns {', '.join(COLUMNS)}"
        raise EfficiencyError(msg) from None
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    rows = [{str(key).strip(): value for key, value in row.items()} for row in csv.DictReader(lines)]
    missing = [name for name in COLUMNS[:2] if not rows or name not in rows[0]]
    if missing:
        found = ", ".join(rows[0]) if rows else "no rows"
        msg = f"{path}: no column '{missing[0]}'; found {found}, needed: {', '.join(COLUMNS[:2])}"
        raise EfficiencyError(msg)
    try:
        columns = [tuple(float(row[name]) for row in rows) for name in COLUMNS if name in rows[0]]
        return EfficiencyCurve(*columns)
    except (TypeError, ValueError) as error:
        msg = f"{path}: {error}"
        raise EfficiencyError(msg) from None
