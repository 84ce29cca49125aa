"""The two jets of one event of every signal, drawn in eta and phi: candidates, quarks, subjets, the jet's radius."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle
from numpy.typing import NDArray

from ..datasets.candidate import NAMINGS, candidates
from ..datasets.jagged import flat
from ..datasets.nanoaod import inspect, open_events
from ..datasets.reference import NONE, locate
from ..selections.dijet import Dijet
from ..selections.groomed import REFERENCES
from . import prong
from .campaign_sample import CampaignSample, loose_selection
from .containment import GROOMED, contained, hadronic
from .figure import STYLE
from .preselection import selected
from .spectrum_figure import panels
from .substructure_figure import short

Array = NDArray[Any]

VIEW = 1.1
"""Half the width of a panel, in radii of the jet."""
BAR = 0.4
"""Length of the scale bar in eta and phi."""
BOTTOM_COLOUR, QUARK_COLOUR, LEPTON_COLOUR = "#e42536", "#832db6", "#e76300"
CANDIDATE_COLOUR = "#5790fc"
PARTICLES = (
    ("light quark", "quarks", "v", QUARK_COLOUR),
    ("b quark", "bottoms", "*", BOTTOM_COLOUR),
    ("lepton", "leptons", "D", LEPTON_COLOUR),
)
"""Name in the legend, name in ``JetPicture``, symbol and colour."""


@dataclass(frozen=True)
class JetPicture:
    """A jet with what is near it, relative to its axis: (n, 2) places in eta and phi.

    ``candidates`` have ``pt`` (n,) in GeV; ``subjets`` are the soft-drop subjets; quarks, bottom quarks and leptons
    are generated ones. ``title`` says pT and soft-drop mass.
    """

    title: str
    radius: float
    candidates: Array
    pt: Array
    subjets: Array
    quarks: Array
    bottoms: Array
    leptons: Array


def pictures(sample: CampaignSample) -> list[JetPicture]:
    """Take j1 and j2 of one event that shows what the signal is.

    It is the first selected one in the first file whose daughters decay to quarks and are both contained, in jets of which soft
    drop leaves a mass, as far as there are such events; no picture when no event of that file is selected.
    """
    path = sample.dataset.files[0]
    file = inspect(path)
    here = _in_first_file(sample, file.entries)
    if not here.any():
        return []
    events = open_events(path, _branches(file.branches), 0, file.entries)
    cuts, pair = loose_selection(sample.origin).apply(events, sample.dataset.kind)
    pair = pair.where(cuts.all(*cuts.names)[pair.event])
    row = int(np.argmax(here[: len(pair.event)]))
    return [_picture(events, pair, row, i, sample.origin.radius) for i in (0, 1)]


def _in_first_file(sample: CampaignSample, entries: int) -> NDArray[np.bool_]:
    """Return which rows of the table are good for a picture, those of the first file being the first."""
    good = selected(sample) & (np.arange(len(sample.table)) < entries) & _first_block(sample)
    if sample.has("d1_reach", "j1_msd", "j2_msd"):
        whole = contained(sample, sample.origin.radius) & hadronic(sample)
        groomed = np.minimum(sample.table["j1_msd"], sample.table["j2_msd"]) > GROOMED
        good = next((one for one in (good & whole & groomed, good & whole) if one.any()), good)
    return good


def _first_block(sample: CampaignSample) -> NDArray[np.bool_]:
    """Return the rows before the event numbers begin anew or the part changes."""
    lumi = sample.table["lumi"]
    return np.asarray(lumi == lumi[:1])


def _branches(stored: frozenset[str]) -> set[str]:
    wanted = {f"FatJet_{name}" for name in ("pt", "eta", "phi", "mass", "msoftdrop", "jetId", *REFERENCES)}
    wanted |= {"SubJet_eta", "SubJet_phi", "SubJet_pt", *prong.BRANCHES}
    return (wanted | set().union(*(naming.branches for naming in NAMINGS))) & stored


def _picture(events: Any, pair: Dijet, row: int, side: int, radius: float) -> JetPicture:
    jet, event = int(pair.jets[row, side]), int(pair.event[row])
    axis = np.array([flat(events.FatJet.eta)[jet], flat(events.FatJet.phi)[jet]], dtype=np.float64)
    pt, msd = flat(events.FatJet.pt)[jet], flat(events.FatJet.msoftdrop)[jet]
    members = candidates(events, np.array([jet]))
    particles = _particles(events, event, axis)
    return JetPicture(
        title=rf"$p_T$ {pt:.0f}, $m_{{SD}}$ {max(msd, 0):.0f} GeV",
        radius=radius,
        candidates=_around(members.eta, members.phi, axis),
        pt=members.pt,
        subjets=_subjets(events, event, jet, axis),
        quarks=particles[0],
        bottoms=particles[1],
        leptons=particles[2],
    )


def _particles(events: Any, event: int, axis: Array) -> tuple[Array, Array, Array]:
    if "GenPart" not in events.fields:
        return (np.zeros((0, 2)),) * 3
    found = prong.record(events)
    mine = found.event == event
    bottom = found.prong & (np.abs(found.pdg_id) == prong.BOTTOM)
    groups = (found.prong & ~bottom, bottom, found.lepton)
    first, second, third = (_around(found.eta[mine & g], found.phi[mine & g], axis) for g in groups)
    return first, second, third


def _subjets(events: Any, event: int, jet: int, axis: Array) -> Array:
    if "SubJet" not in events.fields or REFERENCES[0] not in events.FatJet.fields:
        return np.zeros((0, 2))
    local = np.array([flat(events.FatJet[name])[jet] for name in REFERENCES], dtype=np.int64)
    there = local[local != NONE]
    rows = locate(events, "SubJet", np.full(len(there), event), there, "a jet")
    return _around(flat(events.SubJet.eta)[rows], flat(events.SubJet.phi)[rows], axis)


def _around(eta: Array, phi: Array, axis: Array) -> Array:
    turn = np.remainder(phi - axis[1] + np.pi, 2 * np.pi) - np.pi
    return np.stack([eta - axis[0], turn], axis=-1)


def draw(samples: Sequence[tuple[CampaignSample, Sequence[JetPicture]]], label: str) -> Figure:
    """Draw j1 and j2 of every sample side by side, two samples in a row."""
    rows, columns = -(-len(samples) // 2), 2 * min(len(samples), 2)
    with mpl.rc_context({**STYLE, "font.size": 13}):
        figure, axes = panels(label, (3.5 * columns, 4 * rows + 1), nrows=rows, ncols=columns)
        places = axes.reshape(-1, 2)
        for pair, (sample, found) in zip(places, samples, strict=False):
            for name, ax, picture in zip(("j1", "j2"), pair, found, strict=True):
                _draw(ax, picture)
                ax.set_xlabel(f"{short(sample)}\n{name}: {picture.title}", fontsize=12)
        for pair in places[len(samples) :]:
            for ax in pair:
                ax.set_axis_off()
        figure.legend(handles=_symbols(), loc="outside lower center", ncols=2 * columns - 2, fontsize=12)
    return figure


def _symbols() -> list[Line2D]:
    """Return what the symbols of a panel are, for the legend."""
    particles = [
        Line2D([], [], ls="", marker=m, ms=9, mfc="none", mec=c, label=t) for t, _, m, c in PARTICLES
    ]
    return [
        Line2D([], [], color="grey", ls="--", label="jet radius"),
        Line2D([], [], ls="", marker="o", color=CANDIDATE_COLOUR, alpha=0.35, label="candidate"),
        Line2D([], [], ls="", marker="+", ms=11, color="black", label="soft-drop subjet"),
        *particles,
    ]


def _draw(ax: Axes, picture: JetPicture) -> None:
    area = 3 + 1200 * picture.pt / max(picture.pt.sum(), 1e-9)
    ax.scatter(
        picture.candidates[:, 0], picture.candidates[:, 1], s=area, color=CANDIDATE_COLOUR, alpha=0.35, lw=0
    )
    ax.scatter(picture.subjets[:, 0], picture.subjets[:, 1], s=220, marker="+", color="black", lw=1.5)
    for _, name, marker, colour in PARTICLES:
        places = getattr(picture, name)
        ax.scatter(
            places[:, 0], places[:, 1], s=90, marker=marker, facecolor="none", edgecolor=colour, lw=1.5
        )
    ax.add_patch(Circle((0, 0), picture.radius, fill=False, color="grey", ls="--"))
    reach = VIEW * picture.radius
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    start = -0.95 * reach
    ax.plot([start, start + BAR], [start, start], color="black", lw=2, solid_capstyle="butt")
    ax.text(start + BAR / 2, start + 0.02 * reach, f"{BAR:g}", ha="center", va="bottom", fontsize=11)
    ax.set_xticks([])
    ax.set_yticks([])
