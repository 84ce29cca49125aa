"""The branches of simulated events, as in PFNano: NanoAOD with the candidates of the two leading jets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from .flavour import Flavour
from .jagged import Index, owners, starts
from .jet import KINEMATICS, Jets, truncate
from .reconstruction import CANDIDATES_MAX, Reconstruction
from .reference import NONE
from .substructure import Substructure
from .truth import GeneratedJets, HardParticles

Columns = dict[str, Any]

RUN = 1
JET_ID = 6  # tight, and tight with lepton veto
LEADING = 2
BITS = 12
SCORE_BITS = 10
FINE_BITS = {"eta": 16, "phi": 16}  # the mass of two subjets depends on the little that lies between them
CANDIDATE_BITS = {"pt": 10, "eta": 12, "phi": 12, "mass": 8, "d0": 8, "dz": 8}


@dataclass(frozen=True)
class Content:
    """All that is stored of the kept events of a batch; ``hard`` and ``pileup`` (n,) are those of the whole batch."""

    kept: Reconstruction
    substructure: Substructure
    flavour: Flavour
    subjet_flavour: Flavour
    generated: GeneratedJets
    particles: HardParticles
    hard: Mapping[str, NDArray[Any]]
    pileup: Index


def event_columns(content: Content, luminosity_block: int, first: int) -> Columns:
    """Lay the kept events of a batch out as branches; they are numbered from ``first`` on."""
    kept, hard = content.kept, content.hard
    number = len(kept.event)
    return {
        "run": np.full(number, RUN, dtype=np.uint32),
        "luminosityBlock": np.full(number, luminosity_block, dtype=np.uint32),
        "event": np.arange(first, first + number, dtype=np.uint64),
        "genWeight": hard["weight"][kept.event].astype(np.float32),
        **{f"Generator_{name}": _narrow(value[kept.event]) for name, value in hard.items()},
        "Pileup_nPU": content.pileup[kept.event].astype(np.int32),
        "PuppiMET_pt": truncate(np.hypot(*kept.met.T), 10),
        "PuppiMET_phi": truncate(np.arctan2(kept.met[:, 1], kept.met[:, 0]), 10),
        "FatJet": _jets(content),
        "SubJet": _subjets(content),
        **_candidates(kept),
        "GenJetAK8": _generated_jets(content),
        "GenPart": _particles(content),
    }


def stored_candidates(kept: Reconstruction) -> Index:
    """Return how many candidates of each jet (j,) are stored."""
    return np.where(kept.rank < LEADING, np.minimum(kept.jets.size, CANDIDATES_MAX), 0)


def _jets(content: Content) -> Any:
    kept, inner, flavour = content.kept, content.substructure, content.flavour
    jets = kept.jets
    values = {name: getattr(jets, name) for name in KINEMATICS}
    values |= {"msoftdrop": inner.soft_drop_mass, "lsf3": inner.lepton_fraction}
    values |= {f"tau{i + 1}": tau for i, tau in enumerate(inner.tau.T)}
    columns: Columns = {name: truncate(value, BITS) for name, value in values.items()}
    columns |= {
        **_flavour(flavour),
        "hadronFlavour": flavour.kind.astype(np.uint8),
        "jetId": np.full(len(jets.event), JET_ID, dtype=np.int32),
        "rawFactor": np.zeros(len(jets.event), dtype=np.float32),
        "nConstituents": stored_candidates(kept).astype(np.uint8),
        "nPFCandsAll": jets.size.astype(np.int32),
        "genJetAK8Idx": _local(content.generated.match, content.generated.jets.event, jets.events),
        **_subjet_indices(jets, inner.subjets),
    }
    return _collection(columns, kept.number)


def _subjet_indices(jets: Jets, subjets: Jets) -> Columns:
    pair = np.full((len(jets.event), 2), NONE, dtype=np.int64)
    pair[subjets.event[::2]] = np.arange(len(subjets.event)).reshape(-1, 2)
    event = jets.event[subjets.event]
    return {f"subJetIdx{i + 1}": _local(pair[:, i], event, jets.events) for i in (0, 1)}


def _subjets(content: Content) -> Any:
    subjets, jets = content.substructure.subjets, content.kept.jets
    columns: Columns = _kinematics(subjets) | _flavour(content.subjet_flavour)
    return _collection(columns, _number(content.kept, jets.event[subjets.event]))


def _generated_jets(content: Content) -> Any:
    generated = content.generated
    columns = _kinematics(generated.jets) | {"msoftdrop": truncate(generated.soft_drop_mass, BITS)}
    return _collection(columns, _number(content.kept, generated.jets.event))


def _particles(content: Content) -> Any:
    particles = content.particles
    columns = _kinematics(particles) | {
        "pdgId": particles.pdg_id,
        "status": particles.status,
        "genPartIdxMother": _local(particles.mother, particles.event, content.kept.jets.events),
    }
    return _collection(columns, _number(content.kept, particles.event))


def _candidates(kept: Reconstruction) -> Columns:
    """Collect the hardest candidates of each jet, jet after jet; their momenta are those without PUPPI weight."""
    flow, jets, stored, rank = kept.flow, kept.jets, stored_candidates(kept), kept.rank
    owner = owners(jets.size)
    hardness = np.lexsort((-flow.pt[jets.members], owner))
    place = np.arange(len(owner)) - np.repeat(starts(jets.size), jets.size)
    chosen = place < stored[owner]
    members, jet = jets.members[hardness][chosen], owner[chosen]
    size = _number(kept, jets.event[jet])
    values = {name: getattr(flow, name)[members] for name in CANDIDATE_BITS}
    weight = flow.weight[members]
    for name in ("pt", "mass"):
        values[name] = values[name] / weight
    columns: Columns = {name: truncate(value, CANDIDATE_BITS[name]) for name, value in values.items()}
    columns |= {
        "pdgId": flow.pdg_id[members],
        "charge": flow.charge[members],
        "puppiWeight": truncate(weight, CANDIDATE_BITS["pt"]),
    }
    local = np.arange(len(members)) - np.repeat(starts(size), size)
    links = {"jetIdx": rank[jet].astype(np.int32), "pFCandsIdx": local.astype(np.int32)}
    return {"PFCands": _collection(columns, size), "FatJetPFCands": _collection(links, size)}


def _flavour(flavour: Flavour) -> Columns:
    counted = {"nBHadrons": flavour.b.astype(np.uint8), "nCHadrons": flavour.c.astype(np.uint8)}
    return counted | {name: truncate(value, SCORE_BITS) for name, value in flavour.scores.items()}


def _kinematics(entries: Any) -> Columns:
    return {name: truncate(getattr(entries, name), FINE_BITS.get(name, BITS)) for name in KINEMATICS}


def _number(kept: Reconstruction, event: Index) -> Index:
    """Count the entries of each kept event (n,), given the event of each."""
    return np.bincount(event, minlength=kept.jets.events)[kept.event]


def _local(position: Index, event: Index, events: int) -> NDArray[np.int16]:
    """Turn positions (k,) among entries, which lie in ``event``, into positions in their event; -1 stays."""
    first = starts(np.bincount(event, minlength=events))
    local = np.full(len(position), NONE, dtype=np.int16)
    there = position != NONE
    local[there] = position[there] - first[event[position[there]]]
    return local


def _collection(columns: Columns, number: Index) -> Any:
    return ak.zip({name: ak.unflatten(value, number) for name, value in columns.items()})


def _narrow(values: NDArray[Any]) -> NDArray[Any]:
    return values.astype(np.float32) if values.dtype == np.float64 else values
