from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.search import Search
from dijethunt.bumphunt.toys import poisson

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
