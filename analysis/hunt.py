"""The bump hunt as a stage: fits, p-values and limits from the selected events of every window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from .. import bumphunt as bh
from ..datasets.atomic import read_json, write_json
from ..datasets.store import read
from ..datasets.table import Array, FeatureTable
from . import mock, plan, training

SUMMARY = "hunt.json"


@dataclass(frozen=True)
class Hunt:
    """How spectra are fitted and which masses are scanned; masses and widths in GeV.

    ``alpha`` and ``largest_uncertainty`` belong to the F-test that ``parameters="auto"`` stands for. With
    ``range_loop`` a rule narrows the fit range at each mass. ``signal`` is the shape fitted to the simulated signal.
    """

    fit_range: tuple[float, float]
    family: str
    parameters: int | Literal["auto"]
    bin_width: float
    scan_range: tuple[float, float]
    toys: int
    seed: int
    alpha: float = 0.05
    largest_uncertainty: float | None = None
    range_loop: bool = False
    signal: Literal["gaussian", "crystal_ball"] = "gaussian"

    @property
    def edges(self) -> Any:
        """Bins of the likelihood: the standard dijet bins, split until none is wider than ``bin_width``."""
        return bh.subdivided(bh.dijet_edges(*self.fit_range), self.bin_width)

    @property
    def background(self) -> bh.Family | bh.FTest:
        """The background function, or the rule that chooses it."""
        return bh.background(
            self.family, self.parameters, alpha=self.alpha, largest_uncertainty=self.largest_uncertainty
        )

    @property
    def narrowing(self) -> bh.FitRange:
        """The rule that narrows the range of the bins, or their whole range."""
        return bh.RangeLoop() if self.range_loop else bh.EVERYTHING

    def shape(self, mjj: Any, mass: float) -> bh.Signal:
        """Fit the signal shape to simulated dijet masses, as far as they lie inside the range of the fits."""
        if self.signal == "gaussian":
            return bh.Gaussian.from_simulation(mjj, mass)
        low, high = bh.SIGNAL_RANGE
        inside = max(low, self.edges[0] / mass), min(high, self.edges[-1] / mass)
        return bh.DoubleCrystalBall.from_simulation({mass: mjj}, fit_range=inside)


def hunt(settings: Hunt, scores: Mapping[str, Path], data: Path, mass: float, folder: Path) -> None:
    """Fit the spectra selected in every window (name: folder of scores) and write ``hunt.json``.

    ``data`` is the folder of the search's data, whose signal that was not injected gives the signal's shape;
    ``mass`` (GeV) is that signal's mass. Each resonance mass uses the spectrum of its own window. Windows whose spectrum
    is too thin for a fit are left out, with the reason; if that is all of them the error is raised.
    """
    shape = settings.shape(read(data / mock.SIGNAL, ["mjj"])["mjj"], mass)
    background, fit_range = settings.background, settings.narrowing
    categories = {name: read_json(path / training.SUMMARY)["categories"] for name, path in scores.items()}
    selected = {name: read(path / mock.DATA, ["mjj", "category"]) for name, path in scores.items()}
    spectra = {name: selected_spectra(table, categories[name], settings) for name, table in selected.items()}
    thin = {name: error for name, found in spectra.items() if (error := _unfit(found, background))}
    if len(thin) == len(spectra):
        raise next(iter(thin.values()))
    order = [name for name in spectra if name not in thin]
    groups = [(plan.masses(name, *settings.scan_range), spectra[name]) for name in order]
    signal = {name: read(scores[name] / mock.SIGNAL, ["category"])["category"] for name in order}
    shares = [signal_shares(signal[name], categories[name]) for name in order]
    scan = bh.scan(groups, background, shape, fit_range, shares)
    if settings.toys:
        chance = bh.global_p(
            scan,
            groups,
            background,
            shape,
            n_toys=settings.toys,
            seed=settings.seed,
            fit_range=fit_range,
            shares=shares,
        )
        scan = replace(scan, p_global=chance)
    limits = bh.limits(groups, background, shape, fit_range=fit_range, shares=shares).limits
    windows = {
        name: _window(scan, group, spectra[name], settings, shape)
        | read_json(scores[name] / training.SUMMARY)
        for group, name in enumerate(order)
    }
    content = {
        "signal": {
            "mass": mass,
            **(vars(shape) if settings.signal == "gaussian" else bh.signal_to_dict(shape)),
        },
        "windows": windows,
        "order": order,
        "scan": scan.as_dict(),
        "limits": [one.as_dict() for one in limits],
    }
    if thin:
        content["left_out"] = {name: str(error) for name, error in thin.items()}
    write_json(folder / SUMMARY, content)


def _unfit(spectra: Sequence[bh.Spectrum], background: bh.Family | bh.FTest) -> bh.FitRangeError | None:
    """Return why one of the spectra cannot be fitted, or None."""
    for category, spectrum in enumerate(spectra):
        try:
            bh.fit(spectrum, background)
        except bh.FitRangeError as error:
            return error if len(spectra) == 1 else bh.FitRangeError(f"category {category}: {error}")
    return None


def _window(
    scan: bh.ScanResult,
    group: int,
    spectra: Sequence[bh.Spectrum],
    settings: Hunt,
    shape: bh.Signal,
) -> dict[str, Any]:
    """Fit the spectra of a window without signal, and each with one of its own at the mass of the largest excess of all."""
    best = max((point for point in scan.points if point.group == group), key=lambda point: point.r).mass
    return {
        "fits": [
            {
                "fit": bh.fit(spectrum, settings.background).as_dict(),
                "signal_fit": bh.fit(
                    spectrum, settings.background, shape, best, settings.narrowing
                ).as_dict(),
            }
            for spectrum in spectra
        ]
    }


def selected_spectra(table: FeatureTable, categories: int, settings: Hunt) -> list[bh.Spectrum]:
    """Histogram the m_jj of the selected events in each category; ``table`` has columns mjj and category."""
    masses = [table["mjj"][table["category"] == number] for number in range(categories)]
    return [bh.Spectrum.from_values(one, np.asarray(settings.edges)) for one in masses]


def signal_shares(category: Array, categories: int) -> tuple[float, ...]:
    """Return which part of the selected signal events falls into each ``category`` (n,); equal parts when none is selected."""
    counts = np.bincount(category[category >= 0], minlength=categories)
    if not counts.any():
        return tuple(np.full(categories, 1 / categories).tolist())
    return tuple((counts / counts.sum()).tolist())
