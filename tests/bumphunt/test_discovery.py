from __future__ import annotations

import re

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.ftest import Fixed
from dijethunt.bumphunt.search import Search

SIGNAL = bh.Gaussian(0.05)
MASS = 3000.0


def expected(model, efficiency, **options):
    return bh.expected_discovery(
        model.spectrum(1),
        model.family,
        SIGNAL,
        MASS,
        luminosity=100.0,
        acceptance=0.5,
        efficiency=efficiency,
        **options,
    )


def test_the_number_of_events_gives_the_significance(truth):
    model = truth(20_000)
    found = expected(model, 0.2)
    for z, n in zip((3.0, 5.0), found.events, strict=True):
        given = bh.asimov_significance(model.spectrum(1), model.family, SIGNAL, MASS, strength=n)
        assert given == pytest.approx(z, abs=1e-4)
    assert found.cross_sections == pytest.approx(np.array(found.events) / 10.0)
    assert (found.significances, found.method, found.warnings) == ((3.0, 5.0), "Asimov data", ())


def test_half_of_the_toys_with_the_expected_signal_exceed_the_significance(truth):
    model = truth(20_000)
    found = expected(model, 0.2)
    search = Search.on([bh.Spectrum(model.edges, np.round(model.expected))], Fixed(model.family))
    template = search.template(SIGNAL, MASS)[None, :]
    for z, n in zip(found.significances, found.events, strict=True):
        r, _, _ = search.roots(model.toys(1000, 2, strength=n, mass=MASS), template)
        assert np.median(r) == pytest.approx(z, abs=0.15)


def test_with_a_turn_on_the_cross_section_solves_for_the_events(truth):
    model = truth(20_000)
    sigma = np.geomspace(2, 500, 41)
    curve = bh.EfficiencyCurve(sigma, 0.2 / (1 + (sigma / 26.0) ** -2.5))
    found = expected(model, curve)
    for at, n in zip(found.cross_sections, found.events, strict=True):
        assert 50.0 * at * float(curve.at(at)) == pytest.approx(n)
    short = bh.EfficiencyCurve(curve.cross_section[:15], curve.efficiency[:15])
    none = expected(model, short)
    assert none.cross_sections == (None, None)
    assert none.events == found.events
    assert none.warnings[1].startswith("5 standard deviations: the largest injection does not give enough")


def test_the_ends_of_the_injections_and_gaps_are_told(truth):
    sigma = np.geomspace(50, 500, 11)
    model = truth(20_000)
    high = expected(model, bh.EfficiencyCurve(sigma, np.full(11, 0.5)), significances=(3.0,))
    assert high.cross_sections == (pytest.approx(50.0),)
    assert high.warnings == (
        "3 standard deviations: the smallest injection, 50 fb, gives enough events already; inject less",
    )
    sigma = np.array((5.0, 20.0, 80.0, 500.0))
    falls = expected(model, bh.EfficiencyCurve(sigma, (0.01, 0.2, 0.001, 0.5)), significances=(3.0,))
    (text,) = falls.warnings
    assert falls.cross_sections[0] > 80.0
    assert re.fullmatch(
        r"3 standard deviations: smaller cross sections, .*-.* fb, give enough events already", text
    )
    low, top = map(float, re.findall(r"[\d.]+", text)[1:])
    assert 5.0 < low < 20.0 < top < 80.0


def test_results_survive_json(truth):
    found = expected(truth(20_000), 0.2, significances=(2.0,))
    assert bh.Discovery.from_json(found.to_json()) == found


@pytest.mark.parametrize("significances", [(), (0.0,), (3.0, float("nan"))])
def test_impossible_significances_are_refused(truth, significances):
    with pytest.raises(bh.EfficiencyError, match="at least one, in standard deviations"):
        expected(truth(20_000), 0.2, significances=significances)


def test_impossible_efficiencies_are_refused(truth):
    with pytest.raises(bh.EfficiencyError, match=r"efficiency 1\.2"):
        expected(truth(20_000), 1.2)
