from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.ftest import Fixed
from dijethunt.bumphunt.likelihood import Likelihood
from dijethunt.bumphunt.score import score
from dijethunt.bumphunt.search import Search

MASSES = (1900.0, 2500.0, 3300.0, 4200.0)


def scored(model, n_toys, width=0.05):
    search = Search.on([model.spectrum(1)], Fixed(model.family))
    templates = np.stack([search.template(bh.Gaussian(width), mass) for mass in MASSES])
    counts = model.toys(n_toys, 2)
    null = search.refit(counts)
    r, _, _ = search.roots(counts, templates, null)
    return search, templates, counts, null, r


def test_with_many_events_the_score_is_the_root(truth):
    search, templates, counts, null, r = scored(truth(20_000_000), 200)
    found = score(search.basis, counts, null.minima[0], templates)
    assert found.z == pytest.approx(r, abs=0.03)


def test_its_variance_is_the_inverse_of_the_information_on_the_strength(truth):
    search, templates, counts, null, _ = scored(truth(20_000), 5)
    found = score(search.basis, counts, null.minima[0], templates)
    for column, template in enumerate(templates):
        likelihood = Likelihood(search.basis, counts, template[None, :])
        point = np.pad(null.minima[0].point, ((0, 0), (0, 1)))
        information = likelihood.curvature(likelihood.evaluate(point))
        variance = 1 / (np.linalg.inv(information)[:, -1, -1] * likelihood.unit[0] ** 2)
        slope = ((counts / null.minima[0].expected - 1) * template).sum(-1)
        assert found.z[:, column] == pytest.approx(slope / np.sqrt(variance), rel=1e-3)


def test_wide_signals_leave_little_information_and_the_bound_says_so(truth):
    search, _, counts, null, _ = scored(truth(20_000), 5)
    narrow, wide = (search.template(bh.Gaussian(width), 3000.0) for width in (0.03, 0.3))
    found = score(search.basis, counts, null.minima[0], np.stack([narrow, wide]))
    assert (found.information[:, 0] > 10 * found.information[:, 1]).all()
    margin = found.highest - found.z
    assert (margin[found.z > 0] > 0).all()
    assert np.isneginf(found.highest[found.z <= 0]).all()
