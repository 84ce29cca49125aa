"""The working point that a configuration describes (arXiv:2412.03747)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..datasets.error import unknown
from .error import ParameterError
from .selector import AbsoluteThreshold, CentralEfficiency, Cut, FixedEfficiency, OverallEfficiency

DEFAULT = "sideband"
KEYS: Mapping[str, frozenset[str]] = {
    "sideband": frozenset(),
    "overall": frozenset(),
    "central": frozenset({"band"}),
    "absolute": frozenset({"threshold"}),
}


def working_point(
    settings: Mapping[str, Any] | None, efficiency: float, folds: int = 5, window: str = ""
) -> Cut:
    """Make the selector that ``settings`` describe: key ``kind`` and what this kind needs.

    "sideband" (the default) and "overall" need nothing more than ``efficiency``, "central" also a ``band`` [low, high] in
    GeV, "absolute" a ``threshold`` and no efficiency. ``ParameterError`` for an unknown or missing key.

    >>> import numpy as np
    >>> working_point({"kind": "absolute", "threshold": 0.5}, 0.01).cut(np.array([0.2, 0.7]), np.ones(2))
    (0.5, 0.5)
    """
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
    return FixedEfficiency(efficiency=efficiency, folds=folds, window=window)


def _require_keys(kind: str, given: Mapping[str, Any]) -> None:
    for key in given:
        if key not in KEYS[kind]:
            raise ParameterError(
                f"working_point of kind {kind!r}: {unknown('key', key, {'kind', *KEYS[kind]})}"
            )
    for key in sorted(KEYS[kind] - set(given)):
        raise ParameterError(f"working_point of kind {kind!r} needs a {key}; give it")


def _number(key: str, value: Any) -> float:
    if type(value) not in (int, float):
        raise ParameterError(f"working_point: {key} is {value!r}; allowed: a number")
    return float(value)


def _band(value: Any) -> tuple[float, float]:
    if not isinstance(value, list | tuple) or len(value) != len(("low", "high")):
        raise ParameterError(
            f"working_point: band is {value!r}; allowed: [low, high] in GeV, such as [2000, 2500]"
        )
    return _number("low edge of band", value[0]), _number("high edge of band", value[1])
