"""Which background functions the commands on spectra fit, and the rule that chooses one or profiles over all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from .option import blamed

if TYPE_CHECKING:
    from ..bumphunt import Family, FitRange, Rule

PANEL = "Background"
AUTO = "auto"
FAMILIES = "FAMILIES"

Families = Annotated[
    list[str] | None,
    typer.Option(
        "--family",
        metavar="NAME[:N]",
        show_default="dijet",
        help=f"Family of functions, with N shape parameters or those of --parameters: {FAMILIES}.",
        rich_help_panel=PANEL,
    ),
]
Parameters = Annotated[
    str,
    typer.Option(
        "--parameters",
        metavar="N|auto",
        help="Number of shape parameters; auto for an F-test among those of the family.",
        rich_help_panel=PANEL,
    ),
]
Profile = Annotated[
    bool,
    typer.Option(
        "--profile",
        help="Profile over the families, with --parameters auto over all sizes, instead of choosing one.",
        rich_help_panel=PANEL,
    ),
]
Alpha = Annotated[
    float, typer.Option("--alpha", help="Of the F-test of --parameters auto.", rich_help_panel=PANEL)
]
Uncertainty = Annotated[
    float | None,
    typer.Option(
        "--uncertainty",
        help="Largest relative one at the mass, for --parameters auto.",
        rich_help_panel=PANEL,
    ),
]
RangeLoop = Annotated[
    bool,
    typer.Option("--range-loop", help="Narrow the fit range at each mass by a rule.", rich_help_panel=PANEL),
]


class ListingFamilies(TyperCommand):
    """A command whose help lists the families that are registered."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, the names of families in their help."""
        from ..bumphunt import families  # noqa: PLC0415

        known: list[Any] = super().get_params(ctx)
        for one in known:
            if FAMILIES in (getattr(one, "help", None) or ""):
                one.help = one.help.replace(FAMILIES, ", ".join(families.names()))
        return known


@dataclass(frozen=True)
class Background:
    """Background functions.

    Arguments:
        family: names, each with a number of shape parameters or without.
        parameters: number of shape parameters, or "auto".
        profile: profile over the families.
        alpha, uncertainty: of the F-test.

    """

    family: Families = None
    parameters: Parameters = "3"
    profile: Profile = False
    alpha: Alpha = 0.05
    uncertainty: Uncertainty = None

    def rule(self, sqrt_s: float) -> Family | Rule:
        """Return the family, or the rule that chooses among families or profiles over them."""
        from .. import bumphunt as bh  # noqa: PLC0415

        names = self.family or ["dijet"]
        if self.profile:
            with blamed("--profile"):
                return bh.Envelope(tuple(one for name in names for one in self._made(name, sqrt_s)))
        if len(names) > 1:
            raise typer.BadParameter("several families need --profile", param_hint="--family")
        made = self._made(names[0], sqrt_s)
        if len(made) == 1:
            return made[0]
        with blamed("--alpha, --uncertainty"):
            return bh.FTest(made, self.alpha, self.uncertainty)

    def _made(self, name: str, sqrt_s: float) -> tuple[Family, ...]:
        return made(name, self.parameters, sqrt_s)


@dataclass(frozen=True)
class NarrowedBackground(Background):
    """Background functions in a fit range that may depend on the mass.

    Arguments:
        range_loop: narrow the fit range at each mass; the others are those of `Background`.

    """

    range_loop: RangeLoop = False

    @property
    def narrowing(self) -> FitRange:
        """The fit range, or the rule that finds it."""
        from .. import bumphunt as bh  # noqa: PLC0415

        return bh.RangeLoop() if self.range_loop else bh.EVERYTHING


def made(name: str, parameters: str, sqrt_s: float) -> tuple[Family, ...]:
    """Return the family of a name, or its ladder.

    Arguments:
        name: of a family, or NAME:N with its number of shape parameters.
        parameters: that number for a name without one, or "auto" for the ladder.
        sqrt_s: centre-of-mass energy in GeV.

    """
    from ..bumphunt import families  # noqa: PLC0415

    bare, given, own = name.partition(":")
    number = own if given else parameters
    with blamed("--family"):
        families.sizes(bare)
    with blamed("--family" if given else "--parameters"):
        if number == AUTO and not given:
            return families.ladder(bare, sqrt_s)
        if not number.isdigit():
            msg = f"{number!r} is no number of shape parameters; give one, or --parameters {AUTO}"
            raise typer.BadParameter(msg, param_hint="--family" if given else "--parameters")
        return (families.family(bare, int(number), sqrt_s),)
