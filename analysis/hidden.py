"""Tables with signal hidden in background, as studies and pseudo-experiments make them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from ..datasets.column import JETS
from ..datasets.error import DataError
from ..datasets.fold import IDENTITY
from ..datasets.identity import contained, join
from ..datasets.provenance import provenance
from ..datasets.store import iterate, read
from ..datasets.table import FeatureTable, concatenate
from ..datasets.window import Window
from ..taggers.base import OTHERS, Sample
from ..taggers.crossfit import CrossFit
from .independence import numbered

HALF = "study"
KEYS = {"background": "extra", "deta_sideband": "deta_sideband", "priors": "priors"}
"""Keys of a configuration that name the tables of `Others`."""


class StudyError(DataError):
    """A study, or a pseudo-experiment, that cannot be made as asked for."""


def columns(plan: CrossFit, noise: int = 0) -> tuple[str, ...]:
    """Name the columns of a table that a tagger is trained and tested with; ``noise`` quantities need not be there."""
    made = {f"{jet}_noise{i}" for jet in JETS for i in range(noise)}
    return tuple(sorted({*(plan.tagger.inputs - made), *IDENTITY, "mjj"}))


def hide(
    background: FeatureTable, signal: FeatureTable, number: int, salt: str
) -> tuple[FeatureTable, FeatureTable]:
    """Hide events of a signal in background; return the data and the signal that was not hidden.

    A column truth says which is which, whatever the tables say of themselves. More events contain the less; other ones
    are taken with another ``salt``. ``StudyError`` for more than half of the signal.
    """
    require_enough(number, len(signal))
    background, signal = (
        table.with_columns(truth=np.full(len(table), value, np.int8))
        for value, table in enumerate((background, signal))
    )
    hidden = np.argsort(np.argsort(signal.uniform(salt))) < number
    return concatenate([background, signal.where(hidden)]), signal.where(~hidden)


def require_enough(number: int, signal: int) -> None:
    """Raise ``StudyError`` when more than half of the ``signal`` events would be hidden."""
    if number > signal // 2:
        raise StudyError(
            f"{number} signal events to hide, and the table of the signal has {signal}; at most half of "
            "them may be hidden: give a larger table or fewer events"
        )


def halves(left: FeatureTable) -> tuple[FeatureTable, FeatureTable]:
    """Divide signal that was not hidden in what taggers may train on, and what they are tested with."""
    half = left.fold(2, HALF)
    return left.where(half == 0), left.where(half == 1)


@dataclass(frozen=True)
class Others:
    """Tables that some taggers train with besides data and signal.

    ``extra``: background that is independent of what is searched; ``deta_sideband``: events with a large ``|delta eta|``; ``priors``:
    signals that anomalies are expected to be like.
    """

    extra: Path | None = None
    deta_sideband: Path | None = None
    priors: tuple[Path, ...] = ()

    def of(self, plan: CrossFit) -> dict[str, tuple[Path, ...]]:
        """List those that a tagger trains with, by the field of `Sample`; ``StudyError`` names the key that is missing."""
        given = {kind: _listed(getattr(self, key)) for kind, key in KEYS.items()}
        for kind in sorted(plan.tagger.traits.others):
            if not given[kind]:
                raise StudyError(
                    f"tagger {plan.tagger.name} trains with {OTHERS[kind]}; name tables of it as {KEYS[kind]}"
                )
        return {kind: paths for kind, paths in given.items() if kind in plan.tagger.traits.others}

    def backgrounds(self) -> tuple[Path, ...]:
        """List the tables of background, which must not share events with others."""
        return _listed(self.extra) + _listed(self.deta_sideband)


def sample(
    plan: CrossFit,
    data: FeatureTable,
    signal: FeatureTable,
    tested: Sequence[FeatureTable],
    others: Mapping[str, FeatureTable],
    window: Window | None,
) -> Sample:
    """Give a tagger what it trains on: data, ``signal`` of which nothing is tested, and the tables of `Others` by the field of `Sample`.

    Events of priors that are in tables that are ``tested`` are left out.
    """
    given = dict(others)
    if "priors" in given:
        priors = given["priors"]
        given["priors"] = priors.where(
            ~contained(priors.identity, join([table.identity for table in tested]))
        )
    if "signal" in plan.tagger.traits.trains_on:
        given["signal"] = signal
    return Sample(data, window=window, **given)


def read_others(
    plan: CrossFit, others: Others, names: tuple[str, ...], noise: int = 0
) -> dict[str, FeatureTable]:
    """Read the columns ``names`` of the tables that a tagger trains with; those of priors have a column ``prior``."""
    found = {}
    for kind, paths in others.of(plan).items():
        tables = [table((path,), names, noise) for path in paths]
        found[kind] = (numbered if kind == "priors" else concatenate)(tables)
    return found


@lru_cache(maxsize=16)
def table(paths: tuple[Path, ...], names: tuple[str, ...], noise: int = 0) -> FeatureTable:
    """Read columns of tables with the same columns, one after the other, and add ``noise`` quantities."""
    found = [read(path, names) for path in paths]
    return with_noise(concatenate(found) if len(found) > 1 else found[0], noise)


@lru_cache(maxsize=64)
def digest(path: Path, names: tuple[str, ...]) -> str:
    """Return what identifies the named columns of a table, read in pieces."""
    found = blake2b(digest_size=16)
    for piece in iterate(path, names):
        found.update(piece.digest().encode())
    return found.hexdigest()


def record(study: Any) -> dict[str, Any]:
    """Return all that decides the results of a study or of pseudo-experiments, for each tagger, and the provenance."""
    configuration = {name: study.identity(name) for name in study.taggers}
    return {"configuration": configuration, "provenance": provenance(configuration, {"seed": study.seed}, {})}


def _listed(given: Path | tuple[Path, ...] | None) -> tuple[Path, ...]:
    return given if isinstance(given, tuple) else () if given is None else (given,)


def own_seed(seed: int, number: int) -> int:
    """Return the seed of the training with a ``number`` in a study with a ``seed``."""
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0] >> 1)


def with_noise(table: FeatureTable, n: int) -> FeatureTable:
    """Give both jets quantities ``noise0``, ... ``n`` of them: normal numbers that depend on the identity of the event alone."""
    return table.with_columns(
        **{f"{jet}_noise{i}": _normal(table, f"{jet} {i}") for jet in JETS for i in range(n)}
    )


def _normal(table: FeatureTable, salt: str) -> Any:
    """Draw a normal number for each event (doi:10.1214/aoms/1177706645)."""
    radius, angle = table.uniform(f"noise radius {salt}"), table.uniform(f"noise angle {salt}")
    return np.sqrt(-2 * np.log1p(-radius)) * np.cos(2 * np.pi * angle)
