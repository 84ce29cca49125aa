from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.binning import merging
from dijethunt.bumphunt.search import Search
from dijethunt.bumphunt.toys import poisson
from scipy.stats import f

LADDER = tuple(bh.families.dijet(n) for n in (2, 3, 4))


def test_takes_more_parameters_than_needed_as_often_as_alpha(truth):
    model = truth(200_000)
    plain = bh.Spectrum(model.edges, np.round(model.expected))
    fit = bh.fit(plain, LADDER[0])
    search = Search.on([plain], bh.FTest(LADDER[:2], alpha=0.05))
    choice = search.refit(poisson(np.array(fit.expected), 4000, 3)).choice
    assert choice.mean() == pytest.approx(0.05, abs=0.015)


def test_takes_the_parameters_that_are_needed(truth):
    model = truth(2_000_000)
    spectrum = model.spectrum(1)
    rule = bh.FTest(LADDER)
    chosen = bh.fit(spectrum, rule)
    assert bh.fit(spectrum, LADDER[0]).p_value < 1e-6
    assert chosen.function == LADDER[1].formula
    assert chosen.p_value > 0.01
    again = Search.on([spectrum], rule).refit(model.toys(500, 2)).choice
    assert (again >= 1).mean() > 0.99


def test_a_ladder_has_steps():
    with pytest.raises(bh.FamilyError, match="increasing order"):
        bh.FTest((bh.families.dijet(3), bh.families.dijet(2)))
    with pytest.raises(bh.FamilyError, match="0 < alpha < 1"):
        bh.FTest(LADDER, alpha=0)
    with pytest.raises(bh.FamilyError, match="at least two"):
        bh.FTest(LADDER[:1])


def test_does_not_climb_without_degrees_of_freedom():
    spectrum = bh.Spectrum([2000, 2200, 2400, 2600, 2800], [900, 480, 270, 150])
    assert bh.fit(spectrum, bh.FTest(LADDER[:2])).function == LADDER[0].formula


def climb(observed, expected, n_parameters, rule, uncertainty):
    """Return the choice for one row, computed in the plainest way."""
    starts = merging(expected[0], 5.0)
    chi2 = [
        sum(
            (n - b) ** 2 / b
            for n, b in zip(np.add.reduceat(observed, starts), np.add.reduceat(e, starts), strict=True)
        )
        for e in expected
    ]
    best = 0
    for new in range(1, len(expected)):
        gained = n_parameters[new] - n_parameters[best]
        left = len(starts) - n_parameters[new]
        statistic = ((chi2[best] - chi2[new]) / gained) / (chi2[new] / left)
        better = f.sf(statistic, gained, left) < rule.alpha
        if rule.largest_uncertainty is None:
            take = better
        elif uncertainty[best] >= rule.largest_uncertainty > uncertainty[new]:
            take = True
        else:
            take = better and uncertainty[new] < max(rule.largest_uncertainty, uncertainty[best])
        best = new if take else best
    return best


@pytest.mark.parametrize("rule", [bh.FTest(LADDER, 0.3), bh.FTest(LADDER, 0.3, 0.15)], ids=["F", "published"])
def test_choices_are_those_of_a_plain_computation(truth, rule):
    model = truth(20_000)
    toys = model.toys(400, 9)
    search = Search.on([model.spectrum(1)], rule)
    expected = [minimum.expected for minimum in search.refit(toys).minima]
    uncertainty = np.random.default_rng(2).uniform(0.05, 0.25, (3, 400))
    choice = rule.choice(toys, expected, [3, 4, 5], uncertainty)
    plain = [
        climb(toys[row], [e[row] for e in expected], [3, 4, 5], rule, uncertainty[:, row])
        for row in range(400)
    ]
    assert choice.tolist() == plain
    assert set(plain) == {0, 1, 2}


def test_precision_at_the_mass_decides_when_it_is_asked_for():
    observed, one = np.full((4, 20), 100.0), np.full((4, 20), 100.0)
    expected = [one * np.linspace(0.8, 1.2, 20), one]
    uncertainty = np.array([[0.10, 0.10, 0.20, 0.30], [0.12, 0.20, 0.18, 0.25]])
    rule = bh.FTest.published(LADDER[:2])
    assert (rule.alpha, rule.largest_uncertainty) == (0.10, 0.15)
    assert rule.choice(observed, expected, [3, 4], uncertainty).tolist() == [1, 0, 1, 1]
    assert rule.choice(observed, expected, [3, 4]).tolist() == [1, 1, 1, 1]
    worse = rule.choice(observed, expected[::-1], [3, 4], np.array([[0.2] * 4, [0.14] * 4]))
    assert worse.tolist() == [1, 1, 1, 1]
    assert bh.FTest(LADDER[:2], 0.10).choice(observed, expected[::-1], [3, 4]).tolist() == [0, 0, 0, 0]


def test_a_rule_that_needs_the_mass_chooses_at_each_mass_and_in_toys(truth):
    model = truth(3000)
    rule = bh.FTest(LADDER, 0.10, 0.11)
    spectrum, signal = model.spectrum(1), bh.Gaussian(0.05)
    masses = (2500.0, 5500.0)
    scan = bh.scan([(masses, spectrum)], rule, signal)
    fits = [bh.fit(spectrum, rule, signal, mass) for mass in masses]
    assert [point.function + " + signal" for point in scan.points] == [fit.function for fit in fits]
    chance = bh.global_p(scan, [(masses, spectrum)], rule, signal, n_toys=100, seed=1)
    assert chance.n_failed == 0
    assert 0 < chance.p <= 1


def test_impossible_uncertainties_are_refused():
    with pytest.raises(bh.FamilyError, match="largest_uncertainty=0"):
        bh.FTest(LADDER, 0.05, 0.0)


@pytest.mark.slow
@pytest.mark.parametrize(("n_events", "taken"), [(200_000, (0.0517, 0.0491)), (3000, (0.0414, 0.0322))])
def test_share_of_larger_families_when_the_smaller_one_is_true(truth, n_events, taken):
    """At alpha = 0.05: from 2 to 3 parameters, and from 3 to 4. The shares are those measured with 10,000 toys."""
    plain = bh.Spectrum(truth(n_events).edges, np.round(truth(n_events).expected))
    for step, share in enumerate(taken):
        ladder = LADDER[step : step + 2]
        toys = poisson(np.array(bh.fit(plain, ladder[0]).expected), 20_000, 3)
        choice = Search.on([plain], bh.FTest(ladder, 0.05)).refit(toys).choice
        assert choice.mean() == pytest.approx(share, abs=0.005)


def test_families_that_the_counts_do_not_determine_are_left_out_of_the_ladder():
    spectrum = bh.Spectrum([2000, 2200, 2400, 2600], [900, 480, 270])
    search = Search.on([spectrum], bh.FTest(LADDER))
    assert search.rule == bh.ftest.Fixed(LADDER[0])
    with pytest.raises(bh.FitRangeError, match="too few for 4 parameters"):
        Search.on([spectrum], bh.FTest((LADDER[1], LADDER[2])))
    four = bh.Spectrum([2000, 2200, 2400, 2600, 2800], [900, 480, 270, 150])
    assert Search.on([four], bh.FTest(LADDER, alpha=0.1)).rule == bh.FTest(LADDER[:2], alpha=0.1)
