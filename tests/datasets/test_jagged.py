import awkward as ak
import numpy as np
from dijethunt.datasets.jagged import counts, flat, owners, ranked, starts

VALUES = ak.Array([[3.0, 1.0], [], [7.0, 8.0, 7.0]])


def test_owners_and_starts_belong_to_the_flat_layout():
    number = counts(VALUES)
    assert number.tolist() == [2, 0, 3]
    for position, (event, value) in enumerate(zip(owners(number), flat(VALUES), strict=True)):
        assert VALUES[event][position - starts(number)[event]] == value


def test_ranks_fall_with_the_value_and_ties_keep_their_order():
    order, rank = ranked(owners(counts(VALUES)), flat(VALUES))
    assert order.tolist() == [0, 1, 3, 2, 4]
    assert rank.tolist() == [0, 1, 0, 1, 2]


def test_nothing_is_ranked_to_nothing():
    order, rank = ranked(np.zeros(0, int), np.zeros(0))
    assert len(order) == len(rank) == 0


def test_not_a_number_comes_last():
    order, _ = ranked(np.zeros(3, int), np.array([1.0, np.nan, 2.0]))
    assert order.tolist() == [2, 0, 1]


def test_any_numbers_are_sorted_as_by_group_and_value():
    rng = np.random.default_rng(1)
    group, value = rng.integers(0, 50, 3000), np.round(rng.normal(0, 5, 3000)).astype(np.float32)
    value[:100] *= -0.0
    order, rank = ranked(group, value)
    np.testing.assert_array_equal(order, np.lexsort((-value, group)))
    starts_of = np.searchsorted(group[order], np.arange(50))
    np.testing.assert_array_equal(rank, np.arange(3000) - starts_of[group[order]])
