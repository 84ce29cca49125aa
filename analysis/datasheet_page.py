"""The page of a data sheet: numbers and figures in one HTML file, with nothing outside of it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from . import datasheet_jets
from . import datasheet_table as table
from .published import content

CAPTIONS = {
    "spectra": "Cross section in m_jj of the selected events of every background, weighted where samples are.",
    "fit": "Selected QCD events, the fitted dijet function with 3 shape parameters, and pulls. Weighted samples are "
    "drawn unweighted first.",
    "parts": "p-values, from toys, of the same fit to 20 independent parts of the sample. They are uniform if the function "
    "describes the sample.",
    "published": "Published and simulated spectrum with the same limit on |Δη|, and the ratio of the two, K, in every bin.",
    "jets": "Both jets of selected events, of unit area, at most five signals over QCD (grey). What lies beyond an axis is in its last bin.",
    "plane": "Both jets of one event of every signal, η across and φ upwards, the bar is 0.4 long: candidates (area by pT), "
    "generated quarks and leptons, soft-drop subjets, radius of the jet. Under them pT and soft-drop mass.",
    "radii": "Share of the events without leptons in which all quarks of each daughter lie within a radius of one of the two jets, "
    "by process; the vertical line is the radius of the jets.",
    "heavy": "Soft-drop mass of all jets, and of those that hold a whole top quark or a W without its bottom quark; numbers of "
    "jets, and how many of them are beyond the axis.",
    "response": "Reconstructed over generated jets: medians, and the resolution, half the central 68% over the median. Masses above 20 GeV, "
    "soft-drop masses above 40 GeV.",
    "scores": "b-tag score by the hadrons in the jet, of unit area; the lines are the working points.",
    "tagging": "Share of jets above the loose, medium and tight working point against pT, by flavour, where there are enough jets.",
}


def render(record: Mapping[str, Any], images: Mapping[str, Path]) -> str:
    """Render the page with all figures inside it."""
    environment = Environment(
        loader=PackageLoader("dijethunt.analysis", "."),
        autoescape=True,
        undefined=StrictUndefined,
    )
    environment.globals["image"] = lambda name, kind="": _image(name, images[name], kind)
    environment.globals["named"] = lambda *kinds: [name for name in images if _kind(name) in kinds]
    shown = {key: record[key] for key in ("title", "label", "notes", "provenance")}
    return environment.get_template("datasheet.html.j2").render(
        **shown,
        samples=table.samples(record["samples"]),
        parameters=table.parameters(record["samples"]),
        cutflows={name: table.cutflow(rows) for name, rows in record["cutflows"].items()},
        efficiencies=table.efficiencies(record["efficiencies"]),
        fits=table.fits(record["smoothness"]),
        agreement=table.agreement(record["agreement"]),
        normalisation=table.normalisation(record["normalisation"]),
        peaks=datasheet_jets.peaks(record["signals"]),
        prongs=datasheet_jets.prongs(record["signals"]),
        heavy=datasheet_jets.heavy(record["heavy_jets"]),
        responses=datasheet_jets.responses(record["response"]),
        tagging=datasheet_jets.tagging(record["tagging"]),
        sources=_sources(),
        settings=json.dumps(record["provenance"], indent=1),
    )


def _sources() -> Sequence[str]:
    return [content()[part]["source"] for part in ("preselection", "spectrum", "efficiencies")]


def _kind(name: str) -> str:
    return name.partition("_")[0]


def _image(name: str, path: Path, kind: str) -> Markup:
    data = base64.b64encode(path.read_bytes()).decode()
    return Markup(
        '<figure class="{}"><img alt="{}" src="data:image/png;base64,{}"><figcaption>{}: {}</figcaption></figure>'
    ).format(kind, name, data, name.partition("_")[2] or name, CAPTIONS[_kind(name)])
