"""The working point that a configuration describes (arXiv:2412.03747)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..datasets.error import unknown
from .error import ParameterError
from .quak_bin import EmptiestBins
from .quantile_regression import QuantileRegression
from .quantile_slice import QuantileSlices
from .selector import AbsoluteThreshold, CentralEfficiency, FixedEfficiency, OverallEfficiency, Selector

DEFAULT = "sideband"
IN_WINDOWS = frozenset({"emptiest"})
"""Kinds that need a window, also for a tagger that is not trained in one."""
KEYS: Mapping[str, frozenset[str]] = {
    "sideband": frozenset(),
    "overall": frozenset(),
    "central": frozenset({"band"}),
    "absolute": frozenset({"threshold"}),
    "quantile": frozenset(),
    "emptiest": frozenset(),
}
OPTIONS: Mapping[str, frozenset[str]] = {
    "quantile": frozenset({"efficiencies", "learner", "folds", "degree"}),
    "emptiest": frozenset({"cross"}),
}
"""Keys that a kind may have besides those that it needs."""
TYPES = {"folds": int, "degree": int, "cross": bool, "learner": str}


def working_point(
    settings: Mapping[str, Any] | None,
    efficiency: float,
    folds: int = 5,
    window: str = "",
    seed: int = 0,
    *,
    folded: bool = True,
) -> Selector:
    """Make the selector that ``settings`` describe: key ``kind`` and what this kind needs.

    "sideband" (the default) and "overall" need nothing more than ``efficiency``, "central" also a ``band`` [low, high] in
    GeV, "absolute" a ``threshold`` and no efficiency. "emptiest" looks for the emptiest
    bins of the plane of `Quak`. "quantile" keeps ``efficiency`` at each m_jj, or has a category up to each of
    the ``efficiencies``; ``learner``, ``folds`` and ``degree`` are those of `QuantileRegression`. ``folded`` says that each fold has a model of its own. ``ParameterError`` for an unknown or missing key.

    >>> import numpy as np
    >>> working_point({"kind": "absolute", "threshold": 0.5}, 0.01).cut(np.array([0.2, 0.7]), np.ones(2))
    (0.5, 0.5)
    """
    if not isinstance(settings, Mapping | None):
        raise ParameterError(
            f"working_point is {settings!r}; allowed: a table such as {{ kind = 'sideband' }}"
        )
    efficiency = _number("efficiency", efficiency)
    chosen = {"kind": DEFAULT, **(settings or {})}
    kind = chosen.pop("kind")
    if not isinstance(kind, str) or kind not in KEYS:
        raise ParameterError(f"working_point: {unknown('kind', str(kind), KEYS)}")
    _require_keys(kind, chosen)
    match kind:
        case "overall":
            return OverallEfficiency(efficiency=efficiency, folds=folds, window=window)
        case "central":
            band = _band(chosen["band"])
            return CentralEfficiency(efficiency=efficiency, band=band, folds=folds, window=window)
        case "absolute":
            cut = _number("threshold", chosen["threshold"])
            return AbsoluteThreshold(threshold=cut, folds=folds, window=window)
        case "emptiest":
            return EmptiestBins(efficiency=efficiency, folds=folds, window=window, **chosen)
        case "quantile":
            if "efficiencies" not in chosen and not 0 < efficiency < 1:
                raise ParameterError(
                    f"working_point of kind 'quantile': efficiency is {efficiency!r}; allowed: above 0 and below 1"
                )
            levels = _levels(chosen.pop("efficiencies", [efficiency]))
            regression = QuantileRegression(levels, **chosen)
            return QuantileSlices(
                regression=regression, groups=folds if folded else 1, seed=seed, window=window
            )
    return FixedEfficiency(efficiency=efficiency, folds=folds, window=window)


def _require_keys(kind: str, given: Mapping[str, Any]) -> None:
    for key in given:
        allowed = KEYS[kind] | OPTIONS.get(kind, frozenset())
        if key not in allowed:
            raise ParameterError(f"working_point of kind {kind!r}: {unknown('key', key, {'kind', *allowed})}")
        if key in TYPES and type(given[key]) is not TYPES[key]:
            raise ParameterError(
                f"working_point of kind {kind!r}: {key} is {given[key]!r}; allowed: {TYPES[key].__name__}"
            )
    for key in sorted(KEYS[kind] - set(given)):
        raise ParameterError(f"working_point of kind {kind!r} needs a {key}; give it")


def _number(key: str, value: Any) -> float:
    if type(value) not in (int, float):
        raise ParameterError(f"working_point: {key} is {value!r}; allowed: a number")
    return float(value)


def _levels(efficiencies: Any) -> tuple[float, ...]:
    """Return the quantiles below categories that hold rising shares ``efficiencies`` of the events, the lowest first."""
    valid = isinstance(efficiencies, list | tuple) and all(type(e) in (int, float) for e in efficiencies)
    if (
        not valid
        or not efficiencies
        or list(efficiencies) != sorted({*efficiencies})
        or not 0 < efficiencies[0] <= efficiencies[-1] < 1
    ):
        raise ParameterError(
            f"working_point: efficiencies is {efficiencies!r}; allowed: rising numbers above 0 and below 1, such as [0.01, 0.05, 0.1]"
        )
    return tuple(1 - float(e) for e in reversed(efficiencies))


def _band(value: Any) -> tuple[float, float]:
    if not isinstance(value, list | tuple) or len(value) != len(("low", "high")):
        raise ParameterError(
            f"working_point: band is {value!r}; allowed: [low, high] in GeV, such as [2000, 2500]"
        )
    return _number("low edge of band", value[0]), _number("high edge of band", value[1])
