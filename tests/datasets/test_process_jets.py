"""Jets in a window of pT: windows that are refused, what they are made of, and that the limits hold the window."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import awkward as ak
import numpy as np
import pytest
from dijethunt.datasets.detector import Detector, simulate_detector
from dijethunt.datasets.generator import Generator, common, stable, start
from dijethunt.datasets.hook import JetHook
from dijethunt.datasets.process import JetCut, Process, ProcessError, make_process
from dijethunt.datasets.process_contract import JetVeto
from dijethunt.datasets.reconstruction import find_jets, jet_pt_min, passing

HARD = ("qcd_jets", "top_jets", "boson_jets")
DARK = ("aachen_jets", "heidelberg_jets")


@pytest.mark.parametrize("name", [*HARD, *DARK])
def test_window_is_that_of_the_parameters(name: str) -> None:
    assert make_process(name, pt_min=300, pt_max=400, eta_max=1.5).cut == JetCut(300.0, 400.0, 1.5)
    default = JetCut(550.0, 650.0, 2.0) if name in HARD else JetCut(150.0, 350.0, 2.0)
    assert make_process(name).cut == default
    with pytest.raises(
        ProcessError, match=f"pT window of {name} is 700 to 650 GeV; allowed: pt_min from 100"
    ):
        make_process(name, pt_min=700.0, pt_max=650.0)
    with pytest.raises(ProcessError, match=f"eta_max of {name} is 3; allowed: above 0, up to 2.5"):
        make_process(name, eta_max=3.0)


@pytest.mark.parametrize("name", ["top_jets", "boson_jets"])
def test_unknown_decay_is_refused(name: str) -> None:
    with pytest.raises(ProcessError, match=f"bosons of {name} is 'none'; allowed: 'inclusive', 'hadronic'"):
        make_process(name, bosons="none")


def test_limits_surround_the_window() -> None:
    process = make_process("qcd_jets", pt_min=500.0, pt_max=600.0)
    assert {"PhaseSpace:pTHatMin = 260", "PhaseSpace:pTHatMax = 900"} < set(process.settings())
    veto = process.veto
    assert isinstance(veto, JetVeto)
    assert veto.pt_min < 500
    assert veto.eta_max > 2.0


@pytest.mark.parametrize("name", ["top_jets", "boson_jets"])
def test_jets_are_those_of_their_name(name: str) -> None:
    settings = (*common(3, mpi=False), *make_process(name).settings(), "HadronLevel:all = off")
    records = start((*settings, "PartonLevel:ISR = off"), None).nextBatch(60).prt
    kind = np.abs(records.id[np.abs(records.status) == 22])
    wanted = (kind == 23) | (kind == 24)
    assert ak.all(ak.sum(wanted, axis=1) == 2)
    assert ak.all(ak.sum(kind == 6, axis=1) == (2 if name == "top_jets" else 0))
    products = np.abs(records.id[np.abs(records.status) == 23])
    assert ak.all(products < 7)
    if name == "boson_jets":
        assert {23, 24} <= set(ak.to_numpy(ak.flatten(kind)))


def in_window(process: Process, particles: Any, rng: np.random.Generator) -> np.ndarray:
    """Tell which events (n,) have a jet in the window after the detector."""
    detector = Detector()
    flow = simulate_detector(particles, detector, rng)
    _, jets = find_jets(flow, detector, rng, pt_min=jet_pt_min(process.cut))
    return passing(jets, process.cut)


@pytest.mark.parametrize("name", [*HARD, *DARK])
def test_window_is_filled(name: str) -> None:
    process = make_process(name)
    particles = Generator(process, 3, mpi=False).batch(60).particles
    assert in_window(process, particles, np.random.default_rng(1)).mean() > 0.12


class Noting(JetHook):
    """Veto loosely and note what the true veto would have said."""

    def __init__(self, true: JetVeto) -> None:
        super().__init__(replace(true, pt_min=0.88 * true.pt_min, eta_max=true.eta_max + 0.4))
        self._true = JetHook(true)
        self.noted: list[bool] = []

    def doVetoPT(self, stage: int, event: Any) -> bool:
        vetoed = super().doVetoPT(stage, event)
        if not vetoed and stage < 5:
            self.noted.append(not self._true.doVetoPT(stage, event))
        return vetoed


@pytest.mark.slow
@pytest.mark.parametrize(("pt_min", "pt_max"), [(550.0, 650.0), (150.0, 350.0)])
def test_window_is_complete(pt_min: float, pt_max: float) -> None:
    """Of what a looser generation of QCD puts into the window, about a percent is lost.

    Measured with other seeds: 2 of 675 and 8 of 718.
    """
    process = make_process("qcd_jets", pt_min=pt_min, pt_max=pt_max)
    veto = process.veto
    assert isinstance(veto, JetVeto)
    hook, rng, kept = Noting(veto), np.random.default_rng(2), []
    loose = (f"PhaseSpace:pTHatMin = {0.42 * pt_min}", "PhaseSpace:pTHatMax = -1")
    pythia = start((*common(8, mpi=False), *process.settings(), *loose), hook)
    for _ in range(8):
        hook.noted.clear()
        batch = pythia.nextBatch(500)
        if len(hook.noted) == len(batch):  # not so when Pythia had to begin an event anew
            hard = np.sqrt(ak.to_numpy(batch.info.pT2Hat))
            true = np.array(hook.noted) & (hard > 0.52 * pt_min) & (hard < 1.5 * pt_max)
            kept.append(true[in_window(process, stable(batch.prt), rng)])
    values = np.concatenate(kept)
    print(f"{pt_min:g} to {pt_max:g} GeV: {np.sum(~values)} of {len(values)} lost")  # noqa: T201
    assert len(values) > 300
    assert np.mean(~values) < 0.012 + 3 * np.sqrt(0.012 / len(values))
