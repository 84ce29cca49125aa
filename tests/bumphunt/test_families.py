from __future__ import annotations

import pickle

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.family import linear, published


@pytest.mark.parametrize("n_shape", [2, 3, 4])
def test_dijet_is_the_published_function(n_shape):
    family = bh.families.dijet(n_shape)
    p = [0.7, 8.2, 5.2, 0.3, 0.02][: n_shape + 1]
    mass = np.array([1500.0, 3000.0, 8000.0])
    x = mass / 13_000
    exponent = sum(p[2 + k] * np.log(x) ** k for k in range(n_shape - 1))
    assert family.density(mass, p) == pytest.approx(p[0] * (1 - x) ** p[1] / x**exponent, rel=1e-12)
    assert family.design(x) @ linear(p) == pytest.approx(np.log(family.density(mass, p)))
    assert family.names == ("p0", "p1", "p2", "p3", "p4")[: n_shape + 1]
    assert family.log_linear


def test_published_and_linear_parameters_invert_each_other():
    assert published(linear([0.3, 8.0, 5.0])) == pytest.approx([0.3, 8.0, 5.0])


def test_a_family_travels_to_another_process():
    family = bh.families.dijet(3, sqrt_s=13_600.0)
    again = pickle.loads(pickle.dumps(family))
    assert again.density(3000.0, [1, 8, 5, 0]) == family.density(3000.0, [1, 8, 5, 0])


def test_sqrt_s_moves_the_end_of_the_spectrum():
    with pytest.raises(bh.FamilyError, match=r"0 < m < sqrt\(s\) = 13000 GeV and was asked for 13300 GeV"):
        bh.families.dijet(3).density([3000.0, 13_300.0], [1, 8, 5, 0])
    assert bh.families.dijet(3, sqrt_s=13_600.0).density(13_300.0, [1, 8, 5, 0]) > 0


def test_unknown_families_and_sizes_are_named():
    with pytest.raises(bh.FamilyError, match=r"no family 'dijt'.*did you mean 'dijet'"):
        bh.families.family("dijt", 3)
    with pytest.raises(bh.FamilyError, match=r"2, 3 or 4 shape parameters .* not 7"):
        bh.families.family("dijet", 7)


def test_one_function_adds_a_family(monkeypatch):
    monkeypatch.setattr(bh.families, "_makers", dict(bh.families._makers))

    @bh.families.register("power")
    def power(n_shape=1, sqrt_s=13_000.0):
        return bh.Family("power", "p0 x^-p1", lambda x: -np.log(x)[..., None], n_shape, sqrt_s)

    assert bh.families.names() == ("dijet", "power")
    edges = np.linspace(2000, 4000, 21)
    truth = bh.integral(lambda m: 40 * (m / 3000) ** -6.0, edges)
    result = bh.fit(bh.Spectrum(edges, np.round(truth)), bh.families.family("power", 1))
    assert result.valid
    assert result.values[1] == pytest.approx(6.0, abs=result.errors[1])
    with pytest.raises(bh.FamilyError, match="'power' is registered already"):
        bh.families.register("power")(power)
