"""Named errors of the taggers; each says what was got, what is allowed, and what to do."""

from __future__ import annotations

from ..datasets.error import DataError


class TaggerError(DataError):
    """Anything that a tagger, its training or its use cannot go on with."""


class ParameterError(TaggerError):
    """A hyperparameter that does not exist or has a value that is not allowed."""


class RegistryError(TaggerError):
    """A tagger that is not installed, is installed twice, or cannot be imported."""


class NotFittedError(TaggerError):
    """A score was asked of a tagger that has not been trained."""


class BlindnessError(TaggerError):
    """A tagger asked for something that it must not see."""


class TrainingError(TaggerError):
    """A sample, a window, a fold or a unit that training needs is missing or empty."""


class SelectionError(TaggerError):
    """A working point that cannot be determined or applied."""


class MetricError(TaggerError):
    """Scores, labels or events that a measure cannot be made of."""


class ModelFileError(TaggerError):
    """A saved model that is missing, damaged or of another kind."""


class ConformanceError(AssertionError):
    """A tagger breaks the contract; the message says how."""
