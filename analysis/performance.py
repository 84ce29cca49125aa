"""How well each tagger of a search tells its simulated signal from background.

Signal are the simulated events that were not injected, in the signal region of the window that the signal's mass
belongs to. Background are events of the search's data, which a cross-fitted tagger scores as it scores a signal:
those in the same signal region that truth calls background when all data are simulated, those in the sidebands of that
window when they are not. All taggers of a search are measured on the same events.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..bumphunt.binning import CMS_DIJET_EDGES
from ..datasets.column import TRUTH
from ..datasets.store import read
from ..datasets.table import Array, FeatureTable
from ..datasets.window import OUTSIDE, SIGNAL_REGION, Window
from ..selections.window import window_at
from ..taggers.distance import distance_correlation
from ..taggers.error import MetricError
from ..taggers.metric import (
    LEAST_PASSED,
    area,
    max_sic,
    rejection,
    sic_at_background,
    sic_at_signal,
    significance_gain,
)
from ..taggers.roc import Roc, bootstrap, replicas, roc
from ..taggers.sculpting import sculpting
from . import mock
from .plan import EVERYWHERE

REJECTION_AT = (0.2, 0.3, 0.5)
"""Signal efficiencies at which background rejections are stated."""
SIC_AT_BACKGROUND = (1e-2, 1e-3)
"""Background efficiencies at which the SIC is stated."""
SIC_AT_SIGNAL = (0.2,)
"""Signal efficiencies at which the SIC is stated."""
REPLICAS = 100


@dataclass(frozen=True)
class Contest:
    """Scores of simulated signal (truth 1) and background (truth 0) in one window, each (n,).

    ``background`` says where background comes from: "truth" or "sidebands". ``hidden`` is the number of signal events
    injected into the signal region, None when unknown. ``others`` are background events at all masses.
    """

    window: str
    background: str
    score: NDArray[np.float64]
    truth: NDArray[np.int8]
    hidden: int | None
    others: FeatureTable

    def roc(self) -> Roc:
        """Return the ROC curve of all events."""
        return roc(self.score, self.truth)

    def replicas(self, n: int = REPLICAS) -> Iterator[Roc]:
        """Yield ROC curves of bootstrap samples."""
        return replicas(self.score, self.truth, n=n)


def contest(mass: float, scores: Mapping[str, Path], data: Path, simulated: bool) -> Contest | None:
    """Read the contest of a tagger from its folders of ``scores`` (by window) and the folder of the search's ``data``.

    ``mass`` (GeV) is that of the signal; ``simulated`` says that truth is known for all data. None when the tagger has
    no window for the mass, and when there are too few events of either kind to measure anything.
    """
    window = window_at(mass)
    folder = None if window is None else scores.get(window.name, scores.get(EVERYWHERE))
    if window is None or folder is None:
        return None
    columns = ["mjj", "score", "category"]
    events = read(folder / mock.DATA, columns)
    truth = read(data / mock.DATA, [TRUTH])[TRUTH] if simulated else None
    made = match(window, events, read(folder / mock.SIGNAL, columns), truth)
    return made if np.bincount(made.truth, minlength=2).min() >= LEAST_PASSED else None


def match(window: Window, data: FeatureTable, signal: FeatureTable, truth: Array | None) -> Contest:
    """Set signal against background: ``truth`` (n,) of the data decides when it is given, else the sidebands do.

    Both tables have columns mjj, score and category.
    """
    region = window.region(data["mjj"])
    inside = region == SIGNAL_REGION
    if truth is None:
        chosen, others = (region != OUTSIDE) & ~inside, data.where(~inside)
    else:
        chosen, others = inside & (truth == 0), data.where(truth == 0)
    parts = data.where(chosen), signal.where(window.region(signal["mjj"]) == SIGNAL_REGION)
    score = np.concatenate([part["score"] for part in parts])
    return Contest(
        window=window.name,
        background="sidebands" if truth is None else "truth",
        score=score,
        truth=np.repeat([0, 1], [len(part) for part in parts]).astype(np.int8),
        hidden=None if truth is None else int(np.sum(inside & (truth == 1))),
        others=others,
    )


def measure(found: Contest) -> dict[str, Any]:
    """Return every metric of a contest with its error, as JSON holds it."""
    curve = found.roc()
    best = max_sic(curve)
    n_background = int(np.sum(found.truth == 0))
    gain = None if not found.hidden else significance_gain(found.hidden, n_background, best)
    return {
        "window": found.window,
        "background": found.background,
        "events": {"signal": int(np.sum(found.truth)), "background": n_background},
        "auc": {"value": area(curve), "error": bootstrap(found.replicas(), area), "bound": False},
        "rejection": [{"signal": eps, **asdict(rejection(curve, eps))} for eps in REJECTION_AT],
        "sic_at_background": [
            {"background": eps, **asdict(sic)}
            for eps in SIC_AT_BACKGROUND
            if (sic := sic_at_background(curve, eps)) is not None
        ],
        "sic_at_signal": [{"signal": eps, **asdict(sic_at_signal(curve, eps))} for eps in SIC_AT_SIGNAL],
        "max_sic": asdict(best),
        "significance_gain": None if gain is None else asdict(gain),
        "sculpting": _sculpting(found.others),
        "distance_correlation": distance_correlation(found.others["score"], found.others["mjj"]),
    }


def realised_gain(scans: Mapping[str, Mapping[float, float]], mass: float, inclusive: str | None) -> Any:
    """Return, for each tagger, its fitted Z at ``mass`` (GeV) over that of the inclusive search.

    ``scans`` has Z by mass for each tagger. None for all where there is no inclusive search or it sees less than
    one standard deviation: a ratio to noise says nothing.
    """
    below = None if inclusive is None else scans[inclusive].get(mass)
    if below is None or below < 1:
        return dict.fromkeys(scans)
    return {tagger: z[mass] / below if mass in z else None for tagger, z in scans.items()}


def _sculpting(background: FeatureTable) -> dict[str, Any] | None:
    """Describe the sculpting of background events; None when too few, or all, are selected."""
    try:
        found = sculpting(background["mjj"], background["category"] >= 0, CMS_DIJET_EDGES)
    except MetricError:
        return None
    names = ("overall", "largest", "chi2", "ndof", "p_value", "divergence")
    return {name: getattr(found, name) for name in names}
