"""A resonance with the shape of a double-sided Crystal Ball, interpolated between the masses that were simulated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import CubicSpline

from .array import FloatArray
from .crystal_fit import SIGNAL_RANGE, fit_crystal_ball
from .crystal_shape import CrystalBall, fractions
from .record import Record
from .signal import SignalError

N_SMOOTH = 2  # mean and width


@dataclass(frozen=True)
class DoubleCrystalBall(Record):
    """A resonance whose shape is known at some masses and interpolated between them.

    Mean and width over mass are cubic splines in the mass, the tails are interpolated linearly. Known at one mass, the
    shape scales with the mass.

    Arguments:
        shapes: one or more masses, in any order.
        extrapolate: beyond the outermost masses take the relative shape of the nearest; otherwise that is an error.

    Raises:
        SignalError: if there is no shape, or two have the same mass.

    """

    shapes: tuple[CrystalBall, ...]
    extrapolate: bool = False

    def __post_init__(self) -> None:
        shapes = tuple(sorted(self.shapes, key=lambda shape: shape.mass))
        object.__setattr__(self, "shapes", shapes)
        if not shapes or any(a.mass == b.mass for a, b in pairwise(shapes)):
            msg = f"shapes at {[shape.mass for shape in shapes]} GeV; at least one is needed, each mass once"
            raise SignalError(msg)

    @classmethod
    def from_simulation(
        cls,
        mjj: Mapping[float, ArrayLike],
        weights: Mapping[float, ArrayLike] | None = None,
        fit_range: tuple[float, float] = SIGNAL_RANGE,
        extrapolate: bool = False,
    ) -> DoubleCrystalBall:
        """Fit the shape to simulated resonances of one or more masses.

        Arguments:
            mjj: generated mass in GeV, and reconstructed dijet masses in GeV of its events, shape (n_events,).
            weights: of the same events, by generated mass; they may be negative.
            fit_range: fitted dijet masses over the generated one; begin it above any cut on m_jj.
            extrapolate: as in the class.

        Raises:
            SignalError: if there are too few events or a fit is not valid; the message names the mass.

        """
        each = weights or {}
        return cls(tuple(fit_crystal_ball(m, x, each.get(m), fit_range) for m, x in mjj.items()), extrapolate)

    def shape(self, mass: float) -> FloatArray:
        """Return the six parameters, in the order of `SHAPE`, at a mass in GeV.

        Raises:
            SignalError: if the mass lies outside those that are known, and extrapolation was not asked for.

        """
        known = np.array([shape.mass for shape in self.shapes])
        if len(known) == 1:
            return self.shapes[0].shape
        if not self.extrapolate and not known[0] <= mass <= known[-1]:
            msg = (
                f"no signal shape at {mass:g} GeV: it was simulated from {known[0]:g} to {known[-1]:g} GeV; "
                "scan inside, simulate more masses, or set extrapolate"
            )
            raise SignalError(msg)
        inside = np.clip(mass, known[0], known[-1])
        values = np.stack([shape.shape for shape in self.shapes])
        smooth = CubicSpline(known, values[:, :N_SMOOTH])(inside)
        tails = [np.interp(inside, known, column) for column in values[:, N_SMOOTH:].T]
        return np.concatenate([smooth, tails])

    def template(self, edges: ArrayLike, mass: float) -> FloatArray:
        """Return the fraction of the signal events in each bin.

        Arguments:
            edges: bin edges in GeV, shape (n + 1,).
            mass: resonance mass in GeV.

        Returns:
            Integrals over the bins, shape (n,); they add up to the part of the signal inside the edges.

        """
        return fractions(np.asarray(edges, dtype=float) / mass, self.shape(mass))

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        """Make the signal of what `as_dict` returned."""
        found: Sequence[dict[str, Any]] = content.get("shapes", [])
        return super().from_dict({**content, "shapes": [CrystalBall.from_dict(shape) for shape in found]})
