"""The settings of a method: the fields of a frozen dataclass, checked when it is made."""

from __future__ import annotations

from .error import ParameterError


class Hyperparameters:
    """What has hyperparameters; a subclass checks its own in ``__post_init__`` and calls that of ``super()``."""

    def __post_init__(self) -> None:
        """Refuse hyperparameters that cannot be used: here none."""

    def require(self, name: str, fulfilled: bool, allowed: str) -> None:
        """Raise ``ParameterError`` for the hyperparameter ``name`` unless its condition is ``fulfilled``."""
        if not fulfilled:
            owner = getattr(self, "name", type(self).__name__)
            raise ParameterError(f"tagger {owner}: {name} is {getattr(self, name)!r}; allowed: {allowed}")
