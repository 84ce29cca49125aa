from __future__ import annotations

import numpy as np
import pytest
from dijethunt.analysis import figure
from dijethunt.bumphunt import CMS_DIJET_EDGES


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("mjj", r"$m_{jj}$ [GeV]"),
        ("j1_tau21", r"$\tau_2/\tau_1$ of j1"),
        ("j2_msd", "soft-drop mass of j2 [GeV]"),
        ("deta", "deta"),
        ("j1_own", "own of j1"),
    ],
)
def test_axes_have_names_and_units(name: str, title: str) -> None:
    assert figure.axis_title(name) == title


def test_mass_bins_are_standard_ones_with_enough_events() -> None:
    mjj = 2100 + np.random.default_rng(1).exponential(400, 5000)
    edges = figure.mass_edges(mjj, least=100)
    counts = np.histogram(mjj, edges)[0]
    assert set(edges) <= set(CMS_DIJET_EDGES)
    assert counts.sum() == 5000
    assert counts.min() >= 100
