from itertools import pairwise

import numpy as np
import pytest
from dijethunt.datasets.error import ColumnError
from dijethunt.datasets.identity import DuplicateError
from dijethunt.datasets.injection import InjectionError, expected_number, inject, inject_cross_section


@pytest.fixture
def data(make_table):
    return make_table(1000, 1, truth=np.zeros(1000, np.int8))


@pytest.fixture
def signal(make_table):
    return make_table(400, 2, sample=9, truth=np.ones(400, np.int8))


def injected(result):
    return set(result.table.where(result.table["truth"] == 1)["event"].tolist())


def test_data_stay_and_signal_is_split(data, signal):
    result = inject(data, signal, 50, seed=1)
    assert len(result.table) == 1050
    assert result.number == 50
    assert result.table.where(np.arange(1000)).digest() == data.digest()
    assert injected(result) | set(result.remaining["event"].tolist()) == set(signal["event"].tolist())
    assert not injected(result) & set(result.remaining["event"].tolist())


def test_more_signal_keeps_what_was_injected_before(data, signal):
    sets = [injected(inject(data, signal, n, seed=1)) for n in (0, 10, 50, 51, 400)]
    for smaller, larger in pairwise(sets):
        assert smaller < larger


def test_choice_depends_on_seed_and_identity_alone(data, signal):
    chosen = injected(inject(data, signal, 50, seed=1))
    order = np.random.default_rng(0).permutation(len(signal))
    assert injected(inject(data, signal.where(order), 50, seed=1)) == chosen
    assert injected(inject(data, signal.with_columns(mjj=-signal["mjj"]), 50, seed=1)) == chosen
    overlap = len(chosen & injected(inject(data, signal, 50, seed=2)))
    assert overlap < 20  # 6.25 expected; hypergeometric p < 1e-6


def test_every_event_is_as_likely_as_its_weight(data, signal):
    weight = np.where(signal["event"] % 4 == 0, 3.0, 1.0)
    weighted = signal.with_columns(weight=weight)
    heavy = sum(
        sum(e % 4 == 0 for e in injected(inject(data, weighted, 1, seed=seed))) for seed in range(400)
    )
    assert heavy == pytest.approx(200, abs=40)  # 400 draws with probability 3/(3+3), 4 sigma


def test_injected_events_count_once(data, signal):
    result = inject(data, signal.with_columns(weight=np.full(400, 0.3)), 50, seed=1)
    assert (result.table["weight"][1000:] == 1).all()
    assert (result.remaining["weight"] == 0.3).all()


def test_real_data_get_a_truth_column(make_table, signal):
    result = inject(make_table(100, 1), signal, 5, seed=1)
    assert result.table["truth"].tolist() == [0] * 100 + [1] * 5


def test_more_than_there_is(data, signal):
    with pytest.raises(InjectionError, match="401 signal events asked for, between 0 and 400 are there"):
        inject(data, signal, 401, seed=1)
    with pytest.raises(InjectionError, match="-1 signal events asked for"):
        inject(data, signal, -1, seed=1)


def test_negative_weights(data, signal):
    weight = np.ones(400)
    weight[:3] = -1
    with pytest.raises(InjectionError, match="3 signal events have weights that are not positive"):
        inject(data, signal.with_columns(weight=weight), 5, seed=1)


def test_signal_that_is_in_the_data_already_is_neither_injected_nor_left(data, signal):
    first = inject(data, signal, 50, seed=1)
    hidden = injected(first)
    again = inject(first.table, signal, 10, seed=1)
    left = set(again.remaining["event"].tolist())
    assert (again.number, len(again.table), len(left)) == (10, 1060, 340)
    assert len(injected(again)) == 60
    assert not left & injected(again)
    assert hidden < injected(again)
    assert injected(again) - hidden == injected(inject(data, first.remaining, 10, seed=1))


def test_too_few_events_that_are_not_in_the_data(data, signal):
    full = inject(data, signal, 390, seed=1).table
    message = "11 signal events asked for, between 0 and 10 are there, 390 others are in the data already"
    with pytest.raises(InjectionError, match=message):
        inject(full, signal, 11, seed=1)
    everything = inject(data, signal, 400, seed=1).table
    with pytest.raises(InjectionError, match="between 0 and 0 are there, 400 others are in the data already"):
        inject(everything, signal, 0, seed=1)


def test_events_that_occur_twice(data, signal):
    twice = signal.where(np.repeat(np.arange(400), 2))
    with pytest.raises(DuplicateError, match="data with injected signal: 400 events occur more than once"):
        inject(data, twice, 800, seed=1)
    with pytest.raises(DuplicateError, match="data with injected signal: 1000 events occur more than once"):
        inject(data.where(np.repeat(np.arange(1000), 2)), signal, 5, seed=1)


def test_tables_with_other_columns(data, signal):
    with pytest.raises(ColumnError, match=r"differ in columns \['rho'\]"):
        inject(data, signal.with_columns(rho=np.ones(400)), 5, seed=1)


def test_cross_section_uses_the_acceptance(data, signal):
    """0.5 fb x 100 fb-1 x (400 x 0.5 / 1000) = 10."""
    half = signal.with_columns(weight=np.full(400, 0.5))
    assert expected_number(half, 5e-4, 100.0, 1000.0) == pytest.approx(10)
    result = inject_cross_section(
        data, half, cross_section=5e-4, luminosity=100.0, generated_sumw=1000.0, seed=1
    )
    assert result.number == 10
    assert injected(result) == injected(inject(data, half, 10, seed=1))


def test_cross_section_without_generated_events(signal):
    with pytest.raises(InjectionError, match=r"generated sum of weights is 0\.0"):
        expected_number(signal, 1.0, 1.0, 0.0)
