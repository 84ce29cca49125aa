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
    Column("tau21", "", "N-subjettiness ratio tau2/tau1"),
    Column("tau32", "", "N-subjettiness ratio tau3/tau2"),
    Column("tau43", "", "N-subjettiness ratio tau4/tau3"),
    Column("tau41", "", "N-subjettiness ratio tau4/tau1"),
    Column("rho", "", "soft-drop mass over transverse momentum"),
    Column("n_pf", "", "number of particle-flow candidates"),
    Column("constituents", "GeV", "px, py, pz of up to 100 candidates, sorted by pT, zero padded"),
)

JETS = ("j1", "j2")
TRUTH = "truth"

SCHEMA = {c.name: c for c in EVENT_COLUMNS} | {
    f"{jet}_{c.name}": Column(f"{jet}_{c.name}", c.unit, f"{c.meaning} of {jet}")
    for jet in JETS
    for c in JET_COLUMNS
}


def describe(names: Iterable[str]) -> dict[str, Column]:
    """Look up the named columns; names of a user's own are kept, without unit or meaning."""
    return {name: SCHEMA.get(name, Column(name, "", "")) for name in names}
