"""Samples that some taggers train with besides data and signal: large |delta eta|, simulated background, priors."""

from __future__ import annotations

from pathlib import Path

import pytest
from dijethunt.analysis.plan import EVERYWHERE
from dijethunt.analysis.point import make_point
from dijethunt.selections.window import EFFICIENCY
from dijethunt.taggers.quantile_slice import QuantileSlices
from dijethunt.workflows import identity
from dijethunt.workflows.config import Config, ConfigError
from dijethunt.workflows.toml import load

CONFIG = """
title = "Samples to train with"
quantities = ["msd", "tau21", "tau32", "tau43", "n_pf", "rho", "tau_s"]
constituents = true

[samples.data]
kind = "data"
files = ["data.root"]

[samples.wide]
kind = "data"
files = ["data.root"]
selection = { deta_min = 1.4, deta_max = 5.0 }

[samples.qcd]
kind = "background"
files = ["qcd.root"]

[samples.xyy]
kind = "signal"
files = ["xyy.root"]

[samples.other]
kind = "signal"
files = ["other.root"]

[searches.one]
data = ["data"]
signal = "xyy"
mass = 3000.0
deta_sideband = ["wide"]
background = ["qcd"]
priors = ["xyy", "other"]

[taggers.vae_qr]

[taggers.quak]

[taggers.quak_ms]

[taggers.cwola]

[fit]
range = [1460.0, 8000.0]

[scan]
range = [1460.0, 6000.0]
toys = 0
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "search.toml"
    path.write_text(CONFIG)
    for name in ("data", "qcd", "xyy", "other"):
        (tmp_path / f"{name}.root").write_text(name)
    return path


def trained(config: Config, tagger: str, window: str = EVERYWHERE) -> object:
    return identity.train(config, "one", tagger, window)


def test_a_sample_may_have_cuts_of_its_own(path: Path) -> None:
    config = load(path)
    assert config.selection_of("data") == config.selection
    wide = config.selection_of("wide")
    assert (wide.deta_min, wide.deta_max, wide.mjj_min) == (1.4, 5.0, config.selection.mjj_min)
    assert identity.select(config, "wide") != identity.select(config, "data")
    (path.parent / "good.json").write_text("{}")
    golden = load(
        path, ['samples.wide.selection={ deta_min = 1.4, deta_max = 5.0, golden_json = "good.json" }']
    )
    assert golden.selection_of("wide").golden_json == str(path.parent / "good.json")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (
            "samples.wide.selection={ deta_mim = 1.4 }",
            r"samples\.wide: no key 'deta_mim'; did you mean 'deta_min'",
        ),
        (
            "samples.wide.selection={}",
            r"deta_sideband: 'wide' has events from .* 0 on, the data have some up to 1\.3",
        ),
        ("searches.one.deta_sideband=[]", r"taggers\.vae_qr trains on data with a large .* searches\.one"),
        ('searches.one.deta_sideband=["wid"]', "no sample 'wid'; did you mean 'wide'"),
        ("constituents=false", r"taggers\.vae_qr: trains on the candidates .* set constituents = true"),
        ("searches.one.priors=[]", r"taggers\.quak trains on signals that anomalies .* searches\.one"),
        ('searches.one.priors=["qcd"]', r"priors: 'qcd' is of kind 'background'; allowed: .* 'signal'"),
        ("searches.one.background=[]", r"trains on simulated background"),
        (
            "samples.data.selection={ deta_max = 1.0 }",
            "jets of 'xyy' and of the data 'data' pass different cuts",
        ),
        (
            "samples.xyy.selection={ mjj_min = 3000.0 }",
            "jets of 'xyy' and of the data 'data' pass different cuts",
        ),
        (
            "samples.qcd.selection={ mjj_min = 1600.0 }",
            "jets of 'qcd' and of the data 'data' pass different cuts",
        ),
        ('searches.one.deta_sideband=["xyy"]', "'xyy' is of kind 'signal'; allowed: samples of another kind"),
        ("taggers.cwola.working_point={ kind = 'emptiest' }", r"taggers\.cwola: .* for taggers with a plane"),
        (
            "taggers.cwola.working_point=quantile",
            r"taggers\.cwola: working_point is 'quantile'; allowed: a table",
        ),
        ("taggers.quak.working_point={ kind = 'quantile' }", r"taggers\.quak: .*set its efficiency"),
        (
            "taggers.vae_qr={ efficiency = 0.1, working_point = { kind = 'quantile', efficiencies = [0.1] } }",
            "give one of them",
        ),
        (
            "taggers.stored={ efficiency = 0.1 }",
            r"taggers\.stored: needs score, which a search does not have",
        ),
        ("taggers.cwola.working_point={ kind = 'quantile', degree = '3' }", "degree is '3'; allowed: int"),
        ("taggers.quak.working_point={ kind = 'emptiest', cross = 'no' }", "cross is 'no'; allowed: bool"),
        ('searches.one.priors=["xyy", "xyy"]', r"priors: \['xyy', 'xyy'\] names a sample twice"),
        ("selection.mjj_min=1600.0", r"fit.range starts at 1460 GeV, below selection.mjj_min 1600"),
        ("taggers.quak.axes=sum", r"taggers\.quak: .*axes is 'sum'"),
        ("taggers.vae_qr.frame=rest", r"taggers\.vae_qr: .*frame is 'rest'"),
        ("taggers.cwola.working_point={ kind = 'quantile', learner = 'tree' }", "no learner 'tree'"),
    ],
)
def test_what_cannot_be_trained_with_is_refused(path: Path, override: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load(path, [override])


@pytest.mark.parametrize(
    ("override", "retrained"),
    [
        ("samples.wide.selection={ deta_min = 2.0, deta_max = 5.0 }", {"vae_qr"}),
        ('searches.one.priors=["other"]', {"quak"}),
        ('samples.other.files=["qcd.root"]', {"quak"}),
        ('samples.qcd.files=["other.root"]', {"quak", "quak_ms"}),
    ],
)
def test_samples_decide_the_trainings_of_those_who_use_them_alone(
    path: Path, override: str, retrained: set[str]
) -> None:
    config, other = load(path), load(path, [override])
    assert identity.inject(config, "one") == identity.inject(other, "one")
    found = {name for name in config.taggers if trained(config, name) != trained(other, name)}
    assert found == retrained


@pytest.mark.parametrize(
    ("tagger", "settings", "expected"),
    [
        ("vae_qr", {}, ("QuantileSlices", 0.1, 3)),
        ("vae_qr", {"efficiency": 0.05}, ("QuantileSlices", 0.05, 1)),
        ("vae_qr", {"working_point": {"kind": "quantile", "learner": "trees"}}, ("QuantileSlices", 0.1, 3)),
        ("vae_qr", {"working_point": {"kind": "sideband"}, "efficiency": 0.02}, ("FixedEfficiency", 0.02, 1)),
        ("quak", {}, ("EmptiestBins", EFFICIENCY["B3"], 1)),
        ("quak", {"efficiency": 0.02}, ("EmptiestBins", 0.02, 1)),
        ("cut_2prong", {"efficiency": 0.02}, ("FixedEfficiency", 0.02, 1)),
        ("cwola", {"working_point": {"kind": "quantile"}}, ("QuantileSlices", EFFICIENCY["B3"], 1)),
    ],
)
def test_a_working_point_is_what_tagger_and_configuration_say_together(
    tagger: str, settings: dict[str, object], expected: tuple[str, float, int]
) -> None:
    point = make_point(tagger, settings, "B3", 5, 1)
    assert (type(point).__name__, pytest.approx(point.nominal), point.categories) == expected


def test_what_the_tagger_says_of_its_working_point_is_kept() -> None:
    trees = make_point("vae_qr", {"working_point": {"kind": "quantile", "learner": "trees"}}, "B3", 5, 1)
    assert isinstance(trees, QuantileSlices)
    assert trees.regression.learner == "trees"
    assert (
        trees.groups,
        make_point("cwola", {"working_point": {"kind": "quantile"}}, "B3", 4, 1).groups,
    ) == (1, 4)


def test_a_model_for_all_masses_selects_in_each_window(path: Path) -> None:
    config = load(path)
    scores = [identity.score(config, "one", "quak", window) for window in ("A3", "B3")]
    assert len({score["models"] for score in scores}) == 1
    assert scores[0] != scores[1]
    hunted = {identity.score(config, "one", "cwola", window)["models"] for window in ("A3", "B3")}
    assert len(hunted) == 2
