"""What every function does with input that is wrong, or right and extreme: a clear error, or the right result."""

from __future__ import annotations

from collections.abc import Callable

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.family import linear
from dijethunt.bumphunt.integration import quadrature
from iminuit import Minuit
from scipy.special import xlogy

SIGNAL = bh.Gaussian(0.05)
FUNCTION = bh.families.dijet(3)
MASS = 3000.0
Answer = Callable[..., object]


def scanned(spectrum, function=FUNCTION, mass=MASS, fit_range=bh.EVERYTHING):
    return bh.scan([([mass], spectrum)], function, SIGNAL, fit_range=fit_range)


def chance(spectrum, function=FUNCTION, mass=MASS, fit_range=bh.EVERYTHING):
    groups, seen = [([mass], spectrum)], scanned(spectrum, function, mass, fit_range)
    return bh.global_p(seen, groups, function, SIGNAL, n_toys=20, seed=1, fit_range=fit_range)


WITHOUT_SIGNAL: dict[str, Answer] = {
    "fit": lambda s, f=FUNCTION, r=bh.EVERYTHING, **_: bh.fit(s, f, fit_range=r),
    "goodness_of_fit": lambda s, f=FUNCTION, r=bh.EVERYTHING, **_: bh.goodness_of_fit(
        s, f, n_toys=20, seed=1, fit_range=r
    ),
    "bumphunter": lambda s, f=FUNCTION, r=bh.EVERYTHING, **_: bh.bumphunter(
        s, f, n_toys=20, seed=1, fit_range=r
    ),
}
WITH_SIGNAL: dict[str, Answer] = {
    "fit": lambda s, f=FUNCTION, r=bh.EVERYTHING, m=MASS: bh.fit(s, f, SIGNAL, m, fit_range=r),
    "scan": lambda s, f=FUNCTION, r=bh.EVERYTHING, m=MASS: scanned(s, f, m, r),
    "global_p": lambda s, f=FUNCTION, r=bh.EVERYTHING, m=MASS: chance(s, f, m, r),
    "limit": lambda s, f=FUNCTION, r=bh.EVERYTHING, m=MASS: bh.limit(s, f, SIGNAL, m, fit_range=r),
}
EVERY = [pytest.param(f, id=name) for name, f in WITHOUT_SIGNAL.items()] + [
    pytest.param(f, id=f"{name} with signal") for name, f in WITH_SIGNAL.items()
]
SIGNALS = [pytest.param(f, id=name) for name, f in WITH_SIGNAL.items()]


@pytest.fixture
def spectrum(truth):
    return truth(3000).spectrum(1)


@pytest.mark.parametrize("read", [bh.read_csv, bh.read_hepdata], ids=["csv", "hepdata"])
@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([(1, 2, -3), (2, 3, 1)], "bin 0 .* holds -3, which is negative"),
        ([(1, 2, 3), (2, 3, "nan")], "bin 1 .* holds nan, which is not finite"),
        ([(1, 2, 3), (2, 3, "inf")], "bin 1 .* holds inf, which is not finite"),
        ([(1, 2, 3.5), (2, 3, 1)], "bin 0 .* holds 3.5, which is not a whole number"),
        ([(1, 2, 3), (3, 2, 1)], "bins 1-2 and 3-2 GeV leave a gap"),
        ([(1, 3, 3), (2, 4, 1)], "bins 1-3 and 2-4 GeV overlap"),
    ],
    ids=["negative", "nan", "inf", "fraction", "backwards", "overlap"],
)
def test_what_is_no_spectrum_is_refused_wherever_it_is_from(tmp_path, read, rows, message):
    if read is bh.read_csv:
        text = "low,high,observed\n" + "".join(f"{a},{b},{n}\n" for a, b, n in rows)
    else:
        bins = "".join(f"  - {{low: {a}, high: {b}}}\n" for a, b, _ in rows)
        values = "".join(f"  - {{value: '{n}'}}\n" for *_, n in rows)
        text = f"independent_variables:\n- header: {{name: m}}\n  values:\n{bins}"
        text += f"dependent_variables:\n- header: {{name: observed}}\n  values:\n{values}"
    path = tmp_path / "spectrum.txt"
    path.write_text(text)
    with pytest.raises(bh.SpectrumError, match=f"spectrum.txt.*{message}"):
        read(path)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        (["1", "2"], "the counts have values of type <U1"),
        ([1, None], "the counts have values of type object"),
        ([1 + 2j, 2], "of type complex"),
        (np.ma.masked_equal([1.0, 2.0], 2.0), "the counts have masked values"),
    ],
    ids=str,
)
def test_counts_are_numbers(counts, message):
    with pytest.raises(bh.CountsError, match=message):
        bh.Spectrum([1, 2, 3], counts)
    with pytest.raises(bh.EdgesError, match=message.replace("counts", "edges")):
        bh.Spectrum(counts, [1])


