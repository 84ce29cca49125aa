from __future__ import annotations

import dijethunt.bumphunt as bh
import pytest

SIGNAL = bh.Gaussian(0.05)


def test_pulls_by_truth_and_strength(truth, tmp_path):
    model = truth(3000)
    truths = [model.family, bh.families.dijet(2)]
    result = bh.bias(model.spectrum(1), model.family, truths, SIGNAL, [2500, 3000], n_toys=20, seed=1)
    figure = bh.bias_figure(result, label="Toys")
    assert len(figure.axes) == 2
    for axes, mass in zip(figure.axes, (2500, 3000), strict=True):
        assert axes.texts[0].get_text() == f"{mass} GeV"
        for container, deviations in zip(axes.containers, (0, 2, 5), strict=True):
            points = [p for p in result.points if (p.mass, p.deviations) == (mass, deviations)]
            x, y = container.lines[0].get_data()
            assert y == pytest.approx([point.pull for point in points])
            assert [round(position) for position in x] == [0, 1]
    assert [text.get_text() for text in figure.axes[1].get_xticklabels()] == ["dijet3", "dijet2"]
    figure.savefig(tmp_path / "bias.png", dpi=30)
    assert (tmp_path / "bias.png").stat().st_size > 4000


def test_spurious_signals_against_the_mass(truth, tmp_path):
    model = truth(20_000)
    expected = bh.Expected(model.edges, model.expected)
    results = {
        f"{n} parameters": bh.spurious_signal(expected, bh.families.dijet(n), SIGNAL, [2500, 3000])
        for n in (2, 3)
    }
    figure = bh.spurious_figure(results)
    (axes,) = figure.axes
    curves = {line.get_label(): line for line in axes.lines if line.get_marker() == "o"}
    for name, result in results.items():
        assert curves[name].get_ydata() == pytest.approx([point.ratio for point in result.points])
        assert list(curves[name].get_xdata()) == [2500, 3000]
    figure.savefig(tmp_path / "spurious.png", dpi=30)
    assert (tmp_path / "spurious.png").stat().st_size > 4000
