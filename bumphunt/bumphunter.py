"""The BumpHunter search (arXiv:1101.0390) in which every toy repeats the fit of the background."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .array import FloatArray
from .bump import Bump, BumpHunt
from .bumpbackground import Expectation, Given, Slices
from .bumpstatistic import Largest, largest
from .bumpwindow import Axis, BumpWindows, Step, Widths
from .family import Family
from .fitrange import EVERYTHING, Bounds, usable
from .ftest import Rule
from .spectrum import Spectrum
from .toys import binomial_interval, poisson

BLOCK = 500
EXACT = 1e-9
Progress = Callable[[int, int], None]


def bumphunter(
    spectrum: Spectrum,
    background: Family | Rule | ArrayLike,
    *,
    widths: Widths = (1, None),
    width_step: int = 1,
    step: Step = 1,
    sidebands: int | None = None,
    deficits: bool = False,
    n_toys: int = 0,
    seed: int = 0,
    fit_range: Bounds = EVERYTHING,
    progress: Progress | None = None,
) -> BumpHunt:
    """Look for the window of neighbouring bins with the largest excess, whatever its width, without a signal shape.

    The statistic is t = -ln of the smallest Poisson p-value of all windows, as pyBumpHunter defines it. Toys are drawn
    from the background; in each the background is fitted and its function chosen again.

    Arguments:
        spectrum: the spectrum.
        background: a family, a rule that chooses one, or the expected events in each bin of the spectrum, shape
            (n_bins,), if they are known and not fitted to it.
        widths: smallest and largest width of a window in bins; None is half of the bins.
        width_step: by how many bins the width grows.
        step: by how many bins a window moves; "full" is its width, "half" half of it.
        sidebands: scale the expectation of each window to the counts outside of it, and leave so many bins at either
            end without windows; None does neither.
        deficits: look for deficits and not for excesses.
        n_toys: number of toys; without any there is no global p-value.
        seed: the result depends on it and on nothing else that is random.
        fit_range: low and high mass in GeV; None leaves a side open.
        progress: called with the number of finished toys and of all.

    Raises:
        FitRangeError: if the range holds no events or too few bins with events.
        CountsError: if the given expectation does not match the spectrum.
        BumpWindowError: if the windows do not fit into the spectrum.

    >>> from dijethunt.bumphunt import families
    >>> spectrum = Spectrum([2000, 2200, 2400, 2600, 2800, 3000], [900, 480, 320, 150, 90])
    >>> found = bumphunter(spectrum, [900, 480, 270, 150, 90], widths=(1, 2))
    >>> found.bump.low, found.bump.high, round(found.statistic, 2)
    (2400.0, 2600.0, 6.4)

    """
    used = usable(spectrum, fit_range)
    model: Expectation
    if isinstance(background, np.ndarray | list | tuple):
        first = int(np.searchsorted(spectrum.edges, used.edges[0]))
        whole = Given.of(background, spectrum.counts).expected
        model = Given(whole[first : first + len(used.counts)])
    else:
        model = Slices.on([used], background, used.counts.shape)  # type: ignore[arg-type]
    axis = Axis(len(used.counts), widths, width_step, step, sidebands or 0)
    hunter = Hunter(BumpWindows.on([axis]), model, deficits, sidebands is not None)
    return hunter.hunt(used.counts, (used.edges,), n_toys, seed, progress)


@dataclass(frozen=True, eq=False)
class Hunter:
    """A search in any number of dimensions.

    Arguments:
        windows: where to look.
        model: what is expected without a bump.
        deficits: look for deficits.
        normalised: scale expectations to the counts outside a window.

    """

    windows: BumpWindows
    model: Expectation
    deficits: bool
    normalised: bool

    def hunt(
        self,
        counts: FloatArray,
        edges: tuple[FloatArray, ...],
        n_toys: int,
        seed: int,
        progress: Progress | None,
    ) -> BumpHunt:
        """Find the largest bump of counts in bins with edges on each axis, and make toys."""
        if n_toys < 0:
            msg = f"n_toys is {n_toys}; give the number of toys, 0 for none"
            raise ValueError(msg)
        mean = self.model.expected
        found = largest(
            self.windows, counts[None], mean[None], deficits=self.deficits, normalised=self.normalised
        )
        t = float(found.statistic[0])
        toys = self.toys(n_toys, seed, progress)
        n_failed = int(np.isnan(toys).sum())
        n_larger = n_failed + int((toys >= t - EXACT * max(t, 1)).sum())
        p, interval = (
            (n_larger / n_toys, binomial_interval(n_larger, n_toys)) if n_toys else (None, (None, None))
        )
        texts = () if self.model.valid else ("the fit of the background did not converge",)
        return BumpHunt(
            statistic=t,
            bump=self._bump(found, edges),
            p=p,
            p_low=interval[0],
            p_high=interval[1],
            n_toys=n_toys,
            n_larger=n_larger,
            n_failed=n_failed,
            seed=seed,
            function=self.model.function,
            deficits=self.deficits,
            edges=tuple(edges[0].tolist()),
            observed=tuple(counts.ravel().tolist()),
            expected=tuple(mean.ravel().tolist()),
            y_edges=tuple(edges[1].tolist()) if len(edges) > 1 else (),
            toys=tuple(toys[~np.isnan(toys)].tolist()),
            warnings=texts,
        )

    def _bump(self, found: Largest, edges: tuple[FloatArray, ...]) -> Bump:
        index = int(found.window[0])
        ends = [
            (float(axis[low]), float(axis[high]))
            for axis, low, high in zip(
                edges, self.windows.first[:, index], self.windows.last[:, index], strict=True
            )
        ]
        y_low, y_high = ends[1] if len(ends) > 1 else (None, None)
        return Bump(
            *ends[0],
            observed=float(found.observed[0]),
            expected=float(found.expected[0]),
            p_local=float(np.exp(-found.statistic[0])),
            y_low=y_low,
            y_high=y_high,
        )

    def toys(self, n_toys: int, seed: int, progress: Progress | None = None) -> FloatArray:
        """Return the statistics of toys, NaN where a fit failed; block b draws from the spawn key (b,)."""
        mean, found = self.model.expected, [np.empty(0)]
        for block, first in enumerate(range(0, n_toys, BLOCK)):
            drawn = poisson(mean.ravel(), BLOCK, seed, (block,))[: n_toys - first].reshape(-1, *mean.shape)
            expected, converged = self.model.refit(drawn)
            t = largest(
                self.windows, drawn, expected, deficits=self.deficits, normalised=self.normalised
            ).statistic
            found.append(np.where(converged, t, np.nan))
            if progress is not None:
                progress(min(first + BLOCK, n_toys), n_toys)
        return np.concatenate(found)
