"""What results have in common: frozen records of plain numbers with a JSON round trip. What is absent is None."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

Numbers = tuple[float, ...]


class ResultError(ValueError):
    """Raised when a text does not hold the result that is asked for."""


@dataclass(frozen=True)
class Record:
    """A result that can be written as JSON and read back to an equal one."""

    _optional: ClassVar[frozenset[str]] = frozenset()

    def as_dict(self) -> dict[str, Any]:
        """Return plain containers; numbers that are not finite become None, and options not used are left out."""
        plain = _plain(asdict(self))
        return {key: value for key, value in plain.items() if value or key not in self._optional}

    def to_json(self) -> str:
        """Return the record as JSON, keys in the order of the fields."""
        return json.dumps(self.as_dict(), indent=2, allow_nan=False)

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        """Make the record of what `as_dict` returned.

        Raises:
            ResultError: if keys are missing or unknown.

        """
        try:
            return cls(**{key: _frozen(value) for key, value in content.items()})
        except TypeError as error:
            msg = f"this is no {cls.__name__}: {error}"
            raise ResultError(msg) from None

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Make the record of what `to_json` returned."""
        return cls.from_dict(json.loads(text))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
