"""The table of performance in a report: every metric of every tagger, with its error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..taggers.metric import Measured

SOURCES = {
    "truth": "events of the data in the signal region that are background by truth",
    "sidebands": "events of the data in the sidebands",
}


def performance(search: str, taggers: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return line, column titles, rows and figures of the table of a search; no row where nothing was measured."""
    found = {name: e["performance"] for name, e in taggers.items() if e["performance"]}
    first = next(iter(found.values()), None)
    if first is None:
        return {"line": "", "titles": [], "rows": [], "figures": []}
    events = first["events"]
    columns = {name: _columns(entry) for name, entry in found.items()}
    titles = list(dict.fromkeys(title for entry in columns.values() for title in entry))
    return {
        "line": f"Window {first['window']}: {events['signal']:,} simulated signal events that were not injected against "
        f"{events['background']:,} {SOURCES[first['background']]}.",
        "titles": titles,
        "rows": [[name, *(entry.get(title, "-") for title in titles)] for name, entry in columns.items()],
        "figures": [f"roc_{search}", f"sic_{search}"],
    }


def _columns(entry: Mapping[str, Any]) -> dict[str, str]:
    """Write the metrics of a tagger by the title of their column."""
    best, sculpted, gain = entry["max_sic"], entry["sculpting"], entry["significance_gain"]
    realised = entry["realised_gain"]
    return {
        "AUC": _written(entry["auc"]),
        **{f"1/ε_B at ε_S = {row['signal']:g}": _written(row) for row in entry["rejection"]},
        "max SIC": f"{_written(best)} (ε_B = {best['background']:.2g})",
        **{f"SIC at ε_B = {row['background']:g}": _written(row) for row in entry["sic_at_background"]},
        **{f"SIC at ε_S = {row['signal']:g}": _written(row) for row in entry["sic_at_signal"]},
        "S/√B · max SIC": "-" if gain is None else _written(gain),
        "Z / Z inclusive": "-" if realised is None else f"{realised:.2f}",
        "sculpting: largest, χ²/ndof": "-"
        if sculpted is None
        else f"{sculpted['largest']:.1f} σ, {sculpted['chi2']:.0f}/{sculpted['ndof']}",
        "dCor(score, m_jj)": f"{entry['distance_correlation']:.3f}",
    }


def _written(entry: Mapping[str, Any]) -> str:
    return str(Measured(entry["value"], entry["error"], entry["bound"]))
