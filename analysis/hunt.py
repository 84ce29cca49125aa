"""The bump hunt as a stage: fits, p-values and limits from the selected events of every window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from .. import bumphunt as bh
from ..datasets.atomic import read_json, write_json
from ..datasets.store import read
from . import mock, plan, training

SUMMARY = "hunt.json"


@dataclass(frozen=True)
class Hunt:
    """How spectra are fitted and which masses are scanned; all in GeV but the number of toys and their seed."""

    fit_range: tuple[float, float]
    family: str
    parameters: int
    bin_width: float
    scan_range: tuple[float, float]
    toys: int
    seed: int

    @property
    def edges(self) -> Any:
        """Bins of the likelihood: the standard dijet bins, split until none is wider than ``bin_width``."""
        return bh.subdivided(bh.dijet_edges(*self.fit_range), self.bin_width)

    @property
    def background(self) -> bh.Family:
        """The background function."""
        return bh.families.family(self.family, self.parameters)


def hunt(settings: Hunt, scores: Mapping[str, Path], data: Path, mass: float, folder: Path) -> None:
    """Fit the spectra selected in every window (name: folder of scores) and write ``hunt.json``.

    ``data`` is the folder of the search's data, whose signal that was not injected gives the signal's shape;
    ``mass`` (GeV) is that signal's mass. Each resonance mass uses the spectrum of its own window.
    """
    shape = bh.Gaussian.from_simulation(read(data / mock.SIGNAL, ["mjj"])["mjj"], mass)
    spectra = {name: selected_spectrum(path, settings) for name, path in scores.items()}
    groups = [(plan.masses(name, *settings.scan_range), spectrum) for name, spectrum in spectra.items()]
    scan = bh.scan(groups, settings.background, shape)
    if settings.toys:
        chance = bh.global_p(
            scan, groups, settings.background, shape, n_toys=settings.toys, seed=settings.seed
        )
        scan = replace(scan, p_global=chance)
    limits = [
        bh.limit(spectrum, settings.background, shape, mass=m).as_dict()
        for masses, spectrum in groups
        for m in masses
    ]
    windows = {
        name: _window(scan, group, spectrum, settings.background, shape)
        | read_json(scores[name] / training.SUMMARY)
        for group, (name, (_, spectrum)) in enumerate(zip(scores, groups, strict=True))
    }
    content = {
        "signal": {"mass": mass, **vars(shape)},
        "windows": windows,
        "order": list(scores),
        "scan": scan.as_dict(),
        "limits": sorted(limits, key=lambda entry: float(entry["mass"])),
    }
    write_json(folder / SUMMARY, content)


def _window(
    scan: bh.ScanResult,
    group: int,
    spectrum: bh.Spectrum,
    background: bh.Family,
    shape: bh.Gaussian,
) -> dict[str, Any]:
    """Fit the spectrum of a window without signal, and with one at the mass of its largest excess."""
    best = max((point for point in scan.points if point.group == group), key=lambda point: point.r).mass
    return {
        "fit": bh.fit(spectrum, background).as_dict(),
        "signal_fit": bh.fit(spectrum, background, shape, best).as_dict(),
    }


def selected_spectrum(folder: Path, settings: Hunt) -> bh.Spectrum:
    """Histogram the m_jj of the selected events of one window."""
    table = read(folder / mock.DATA, ["mjj", "category"])
    return bh.Spectrum.from_values(table["mjj"][table["category"] >= 0], np.asarray(settings.edges))
