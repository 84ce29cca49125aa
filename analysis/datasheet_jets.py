"""The tables of a data sheet about jets: signals, prongs, W and top, response, b tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .containment import HEAVY
from .datasheet_cell import NOTHING, Table, short, whole


def peaks(found: Mapping[str, Mapping[str, Any]]) -> Table:
    """Show where signals peak, generated and reconstructed."""
    titles = (
        "signal",
        "events",
        "resonance, generated [GeV]",
        "m_jj, peak",
        "m_jj, median",
        "daughters, generated",
        "soft-drop mass of j1, peak",
        "of j2",
        "of jets that hold a daughter",
    )
    rows = []
    for name, one in found.items():
        truth, peak = one["truth"] or {}, one["peaks"]
        masses, held = (
            ", ".join(short(m) for m in truth.get(key, ())) or NOTHING
            for key in ("daughters", "contained_masses")
        )
        rows.append(
            [
                name,
                whole(one["events"]),
                short(truth.get("resonance"), 4),
                short(peak["mjj"], 4),
                short(one["median_mjj"], 4),
                masses,
                short(peak.get("j1_msd")),
                short(peak.get("j2_msd")),
                held,
            ]
        )
    return Table(titles, rows)


def prongs(found: Mapping[str, Mapping[str, Any]]) -> Table:
    """Show what signals decay to, and how much of it their jets hold."""
    titles = (
        "signal",
        "without leptons",
        "prongs of these",
        "expected",
        "as expected",
        "contained",
        "contained, without leptons",
        "heavier daughter",
        "lighter daughter",
    )
    rows = []
    for name, one in found.items():
        if not (truth := one["truth"]):
            continue
        numbers = ", ".join(f"{pair} ({share:.0%})" for pair, share in truth["prongs"].items())
        shares = (truth["contained"], truth["contained_hadronic"], *truth["contained_sides"])
        rows.append(
            [
                name,
                f"{truth['hadronic']:.3f}",
                numbers or NOTHING,
                truth["expected_prongs"] or NOTHING,
                short(truth["as_expected"]),
                *(NOTHING if share is None else f"{share:.3f}" for share in shares),
            ]
        )
    return Table(titles, rows)


def heavy(found: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Table:
    """Show the peaks of W and top."""
    titles = (
        "sample",
        "jets that are a",
        "jets",
        "peak of the soft-drop mass [GeV]",
        "half the central 68% within 30% of it",
    )
    rows = [
        [name, HEAVY[kind], whole(one["jets"]), short(one["peak"]), short(one["width"])]
        for name, kinds in found.items()
        for kind, one in kinds.items()
    ]
    return Table(titles, rows)


def responses(found: Mapping[str, Mapping[str, Sequence[Mapping[str, float]]]]) -> Table:
    """Show response and resolution in every bin of pT."""
    titles = ("jets of", "quantity", "generated pT [GeV]", "jets", "median", "resolution")
    named = {"pt": "pT", "mass": "mass", "msd": "soft-drop mass"}
    rows = [
        [
            group,
            named[quantity],
            f"{row['low']:g} – {row['high']:g}",
            f"{row['jets']:,.0f}",
            f"{row['median']:.3f} ± {row['error']:.3f}",
            f"{row['resolution']:.3f}",
        ]
        for group, quantities in found.items()
        for quantity, records in quantities.items()
        for row in records
    ]
    return Table(titles, rows)


def tagging(found: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Table:
    """Show how often jets of each flavour are tagged."""
    titles = ("sample", "flavour", "jets", "loose", "medium", "tight")
    rows = []
    for name, flavours in found.items():
        for flavour, points in flavours.items():
            shares = [f"{one['value']:.4f} ± {one['error']:.4f}" for one in points.values()]
            rows.append([name, flavour, f"{next(iter(points.values()))['jets']:,.0f}", *shares])
    return Table(titles, rows)
