import numpy as np
import pytest
from dijethunt.datasets.candidate import candidates
from dijethunt.datasets.nanoaod import open_events
from dijethunt.selections.constituent import collect
from dijethunt.selections.shape import axis_major, axis_minor, girth, ptd

SHAPES = (ptd, girth, axis_major, axis_minor)


@pytest.mark.parametrize(("shape", "single"), [(ptd, 1), (girth, 0), (axis_major, 0), (axis_minor, 0)])
def test_jets_of_one_candidate_and_of_none(make_jets, shape, single):
    assert shape(make_jets([(100, 1.1, 2.0)], [])).tolist() == [[pytest.approx(single, abs=1e-7), 0]]


def test_ptd_of_equal_candidates_falls_with_the_root_of_their_number(make_jets):
    four, nine = ([(50, 0.1 * i, 0) for i in range(n)] for n in (4, 9))
    assert ptd(make_jets(four, nine))[0] == pytest.approx([1 / 2, 1 / 3])
    assert ptd(make_jets([(3, 0, 0), (4, 1, 1)], []))[0, 0] == pytest.approx(5 / 7)


def test_girth_of_two_candidates(make_jets):
    """The axis of momenta 3 at 0 and 1 at 0.4 lies at artanh(sinh 0.4 / (3 + cosh 0.4)) = 0.10099."""
    along_phi = [(50, 0.0, -0.2), (50, 0.0, 0.2)]
    along_eta = [(3, 0.0, 1.0), (1, 0.4, 1.0)]
    expected = [0.2, (3 * 0.10099 + 1 * (0.4 - 0.10099)) / 4]
    assert girth(make_jets(along_phi, along_eta))[0] == pytest.approx(expected, rel=1e-4)


def test_axes_of_three_candidates(make_jets):
    """With weights 4, 1, 1 the covariance has 0.0125 on the diagonal and 0.0025 beside it."""
    jet = [(2, 0.0, 0.0), (1, 0.3, 0.0), (1, 0.0, -0.3)]
    line = [(50, 0.0, -0.2), (50, 0.0, 0.2)]
    found = make_jets(jet, line)
    assert axis_major(found)[0] == pytest.approx([np.sqrt(0.015), 0.2])
    assert axis_minor(found)[0] == pytest.approx([np.sqrt(0.010), 0], abs=1e-7)


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_do_not_depend_on_where_the_jet_is(make_jets, random_jet, shape):
    """Jets across phi = pi, and boosted along the beam, have the shape of the others."""
    jet = random_jet(seed=1)
    moved = [(pt, eta + 0.7, (phi + 5.0 + np.pi) % (2 * np.pi) - np.pi) for pt, eta, phi in jet]
    here, there = shape(make_jets(jet, moved))[0]
    assert here == pytest.approx(there, rel=1e-6)
    assert here > 0


def test_real_jets_agree_with_loops(real_data):
    events = open_events(real_data / "nanoaod" / "pfnano.root")
    jets = np.arange(24).reshape(12, 2)
    found = collect(events, jets)
    for shape, slow in (
        (ptd, slow_ptd),
        (girth, slow_girth),
        (axis_major, slow_major),
        (axis_minor, slow_minor),
    ):
        expected = [slow(particles(events, jet)) for jet in range(24)]
        np.testing.assert_allclose(shape(found).reshape(-1), expected, rtol=1e-6)


def particles(events, jet):
    """Return (pt, eta, phi, mass) of each candidate of one jet."""
    c = candidates(events, np.array([jet]))
    return [(c.pt[i], c.eta[i], c.phi[i], c.mass[i]) for i in range(len(c.pt)) if c.pt[i] > 0]


def slow_ptd(jet):
    return sum(pt**2 for pt, *_ in jet) ** 0.5 / sum(pt for pt, *_ in jet)


def slow_girth(jet):
    def rapidity(energy, pz):
        return 0.5 * np.log((energy + pz) / (energy - pz))

    def energy(pt, eta, mass):
        return (pt**2 * np.cosh(eta) ** 2 + mass**2) ** 0.5

    total = np.zeros(4)
    for pt, eta, phi, mass in jet:
        total += energy(pt, eta, mass), pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)
    y, azimuth = rapidity(total[0], total[3]), np.arctan2(total[2], total[1])
    moment = 0.0
    for pt, eta, phi, mass in jet:
        dphi = abs(phi - azimuth)
        dphi = min(dphi, 2 * np.pi - dphi)
        moment += pt * np.hypot(rapidity(energy(pt, eta, mass), pt * np.sinh(eta)) - y, dphi)
    return moment / sum(pt for pt, *_ in jet)


def slow_axes(jet):
    direction = np.angle(sum(pt * np.exp(1j * phi) for pt, _, phi, _ in jet))
    points = [(eta, np.angle(np.exp(1j * (phi - direction)))) for _, eta, phi, _ in jet]
    matrix = np.cov(np.array(points).T, aweights=[pt**2 for pt, *_ in jet], ddof=0)
    return np.linalg.eigvalsh(matrix) ** 0.5


def slow_major(jet):
    return slow_axes(jet)[1]


def slow_minor(jet):
    return slow_axes(jet)[0]
