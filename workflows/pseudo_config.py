"""The configuration of pseudo-experiments: which simulated events, windows, taggers and fits, how much signal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ..analysis.pseudo import PseudoExperiments
from ..datasets.error import DataError
from ..selections.window import MASSES
from .config import ConfigError, Fit, Scan, Strict
from .study_config import check_numbers, check_taggers, others
from .toml import explain, read


@dataclass(frozen=True, kw_only=True)
class PseudoConfig(Strict):
    """Pseudo-experiments as a TOML file describes them; tables are relative to the file, masses in GeV."""

    pool: tuple[Path, ...]
    signal: Path
    mass: float
    windows: tuple[str, ...]
    events: int
    fit: Fit
    taggers: dict[str, dict[str, Any]]
    extra: Path | None = None
    deta_sideband: Path | None = None
    priors: tuple[Path, ...] = ()
    injected: tuple[int, ...] = (0,)
    title: str = ""
    label: str = ""
    experiments: int = 50
    folds: int = 5
    members: int = 4
    spread: float = 0.0
    seed: int = 1

    def study(self, folder: Path) -> PseudoExperiments:
        """Make the description, its tables relative to ``folder``; ``ConfigError`` names what cannot be."""
        check_numbers(self, {"experiments": 1, "members": 1, "seed": 0, "folds": 2, "events": 1})
        if not 0 <= self.spread < 1:
            raise ConfigError(f"spread is {self.spread:g}; allowed: 0 to 1, relative to the mass of an event")
        low, high = self.fit.range
        if not low < self.mass < high:
            raise ConfigError(
                f"mass is {self.mass:g} GeV; give that of the signal, inside of fit.range, {low:g} to {high:g} GeV"
            )
        if not self.pool:
            raise ConfigError("pool is empty; give at least one table of simulated background")
        unknown = sorted(set(self.windows) - set(MASSES))
        if unknown or not self.windows:
            raise ConfigError(f"windows is {list(self.windows)}; give some of {', '.join(MASSES)}")
        made_here = ("pool", "signal", "hunt", "others")
        own = [entry.name for entry in fields(PseudoExperiments) if entry.name not in made_here]
        return PseudoExperiments(
            pool=tuple(folder / path for path in self.pool),
            signal=folder / self.signal,
            hunt=self.fit.hunt(Scan(self.fit.range, 0), self.seed),
            others=others(self, folder),
            **{name: getattr(self, name) for name in own},
        )


def load(path: Path, overrides: Iterable[str]) -> tuple[PseudoConfig, PseudoExperiments]:
    """Read a TOML file, apply overrides, and make the description; ``ConfigError`` names the file and the key."""
    content = read(path, overrides)
    try:
        config: PseudoConfig = TypeAdapter(PseudoConfig).validate_python(content)
        study = config.study(path.parent)
        check_taggers(study)
        _check_points(study)
    except ValidationError as error:
        raise ConfigError(f"{path}: {explain(error, PseudoConfig)}") from error
    except (ConfigError, DataError) as error:
        raise ConfigError(f"{path}: {error}") from error
    return config, study


def _check_points(study: PseudoExperiments) -> None:
    """Refuse a tagger whose working point cannot be found, before anything is trained."""
    for name in study.taggers:
        for window in study.windows:
            try:
                study.point(name, window, 0)
            except ValueError as error:
                raise ConfigError(f"taggers.{name}: {error}") from error
