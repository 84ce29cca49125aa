from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.crossing_figure import crossing_figure

SIGMA = np.geomspace(2.0, 200.0, 15)
EFFICIENCY = 0.2 / (1 + (SIGMA / 26.0) ** -2.5)
CURVE = bh.EfficiencyCurve(SIGMA, EFFICIENCY, 0.1 * EFFICIENCY + 0.002)


def limited(observed, efficiency=CURVE):
    events = bh.LimitResult(
        3000.0,
        observed,
        (30.0, 40.0, 55.0, 75.0, 100.0),
        0.95,
        "asymptotic CLs",
        "signal events",
        90.0,
        True,
        True,
    )
    return bh.cross_section_limit(events, 100.0, 0.5, efficiency)


@pytest.mark.parametrize("observed", [70.0, None])
def test_the_figure_shows_events_limits_and_what_is_excluded(observed, tmp_path):
    result = limited(observed)
    figure = crossing_figure(result, label="Simulation")
    axes = figure.axes[0]
    lines = {line.get_label(): line for line in axes.lines}
    sigma, events = lines["Selected signal events"].get_data()
    assert events == pytest.approx(50.0 * sigma * CURVE.at(sigma))
    assert ("Limit on events, observed" in lines) == (observed is not None)
    assert lines["Limit on events, expected"].get_ydata() == pytest.approx(np.full(398, 55.0))
    shaded = axes.patches[0].get_extents().transformed(axes.transData.inverted())
    taken = result.observed or result.expected[2]
    assert (shaded.x0, shaded.x1) == pytest.approx((taken.limit, 200.0))
    figure.savefig(tmp_path / "crossing.png", dpi=30)
    assert (tmp_path / "crossing.png").stat().st_size > 3000


def test_a_constant_efficiency_has_no_curve():
    with pytest.raises(bh.EfficiencyError, match=r"0\.2 at every cross section"):
        crossing_figure(limited(70.0, 0.2))
