"""A resonance with the shape of a simulation as it is, morphed between the masses that were simulated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from .array import FloatArray
from .record import Record
from .signal import SignalError, between
from .template_quantile import KNOTS, shape_of_events, shape_of_histogram
from .template_shape import TemplateShape

SCORES = np.linspace(-9.0, 9.0, 3601)


@dataclass(frozen=True)
class TemplateSignal(Record):
    """A resonance whose shape is known at some masses without a formula.

    Between them the quantiles over mass are interpolated linearly in the mass (A. L. Read, Nucl. Instrum. Meth. A 425
    (1999) 357): a peak moves and widens, where a sum of the two shapes would have two peaks. Known at one mass, the
    shape scales with the mass.

    Arguments:
        shapes: one or more masses, in any order.
        extrapolate: beyond the outermost masses take the relative shape of the nearest; otherwise that is an error.

    Raises:
        SignalError: if there is no shape, or two have the same mass.

    """

    shapes: tuple[TemplateShape, ...]
    extrapolate: bool = False

    def __post_init__(self) -> None:
        shapes = tuple(sorted(self.shapes, key=lambda shape: shape.mass))
        object.__setattr__(self, "shapes", shapes)
        if not shapes or any(a.mass == b.mass for a, b in pairwise(shapes)):
            msg = (
                f"templates at {[shape.mass for shape in shapes]} GeV; at least one is needed, each mass once"
            )
            raise SignalError(msg)

    @classmethod
    def from_simulation(
        cls,
        mjj: Mapping[float, ArrayLike],
        weights: Mapping[float, ArrayLike] | None = None,
        n_knots: int = KNOTS,
        extrapolate: bool = False,
    ) -> TemplateSignal:
        """Take the shapes of simulated events.

        Arguments:
            mjj: generated mass in GeV, and reconstructed dijet masses in GeV of its events, shape (n_events,).
            weights: of the same events, by generated mass; they may be negative.
            n_knots: number of quantiles; few of them smooth the statistical fluctuations, many keep them.
            extrapolate: as in the class.

        Raises:
            SignalError: if there are too few events, or they do not spread; the message names the mass.

        """
        each = weights or {}
        return cls(tuple(shape_of_events(m, x, each.get(m), n_knots) for m, x in mjj.items()), extrapolate)

    @classmethod
    def from_histograms(
        cls, histograms: Mapping[float, Any], n_knots: int = KNOTS, extrapolate: bool = False
    ) -> TemplateSignal:
        """Take the shapes of histograms (UHI) of dijet masses in GeV, by generated mass; see `from_simulation`."""
        return cls(tuple(shape_of_histogram(m, one, n_knots) for m, one in histograms.items()), extrapolate)

    def template(self, edges: ArrayLike, mass: float) -> FloatArray:
        """Return the fraction of the signal events in each bin.

        Arguments:
            edges: bin edges in GeV, shape (n + 1,).
            mass: resonance mass in GeV.

        Returns:
            Integrals over the bins, shape (n,); they add up to the part of the signal inside the edges.

        Raises:
            SignalError: if the mass lies outside those that are known, and extrapolation was not asked for.

        """
        return between(np.interp(np.asarray(edges, dtype=float) / mass, self._positions(mass), SCORES))

    def _positions(self, mass: float) -> FloatArray:
        known = [shape.mass for shape in self.shapes]
        if len(known) > 1 and not self.extrapolate and not known[0] <= mass <= known[-1]:
            msg = (
                f"no signal template at {mass:g} GeV: it was simulated from {known[0]:g} to {known[-1]:g} GeV; "
                "scan inside, simulate more masses, or set extrapolate"
            )
            raise SignalError(msg)
        if len(known) == 1:
            return self.shapes[0].position(SCORES)
        inside = np.clip(mass, known[0], known[-1])
        above = max(int(np.searchsorted(known, inside)), 1)
        part = (inside - known[above - 1]) / (known[above] - known[above - 1])
        low, high = (self.shapes[index].position(SCORES) for index in (above - 1, above))
        return np.asarray((1 - part) * low + part * high, dtype=float)

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        """Make the signal of what `as_dict` returned."""
        found: Sequence[dict[str, Any]] = content.get("shapes", [])
        return super().from_dict({**content, "shapes": [TemplateShape.from_dict(shape) for shape in found]})
