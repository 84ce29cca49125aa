from __future__ import annotations

import dijethunt.bumphunt as bh
import hist
import numpy as np
import pytest

EDGES = np.linspace(1000.0, 6000.0, 101)
MASSES = (2000.0, 3000.0, 4000.0, 5000.0)


def resonance(mass, n=50_000, seed=0):
    """Simulated masses with a radiative tail; mean, width and tail change with the mass."""
    rng = np.random.default_rng([int(mass), seed])
    lost = rng.exponential(0.06 + 0.01 * mass / 1000, n) * (rng.random(n) < 0.3)
    return mass * (rng.normal(0.98 + 0.002 * mass / 1000, 0.055 - 0.004 * mass / 1000, n) - lost)


def spread(found, exact):
    return np.abs(np.cumsum(found - exact)).max()


def test_between_gaussians_lies_a_gaussian():
    rng = np.random.default_rng(1)
    signal = bh.TemplateSignal.from_simulation(
        {2000.0: rng.normal(2000, 120, 200_000), 4000.0: rng.normal(4000, 160, 200_000)}
    )
    edges = np.linspace(2400, 3600, 13)
    exact = bh.Gaussian(0.05).template(edges, 3000.0)
    assert signal.template(edges, 3000.0) == pytest.approx(exact, abs=0.01 * exact.max())


def test_a_sum_of_the_shapes_would_have_failed():
    signal = bh.TemplateSignal.from_simulation({m: resonance(m) for m in (2000.0, 5000.0)})
    vertical = (2 * signal.template(EDGES, 2000.0) + signal.template(EDGES, 5000.0)) / 3
    exact = np.histogram(resonance(3000.0), EDGES)[0] / 50_000
    assert spread(signal.template(EDGES, 3000.0), exact) < 0.02
    assert spread(vertical, exact) > 0.5


@pytest.mark.parametrize("left_out", MASSES[1:-1])
def test_a_mass_that_is_left_out_is_found_between_its_neighbours(left_out):
    signal = bh.TemplateSignal.from_simulation({m: resonance(m) for m in MASSES if m != left_out})
    exact = np.histogram(resonance(left_out, 1_000_000, seed=1), EDGES)[0] / 1e6
    assert spread(signal.template(EDGES, left_out), exact) < 0.01


def test_the_known_masses_keep_their_shapes():
    signal = bh.TemplateSignal.from_simulation({m: resonance(m) for m in reversed(MASSES)}, n_knots=61)
    for mass in MASSES:
        exact = np.histogram(resonance(mass), EDGES)[0] / 50_000
        assert spread(signal.template(EDGES, mass), exact) < 0.003


def test_limits_are_those_of_the_crystal_ball_of_the_same_events(truth):
    model = truth(20_000)
    masses = {m: resonance(m) for m in (2000.0, 4000.0)}
    template, ball = (kind.from_simulation(masses) for kind in (bh.TemplateSignal, bh.DoubleCrystalBall))
    one, two = (bh.limit(model.spectrum(1), model.family, signal, 3000.0) for signal in (template, ball))
    assert one.expected == pytest.approx(two.expected, rel=0.03)


def test_a_single_mass_scales_and_others_are_not_extrapolated():
    single = bh.TemplateSignal.from_simulation({3000.0: resonance(3000.0)})
    assert single.template(2 * EDGES, 6000.0) == pytest.approx(single.template(EDGES, 3000.0))
    signal = bh.TemplateSignal.from_simulation({m: resonance(m) for m in MASSES})
    with pytest.raises(bh.SignalError, match=r"no signal template at 5100 GeV: .* 2000 to 5000 GeV"):
        signal.template(EDGES, 5100.0)
    asked = bh.TemplateSignal(signal.shapes, extrapolate=True)
    assert asked.template(1.02 * EDGES, 5100.0) == pytest.approx(signal.template(EDGES, 5000.0))


def test_from_histograms_it_is_the_same(tmp_path):
    filled = {m: hist.Hist(hist.axis.Regular(700, 0, 7000)).fill(resonance(m)) for m in MASSES}
    binned = bh.TemplateSignal.from_histograms(filled)
    events = bh.TemplateSignal.from_simulation({m: resonance(m) for m in MASSES})
    assert spread(binned.template(EDGES, 2500.0), events.template(EDGES, 2500.0)) < 0.001
    path = tmp_path / "shape.json"
    path.write_text(bh.signal_to_json(binned))
    assert bh.read_signal(path) == binned


def test_masses_are_needed_and_each_once():
    shape = bh.TemplateSignal.from_simulation({3000.0: resonance(3000.0)}).shapes[0]
    for shapes in ((), (shape, shape)):
        with pytest.raises(bh.SignalError, match="each mass once"):
            bh.TemplateSignal(shapes)
