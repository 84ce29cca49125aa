"""Spectra in text files: comma-separated columns low, high (GeV) and observed (events)."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from .array import FloatArray
from .spectrum import Spectrum, SpectrumError

COLUMNS = ("low", "high", "observed")
TOUCHING = 1e-9  # relative: ends of bins in other units are rounded
SYNONYMS = {"observed": ("data", "events", "counts", "count", "entries", "n")}


class SpectrumFileError(SpectrumError):
    """Raised when a file does not hold a spectrum."""


def read_csv(path: str | Path) -> Spectrum:
    """Read a spectrum.

    Arguments:
        path: file with a line of column names (low, high and observed, in any order; a unit as in ``low_gev`` or
            ``low [GeV]`` is allowed and other columns are left aside) and a line for each bin. The names of HEPData
            tables, such as ``mjj [GeV] LOW``, and data, events, counts for observed are understood. Lines that start
            with # are comments.

    Raises:
        SpectrumFileError: if the file cannot be opened, a column is missing, a number cannot be read, or neighbouring bins do not touch.
        SpectrumError: if the contents are no spectrum.

    """
    path = Path(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            low, high, observed = _columns(path, file)
    except (OSError, UnicodeDecodeError) as error:
        msg = f"cannot read {path}: {error}; give a text file with columns low, high and observed"
        raise SpectrumFileError(msg) from None
    edges = joined_edges(str(path), low, high)
    try:
        return Spectrum(edges, observed)
    except SpectrumError as error:
        msg = f"{path}: {error}"
        raise type(error)(msg) from None


def joined_edges(place: str, low: FloatArray, high: FloatArray) -> FloatArray:
    """Return the edges of bins that follow each other.

    Arguments:
        place: where they are from, for messages.
        low: lower ends of the bins in GeV, shape (n,).
        high: upper ends in GeV, shape (n,).

    Returns:
        Edges in GeV, shape (n + 1,).

    Raises:
        SpectrumFileError: if neighbouring bins do not touch.

    """
    apart = np.flatnonzero(~(np.abs(low[1:] - high[:-1]) <= TOUCHING * np.abs(high[:-1])))
    if len(apart):
        bin_ = int(apart[0])
        what = "overlap" if low[bin_ + 1] < high[bin_] else "leave a gap"
        msg = (
            f"{place}: bins {low[bin_]:g}-{high[bin_]:g} and {low[bin_ + 1]:g}-{high[bin_ + 1]:g} GeV {what}; "
            "every bin has to start where the one before it ends"
        )
        raise SpectrumFileError(msg)
    return np.append(low, high[-1])


def _columns(path: Path, lines: Iterable[str]) -> list[FloatArray]:
    rows = list(csv.reader(line for line in lines if line.strip() and not line.lstrip().startswith("#")))
    names = [_bare(name) for name in rows[0]] if rows else []
    places = [_place(path, names, column) for column in COLUMNS]
    if len(rows) < 2:
        msg = f"{path}: no bins below the column names"
        raise SpectrumFileError(msg)
    return [
        np.array([_number(path, n, row, place, c) for n, row in enumerate(rows[1:])])
        for place, c in zip(places, COLUMNS, strict=True)
    ]


def _place(path: Path, names: list[str], column: str) -> int:
    """Return where a column is: under its own name, a synonym, or at the end of the name of an axis."""
    wanted = (column, *SYNONYMS.get(column, ()))
    exact = [names.index(name) for name in wanted if name in names]
    near = [n for n, name in enumerate(names) if name.endswith(f" {column}") or name.startswith(f"{column} ")]
    twice = len(exact) > 0 and names.count(names[exact[0]]) > 1
    if twice or not (exact or len(near) == 1):
        few = "several columns may be" if near or twice else "no column"
        msg = f"{path}: {few} '{column}'; found {names}, needed: {', '.join(COLUMNS)}"
        raise SpectrumFileError(msg)
    return exact[0] if exact else near[0]


def _bare(name: str) -> str:
    return " ".join(name.lower().replace("[gev]", " ").split()).removesuffix("_gev")


def _number(path: Path, row_number: int, row: list[str], index: int, column: str) -> float:
    try:
        return float(row[index])
    except (ValueError, IndexError):
        got = f"'{row[index]}'" if index < len(row) else "nothing"
        msg = f"{path}: bin {row_number}, column '{column}': got {got}, expected a number"
        raise SpectrumFileError(msg) from None
