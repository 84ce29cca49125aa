"""The cells of tables in a data sheet: numbers as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NOTHING = "–"
TESTS = {
    "kolmogorov_smirnov": "Kolmogorov-Smirnov",
    "anderson_darling": "Anderson-Darling",
    "pearson": "Pearson",
}
"""How tests of goodness of fit are written, where that is not their name with blanks."""


@dataclass(frozen=True)
class Table:
    """Titles and rows of text; every row has one cell for each title."""

    titles: tuple[str, ...]
    rows: list[list[str]]


def test(name: str) -> str:
    """Word the name of a test of goodness of fit."""
    return TESTS.get(name, name.replace("_", " "))


def pairs(content: Mapping[str, Any]) -> str:
    """Word name and value of everything that is not None."""
    shown = {k: f"{v:g}" if isinstance(v, float) else str(v) for k, v in content.items() if v is not None}
    return ", ".join(f"{name} {value}" for name, value in shown.items()) or NOTHING


def whole(number: int | None) -> str:
    """Word a whole number."""
    return NOTHING if number is None else f"{number:,}"


def short(value: float | None, digits: int = 3) -> str:
    """Word a number with a few digits."""
    return NOTHING if value is None else f"{value:.{digits}g}"


def percent(part: float, total: float) -> str:
    """Word a share in per cent."""
    return f"{part / total:.2%}" if total else NOTHING


def measured(entry: Mapping[str, float] | None) -> str:
    """Word a value with its error."""
    return NOTHING if entry is None else f"{entry['value']:.3f} ± {entry['error']:.3f}"


def span(pair: Sequence[float]) -> str:
    """Word the lowest and highest value, or the one that they are."""
    low, high = (f"{value:.3f}" for value in pair)
    return low if low == high else f"{low} to {high}"


def ratio(start: Mapping[str, float] | None) -> str:
    """Word observed over expected events, with the errors of both."""
    if start is None or not start["expected"]:
        return NOTHING
    value = start["observed"] / start["expected"]
    error = value * (1 / max(start["observed"], 1) + (start["error"] / start["expected"]) ** 2) ** 0.5
    return f"{value:.3f} ± {error:.3f}"
