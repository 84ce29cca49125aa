"""The commands that make simulated samples: a process, a campaign, a mixture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from .display import bar, say
from .option import Jobs, Overrides

app = typer.Typer()


@app.command()
def simulate(
    what: Annotated[
        str,
        typer.Argument(
            metavar="PROCESS|CAMPAIGN",
            help="A process, a signal or Pythia settings (.cmnd); or a campaign: mock-quick, mock-3tev, mock-5tev, "
            "mock-full, lhco, jets, or a file (.toml).",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE.root|FOLDER",
            help="NanoAOD file of a process, or folder of a campaign.",
        ),
    ] = None,
    events: Annotated[
        int | None, typer.Option("--events", "-n", min=1, help="Number of selected events of a process.")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", "-s", min=0, help="Same seed, same events; default 1, or the campaign's."),
    ] = None,
    jobs: Jobs = 1,
    mpi: Annotated[
        bool | None,
        typer.Option(
            "--mpi/--no-mpi",
            help="Multiparton interactions; without them not for physics. Default on, or the campaign's.",
        ),
    ] = None,
    pileup: Annotated[
        float | None, typer.Option("--pileup", min=0.0, help="Mean number of other collisions in an event.")
    ] = None,
    radius: Annotated[float | None, typer.Option("--radius", help="Radius of the jets; default 0.8.")] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Parameter of the process: mass=5000."),
    ] = None,
    fraction: Annotated[
        float,
        typer.Option("--fraction", help="Make this fraction of the parts of each sample of a campaign."),
    ] = 1.0,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="NAME", help="Make this sample of a campaign; may be repeated."),
    ] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Only check the parts of a campaign.")] = False,
    print_config: Annotated[bool, typer.Option("--print-config", help="Print the campaign as TOML.")] = False,
) -> None:
    """Simulate dijet events as PFNano-like NanoAOD. An interrupted run goes on where it stopped."""
    from . import campaign  # noqa: PLC0415
    from .config import ConfigError  # noqa: PLC0415

    wish = campaign.Wish(fraction, tuple(only or ()), seed, mpi, pileup, radius)
    if not campaign.is_campaign(what):
        campaign.refuse_options(
            what, fraction=fraction != 1.0, only=only, verify=verify, print_config=print_config
        )
        if events is None or output is None:
            campaign.refuse_unknown(what)
            raise ConfigError(f"simulate {what}: give --events N and --output FILE.root, or a campaign")
        _simulate_process(what, events, output, wish, jobs, overrides or [])
        return
    campaign.refuse_options(what, events=events, set=overrides)
    if print_config:
        typer.echo(campaign.place(what).read_text(), nl=False)
        return
    if output is None:
        raise ConfigError(f"simulate {what}: give the folder of the campaign as --output FOLDER")
    if verify:
        campaign.verify(what, output, wish)
    else:
        campaign.produce(what, output, wish, jobs)


@app.command()
def mix(
    catalogue: Annotated[
        Path, typer.Argument(metavar="CATALOGUE.toml", help="Catalogue of a campaign, or of your own.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="TABLE", help="Table to write, .parquet or .h5.")
    ],
    luminosity: Annotated[float, typer.Option("--luminosity", help="fb-1.")],
    seed: Annotated[int, typer.Option("--seed", "-s", min=0, help="Same seed, same events.")] = 1,
    samples: Annotated[
        list[str] | None,
        typer.Option(
            "--samples",
            metavar="NAME",
            help="Mix this sample; may be repeated. Default: backgrounds for data.",
        ),
    ] = None,
    signal: Annotated[
        str | None, typer.Option("--signal", metavar="NAME", help="Hide this signal in the mixture.")
    ] = None,
    events: Annotated[
        int | None,
        typer.Option("--events", "-n", min=0, help="Number of signal events, after the selection."),
    ] = None,
    cross_section: Annotated[
        float | None,
        typer.Option("--cross-section", min=0.0, help="Of the signal in fb, before the selection."),
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help=r"TOML with \[selection] and quantities.")
    ] = None,
    overrides: Overrides = None,
    jobs: Jobs = 1,
) -> None:
    """Draw an unweighted mixture of simulated backgrounds at a luminosity, with a signal hidden in it."""
    from .mix import Signal  # noqa: PLC0415
    from .mix import mix as make  # noqa: PLC0415
    from .toml import load_table  # noqa: PLC0415

    hidden = Signal(signal, events, cross_section)
    processor = load_table(config, overrides or []).processor()
    make(catalogue, output, luminosity, samples or [], hidden, processor, seed, jobs)


def _simulate_process(
    name: str, events: int, output: Path, wish: Any, jobs: int, overrides: list[str]
) -> None:
    from ..datasets.process import make_process  # noqa: PLC0415
    from ..datasets.production import simulate as produce  # noqa: PLC0415
    from .toml import values  # noqa: PLC0415

    process = make_process(name, **values(overrides))
    changes = {"seed": 1, **wish.changes()}
    with bar("simulating", "events") as progress:
        produce(process, events, output=output, jobs=jobs, progress=progress, **changes)
    say(f"{events:,} events of {name} in {output}")
