from __future__ import annotations

import dijethunt.bumphunt as bh
import pytest

SIGNAL = bh.Gaussian(0.05)


def test_each_mass_has_the_limit_of_its_own_window(truth):
    model = truth(3000)
    one, two = model.spectrum(1), model.spectrum(2)
    found = bh.limits([([3000.0, 2500.0], one), ([2700.0], two)], model.family, SIGNAL, level=0.9)
    assert [limit.mass for limit in found.limits] == [2500, 2700, 3000]
    for limit, spectrum in zip(found.limits, (one, two, one), strict=True):
        assert limit == bh.limit(spectrum, model.family, SIGNAL, limit.mass, level=0.9)
    assert bh.LimitScan.from_json(found.to_json()) == found


def test_windows_of_two_categories_with_nuisances(truth):
    model = truth(3000)
    one, two = model.spectrum(1), model.spectrum(2)
    options = {"shares": (0.7, 0.2), "nuisances": [bh.nuisance.luminosity()], "strengths": [10.0]}
    found = bh.limits([([2500.0], [one, two]), ([3000.0], [two, one])], model.family, SIGNAL, **options)
    assert found.limits[0] == bh.limit([one, two], model.family, SIGNAL, 2500.0, **options)
    assert found.limits[1] == bh.limit([two, one], model.family, SIGNAL, 3000.0, **options)
    assert bh.LimitScan.from_json(found.to_json()) == found


def test_each_window_may_have_shares_of_its_own(truth):
    model = truth(3000)
    spectra = [model.spectrum(1), model.spectrum(2)]
    shares = [(0.7, 0.3), (0.4, 0.6)]
    groups = [([2500.0], spectra), ([3000.0], spectra)]
    found = bh.limits(groups, model.family, SIGNAL, shares=shares)
    scan = bh.scan(groups, model.family, SIGNAL, shares=shares)
    for limit, point, group, own in zip(found.limits, scan.points, groups, shares, strict=True):
        assert limit == bh.limit(spectra, model.family, SIGNAL, limit.mass, shares=own)
        alone = bh.scan([group], model.family, SIGNAL, shares=own).points[0]
        assert point.r == pytest.approx(alone.r, abs=1e-9)
    other = bh.scan(groups, model.family, SIGNAL, shares=shares[0]).points
    assert other[0].r == pytest.approx(scan.points[0].r, abs=1e-9)
    assert other[1].r != pytest.approx(scan.points[1].r, abs=1e-3)


def test_warnings_name_their_mass(truth):
    model = truth(300)
    found = bh.limits([([2000.0, 5000.0], model.spectrum(1))], model.family, SIGNAL, blind=True)
    (only,) = found.warnings
    assert only.startswith("5000 GeV: ")
    assert [limit.observed for limit in found.limits] == [None, None]


def test_no_masses_is_an_error(truth):
    with pytest.raises(bh.SignalError, match="no masses"):
        bh.limits([([], truth(300).spectrum(1))], bh.families.dijet(3), SIGNAL)
