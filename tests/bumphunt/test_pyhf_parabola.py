from __future__ import annotations

import copy

import dijethunt.bumphunt as bh
import numpy as np
import pyhf
import pytest
from dijethunt.bumphunt.nuisance import variations

SIGNAL = bh.Gaussian(0.05)
NUISANCES = (bh.nuisance.efficiency(0.2), bh.nuisance.scale(0.03), bh.nuisance.resolution(0.2))
NAMES = ("efficiency", "scale", "resolution")
POINTS = np.array([[0.7, -1.6, 0.4], [-2.0, 1.0, 2.5]])


@pytest.fixture
def workspace(truth):
    model = truth(3000)
    return bh.to_pyhf(
        model.spectrum(1), model.family, SIGNAL, 3000.0, nuisances=NUISANCES, events=50, style="integrated"
    )


def signals(model, points):
    """Return what mu = 2 adds to the bins, at values of the nuisance parameters."""
    start = np.array(model.config.suggested_init())
    batch = np.tile(start, (len(points), 1))
    for name, values in zip(NAMES, points.T, strict=True):
        batch[:, model.config.par_slice(name)] = values[:, None]
    with_signal, without = batch.copy(), batch.copy()
    with_signal[:, model.config.poi_index], without[:, model.config.poi_index] = 2.0, 0.0
    if model.batch_size is None:
        return [
            model.expected_actualdata(a) - model.expected_actualdata(b)
            for a, b in zip(with_signal, without, strict=True)
        ]
    return model.expected_actualdata(with_signal) - model.expected_actualdata(without)


def wanted(truth):
    edges = truth(3000).edges
    varied = variations(SIGNAL, [edges], 3000.0, NUISANCES)
    return 100 * varied.signal(SIGNAL.template(edges, 3000.0)[None, :], POINTS)[0]


def test_signal_is_that_of_the_likelihood(truth, workspace):
    model, _ = bh.pyhf_model(workspace)
    assert np.array(signals(model, POINTS)) == pytest.approx(wanted(truth), rel=1e-6, abs=1e-6)


def test_batches_are_rows(truth, workspace):
    content = {"channels": workspace["channels"]}
    model = pyhf.Model(content, batch_size=2, modifier_set=bh.modifier_set(), validate=False)
    assert np.asarray(signals(model, POINTS)) == pytest.approx(wanted(truth), rel=1e-6, abs=1e-6)


def test_histosys_of_pyhf_is_another_curve_through_the_same_shapes(truth, workspace):
    plain = copy.deepcopy(workspace)
    for modifier in plain["channels"][0]["samples"][0]["modifiers"]:
        modifier["type"] = modifier["type"].replace("parabola", "histosys")
    ours, theirs = (
        signals(bh.pyhf_model(one)[0], np.array([[0, 1.0, 0], [0, 0.5, 0]])) for one in (workspace, plain)
    )
    assert ours[0] == pytest.approx(theirs[0], rel=1e-9)
    assert np.abs(ours[1] - theirs[1]).max() > 0.005 * ours[1].max()


def test_parameters_are_constrained(workspace):
    model, data = bh.pyhf_model(workspace)
    assert sorted(model.config.auxdata_order) == sorted(NAMES)
    assert data[-3:] == [0.0, 0.0, 0.0]
    start = np.array(model.config.suggested_init())
    moved = start.copy()
    moved[model.config.par_slice("scale")] = 2.0
    auxiliary = [float(model.constraint_logpdf(np.zeros(3), point)) for point in (start, moved)]
    assert auxiliary[0] - auxiliary[1] == pytest.approx(2.0)
