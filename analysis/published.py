"""Published numbers that a data sheet shows beside its own; they and their sources lie in ``published.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from .. import bumphunt as bh


@dataclass(frozen=True)
class Efficiencies:
    """Lowest and highest published efficiency of a signal: before the cut in delta eta, and of that cut."""

    preselection: tuple[float, float]
    deta: tuple[float, float]

    @property
    def product(self) -> tuple[float, float]:
        """Lowest and highest product of both."""
        return self.preselection[0] * self.deta[0], self.preselection[1] * self.deta[1]


@dataclass(frozen=True)
class PublishedSpectrum:
    r"""A published spectrum with its luminosity (fb-1), the largest \|delta eta\| of its jets, and its source."""

    spectrum: bh.Spectrum
    luminosity: float
    deta_max: float
    source: str

    @property
    def has_published_bins(self) -> bool:
        """Whether its bins are those of the source: standard dijet bins, of which the last may be several."""
        standard, edges = np.array(bh.CMS_DIJET_EDGES), self.spectrum.edges
        start = int(np.searchsorted(standard, edges[0]))
        inner = standard[start : start + len(edges) - 1]
        return np.array_equal(inner, edges[:-1]) and bool(np.isin(edges[-1], standard))

    def above(self, low: float) -> PublishedSpectrum:
        """Return the bins that begin at ``low`` (GeV) or above it."""
        return PublishedSpectrum(
            self.spectrum.restricted(low=low), self.luminosity, self.deta_max, self.source
        )

    @property
    def rate(self) -> tuple[float, float]:
        """Cross section (fb) of all bins together, and its statistical error."""
        total = self.spectrum.total
        return total / self.luminosity, float(np.sqrt(total)) / self.luminosity


@cache
def content() -> dict[str, Any]:
    """Return everything that is in ``published.toml``."""
    return tomllib.loads(files("dijethunt.analysis").joinpath("published.toml").read_text())


def efficiencies(name: str) -> Efficiencies | None:
    """Return the published efficiencies of a signal by the name of its benchmark, None when there are none.

    >>> efficiencies("yhh_3000_400").deta
    (0.879, 0.879)
    """
    for entry in content()["efficiencies"]["signals"]:
        if any(fnmatch(name, pattern) for pattern in entry["names"]):
            return Efficiencies(tuple(entry["preselection"]), tuple(entry["deta"]))
    return None


def read_spectrum(path: Path | str) -> PublishedSpectrum:
    """Read the published counts, a file with columns low, high, observed.

    ``bumphunt.SpectrumFileError`` when it is none.
    """
    entry = content()["spectrum"]
    return PublishedSpectrum(bh.read_csv(path), entry["luminosity"], entry["deta_max"], entry["source"])
