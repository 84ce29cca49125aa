"""A background measured in data that share no event with the spectrum."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .pyhf_library import PyhfError
from .search import Search
from .spectrum import Spectrum


def fitted_in(measured: Sequence[Spectrum], search: Search) -> Search:
    """Fit the background in other data, in the bins of a search.

    Arguments:
        measured: one spectrum for each of the search.
        search: the search, whose rule chooses the function again.

    Raises:
        PyhfError: if the bins differ, or if the data are those of the search.

    """
    if len(measured) != len(search.spectra):
        msg = f"{len(measured)} measured spectra for {len(search.spectra)} categories; one each"
        raise PyhfError(msg)
    inside = [m.restricted(s.edges[0], s.edges[-1]) for m, s in zip(measured, search.spectra, strict=True)]
    for index, (other, spectrum) in enumerate(zip(inside, search.spectra, strict=True)):
        if not np.array_equal(other.edges, spectrum.edges):
            msg = f"measured spectrum {index} has other bins than the spectrum between {spectrum.edges[0]:g} and "
            msg += f"{spectrum.edges[-1]:g} GeV; they must be the same"
            raise PyhfError(msg)
        if np.array_equal(other.counts, spectrum.counts):
            msg = (
                f"measured spectrum {index} is the spectrum itself: its events would be used twice, in the constraint "
                "and in the fit, and limits come out about 10% too strong; give disjoint data, or use 'loglinear'"
            )
            raise PyhfError(msg)
    return Search.on(inside, search.rule, search.mass)
