from __future__ import annotations

import pickle

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt import registry
from dijethunt.bumphunt.family import linear, published
from dijethunt.bumphunt.likelihood import Likelihood
from dijethunt.bumphunt.placed import place
from dijethunt.bumphunt.scoring import minimise
from dijethunt.bumphunt.toys import poisson
from scipy.integrate import quad

MASS = np.array([1500.0, 3000.0, 8000.0])
X = MASS / 13_000
LOG = np.log(X)
FORMULAE = {
    "dijet2": lambda p: (1 - X) ** p[1] / X ** p[2],
    "dijet3": lambda p: (1 - X) ** p[1] / X ** (p[2] + p[3] * LOG),
    "dijet4": lambda p: (1 - X) ** p[1] / X ** (p[2] + p[3] * LOG + p[4] * LOG**2),
    "dijet5": lambda p: (1 - X) ** p[1] / X ** (p[2] + p[3] * LOG + p[4] * LOG**2) * np.exp(-X) ** p[5],
    "dijet6": lambda p: FORMULAE["dijet4"](p) * (1 + np.tanh(p[5] + p[6] * X)) / 2,
    "atlas2": lambda p: (1 - X) ** p[1] * X ** p[2],
    "atlas3": lambda p: (1 - X) ** p[1] * X ** (p[2] + p[3] * LOG),
    "atlas4": lambda p: (1 - X) ** p[1] * X ** (p[2] + p[3] * LOG + p[4] * LOG**2),
    "atlas5": lambda p: (1 - X) ** p[1] * X ** (p[2] + p[3] * LOG + p[4] * LOG**2 + p[5] * LOG**3),
    "diphoton2": lambda p: (1 - np.cbrt(X)) ** p[1] * X ** p[2],
    "diphoton3": lambda p: (1 - np.cbrt(X)) ** p[1] * X ** (p[2] + p[3] * LOG),
    "diphoton4": lambda p: (1 - np.cbrt(X)) ** p[1] * X ** (p[2] + p[3] * LOG + p[4] * LOG**2),
    "ua2_2": lambda p: X ** -p[1] * np.exp(-p[2] * X),
    "ua2_3": lambda p: X ** -p[1] * np.exp(-p[2] * X - p[3] * X**2),
    "ua2_4": lambda p: X ** -p[1] * np.exp(-p[2] * X - p[3] * X**2 - p[4] * X**3),
    "ua2_5": lambda p: X ** -p[1] * np.exp(-p[2] * X - p[3] * X**2 - p[4] * X**3 - p[5] * X**4),
    "exponential2": lambda p: np.exp(-p[1] * X) / X ** p[2],
    "exponential3": lambda p: np.exp(-p[1] * X) / X ** (p[2] + p[3] * LOG),
    "exponential4": lambda p: np.exp(-p[1] * X) / X ** (p[2] + p[3] * LOG + p[4] * LOG**2),
    "modified_dijet3": lambda p: (1 - X + p[3] * X**2) ** p[1] / X ** p[2],
    "modified_dijet4": lambda p: (1 - X + p[3] * X**2) ** p[1] / X ** (p[2] + p[4] * LOG),
    "polyext4": lambda p: FORMULAE["dijet3"](p) * (1 + p[4] * (X - 0.2)),
    "polyext5": lambda p: FORMULAE["dijet3"](p) * (1 + p[4] * (X - 0.2) + p[5] * (X - 0.2) ** 2),
    "polyext6": lambda p: FORMULAE["dijet3"](p) * (1 + np.polyval([p[6], p[5], p[4], 0], X - 0.2)),
    "power2": lambda p: (1 + p[1] * X) ** (-p[2] / p[1]),
    "modexp2": lambda p: np.exp(-p[1] * (X ** p[2] - 1) / p[2]),
    "modexp3": lambda p: np.exp(-p[1] * ((X ** p[2] - 1) / p[2] - ((1 - X) ** p[3] - 1) / p[3])),
    "modexp4": lambda p: np.exp(-p[1] * (X ** p[2] - 1) / p[2] + p[3] * ((1 - X) ** p[4] - 1) / p[4]),
    "modexp5": lambda p: FORMULAE["modexp4"](p) * np.exp(p[5] * X * (1 - X) ** p[4]),
}
ALL = [bh.families.family(name, n) for name in bh.families.names() for n in bh.families.sizes(name)]


@pytest.mark.parametrize("family", ALL, ids=lambda family: family.name)
def test_density_is_the_function_of_the_formula(family):
    p = [0.7, 8.2, 5.2, 0.3, 0.2, -1.5, 2.5][: family.n_shape + 1]
    assert family.density(MASS, p) == pytest.approx(p[0] * FORMULAE[family.name](p), rel=1e-12)
    assert family.density(3000.0, p) == pytest.approx(p[0] * FORMULAE[family.name](p)[1], rel=1e-12)
    assert family.names == ("p0", "p1", "p2", "p3", "p4", "p5", "p6")[: family.n_shape + 1]
    assert all(name in family.formula for name in family.names)
    assert family.log_linear == (not isinstance(family, bh.Curve))
    if family.log_linear:
        assert family.design(X) @ linear(p) == pytest.approx(np.log(family.density(MASS, p)))


