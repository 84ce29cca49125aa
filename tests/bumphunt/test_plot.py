from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt import plot

SIGNAL = bh.Gaussian(0.05)


def test_garwood_bars_are_the_published_ones():
    low, high = plot.garwood([0, 1, 10])
    assert low == pytest.approx([0, 0.827, 3.109], abs=2e-3)
    assert high == pytest.approx([1.841, 2.300, 4.267], abs=2e-3)


def test_display_bins_are_standard_ones_with_five_expected_events(truth):
    model = truth(3000)
    fine = bh.Spectrum.from_values(
        np.repeat((model.edges[1:] + model.edges[:-1]) / 2, model.spectrum(1).counts.astype(int)),
        bh.subdivided(model.edges, 10),
    )
    result = bh.fit(fine, model.family)
    edges, observed, expected = plot.coarse(result)
    assert np.isin(edges[1:-1], bh.CMS_DIJET_EDGES).all()
    assert expected.min() >= 5
    assert observed.sum() == fine.total
    assert expected.sum() == pytest.approx(sum(result.expected))


def test_fit_figure_shows_data_fit_and_pulls(truth, tmp_path):
    model = truth(3000)
    spectrum = model.spectrum(1, strength=50)
    result = bh.fit(spectrum, model.family, SIGNAL, 3000.0)
    figure = plot.fit_figure(result, label="Simulation, not for physics", text="CWoLa 1%", data="Simulation")
    upper, lower = figure.axes[:2]
    edges, observed, _ = plot.coarse(result)
    drawn = upper.containers[0].lines[0].get_ydata()
    assert drawn == pytest.approx(observed / np.diff(edges))
    texts = [text.get_text() for text in upper.get_legend().get_texts()]
    assert any(f"{result.chi2:.1f}/{result.ndof}" in text for text in texts)
    assert any("events at 3000 GeV" in text for text in texts)
    assert "Simulation" in texts
    assert "Data" not in texts
    assert lower.get_xlabel() == r"$m_{jj}$ [GeV]"
    figure.savefig(tmp_path / "fit.png", dpi=30)
    assert (tmp_path / "fit.png").stat().st_size > 5000