@pytest.mark.parametrize("answer", EVERY)
def test_a_window_without_events_has_nothing_to_fit(spectrum, answer):
    empty = bh.Spectrum(spectrum.edges, np.zeros(35))
    with pytest.raises(
        bh.FitRangeError, match="no events between 1460 and 6800 GeV; there is nothing to fit"
    ):
        answer(empty)
    holes = bh.Spectrum(spectrum.edges, np.where(spectrum.edges[:-1] < 2500, spectrum.counts, 0))
    with pytest.raises(bh.FitRangeError, match="no events between 2546 and 5100 GeV"):
        answer(holes, r=(2500, 5200))


@pytest.mark.parametrize("fit_range", [(7000, 9000), (100, 1000), (4000, 3000), (np.nan, 5000), (2240, 2330)])
@pytest.mark.parametrize("answer", EVERY)
def test_a_fit_range_outside_the_data_is_refused(spectrum, answer, fit_range):
    with pytest.raises(
        bh.FitRangeError, match="holds no whole bin of the spectrum, which covers 1460-6800 GeV"
    ):
        answer(spectrum, r=fit_range)


@pytest.mark.parametrize("mass", [9000.0, 1000.0, -3000.0, np.nan, np.inf, 6800.0])
@pytest.mark.parametrize("answer", SIGNALS)
def test_a_signal_outside_the_range_is_refused(spectrum, answer, mass):
    with pytest.raises(bh.SignalError, match="is outside the fitted 1460-6800 GeV"):
        answer(spectrum, m=mass)


@pytest.mark.parametrize("answer", SIGNALS)
def test_a_signal_outside_the_fit_range_is_refused(spectrum, answer):
    with pytest.raises(bh.SignalError, match="mass 3000 GeV is outside the fitted 1460-2895 GeV"):
        answer(spectrum, r=(None, 2900))


@pytest.mark.parametrize(
    ("edges", "counts", "message"),
    [
        ([2900, 3100], [50], "1 of 1 bins .* too few for 4 parameters"),
        ([2500, 2800, 3100, 3500], [50, 20, 10], "3 of 3 bins .* too few for 4 parameters"),
        ([2500, 2800, 3100, 3500, 4000, 5000], [50, 0, 20, 0, 10], "3 of 5 bins .* too few for 4 parameters"),
    ],
    ids=["single bin", "fewer bins than parameters", "fewer filled bins than parameters"],
)
@pytest.mark.parametrize("answer", EVERY)
def test_too_few_bins_are_refused(answer, edges, counts, message):
    with pytest.raises(bh.FitRangeError, match=message):
        answer(bh.Spectrum(edges, counts))


