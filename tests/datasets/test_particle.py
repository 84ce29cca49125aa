"""Particles as settings: what is written is what Pythia then has."""

from __future__ import annotations

import pytest
import pythia8mc
from dijethunt.datasets.particle import (
    HADRONIC,
    HEAVY_HIGGS,
    RADION,
    T_PRIME,
    W_PRIME,
    X_CHARGED,
    Z,
    daughter,
    decays,
    resonance,
    scalar,
)


def particle_data(*settings: str) -> pythia8mc.ParticleData:
    """Return Pythia's table of particles after some settings, all of which it must accept."""
    pythia = pythia8mc.Pythia("", False)
    pythia.readString("Print:quiet = on")
    assert all(pythia.readString(setting) for setting in settings)
    return pythia.particleData


def line(data: pythia8mc.ParticleData, particle: int) -> tuple[float, ...]:
    return tuple(getattr(data, name)(particle) for name in ("m0", "mWidth", "mMin", "mMax"))


def test_a_resonance_reaches_25_widths_but_not_below_its_limit() -> None:
    assert line(particle_data(*resonance(W_PRIME, 3000.0, 0.01)), W_PRIME) == (3000.0, 30.0, 2250.0, 3750.0)
    wide = particle_data(*resonance(W_PRIME, 3000.0, 0.1, 840.0))
    assert line(wide, W_PRIME) == (3000.0, 300.0, 840.0, 10_500.0)


def test_a_daughter_reaches_10_widths_and_half_its_mass() -> None:
    narrow = particle_data(*daughter(T_PRIME, 400.0, 0.01, 200.0))
    assert line(narrow, T_PRIME) == (400.0, 4.0, 360.0, 440.0)
    assert narrow.isResonance(T_PRIME)
    assert line(particle_data(*daughter(T_PRIME, 400.0, 0.1, 150.0)), T_PRIME)[2] == 200.0
    assert line(particle_data(*daughter(T_PRIME, 400.0, 0.1, 250.0)), T_PRIME)[2] == 250.0


def test_a_new_scalar_is_a_neutral_resonance_without_spin() -> None:
    data = particle_data(*scalar(RADION, "R", 400.0, 0.01), *scalar(HEAVY_HIGGS, "H", 400.0, 0.1, 350.0))
    assert line(data, RADION) == (400.0, 4.0, 360.0, 440.0)
    assert line(data, HEAVY_HIGGS)[2] == 350.0
    for particle in (RADION, HEAVY_HIGGS):
        assert data.spinType(particle) == 1
        assert data.chargeType(particle) == data.colType(particle) == 0
        assert data.isResonance(particle)


def test_a_charged_scalar_has_an_antiparticle() -> None:
    data = particle_data(*scalar(X_CHARGED, "X", 500.0, 0.01, charged=True))
    assert line(data, X_CHARGED) == (500.0, 5.0, 450.0, 550.0)
    assert (data.spinType(X_CHARGED), data.chargeType(X_CHARGED), data.colType(X_CHARGED)) == (1, 3, 0)
    assert (data.chargeType(-X_CHARGED), data.hasAnti(X_CHARGED)) == (-3, True)


def test_decays_replace_all_others() -> None:
    entry = particle_data(*decays(W_PRIME, ["2 -1", "4 -3"])).particleDataEntryPtr(W_PRIME)
    channels = [entry.channel(i) for i in range(entry.sizeChannels())]
    assert [(c.product(0), c.product(1)) for c in channels] == [(2, -1), (4, -3)]
    assert [c.bRatio() for c in channels] == pytest.approx([0.5, 0.5])


def test_hadronic_bosons_decay_to_quarks_alone() -> None:
    entry = particle_data(*HADRONIC).particleDataEntryPtr(Z)
    on = [c for c in (entry.channel(i) for i in range(entry.sizeChannels())) if c.onMode() == 1]
    assert sorted(c.product(0) for c in on) == [1, 2, 3, 4, 5]
