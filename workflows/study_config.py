"""The configuration of a study: which tables, which taggers, how much signal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from ..analysis.hidden import Others, require_enough
from ..analysis.independence import require_background, require_independent, require_one_name
from ..analysis.pseudo import PseudoExperiments
from ..analysis.study import Study
from ..datasets.error import ColumnError, DataError
from ..datasets.store import count, require
from ..datasets.store import read as read_table
from ..datasets.window import SIGNAL_REGION, Window
from .config import ConfigError, Strict, require_name
from .toml import explain, read


@dataclass(frozen=True, kw_only=True)
class StudyConfig(Strict):
    """A study as a TOML file describes it; tables are relative to the file, masses in GeV."""

    background: Path
    signal: Path
    tested: tuple[Path, ...] = ()
    extra: Path | None = None
    deta_sideband: Path | None = None
    priors: tuple[Path, ...] = ()
    window: tuple[float, float]
    sidebands: tuple[tuple[float, float], ...]
    injected: tuple[int, ...]
    taggers: dict[str, dict[str, Any]]
    title: str = ""
    label: str = ""
    trainings: int = 10
    members: int = 4
    seed: int = 1
    noise: int = 0

    def study(self, folder: Path) -> Study:
        """Make the study, its tables relative to ``folder``; ``ConfigError`` names what cannot be."""
        check_numbers(self, {"trainings": 1, "members": 1, "seed": 0, "noise": 0})
        for name, settings in self.taggers.items():
            for key in ("efficiency", "working_point"):
                if key in settings:
                    raise ConfigError(
                        f"taggers.{name}.{key} has no effect in a study, which measures all efficiencies; leave it out"
                    )
        tables = {name: folder / getattr(self, name) for name in ("background", "signal")}
        tested = tuple(folder / path for path in self.tested)
        window = Window(*self.window, self.sidebands, name="study")
        own = {
            name: getattr(self, name)
            for name in ("injected", "taggers", "trainings", "members", "seed", "noise")
        }
        return Study(**tables, tested=tested, window=window, others=others(self, folder), **own)


def load(path: Path, overrides: Iterable[str]) -> tuple[StudyConfig, Study]:
    """Read a TOML file, apply overrides, and make the study; ``ConfigError`` names the file and the key."""
    content = read(path, overrides)
    try:
        config: StudyConfig = TypeAdapter(StudyConfig).validate_python(content)
        study = config.study(path.parent)
        check_taggers(study)
        check_signals(study)
    except ValidationError as error:
        raise ConfigError(f"{path}: {explain(error, StudyConfig)}") from error
    except (ConfigError, DataError) as error:
        raise ConfigError(f"{path}: {error}") from error
    return config, study


def others(config: Any, folder: Path) -> Others:
    """Return the tables that some taggers train with, relative to ``folder``."""
    single = {
        name: path and folder / path
        for name in ("extra", "deta_sideband")
        for path in (getattr(config, name),)
    }
    return Others(**single, priors=tuple(folder / path for path in config.priors))


def check_numbers(config: Any, least: Mapping[str, int]) -> None:
    """Refuse numbers below the least that is allowed, by key, and numbers of signal events that do not rise."""
    for name, allowed in least.items():
        if getattr(config, name) < allowed:
            raise ConfigError(f"{name} is {getattr(config, name)}; allowed: {allowed} or more")
    injected = config.injected
    if not injected or min(injected) < 0 or sorted(set(injected)) != list(injected):
        raise ConfigError(
            f"injected is {list(injected)}; give rising numbers of events, such as [0, 100, 300]"
        )


def check_taggers(study: Study | PseudoExperiments) -> None:
    """Make every tagger; refuse one without the background that it trains on, and tables that are not what they should be."""
    for name in study.taggers:
        require_name(name)
        try:
            tables = study.tables(name)
        except ValueError as error:
            raise ConfigError(f"taggers.{name}: {error}") from error
        for path in tables:
            _check_columns(name, path, study.columns(name))
    names = [path.stem for path in study.signals()]
    if len({*names}) < len(names):
        raise ConfigError(f"signal and tested name files {sorted(names)}; give each another name")
    require_background(study.backgrounds())
    require_independent([(str(path), path) for path in (*study.backgrounds(), *study.signals())])
    require_one_name({str(path): path for path in study.others.priors}, study.signals())
    require_enough(max(study.injected), count(study.signal))


def check_signals(study: Study) -> None:
    """Refuse a signal that has no events in the signal region to test with."""
    for path in study.signals():
        if not np.any(study.window.region(read_table(path, ["mjj"])["mjj"]) == SIGNAL_REGION):
            raise ConfigError(
                f"{path} has no event in the window {study.window.low:g} to {study.window.high:g} GeV; "
                "give a signal of another mass or another window"
            )


def _check_columns(tagger: str, path: Path, columns: Iterable[str]) -> None:
    try:
        require(path, columns)
    except ColumnError as error:
        raise ConfigError(f"taggers.{tagger}: {error}") from error
