"""Named errors of event selections."""

from __future__ import annotations

from ..datasets.error import DataError


class SelectionError(DataError):
    """A selection that is not possible as it was asked for."""
