"""QUAK: densities, plane and working point."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest
from dijethunt.datasets.table import FeatureTable, concatenate
from dijethunt.taggers import quak_bin
from dijethunt.taggers.base import Run, Sample
from dijethunt.taggers.distance import distance_correlation
from dijethunt.taggers.error import NotFittedError, ParameterError, SelectionError, TrainingError
from dijethunt.taggers.metric import max_sic
from dijethunt.taggers.quak import Quak, QuakModelSpecific
from dijethunt.taggers.quak_bin import LIKE, UNLIKE, EmptiestBins, places
from dijethunt.taggers.quak_plane import QuakAxis, QuakPlane
from dijethunt.taggers.roc import roc
from dijethunt.taggers.workingpoint import working_point

LOG = logging.getLogger(__name__)
FEATURES = ("a", "b")
QUICK = Quak(features=FEATURES, flow_epochs=8, flow_blocks=3, flow_hidden=32)
COLUMNS = ("j1_a", "j1_b", "j2_a", "j2_b")


def events(n: int, centre: float, width: float, seed: int, mass: float | None = None) -> FeatureTable:
    """Draw N(centre, width)^4 with a falling m_jj, or one around ``mass``; without, j1_a rises a little with m_jj."""
    rng = np.random.default_rng(seed)
    mjj = 2100 + rng.exponential(500, n) if mass is None else rng.normal(mass, 0.04 * mass, n)
    x = rng.normal(centre, width, (n, 4))
    x[:, 0] += 0 if mass else 0.3 * np.log(mjj / 2500)
    return FeatureTable({**dict(zip(COLUMNS, x.T, strict=True)), "mjj": mjj})


def mixture(n: int, seed: int) -> FeatureTable:
    """Draw two priors, around 1.5 and -1.5 in all features."""
    parts = [events(n, sign * 1.5, 0.5, seed + i, 3000.0) for i, sign in enumerate((1, -1))]
    return concatenate([part.with_columns(prior=np.full(n, i, np.int8)) for i, part in enumerate(parts)])


def sample(n: int) -> Sample:
    return Sample(
        data=FeatureTable({}),
        background=events(n, 0, 1, 1),
        background_validation=events(n // 4, 0, 1, 2),
        priors=mixture(n // 8, 3),
        priors_validation=mixture(n // 32, 5),
    )


@pytest.fixture(scope="module")
def trained() -> Quak:
    return QUICK.fit(sample(16_000), Run(seed=1))


def log_normal(x: np.ndarray, centre: float, width: float) -> np.ndarray:
    return np.sum(-0.5 * ((x - centre) / width) ** 2 - np.log(width) - 0.5 * np.log(2 * np.pi), axis=1)


def stretched(tagger: Quak, table: FeatureTable) -> np.ndarray:
    """Return the logarithm of the volume in prepared features of a volume in features, at each event (n,)."""
    x, h = table.events(*COLUMNS), 1e-5
    steps = tagger.preparation.forward(x + h) - tagger.preparation.forward(x - h)
    return np.log(steps / (2 * h)).sum(axis=1)


def nats_lost(n: int, epochs: int, seed: int) -> tuple[float, float]:
    """Return how many nats the losses are off in the mean, for background that is as it is drawn, and for the mixture of the signals."""
    tagger = replace(QUICK, flat=False, flow_epochs=epochs).fit(sample(n), Run(seed=seed))
    background, signals = events(4000, 0, 1, 11), mixture(2000, 12)
    x, y = (table.events(*COLUMNS) for table in (background, signals))
    x[:, 0] -= 0.3 * np.log(background["mjj"] / 2500)
    true = (
        log_normal(x, 0, 1),
        np.logaddexp(*(log_normal(y, sign * 1.5, 0.5) - np.log(2) for sign in (1, -1))),
    )
    tables = background, signals
    found = [stretched(tagger, t) - tagger.losses(t)[i] for i, t in enumerate(tables)]
    inside = [tagger.preparation.inside(table.events(*COLUMNS)) for table in tables]
    lost = [float(np.mean((t - f)[rows])) for t, f, rows in zip(true, found, inside, strict=True)]
    LOG.info("nats lost, background %.3f, signals %.3f", *lost)
    return lost[0], lost[1]


def test_the_losses_are_those_of_the_true_densities():
    assert np.abs(nats_lost(16_000, 8, 2)).max() < 0.15


@pytest.mark.slow
def test_the_losses_are_those_of_the_true_densities_to_a_twentieth_of_a_nat():
    lost = [nats_lost(80_000, 20, seed) for seed in range(5)]
    assert np.abs(np.median(lost, axis=0)).max() < 0.05


def test_the_plane_does_not_depend_on_the_mass(trained):
    background = events(20_000, 0, 1, 13)
    for name, values in trained.diagnostics(background).items():
        pearson = np.corrcoef(values, background["mjj"])[0, 1]
        distance = distance_correlation(values[:4000], background["mjj"][:4000])
        LOG.info("%s: Pearson %.4f, distance correlation %.4f", name, pearson, distance)
        assert abs(pearson) < 0.05
        assert distance < 0.05


@pytest.mark.slow
def test_the_plane_does_not_depend_on_the_mass_within_the_published_limits():
    """3.5 (ii) with 40,000 events to train with and 40,000 to measure: three seeds, medians."""
    found = []
    for seed in range(3):
        tagger = QUICK.fit(sample(40_000), Run(seed=seed))
        background = events(40_000, 0, 1, 30 + seed)
        for values in tagger.diagnostics(background).values():
            pearson = np.corrcoef(values, background["mjj"])[0, 1]
            found.append((abs(pearson), distance_correlation(values[:8000], background["mjj"][:8000])))
    pearson, distance = np.median(np.reshape(found, (3, 2, 2)), axis=(0, 1))
    LOG.info("Pearson %.4f, distance correlation %.4f", pearson, distance)
    assert pearson < 0.01
    assert distance < 0.03


def test_a_signal_like_the_priors_is_found_where_it_should_be(trained):
    background, signal = events(20_000, 0, 1, 14), events(2000, 1.5, 0.5, 15, 3000.0)
    far = events(2000, 4.5, 0.5, 16, 3000.0)
    where = {name: np.median(trained.diagnostics(signal)[name]) for name in (UNLIKE, LIKE)}
    assert where[UNLIKE] > 1
    assert where[LIKE] > 2
    assert np.median(trained.diagnostics(far)[UNLIKE]) > where[UNLIKE]
    assert np.median(trained.score(far)) < np.median(trained.score(signal))
    scores = np.concatenate([trained.score(background), trained.score(signal)])
    assert max_sic(roc(scores, np.repeat([0, 1], [20_000, 2000]))).value > 3


def test_the_emptiest_bins_hold_a_signal_like_the_priors(trained):
    """3.5 (iii) with the selection of a search; events unlike both, which have a low score, lie in empty bins too."""
    rng = np.random.default_rng(5)

    def placed(table: FeatureTable) -> FeatureTable:
        fold, region = rng.integers(0, 5, len(table)), np.full(len(table), -1, np.int8)
        return FeatureTable({**trained.diagnostics(table), "fold": fold, "region": region})

    rule = EmptiestBins(efficiency=0.01).fit(placed(events(20_000, 0, 1, 17)))
    others = {
        "background": events(20_000, 0, 1, 18),
        "signal": events(2000, 1.5, 0.5, 15, 3000.0),
        "unlike both": events(2000, 3, 0.5, 16, 3000.0),
    }
    share = {name: np.mean(rule.select(placed(table)) == 0) for name, table in others.items()}
    LOG.info("selected: %s", share)
    assert share["background"] == pytest.approx(0.01, rel=0.3)
    assert share["signal"] > 3 * np.sqrt(share["background"])
    assert share["unlike both"] > share["signal"]


def test_each_prior_may_have_a_density_of_its_own(trained):
    norm = replace(QUICK, axes="norm", flow_epochs=2).fit(sample(4000), Run(seed=1))
    assert (len(norm.flows), len(trained.flows)) == (3, 2)
    table = events(500, 0, 1, 14)
    background, *signals = norm.losses(table)
    scaled = [(loss - m) / s for loss, (m, s) in zip(signals, norm.moments, strict=True)]
    fifth = sum(np.sign(one) * np.abs(one) ** 5 for one in scaled)
    expected = norm.plane(table["mjj"], background, np.sign(fifth) * np.abs(fifth) ** 0.2)
    assert np.allclose(norm.coordinates(table), expected)


def test_the_model_specific_one_knows_its_signal_alone():
    tagger = QuakModelSpecific(features=FEATURES, flow_epochs=4, flow_blocks=2, flow_hidden=16)
    given = sample(4000)
    signal = events(500, 1.5, 0.5, 4, 3000.0)
    found = tagger.fit(replace(given, signal=signal, signal_validation=signal), Run(seed=1))
    others = replace(given, signal=signal, signal_validation=signal, priors=None, priors_validation=None)
    again = tagger.fit(others, Run(seed=1))
    table = events(500, 0, 1, 9)
    assert np.array_equal(found.score(table), again.score(table))
    with pytest.raises(TrainingError, match="no signals to train on"):
        tagger.fit(given, Run(seed=1))


def test_axes_are_standard_normal_for_background():
    rng = np.random.default_rng(3)
    mass = 2100 + rng.exponential(500, 20_000)
    loss = rng.gamma(3, 2, 20_000) + 0.002 * mass
    axis = QuakAxis.fit(mass, loss)
    found = axis(mass, loss)
    assert np.mean(found) == pytest.approx(0, abs=0.01)
    assert np.std(found) == pytest.approx(1, abs=0.01)
    assert abs(np.mean(found**3)) < 0.15
    assert abs(np.corrcoef(mass, found)[0, 1]) < 0.03
    assert np.all(np.diff(axis(np.full(90, 2500.0), np.linspace(-30, 60, 90))) > 0)
    again = QuakAxis.restore(axis.state())
    assert np.array_equal(again(mass, loss), found)


def test_what_is_as_unlike_the_signals_as_background_is_not_like_them():
    rng = np.random.default_rng(4)
    mass = 2100 + rng.exponential(500, 20_000)
    background = rng.gamma(3, 2, 20_000)
    signal = background + rng.normal(0, 1, 20_000)
    plane = QuakPlane.fit(mass, background, signal)
    x, y = plane(mass, background, signal)
    assert abs(np.corrcoef(x, y)[0, 1]) < 0.01
    unlike, like = plane(np.full(2, 2500.0), np.array([30.0, 30.0]), np.array([30.0, 10.0]))
    assert unlike[0] == unlike[1] > 2
    assert like[1] > like[0] + 2


def plane_events(n: int, seed: int, unlike: float = 0.0, like: float = 0.0, region: int = -1) -> FeatureTable:
    rng = np.random.default_rng(seed)
    return FeatureTable(
        {
            UNLIKE: rng.normal(unlike, 1, n),
            LIKE: rng.normal(like, 1, n),
            "region": np.full(n, region, np.int8),
            "fold": rng.integers(0, 5, n),
        }
    )


def test_the_emptiest_bins_are_chosen_by_sidebands_alone():
    low, high = plane_events(20_000, 1), plane_events(10_000, 2, region=1)
    signal = plane_events(1000, 3, 4.0, 4.0, region=0)
    background = concatenate([low, high])
    rules = [EmptiestBins(efficiency=0.01).fit(t) for t in (background, concatenate([background, signal]))]
    assert np.array_equal(rules[0].chosen, rules[1].chosen)
    for table in (low, high):
        assert np.mean(rules[0].select(table) == 0) == pytest.approx(0.01, abs=0.003)
    assert np.mean(rules[0].select(signal) == 0) > 0.8
    assert rules[0].description["bins"] == rules[0].chosen[0].sum() == rules[0].chosen[4].sum()


class Peeking(EmptiestBins):
    """The impostor: the events of the signal region choose too."""

    def fit(self, table: FeatureTable) -> EmptiestBins:
        return super().fit(table.with_columns(region=np.where(table["region"] == 0, -1, table["region"])))


def test_what_is_in_the_signal_region_does_not_choose():
    """3.5 (iv): any events in place of those of the signal region leave the bins as they are; the impostor loses the signal."""
    sidebands = concatenate([plane_events(20_000, 1), plane_events(10_000, 2, region=1)])
    regions = [
        plane_events(5000, 3, region=0),
        plane_events(1000, 4, 4.0, 4.0, 0),
        plane_events(500, 5, -3.0, 2.0, 0),
    ]
    for kind in (EmptiestBins, Peeking):
        alone = EmptiestBins(efficiency=0.01).fit(sidebands)
        rules = [kind(efficiency=0.01).fit(concatenate([sidebands, events])) for events in regions]
        same = [np.array_equal(rule.chosen, alone.chosen) for rule in rules]
        assert all(same) == (kind is EmptiestBins)
        lost = np.mean(rules[1].select(regions[1]) < 0)
        assert lost < 0.2 if kind is EmptiestBins else lost > 0.5


def test_the_events_of_a_fold_do_not_order_its_bins(monkeypatch):
    """Bins that are equally empty in the other folds are so to the last bit, whatever the fold holds itself."""
    seen = []
    emptiest = quak_bin._emptiest
    monkeypatch.setattr(quak_bin, "_emptiest", lambda content: seen.append(content) or emptiest(content))
    sidebands = concatenate([plane_events(3000, 1), plane_events(2111, 2, region=1)])
    moved = plane_events(len(sidebands), 3, 1.0, 1.0)
    own = {name: np.where(sidebands["fold"] == 0, moved[name], sidebands[name]) for name in (UNLIKE, LIKE)}
    for table in (sidebands, sidebands.with_columns(**own)):
        EmptiestBins(efficiency=0.05).fit(table)
    assert np.array_equal(seen[0], seen[5])
    assert not np.array_equal(seen[1], seen[6])


@pytest.mark.parametrize("n", [500, 2000])
@pytest.mark.parametrize("efficiency", [0.01, 0.05])
def test_few_events_are_selected_at_the_efficiency_too(n, efficiency):
    """Bins that are empty in the other folds hold events of their own: with the first bins up to the efficiency 1% was 6%."""
    shares = []
    for seed in range(6):
        sidebands = concatenate([plane_events(n, 10 + seed), plane_events(n, 20 + seed, region=1)])
        rule = EmptiestBins(efficiency=efficiency).fit(sidebands)
        assert rule.achieved[0] <= efficiency
        shares.append(np.mean(rule.select(plane_events(50_000, 30 + seed, region=0)) == 0))
    assert np.mean(shares) == pytest.approx(efficiency, rel=0.35)


def test_bins_chosen_by_their_own_events_hold_fewer_of_them():
    """The impostor: without folds the sidebands are emptier in the chosen bins than other background is."""
    sidebands = concatenate([plane_events(3000, 1), plane_events(3000, 2, region=1)])
    other = plane_events(60_000, 3, region=0)
    ratio = {}
    for cross in (True, False):
        rule = EmptiestBins(efficiency=0.02, cross=cross).fit(sidebands)
        ratio[cross] = np.mean(rule.select(other) == 0) / np.mean(rule.select(sidebands) == 0)
    assert ratio[True] == pytest.approx(1, abs=0.25)
    assert ratio[False] > 1.3


def test_what_lies_nowhere_is_never_selected():
    outside = FeatureTable(
        {
            UNLIKE: np.array([-2.0, 0.5, -0.5, 30.0, 9.0]),
            LIKE: np.array([0.0, -5.0, 8.0, 30.0, 0.5]),
            "fold": np.zeros(5, np.int64),
        }
    )
    assert (places(outside) >= 0).tolist() == [False, False, False, False, True]
    rule = EmptiestBins(efficiency=0.9).fit(plane_events(5000, 1))
    assert rule.select(outside).tolist() == [-1, -1, -1, -1, 0]


def test_a_configuration_asks_for_the_emptiest_bins():
    assert working_point({"kind": "emptiest"}, 0.03, window="A4") == EmptiestBins(
        efficiency=0.03, window="A4"
    )
    assert working_point({"kind": "emptiest", "cross": False}, 0.03) == EmptiestBins(
        efficiency=0.03, cross=False
    )


def test_bad_input_is_refused():
    with pytest.raises(ParameterError, match=r"efficiency is 1\.0; allowed: above 0 and below 1"):
        EmptiestBins(efficiency=1.0)
    with pytest.raises(SelectionError, match="window B3: no sideband events"):
        EmptiestBins(efficiency=0.1, window="B3").fit(plane_events(10, 1, region=0))
    with pytest.raises(NotFittedError, match="no bins"):
        EmptiestBins(efficiency=0.1).select(plane_events(10, 1))
    missing = replace(sample(4000), priors_validation=mixture(100, 5).where(np.arange(200) < 100))
    with pytest.raises(TrainingError, match="no event of prior 1 to choose an epoch by"):
        replace(QUICK, axes="norm").fit(missing, Run(seed=1))
    with pytest.raises(ParameterError, match="axes is 'mix'; allowed: mixture, norm"):
        Quak(axes="mix")
