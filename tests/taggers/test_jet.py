"""The combination of the two jets' scores."""

from __future__ import annotations

import numpy as np
import pytest
from dijethunt.taggers.cwola import CWoLa
from dijethunt.taggers.error import ParameterError
from dijethunt.taggers.jet import COMBINATIONS

JETS = np.array([[0.2, 0.9], [0.5, 0.5], [0.8, 0.1]])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("max", [0.9, 0.5, 0.8]),
        ("min", [0.2, 0.5, 0.1]),
        ("product", [0.18, 0.25, 0.08]),
        ("sum", [1.1, 1.0, 0.9]),
    ],
)
def test_combinations(name, expected):
    assert COMBINATIONS[name](JETS) == pytest.approx(expected)


def test_an_unknown_combination_is_named():
    with pytest.raises(ParameterError, match=r"no combination 'maximum'; .* known: max, min, product, sum"):
        CWoLa(combine="maximum")


def test_a_maximum_asks_for_one_anomalous_jet_and_a_product_for_two():
    one, two = np.array([[0.99, 0.4]]), np.array([[0.9, 0.9]])
    for name, better in (("max", one), ("product", two), ("min", two), ("sum", two)):
        worse = two if better is one else one
        assert COMBINATIONS[name](better) > COMBINATIONS[name](worse)
