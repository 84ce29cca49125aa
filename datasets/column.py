"""The columns of a feature table: name, unit and meaning."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """What a column holds; ``unit`` is empty for pure numbers."""

    name: str
    unit: str
    meaning: str


EVENT_COLUMNS = (
    Column("sample", "", "hash of the sample's name"),
    Column("run", "", "run number"),
    Column("lumi", "", "luminosity block"),
    Column("event", "", "event number"),
    Column("jet", "", "rank in pT among the jets of the event, from 0; tables of jets only"),
    Column("weight", "", "generator weight; 1 for data"),
    Column("truth", "", "0 background, 1 signal; simulation only, never shown to a tagger"),
    Column("mjj", "GeV", "invariant mass of the two leading AK8 jets"),
    Column("deta", "", "|eta(j1) - eta(j2)|"),
)

JET_COLUMNS = (
    Column("pt", "GeV", "transverse momentum"),
    Column("eta", "", "pseudorapidity"),
    Column("phi", "rad", "azimuth"),
    Column("mass", "GeV", "ungroomed jet mass"),
    Column("msd", "GeV", "soft-drop mass"),
    Column("tau1", "", "N-subjettiness tau1"),
    Column("tau2", "", "N-subjettiness tau2"),
    Column("tau3", "", "N-subjettiness tau3"),
    Column("tau4", "", "N-subjettiness tau4"),
    Column("tau21", "", "N-subjettiness ratio tau2/tau1"),
    Column("tau32", "", "N-subjettiness ratio tau3/tau2"),
    Column("tau43", "", "N-subjettiness ratio tau4/tau3"),
    Column("tau41", "", "N-subjettiness ratio tau4/tau1"),
    Column("tau_s", "", "root of tau2/tau1, over tau1"),
    Column("rho", "", "soft-drop mass over transverse momentum"),
    Column("n_pf", "", "number of particle-flow candidates"),
    Column("lsf3", "", "lepton subjet fraction for three subjets, 0 without lepton"),
    Column("btag", "", "DeepCSV b score"),
    Column("btag_subjet", "", "larger DeepCSV b score of the soft-drop subjets"),
    Column("n2b1", "", "N2 of the soft-drop jet, beta = 1, as stored"),
    Column("n3b1", "", "N3 of the soft-drop jet, beta = 1, as stored"),
    Column("ptd", "", "root of the sum of pT^2 over the sum of pT"),
    Column("girth", "", "distance from the jet axis averaged with pT"),
    Column("axis_major", "", "major axis in eta and phi, weighted with pT^2"),
    Column("axis_minor", "", "minor axis in eta and phi, weighted with pT^2"),
    Column("c2", "", "ratio of energy correlations C2, beta = 1"),
    Column("d2", "", "ratio of energy correlations D2, beta = 1"),
    Column("n2", "", "ratio of energy correlations N2, beta = 1, not groomed"),
    Column("image_tnt", "", "jet image of Tag N' Train, [row, column], unit sum"),
    Column("image_nae", "", "jet image of the normalized autoencoder, [row, column], unit sum"),
    Column("lund", "", "ln(1/Delta), ln(kt/GeV) of up to 40 primary splittings, zero padded"),
    Column("n_lund", "", "number of primary Lund splittings"),
    *(
        Column(f"tau{n}_b{beta}".replace(".", ""), "", f"N-subjettiness tau{n}, beta = {beta}")
        for beta in ("0.5", "1", "2")
        for n in range(1, 10)
    ),
    Column("constituents", "GeV", "px, py, pz of up to 100 candidates, sorted by pT, zero padded"),
)

JETS = ("j1", "j2")
TRUTH = "truth"

SCHEMA = {c.name: c for c in (*EVENT_COLUMNS, *JET_COLUMNS)} | {
    f"{jet}_{c.name}": Column(f"{jet}_{c.name}", c.unit, f"{c.meaning} of {jet}")
    for jet in JETS
    for c in JET_COLUMNS
}


def describe(names: Iterable[str]) -> dict[str, Column]:
    """Look up the named columns; names of a user's own are kept, without unit or meaning."""
    return {name: SCHEMA.get(name, Column(name, "", "")) for name in names}
