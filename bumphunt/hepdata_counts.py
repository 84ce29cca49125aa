"""Counts from the values of a HEPData column: cross sections times luminosity, densities times bin widths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .array import FloatArray
from .hepdata_unit import Unit
from .reading import SpectrumFileError


@dataclass(frozen=True)
class Conversion:
    """How values of a column become counts.

    Arguments:
        place: file and table, for messages.
        column: name of the column, likewise.
        unit: of the column.
        luminosity: in fb-1; None for a column of events.
        per_width: whether to multiply by the bin width.
        rounding: allowed relative distance to a whole number.

    """

    place: str
    column: str
    unit: Unit
    luminosity: float | None
    per_width: bool
    rounding: float

    def counts(self, values: FloatArray, widths: FloatArray) -> FloatArray:
        """Return counts of values, shape (n,), in bins with widths in GeV."""
        self._check()
        if self.luminosity is None and not self.per_width:
            return values
        factor = self.unit.fb * (1.0 if self.luminosity is None else self.luminosity)
        events = values * factor * (widths / self.unit.gev if self.per_width else 1.0)
        whole = np.round(events)
        apart = np.abs(events - whole) > self.rounding * np.maximum(np.abs(events), 1)
        if apart.any():
            bin_ = int(np.argmax(apart))
            msg = (
                f"{self.place}: '{self.column}' in bin {bin_} becomes {events[bin_]:.6g} events, which is not a whole "
                f"number within {self.rounding:g}; check luminosity and per_width, or say how precise the values are "
                "(rounding)"
            )
            raise SpectrumFileError(msg)
        return whole

    def _check(self) -> None:
        wanted = []
        if self.unit.cross_section and self.luminosity is None:
            wanted.append("luminosity=... in fb-1 (--luminosity)")
        if self.unit.density and not self.per_width:
            wanted.append("per_width=True (--density)")
        if wanted:
            msg = (
                f"{self.place}: '{self.column}' is in {self.unit.text}, not in events; give "
                f"{' and '.join(wanted)} to turn it into counts"
            )
            raise SpectrumFileError(msg)
        if self.luminosity is not None and not self.unit.cross_section:
            unit = f"is in {self.unit.text}" if self.unit.text else "has no unit"
            msg = f"{self.place}: '{self.column}' {unit} and is no cross section in b to ab; leave luminosity out"
            raise SpectrumFileError(msg)
        if self.per_width and self.unit.text and not self.unit.density:
            msg = (
                f"{self.place}: '{self.column}' is in {self.unit.text} and is no density; leave per_width out"
            )
            raise SpectrumFileError(msg)
        if self.luminosity is not None and not self.luminosity > 0:
            msg = f"luminosity is {self.luminosity}; it is positive, in fb-1"
            raise SpectrumFileError(msg)
