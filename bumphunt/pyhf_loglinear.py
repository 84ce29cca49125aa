"""The modifier that pyhf lacks for a smooth background: factor exp(phi z) in every bin, with phi free.

The whitened parameters of a fitted function are such phi, with z its slope in the logarithm. pyhf's own modifiers either
leave the bins independent or constrain what the data themselves determine.
"""

from __future__ import annotations

from typing import Any, ClassVar

from .pyhf_library import library
from .pyhf_modifier import Modifier, ModifierBuilder
from .whitened import LARGEST

RANGE = 20.0  # of phi, in standard deviations of the fit that the workspace was made from


class LogLinearBuilder(ModifierBuilder):
    """Collects the slopes z."""

    parts = ("z",)
    parameter: ClassVar[dict[str, Any]] = {"paramset_type": "unconstrained", "bounds": ((-RANGE, RANGE),)}

    def arrays(self, modifier: Any, definition: Any) -> list[list[float]]:  # noqa: ARG002
        """Return the slopes."""
        return [modifier["data"]]


class LogLinear(Modifier):
    """Multiplies samples by exp(phi z), with any backend of pyhf."""

    name = "loglinear"
    op_code = "multiplication"
    parts = ("z",)

    def apply(self, point: Any) -> Any:
        """Return the factors, shape (n_modifiers, n_samples, n_points, n_bins), or None without modifiers."""
        (slopes,) = self.arrays
        if not slopes:
            return None
        backend, _ = library().get_backend()
        exponent = backend.einsum(self.equation, backend.astensor(slopes), self.parameters.get(point))
        return backend.exp(backend.clip(exponent, -LARGEST, LARGEST))
