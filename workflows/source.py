"""What the commands on spectra read: a spectrum in a file, or those of several windows with their masses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from .option import blamed

if TYPE_CHECKING:
    from ..bumphunt import Spectrum

PANEL = "Spectrum"

SpectrumFile = Annotated[
    str,
    typer.Argument(
        metavar="SPECTRUM",
        help="CSV with low, high (GeV), observed; FILE.root:HISTOGRAM; or FILE.yaml:TABLE.",
    ),
]
WindowsFile = Annotated[
    str,
    typer.Argument(metavar="SPECTRUM", help="As for fit; or a TOML file with spectra and masses of windows."),
]
Range = Annotated[
    tuple[float, float] | None,
    typer.Option("--range", metavar="LOW HIGH", help="Fit range in GeV.", rich_help_panel=PANEL),
]
Luminosity = Annotated[
    float | None,
    typer.Option(
        "--luminosity", metavar="FB", min=0.0, help="Integrated luminosity in 1/fb.", rich_help_panel=PANEL
    ),
]
Density = Annotated[
    bool,
    typer.Option(
        "--density",
        help="The HEPData table holds cross sections per bin width; --luminosity makes them counts.",
        rich_help_panel=PANEL,
    ),
]
Energy = Annotated[
    float, typer.Option("--sqrt-s", metavar="GEV", help="Centre-of-mass energy.", rich_help_panel=PANEL)
]
Masses = Annotated[
    tuple[float, float, float] | None,
    typer.Option("--masses", metavar="LOW HIGH STEP", help="Resonance masses in GeV."),
]

Groups = list[tuple[Sequence[float], "Spectrum | Sequence[Spectrum]"]]


@dataclass(frozen=True)
class Source:
    """A spectrum in a file.

    Arguments:
        spectrum: its name.
        fit_range: low and high end in GeV.
        density: whether it is a cross section per bin width.
        luminosity: in 1/fb.
        sqrt_s: centre-of-mass energy in GeV.

    """

    spectrum: SpectrumFile
    fit_range: Range = None
    density: Density = False
    luminosity: Luminosity = None
    sqrt_s: Energy = 13_000.0

    @property
    def header(self) -> str:
        """Luminosity and energy, for figures."""
        energy = f"{self.sqrt_s / 1000:g} TeV"
        return energy if self.luminosity is None else f"{self.luminosity:g} fb$^{{-1}}$ ({energy})"

    def read(self) -> Spectrum:
        """Read the spectrum in its range."""
        from .. import bumphunt as bh  # noqa: PLC0415

        if not self.density:
            return self.restricted(bh.read_spectrum(self.spectrum))
        if self.luminosity is None:
            raise typer.BadParameter("needs the --luminosity that makes counts of it", param_hint="--density")
        file, _, table = self.spectrum.partition(":")
        read = bh.read_hepdata(file, table or None, luminosity=self.luminosity, per_width=True)
        return self.restricted(read)

    def restricted(self, spectrum: Spectrum) -> Spectrum:
        """Keep the bins of a spectrum that lie in the range."""
        if self.fit_range is None:
            return spectrum
        with blamed("--range"):
            return spectrum.restricted(*self.fit_range)


@dataclass(frozen=True)
class Windows(Source):
    """A spectrum in a file, or those of several windows, which may have several categories.

    Arguments:
        masses: lowest mass, highest mass and step in GeV, for a single spectrum; the others are those of `Source`.

    """

    spectrum: WindowsFile
    masses: Masses = None

    def read_groups(self) -> tuple[Groups, tuple[float, ...]]:
        """Return masses and spectra of each window, and which part of the signal falls into each category."""
        from .. import bumphunt as bh  # noqa: PLC0415

        several = self.spectrum.endswith(".toml")
        if several == (self.masses is not None):
            raise typer.BadParameter(
                "a TOML file of windows says the masses itself"
                if several
                else "give the masses to test, in GeV",
                param_hint="--masses",
            )
        if self.masses is not None:
            return [(stepped(self.masses), self.read())], (1.0,)
        groups: Groups = [
            (
                masses,
                self.restricted(some) if isinstance(some, bh.Spectrum) else [*map(self.restricted, some)],
            )
            for masses, some in bh.read_windows(self.spectrum)
        ]
        return groups, bh.read_shares(self.spectrum)


def stepped(masses: tuple[float, float, float]) -> tuple[float, ...]:
    """Return the masses from the lowest to the highest in steps, in GeV."""
    import numpy as np  # noqa: PLC0415

    low, high, step = masses
    if not (step > 0 and 0 < low <= high):
        raise typer.BadParameter(
            f"{low:g} {high:g} {step:g}: give LOW, HIGH above it and STEP above 0", param_hint="--masses"
        )
    return tuple(np.arange(low, high + step / 2, step).tolist())
