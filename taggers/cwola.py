"""CWoLa Hunting with trees (arXiv:1805.02664, arXiv:2412.03747)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from .hunting import Hunting
from .tree import Trees


@dataclass(frozen=True, kw_only=True)
class CWoLa(Hunting, Trees):
    """Classification without labels in m_jj windows, one model of boosted trees for each of the two jets.

    The jets' ranks are combined by their maximum. The method is explained in `Hunting`, the trees'
    hyperparameters in `Trees`.
    """

    name: ClassVar[str] = "cwola"
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = MappingProxyType({"published": {"pt_weights": True}})
