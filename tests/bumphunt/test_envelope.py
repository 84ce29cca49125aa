from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.background import BinnedBackground
from dijethunt.bumphunt.measurement import Measurement
from dijethunt.bumphunt.search import Search
from iminuit import Minuit

SIGNAL = bh.Gaussian(0.05)


FAMILIES = (bh.families.dijet(2), bh.families.dijet(3), bh.families.ua2(2))


def minimum(counts, family, edges, template=None, strength=0.0):
    """Return the smallest negative log likelihood by iminuit, in coordinates whitened at the fit of the package."""
    basis = BinnedBackground.on(edges, family)
    start = Search.on([bh.Spectrum(edges, counts)], bh.Fixed(family)).basis

    def nll(point):
        signal = (
            0.0
            if template is None
            else (strength if len(point) == basis.n_parameters else point[-1]) * template
        )
        mean = np.maximum(basis.expected(start.theta(point[: basis.n_parameters])) + signal, 1e-9)
        return float((mean - counts + counts * np.log(np.where(counts > 0, counts, 1) / mean)).sum())

    free = template is not None and strength is None
    minuit = Minuit(nll, np.zeros(basis.n_parameters + free))
    minuit.errordef, minuit.tol, minuit.strategy = 0.5, 1e-4, 2
    if free:
        minuit.errors["x4" if basis.n_parameters == 4 else "x3"] = 30
    minuit.migrad()
    return minuit.fval


@pytest.mark.parametrize("penalty", [0.0, 0.5, 1.0])
def test_the_likelihood_is_the_smallest_penalised_one(truth, penalty):
    """Discovery statistic and likelihood at a strength against iminuit on each family by itself."""
    model = truth(20_000)
    spectrum = model.spectrum(5, strength=120)
    search = Search.on([spectrum], bh.Envelope(FAMILIES, penalty))
    template = search.template(SIGNAL, 3000)
    found = Measurement.of(search, template, search.counts)
    sizes = [penalty * (family.n_shape + 1) for family in FAMILIES]
    best, none, fixed = (
        min(
            minimum(spectrum.counts, family, model.edges, template, strength) + size
            for family, size in zip(FAMILIES, sizes, strict=True)
        )
        for strength in (None, 0.0, 150.0)
    )
    assert found.best.nll[0] == pytest.approx(best, abs=1e-4)
    assert found.nll(0.0)[0][0] == pytest.approx(none, abs=1e-4)
    assert found.nll(150.0)[0][0] == pytest.approx(fixed, abs=1e-4)
    root, valid = found.root(0.0)
    assert valid[0]
    assert root[0] ** 2 == pytest.approx(2 * (none - best), abs=3e-4)


def test_scan_and_search_profile_over_the_families(truth):
    model = truth(20_000)
    rule, masses = bh.Envelope(FAMILIES), (2500.0, 3000.0)
    spectrum = model.spectrum(5, strength=120)
    search = Search.on([spectrum], rule)
    templates = np.stack([search.template(SIGNAL, mass) for mass in masses])
    counts = model.toys(50, 3, strength=100)
    r, strength, valid = search.roots(counts, templates)
    assert valid.all()
    for column, template in enumerate(templates):
        measured = Measurement.of(search, template, counts)
        assert r[:, column] == pytest.approx(measured.root(0.0)[0], abs=1e-3)
        assert strength[:, column] == pytest.approx(measured.best.strength, abs=0.1)
    points = bh.scan([(masses, spectrum)], rule, SIGNAL).points
    alone = [bh.scan([(masses, spectrum)], family, SIGNAL).points for family in FAMILIES]
    own, _, _ = search.roots(spectrum.counts[None, :], templates)
    assert [point.r for point in points] == pytest.approx(list(own[0]), abs=1e-3)
    assert len({round(found[0].r, 2) for found in alone}) > 1


def test_nested_and_other_families_may_be_curves(truth):
    """A modified dijet function with p3 = 0 is the dijet function with two parameters."""
    spectrum = truth(20_000).spectrum(2)
    families = (bh.families.dijet(2), bh.families.modified_dijet())
    search = Search.on([spectrum], bh.Envelope(families, 0.0))
    found = Measurement.of(search, search.template(SIGNAL, 3000), truth(20_000).toys(50, 3, strength=50))
    assert found.best.valid.all()
    singles = [
        Measurement.of(Search.on([spectrum], bh.Fixed(family)), found.template, found.counts).best.nll
        for family in families
    ]
    assert found.best.nll == pytest.approx(np.minimum(*singles), abs=1e-4)


def test_the_choice_is_that_of_the_smallest_penalised_likelihood(truth):
    model = truth(20_000)
    counts = model.toys(200, 3)
    search = Search.on([model.spectrum(1)], bh.Envelope(FAMILIES, 0.5))
    null = search.refit(counts)
    penalised = [fit.nll + 0.5 * (f.n_shape + 1) for fit, f in zip(null.minima, FAMILIES, strict=True)]
    assert (null.choice == np.argmin(penalised, axis=0)).all()
    assert len(set(null.choice)) > 1
    free = Search.on([model.spectrum(1)], bh.Envelope(FAMILIES[:2], 0.0)).refit(counts)
    assert (free.choice == 1).all()


def test_its_interval_covers_whichever_family_is_true(truth):
    """At least as well as that of each single family; a family alone fails where another one is true."""
    spectrum = truth(200_000).spectrum(7)
    families = (bh.families.dijet(2), bh.families.dijet(3), bh.families.ua2(2))
    rules = {"envelope": bh.Envelope(families)} | {family.name: bh.Fixed(family) for family in families}
    worst = {}
    for name, rule in rules.items():
        shares = [
            bh.coverage(
                bh.Expected.fitted(spectrum, family),
                rule,
                SIGNAL,
                2500,
                strengths=(0, 2),
                n_toys=1000,
                seed=1,
            ).points
            for family in families
        ]
        assert not any(point.n_failed for points in shares for point in points)
        worst[name] = min(point.likelihood[0].value for points in shares for point in points)
    assert worst["envelope"] > 0.64
    assert worst["envelope"] > max(worst["dijet2"], worst["ua2_2"]) + 0.1
    assert worst["envelope"] > worst["dijet3"] - 0.03


@pytest.mark.parametrize(
    ("families", "penalty"),
    [(FAMILIES[:1], 0.5), (FAMILIES[:1] * 2, 0.5), (FAMILIES, -1.0), (FAMILIES, np.nan)],
)
def test_an_envelope_needs_families_and_a_penalty(families, penalty):
    with pytest.raises(bh.FamilyError, match="at least two different families and a penalty of zero or more"):
        bh.Envelope(families, penalty)


@pytest.mark.slow
def test_coverage_of_every_family_by_every_other(truth):
    """The table of the documentation: rows are what is true, columns what is fitted."""
    spectrum = truth(200_000).spectrum(7)
    shares = [
        [
            bh.coverage(
                bh.Expected.fitted(spectrum, family), rule, SIGNAL, 2500, strengths=(0,), n_toys=4000, seed=1
            )
            .points[0]
            .likelihood[0]
            .value
            for rule in (bh.Envelope(FAMILIES), *FAMILIES)
        ]
        for family in FAMILIES
    ]
    wanted = [[0.678, 0.678, 0.674, 0.529], [0.676, 0.449, 0.677, 0.655], [0.670, 0.531, 0.658, 0.674]]
    for row, known in zip(shares, wanted, strict=True):
        assert row == pytest.approx(known, abs=0.003)
