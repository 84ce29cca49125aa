from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt import largest
from dijethunt.bumphunt.largest import largest_roots
from dijethunt.bumphunt.search import Search

RULE = bh.FTest(tuple(bh.families.dijet(n) for n in (2, 3, 4)))
MASSES = np.arange(1800.0, 6001.0, 100.0)


def search_with_toys(model, width, n_toys):
    search = Search.on([model.spectrum(1)], RULE)
    templates = np.stack([search.template(bh.Gaussian(width), mass) for mass in MASSES])
    return search, templates, model.toys(n_toys, 12)


def compare(model, width, n_toys):
    """Return the largest differences of the largest roots, and of the flags, to those of the whole scan."""
    search, templates, toys = search_with_toys(model, width, n_toys)
    null = search.refit(toys)
    r, _, valid = search.roots(toys, templates, null, excesses_only=True)
    found, converged = largest_roots(search, toys, templates, null)
    whole = valid.all(-1)
    return np.abs(found - r.max(-1))[whole].max(), (whole & ~converged).sum(), whole.mean()


@pytest.mark.parametrize("n_events", [300, 3000, 200_000])
def test_the_largest_root_is_that_of_the_whole_scan(truth, n_events):
    difference, n_lost, share = compare(truth(n_events), 0.05, 2000)
    assert difference < 1e-4
    assert n_lost <= 2
    assert share > 0.99


@pytest.mark.slow
@pytest.mark.parametrize("width", [0.02, 0.05, 0.1, 0.2])
@pytest.mark.parametrize("n_events", [300, 3000, 20_000, 200_000])
def test_the_largest_root_is_that_of_the_whole_scan_for_all_widths(truth, n_events, width):
    difference, n_lost, _ = compare(truth(n_events), width, 5000)
    assert difference < 1e-4
    assert n_lost <= 2


def test_few_masses_are_fitted_where_there_are_many_events(truth, monkeypatch):
    n_fits, with_signal = [], largest.with_signal

    def counted(basis, counts, *others):
        n_fits.append(len(counts))
        return with_signal(basis, counts, *others)

    monkeypatch.setattr(largest, "with_signal", counted)
    search, templates, toys = search_with_toys(truth(200_000), 0.05, 1000)
    largest_roots(search, toys, templates)
    assert 1000 <= sum(n_fits) < 6500


def test_rows_without_an_excess_have_zero(truth):
    model = truth(200_000)
    search, templates, toys = search_with_toys(model, 0.05, 50)
    found, converged = largest_roots(search, toys, templates[[10]])
    r, _, _ = search.roots(toys, templates[[10]])
    assert converged.all()
    assert found == pytest.approx(np.maximum(r[:, 0], 0), abs=1e-4)
    assert 10 < (found == 0).sum() < 40
