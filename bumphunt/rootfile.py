"""Spectra in files of any kind: text, HEPData tables, or histograms in ROOT files, which need uproot."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from .hepdata import read_hepdata
from .reading import SpectrumFileError, read_csv
from .spectrum import Spectrum, SpectrumError

HISTOGRAMS = ("TH1C", "TH1D", "TH1F", "TH1I", "TH1S", "TH1L")


def read_spectrum(path: str | Path) -> Spectrum:
    """Read a spectrum from a ROOT file or a HEPData table if its name says so, otherwise from text.

    Arguments:
        path: ``FILE.root:HISTOGRAM``, ``FILE.root`` with a single histogram, ``submission.yaml:TABLE`` or the YAML
            file of one table as for `read_hepdata`, or a text file as for `read_csv`.

    Raises:
        SpectrumFileError: if the file cannot be read, or does not hold the histogram.
        SpectrumError: if the contents are no spectrum.

    """
    match = re.fullmatch(r"(.*?\.(root|ya?ml))(?::(.*))?", str(path))
    if match is None:
        return read_csv(path)
    file, kind, name = match.groups()
    return read_root(file, name or "") if kind == "root" else read_hepdata(file, name or None)


def read_root(path: str | Path, name: str = "") -> Spectrum:
    """Read a one-dimensional histogram of a ROOT file.

    Arguments:
        path: the file.
        name: of the histogram, with its folders; needed if there are several.

    Raises:
        SpectrumFileError: if uproot is missing, the file cannot be read, or it does not hold the histogram.
        SpectrumError: if the histogram is weighted or otherwise no spectrum.

    """
    try:
        import uproot  # noqa: PLC0415  only ROOT files need it
    except ImportError:
        msg = f"reading {path} needs uproot, which is not installed; install it or give the spectrum as text"
        raise SpectrumFileError(msg) from None
    try:
        with uproot.open(path) as file:
            return Spectrum.from_hist(_histogram(str(path), file, name))
    except SpectrumFileError:
        raise
    except SpectrumError as error:
        msg = f"{path}:{name}: {error}"
        raise type(error)(msg) from None
    except (OSError, ValueError, KeyError) as error:
        msg = f"cannot read {path}: {error}; give a ROOT file with a histogram"
        raise SpectrumFileError(msg) from None


def _histogram(path: str, file: Any, name: str) -> Any:
    kinds = {key.split(";")[0]: kind for key, kind in file.classnames().items()}
    names = [key for key, kind in kinds.items() if kind in HISTOGRAMS]
    if not name and len(names) == 1:
        name = names[0]
    if name not in names:
        wanted = f"no one-dimensional histogram '{name}'" if name else "say which histogram"
        msg = f"{path}: {wanted}; there are: {', '.join(names) or 'none'} (as {path}:NAME)"
        raise SpectrumFileError(msg)
    return file[name]
