"""The page of a report: results and figures in one HTML file, with nothing outside of it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from .. import bumphunt as bh
from . import performance_table, plan
from .gallery import DIAGNOSES, FITS, SCORES, heading, in_categories, trained


def render(results: Mapping[str, Any], images: Mapping[str, Path]) -> str:
    """Render the page with all figures inside it."""
    environment = Environment(
        loader=PackageLoader("dijethunt.analysis", "."),
        autoescape=True,
        undefined=StrictUndefined,
    )
    environment.globals["drawn"] = set(images)
    environment.globals["image"] = lambda name, kind: _image(name, images[name], kind)
    searches = [_search(name, entry) for name, entry in results["searches"].items()]
    return environment.get_template("report.html.j2").render(
        title=results["title"],
        label=results["label"],
        results=results,
        summary=[row for name in results["searches"] for row in _summary(results, name)],
        overview=["p_values"],
        features=[f"features_{name}" for name in results["searches"]],
        cutflows={name: _cutflow(entry) for name, entry in results["samples"].items()},
        sample_lines={name: _sample_line(entry) for name, entry in results["samples"].items()},
        searches=searches,
        provenance=json.dumps(results["provenance"], indent=1),
        configuration=json.dumps(results["configuration"], indent=1),
    )


CAPTIONS = {
    "p_values": "Local p-value against resonance mass; each mass uses the events selected in its own window, "
    "so that curves jump where the window changes.",
    "features": "Features of both jets, of unit area.",
    "roc": "Background rejection against signal efficiency, before any working point; bands of 68% from bootstrap samples.",
    "sic": "Significance improvement against signal efficiency; bands as beside. Above 1, a cut helps.",
    "fit": "Selected events, background-only fit and pulls, in standard dijet bins; χ² is of the finer bins of the fit, "
    "merged until five events are expected in each.",
    "signal_fit": "The same with a signal at the mass of the largest excess in this window.",
    "scores": "Anomaly score, of unit area; every event is scored by models that never saw it.",
    "score_mass": "Quantiles of the score against the dijet mass.",
    "plane": "The plane of QUAK: sideband events, those that are selected, and signal. Its working point selects the emptiest bins between the dotted lines.",
    "losses": "Losses of all models of this window.",
    "importance": "Fraction of the 2% of events with the highest scores that fall below this cut when one column is permuted.",
    "closure": "Features of data and of the background that the method draws at the same masses; an area under the curve of "
    "0.5 means that a classifier cannot tell them apart.",
    "fraction": "Selected fraction against the dijet mass. It need not be flat: only the fit gives a significance.",
}


def _image(name: str, path: Path, kind: str) -> Markup:
    caption = next(text for start, text in sorted(CAPTIONS.items(), reverse=True) if name.startswith(start))
    data = base64.b64encode(path.read_bytes()).decode()
    return Markup(
        '<figure class="{}"><img alt="{}" src="data:image/png;base64,{}"><figcaption>{}</figcaption></figure>'
    ).format(kind, name, data, caption)


def _cutflow(entry: Mapping[str, Any]) -> list[dict[str, str]]:
    generated = [{"cut": "generated", "events": entry["generated"]["events"]}] if entry["generated"] else []
    cuts = [*generated, *entry["cuts"]]
    counts = [row["events"] for row in cuts]
    return [
        {
            "cut": row["cut"],
            "events": f"{row['events']:,}",
            "of_all": f"{row['events'] / max(counts[0], 1):.1%}",
            "of_previous": f"{row['events'] / max(previous, 1):.1%}",
        }
        for row, previous in zip(cuts, [counts[0], *counts], strict=False)
    ]


def _sample_line(entry: Mapping[str, Any]) -> str:
    parts = [f"{entry['events']:,} events selected"]
    if entry["acceptance"]:
        parts.append(f"acceptance {entry['acceptance']:.1%}")
    if entry["selected_cross_section"] and (entry["kind"] != "signal" or entry["cross_section"]):
        parts.append(f"cross section after selection {entry['selected_cross_section']:.3g} pb")
        parts.append(f"equivalent luminosity {entry['equivalent_luminosity']:.3g} fb-1")
    return "; ".join(parts) + "."


def _summary(results: Mapping[str, Any], search: str) -> Iterator[dict[str, str]]:
    entry = results["searches"][search]
    for tagger, found in entry["taggers"].items():
        scan = bh.ScanResult.from_dict(found["scan"])
        top, chance = scan.largest, scan.p_global
        at_signal = [p.r for p in scan.points if p.mass == found["signal"]["mass"]]
        yield {
            "search": heading(entry),
            "tagger": tagger,
            "p_min": f"{top.p_local:.2g}",
            "mass": f"{top.mass:.0f}",
            "z": f"{top.r:.2f}",
            "fit": _fit_p(found["windows"][found["order"][top.group]]),
            "p_global": "-" if chance is None else _chance(chance),
            "toys": "-" if chance is None else f"{chance.n_toys:,}",
            "z_signal": f"{at_signal[0]:.2f}" if at_signal else "not scanned",
        }


def summary_rows(results: Mapping[str, Any]) -> list[list[str]]:
    """Return search, tagger, smallest local p, its mass (GeV), Z, and p over the scan, one row per scan."""
    keys = ("search", "tagger", "p_min", "mass", "z", "p_global")
    return [[row[key] for key in keys] for search in results["searches"] for row in _summary(results, search)]


def _chance(chance: bh.GlobalP) -> str:
    if not chance.n_larger:
        return f"< {chance.high:.2g} (none of the toys)"
    return f"{chance.p:.3g} ({chance.low:.2g} to {chance.high:.2g})"


def _search(name: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "heading": heading(entry).capitalize(),
        "line": f"{entry['data']['events']:,} events, {_signal(entry)}; "
        f"efficiencies from {entry['signal']['events']:,} simulated signal events that were never injected.",
        "taggers": [_tagger(name, tagger, found) for tagger, found in entry["taggers"].items()],
        "performance": performance_table.performance(name, entry["taggers"]),
    }


def _signal(entry: Mapping[str, Any]) -> str:
    labelled = entry.get("labelled")
    hidden = f", {labelled:,} others signal by truth" if labelled else ""
    return f"{entry['injected']:,} of them injected signal{hidden}"


def _tagger(search: str, tagger: str, found: Mapping[str, Any]) -> dict[str, Any]:
    names = found["order"]
    points = zip(found["scan"]["points"], found["limits"], strict=True)
    low = [f"{p['mass']:.0f}" for p in found["scan"]["points"] if not p["asymptotic_valid"]]
    return {
        "name": tagger,
        "shape": _shape(found["signal"]),
        "windows": [_window(w, found) for w in names],
        "models": [_model(search, tagger, w, found) for w in trained(found)],
        "points": [_point(point, upper, names) for point, upper in points],
        "warnings": [
            *(text for w in names for text in found["windows"][w]["warnings"]),
            *(f"window {w} is left out: {text}" for w, text in found.get("left_out", {}).items()),
        ],
        "caveat": f"; at {', '.join(low)} GeV there is too little background for the formulae" if low else "",
    }


def _shape(signal: Mapping[str, Any]) -> str:
    if signal.get("shape") == "crystal_ball":
        (core,) = signal["shapes"]
        tails = (
            f", with tails of powers {core['power_low']:.1f} and {core['power_high']:.1f} from "
            f"{core['alpha_low']:.2f} and {core['alpha_high']:.2f} standard deviations on"
        )
        name = "double-sided Crystal Ball"
    else:
        core, tails, name = signal, "", "Gaussian"
    return f"Signal shape: {name}, mean {core['mean']:.3f} and width {core['width']:.4f} of the mass{tails}."


def _model(search: str, tagger: str, window: str, found: Mapping[str, Any]) -> dict[str, Any]:
    chosen, mass = plan.find(window), found["signal"]["mass"]
    spectra = in_categories(window, len(found["windows"].get(window, {}).get("fits", ())))
    return {
        "name": window,
        "figures": [f"{kind}_{search}_{tagger}_{spectrum}" for spectrum in spectra for kind in FITS]
        + [f"{kind}_{search}_{tagger}_{window}" for kind in (*SCORES, *DIAGNOSES)],
        "open": chosen is None or chosen.low <= mass < chosen.high,
    }


def _window(name: str, found: Mapping[str, Any]) -> dict[str, Any]:
    entry, chosen = found["windows"][name], plan.find(name)
    return {
        "name": name,
        "range": "-" if chosen is None else f"{chosen.low:.0f} - {chosen.high:.0f}",
        "efficiency": f"{entry['efficiency']:.3g}",
        "selected": f"{entry['selected']:,}",
        "low": _share(entry["fractions"]["low"]),
        "signal_region": _share(entry["fractions"]["signal"]),
        "high": _share(entry["fractions"]["high"]),
        "signal": _share(entry["signal_efficiency"]),
        "correlation": f"{entry['correlation']:.3f}",
        "chi2": ", ".join(f"{one['fit']['chi2']:.1f} / {one['fit']['ndof']}" for one in entry["fits"]),
        "p": _fit_p(entry),
    }


def _fit_p(window: Mapping[str, Any]) -> str:
    """Return the p-values of the fits without signal, one for each category."""
    found = [one["fit"]["p_value"] for one in window["fits"]]
    return ", ".join("-" if p is None else f"{p:.2g}" for p in found)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2%}"


def _point(point: Mapping[str, Any], upper: Mapping[str, Any], names: list[str]) -> dict[str, str]:
    error = "" if point["error"] is None else f" ± {point['error']:.1f}"
    return {
        "mass": f"{point['mass']:.0f}",
        "window": names[point["group"]],
        "signal": f"{point['strength']:.1f}{error}",
        "z": f"{point['r']:.2f}",
        "p": f"{point['p_local']:.2g}",
        "observed": f"{upper['observed']:.1f}",
        "expected": ", ".join(f"{value:.1f}" for value in upper["expected"]),
    }
