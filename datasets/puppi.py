"""PUPPI: a weight for every candidate, the probability that it is not of pile-up (arXiv:1407.6013).

The variant of CMS (arXiv:2003.00503, section 4.2). Charged candidates have weight 1 or 0 by their vertex. A neutral one
is judged by what is around it: alpha = log of the sum of (pT_j / dR_ij)^2 over j with 0.01 < dR < 0.4, where j runs
over the charged candidates of the leading vertex for |eta| < 2.5, and over all candidates beyond. The charged
candidates of pile-up tell the median and the width of alpha for pile-up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.special import erf

from .detector import PHOTON, Flow
from .jagged import Index, starts

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

CONE_MIN, CONE = 0.01, 0.4
CENTRAL = 2.5
FORWARD_REFERENCE = (1.5, 2.0)  # |eta| of the charged candidates that stand for pile-up beyond the tracker
WEIGHT_MIN = 0.01
RMS_MIN = 0.01
REGIONS = np.array([2.5, 3.0])  # |eta| where the least weighted pT of neutral candidates changes
PT_MIN = np.array([0.2, 1.7, 2.0])  # GeV
PT_MIN_SLOPE = np.array([0.015, 0.08, 0.08])  # GeV per vertex
VERTICES = 0.7  # per collision: not all are found
PHOTON_PT_MAX, HADRON_PT_MAX = 20.0, 200.0  # GeV; neutral candidates above are not of pile-up
APART = 20.0  # in eta: further than any two candidates of an event


@dataclass(frozen=True)
class _Level:
    """Median and left-sided width (n,) of alpha for pile-up; NaN for events without any reference."""

    median: Array
    rms: Array


def puppi(flow: Flow, collisions: Index) -> Flow:
    """Set the weights of candidates in events with so many collisions of pile-up (n,).

    Events without pile-up keep all weights at 1. In events where no charged candidate of pile-up is near enough to
    others to define the median, neutral candidates keep weight 1.
    """
    crowded = (collisions > 0)[flow.event]
    if not crowded.any():
        return flow
    track = flow.charge != 0
    central = np.abs(flow.eta) < CENTRAL
    neutral = crowded & ~track
    threshold = _threshold(flow, collisions)
    above = neutral & (flow.pt > threshold)  # of no use to judge the others: no weight is above 1
    weight = np.where(crowded & (flow.pileup | (neutral & ~above)), 0.0, 1.0)
    low, high = FORWARD_REFERENCE
    edge = flow.pileup & (np.abs(flow.eta) > low) & (np.abs(flow.eta) < high)
    regions = (
        (above & central, flow.pileup, track & ~flow.pileup),
        (above & ~central, edge, np.ones(len(track), dtype=bool)),
    )
    for judged, reference, source in regions:
        weight[judged] = _probability(flow, judged, reference, source)
    weight[above & _hard(flow)] = 1.0
    weight[weight < WEIGHT_MIN] = 0.0
    weight[neutral & (weight * flow.pt < threshold)] = 0.0
    return replace(flow, weight=weight)


def weighted(flow: Flow) -> Flow:
    """Multiply momenta with their weights; candidates of weight 0 are gone. The weights stay known."""
    kept = flow.where(flow.weight > 0)
    return replace(kept, pt=kept.pt * kept.weight, mass=kept.mass * kept.weight)


def alpha(flow: Flow, judged: Mask, source: Mask) -> Array:
    """Return alpha of the ``judged`` candidates, with ``source`` as neighbours; -inf without any.

    Both are masks (c,); pT in GeV.
    """
    one, other = np.flatnonzero(judged), np.flatnonzero(source)
    if not len(one) or not len(other):
        return np.full(len(one), -np.inf)
    pairs = _tree(flow, one).sparse_distance_matrix(_tree(flow, other), CONE, output_type="ndarray")
    pairs = pairs[pairs["v"] > CONE_MIN]
    near = (flow.pt[other[pairs["j"]]] / pairs["v"]) ** 2
    with np.errstate(divide="ignore"):
        value: Array = np.log(np.bincount(pairs["i"], near, minlength=len(one)))
    return value


def _tree(flow: Flow, rows: Index) -> cKDTree:
    """Index candidates by eta and phi, the events far apart from one another."""
    turn = 2 * np.pi
    phi = np.mod(flow.phi[rows], turn)
    place = np.stack([flow.eta[rows] + APART * flow.event[rows], np.where(phi < turn, phi, 0.0)], axis=-1)
    return cKDTree(place, boxsize=[0.0, turn], balanced_tree=False, compact_nodes=False)


def _probability(flow: Flow, judged: Mask, reference: Mask, source: Mask) -> Array:
    """Return the cumulative chi-squared distribution, one degree of freedom, of what alpha has above its median."""
    level = _level(flow.event[reference], alpha(flow, reference, source), flow.events)
    event = flow.event[judged]
    with np.errstate(invalid="ignore"):
        excess = (alpha(flow, judged, source) - level.median[event]) / level.rms[event]
    probability: Array = erf(np.maximum(excess, 0.0) / np.sqrt(2.0))
    return np.where(np.isnan(level.median[event]), 1.0, probability)


def _level(event: Index, value: Array, events: int) -> _Level:
    """Take the median of alpha in each event, and the width of what lies below it."""
    finite = np.isfinite(value)
    event, value = event[finite], value[finite]
    order = np.lexsort((value, event))
    number = np.bincount(event, minlength=events)
    filled = number > 0
    median = np.full(events, np.nan)
    median[filled] = value[order][(starts(number) + number // 2)[filled]]
    apart = value - median[event]
    left = apart <= 0
    total = np.bincount(event[left], apart[left] ** 2, minlength=events)
    rms = np.sqrt(total / np.maximum(np.bincount(event[left], minlength=events), 1))
    return _Level(median, np.maximum(rms, RMS_MIN))


def _hard(flow: Flow) -> Mask:
    """Tell which candidates (c,) are too hard to be of pile-up, where tracks could not tell."""
    pt_max = np.where(flow.pdg_id == PHOTON, PHOTON_PT_MAX, HADRON_PT_MAX)
    hard: Mask = (flow.pt > pt_max) & (np.abs(flow.eta) < CENTRAL)
    return hard


def _threshold(flow: Flow, collisions: Index) -> Array:
    """Return the least weighted pT (c,) in GeV of a neutral candidate."""
    region = np.searchsorted(REGIONS, np.abs(flow.eta), side="right")
    threshold: Array = PT_MIN[region] + PT_MIN_SLOPE[region] * VERTICES * collisions[flow.event]
    return threshold