@pytest.mark.parametrize(
    ("edges", "message"),
    [
        (
            np.linspace(10_000, 14_000, 9),
            r"defined for 0 < m < sqrt\(s\) = 13000 GeV and was asked for 13\d\d\d",
        ),
        (np.linspace(-400, 3600, 9), r"defined for 0 < m < sqrt\(s\) = 13000 GeV and was asked for -"),
    ],
    ids=["beyond sqrt(s)", "negative masses"],
)
@pytest.mark.parametrize("answer", EVERY)
def test_masses_that_cannot_be_are_refused(answer, edges, message):
    with pytest.raises(bh.FamilyError, match=message):
        answer(bh.Spectrum(edges, [900, 600, 400, 250, 150, 90, 60, 40]))


@pytest.mark.parametrize("answer", EVERY)
def test_a_spectrum_may_end_at_sqrt_s_and_an_energy_may_be_given(answer):
    spectrum = bh.Spectrum(np.linspace(9000, 13_000, 9), [900, 400, 170, 70, 25, 8, 2, 0])
    for sqrt_s in (13_000, 14_000):
        found = answer(spectrum, f=bh.families.dijet(2, sqrt_s), m=10_000.0)
        assert getattr(found, "valid", True)
        assert getattr(found, "n_failed", 0) == 0


def reference(result, family):
    """Return the minimum that iminuit finds for the spectrum of a fit, in coordinates whitened with its covariance."""
    nodes, weights = quadrature(result.edges)
    design, counts = family.design(nodes / family.sqrt_s), np.array(result.observed)
    scale = np.append(1 / result.values[0], np.ones(family.n_shape))
    root = np.linalg.cholesky(np.array(result.covariance) * np.outer(scale, scale))

    def nll(phi):
        expected = (weights * np.exp(design @ (linear(result.values) + root @ phi))).sum(-1)
        return (expected - counts + xlogy(counts, np.where(counts > 0, counts, 1) / expected)).sum()

    minuit = Minuit(nll, np.full(family.n_shape + 1, 0.5))
    minuit.errordef, minuit.tol, minuit.strategy = Minuit.LIKELIHOOD, 1e-4, 2
    minuit.migrad()
    assert minuit.valid
    return minuit.fval, np.array(minuit.values)


def test_an_all_zero_tail_counts_in_the_fit(truth):
    """Empty bins say that there is little background: the fit must know of them, and be that of iminuit."""
    spectrum = truth(300).spectrum(2)
    end = spectrum.edges[1 + np.flatnonzero(spectrum.counts).max()]
    assert (spectrum.edges[:-1] >= end).sum() >= 8
    family = bh.families.dijet(2)
    whole, short = bh.fit(spectrum, family), bh.fit(spectrum, family, fit_range=(None, end))
    assert whole.valid
    for result in (whole, short):
        lowest, phi = reference(result, family)
        assert result.nll == pytest.approx(lowest, abs=1e-6)
        assert np.abs(phi).max() < 0.01
    tail = np.diff(spectrum.edges) > 0
    tail &= spectrum.edges[:-1] >= end
    nodes, weights = quadrature(spectrum.edges)
    of_short = (weights * family.density(nodes, short.values)).sum(-1)
    of_whole = np.array(whole.expected)
    assert 0 < of_whole[tail].sum() < of_short[tail].sum()
    assert short.nll <= whole.nll <= short.nll + of_short[tail].sum() + 1e-9


def test_empty_bins_where_nothing_is_expected_change_nothing(truth):
    model = truth(3000)
    spectrum = model.spectrum(1)
    longer = bh.Spectrum([*spectrum.edges, 9000.0, 9500.0, 10_000.0], [*spectrum.counts, 0, 0, 0])
    before, after = bh.fit(spectrum, FUNCTION), bh.fit(longer, FUNCTION)
    beyond = sum(after.expected[-3:])
    assert beyond < 0.2
    assert after.nll == pytest.approx(before.nll, abs=beyond + 0.05)
    assert np.array(after.values[1:]) == pytest.approx(before.values[1:], abs=0.3 * max(before.errors[1:]))


