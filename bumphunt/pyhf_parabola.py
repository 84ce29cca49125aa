"""The modifier of pyhf for a signal shape that moves on a parabola with a constrained parameter.

pyhf's own histosys goes through the same three shapes, on a polynomial of sixth order between them and on straight lines
outside; its option of parabolas, code2, jumps at one standard deviation (pyhf 0.7.6).
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from .pyhf_library import library
from .pyhf_modifier import Modifier, ModifierBuilder

RANGE = 5.0  # of the parameter, as for histosys


class ParabolaBuilder(ModifierBuilder):
    """Collects the coefficients of the parabolas."""

    parts = ("linear", "quadratic")
    parameter: ClassVar[dict[str, Any]] = {
        "paramset_type": "constrained_by_normal",
        "bounds": ((-RANGE, RANGE),),
        "auxdata": (0.0,),
    }

    def arrays(self, modifier: Any, definition: Any) -> list[list[float]]:
        """Return the coefficients of the parabolas through the nominal shape and those one deviation away."""
        shapes = (definition["data"], modifier["data"]["hi_data"], modifier["data"]["lo_data"])
        nominal, up, down = (np.array(shape, dtype=float) for shape in shapes)
        return [((up - down) / 2).tolist(), ((up + down) / 2 - nominal).tolist()]


class Parabola(Modifier):
    """Adds linear nu + quadratic nu^2 to samples, with any backend of pyhf."""

    name = "parabola"
    op_code = "addition"
    parts = ("linear", "quadratic")

    def apply(self, point: Any) -> Any:
        """Return the added events, shape (n_modifiers, n_samples, n_points, n_bins), or None without modifiers."""
        linear, quadratic = self.arrays
        if not linear:
            return None
        backend, _ = library().get_backend()
        nu = self.parameters.get(point)
        added = backend.einsum(self.equation, backend.astensor(linear), nu)
        return added + backend.einsum(self.equation, backend.astensor(quadratic), nu * nu)
