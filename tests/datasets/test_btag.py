import numpy as np
import pytest
from dijethunt.datasets import btag
from dijethunt.datasets.btag import WORKING_POINTS, log_odds, scores
from dijethunt.datasets.detector import Detector, simulate_detector
from dijethunt.datasets.generator import common, stable, start
from dijethunt.datasets.impact import third_significance
from dijethunt.datasets.jagged import counts, flat, owners
from dijethunt.datasets.reconstruction import cluster
from scipy.special import expit

THRESHOLDS = list(WORKING_POINTS.values())
CASES = [(1, 0), (1, 2), (0, 1), (0, 0), (2, 0)]
N = 200_000
B_HADRONS = [511, 521, 531, 541, 5122, 5132, 5232, 5332]
C_HADRONS = [411, 421, 431, 4122, 4132, 4232, 4332]


def drawn(b, c, pt, n=N, eta=0.0, significance=0.0, seed=1):
    columns = (np.full(n, value) for value in (b, c, pt, eta, significance))
    return scores(*columns, np.random.default_rng(seed))


def efficiencies(score):
    return np.array([(score > threshold).mean() for threshold in THRESHOLDS])


def expected(b, c, pt, eta=0.0):
    return expit(log_odds(*(np.array([value]) for value in (b, c, pt, eta))))[:, 0]


@pytest.mark.parametrize(
    ("b", "c", "published"),
    [(1, 0, [0.84, 0.68, 0.50]), (0, 1, [0.41, 0.12, 0.024]), (0, 0, [0.11, 0.011, 0.001])],
)
def test_curves_are_those_published_for_jets_of_ttbar(b, c, published):
    """About 80 GeV, where most jets of ttbar are: within 10 per cent, those of light jets within 15 per cent."""
    rtol = 0.10 if b or c else 0.15
    np.testing.assert_allclose(expected(b, c, 80.0, 1.4), published, rtol=rtol)


def test_the_medium_efficiency_of_b_jets_falls_and_that_of_light_jets_rises():
    pt = np.array([100.0, 300.0, 500.0, 1000.0, 2000.0, 3000.0])
    one, none, eta = np.ones(6, int), np.zeros(6, int), np.full(6, 1.4)
    bottom, light = (expit(log_odds(b, none, pt, eta))[1] for b in (one, none))
    np.testing.assert_allclose(bottom[:4], [0.711, 0.647, 0.582, 0.488])
    assert (np.diff(bottom) < 0).all()
    assert (np.diff(light) > 0).all()
    assert light[3] == pytest.approx(0.035)


@pytest.mark.parametrize(("b", "c"), CASES)
@pytest.mark.parametrize(("pt", "eta"), [(50.0, 0.3), (700.0, -2.2)])
def test_scores_have_the_efficiencies_of_the_curves(b, c, pt, eta):
    wanted = expected(b, c, pt, eta)
    sigma = np.sqrt(wanted * (1 - wanted) / N)
    np.testing.assert_array_less(
        np.abs(efficiencies(drawn(b, c, pt, eta=eta)["btagDeepB"]) - wanted), 4 * sigma
    )


@pytest.mark.parametrize(("b", "c"), CASES)
def test_scores_are_continuous_between_0_and_1(b, c):
    score = np.sort(drawn(b, c, 400.0)["btagDeepB"])
    assert score[0] >= 0
    assert score[-1] <= 1
    assert len(np.unique(score)) > 0.99 * N
    for threshold in THRESHOLDS:  # no gap and no spike where the lines meet
        near = [np.mean((score > threshold + low) & (score < threshold + low + 0.01)) for low in (-0.01, 0.0)]
        assert near[0] > 0
        assert near[1] / near[0] == pytest.approx(1.0, abs=0.5)


@pytest.mark.parametrize(("b", "c", "concerned"), [(1, 0, "bc"), (0, 1, "bc"), (2, 0, "bc"), (0, 0, "light")])
@pytest.mark.parametrize("pt", [100.0, 1000.0])
def test_variations_shift_the_flavours_that_they_concern(b, c, concerned, pt):
    result = drawn(b, c, pt)
    nominal = result["btagDeepB"]
    assert list(result) == ["btagDeepB", *(f"btagDeepB_{name}" for name in btag.VARIATIONS)]
    other = "light" if concerned == "bc" else "bc"
    for direction in ("Up", "Down"):
        np.testing.assert_array_equal(result[f"btagDeepB_{other}{direction}"], nominal)
    assert (result[f"btagDeepB_{concerned}Up"] > nominal).all()
    assert (result[f"btagDeepB_{concerned}Down"] < nominal).all()
    size = btag.uncertainty(btag.flavour(np.array([b]), np.array([c])), np.array([pt]))[0]
    for direction, sign in (("Up", 1), ("Down", -1)):
        ratio = efficiencies(result[f"btagDeepB_{concerned}{direction}"])[1] / efficiencies(nominal)[1]
        assert ratio - 1 == pytest.approx(sign * size, rel=0.2, abs=0.004)


