"""Several spectra with the masses that each is for: a TOML file, one table for each window of a search."""

from __future__ import annotations

import tomllib
from pathlib import Path

from .reading import SpectrumFileError
from .rootfile import read_spectrum
from .spectrum import Spectrum

KEYS = {"spectrum", "masses"}


def read_windows(path: str | Path) -> list[tuple[tuple[float, ...], Spectrum]]:
    """Read the groups of a scan.

    Arguments:
        path: TOML file with a table ``[[window]]`` for each window: ``spectrum``, a file as for `read_spectrum`, relative
            to this one, and ``masses``, resonance masses in GeV.

    Returns:
        Masses and spectrum of each window, as `scan` takes them.

    Raises:
        SpectrumFileError: if the file or a spectrum cannot be read, or a key is missing, unknown or of the wrong type.

    """
    path = Path(path)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = f"cannot read {path}: {error}; give a TOML file with tables [[window]]"
        raise SpectrumFileError(msg) from None
    windows = content.get("window")
    if set(content) != {"window"} or not isinstance(windows, list):
        msg = f"{path}: found keys {sorted(content)}; give one table [[window]] for each window and nothing else"
        raise SpectrumFileError(msg)
    return [_group(path, number, window) for number, window in enumerate(windows)]


def _group(path: Path, number: int, window: object) -> tuple[tuple[float, ...], Spectrum]:
    if not isinstance(window, dict) or set(window) != KEYS:
        msg = f"{path}: window {number} has keys {sorted(window) if isinstance(window, dict) else window!r}"
        raise SpectrumFileError(f"{msg}; it needs spectrum and masses")
    spectrum, masses = window["spectrum"], window["masses"]
    numbers = isinstance(masses, list) and all(type(mass) in (int, float) for mass in masses)
    if not (isinstance(spectrum, str) and numbers and masses):
        msg = f"{path}: window {number} has spectrum={spectrum!r}, masses={masses!r}; give a file and a list of GeV"
        raise SpectrumFileError(msg)
    return tuple(float(mass) for mass in masses), read_spectrum(path.parent / spectrum)
