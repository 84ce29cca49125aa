import numpy as np
import pytest
from dijethunt.selections.hem import FIRST_RUN, affected, inside


def identity(n, run=1):
    zeros = np.zeros(n, np.uint64)
    return zeros, np.full(n, run, np.uint32), zeros, np.arange(n, dtype=np.uint64)


def test_data_are_judged_by_their_run():
    runs = np.array([315252, FIRST_RUN - 1, FIRST_RUN, 325175])
    columns = (runs * 0, runs, runs * 0, runs)
    assert affected(columns, simulated=False).tolist() == [False, False, True, True]


def test_a_fraction_of_the_simulation_is_affected_whatever_the_chunks():
    n, fraction = 40_000, 0.65
    whole = affected(identity(n), simulated=True, fraction=fraction)
    parts = [
        affected(tuple(column[part] for column in identity(n)), simulated=True, fraction=fraction)
        for part in (slice(0, 777), slice(777, None))
    ]
    np.testing.assert_array_equal(whole, np.concatenate(parts))
    error = np.sqrt(fraction * (1 - fraction) / n)
    assert abs(whole.mean() - fraction) < 4 * error


@pytest.mark.parametrize(("fraction", "expected"), [(0.0, 0), (1.0, 100)])
def test_none_or_all_of_the_simulation(fraction, expected):
    assert affected(identity(100), simulated=True, fraction=fraction).sum() == expected


def test_region():
    eta = np.array([-3.25, -3.15, -1.35, -1.25, 2.0, -2.0, -2.0, -2.0, -2.0])
    phi = np.array([-1.0, -1.0, -1.0, -1.0, -1.0, -1.58, -1.56, -0.88, -0.86])
    assert inside(eta, phi).tolist() == [False, True, True, False, False, False, True, True, False]
