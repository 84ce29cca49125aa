"""QCD: weights, the sideband in |delta eta|, and that weighted and unweighted samples are the same."""

from __future__ import annotations

import numpy as np
import pytest
from dijethunt.datasets.detector import Detector, simulate_detector
from dijethunt.datasets.generator import Generator
from dijethunt.datasets.process import QCD, ProcessError, make_process
from dijethunt.datasets.process_contract import Weighting
from dijethunt.datasets.reconstruction import find_jets, passing


def test_weights_are_an_option() -> None:
    assert QCD().weighting is None
    assert QCD(bias=4.5).weighting == Weighting(4.5, 800.0)
    added = set(QCD(bias=4.5).settings()) - set(QCD().settings())
    assert added == {
        "PhaseSpace:bias2Selection = on",
        "PhaseSpace:bias2SelectionPow = 4.5",
        "PhaseSpace:bias2SelectionRef = 800",
    }


@pytest.mark.parametrize("bias", [-1.0, 7.0])
def test_impossible_bias_is_refused(bias: float) -> None:
    with pytest.raises(ProcessError, match=r"bias of qcd is .*; allowed: 0 \(no weights\) to 6"):
        make_process("qcd", bias=bias)


def test_weights_fill_the_tail() -> None:
    plain, weighted = (Generator(QCD(bias=bias), 3, mpi=False).batch(150).hard for bias in (0.0, 4.5))
    assert np.all(plain["weight"] == 1.0)
    np.testing.assert_allclose(weighted["weight"], (800 / weighted["binvar"]) ** 4.5, rtol=1e-3)
    assert np.percentile(weighted["binvar"], 80) > 1.3 * np.percentile(plain["binvar"], 80)


def selected(process: QCD, seed: int, events: int) -> tuple[float, float, float]:
    """Return the cross section after selection, its error (pb), and the share of events that are selected."""
    generator, detector, rng = Generator(process, seed, mpi=False), Detector(), np.random.default_rng(seed)
    weights, passed = [], []
    for _ in range(events // 500):
        collisions = generator.batch(500)
        _, jets = find_jets(simulate_detector(collisions.particles, detector, rng), detector, rng)
        weights.append(collisions.hard["weight"])
        passed.append(passing(jets, process.cut))
    weight, kept = np.concatenate(weights), np.concatenate(passed)
    value, error = generator.cross_section()
    share = weight[kept].sum() / weight.sum()
    spread = np.sqrt(np.sum(weight[kept] ** 2)) / weight[kept].sum()
    return value * share, value * share * float(np.hypot(error / value, spread)), float(kept.mean())


def test_sideband_lies_apart() -> None:
    """The narrow sideband, of 33 pb; a third of what is generated is selected."""
    process = QCD(1950.0, 2.5, 1.4)
    value, error, share = selected(process, 5, 500)
    assert value == pytest.approx(33.0, abs=4 * error)
    assert share > 0.25


@pytest.mark.slow
def test_weighted_and_unweighted_selections_agree() -> None:
    """Leading order, m_jj > 2.1 TeV, |delta eta| < 1.3: 7.3 pb, with and without weights."""
    plain, weighted = selected(QCD(), 6, 6000), selected(QCD(bias=4.5), 7, 8000)
    print(f"unweighted {plain[0]:.2f} +- {plain[1]:.2f}, weighted {weighted[0]:.2f} +- {weighted[1]:.2f}")  # noqa: T201
    for value, error, _ in (plain, weighted):
        assert value == pytest.approx(7.3, abs=3 * error)
        assert error / value < 0.04
    assert weighted[2] > 1.3 * plain[2]