def test_uncertainties_grow_with_pt():
    kind = np.array([5, 5, 5, 4, 4, 0, 0])
    pt = np.array([30.0, 100.0, 1000.0, 100.0, 5000.0, 100.0, 1000.0])
    np.testing.assert_allclose(btag.uncertainty(kind, pt), [0.02, 0.02, 0.06, 0.06, 0.18, 0.1, 0.2])


def test_two_b_hadrons_are_found_more_often_but_not_as_two_jets():
    one, two = expected(1, 0, 500.0), expected(2, 0, 500.0)
    assert (one < two).all()
    assert (two < 1 - (1 - one) ** 2).all()


def test_displaced_tracks_raise_the_score():
    near, far = (drawn(1, 0, 300.0, significance=s)["btagDeepB"].mean() for s in (1.0, 30.0))
    without = drawn(1, 0, 300.0)["btagDeepB"].mean()
    assert near + 0.1 < without < far - 0.1


def test_the_same_random_numbers_give_the_same_scores():
    one, two, other = (drawn(1, 0, 300.0, n=50, significance=4.0, seed=s)["btagDeepB"] for s in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert (one != other).all()


def test_no_jets():
    assert all(len(values) == 0 for values in drawn(0, 0, 300.0, n=0).values())


def simulated(settings, seed, events=1500, pt_min=100.0):
    """Return b and c hadrons, pT, eta and significance of the jets of simulated collisions."""
    rng = np.random.default_rng(seed)
    pythia = start((*common(seed, mpi=False), *settings), None)
    pieces = []
    for _ in range(events // 250):
        records = pythia.nextBatch(250).prt
        flow = simulate_detector(stable(records), Detector(), rng)
        jets = cluster(flow, pt_min)
        third = third_significance(flow, jets)
        hadrons = [_inside(records, jets, ids) for ids in (B_HADRONS, C_HADRONS)]
        central = np.abs(jets.eta) < 2.4
        pieces.append([column[central] for column in (*hadrons, jets.pt, jets.eta, third)])
    return [np.concatenate(columns) for columns in zip(*pieces, strict=True)]


def _inside(records, jets, ids):
    """Count hadrons of some kinds with pT > 5 GeV within 0.8 of each jet."""
    px, py, pz = (flat(records.p[name]) for name in ("px", "py", "pz"))
    chosen = np.isin(np.abs(flat(records.id)), ids) & (np.hypot(px, py) > 5)
    event = owners(counts(records))[chosen]
    eta, phi = np.arcsinh(pz / np.maximum(np.hypot(px, py), 1e-9))[chosen], np.arctan2(py, px)[chosen]
    turned = np.mod(jets.phi[:, None] - phi + np.pi, 2 * np.pi) - np.pi
    near = (jets.event[:, None] == event) & (np.hypot(jets.eta[:, None] - eta, turned) < 0.8)
    return near.sum(axis=1)


@pytest.mark.slow
def test_closure_on_simulated_jets():
    """Scores are drawn often for each jet: what is tested is that tracks do not spoil the efficiencies.

    b within 3 per cent at the loose and the medium point, all others within what few jets and rare tracks allow.
    """
    ranges = [(150, 300), (300, 600), (600, 1200), (1200, 2500)]
    processes = [(f"HardQCD:{name} = on", r) for name in ("all", "hardbbbar", "hardccbar") for r in ranges]
    processes += [("Top:gg2ttbar = on", (200, 1000))]
    samples = [
        simulated((name, f"PhaseSpace:pTHatMin = {low}", f"PhaseSpace:pTHatMax = {high}"), 100 + i)
        for i, (name, (low, high)) in enumerate(processes)
    ]
    b, c, pt, eta, third = (np.concatenate(columns) for columns in zip(*samples, strict=True))
    rng = np.random.default_rng(7)
    score = np.stack([scores(b, c, pt, eta, third, rng)["btagDeepB"] for _ in range(30)])
    curve = expit(log_odds(b, c, pt, eta))
    for kind, name, limits in (
        (5, "b", (0.03, 0.03, 0.05)),
        (4, "c", (0.05, 0.08, 0.15)),
        (0, "light", (0.08, 0.15, 0.3)),
    ):
        jets = btag.flavour(b, c) == kind
        ratio = efficiencies(score[:, jets]) / curve[:, jets].mean(axis=1)
        print(name, jets.sum(), ratio.round(3))  # noqa: T201
        np.testing.assert_array_less(np.abs(ratio - 1), limits, err_msg=name)
    tagged = (btag.flavour(b, c) == 5) & (third > 0)
    rank = [np.argsort(np.argsort(values[tagged])) for values in (third, score[0])]
    assert np.corrcoef(*rank)[0, 1] > 0.4
