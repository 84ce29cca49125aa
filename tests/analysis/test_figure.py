from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest
from dijethunt.analysis import figure
from dijethunt.bumphunt import CMS_DIJET_EDGES


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("mjj", r"$m_{jj}$ [GeV]"),
        ("j1_tau21", r"$\tau_2/\tau_1$ of j1"),
        ("j2_msd", "soft-drop mass of j2 [GeV]"),
        ("deta", "deta"),
        ("delta_msd", "soft-drop mass of j1 - j2 [GeV]"),
        ("j1_own", "own of j1"),
    ],
)
def test_axes_have_names_and_units(name: str, title: str) -> None:
    assert figure.axis_title(name) == title


def test_the_label_keeps_away_from_the_name() -> None:
    drawn, ax = figure.new("Simulation, not for physics")
    with mpl.rc_context(figure.STYLE):
        drawn.canvas.draw()
    name = next(text for text in ax.get_children() if getattr(text, "get_text", str)() == "dijethunt")
    box, pixels = name.get_window_extent(), np.asarray(drawn.canvas.buffer_rgba())[::-1, :, :3]
    line = pixels[int(ax.get_window_extent().y1) + 4 : int(box.y1)]
    assert (line[:, int(box.x0) : int(box.x1)] < 100).any()
    assert (line[:, int(box.x1) + 1 : int(box.x1) + 10] > 250).all()


def test_mass_bins_are_standard_ones_with_enough_events() -> None:
    mjj = 2100 + np.random.default_rng(1).exponential(400, 5000)
    edges = figure.mass_edges(mjj, least=100)
    counts = np.histogram(mjj, edges)[0]
    assert set(edges) <= set(CMS_DIJET_EDGES)
    assert counts.sum() == 5000
    assert counts.min() >= 100


@pytest.mark.parametrize(("largest", "step"), [(20, 1), (100, 3)])
def test_bins_of_integers_hold_equally_many_of_them(largest: int, step: int) -> None:
    values = np.tile(np.arange(largest + 1), 2000)
    edges = figure.feature_edges(values)
    assert set(np.diff(edges)) == {step}
    assert edges[0] == -0.5
    assert edges[-1] > largest


def test_bins_of_numbers_leave_the_tails_out() -> None:
    edges = figure.feature_edges(np.append(np.linspace(0, 1, 10_000), 1e6))
    assert len(edges) == 41
    assert edges[-1] < 1.01
