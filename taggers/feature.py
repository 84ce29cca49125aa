"""Features of an event: which columns they stand for, and their values."""

from __future__ import annotations

import numpy as np

from ..datasets.column import JETS
from ..datasets.table import FeatureTable, Floats
from .error import ParameterError

DELTA = "delta_"
FIRST, SECOND = (f"{jet}_" for jet in JETS)


def expand(features: tuple[str, ...]) -> tuple[str, ...]:
    """Return the features one by one: a quantity of jets, without ``j1_``, stands for that of both.

    >>> expand(("j2_msd", "delta_msd", "tau41"))
    ('j2_msd', 'delta_msd', 'j1_tau41', 'j2_tau41')
    """
    special = {name for name in features if name.startswith((DELTA, FIRST, SECOND))}
    first = [name if name in special else FIRST + name for name in features]
    return (*first, *(SECOND + name for name in features if name not in special))


def columns(features: tuple[str, ...]) -> frozenset[str]:
    """Return the columns that features are made of; ``delta_`` is the difference of both jets.

    >>> sorted(columns(("j1_msd", "delta_msd")))
    ['j1_msd', 'j2_msd']
    """
    return frozenset(column for name in expand(features) for column in _parts(name))


def values(table: FeatureTable, features: tuple[str, ...]) -> Floats:
    """Return the features of events (n, F), in the order of `expand`."""
    found = [_value(table, name) for name in expand(features)]
    return np.stack(found, axis=-1)


def require_features(tagger: str, features: tuple[str, ...]) -> None:
    """Raise ``ParameterError`` when a tagger has no ``features``, or one of them twice."""
    if not features:
        raise ParameterError(f"tagger {tagger}: features is empty; give at least one, such as 'msd'")
    names = expand(features)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ParameterError(
            f"tagger {tagger}: features has {', '.join(twice)} more than once; give each once"
        )


def require_quantities(tagger: str, features: tuple[str, ...]) -> None:
    """Raise ``ParameterError`` as `require_features`, and for features that are not quantities of any jet."""
    require_features(tagger, features)
    for name in features:
        if name.startswith((DELTA, FIRST, SECOND)):
            raise ParameterError(
                f"tagger {tagger}: features has {name!r}, which is not a quantity of each jet; give some such as 'msd', or "
                "take a tagger of whole events, such as cwola_joint"
            )


def _parts(name: str) -> tuple[str, ...]:
    if not name.startswith(DELTA):
        return (name,)
    quantity = name.removeprefix(DELTA)
    return FIRST + quantity, SECOND + quantity


def _value(table: FeatureTable, name: str) -> Floats:
    found = table.events(*_parts(name))
    return found[:, 0] - found[:, 1] if found.shape[1] == 2 else found[:, 0]