@pytest.mark.parametrize("answer", EVERY)
def test_a_natural_zero_tail_is_answered_by_all(truth, answer):
    """300 events: a quarter of the bins is empty in data, more in toys."""
    found = answer(truth(300).spectrum(2), f=bh.families.dijet(2))
    assert getattr(found, "valid", True)
    assert getattr(found, "n_failed", 0) == 0
    for point in getattr(found, "points", ()):
        assert point.valid
        assert not point.asymptotic_valid


def test_a_limit_in_an_all_zero_tail_says_that_it_is_not_asymptotic(truth):
    found = bh.limit(truth(300).spectrum(2), bh.families.dijet(2), SIGNAL, 5500.0)
    assert not found.asymptotic_valid
    assert any("use toys" in text for text in found.warnings)
    assert 1 < found.observed < 10


def test_counts_of_a_billion_are_fitted_as_exactly_as_few(truth):
    model = truth(3e9)
    spectrum = model.spectrum(1)
    assert spectrum.counts.max() > 3e8
    found = bh.fit(spectrum, FUNCTION)
    lowest, phi = reference(found, FUNCTION)
    assert found.valid
    assert found.nll == pytest.approx(lowest, abs=1e-4)
    assert np.abs(phi).max() < 0.01
    assert found.p_value > 1e-3


@pytest.mark.parametrize("answer", EVERY)
def test_counts_of_a_billion_are_answered_by_all(truth, answer):
    found = answer(truth(3e9).spectrum(1))
    assert getattr(found, "valid", True)
    assert getattr(found, "n_failed", 0) == 0
    p = getattr(found, "p", None)
    assert p is None or 0 < p <= 1


def test_a_billion_events_with_a_signal_give_it_back(truth):
    model = truth(3e9)
    spectrum = model.spectrum(1, strength=500_000)
    (point,) = scanned(spectrum).points
    assert point.strength == pytest.approx(500_000, abs=4 * point.error)
    assert point.r > 5
    assert bh.bumphunter(spectrum, FUNCTION).bump.p_local < 1e-6


@pytest.mark.parametrize("fit_range", [2000, "2000-5000", ("2000", 5000), (2000, 3000, 5000)], ids=str)
@pytest.mark.parametrize("answer", EVERY)
def test_a_fit_range_is_a_pair_of_masses(spectrum, answer, fit_range):
    with pytest.raises(bh.FitRangeError, match=r"fit_range is .*; give \(low, high\) in GeV"):
        answer(spectrum, r=fit_range)


@pytest.mark.parametrize(
    "background", ["dijet", bh.families.dijet, bh.FTest, None], ids=["name", "function", "class", "none"]
)
@pytest.mark.parametrize("answer", EVERY)
def test_a_background_is_a_family_or_a_rule(spectrum, answer, background):
    with pytest.raises(bh.FamilyError, match="is no family and no rule; give one, such as bh"):
        answer(spectrum, f=background)


def test_a_signal_is_a_shape_and_a_mass_a_number(spectrum):
    for mass in ("3000", [3000.0], 3000j):
        with pytest.raises(bh.SignalError, match=r"mass .* is no number; give one resonance mass in GeV"):
            bh.limit(spectrum, FUNCTION, SIGNAL, mass)
    for signal in (0.05, "Gaussian", bh.Gaussian):
        with pytest.raises(
            bh.SignalError, match=r"signal .* is no signal shape; give one, such as bh.Gaussian"
        ):
            bh.fit(spectrum, FUNCTION, signal, MASS)


def test_edges_in_tev_are_suspected(spectrum):
    in_tev = bh.Spectrum(spectrum.edges / 1000, spectrum.counts)
    (text,) = bh.fit(in_tev, bh.families.dijet(2)).warnings
    assert text == "the spectrum ends at 6.8 GeV and sqrt(s) is 13000 GeV; are the edges in GeV?"
    assert not bh.fit(in_tev, bh.families.dijet(2, 13.0)).warnings
