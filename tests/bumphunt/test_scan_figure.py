from __future__ import annotations

from dataclasses import replace

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.lookelsewhere import extrapolated
from dijethunt.bumphunt.scan_figure import scan_figure
from scipy.special import ndtr

SIGNAL = bh.Gaussian(0.05)


def curves(axes):
    return [line for line in axes.lines if line.get_marker() in ("o", "s", "^")]


def test_curve_is_broken_at_window_borders(truth, tmp_path):
    model = truth(3000)
    groups = [((2000.0, 2200.0), model.spectrum(1)), ((2400.0, 2600.0), model.spectrum(2))]
    scan = bh.scan(groups, model.family, SIGNAL)
    chance = bh.global_p(scan, groups, model.family, SIGNAL, n_toys=20, seed=1)
    figure = scan_figure({"inclusive": replace(scan, p_global=chance)}, label="Simulation")
    axes = figure.axes[0]
    assert [list(curve.get_xdata()) for curve in curves(axes)] == [[2000, 2200], [2400, 2600]]
    assert curves(axes)[0].get_ydata() == pytest.approx([point.p_local for point in scan.points[:2]])
    assert f"global p = {chance.p:.2g}" in axes.get_legend().get_texts()[0].get_text()
    figure.savefig(tmp_path / "scan.png", dpi=30)
    assert (tmp_path / "scan.png").stat().st_size > 5000


def test_global_lines_are_where_the_extrapolation_has_their_p_value(truth):
    model = truth(20_000)
    groups = [(np.arange(2000.0, 5001.0, 100.0), model.spectrum(1, strength=200))]
    scan = bh.scan(groups, model.family, SIGNAL)
    chance = bh.global_p(scan, groups, model.family, SIGNAL, n_toys=20, seed=1)
    gv = bh.gross_vitells(scan, groups, model.family, SIGNAL, seed=1)
    figure = scan_figure({"all": replace(scan, p_global=replace(chance, gross_vitells=gv))})
    lines = [line.get_ydata()[0] for line in figure.axes[0].lines if line.get_linestyle() == ":"]
    roots = bh.z_value(lines)
    assert extrapolated(gv, roots) == pytest.approx(ndtr(-np.arange(1.0, len(lines) + 1)), rel=1e-3)
    assert len(lines) >= 2
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert r"global 1$\sigma$" in texts


def test_every_signal_has_a_curve_and_toys_have_crosses(truth):
    model = truth(20_000)
    groups = [([2400.0, 3000.0], model.spectrum(1))]
    shapes = {"3%": bh.Gaussian(0.03), "10%": bh.Gaussian(0.1)}
    scan = bh.scan(groups, model.family, shapes)
    scan = bh.local_p(scan, groups, model.family, shapes, n_toys=50, seed=1)
    axes = scan_figure({"search": scan}).axes[0]
    assert [curve.get_label() for curve in curves(axes)] == ["search, 3%", "search, 10%"]
    crosses = [container.lines[0].get_ydata() for container in axes.containers]
    assert [value for some in crosses for value in some] == [
        point.p_toys.p for name in shapes for point in scan.points if point.signal == name
    ]


@pytest.mark.parametrize("n_curves", [4, 7, 16])
def test_legend_of_many_curves_is_below_the_axes_and_none_is_cut(truth, n_curves):
    model = truth(3000)
    scan = bh.scan([((2000.0, 2600.0), model.spectrum(1))], model.family, SIGNAL)
    chance = bh.p_of_toys(scan.largest.r, np.array([0.5, 3.0]), 1)
    name = "cwola_constituents, injected XYY 3000/170/80 number {}"
    figure = scan_figure({name.format(i): replace(scan, p_global=chance) for i in range(n_curves)})
    axes = figure.axes[0]
    figure.canvas.draw()
    legend = axes.get_legend() or figure.legends[0]
    box, inside = legend.get_window_extent(), axes.get_window_extent()
    assert len(legend.get_texts()) == n_curves
    assert box.x0 >= -1
    assert box.y0 >= -1
    assert box.x1 <= figure.bbox.x1 + 1
    if n_curves > 4:
        assert box.y1 < axes.get_tightbbox().y0 + 2
    assert inside.height > 500
    looks = {(str(curve.get_color()), curve.get_marker()) for curve in curves(axes)}
    assert len(looks) == n_curves
