from __future__ import annotations

from dataclasses import replace

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.toy_figure import toy_figure


@pytest.fixture
def largest():
    return np.array([0.0, 0.4, 1.2, 1.9, 2.4, 3.1, np.nan, 0.9])


def test_the_share_of_toys_is_drawn_with_failed_ones_as_larger(largest, tmp_path):
    chance = bh.p_of_toys(2.0, largest, 1)
    figure = toy_figure(largest, chance, label="Simulation")
    axes = figure.axes[0]
    curve = axes.lines[0]
    z, share = curve.get_xdata(), curve.get_ydata()
    assert share[0] == 1
    at = int(np.argmin(np.abs(z - 2.0)))
    assert share[at] == chance.p == 3 / 8
    assert share[-1] == 1 / 8
    texts = [text.get_text() for text in axes.get_legend().get_texts()]
    assert texts == ["8 toys", "Local p-value", "Observed, p = 0.38"]
    figure.savefig(tmp_path / "toys.png", dpi=30)
    assert (tmp_path / "toys.png").stat().st_size > 5000


def test_the_extrapolation_is_drawn_beside(largest):
    gv = bh.GrossVitells(0.2, 0.01, 2.0, (0.5,), (2.0,), 1, 200, 1)
    figure = toy_figure(largest, replace(bh.p_of_toys(2.0, largest, 1), gross_vitells=gv))
    texts = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert "Gross-Vitells, 200 toys" in texts
    curve = figure.axes[0].lines[texts.index("Gross-Vitells, 200 toys")]
    assert curve.get_ydata()[0] == 1
    assert curve.get_ydata()[-1] < 0.05


def test_without_an_excess_nothing_is_observed(largest):
    figure = toy_figure(np.zeros(5), bh.p_of_toys(-1.0, np.zeros(5), 1))
    texts = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert texts == ["5 toys", "Local p-value"]
