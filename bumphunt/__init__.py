"""The bump hunt: fits of smooth functions to dijet-mass spectra, scans for resonances, and limits.

It knows nothing of where a spectrum comes from and can be used alone::

    import dijethunt.bumphunt as bh

    spectrum = bh.read_csv("spectrum.csv")               # or bh.Spectrum(edges, counts), bh.Spectrum.from_hist(h)
    background = bh.families.dijet(3)                    # number of shape parameters
    signal = bh.Gaussian(width=0.045)                    # or bh.Gaussian.from_simulation(mjj, mass)
    result = bh.fit(spectrum, background, fit_range=(2250, None))
    groups = [(range(2600, 4100, 100), spectrum)]        # one (masses, spectrum) for each window
    scan = bh.scan(groups, background, signal)
    chance = bh.global_p(scan, groups, background, signal, n_toys=1000, seed=1)
    upper = bh.limit(spectrum, background, signal, mass=3000)

What to use when: `fit` describes one spectrum, `scan` looks for an excess, `global_p` corrects for having looked
everywhere, `asimov_significance` says what a signal would give, `limit` says how much signal is excluded. Every
result is a frozen record with `to_json` and `from_json`.
"""

from __future__ import annotations

from . import families
from .binning import CMS_DIJET_EDGES, BinningError, dijet_edges, geometric, subdivided
from .csvfit import background, fit_csv
from .family import Family, FamilyError
from .fit import fit
from .ftest import Fixed, FTest, Rule
from .goodness import deviance, pearson
from .integration import integral
from .limit import limit
from .reading import SpectrumFileError, read_csv
from .result import FitResult, GlobalP, LimitResult, ResultError, ScanPoint, ScanResult
from .scan import scan
from .signal import Gaussian, Signal, SignalError
from .significance import asimov_significance, p_local, q0, z_value
from .spectrum import CountsError, EdgesError, FitRangeError, Spectrum, SpectrumError
from .toys import binomial_interval, global_p

__all__ = [
    "CMS_DIJET_EDGES",
    "BinningError",
    "CountsError",
    "EdgesError",
    "FTest",
    "Family",
    "FamilyError",
    "FitRangeError",
    "FitResult",
    "Fixed",
    "Gaussian",
    "GlobalP",
    "LimitResult",
    "ResultError",
    "Rule",
    "ScanPoint",
    "ScanResult",
    "Signal",
    "SignalError",
    "Spectrum",
    "SpectrumError",
    "SpectrumFileError",
    "asimov_significance",
    "background",
    "binomial_interval",
    "deviance",
    "dijet_edges",
    "families",
    "fit",
    "fit_csv",
    "geometric",
    "global_p",
    "integral",
    "limit",
    "p_local",
    "pearson",
    "q0",
    "read_csv",
    "scan",
    "subdivided",
    "z_value",
]
