"""The BumpHunter search in two dimensions: rectangles of bins of dijet mass and of a second quantity."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .bump import BumpHunt
from .bumpbackground import Called, Expectation, Given, Refit, Slices
from .bumphunter import Hunter, Progress
from .bumpwindow import Axis, BumpWindows, Step, Widths
from .family import Family
from .fitrange import EVERYTHING, Bounds
from .ftest import Rule
from .plane import Plane
from .spectrum import FitRangeError


def bumphunter_2d(
    plane: Plane,
    background: Family | Rule | ArrayLike | Refit,
    *,
    widths: Widths = (1, None),
    y_widths: Widths = (1, None),
    width_step: tuple[int, int] = (1, 1),
    step: tuple[Step, Step] = (1, 1),
    sidebands: int | None = None,
    deficits: bool = False,
    n_toys: int = 0,
    seed: int = 0,
    fit_range: Bounds = EVERYTHING,
    progress: Progress | None = None,
) -> BumpHunt:
    """Look for the rectangle of bins with the largest excess.

    Arguments:
        plane: the counts.
        background: a family, or a rule that chooses one: it is fitted to the mass spectrum of each bin of the second
            axis on its own. Or the expected events in each bin, shape (n, m), if they are known. Or a function that
            fits rows of counts, shape (n_rows, n, m), and returns expected events of the same shape; a row that is
            not positive and finite everywhere is a failed fit.
        widths: smallest and largest width in bins of mass; None is half of the bins.
        y_widths: likewise on the second axis.
        width_step: by how many bins the width grows, on each axis.
        step: by how many bins a window moves, on each axis; "full" is its width, "half" half of it.
        sidebands: as in `bumphunter`, the bins left out at every end of both axes.
        deficits: look for deficits and not for excesses.
        n_toys: number of toys; without any there is no global p-value.
        seed: the result depends on it and on nothing else that is random.
        fit_range: low and high mass in GeV; None leaves a side open.
        progress: called with the number of finished toys and of all.

    Raises:
        FitRangeError: if the range holds no events, or a bin of the second axis does not determine the parameters.
        CountsError: if the given expectation does not match the counts.
        BumpWindowError: if the windows do not fit into the plane.

    """
    used = plane.restricted(*fit_range)
    if used.counts.sum() == 0:
        msg = f"no events between {used.edges[0]:g} and {used.edges[-1]:g} GeV; there is nothing to compare"
        raise FitRangeError(msg)
    model: Expectation
    if isinstance(background, np.ndarray | list | tuple):
        first = int(np.searchsorted(plane.edges, used.edges[0]))
        model = Given(Given.of(background, plane.counts).expected[first : first + len(used.counts)])
    elif callable(background):
        model = Called.on(used.counts, background)
    else:
        model = Slices.on(used.slices, background, used.counts.shape)  # type: ignore[arg-type]
    axes = [
        Axis(n, width, grows, moves, sidebands or 0)
        for n, width, grows, moves in zip(
            used.counts.shape, (widths, y_widths), width_step, step, strict=True
        )
    ]
    hunter = Hunter(BumpWindows.on(axes), model, deficits, sidebands is not None)
    return hunter.hunt(used.counts, (used.edges, used.y_edges), n_toys, seed, progress)
