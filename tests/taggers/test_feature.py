"""What the names of features stand for."""

from __future__ import annotations

import numpy as np
import pytest
from dijethunt.datasets.table import FeatureTable
from dijethunt.taggers.error import ParameterError
from dijethunt.taggers.feature import columns, expand, require_features, values

TABLE = FeatureTable(
    {
        "j1_msd": np.array([200.0, 90.0]),
        "j2_msd": np.array([80.0, 90.0]),
        "j1_tau21": np.array([0.2, 0.4], dtype=np.float32),
        "j2_tau21": np.array([0.5, 0.6], dtype=np.float32),
    }
)


def test_a_quantity_stands_for_both_jets_first_those_of_the_first():
    assert expand(("msd", "tau21")) == ("j1_msd", "j1_tau21", "j2_msd", "j2_tau21")
    assert np.array_equal(values(TABLE, ("msd", "tau21")), TABLE.events(*expand(("msd", "tau21"))))


def test_one_jet_and_differences():
    assert values(TABLE, ("j2_msd", "delta_msd")).tolist() == [[80.0, 120.0], [90.0, 0.0]]
    assert columns(("j2_msd", "delta_msd", "tau21")) == {"j1_msd", "j2_msd", "j1_tau21", "j2_tau21"}
    assert values(TABLE, ("delta_tau21",)).dtype == np.float64


@pytest.mark.parametrize(
    ("features", "message"),
    [((), "tagger cathode: features is empty"), (("msd", "j1_msd"), "features has j1_msd more than once")],
)
def test_unusable_lists_are_refused(features, message):
    with pytest.raises(ParameterError, match=message):
        require_features("cathode", features)
