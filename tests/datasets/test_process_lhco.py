"""The set-up of the LHC Olympics: its cut, its signal, and that the limits of its background lose nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import awkward as ak
import numpy as np
import pytest
from dijethunt.datasets.detector import Detector, simulate_detector
from dijethunt.datasets.generator import Generator, common, stable, start
from dijethunt.datasets.hook import JetHook
from dijethunt.datasets.process import AngleVeto, DijetCut, ProcessError, make_process
from dijethunt.datasets.process_contract import JetVeto
from dijethunt.datasets.reconstruction import find_jets, passing

RADIUS = 1.0


@pytest.mark.parametrize("name", ["lhco_qcd", "lhco_signal"])
def test_one_jet_is_hard_whatever_the_mass(name: str) -> None:
    assert make_process(name).cut == DijetCut(0.0, None, 200.0, leading_pt_min=1200.0)
    with pytest.raises(ProcessError, match=f"leading_pt_min of {name} is 100 GeV; allowed: 400 to 5200"):
        make_process(name, leading_pt_min=100.0)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"m_x": 3600.0}, "W' of 3500 GeV cannot decay to X of 3600 and Y of 100 GeV"),
        ({"m_y": 5.0}, "X or Y of 5 GeV is too light to decay to jets of quarks"),
        ({"angle": "cos2"}, "angle of lhco_signal is 'cos2'; allowed: 'sin2', 'flat'"),
    ],
)
def test_impossible_signal_is_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ProcessError, match=message):
        make_process("lhco_signal", **parameters)


@pytest.mark.parametrize(("angle", "cosine2"), [("sin2", 1 / 5), ("flat", 1 / 3)])
def test_signal_has_its_masses_quarks_and_angle(
    angle: str, cosine2: float, make_truth: Callable[..., Any]
) -> None:
    process = make_process("lhco_signal", angle=angle)
    assert process.veto == (AngleVeto(34, 2) if angle == "sin2" else None)
    truth = make_truth(process, 1000)
    assert np.median(truth.mass) == pytest.approx(3500.0, rel=0.005)
    assert np.median(truth.masses(9000005)) == pytest.approx(500.0, rel=0.01)
    assert np.median(truth.masses(9000001)) == pytest.approx(100.0, rel=0.01)
    assert np.mean(truth.quarks() == 2) > 0.99
    assert np.mean(truth.cosine2()) == pytest.approx(cosine2, abs=0.03)


def leading(particles: Any, seed: int) -> np.ndarray:
    """Tell which events (n,) pass the cut of the background after the detector."""
    detector, rng = Detector(), np.random.default_rng(seed)
    _, jets = find_jets(simulate_detector(particles, detector, rng), detector, rng, RADIUS)
    return passing(jets, make_process("lhco_qcd").cut)


def test_signal_passes_and_background_begins_below() -> None:
    signal = Generator(make_process("lhco_signal"), 3, mpi=False).batch(60).particles
    background = Generator(make_process("lhco_qcd"), 3, mpi=False).batch(100).particles
    assert leading(signal, 1).mean() > 0.8
    assert 0.1 < leading(background, 1).mean() < 0.6


class Noting(JetHook):
    """Let everything pass and note what the true veto would have said."""

    def __init__(self, true: JetVeto) -> None:
        super().__init__(JetVeto(800.0, 3.2, true.scale))
        self._true = JetHook(true)
        self.noted: list[bool] = []

    def doVetoPT(self, stage: int, event: Any) -> bool:
        vetoed = super().doVetoPT(stage, event)
        if not vetoed:
            self.noted.append(not self._true.doVetoPT(stage, event))
        return vetoed


@pytest.mark.slow
def test_background_is_complete() -> None:
    """Of what a looser generation selects, less than a percent is lost."""
    process = make_process("lhco_qcd")
    veto = process.veto
    assert isinstance(veto, JetVeto)
    hook, kept = Noting(veto), []
    pythia = start((*common(8, mpi=False), *process.settings(), "PhaseSpace:pTHatMin = 550"), hook)
    for seed in range(12):
        hook.noted.clear()
        batch = pythia.nextBatch(500)
        if len(hook.noted) == len(batch):  # not so when Pythia had to begin an event anew
            hard = np.sqrt(ak.to_numpy(batch.info.pT2Hat)) > 0.55 * 1200
            kept.append((hard & np.array(hook.noted))[leading(stable(batch.prt), seed)])
    values = np.concatenate(kept)
    print(f"{np.sum(~values)} of {len(values)} lost")  # noqa: T201
    assert len(values) > 300
    assert np.mean(~values) < 0.01 + 3 * np.sqrt(0.01 / len(values))
