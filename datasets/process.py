"""What is generated: processes as plain numbers, and the Pythia settings that they stand for.

A process is a frozen dataclass of numbers and strings, so that it can be written in a configuration and hashed.
To add one, write such a class (``process_contract.Process``) and enter it in ``PROCESSES``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any

from .benchmark import BENCHMARKS
from .error import UnknownNameError, unknown
from .particle import X, Y
from .process_cascade import WBT, WKK, YHH, ZTT
from .process_contract import (
    ENERGY,
    ETA_MAX,
    AngleVeto,
    DijetCut,
    DijetVeto,
    Process,
    ProcessError,
    Veto,
)
from .process_electroweak import SingleTop, TTbar, VJets
from .process_qcd import QCD
from .process_quark import XYY, QStar
from .process_semivisible import SemiVisible

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
    "Process",
    "ProcessError",
    "QStar",
    "SemiVisible",
    "SingleTop",
    "TTbar",
    "VJets",
    "Veto",
    "X",
    "Y",
    "make_process",
]

KINDS: tuple[type[Process], ...] = (QCD, TTbar, SingleTop, VJets, XYY, QStar, WBT, WKK, ZTT, YHH, SemiVisible)
PROCESSES: Mapping[str, type[Process]] = MappingProxyType({kind.name: kind for kind in KINDS})


def make_process(name: str, **parameters: Any) -> Process:
    """Make a process by its name and parameters; the name of a benchmark stands for a process with its masses.

    ``UnknownNameError`` lists the names that exist, of processes or of parameters.

    >>> make_process("xyy", mass=5000.0).mass
    5000.0
    >>> make_process("xyy_5000_25_400", width=0.1) == XYY(5000.0, 25.0, 400.0, width=0.1)
    True
    """
    kind = type(BENCHMARKS[name]) if name in BENCHMARKS else PROCESSES.get(name)
    if kind is None:
        raise UnknownNameError(_unknown(name))
    known = [f.name for f in fields(kind)]
    for key in parameters:
        if key not in known:
            raise UnknownNameError(f"process {name}: {unknown('parameter', key, known)}")
    return replace(BENCHMARKS[name], **parameters) if name in BENCHMARKS else kind(**parameters)


def _unknown(name: str) -> str:
    """Word the message for an unknown name: benchmarks are known too, but too many to list."""
    kind, _, masses = name.partition("_")
    if not masses or kind not in PROCESSES:
        return unknown("process", name, PROCESSES)
    return unknown("benchmark", name, [other for other in BENCHMARKS if other.startswith(f"{kind}_")])
