from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt import campaign, toyfolder

SIGNAL = bh.Gaussian(0.05)
MASSES = (2000.0, 2600.0, 3200.0)


@pytest.fixture
def inputs(truth):
    model = truth(3000)
    rule = bh.FTest(tuple(bh.families.dijet(n) for n in (2, 3)))
    return [(MASSES, model.spectrum(1, strength=20, mass=2600.0))], rule, SIGNAL


def make(folder, inputs, n_toys, **options):
    return bh.toy_campaign(folder, *inputs, n_toys=n_toys, **{"seed": 3, **options})


def test_they_are_the_toys_of_global_p(inputs, tmp_path):
    scan = bh.scan(*inputs)
    largest = make(tmp_path / "toys", inputs, 700)
    expected = bh.global_p(scan, *inputs, n_toys=700, seed=3)
    assert largest.shape == (700,)
    assert bh.p_of_toys(scan.largest.r, largest, 3) == expected
    assert 0 < expected.p < 1


def test_what_is_there_is_kept_and_what_is_broken_made_again(inputs, tmp_path, monkeypatch):
    first = make(tmp_path, inputs, 1000)
    more, told = [], []
    made = campaign.Campaign.make

    def watched(self, path, number):
        more.append(number)
        made(self, path, number)

    monkeypatch.setattr(campaign.Campaign, "make", watched)
    longer = make(tmp_path, inputs, 2500, progress=lambda done, total: told.append((done, total)))
    assert more == [1, 2]
    assert told == [(1000, 3000), (2000, 3000), (3000, 3000)]
    assert np.array_equal(longer[:1000], first)
    whole = (tmp_path / "toys_000001.npz").read_bytes()
    (tmp_path / "toys_000001.npz").write_bytes(whole[: len(whole) // 2])
    assert np.array_equal(make(tmp_path, inputs, 2500), longer)
    assert more == [1, 2, 1]
    assert (tmp_path / "toys_000001.npz").read_bytes() == whole
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_an_interruption_loses_one_file_at_most(inputs, tmp_path, monkeypatch):
    made = campaign.Campaign.make

    def stopped(self, path, number):
        if number == 1:
            raise KeyboardInterrupt
        made(self, path, number)

    monkeypatch.setattr(campaign.Campaign, "make", stopped)
    with pytest.raises(KeyboardInterrupt):
        make(tmp_path, inputs, 2000)
    monkeypatch.undo()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["toys.json", "toys_000000.npz"]
    again = make(tmp_path, inputs, 2000)
    assert np.array_equal(again, make(tmp_path.with_name("other"), inputs, 2000))


@pytest.mark.slow
def test_two_processes_make_the_same_files(inputs, tmp_path, monkeypatch):
    monkeypatch.setattr(toyfolder, "FILES", 1)
    one = make(tmp_path / "one", inputs, 2000)
    two = make(tmp_path / "two", inputs, 2000, jobs=2)
    assert np.array_equal(one, two)
    names = [path.name for path in (tmp_path / "one").iterdir()]
    assert len(names) == 3
    assert all((tmp_path / "one" / n).read_bytes() == (tmp_path / "two" / n).read_bytes() for n in names)


def test_toys_of_other_inputs_are_refused(inputs, tmp_path):
    make(tmp_path, inputs, 1)
    groups, rule, signal = inputs
    spectrum = groups[0][1]
    moved = bh.Spectrum(spectrum.edges, np.roll(spectrum.counts, 1))
    others = [
        (([(MASSES, moved)], rule, signal), {}),
        (([(MASSES[:2], spectrum)], rule, signal), {}),
        ((groups, replace(rule, alpha=0.1), signal), {}),
        ((groups, bh.families.dijet(3), signal), {}),
        ((groups, rule, bh.Gaussian(0.06)), {}),
        (inputs, {"seed": 4}),
        (inputs, {"fit_range": bh.RangeLoop()}),
    ]
    for changed, options in others:
        with pytest.raises(bh.CampaignError, match="holds toys of another spectrum, signal, rule or seed"):
            make(tmp_path, changed, 1, **options)
    assert json.loads((tmp_path / "toys.json").read_text())["seed"] == 3


def powers(x, k):
    return np.stack([-np.log(x), -(x**k), -(np.log(x) ** 2)], axis=-1)


def bent(k):
    return bh.differentiated(lambda x, p: -p[0] * x**k - p[1] * np.log(x))


def test_toys_of_functions_of_the_same_name_are_told_apart(inputs, tmp_path):
    groups, _, signal = inputs
    functions = [
        [bh.Family("m", "f", partial(powers, k=k), 3) for k in (1, 1, 3)],
        [bh.Family("m", "f", lambda x, k=k: powers(x, k), 3) for k in (1, 1, 3)],
        [bh.FTest((bh.families.dijet(2), bh.Family("m", "f", partial(powers, k=k), 3))) for k in (1, 1, 3)],
        [bh.Curve("m", "f", bent(k), 2, starts=((8.0, 6.0),)) for k in (1, 1, 3)],
    ]
    for number, (first, same, other) in enumerate(functions):
        folder = tmp_path / str(number)
        toys = make(folder, (groups, first, signal), 1)
        assert np.array_equal(make(folder, (groups, same, signal), 1), toys)
        with pytest.raises(bh.CampaignError, match="holds toys of another"):
            make(folder, (groups, other, signal), 1)


def test_what_other_processes_cannot_have_is_named(inputs, tmp_path):
    groups, _, signal = inputs
    local = bh.Family("local", "p0 x^-p1", lambda x: -np.log(x)[..., None], n_shape=1)
    with pytest.raises(bh.CampaignError, match="define its functions in a module, or use one process"):
        make(tmp_path, (groups, local, signal), 2000, jobs=2)
    with pytest.raises(ValueError, match="at least one toy and one process"):
        make(tmp_path, inputs, 0)
