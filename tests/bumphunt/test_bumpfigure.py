from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.bumpfigure import bin_significances


def test_the_bump_is_marked_on_the_spectrum_and_the_toys_are_drawn(truth, tmp_path):
    model = truth(3000)
    found = bh.bumphunter(model.spectrum(1, strength=60), model.family, n_toys=100, seed=1)
    figure = bh.bump_figure(found, label="Simulation, not for physics")
    upper = figure.axes[0]
    spans = [patch.get_extents().bounds for patch in upper.patches]
    assert spans
    title = upper.get_legend().get_title().get_text()
    assert f"{found.bump.low:g}-{found.bump.high:g} GeV: {found.bump.observed:.0f} events" in title
    figure.savefig(tmp_path / "bump.png", dpi=30)
    toys = bh.bump_toys_figure(found)
    assert toys.axes[0].lines[0].get_xdata()[0] == found.statistic
    assert sum(patch.get_height() for patch in toys.axes[0].patches) == 100
    texts = [text.get_text() for text in toys.axes[0].get_legend().get_texts()]
    assert any("global p" in text for text in texts)
    toys.savefig(tmp_path / "toys.png", dpi=30)


def test_the_map_has_the_rectangle(tmp_path):
    expected = np.full((6, 4), 20.0)
    counts = expected.copy()
    counts[2, 1] = 50
    plane = bh.Plane(np.arange(1000, 1700, 100), [0, 1, 2, 3, 4], counts)
    figure = bh.bump_figure(bh.bumphunter_2d(plane, expected), y_label="jet mass [GeV]")
    (rectangle,) = figure.axes[0].patches
    assert (rectangle.get_x(), rectangle.get_y()) == (1200, 1)
    assert (rectangle.get_width(), rectangle.get_height()) == (100, 1)
    assert figure.axes[0].get_ylabel() == "jet mass [GeV]"
    figure.savefig(tmp_path / "map.png", dpi=30)


def test_significances_of_bins_are_signed():
    plain = bh.bumphunter(bh.Spectrum([1000, 1100, 1200, 1300], [130, 70, 100]), [100.0, 100.0, 100.0])
    z = bin_significances(plain)
    assert z == pytest.approx([2.83, -3.2, 0], abs=0.15)
