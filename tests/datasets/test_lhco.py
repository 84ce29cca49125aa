"""The layouts are those of doi:10.5281/zenodo.6466204, whose columns are in the order of ``COLUMNS``."""

import numpy as np
import pytest
from dijethunt.datasets import lhco
from dijethunt.datasets.error import FileError
from dijethunt.datasets.ntuple import inspect, read

TWO_JETS = {
    "pxj1": [1200.0, 400.0], "pyj1": [0.0, 0.0], "pzj1": [900.0, 0.0], "mj1": [0.0, 300.0],
    "tau1j1": [10.0, 20.0], "tau2j1": [5.0, 5.0], "tau3j1": [4.0, 1.0],
    "pxj2": [-1200.0, 0.0], "pyj2": [0.0, 300.0], "pzj2": [900.0, 400.0], "mj2": [-0.1, 0.0],
    "tau1j2": [0.0, 8.0], "tau2j2": [0.0, 6.0], "tau3j2": [0.0, 3.0],
    "label": [0.0, 1.0],
}  # fmt: skip
TWO_JETS = {name: np.array(values) for name, values in TWO_JETS.items()}


def test_momenta_become_the_fields_of_jets(make_frame):
    file = inspect(make_frame("x.h5", TWO_JETS))
    record = read(file, 2, 0, 2)
    assert (file.layout, file.entries, file.labelled, file.constituents) == (lhco.FEATURES, 2, True, False)
    np.testing.assert_allclose(record.jets["pt"], [[1200, 1200], [400, 300]])
    np.testing.assert_allclose(record.jets["eta"], np.arcsinh([[0.75, 0.75], [0, 4 / 3]]))
    np.testing.assert_allclose(record.jets["phi"], [[0, np.pi], [0, np.pi / 2]])
    np.testing.assert_allclose(record.jets["tau2"], [[5, 0], [5, 6]])
    assert record.label.tolist() == [0, 1]
    assert [record.identity[name].tolist() for name in ("run", "lumi", "event")] == [[1, 1], [3, 3], [0, 1]]


def test_there_is_no_soft_drop_and_no_negative_mass(make_frame):
    jets = read(inspect(make_frame("x.h5", TWO_JETS)), 0, 0, 2).jets
    assert jets["mass"].tolist() == [[0, 0], [300, 0]]
    assert jets["msoftdrop"].tolist() == jets["mass"].tolist()


def test_label_of_another_type_and_label_that_is_missing(make_frame):
    counted = make_frame("int.h5", TWO_JETS | {"label": np.array([0, 1])})
    assert read(inspect(counted), 0, 1, 2).label.tolist() == [1]
    black_box = inspect(make_frame("box.h5", {n: v for n, v in TWO_JETS.items() if n != "label"}))
    assert not black_box.labelled
    assert read(black_box, 0, 0, 2).label is None


def test_columns_called_by_numbers_are_in_the_published_order(make_frame):
    names = (*lhco.COLUMNS, "label")
    numbers = inspect(make_frame("x.h5", {i: TWO_JETS[name] for i, name in enumerate(names)}))
    expected = read(inspect(make_frame("y.h5", TWO_JETS)), 0, 0, 2)
    record = read(numbers, 0, 0, 2)
    assert {k: v.tolist() for k, v in record.jets.items()} == {
        k: v.tolist() for k, v in expected.jets.items()
    }
    assert record.label.tolist() == [0, 1]


def test_jet_without_momentum_is_none(make_frame):
    empty = {name: np.array([1200.0 if name == "pxj1" else 0.0]) for name in lhco.COLUMNS}
    record = read(inspect(make_frame("x.h5", empty)), 0, 0, 1)
    assert record.found.tolist() == [False]
    assert record.jets["eta"].tolist() == [[0, 0]]


def test_missing_column_and_missing_value_are_named(make_frame):
    with pytest.raises(FileError, match=r"x\.h5: no column 'tau3j2'; did you mean"):
        inspect(make_frame("x.h5", {n: v for n, v in TWO_JETS.items() if n != "tau3j2"}))
    file = inspect(make_frame("y.h5", TWO_JETS | {"mj2": np.array([1.0, np.nan])}))
    with pytest.raises(FileError, match=r"y\.h5: df, column mj2 is not finite in 1 .*, first in row 1"):
        read(file, 0, 0, 2)


def particles(n_slots=700, label=True):
    """Two events: jets of 3 and 2 particles far apart, and a single jet; with soft particles between."""
    events = np.zeros((2, n_slots, 3), np.float32)
    events[0, :6] = [
        [700, 0.1, 0.2],
        [500, -0.3, 0.1],
        [100, 0.0, 0.0],
        [800, 0.5, -3.0],
        [400, 0.2, -2.8],
        [5, 2, 1.5],
    ]
    events[1, :2] = [[700, 0.1, 0.2], [500, -0.3, 0.1]]
    values = np.concatenate([events.reshape(2, -1), [[1.0], [0.0]]], axis=1)
    return {i: values[:, i] for i in range(values.shape[1] - (not label))}


def momentum(rows):
    pt, eta, phi = np.array(rows).T
    return np.stack([pt * np.cosh(eta), pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)]).sum(axis=1)


def test_particles_are_clustered_to_two_jets(make_frame):
    file = inspect(make_frame("x.h5", particles()))
    record = read(file, 0, 0, 2)
    assert (file.layout, file.labelled, file.constituents) == (lhco.PARTICLES, True, True)
    assert record.found.tolist() == [True, False]
    assert record.label.tolist() == [1, 0]
    one = momentum([[700, 0.1, 0.2], [500, -0.3, 0.1], [100, 0.0, 0.0]])
    two = momentum([[800, 0.5, -3.0], [400, 0.2, -2.8]])
    for jet, (e, px, py, pz) in enumerate((one, two)):
        np.testing.assert_allclose(record.jets["pt"][0, jet], np.hypot(px, py), rtol=1e-5)
        np.testing.assert_allclose(
            record.jets["mass"][0, jet], np.sqrt(e**2 - px**2 - py**2 - pz**2), rtol=1e-4
        )
    assert record.jets["nPFCandsAll"].tolist() == [[3, 2], [0, 0]]
    np.testing.assert_allclose(record.constituents[0].sum(axis=1), [one[1:], two[1:]], rtol=1e-5)


def test_subjettiness_counts_prongs(make_frame):
    jets = read(inspect(make_frame("x.h5", particles())), 0, 0, 1).jets
    assert jets["tau3"][0, 0] == pytest.approx(0, abs=1e-6)  # three particles
    assert jets["tau2"][0, 1] == pytest.approx(0, abs=1e-6)  # two
    assert jets["tau2"][0, 0] > 0.01


def test_black_box_of_particles_has_no_label(make_frame):
    file = inspect(make_frame("x.h5", particles(label=False)))
    assert (file.layout, file.labelled) == (lhco.PARTICLES, False)
    assert read(file, 0, 0, 2).label is None


def test_particles_in_other_coordinates_are_refused(make_frame):
    columns = particles()
    columns[3] = np.array([10.0, -10.0])
    with pytest.raises(
        FileError, match=r"negative transverse momentum in row 1; columns must be pT, eta, phi"
    ):
        read(inspect(make_frame("x.h5", columns)), 0, 0, 2)
