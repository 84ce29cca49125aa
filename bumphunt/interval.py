"""The intervals of fitted parameters, as a frozen record."""

from __future__ import annotations

from dataclasses import dataclass

from .record import Numbers, Record


@dataclass(frozen=True)
class Intervals(Record):
    """Intervals of the profile likelihood, 68% for one parameter: where it is 1/2 above its minimum.

    Arguments:
        function: the fitted function in words.
        names: of the parameters.
        values: at the minimum, in the units in which `fit` gives them.
        lower, upper: ends of the intervals in the same units; None where an end was not found.
        nll: at the minimum, from the saturated model.
        valid: whether the minimum is one and all ends were found.

    """

    function: str
    names: tuple[str, ...]
    values: Numbers
    lower: tuple[float | None, ...]
    upper: tuple[float | None, ...]
    nll: float
    valid: bool
