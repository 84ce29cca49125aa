"""Correcting the jets of events, before anything is selected or computed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from ..datasets.fold import sample_id
from ..datasets.jagged import Index, counts, flat, owners
from ..datasets.nanoaod import available
from ..selections.groomed import groomed_mass
from .correction import TAGGED, Corrections
from .partner import partner_mass
from .payload import RHO, CorrectionError
from .smearing import normal, partner_pt, smear, stretch

Array = NDArray[np.float64]
Identity = tuple[NDArray[Any], ...]
Values = dict[str, Array]

INPUTS = {"JetPt": "pt", "JetEta": "eta", "JetPhi": "phi", "JetA": "area"}
SHIFT = {"down": -1.0, "nominal": 0.0, "up": 1.0}
SYSTEMATIC = {"down": "down", "nominal": "nom", "up": "up"}
PLACE = {"down": 0, "nominal": 1, "up": 2}


def corrected(events: Any, corrections: Corrections, kind: str, sample: str) -> Any:
    """Return NanoEvents whose FatJets are corrected: pT and mass by one factor, soft-drop masses by another.

    A variation of b tagging replaces the scores of FatJets and SubJets by those that the file has for it.
    ``kind`` is data, background or signal, ``sample`` the name of the sample. The order of the jets stays, and
    ``events`` are left as they are. ``CorrectionError`` when the payload does not cover the jets.
    """
    own = corrections.of(kind)
    if own == Corrections():
        return events
    number = counts(events.FatJet)
    identity = _identity(events, sample)
    if own.payload:
        factor = energy_factor(events, own, identity)
        for name in ("pt", "mass"):
            events = _with(events, name, flat(events.FatJet[name]) * factor, number)
    if own.jms or own.jmr:
        mass = groomed_mass(events)
        factor = groomed_factor(events, own, identity, mass)
        events = _with(events, "msoftdrop", mass * factor, number)
    return _with_score(events, own.score) if own.score else events


def energy_factor(events: Any, corrections: Corrections, identity: Identity) -> Array:
    """Return the factors (n_jets,) on the stored pT: correction of the scale, smearing, and shift of the scale.

    Each step sees the pT that the one before it made. ``identity`` holds sample, run, lumi and event, (n,) each.
    """
    values = _values(events)
    stored = values["JetPt"]
    if corrections.jec or corrections.jec_data:
        values["JetPt"] = stored * (1 - flat(events.FatJet.rawFactor).astype(np.float64))
        values["JetPt"] = values["JetPt"] * _scale(corrections, values)
    if corrections.jer_resolution:
        values["JetPt"] = values["JetPt"] * _smearing(events, corrections, values, identity)
    shift = SHIFT[corrections.direction("jes")]
    if corrections.jes_uncertainty and shift:
        values["JetPt"] = values["JetPt"] * (
            1 + shift * corrections.find(corrections.jes_uncertainty)(values)
        )
    return np.divide(values["JetPt"], stored, out=np.ones_like(stored), where=stored > 0)


def groomed_factor(events: Any, corrections: Corrections, identity: Identity, mass: Array) -> Array:
    """Return the factors (n_jets,) on the soft-drop masses ``mass`` (n_jets,) in GeV: resolution, then scale."""
    factor = np.ones(len(mass))
    if corrections.jms:
        factor *= corrections.jms[PLACE[corrections.direction("jms")]]
    if corrections.jmr and corrections.msd_resolution:
        width = np.full(len(factor), corrections.msd_resolution)
        scale = np.full(len(factor), corrections.jmr[PLACE[corrections.direction("jmr")]])
        smeared = smear(width, scale, normal(identity, counts(events.FatJet), "jmr"))
        if corrections.jmr_matching:
            partner = partner_mass(events, mass, width)
            smeared = _stretched(mass, partner, scale, smeared)
        factor *= smeared
    return factor


def _scale(corrections: Corrections, values: Values) -> Array:
    eras = corrections.jec or corrections.jec_data or {}
    if isinstance(eras, str):
        return corrections.find(eras)(values)
    factor = np.full(len(values["run"]), np.nan)
    for name, (first, last) in eras.items():
        era = (values["run"] >= first) & (values["run"] <= last)
        factor[era] = corrections.find(name)({key: column[era] for key, column in values.items()})
    if np.isnan(factor).any():
        run = int(values["run"][np.isnan(factor)][0])
        raise CorrectionError(f"corrections: run {run} is in no era of jec_data; add the era with its runs")
    return factor


def _smearing(
    events: Any, corrections: Corrections, values: Mapping[str, Array], identity: Identity
) -> Array:
    resolution = corrections.find(str(corrections.jer_resolution))(values)
    direction = SYSTEMATIC[corrections.direction("jer")]
    scale = corrections.find(str(corrections.jer_scale_factor))(values, direction)
    factor = smear(resolution, scale, normal(identity, counts(events.FatJet), "jer"))
    if not corrections.jer_matching:
        return factor
    partner = partner_pt(events, values["JetPt"], resolution)
    return _stretched(values["JetPt"], partner, scale, factor)


def _stretched(value: Array, partner: Array, scale: Array, otherwise: Array) -> Array:
    """Move values away from their partners where there are some; ``otherwise`` are the factors of the others."""
    factor, found = otherwise.copy(), ~np.isnan(partner)
    factor[found] = stretch(value[found], partner[found], scale[found])
    return factor


def _identity(events: Any, sample: str) -> Identity:
    columns = [np.asarray(events[name]) for name in ("run", "luminosityBlock", "event")]
    return (np.full(len(columns[0]), sample_id(sample), dtype=np.uint64), *columns)


def _values(events: Any) -> Values:
    """Collect what the inputs of corrections can be, (n_jets,) by name, as far as the file has it."""
    jets, event = events.FatJet, owners(counts(events.FatJet))
    values = {
        name: flat(jets[field]).astype(np.float64) for name, field in INPUTS.items() if field in jets.fields
    }
    values["run"] = np.asarray(events.run).astype(np.float64)[event]
    for branch in sorted(available(events) & frozenset(RHO)):
        collection, _, field = branch.rpartition("_")
        density = events[collection][field] if collection else events[field]
        values["Rho"] = np.asarray(density).astype(np.float64)[event]
    return values


def _with(events: Any, name: str, values: NDArray[Any], number: Index) -> Any:
    return ak.with_field(events, ak.unflatten(values.astype(np.float32), number), ["FatJet", name])


def _with_score(events: Any, name: str) -> Any:
    for collection in TAGGED:
        events = ak.with_field(events, events[collection][name], [collection, "btagDeepB"])
    return events
