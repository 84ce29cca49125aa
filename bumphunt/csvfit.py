"""The fit of a spectrum in a text file: what the command line runs."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from . import families
from .family import Family
from .fit import fit
from .fitrange import EVERYTHING, Bounds
from .ftest import FTest
from .reading import read_csv
from .result import FitResult


def fit_csv(
    path: str | Path,
    family: str = "dijet",
    parameters: int | Literal["auto"] = 3,
    fit_range: Bounds | None = None,
    sqrt_s: float = 13_000.0,
) -> FitResult:
    """Read a spectrum and fit a smooth background to it.

    Arguments:
        path: file with columns low, high (GeV) and observed (events), see `read_csv`.
        family: name of a family of functions.
        parameters: number of shape parameters (the normalisation not counted), or "auto" to choose among those of the
            family's ladder, 2, 3 and 4 for the dijet function, with an F-test.
        fit_range: low and high mass in GeV; None in either place leaves that side open.
        sqrt_s: centre-of-mass energy in GeV.

    """
    return fit(read_csv(path), background(family, parameters, sqrt_s), fit_range=fit_range or EVERYTHING)


def background(
    family: str,
    parameters: int | Literal["auto"],
    sqrt_s: float = 13_000.0,
    alpha: float = 0.05,
    largest_uncertainty: float | None = None,
) -> Family | FTest:
    """Return the family with so many shape parameters, or for "auto" the F-test that chooses.

    Arguments:
        family: name of a family of functions.
        parameters: number of shape parameters, or "auto".
        sqrt_s: centre-of-mass energy in GeV.
        alpha: see `FTest`.
        largest_uncertainty: see `FTest`.

    """
    if parameters == "auto":
        return FTest(families.ladder(family, sqrt_s), alpha, largest_uncertainty)
    return families.family(family, parameters, sqrt_s)
