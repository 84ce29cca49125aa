"""What is generated: processes as plain numbers, and the Pythia settings that they stand for.

A process is a frozen dataclass of numbers and strings, so that it can be written in a configuration and hashed.
To add one, write such a class (``process_contract.Process``) and enter it in ``PROCESSES``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from math import isfinite
from types import MappingProxyType
from typing import Any

from .benchmark import named
from .error import UnknownNameError, unknown
from .particle import X, Y
from .process_cascade import WBT, WKK, YHH, ZTT
from .process_contract import (
    ENERGY,
    ETA_MAX,
    AngleVeto,
    DijetCut,
    DijetVeto,
    JetCut,
    Process,
    ProcessError,
    Veto,
)
from .process_dark import AachenJets, HeidelbergJets
from .process_electroweak import SingleTop, TTbar, VJets
from .process_jets import BosonJets, QCDJets, TopJets
from .process_lhco import LHCOQCD, LHCOSignal
from .process_qcd import QCD
from .process_quark import XYY, QStar
from .process_semivisible import SemiVisible
from .process_user import SUFFIX, UserProcess, read_settings

__all__ = [
    "ENERGY",
    "ETA_MAX",
    "PROCESSES",
    "QCD",
    "WBT",
    "WKK",
    "XYY",
    "YHH",
    "ZTT",
    "AngleVeto",
    "DijetCut",
    "DijetVeto",
    "JetCut",
    "Process",
    "ProcessError",
    "QStar",
    "SemiVisible",
    "SingleTop",
    "TTbar",
    "UserProcess",
    "VJets",
    "Veto",
    "X",
    "Y",
    "make_process",
]

KINDS: tuple[type[Process], ...] = (
    *(QCD, TTbar, SingleTop, VJets),
    *(XYY, QStar, WBT, WKK, ZTT, YHH, SemiVisible),
    *(QCDJets, TopJets, BosonJets, AachenJets, HeidelbergJets),
    *(LHCOQCD, LHCOSignal),
)
PROCESSES: Mapping[str, type[Process]] = MappingProxyType({kind.name: kind for kind in KINDS})


def make_process(name: str, /, **parameters: Any) -> Process:
    """Make a process by its name and parameters; the name of a benchmark stands for a process with its masses.

    A name that ends in ``.cmnd`` is that of a file with Pythia's settings. ``UnknownNameError`` lists the names that
    exist, of processes or of parameters; ``ProcessError`` names the parameter that cannot be.

    >>> make_process("xyy", mass=5000.0).mass
    5000.0
    >>> make_process("xyy_5000_25_400", width=0.1) == XYY(5000.0, 25.0, 400.0, width=0.1)
    True
    """
    if name.endswith(SUFFIX):
        checked = _checked(name, UserProcess, parameters, exclude="text")
        return UserProcess(read_settings(name), **checked)
    benchmark = named(name)
    if benchmark is not None:
        kind, masses = benchmark
        if fixed := [key for key in masses if key in parameters]:
            raise ProcessError(f"{name}: its name fixes {' and '.join(fixed)}; use process {kind.name}")
        return kind(**{**masses, **_checked(name, kind, parameters)})
    if name not in PROCESSES:
        raise UnknownNameError(unknown("process", name, PROCESSES))
    return PROCESSES[name](**_checked(name, PROCESSES[name], parameters))


def _checked(
    name: str, kind: type[Process], parameters: Mapping[str, Any], exclude: str = ""
) -> dict[str, Any]:
    """Check names and types of parameters: numbers become floats."""
    defaults = {field.name: field.default for field in fields(kind) if field.name != exclude}
    for key in parameters:
        if key not in defaults:
            raise UnknownNameError(f"process {name}: {unknown('parameter', key, defaults)}")
    return {key: _value(key, name, value, defaults[key]) for key, value in parameters.items()}


def _value(key: str, name: str, value: Any, default: Any) -> Any:
    """Return a parameter as its kind of value, that of its default."""
    if isinstance(default, str):
        if not isinstance(value, str):
            raise ProcessError(f"{key} of {name} is {value!r}; allowed: a text such as {default!r}")
        return value
    if value is None and key == "deta_max":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ProcessError(f"{key} of {name} is {value!r}; allowed: a number such as {default:g}")
    return float(value)
