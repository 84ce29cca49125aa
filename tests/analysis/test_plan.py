from __future__ import annotations

import numpy as np
import pytest
from dijethunt.analysis import plan
from dijethunt.selections.window import MASSES


def test_windows_lie_in_the_sample_with_their_sidebands() -> None:
    assert plan.windows(True, 2100, 5500) == ("B3", "A4", "B4", "A5")
    assert plan.windows(True, 2230, 4071) == ("B3",)
    assert plan.windows(False, 2100, 5500) == (plan.EVERYWHERE,)


def test_every_mass_has_one_window_and_the_inclusive_search_has_them_all() -> None:
    names = plan.windows(True, 2100, 5500)
    masses = [mass for name in names for mass in plan.masses(name, 2100, 5500)]
    assert masses == sorted(set(masses)) == list(plan.masses(plan.EVERYWHERE, 2100, 5500))
    assert plan.masses("B3", 2100, 5500) == MASSES["B3"]


def test_a_range_without_windows_says_what_it_takes() -> None:
    with pytest.raises(plan.PlanError, match=r"inside 2300 to 4071 GeV; widen scan\.range"):
        plan.windows(True, 2300, 4071)


def test_efficiencies_are_published_or_given() -> None:
    assert plan.efficiency("B3", None) == 0.01
    assert plan.efficiency("A4", None) == 0.03
    assert plan.efficiency("B3", 0.1) == 0.1
    with pytest.raises(plan.PlanError, match="set its efficiency"):
        plan.efficiency(plan.EVERYWHERE, None)


def test_without_a_window_every_event_is_sideband() -> None:
    assert set(plan.region(plan.EVERYWHERE, np.array([2000.0, 3000.0]))) == {-1}
    assert list(plan.region("B3", np.array([2000.0, 2300.0, 3000.0, 3400.0]))) == [2, -1, 0, 1]
