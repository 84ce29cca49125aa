"""Signal shapes in files: JSON that names the kind of shape and holds its parameters."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .crystal_ball import DoubleCrystalBall
from .record import ResultError
from .signal import Gaussian, Signal, SignalError
from .template_signal import TemplateSignal

INTERPOLATED: dict[str, type[DoubleCrystalBall | TemplateSignal]] = {
    "crystal_ball": DoubleCrystalBall,
    "template": TemplateSignal,
}
SHAPES = ("gaussian", *INTERPOLATED)


def signal_to_dict(signal: Signal) -> dict[str, Any]:
    """Return the kind and the parameters of a signal shape in plain containers.

    Raises:
        SignalError: if it is of no kind that can be written.

    """
    if isinstance(signal, Gaussian):
        return {"shape": "gaussian", **asdict(signal)}
    for kind, interpolated in INTERPOLATED.items():
        if isinstance(signal, interpolated):
            return {"shape": kind, **signal.as_dict()}
    msg = f"a {type(signal).__name__} cannot be written; shapes that can: {', '.join(SHAPES)}"
    raise SignalError(msg)


def signal_to_json(signal: Signal) -> str:
    """Return a signal shape as JSON, what `read_signal` reads from a file.

    >>> print(signal_to_json(Gaussian(0.045)))
    {
      "shape": "gaussian",
      "width": 0.045,
      "mean": 1.0,
      "width_error": null,
      "mean_error": null
    }
    """
    return json.dumps(signal_to_dict(signal), indent=2, allow_nan=False)


def read_signal(path: str | Path) -> Signal:
    """Read a signal shape.

    Arguments:
        path: JSON file with what `signal_to_json` returned.

    Raises:
        SignalError: if the file cannot be read, names no known shape, or lacks a parameter.

    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = f"cannot read a signal shape from {path}: {error}; give JSON as signal_to_json writes it"
        raise SignalError(msg) from None
    kind = content.pop("shape", None) if isinstance(content, dict) else None
    if kind not in SHAPES:
        msg = f'{path}: "shape" is {kind!r}; it is one of {", ".join(SHAPES)}'
        raise SignalError(msg)
    try:
        return Gaussian(**content) if kind == "gaussian" else INTERPOLATED[kind].from_dict(content)
    except (AttributeError, ResultError, SignalError, TypeError) as error:
        msg = f"{path}: {error}"
        raise SignalError(msg) from None
