"""Certified data: the luminosity blocks that the golden JSON of an experiment lists."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .error import SelectionError

EXPECTED = '{"315267": [[1, 150], [152, 190]]}: lists of first and last luminosity block, by run'


class CertificationError(SelectionError):
    """A list of certified luminosity blocks that cannot be used."""


def certified(path: Path | str, run: NDArray[Any], lumi: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which events are certified; ``run`` and ``lumi`` (n,) are their run and luminosity block.

    ``path`` is a golden JSON file; ``CertificationError`` when it cannot be read.
    """
    mask: NDArray[np.bool_] = read(path)(run.astype(np.uint32), lumi.astype(np.uint32))
    return mask


def read(path: Path | str) -> Any:
    """Read a golden JSON file into coffea's ``LumiMask``; ``CertificationError`` says what is wrong with it."""
    try:
        status = Path(path).stat()
    except OSError as error:
        raise CertificationError(
            f"cannot read the golden JSON {path}: {error.strerror}; check selection.golden_json"
        ) from error
    return _read(str(path), status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=4)
def _read(path: str, _size: int, _time: int) -> Any:
    from coffea.lumi_tools import LumiMask  # noqa: PLC0415  compiles for seconds

    try:
        content = json.loads(Path(path).read_text())
    except (OSError, ValueError) as error:
        raise CertificationError(
            f"{path} is not a golden JSON ({error}); give a file such as {EXPECTED}"
        ) from error
    _check(path, content)
    return LumiMask(path)


def _check(path: str, content: Any) -> None:
    if not isinstance(content, dict) or not content:
        raise CertificationError(f"{path} holds no runs; give a file such as {EXPECTED}")
    for run, blocks in content.items():
        if not (run.isdigit() and isinstance(blocks, list) and all(_is_range(block) for block in blocks)):
            raise CertificationError(f"{path}: run {run!r} has {blocks!r}; give a file such as {EXPECTED}")


def _is_range(block: Any) -> bool:
    return (
        isinstance(block, list)
        and len(block) == 2
        and all(isinstance(end, int) and end >= 1 for end in block)
        and block[0] <= block[1]
    )
