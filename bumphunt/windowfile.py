"""Spectra of windows in files: a TOML file says which, the masses of each, and the shares of categories."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from .reading import SpectrumFileError
from .rootfile import read_spectrum
from .spectrum import Spectrum

KEYS = {"spectrum", "masses"}
TOTAL = 1 + 1e-9


def read_windows(path: str | Path) -> list[tuple[tuple[float, ...], Spectrum | list[Spectrum]]]:
    """Read the groups of a scan.

    Arguments:
        path: TOML file with a table ``[[window]]`` for each window: ``spectrum``, a file as for `read_spectrum`, relative
            to this one, or a list of files, one for each category; and ``masses``, resonance masses in GeV. With
            several categories it says their ``shares``, see `read_shares`.

    Returns:
        Masses and spectrum, or spectra of all categories, of each window, as `scan` takes them.

    Raises:
        SpectrumFileError: if the file or a spectrum cannot be read, or a key is missing, unknown or of the wrong type.

    """
    path = Path(path)
    windows, shares = _content(path)
    return [_group(path, number, window, len(shares)) for number, window in enumerate(windows)]


def read_shares(path: str | Path) -> tuple[float, ...]:
    """Read which part of the signal falls into each category.

    Arguments:
        path: TOML file as for `read_windows`, with ``shares``, positive numbers of at most 1 together.

    Returns:
        The shares; one of 1 if the file has none.

    Raises:
        SpectrumFileError: if the file cannot be read, or the shares are impossible.

    """
    return _content(Path(path))[1]


def _content(path: Path) -> tuple[list[Any], tuple[float, ...]]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = f"cannot read {path}: {error}; give a TOML file with tables [[window]]"
        raise SpectrumFileError(msg) from None
    windows, shares = content.get("window"), content.get("shares", [1.0])
    if not {"window"} <= set(content) <= {"window", "shares"} or not (windows and isinstance(windows, list)):
        msg = (
            f"{path}: found keys {sorted(content)}; give one table [[window]] for each window, shares if there are "
            "categories, and nothing else"
        )
        raise SpectrumFileError(msg)
    if not (_numbers(shares) and min(shares) > 0 and sum(shares) <= TOTAL):
        msg = f"{path}: shares = {shares!r}; give a positive number for each category, at most 1 together"
        raise SpectrumFileError(msg)
    return windows, tuple(float(share) for share in shares)


def _group(
    path: Path, number: int, window: object, n_categories: int
) -> tuple[tuple[float, ...], Spectrum | list[Spectrum]]:
    if not isinstance(window, dict) or set(window) != KEYS:
        msg = f"{path}: window {number} has keys {sorted(window) if isinstance(window, dict) else window!r}"
        raise SpectrumFileError(f"{msg}; it needs spectrum and masses")
    spectrum, masses = window["spectrum"], window["masses"]
    names = spectrum if isinstance(spectrum, list) else [spectrum]
    if not (all(isinstance(name, str) for name in names) and _numbers(masses)):
        msg = f"{path}: window {number} has spectrum={spectrum!r}, masses={masses!r}; give a file and a list of GeV"
        raise SpectrumFileError(msg)
    if len(names) != n_categories:
        msg = f"{path}: window {number} has {len(names)} spectra and there are {n_categories} shares; one of each"
        raise SpectrumFileError(f"{msg} for every category")
    spectra = [read_spectrum(path.parent / name) for name in names]
    some = spectra if isinstance(spectrum, list) else spectra[0]
    return tuple(float(mass) for mass in masses), some


def _numbers(values: object) -> bool:
    return isinstance(values, list) and bool(values) and all(type(value) in (int, float) for value in values)
