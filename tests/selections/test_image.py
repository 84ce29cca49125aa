import numpy as np
import pytest
from dijethunt.selections.image import image_nae, image_tnt, upright

TWO = [(300, 0.0, 1.0), (100, 0.4, 1.0)]
"""Centroid 0.1 from the harder one, along eta."""
CROSS = [(300, 0.0, 0.1), (100, 0.0, -0.3), (100, 0.06, 0.0), (100, -0.06, 0.0)]
"""Centroid 0, principal axis along phi."""


def pixels(image):
    """Return {(row, column): value} of what is not zero."""
    return {(int(r), int(c)): pytest.approx(float(image[r, c]), abs=1e-6) for r, c in np.argwhere(image)}


def rotated(jet, angle, centre=(0.3, 1.0)):
    points = [np.exp(1j * angle) * complex(eta - centre[0], phi - centre[1]) for _, eta, phi in jet]
    return [(pt, centre[0] + z.real, centre[1] + z.imag) for (pt, _, _), z in zip(jet, points, strict=True)]


def test_pixels_of_tag_n_train(make_jets):
    """Pixels are 0.0375 wide, the middle one around the centroid; the hardest candidate is in the upper half."""
    images = image_tnt(make_jets(TWO, CROSS))
    assert images.shape == (1, 2, 32, 32)
    assert pixels(images[0, 0]) == {(19, 16): 0.75, (8, 16): 0.25}
    assert pixels(images[0, 1]) == {(19, 16): 1 / 2, (8, 16): 1 / 6, (16, 18): 1 / 6, (16, 14): 1 / 6}


def test_hardest_candidate_is_on_the_upper_right_of_tag_n_train(make_jets, random_jet):
    for seed in range(10):
        jet = [(1000, 0.35, 1.1), *random_jet(seed)]
        image = image_tnt(make_jets(jet, []))[0, 0]
        row, column = np.unravel_index(image.argmax(), image.shape)
        assert image.max() >= 1000 / sum(pt for pt, _, _ in jet) - 1e-6
        assert min(row, column) >= 16


def test_pixels_of_the_normalized_autoencoder(make_jets):
    """Pixels are 0.029 by 0.035, the centroid on an edge; most pT is in the lower half."""
    images = image_nae(make_jets(TWO, CROSS), blur=0)
    assert images.shape == (1, 2, 40, 40)
    assert pixels(images[0, 0]) == {(17, 20): 0.75, (28, 20): 0.25}
    assert pixels(images[0, 1]) == {(17, 20): 1 / 2, (28, 20): 1 / 6, (20, 22): 1 / 6, (20, 17): 1 / 6}


def test_fullest_quadrant_is_lower_left_for_the_normalized_autoencoder(make_jets, random_jet):
    for seed in range(10):
        image = image_nae(make_jets(random_jet(seed), []), blur=0)[0, 0]
        quadrants = [image[i : i + 20, j : j + 20].sum() for i in (0, 20) for j in (0, 20)]
        assert np.argmax(quadrants) == 0


def test_pixels_are_raised_to_a_power_and_normalised(make_jets):
    image = image_nae(make_jets(TWO, []), power=0.5, blur=0)[0, 0]
    total = np.sqrt(0.75) + np.sqrt(0.25)
    assert pixels(image) == {(17, 20): np.sqrt(0.75) / total, (28, 20): np.sqrt(0.25) / total}
    flat = image_nae(make_jets(CROSS, []), power=1e-9, blur=0)[0, 0]
    assert flat[flat > 0] == pytest.approx([0.25] * 4)


def test_smearing_is_gaussian(make_jets):
    image = image_nae(make_jets([(100, 0.0, 0.0)], []))[0, 0]
    row, column = np.indices(image.shape)
    expected = np.exp(-((row - 20) ** 2 + (column - 20) ** 2) / 2) / (2 * np.pi)
    np.testing.assert_allclose(image, expected, atol=1e-4)
    assert image.sum() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("image", [image_tnt, image_nae])
def test_images_do_not_change_when_a_jet_is_moved_turned_or_mirrored(make_jets, random_jet, image):
    for seed in range(5):
        jet = random_jet(seed)
        same = {
            "boosted": [(pt, eta + 0.8, phi) for pt, eta, phi in jet],
            "across pi": [(pt, eta, (phi + 2.1 + np.pi) % (2 * np.pi) - np.pi) for pt, eta, phi in jet],
            "mirrored in eta": [(pt, -eta, phi) for pt, eta, phi in jet],
            "mirrored in phi": [(pt, eta, -phi) for pt, eta, phi in jet],
            "turned": rotated(jet, 1.0),
            "turned around": rotated(jet, np.pi),
            "of other units": [(10 * pt, eta, phi) for pt, eta, phi in jet],
        }
        for change, other in same.items():
            one, two = image(make_jets(jet, other))[0]
            np.testing.assert_allclose(one, two, atol=1e-5, err_msg=change)
        wider = [(pt, 2 * eta, 2 * phi) for pt, eta, phi in jet]
        one, two = image(make_jets(jet, wider))[0]
        assert np.abs(one - two).max() > 0.01


@pytest.mark.parametrize("image", [image_tnt, image_nae])
def test_what_is_outside_is_lost_and_empty_jets_have_empty_images(make_jets, image):
    far = [(300, 0.0, 0.0), (290, 0.02, 0.0), (10, 1.2, 0.0)]
    one, nothing = image(make_jets(far, []))[0]
    assert one.sum() == pytest.approx(1, abs=1e-6)
    assert one[:, :4].sum() + one[:3].sum() == pytest.approx(0, abs=1e-6)
    assert not nothing.any()
    assert image(make_jets([], [])).sum() == 0
    assert image(make_jets()).shape[:2] == (0, 2)


def test_principal_axis_is_upright(make_jets, random_jet):
    x, y = upright(make_jets(random_jet(1), []))
    pt = make_jets(random_jet(1), []).pt
    assert np.average(x * y, weights=pt) == pytest.approx(0, abs=1e-8)
    assert np.average(y * y, weights=pt) > 3 * np.average(x * x, weights=pt)
