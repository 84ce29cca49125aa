from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.background import BinnedBackground, joined


def test_expected_events_are_the_integrals_of_the_density(truth):
    model = truth(3000)
    integrals = bh.integral(
        lambda m: model.family.density(m, [np.exp(model.theta[0]), *model.theta[1:]]), model.edges
    )
    assert model.expected == pytest.approx(integrals, rel=1e-12)
    assert model.expected.sum() == pytest.approx(3000)


def test_whitening_gives_unit_fisher_information_where_the_raw_one_is_singular(truth):
    model = truth(200_000)
    basis = model.background.whitened(model.theta)
    jacobian = np.einsum("iq,iqp->ip", basis.at_reference, basis.design)
    assert (jacobian / basis.expected[:, None]).T @ jacobian == pytest.approx(np.eye(4), abs=1e-6)
    raw = np.einsum("iq,iqp->ip", basis.at_reference, model.background.design)
    assert np.linalg.cond((raw / basis.expected[:, None]).T @ raw) > 1e6
    phi = np.array([0.3, -1.0, 0.5, 2.0])
    there = model.background.expected(basis.theta(phi))
    assert basis.parts(phi[None])[0].sum(0) == pytest.approx(there, rel=1e-9)


@pytest.mark.parametrize("n_events", [300, 3000, 200_000])
def test_start_is_near_the_truth(truth, n_events):
    model = truth(n_events)
    start = model.background.start(model.toys(1, 1)[0])
    ratio = model.background.expected(start) / model.expected
    bulk = model.expected > n_events / 50
    assert np.abs(np.log(ratio[bulk])).max() < 0.7


def test_joined_categories_keep_their_own_parameters(truth):
    small, large = truth(300), truth(3000)
    both = joined([small.background, large.background])
    expected = both.expected(np.concatenate([small.theta, large.theta]))
    assert expected == pytest.approx(np.concatenate([small.expected, large.expected]), rel=1e-12)


def test_bins_that_do_not_determine_the_parameters_are_refused():
    background = BinnedBackground.on([2000, 2100, 2200], bh.families.dijet(3))
    with pytest.raises(bh.FitRangeError, match="too few for 4 parameters"):
        background.start(np.array([5.0, 3.0]))
    with pytest.raises(bh.FitRangeError, match="452172 events in 2 bins do not determine 4 parameters"):
        background.whitened(np.array([0.0, 8.0, 5.0, 0.0]))
