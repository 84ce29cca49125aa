"""Which signal the commands on spectra look for, and what is not known exactly of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .option import blamed

if TYPE_CHECKING:
    from ..bumphunt import Nuisance, Signal

PANEL = "Signal"

Width = Annotated[
    list[float] | None,
    typer.Option(
        "--width",
        help="Standard deviation of a Gaussian over its mass, such as 0.05; several make a scan over widths.",
        rich_help_panel=PANEL,
    ),
]
SignalFile = Annotated[
    Path | None,
    typer.Option(
        "--signal", metavar="SHAPE.json", help="Signal shape, instead of --width.", rich_help_panel=PANEL
    ),
]


def _relative(name: str, what: str) -> Any:
    text = f"Of {what}, relative, such as 0.02."
    return typer.Option(f"--{name}-uncertainty", help=text, rich_help_panel=PANEL)


@dataclass(frozen=True)
class Shape:
    """A signal shape.

    Arguments:
        width: relative widths of Gaussians.
        signal: file of another shape.

    """

    width: Width = None
    signal: SignalFile = None

    def one(self) -> Signal:
        """Return the one shape that was asked for."""
        if len(self.width or ()) > 1:
            raise typer.BadParameter("this command takes one width", param_hint="--width")
        from .. import bumphunt as bh  # noqa: PLC0415

        if self.width and self.signal is None:
            with blamed("--width"):
                return bh.Gaussian(self.width[0])
        if self.signal is not None and not self.width:
            return bh.read_signal(self.signal)
        raise typer.BadParameter("give the signal as --width or as --signal, one of them")

    def several(self) -> Signal | dict[str, Signal]:
        """Return the shape, or the shapes of several widths by name."""
        from .. import bumphunt as bh  # noqa: PLC0415

        if not self.width or len(self.width) == 1:
            return self.one()
        if self.signal is not None or len(set(self.width)) < len(self.width):
            raise typer.BadParameter("give each --width once, and no --signal beside several of them")
        with blamed("--width"):
            return {f"width {one:g}": bh.Gaussian(one) for one in sorted(self.width)}


@dataclass(frozen=True)
class Uncertainties:
    """Relative uncertainties of a signal, each a nuisance parameter; None and 0 stand for none."""

    luminosity_uncertainty: Annotated[float | None, _relative("luminosity", "the luminosity")] = None
    efficiency_uncertainty: Annotated[float | None, _relative("efficiency", "the signal efficiency")] = None
    scale_uncertainty: Annotated[float | None, _relative("scale", "the mass scale")] = None
    resolution_uncertainty: Annotated[float | None, _relative("resolution", "the mass resolution")] = None

    def nuisances(self) -> tuple[Nuisance, ...]:
        """Return the nuisance parameters."""
        from ..bumphunt import nuisance  # noqa: PLC0415

        made = []
        for name in ("luminosity", "efficiency", "scale", "resolution"):
            size = getattr(self, f"{name}_uncertainty")
            if size:
                with blamed(f"--{name}-uncertainty"):
                    made.append(getattr(nuisance, name)(size))
        return tuple(made)
