"""The modifiers that a workspace of this package needs beside those of pyhf."""

from __future__ import annotations

from typing import Any

from .loglinear import LogLinear, LogLinearBuilder
from .parabola import Parabola, ParabolaBuilder
from .pyhf_library import library


def modifier_set() -> dict[str, Any]:
    """Return pyhf's modifiers with ``loglinear`` and ``parabola``, for ``pyhf.Model(..., modifier_set=...)``.

    Raises:
        PyhfError: if pyhf is not installed.

    """
    library()
    from pyhf.modifiers import histfactory_set  # noqa: PLC0415

    return {
        **histfactory_set,
        "loglinear": (LogLinearBuilder, LogLinear),
        "parabola": (ParabolaBuilder, Parabola),
    }
