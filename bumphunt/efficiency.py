"""The signal efficiency of a selection that was trained on the data, a function of the cross section in the data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import PchipInterpolator

from .array import FloatArray
from .record import Numbers, Record


class EfficiencyError(ValueError):
    """Raised when an efficiency is impossible, or is asked for where it was not measured."""


@dataclass(frozen=True)
class EfficiencyCurve(Record):
    """The efficiency at the cross sections that were injected, and between them.

    In ln(cross section) it is interpolated by cubics that neither oscillate nor overshoot
    (doi:10.1137/0905021), its error linearly. It may fall as well as rise. Beyond the injections it is not known.

    Arguments:
        cross_section: injected cross sections in fb, positive, in any order, shape (n_injections,).
        efficiency: measured after the training with each of them, between 0 and 1.
        error: standard deviations of the same; None if they are negligible.

    Raises:
        EfficiencyError: if the three do not match or are impossible.

    >>> curve = EfficiencyCurve((10.0, 40.0), (0.1, 0.3))
    >>> round(float(curve.at(20.0)), 3)
    0.2

    """

    cross_section: Numbers
    efficiency: Numbers
    error: Numbers | None = None

    def __post_init__(self) -> None:
        columns = [np.asarray(one, dtype=float) for one in (self.cross_section, self.efficiency)]
        columns += [] if self.error is None else [np.asarray(self.error, dtype=float)]
        if any(one.ndim != 1 or one.shape != columns[0].shape for one in columns) or columns[0].size < 2:
            msg = f"efficiencies of shapes {[one.shape for one in columns]}; one for each of at least two injections"
            raise EfficiencyError(msg)
        order = np.argsort(columns[0])
        for name, values in zip(("cross_section", "efficiency", "error"), columns, strict=False):
            object.__setattr__(self, name, tuple(values[order].tolist()))
        _check(*(values[order] for values in columns))

    @property
    def smallest(self) -> float:
        """The smallest injected cross section."""
        return self.cross_section[0]

    @property
    def largest(self) -> float:
        """The largest injected cross section."""
        return self.cross_section[-1]

    def at(self, cross_section: ArrayLike) -> FloatArray:
        """Return the efficiency at cross sections between the injections, shape (...).

        Raises:
            EfficiencyError: outside the injections.

        """
        return np.asarray(self._curve(np.log(self._inside(cross_section))), dtype=float)

    def error_at(self, cross_section: ArrayLike) -> FloatArray:
        """Return the error of the efficiency, zero if there is none; arguments and errors as in `at`."""
        inside = self._inside(cross_section)
        if self.error is None:
            return np.zeros_like(inside)
        return np.asarray(np.interp(np.log(inside), np.log(self.cross_section), self.error), dtype=float)

    @cached_property
    def _curve(self) -> PchipInterpolator:
        return PchipInterpolator(np.log(self.cross_section), self.efficiency)

    def _inside(self, cross_section: ArrayLike) -> FloatArray:
        values = np.asarray(cross_section, dtype=float)
        outside = values[~((values >= self.smallest) & (values <= self.largest))]
        if outside.size:
            msg = (
                f"no efficiency at {outside.flat[0]:g} fb: injections go from {self.smallest:g} to "
                f"{self.largest:g} fb; inject there, for it is not extrapolated"
            )
            raise EfficiencyError(msg)
        return values


def _check(cross_section: FloatArray, efficiency: FloatArray, error: FloatArray | None = None) -> None:
    if not (np.isfinite(cross_section).all() and cross_section[0] > 0 and (np.diff(cross_section) > 0).all()):
        msg = f"injected cross sections {cross_section.tolist()}; they are positive, each once"
        raise EfficiencyError(msg)
    if not ((efficiency >= 0) & (efficiency <= 1)).all():
        msg = f"efficiencies {efficiency.tolist()}; they are between 0 and 1"
        raise EfficiencyError(msg)
    if error is not None and not ((error >= 0) & np.isfinite(error)).all():
        msg = f"errors of the efficiency {error.tolist()}; they are finite and not negative"
        raise EfficiencyError(msg)
