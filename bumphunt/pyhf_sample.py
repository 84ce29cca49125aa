"""The samples of a pyhf workspace: the signal, and a background in one of three forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .array import FloatArray
from .variation import Variations
from .whitened import Basis

STEP = 0.1
Shift = tuple[FloatArray, FloatArray]


@dataclass(frozen=True, eq=False)
class Sample:
    """Events in all bins of all channels, and what may change them.

    Arguments:
        name: of the sample.
        events: expected events, shape (n_bins,).
        strength: name of the free factor on all bins; None without one.
        factors: by parameter, the factor of one standard deviation up; that down is its inverse.
        shifts: by constrained parameter, the events one standard deviation down and up, each of shape (n_bins,).
        shift: the modifier that goes through them, "parabola" or pyhf's "histosys".
        slopes: by free parameter, d ln(events) / d parameter in each bin, shape (n_bins,).

    """

    name: str
    events: FloatArray
    strength: str | None = None
    factors: Mapping[str, float] = field(default_factory=dict)
    shifts: Mapping[str, Shift] = field(default_factory=dict)
    shift: str = "histosys"
    slopes: Mapping[str, FloatArray] = field(default_factory=dict)

    def content(self, bins: slice) -> dict[str, Any]:
        """Return the sample in the bins of one channel, as a workspace holds it; what does nothing there is left out."""
        return {"name": self.name, "data": self.events[bins].tolist(), "modifiers": self._modifiers(bins)}

    def _modifiers(self, bins: slice) -> list[dict[str, Any]]:
        free = [] if self.strength is None else [_modifier(self.strength, "normfactor", None)]
        factors = [_modifier(name, "normsys", {"hi": up, "lo": 1 / up}) for name, up in self.factors.items()]
        shifts = [
            _modifier(name, self.shift, {"hi_data": up[bins].tolist(), "lo_data": down[bins].tolist()})
            for name, (down, up) in self.shifts.items()
            if (up[bins] != self.events[bins]).any() or (down[bins] != self.events[bins]).any()
        ]
        slopes = [
            _modifier(name, "loglinear", slope[bins].tolist())
            for name, slope in self.slopes.items()
            if slope[bins].any()
        ]
        return [*free, *factors, *shifts, *slopes]


def _modifier(name: str, kind: str, data: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "data": data}


def signal_sample(template: FloatArray, events: float, variations: Variations, shift: str) -> Sample:
    """Return the signal, with `mu` for its strength.

    Arguments:
        template: expected events of one signal event, shape (n_bins,).
        events: signal events at mu = 1.
        variations: nuisance parameters.
        shift: the modifier for those that change the shape.

    """
    nominal = events * template
    factors: dict[str, float] = {}
    shifts: dict[str, Shift] = {}
    for row, name in enumerate(variations.names):
        linear, quadratic = events * variations.linear[row], events * variations.quadratic[row]
        if variations.log_kappa[row]:
            factors[name] = float(np.exp(variations.log_kappa[row]))
        if linear.any() or quadratic.any():
            shifts[name] = (nominal - linear + quadratic, nominal + linear + quadratic)
    return Sample("signal", nominal, "mu", factors, shifts, shift)


def tangent_sample(basis: Basis) -> list[Sample]:
    """Return the background with one slope in a bin, that of the integral over the bin at the reference."""
    parts, slopes = _nodes(basis)
    mean = (parts * slopes).sum(1) / parts.sum(0)
    return [Sample("background", parts.sum(0), slopes=_named(mean))]


def node_samples(basis: Basis) -> list[Sample]:
    """Return the background as one sample for each node of the integrals over bins, which is exact if ln f is linear."""
    parts, slopes = _nodes(basis)
    return [
        Sample(f"background{node}", parts[node], slopes=_named(slopes[:, node])) for node in range(len(parts))
    ]


def constrained_sample(basis: Basis, transfer: float) -> list[Sample]:
    """Return the background with its fitted parameters constrained to the precision of the fit.

    Arguments:
        basis: whitened at a fit of other data.
        transfer: expected background events for one in those data.

    """
    one = np.eye(basis.n_parameters)
    down, up = (transfer * basis.parts(sign * one).sum(1) for sign in (-1, 1))
    shifts = {f"phi{k}": (down[k], up[k]) for k in range(len(one))}
    return [Sample("background", transfer * basis.expected, shifts=shifts)]


def _nodes(basis: Basis) -> tuple[FloatArray, FloatArray]:
    """Return events, shape (n_nodes, n_bins), and slopes, (n_parameters, n_nodes, n_bins), at the reference."""
    step = STEP * np.eye(basis.n_parameters)
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes = (np.log(basis.parts(step)) - np.log(basis.parts(-step))) / (2 * STEP)
    return basis.parts(np.zeros((1, basis.n_parameters)))[0], np.nan_to_num(slopes)


def _named(slopes: FloatArray) -> dict[str, FloatArray]:
    return {f"phi{k}": slope for k, slope in enumerate(slopes)}
