"""Campaigns on the command line: finding a recipe, checking what is there, making what is missing, the summary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import typer

from .config import ConfigError
from .display import bar, say, table

RECIPES = ("mock-quick", "mock-3tev", "mock-5tev", "mock-full", "lhco", "jets")
CHANGES = ("seed", "mpi", "pileup", "radius")
DAMAGED = 1
LISTED = 20


@dataclass(frozen=True)
class Wish:
    """What of a campaign is wanted: a fraction, some samples, and settings in the place of its own (None: its own)."""

    fraction: float = 1.0
    only: tuple[str, ...] = ()
    seed: int | None = None
    mpi: bool | None = None
    pileup: float | None = None
    radius: float | None = None

    def changes(self) -> dict[str, Any]:
        """Return the settings that are given, by name."""
        return {key: getattr(self, key) for key in CHANGES if getattr(self, key) is not None}


def is_campaign(name: str) -> bool:
    """Tell whether a name is that of a campaign, rather than of a process."""
    return name in RECIPES or name.endswith(".toml")


def place(name: str) -> Path:
    """Return the TOML file of a campaign, which is shipped or of the user."""
    return Path(__file__).with_name(f"{name}.toml") if name in RECIPES else Path(name)


def load(name: str, wish: Wish) -> tuple[Any, Any]:
    """Read a campaign with the settings of ``wish``: the whole of it, and what of it is wanted."""
    from ..datasets.campaign_file import read_campaign  # noqa: PLC0415  needs the processes

    whole = replace(read_campaign(place(name)), **wish.changes())
    wanted = whole.only(wish.only) if wish.only else whole
    return whole, wanted.scaled(wish.fraction)


def verify(name: str, folder: Path, wish: Wish) -> None:
    """Check all parts and name those that are not whole; ``typer.Exit`` with code 1 when there are any."""
    from ..datasets.manifest import STATES  # noqa: PLC0415

    _, wanted = load(name, wish)
    findings = _examine(wanted, folder)
    samples = dict.fromkeys(finding.task.sample for finding in findings)
    rows = [
        [sample, *(sum((f.task.sample, f.state) == (sample, state) for f in findings) for state in STATES)]
        for sample in samples
    ]
    table(f"parts of {wanted.name} in {folder}", ["sample", *STATES], rows)
    wrong = [finding for finding in findings if finding.state != "whole"]
    named = [finding for finding in wrong if finding.state != "unmade"]
    _name(named)
    if wrong:
        typer.echo(_verdict(findings, folder), err=not named)
        raise typer.Exit(DAMAGED)
    say("all parts are whole")


def _verdict(findings: Sequence[Any], folder: Path) -> str:
    """Say how many parts stand in the way, and what to do; foreign ones would stop the making of the others."""
    foreign = sum(finding.state == "foreign" for finding in findings)
    if foreign:
        return (
            f"{foreign} of {len(findings)} parts in {folder} were made with other settings; verify with those, or choose "
            "another folder"
        )
    wrong = sum(finding.state != "whole" for finding in findings)
    return f"{wrong} of {len(findings)} parts in {folder} are not whole; leave --verify out to make them"


def produce(name: str, folder: Path, wish: Wish, jobs: int) -> None:
    """Make what is missing of a campaign, then its catalogue and summary."""
    from ..datasets import campaign_production as production  # noqa: PLC0415  needs Pythia

    whole, wanted = load(name, wish)
    findings = _examine(wanted, folder)
    production.refuse_foreign(findings)
    lost = [finding for finding in findings if finding.state in ("damaged", "missing")]
    _name(lost)
    events = sum(finding.task.size for finding in findings)
    kept = sum(finding.state == "whole" for finding in findings)
    again = f", {len(lost)} damaged or gone, to be made again" if lost else ""
    say(
        f"{wanted.name}: {len(wanted.entries)} samples, {events:,} events in {len(findings)} parts; "
        f"{kept} are there{again}"
    )
    with bar("simulating", "events") as progress:
        production.produce(whole, folder, findings, jobs=jobs, watch=progress)
    _summarise(whole, folder)


def _examine(wanted: Any, folder: Path) -> Sequence[Any]:
    from ..datasets.campaign_production import verify  # noqa: PLC0415

    with bar("checking", "parts") as progress:
        found: Sequence[Any] = verify(wanted, folder, progress)
    return found


def _name(findings: Sequence[Any]) -> None:
    """Name parts on the terminal, the first of many."""
    for finding in findings[:LISTED]:
        typer.echo(finding.message, err=True)
    if len(findings) > LISTED:
        typer.echo(f"... and {len(findings) - LISTED} more", err=True)


def _summarise(whole: Any, folder: Path) -> None:
    from ..datasets.campaign_summary import CATALOGUE, SUMMARY, write_summary  # noqa: PLC0415

    made = write_summary(whole, folder)
    columns = ["sample", "parts", "events", "σ [pb]", "σ sel. [pb]", "L [fb-1]", "CPU [ms]"]
    table(whole.name, columns, [_row(sample) for sample in made])
    if any(sample.weighted for sample in made):
        say("* weighted: L is that of the effective number of events, (sum w)^2 / sum w^2")
    if whole.luminosity and (short := _short(whole, made)):
        say(f"less than the {whole.luminosity:g} fb-1 of the campaign: {', '.join(short)}")
    say(f"{folder / CATALOGUE} and {folder / SUMMARY} are written")


def _row(sample: Any) -> list[str]:
    luminosity, cpu = sample.equivalent_luminosity, sample.cpu_ms_per_event
    return [
        f"{sample.name}{' *' if sample.weighted else ''}",
        f"{sample.parts}/{sample.parts_wanted}",
        f"{sample.selected:,}",
        f"{sample.cross_section:.3g}",
        f"{sample.selected_cross_section:.3g}",
        "" if luminosity is None else f"{luminosity:.4g}",
        "" if cpu is None else f"{cpu:.1f}",
    ]


def _short(whole: Any, made: Sequence[Any]) -> list[str]:
    """Name the unweighted backgrounds for data that do not suffice for the luminosity of the campaign."""
    mixed = [sample for sample in made if sample.role == "data" and not sample.weighted]
    return [s.name for s in mixed if s.equivalent_luminosity and s.equivalent_luminosity < whole.luminosity]


def refuse_unknown(name: str) -> None:
    """Refuse a name that is neither that of a process nor of a campaign."""
    from ..datasets.error import UnknownNameError, unknown  # noqa: PLC0415
    from ..datasets.process import PROCESSES, make_process  # noqa: PLC0415

    try:
        make_process(name)
    except UnknownNameError:
        known = [*PROCESSES, *RECIPES]
        if Path(name).suffix or "/" in name:
            raise UnknownNameError(
                f"{name}: the name of a file ends in .toml (a campaign) or .cmnd (settings of Pythia)"
            ) from None
        raise UnknownNameError(unknown("process or campaign", name, known)) from None


def refuse_options(name: str, **given: Any) -> None:
    """Refuse options that do not go with a campaign or a process; ``ConfigError`` names the first of them."""
    for option, value in given.items():
        if value not in (None, [], (), False):
            if not is_campaign(name):
                refuse_unknown(name)
            kind = "a campaign" if is_campaign(name) else "a process"
            raise ConfigError(
                f"--{option.replace('_', '-')} does not go with {kind} such as {name}; leave it out"
            )
