from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest


def test_steps_find_the_derivatives_that_were_written_down():
    curve = bh.families.modified_dijet(3)
    stepped = bh.differentiated(lambda x, p: p[0] * np.log(1 - x + p[2] * x**2) - p[1] * np.log(x))
    x, p = np.linspace(0.1, 0.7, 12), np.array([[9.0, 6.0, 0.2], [-3.0, 8.0, 5.0]])
    value, slopes, second = stepped(x, p, 2)
    wanted = curve.terms(x, p, 2)
    assert value == pytest.approx(wanted[0], rel=1e-14)
    assert slopes == pytest.approx(wanted[1], rel=1e-13)
    assert second == pytest.approx(wanted[2], rel=1e-8, abs=1e-8)
    assert len(stepped(x, p, 0)) == 1
