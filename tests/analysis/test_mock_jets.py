import numpy as np
import pytest
from dijethunt.analysis.mock_jets import MOCK, PAYLOAD, content
from dijethunt.analysis.payload import find


def factor(name, systematic="nom", **columns):
    values = {key: np.array(column) for key, column in columns.items()}
    return find(PAYLOAD, MOCK[name])(values, systematic)


def test_the_shipped_payload_is_the_one_that_is_built():
    assert PAYLOAD.read_text() == content()


def test_the_uncertainty_of_the_scale_is_1_to_1_5_per_cent():
    pt, eta = np.meshgrid(np.geomspace(200, 3000, 20), np.linspace(-2.5, 2.5, 21))
    size = factor("jes_uncertainty", JetPt=pt.ravel(), JetEta=eta.ravel())
    assert 0.01 <= size.min() < 0.0101
    assert 0.014 < size.max() <= 0.015


def test_the_resolution_is_that_of_the_simulation():
    np.testing.assert_allclose(factor("jer_resolution", JetPt=[300.0, 1000.0]), [0.066, 0.05], rtol=0.005)


@pytest.mark.parametrize(
    ("systematic", "sizes"), [("nom", [1, 1, 1]), ("up", [1.05, 1.1, 1.1]), ("down", [0.95, 0.9, 0.9])]
)
def test_scale_factors_of_the_resolution(systematic, sizes):
    np.testing.assert_allclose(factor("jer_scale_factor", systematic, JetEta=[1.6, -1.8, 2.4]), sizes)
