"""pyhf, imported where it is needed."""

from __future__ import annotations

from typing import Any


class PyhfError(RuntimeError):
    """Raised when pyhf is missing or fails, or when it cannot express what is asked for."""


def library() -> Any:
    """Return pyhf.

    Raises:
        PyhfError: if it is not installed.

    """
    try:
        import pyhf  # noqa: PLC0415  only this bridge needs it
    except ImportError:
        msg = "this needs pyhf, which is not installed; install pyhf, or use bumphunt.limit, which needs nothing"
        raise PyhfError(msg) from None
    return pyhf
