from __future__ import annotations

import json
from dataclasses import replace

import dijethunt.bumphunt as bh
import pytest

SIGNAL = bh.Gaussian(0.05)


@pytest.fixture
def scanned(truth):
    model = truth(3000)
    groups = [((2000.0, 3000.0), model.spectrum(1))]
    return bh.scan(groups, model.family, SIGNAL), groups, model.family


def test_what_is_not_used_is_not_written(scanned):
    scan, groups, family = scanned
    chance = bh.global_p(scan, groups, family, SIGNAL, n_toys=20, seed=1)
    content = json.loads(replace(scan, p_global=chance).to_json())
    assert list(content) == ["points", "p_global", "warnings"]
    assert list(content["points"][0])[-3:] == ["background", "asymptotic_valid", "valid"]
    assert list(content["p_global"]) == ["p", "low", "high", "r", "n_toys", "n_larger", "n_failed", "seed"]
    assert json.loads(scan.to_json())["p_global"] is None


def test_what_is_used_survives_the_way_through_json(scanned):
    _, groups, family = scanned
    shapes = {"narrow": bh.Gaussian(0.02), "wide": bh.Gaussian(0.1)}
    scan = bh.scan(groups, family, shapes)
    chance = bh.global_p(scan, groups, family, shapes, n_toys=20, seed=1)
    beside = bh.gross_vitells(scan, groups, family, shapes, n_toys=20, seed=1)
    scan = bh.local_p(scan, groups, family, shapes, n_toys=20, seed=1)
    whole = replace(scan, p_global=replace(chance, gross_vitells=beside))
    assert bh.ScanResult.from_json(whole.to_json()) == whole
    content = json.loads(whole.to_json())
    assert [point["signal"] for point in content["points"]] == ["narrow", "wide"] * 2
    assert content["points"][0]["p_toys"]["n_toys"] == 20
    assert content["p_global"]["gross_vitells"]["levels"] == [1.0, 2.0]
