from __future__ import annotations

import dijethunt.bumphunt as bh
import pytest
from dijethunt.bumphunt.band import limit_figure

SIGNAL = bh.Gaussian(0.05)


@pytest.mark.parametrize("masses", [[2500.0, 3000.0, 3500.0], [3000.0]])
def test_the_figure_shows_limits_and_bands(truth, tmp_path, masses):
    model = truth(3000)
    found = bh.limits([(masses, model.spectrum(1))], model.family, SIGNAL)
    figure = limit_figure(found, label="Simulation")
    axes = figure.axes[0]
    assert axes.get_ylabel() == "95% CL upper limit [signal events]"
    observed = next(line for line in axes.lines if line.get_label() == "Observed")
    assert observed.get_ydata() == pytest.approx([limit.observed for limit in found.limits])
    wide, narrow = (band.get_paths()[0].vertices[:, 1] for band in axes.collections[:2])
    for vertices, low, high in ((wide, 0, 4), (narrow, 1, 3)):
        assert vertices.min() == pytest.approx(min(limit.expected[low] for limit in found.limits))
        assert vertices.max() == pytest.approx(max(limit.expected[high] for limit in found.limits))
    figure.savefig(tmp_path / "limit.png", dpi=30)
    assert (tmp_path / "limit.png").stat().st_size > 3000


def test_blind_limits_have_no_observed_curve(truth):
    model = truth(3000)
    found = bh.limits([([2500.0, 3000.0], model.spectrum(1))], model.family, SIGNAL, blind=True)
    assert "Observed" not in [line.get_label() for line in limit_figure(found).axes[0].lines]


def test_limits_on_cross_sections_with_a_theory(truth):
    model = truth(3000)
    masses = [2500.0, 3000.0]
    found = bh.limits([(masses, model.spectrum(1))], model.family, SIGNAL)
    figure = limit_figure(found, theory={"a model": (masses, [0.1, 0.05])}, per=[100.0, 200.0], unit="pb")
    axes = figure.axes[0]
    assert axes.get_ylabel() == "95% CL upper limit [pb]"
    lines = {line.get_label(): line.get_ydata() for line in axes.lines}
    assert lines["Observed"] == pytest.approx(
        [one.observed / n for one, n in zip(found.limits, (100, 200), strict=True)]
    )
    assert list(lines["a model"]) == [0.1, 0.05]
    assert lines["Expected, median"] == pytest.approx(
        [one.expected[2] / n for one, n in zip(found.limits, (100, 200), strict=True)]
    )
