from __future__ import annotations

import sys

import dijethunt.bumphunt as bh
import numpy as np
import pyhf
import pytest
from dijethunt.bumphunt.pyhf_sample import node_samples, tangent_sample

SIGNAL = bh.Gaussian(0.05)
POINTS = np.array([[0.5, -1.0, 0.3, 2.0, 0.7], [0.0, 0.0, 0.0, 0.0, 0.0]])


@pytest.fixture
def workspace(truth):
    model = truth(3000)
    return bh.to_pyhf(model.spectrum(1), model.family, SIGNAL, 3000.0, events=50)


def ordered(model, points):
    """Put (phi0, phi1, ..., mu) into pyhf's order."""
    names = ["phi0", "phi1", "phi2", "phi3", "mu"]
    return points[:, [names.index(name) for name in model.config.par_order]]


def expected(workspace, points):
    content = {sample["name"]: np.array(sample["data"]) for sample in workspace["channels"][0]["samples"]}
    background = workspace["channels"][0]["samples"][1]
    slopes = np.array([modifier["data"] for modifier in background["modifiers"]])
    return content["background"] * np.exp(points[:, :4] @ slopes) + points[:, 4:] * content["signal"]


def test_bins_are_multiplied_by_the_exponential(workspace):
    model, _ = bh.pyhf_model(workspace)
    found = [model.expected_actualdata(point) for point in ordered(model, POINTS)]
    assert np.array(found) == pytest.approx(expected(workspace, POINTS), rel=1e-12)


def test_batches_are_rows(workspace):
    content = {"channels": workspace["channels"]}
    model = pyhf.Model(content, batch_size=2, modifier_set=bh.modifier_set(), validate=False)
    found = model.expected_actualdata(ordered(model, POINTS))
    assert np.asarray(found) == pytest.approx(expected(workspace, POINTS), rel=1e-12)


@pytest.fixture
def torch_backend():
    pytest.importorskip("torch")
    pyhf.set_backend("pytorch", precision="64b")
    yield
    pyhf.set_backend("numpy", default=True)


@pytest.mark.slow
def test_slopes_follow_the_backend(workspace, torch_backend):
    model, _ = bh.pyhf_model(workspace)
    found = model.expected_actualdata(pyhf.tensorlib.astensor(ordered(model, POINTS)[0].tolist()))
    assert np.asarray(found) == pytest.approx(expected(workspace, POINTS)[0], rel=1e-12)


def test_parameters_are_free(workspace):
    model, _ = bh.pyhf_model(workspace)
    assert model.config.auxdata == []
    assert not any(model.config.suggested_fixed())
    assert model.config.suggested_init()[model.config.par_slice("phi2")] == [0.0]


def test_nodes_are_exact_and_the_tangent_is_not(truth):
    model = truth(300)
    basis = model.background.whitened(model.theta)
    phi = np.array([[1.0, -1.0, 0.5, 1.5]])
    exact = basis.parts(phi).sum(1)[0]
    moved = [
        sum(
            sample.events * np.exp(sum(p * z for p, z in zip(phi[0], sample.slopes.values(), strict=True)))
            for sample in samples
        )
        for samples in (node_samples(basis), tangent_sample(basis))
    ]
    assert moved[0] == pytest.approx(exact, rel=1e-10)
    assert moved[1] == pytest.approx(exact, rel=0.25)
    assert np.abs(moved[1] / exact - 1).max() > 1e-4


def test_missing_pyhf_is_named(monkeypatch, workspace):
    monkeypatch.setitem(sys.modules, "pyhf", None)
    with pytest.raises(bh.PyhfError, match="needs pyhf, which is not installed"):
        bh.pyhf_model(workspace)
    with pytest.raises(bh.PyhfError, match="not installed"):
        bh.modifier_set()
