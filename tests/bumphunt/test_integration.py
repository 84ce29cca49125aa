from __future__ import annotations

import dijethunt.bumphunt as bh
import numpy as np
import pytest
from dijethunt.bumphunt.integration import quadrature

CMS_LIKE = (1.0, 9.26, 5.93, 0.58)


def relative_error(order: int) -> float:
    family, edges = bh.families.dijet(3), bh.dijet_edges(1246, 9726)
    exact = bh.integral(lambda m: family.density(m, CMS_LIKE), edges, order=20)
    return float(np.abs(bh.integral(lambda m: family.density(m, CMS_LIKE), edges, order) / exact - 1).max())


@pytest.mark.parametrize(("order", "error"), [(1, 4.5e-2), (2, 2.1e-4), (3, 3.0e-7), (4, 1.8e-10)])
def test_error_over_the_standard_bins(order, error):
    assert relative_error(order) == pytest.approx(error, rel=0.2)


def test_three_nodes_integrate_polynomials_of_degree_five():
    edges = np.array([1.0, 2.0, 5.0])
    assert bh.integral(lambda x: x**5, edges) == pytest.approx(
        (edges[1:] ** 6 - edges[:-1] ** 6) / 6, rel=1e-14
    )
    assert quadrature(edges)[0].shape == (2, 3)
