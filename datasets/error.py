"""Named errors of the data layer; each says what was got, what is allowed, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class DataError(ValueError):
    """Data that cannot be used as it is."""


class ColumnError(DataError):
    """A column that is missing, of the wrong length, or of the wrong kind."""


class FileError(DataError):
    """A file that cannot be read or written, or that lacks what was asked for."""


class UnknownNameError(DataError):
    """A name that is not among the known ones."""


def unknown(kind: str, name: object, known: Iterable[str]) -> str:
    """Word the message for an unknown name.

    ``kind`` is what was looked for, ``known`` the names that exist; the nearest of them is proposed.

    >>> unknown("column", "mj", ["mjj", "deta"])
    "no column 'mj'; did you mean 'mjj'? known: deta, mjj"
    """
    names = sorted(known)
    near = get_close_matches(str(name), names, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ";"
    return f"no {kind} {name!r}{hint} known: {', '.join(names) or 'none'}"
