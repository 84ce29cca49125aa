from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest

SIGNAL = bh.Gaussian(0.05)


def test_signal_and_background_of_expected_counts_fluctuate(truth):
    model = truth(3000)
    counts = bh.inject(bh.Expected(model.edges, model.expected), SIGNAL, 3000, 150, n_toys=4000, seed=1)
    mean = model.expected + 150 * SIGNAL.template(model.edges, 3000)
    assert np.abs((counts.mean(0) - mean) / np.sqrt(mean / 4000)).max() < 4
    assert counts.var(0) == pytest.approx(mean, rel=0.12)


def test_the_counts_of_a_spectrum_stay_and_the_signal_fluctuates(truth):
    model = truth(3000)
    spectrum = model.spectrum(1)
    added = bh.inject(spectrum, SIGNAL, 3000, 150, n_toys=4000, seed=1) - spectrum.counts
    assert (added >= 0).all()
    assert added.sum(1).mean() == pytest.approx(150, abs=1)
    assert added.sum(1).std() == pytest.approx(np.sqrt(150), rel=0.05)
    assert bh.fit(bh.Spectrum(model.edges, spectrum.counts + added[0]), model.family).valid


def test_an_injected_signal_is_fitted_back(truth):
    model = truth(200_000)
    counts = bh.inject(bh.Expected(model.edges, model.expected), SIGNAL, 3000, 2000, seed=3)
    result = bh.fit(bh.Spectrum(model.edges, counts[0]), model.family, SIGNAL, 3000.0)
    assert abs(result.values[-1] - 2000) < 3 * result.errors[-1]


def test_the_seed_decides(truth):
    spectrum = truth(3000).spectrum(1)
    one, same, other = (bh.inject(spectrum, SIGNAL, 3000, 150, seed=seed) for seed in (1, 1, 2))
    assert (one == same).all()
    assert (one != other).any()


def test_events_cannot_be_taken_out_of_counts(truth):
    with pytest.raises(bh.SignalError, match="strength -5: events cannot be taken out of counts"):
        bh.inject(truth(3000).spectrum(1), SIGNAL, 3000, -5, seed=1)
    with pytest.raises(bh.SignalError, match="mass 9000 GeV is outside the bins"):
        bh.inject(truth(3000).spectrum(1), SIGNAL, 9000, 5, seed=1)


def test_a_strength_is_finite(truth):
    model = truth(3000)
    for target in (model.spectrum(1), bh.Expected(model.edges, model.expected)):
        with pytest.raises(bh.SignalError, match="strength nan; a number of signal events is finite"):
            bh.inject(target, SIGNAL, 3000, np.nan, seed=1)
