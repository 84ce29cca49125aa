"""Dark jets: the dark sectors that are asked for are those that Pythia makes."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest
from dijethunt.datasets.generator import common, start
from dijethunt.datasets.process import Process, ProcessError, make_process
from dijethunt.datasets.process_semivisible import PSEUDOSCALARS, VECTORS

UNSEEN = (51, 53)


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("aachen_jets", {"r_inv": 1.5}, "r_inv of aachen_jets is 1.5; allowed: 0 to 1"),
        ("aachen_jets", {"m_dark": 1.0}, "m_dark of aachen_jets is 1 GeV; allowed: 4 to 100"),
        ("aachen_jets", {"mass": 40.0}, "mass of aachen_jets is 40 GeV; allowed: above ten times m_dark"),
        ("heidelberg_jets", {"m_rho": 15.0}, "m_rho of heidelberg_jets is 15 GeV; allowed: 20"),
        ("heidelberg_jets", {"mass": 14_000.0}, "below 13000"),
    ],
)
def test_impossible_dark_sector_is_refused(name: str, parameters: dict[str, float], message: str) -> None:
    with pytest.raises(ProcessError, match=message):
        make_process(name, **parameters)


def records(process: Process, n: int = 60) -> ak.Array:
    """Event records in which the dark sector has decayed, without showers of quarks."""
    settings = (*process.settings(), "PartonLevel:ISR = off", "ParticleDecays:FSRinDecays = off")
    return start((*common(3, mpi=False), *settings), None).nextBatch(n).prt


def decayed(events: ak.Array, kinds: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Masses (m,) of all mesons of some kinds, and the |id| of their first daughters (m,)."""
    chosen = np.isin(np.abs(ak.to_numpy(ak.flatten(events.id))), kinds)
    chosen = ak.unflatten(chosen, ak.num(events.id)) & (events.status < 0)
    first = events.id[events.daughter1[chosen]]
    return ak.to_numpy(ak.flatten(events.m[chosen])), np.abs(ak.to_numpy(ak.flatten(first)))


def test_aachen_jets_are_as_published() -> None:
    """Z' of 2 TeV, mesons of 5 GeV, three quarters of them unseen, no bottom quarks."""
    events = records(make_process("aachen_jets"))
    assert np.median(ak.to_numpy(events.m[:, 5])) == pytest.approx(2000.0, rel=0.01)
    masses, first = decayed(events, (*PSEUDOSCALARS, *VECTORS))
    np.testing.assert_allclose(masses, 5.0, rtol=0.01)
    unseen = np.isin(first, UNSEEN)
    assert len(masses) > 500
    assert np.mean(unseen) == pytest.approx(0.75, abs=4 * np.sqrt(0.19 / len(masses)))
    assert set(first[~unseen]) == {1, 2, 3, 4}


def test_heidelberg_jets_decay_in_two_steps_and_are_all_seen() -> None:
    events = records(make_process("heidelberg_jets"))
    assert np.median(ak.to_numpy(events.m[:, 5])) == pytest.approx(600.0, rel=0.01)
    rhos, pions = decayed(events, VECTORS), decayed(events, PSEUDOSCALARS)
    np.testing.assert_allclose(rhos[0], 25.0, rtol=0.01)
    np.testing.assert_allclose(pions[0], 10.0, rtol=0.01)
    assert set(rhos[1]) <= set(PSEUDOSCALARS)
    assert set(pions[1]) <= {1, 2, 3, 4, 5}
    assert len(pions[0]) > 2 * len(rhos[0]) > 200


def test_light_mesons_do_not_decay_to_heavy_quarks() -> None:
    _, first = decayed(records(make_process("heidelberg_jets", m_dark=5.0)), PSEUDOSCALARS)
    assert set(first) <= {3, 4, 2, 1}
    assert np.mean(first == 4) > 0.5