@pytest.mark.parametrize("family", ALL, ids=lambda family: family.name)
def test_bins_hold_the_integral_of_the_density(family):
    p = np.array([0.7, 8.2, 5.2, 0.3, 0.2, -1.5, 2.5][: family.n_shape + 1])
    edges = bh.dijet_edges(1455, 9000)
    expected = place(edges, family).expected(linear(p))
    for index in (0, 20, len(edges) - 2):
        wanted = quad(
            lambda mass: float(family.density(mass, p)), edges[index], edges[index + 1], epsrel=1e-10
        )[0]
        assert expected[index] == pytest.approx(wanted, rel=1e-6)


def test_every_registered_formula_was_compared():
    assert {family.name for family in ALL} == set(FORMULAE)


def test_modified_exponential_is_that_of_the_public_code():
    a, b, c, d, e = -58.0, 0.12, 0.4, -0.08, 0.3
    published_form = np.exp(a * X**b + c * (1 - X) ** d * (1 + e * X))
    ours = bh.families.modexp(5).density(MASS, [1.0, -a * b, b, c * d, d, c * e])
    assert np.ptp(np.log(published_form / ours)) < 1e-12


def test_limits_are_ordinary_points():
    power, modexp = bh.families.power(), bh.families.modexp(4)
    assert power.density(MASS, [1, 0, 20]) == pytest.approx(np.exp(-20 * X), rel=1e-12)
    assert modexp.density(MASS, [1, 5, 0, 8, 0]) == pytest.approx((1 - X) ** 8 / X**5, rel=1e-12)


# fmt: off
DEVIANCES = {
    "atlas2": 41.3, "atlas3": 41.3, "atlas4": 40.92, "atlas5": 40.58, "dijet2": 41.3, "dijet3": 41.3, "dijet4": 40.92,
    "dijet5": 40.6, "dijet6": 40.54, "diphoton2": 60.41, "diphoton3": 41.51, "diphoton4": 40.93, "exponential2": 171.35,
    "exponential3": 59.07, "exponential4": 41.22, "modexp2": 563.57, "modexp3": 41.41, "modexp4": 41.1, "modexp5": 40.63,
    "modified_dijet3": 41.27, "modified_dijet4": 41.03, "polyext4": 41.13, "polyext5": 40.57, "polyext6": 40.57,
    "power2": 1187.91, "ua2_2": 171.35, "ua2_3": 44.58, "ua2_4": 40.82, "ua2_5": 40.69,
}
# fmt: on


@pytest.mark.parametrize(
    "family",
    [pytest.param(one, marks=pytest.mark.slow) if one.name == "modexp5" else one for one in ALL],
    ids=lambda family: family.name,
)
def test_every_family_fits_the_published_spectrum(cms_path, family):
    fit = bh.fit(bh.read_csv(cms_path), family)
    assert fit.valid
    assert fit.warnings == ()
    assert np.isfinite([*fit.values, *fit.errors]).all()
    assert fit.deviance == pytest.approx(DEVIANCES[family.name], abs=0.01)


@pytest.mark.parametrize("n_events", [300, 3000, 200_000])
@pytest.mark.parametrize("family", [one for one in ALL if one.log_linear], ids=lambda family: family.name)
def test_toys_of_every_log_linear_family_converge(truth, family, n_events):
    background = place(truth(n_events).edges, family)
    theta = background.start(truth(n_events).expected)
    toys = poisson(background.expected(theta), 300, 1)
    basis = background.whitened(theta)
    near, far = (
        minimise(Likelihood(basis, toys)),
        minimise(Likelihood(basis, toys), np.full((300, len(theta)), 1.5)),
    )
    assert near.converged.all()
    assert far.converged.all()
    assert np.abs(near.nll - far.nll).max() < 1e-6


def test_published_and_linear_parameters_invert_each_other():
    assert published(linear([0.3, 8.0, 5.0])) == pytest.approx([0.3, 8.0, 5.0])


@pytest.mark.parametrize("family", ALL, ids=lambda family: family.name)
def test_a_family_travels_to_another_process(family):
    again = pickle.loads(pickle.dumps(family))
    p = [1.0, 8.0, 5.0, 0.1, 0.2, 0.3, 0.4][: family.n_shape + 1]
    assert again.density(3000.0, p) == family.density(3000.0, p)


