"""The rate of a simulated background beside a published spectrum: the K factor of the simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..datasets.error import DataError
from .campaign_sample import CampaignSample
from .preselection import edge
from .published import PublishedSpectrum, content
from .weighted import effective

JETS = {"AK8": ("mjj", "deta"), "AK8 widened": ("mjj_wide", "deta_wide")}
"""Kinds of jets with the columns of their mass and their distance."""


class NormalisationError(DataError):
    """A sample that cannot be compared with the published spectrum."""


def normalisation(sample: CampaignSample, published: PublishedSpectrum) -> dict[str, Any]:
    """Compare rates (fb) above the smallest mass that both cover, for every kind of jets of ``JETS``.

    K is the published rate over that of the simulation at leading order, with its statistical error; the K factor of the
    campaign is taken out. ``NormalisationError`` when the sample
    has no cross section or does not reach far enough in delta eta.
    """
    per_weight = sample.per_weight
    if per_weight is None:
        raise NormalisationError(f"sample {sample.name} has no cross section; give it one in the catalogue")
    reach = sample.origin.cut["deta_max"]
    if reach is not None and reach < published.deta_max:
        raise NormalisationError(
            f"sample {sample.name} has |delta eta| < {reach:g}, the published spectrum goes up to {published.deta_max:g}"
        )
    low = max(content()["spectrum"]["mjj_min"], edge(sample))
    above = published.above(low)
    compared = {
        kind: _compared(sample, above, *columns, per_weight / sample.k_factor)
        for kind, columns in JETS.items()
        if sample.has(*columns)
    }
    return {
        "sample": sample.name,
        "source": published.source,
        "low": float(above.spectrum.edges[0]),
        "deta_max": published.deta_max,
        "published": dict(zip(("rate", "error"), above.rate, strict=True)),
        "edges": above.spectrum.edges.tolist(),
        "published_rates": (above.spectrum.counts / published.luminosity).tolist(),
        "published_counts": above.spectrum.counts.tolist(),
        "jets": compared,
    }


def _compared(
    sample: CampaignSample, above: PublishedSpectrum, mass: str, distance: str, per_weight: float
) -> dict[str, Any]:
    edges = above.spectrum.edges
    values, weight = sample.table[mass], sample.weight * per_weight
    used = (sample.table[distance] < above.deta_max) & (values >= edges[0]) & (values < edges[-1])
    rate, number = float(weight[used].sum()), effective(weight[used])
    if not number:
        raise NormalisationError(f"sample {sample.name} has no events above {edges[0]:g} GeV; simulate more")
    published = above.rate[0]
    relative = float(np.hypot(above.rate[1] / published, number**-0.5))
    return {
        "rate": rate,
        "error": rate * number**-0.5,
        "effective_events": number,
        "k": published / rate,
        "k_error": published / rate * relative,
        "rates": _sums(values[used], weight[used], edges),
        "errors": np.sqrt(_sums(values[used], weight[used] ** 2, edges)).tolist(),
    }


def _sums(values: NDArray[Any], weight: NDArray[np.float64], edges: NDArray[np.float64]) -> list[float]:
    return [float(value) for value in np.histogram(values, edges, weights=weight)[0]]
