"""Small backgrounds: what they refuse, what they are made of, and that the limits of the generation lose nothing."""

from __future__ import annotations

from typing import Any

import awkward as ak
import numpy as np
import pytest
from dijethunt.datasets.detector import Detector, simulate_detector
from dijethunt.datasets.generator import PICOBARN, common, stable, start
from dijethunt.datasets.hook import make_hook
from dijethunt.datasets.process import QCD, Process, ProcessError, make_process
from dijethunt.datasets.process_background import Background
from dijethunt.datasets.reconstruction import find_jets, passing

SELECTED = {"ttbar": 10.8, "singletop": 1.8, "vjets": 52.0}  # fb, m_jj > 2.1 TeV, |delta eta| < 1.3
CONTENT = {"ttbar": {6: 2, 24: 2}, "singletop": {6: 1, 24: 1}}


@pytest.mark.parametrize("name", SELECTED)
def test_range_and_limits_are_those_of_qcd(name: str) -> None:
    process = make_process(name, mjj_min=1800.0, deta_max=2.5, deta_min=1.4)
    qcd = QCD(1800.0, 2.5, 1.4)
    assert (process.cut, process.veto) == (qcd.cut, qcd.veto)
    assert f"PhaseSpace:pTHatMin = {qcd.pt_hat_min():.6g}" in process.settings()
    with pytest.raises(ProcessError, match=f"mjj_min of {name} is 100 GeV; allowed: 400 to 10400"):
        make_process(name, mjj_min=100.0)
    with pytest.raises(ProcessError, match=f"bosons of {name} is 'none'; allowed: 'inclusive', 'hadronic'"):
        make_process(name, bosons="none")


@pytest.mark.parametrize("name", SELECTED)
@pytest.mark.parametrize("bosons", ["inclusive", "hadronic"])
def test_hard_process_has_its_particles(name: str, bosons: str) -> None:
    process = make_process(name, bosons=bosons)
    settings = (*common(3, mpi=False), *process.settings(), "PartonLevel:FSR = off", "HadronLevel:all = off")
    records = start(settings, None).nextBatch(150).prt
    kind = np.abs(records.id[np.abs(records.status) == 22])
    for particle, number in CONTENT.get(name, {}).items():
        assert ak.all(ak.sum(kind == particle, axis=1) == number)
    if name == "vjets":
        assert ak.all(ak.sum((kind == 23) | (kind == 24), axis=1) == 1)
    leptons = process.truth(records)["leptonic"]
    assert bool(leptons.any()) is (bosons == "inclusive")


def selected(process: Process, settings: tuple[str, ...], hook: Any, events: int) -> tuple[float, float]:
    """Return the cross section (fb) after selection and its relative statistical error."""
    pythia, detector, rng = start(settings, hook), Detector(), np.random.default_rng(1)
    passed = generated = 0
    while generated < events:
        particles = stable(pythia.nextBatch(500).prt)
        _, jets = find_jets(simulate_detector(particles, detector, rng), detector, rng)
        generated += particles.events
        passed += int(passing(jets, process.cut).sum())
    cross_section = 1e3 * PICOBARN * float(pythia.infoPython().sigmaGen())
    return cross_section * passed / generated, 1 / np.sqrt(passed)


@pytest.mark.slow
@pytest.mark.parametrize("name", SELECTED)
def test_selected_cross_section(name: str) -> None:
    """The same with and without vetoes, and with a lower limit of the hard process."""
    process = make_process(name)
    assert isinstance(process, Background)
    hook = make_hook(process.veto, np.random.default_rng(1))
    vetoed, error = selected(process, (*common(3, mpi=False), *process.settings()), hook, 2000)
    limits = (
        f"PhaseSpace:pTHatMin = {0.85 * process.pt_hat_min():.6g}",
        f"PhaseSpace:mHatMin = {0.5 * process.mjj_min:.6g}",
    )
    free, free_error = selected(process, (*common(4, mpi=False), *process.settings(), *limits), None, 8000)
    print(f"{name}: {vetoed:.2f} fb ({error:.3f}) with vetoes, {free:.2f} fb ({free_error:.3f}) without")  # noqa: T201
    assert vetoed == pytest.approx(free, rel=3 * np.hypot(error, free_error))
    assert vetoed == pytest.approx(SELECTED[name], rel=0.15)