def test_sqrt_s_moves_the_end_of_the_spectrum():
    with pytest.raises(bh.FamilyError, match=r"0 < m < sqrt\(s\) = 13000 GeV and was asked for 13300 GeV"):
        bh.families.dijet(3).density([3000.0, 13_300.0], [1, 8, 5, 0])
    with pytest.raises(bh.FamilyError, match=r"power2 is defined for .* asked for 13300 GeV"):
        bh.families.power(2).density([3000.0, 13_300.0], [1, 8, 5])
    assert bh.families.dijet(3, sqrt_s=13_600.0).density(13_300.0, [1, 8, 5, 0]) > 0
    assert bh.families.polyext(4, sqrt_s=13_600.0).density(13_300.0, [1, 8, 5, 0, 0]) > 0


def test_unknown_families_and_sizes_are_named():
    with pytest.raises(bh.FamilyError, match=r"no family 'dijt'.*did you mean 'dijet'"):
        bh.families.family("dijt", 3)
    with pytest.raises(bh.FamilyError, match=r"2, 3, 4, 5 or 6 shape parameters .* not 7"):
        bh.families.family("dijet", 7)
    with pytest.raises(bh.FamilyError, match=r"the power function has 2 shape parameters .* not 3"):
        bh.families.power(3)


@pytest.fixture
def entries(monkeypatch):
    monkeypatch.setattr(registry, "_entries", dict(registry._entries))


@pytest.mark.usefixtures("entries")
def test_one_function_adds_a_family():
    @bh.families.register("steep")
    def steep(n_shape=1, sqrt_s=13_000.0):
        return bh.Family("steep", "p0 x^-p1", lambda x: -np.log(x)[..., None], n_shape, sqrt_s)

    assert "steep" in bh.families.names()
    edges = np.linspace(2000, 4000, 21)
    truth = bh.integral(lambda m: 40 * (m / 3000) ** -6.0, edges)
    result = bh.fit(bh.Spectrum(edges, np.round(truth)), bh.families.family("steep", 1))
    assert result.valid
    assert result.values[1] == pytest.approx(6.0, abs=result.errors[1])
    with pytest.raises(bh.FamilyError, match="'steep' is registered already"):
        bh.families.register("steep")(steep)
    with pytest.raises(bh.FamilyError, match="'steep' has no two sizes"):
        bh.families.ladder("steep")


@pytest.mark.usefixtures("entries")
def test_one_function_adds_a_curve_without_derivatives(truth):
    @bh.families.register("bent", sizes=(2,))
    def bent(n_shape=2, sqrt_s=13_000.0):
        terms = bh.differentiated(lambda x, p: -p[0] * (x ** p[1] - 1) / p[1])
        return bh.Curve(
            "bent", "p0 exp(-p1 (x^p2-1)/p2)", terms, n_shape, sqrt_s, starts=((7.0, 0.1), (15.0, 0.6))
        )

    spectrum = truth(3000).spectrum(1)
    mine = bh.fit(spectrum, bh.families.family("bent", 2))
    built_in = bh.fit(spectrum, bh.families.modexp(2))
    assert mine.valid
    assert mine.nll == pytest.approx(built_in.nll, abs=1e-6)
    assert mine.values == pytest.approx(built_in.values, rel=1e-3)


def test_ladders_begin_with_the_smallest_function():
    assert [family.n_shape for family in bh.families.ladder("dijet")] == [2, 3, 4]
    assert [family.n_shape for family in bh.families.ladder("polyext", 13_600.0)] == [4, 5, 6]
    assert bh.families.ladder("polyext", 13_600.0)[0].sqrt_s == 13_600.0


@pytest.mark.parametrize("sqrt_s", [-13_000.0, 0.0, np.nan, np.inf])
@pytest.mark.parametrize("maker", [bh.families.dijet, bh.families.polyext])
def test_the_energy_is_positive(maker, sqrt_s):
    with pytest.raises(bh.FamilyError, match=r"sqrt_s=.*; it is the centre-of-mass energy in GeV, positive"):
        maker(4, sqrt_s)


SMALLER = [family for family in ALL if getattr(family, "smaller", None)]


@pytest.mark.parametrize("curve", SMALLER, ids=lambda curve: curve.name)
def test_a_smaller_family_is_the_same_function_but_for_its_normalisation(curve):
    family, extend = curve.smaller
    p = np.array([8.2, 5.2, 0.3, 0.2, -1.5][: family.n_shape])
    ratio = curve.density(MASS, [1.0, *extend(p)]) / family.density(MASS, [1.0, *p])
    assert ratio == pytest.approx(ratio[0], rel=1e-9)


def test_curves_know_what_is_within_them():
    found = {curve.name: curve.smaller[0].name for curve in SMALLER}
    chains = {"polyext4": "dijet3", "polyext5": "polyext4", "polyext6": "polyext5", "dijet6": "dijet4"}
    chains |= {"modexp3": "modexp2", "modexp4": "modexp3", "modexp5": "modexp4"}
    assert found == chains | {"modified_dijet3": "dijet2", "modified_dijet4": "modified_dijet3"}
