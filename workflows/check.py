"""What a configuration must satisfy beyond the types of its keys, checked before anything is computed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from math import inf

from pydantic import ValidationError

from .. import bumphunt as bh
from ..analysis import plan
from ..analysis.point import make_point, selects_in_windows
from ..analysis.training import make_crossfit
from ..datasets.column import EVENT_COLUMNS, JETS
from ..datasets.error import unknown
from ..selections.quantities import KINEMATICS
from ..selections.window import MASSES
from ..taggers import registry
from ..taggers.base import OTHERS, Tagger
from . import identity
from .config import Config, ConfigError, Table, require_name
from .toml import explain

CONSTITUENTS = "constituents"
EXAMPLES = {
    "background": '["qcd2"]',
    "priors": '["xyy_3000_80_80"]',
    "deta_sideband": '["wide"], with samples.wide.selection = { deta_min = 1.4, deta_max = 5.0 }',
}


def check(config: Config) -> None:
    """Refuse a configuration that cannot run; ``ConfigError`` names the key and says what to do."""
    for name in (*config.samples, *config.searches, *config.taggers):
        require_name(name)
    for name in config.samples:
        _sample(config, name)
    for name in config.searches:
        _search(config, name)
    _numbers(config)
    _fit(config)
    for name in config.taggers:
        with _named(f"taggers.{name}"):
            tagger = _tagger(config, name)
        _masses(config, name)
        _trained_with(config, name, tagger)


def _sample(config: Config, name: str) -> None:
    sample = config.samples[name]
    with _named(f"samples.{name}"):
        config.selection_of(name)
    if bool(sample.files) == bool(sample.simulation):
        raise ConfigError(f"samples.{name} must have either files or a simulation")
    if sample.simulation:
        with _named(f"samples.{name}.simulation"):
            sample.simulation.make()
    else:
        identity.input_files(config, name)


def _search(config: Config, name: str) -> None:
    search = config.searches[name]
    if not search.data or search.events < 0:
        raise ConfigError(f"searches.{name} needs a sample as data, and no less than 0 events")
    if (search.cross_section is None) != (search.luminosity is None) or (search.events and search.luminosity):
        raise ConfigError(f"searches.{name}: give either events, or cross_section (fb) and luminosity (fb-1)")
    for sample in (*search.data, search.signal, *search.background, *search.deta_sideband, *search.priors):
        if sample not in config.samples:
            raise ConfigError(f"searches.{name}: {unknown('sample', sample, config.samples)}")
    if len({*search.priors}) < len(search.priors):
        raise ConfigError(f"searches.{name}.priors: {list(search.priors)} names a sample twice")
    for key, wanted in (("priors", True), ("deta_sideband", False)):
        for sample in getattr(search, key):
            kind = config.samples[sample].kind
            if (kind == "signal") != wanted:
                raise ConfigError(
                    f"searches.{name}.{key}: {sample!r} is of kind {kind!r}; allowed: samples of {'' if wanted else 'another kind than '}'signal'"
                )
    for sample in search.background:
        if sample in search.data or config.samples[sample].kind != "background":
            raise ConfigError(
                f"searches.{name}.background: {sample!r} is of kind {config.samples[sample].kind!r} and "
                f"{'' if sample in search.data else 'not '}part of the data; allowed: samples of kind 'background' "
                "that are not"
            )
    _apart(config, name)
    _alike(config, name)


def _alike(config: Config, search: str) -> None:
    """Refuse a signal, and simulated background, whose jets pass other cuts than those of the data."""
    entry = config.searches[search]
    first = entry.data[0]
    cuts = config.selection_of(first).of_jets()
    for name in (*entry.data, entry.signal, *entry.background):
        if config.selection_of(name).of_jets() != cuts:
            raise ConfigError(
                f"searches.{search}: the jets of {name!r} and of the data {first!r} pass different cuts; give both samples the "
                "same selection"
            )


def _apart(config: Config, search: str) -> None:
    """Refuse samples with a large ``|delta eta|`` that may hold events like those that are searched."""
    below = max(config.selection_of(name).deta_max or inf for name in config.searches[search].data)
    for name in config.searches[search].deta_sideband:
        above = config.selection_of(name).deta_min or 0.0
        if above < below:
            raise ConfigError(
                f"searches.{search}.deta_sideband: {name!r} has events from |delta eta| {above:g} on, the data have some up to {below:g}; "
                f"give it a selection of its own, such as samples.{name}.selection = {{ deta_min = 1.4, deta_max = 5.0 }}"
            )


def _numbers(config: Config) -> None:
    given = {
        "folds.outer": (config.folds.outer, 2),
        "folds.members": (config.folds.members, 1),
        "scan.toys": (config.scan.toys, 0),
        "seed": (config.seed, 0),
    }
    for key, (value, least) in given.items():
        if value < least:
            raise ConfigError(f"{key} is {value}; allowed: {least} or more")
    if config.fit.bin_width <= 0:
        raise ConfigError(f"fit.bin_width is {config.fit.bin_width:g} GeV; allowed: above 0")


def _fit(config: Config) -> None:
    low, high = config.fit.range
    used = {name for search in config.searches.values() for name in search.data}
    first = max(config.selection_of(name).mjj_min or 0.0 for name in sorted(used))
    if low < first:
        raise ConfigError(
            f"fit.range starts at {low:g} GeV, below selection.mjj_min {first:g}, where events are missing; start it there or "
            "above"
        )
    with _named("fit"):
        bh.background(
            config.fit.family,
            config.fit.parameters,
            alpha=config.fit.alpha,
            largest_uncertainty=config.fit.largest_uncertainty,
        )
        bh.dijet_edges(low, high)
    for name, search in config.searches.items():
        if not low <= search.mass <= high:
            raise ConfigError(
                f"searches.{name}.mass is {search.mass:g} GeV; allowed: those of fit.range, {low:g} to {high:g} GeV"
            )


def _tagger(config: Config, name: str) -> Tagger:
    kind = config.taggers[name].get("tagger", name)
    if kind not in registry.names():
        raise ConfigError(unknown("tagger", kind, registry.names()))
    tagger = make_crossfit(
        name, config.taggers[name], config.seed, config.folds.outer, config.folds.members
    ).tagger
    known = {CONSTITUENTS, *config.quantities, *(quantity.name for quantity in KINEMATICS)}
    window = next(iter(MASSES)) if selects_in_windows(name, config.taggers[name]) else plan.EVERYWHERE
    make_point(name, config.taggers[name], window, config.folds.outer, config.seed)
    for column in sorted(tagger.inputs):
        jet, _, quantity = column.partition("_")
        if jet not in JETS and column not in {one.name for one in EVENT_COLUMNS}:
            raise ConfigError(
                f"needs {column}, which a search does not have; it is for studies and pseudo-experiments"
            )
        if quantity == CONSTITUENTS and not config.constituents:
            raise ConfigError("trains on the candidates of the jets; set constituents = true")
        if jet in JETS and quantity not in known:
            raise ConfigError(f"needs {column}; add {quantity!r} to quantities, or change its features")
    return tagger


def _masses(config: Config, name: str) -> None:
    """Refuse masses that are scanned and not inside the spectrum that is fitted."""
    with _named("scan.range"):
        windows = plan.windows(selects_in_windows(name, config.taggers[name]), *config.scan.range)
    low, high = (float(edge) for edge in _ends(bh.dijet_edges(*config.fit.range)))
    for mass in (mass for window in windows for mass in plan.masses(window, *config.scan.range)):
        if not low < mass < high:
            raise ConfigError(
                f"scan.range holds the mass {mass:g} GeV, fit.range only {low:g} to {high:g} GeV in whole bins; "
                "narrow the one or widen the other"
            )


def _trained_with(config: Config, name: str, tagger: Tagger) -> None:
    """Refuse a tagger in a search that does not name the samples that it trains with."""
    for search, entry in config.searches.items():
        for kind in sorted(tagger.traits.others):
            if not getattr(entry, kind):
                raise ConfigError(
                    f"taggers.{name} trains on {OTHERS[kind]}; name samples of it in searches.{search}, such as {kind} = {EXAMPLES[kind]}"
                )


def _ends(edges: Iterable[float]) -> tuple[float, float]:
    first, *_, last = edges
    return first, last


@contextmanager
def _named(key: str) -> Iterator[None]:
    """Put the key before the message of whatever is refused."""
    try:
        yield
    except ValueError as error:
        reason = explain(error, Table) if isinstance(error, ValidationError) else error
        raise ConfigError(f"{key}: {reason}") from error
