"""The tables of a data sheet about events: what was generated, cuts, m_jj, normalisation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .datasheet_cell import NOTHING, Table, measured, pairs, percent, ratio, short, span, test, whole


def samples(found: Mapping[str, Mapping[str, Any]]) -> Table:
    """Say what was generated for every sample."""
    titles = (
        "sample",
        "process",
        "role",
        "generated",
        "stored",
        "selected",
        "effective",
        "cross section [pb]",
        "after selection [pb]",
        "equivalent luminosity [fb⁻¹]",
        "CPU hours",
    )
    rows = [
        [
            name,
            s["process"],
            s["kind"] if s["role"] == "data" else s["role"],
            whole(s["generated"]),
            whole(s["stored"]),
            whole(s["selected"]),
            f"{s['effective']:,.0f}",
            short(s["cross_section"]),
            short(s["selected_cross_section"]),
            short(s["equivalent_luminosity"]),
            short(s["cpu_hours"], 2),
        ]
        for name, s in found.items()
    ]
    return Table(titles, rows)


def parameters(found: Mapping[str, Mapping[str, Any]]) -> Table:
    """Say with which parameters, cuts and seeds every sample was made."""
    titles = (
        "sample",
        "parameters",
        "complete for",
        "multiparton interactions",
        "pile-up",
        "radius",
        "seed",
    )
    rows = [
        [
            name,
            pairs(s["parameters"]),
            pairs(s["cut"]),
            "on" if s["mpi"] else "off",
            f"{s['pileup']:g}",
            f"{s['radius']:g}",
            str(s["seed"]),
        ]
        for name, s in found.items()
    ]
    return Table(titles, rows)


def cutflow(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Show one cutflow: events, and shares of the weight."""
    sums = [row["sumw"] for row in rows]
    before = [sums[0], *sums]
    return Table(
        ("cut", "events", "of all", "of previous"),
        [
            [row["cut"], whole(row["events"]), percent(row["sumw"], sums[0]), percent(row["sumw"], last)]
            for row, last in zip(rows, before, strict=False)
        ],
    )


def efficiencies(found: Mapping[str, Mapping[str, Any]]) -> Table:
    """Show efficiencies beside the published ones."""
    names = ("preselection", "deta", "product")
    titles = ("signal", *(t for n in ("preselection", "|Δη|", "product") for t in (n, f"{n}, CMS")), "ratio")
    rows = []
    for name, one in found.items():
        published, product = one["published"], one["product"]
        middle = sum(published["product"]) / 2
        cells = [c for n in names for c in (measured(one[n]), span(published[n]))]
        over = NOTHING if product is None else f"{product['value'] / middle:.3f}"
        rows.append([name, *cells, over])
    return Table(titles, rows)


def fits(found: Mapping[str, Mapping[str, Any]]) -> Table:
    """Show how well the dijet function describes the QCD samples."""
    titles = (
        "sample",
        "events",
        "from [GeV]",
        "χ²/ndof",
        "p",
        "p from toys",
        "parts",
        "KS of the parts",
        "first 10% in mass, observed over extrapolated",
    )
    rows = []
    for name, one in found.items():
        fit, goodness, start = one["fit"], one["fit"]["goodness"]["p_values"], one["start"]
        rows.append(
            [
                name,
                f"{one['events']:,} of {one['of']:,}",
                f"{one['edge']:g}",
                f"{fit['chi2']:.1f}/{fit['ndof']}",
                short(fit["p_value"], 2),
                ", ".join(f"{test(t)} {p:.2f}" for t, p in goodness.items()),
                str(max((len(values) for values in one["parts"].values()), default=0)),
                ", ".join(f"{test(t)} {p:.2f}" for t, p in one["uniformity"].items()) or NOTHING,
                ratio(start),
            ]
        )
    return Table(titles, rows)


def agreement(found: Sequence[Mapping[str, Any]]) -> Table:
    """Show how samples of the same process agree."""
    titles = ("samples", "from [GeV]", "effective events", "ratio of rates", "χ²/ndof", "p")
    rows = [
        [
            " / ".join(one["samples"]),
            f"{one['low']:g}",
            " / ".join(f"{n:,.0f}" for n in one["effective"]),
            f"{one['ratio']:.3f} ± {one['error']:.3f}",
            f"{one['chi2']:.1f}/{one['ndof']}",
            f"{one['p_value']:.2g}",
        ]
        for one in found
    ]
    return Table(titles, rows)


def normalisation(found: Sequence[Mapping[str, Any]]) -> Table:
    """Show published rates, simulated ones, and K."""
    titles = ("sample", "jets", "above [GeV]", "|Δη| below", "published [fb]", "simulated, LO [fb]", "K")
    rows = [
        [
            one["sample"],
            kind,
            f"{one['low']:g}",
            f"{one['deta_max']:g}",
            f"{one['published']['rate']:.1f} ± {one['published']['error']:.1f}",
            f"{jets['rate']:.1f} ± {jets['error']:.1f}",
            f"{jets['k']:.4f} ± {jets['k_error']:.4f}",
        ]
        for one in found
        for kind, jets in one["jets"].items()
    ]
    return Table(titles, rows)
