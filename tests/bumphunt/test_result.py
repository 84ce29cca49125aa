from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace

import dijethunt.bumphunt as bh
import pytest

SIGNAL = bh.Gaussian(0.05)


@pytest.fixture
def results(truth):
    model = truth(3000)
    spectrum = model.spectrum(1)
    groups = [((2000.0, 3000.0), spectrum)]
    scan = bh.scan(groups, model.family, SIGNAL)
    chance = bh.global_p(scan, groups, model.family, SIGNAL, n_toys=20, seed=1)
    return [
        bh.fit(spectrum, model.family),
        bh.fit(spectrum, model.family, SIGNAL, 3000.0),
        scan,
        replace(scan, p_global=chance),
        bh.limit(spectrum, model.family, SIGNAL, 3000.0),
        bh.limit(spectrum, model.family, SIGNAL, 3000.0, blind=True),
    ]


def test_results_survive_the_way_through_json(results):
    for result in results:
        assert type(result).from_json(result.to_json()) == result


def test_results_do_not_change(results):
    with pytest.raises(FrozenInstanceError):
        results[0].nll = 0.0


def test_a_fit_is_written_with_the_keys_of_the_command_line(results):
    content = json.loads(results[0].to_json())
    keys = ["function", "names", "values", "errors", "covariance", "nll", "chi2", "ndof", "p_value", "valid"]
    assert list(content)[:10] == keys
    assert content["names"] == ["p0", "p1", "p2", "p3"]
    assert isinstance(content["valid"], bool)


def test_what_is_not_finite_is_written_as_absent(results):
    broken = replace(results[0], errors=(float("nan"), 1.0, 1.0, float("inf")))
    assert json.loads(broken.to_json())["errors"] == [None, 1.0, 1.0, None]


def test_foreign_text_is_refused(results):
    with pytest.raises(bh.ResultError, match="no FitResult"):
        bh.FitResult.from_json('{"function": "f"}')
    with pytest.raises(bh.ResultError, match="no LimitResult"):
        bh.LimitResult.from_json(results[0].to_json())
