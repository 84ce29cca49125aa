import numpy as np
import pytest
from dijethunt.datasets.fold import event_hash, event_uniform, sample_id

N = 100_000


@pytest.fixture
def identity():
    return tuple(np.asarray(c) for c in (np.full(N, 7), np.ones(N, int), np.arange(N) // 500, np.arange(N)))


def test_folds_are_equally_large(make_table):
    sizes = np.bincount(make_table(N, 1).fold(5, "outer"), minlength=5)
    chi2 = ((sizes - N / 5) ** 2 / (N / 5)).sum()
    assert chi2 < 18.5  # p = 0.001 for 4 degrees of freedom


def test_folds_do_not_depend_on_the_order_of_events(make_table):
    table = make_table(1000, 1)
    order = np.random.default_rng(3).permutation(1000)
    np.testing.assert_array_equal(table.where(order).fold(5, "outer"), table.fold(5, "outer")[order])


def test_uses_with_different_salts_are_independent(make_table):
    table = make_table(N, 1)
    joint = np.histogram2d(table.fold(5, "outer"), table.fold(4, "inner"), bins=(5, 4))[0]
    chi2 = ((joint - N / 20) ** 2 / (N / 20)).sum()
    assert chi2 < 43.8  # p = 0.001 for 19 degrees of freedom


@pytest.mark.parametrize("changed", range(4))
def test_every_part_of_the_identity_counts(identity, changed):
    other = tuple(c + 1 if i == changed else c for i, c in enumerate(identity))
    assert (event_hash(identity, "s") != event_hash(other, "s")).all()


def test_uniform_is_uniform(identity):
    u = np.sort(event_uniform(identity, "injection"))
    distance = np.abs(u - (np.arange(N) + 0.5) / N).max()
    assert distance < 1.95 / np.sqrt(N)  # Kolmogorov-Smirnov, p = 0.001
    assert u.min() >= 0
    assert u.max() < 1


def test_hashes_are_frozen():
    """A stored model knows its folds: the hash must stay splitmix64, chained over the identity."""
    mask = 2**64 - 1

    def mix(x):
        x = (x + 0x9E3779B97F4A7C15) & mask
        x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & mask
        x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & mask
        return x ^ (x >> 31)

    state = 11385167981331214061
    assert sample_id("qcd") == state
    for part in (1, 2, 3, 4):
        state = mix(state ^ part)
    assert event_hash(tuple(np.array([i]) for i in (1, 2, 3, 4)), "qcd").tolist() == [state]
