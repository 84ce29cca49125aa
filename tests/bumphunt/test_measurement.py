from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.measurement import Measurement
from dijethunt.bumphunt.search import Search

SIGNAL = bh.Gaussian(0.05)
RULE = bh.FTest(tuple(bh.families.dijet(n) for n in (2, 3)), alpha=0.3)


@pytest.mark.parametrize("rule", [RULE, bh.FTest.published(RULE.families)])
def test_strength_and_root_are_those_of_the_scan_with_the_function_chosen_again(truth, rule):
    model = truth(20_000)
    search = Search.on([model.spectrum(1)], rule, 3000.0)
    template, counts = search.template(SIGNAL, 3000), model.toys(100, 2, strength=60)
    measured = Measurement.of(search, template, counts)
    r, strength, valid = search.roots(counts, template[None, :])
    root, fine = measured.root(0.0)
    assert len(set(measured.null.choice)) == 2
    assert fine.all()
    assert valid.all()
    assert measured.best.strength == pytest.approx(strength[:, 0], rel=1e-3, abs=0.1)
    assert root == pytest.approx(r[:, 0], abs=1e-3)


def test_strength_and_error_are_those_of_the_fit(truth):
    model = truth(3000)
    search = Search.on([model.spectrum(1)], bh.Fixed(model.family))
    counts = model.toys(5, 2, strength=40)
    best = Measurement.of(search, search.template(SIGNAL, 3000), counts).best
    for row in range(5):
        result = bh.fit(bh.Spectrum(model.edges, counts[row]), model.family, SIGNAL, 3000.0)
        assert best.strength[row] == pytest.approx(result.values[-1], abs=1e-2)
        assert best.error[row] == pytest.approx(result.errors[-1], rel=1e-3)


def test_the_root_is_the_distance_in_errors_where_the_likelihood_is_parabolic(truth):
    model = truth(200_000)
    search = Search.on([model.spectrum(1)], bh.Fixed(model.family))
    measured = Measurement.of(search, search.template(SIGNAL, 2500), model.toys(50, 2, 600, 2500.0))
    root, _ = measured.root(600.0)
    pull = (measured.best.strength - 600) / measured.best.error
    assert root == pytest.approx(pull, abs=0.02)
    assert np.abs(pull).max() > 1


def test_asimov_counts_keep_the_function_and_have_no_signal(truth):
    model = truth(20_000)
    search = Search.on([model.spectrum(1)], RULE)
    measured = Measurement.of(search, search.template(SIGNAL, 3000), model.toys(50, 2, strength=60))
    asimov = measured.asimov
    assert (asimov.null.choice == measured.null.choice).all()
    assert asimov.best.strength == pytest.approx(0, abs=0.05)
    assert asimov.nll(0.0)[0] == pytest.approx(0, abs=1e-7)
    strengths = measured.best.error
    assert np.median(np.abs(asimov.root(float(np.median(strengths)))[0])) == pytest.approx(1, abs=0.1)
