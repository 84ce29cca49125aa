"""The bump hunt: fits of smooth functions to dijet-mass spectra, scans for resonances, and limits.

It knows nothing of where a spectrum comes from and can be used alone::

    import dijethunt.bumphunt as bh

    spectrum = bh.read_spectrum("spectrum.csv")          # or bh.Spectrum(edges, counts), bh.Spectrum.from_hist(h)
    background = bh.families.dijet(3)                    # number of shape parameters
    signal = bh.Gaussian(width=0.045)                    # or bh.Gaussian.from_simulation(mjj, mass)
    result = bh.fit(spectrum, background, fit_range=(2250, None))
    groups = [(range(2600, 4100, 100), spectrum)]        # one (masses, spectrum) for each window
    scan = bh.scan(groups, background, signal)
    chance = bh.global_p(scan, groups, background, signal, n_toys=1000, seed=1)
    upper = bh.limit(spectrum, background, signal, mass=3000)

What to use when: `fit` describes one spectrum, `scan` looks for an excess, `global_p` corrects for having looked
everywhere, `asimov_significance` says what a signal would give, `limit` says how much signal is excluded,
`goodness_of_fit` tests the fit with toys. In the place of a family there may be a rule that chooses one (`FTest`), in
that of a fit range one that narrows it (`RangeLoop`), in that of a Gaussian a `DoubleCrystalBall`. Every result is a
frozen record with `to_json` and `from_json`.
"""

from __future__ import annotations

from . import families
from .binning import CMS_DIJET_EDGES, BinningError, dijet_edges, geometric, subdivided
from .crystal_ball import DoubleCrystalBall
from .crystal_fit import SIGNAL_RANGE, fit_crystal_ball
from .crystal_shape import CrystalBall
from .csvfit import background, fit_csv
from .family import Family, FamilyError
from .fit import fit
from .fitrange import EVERYTHING, FitRange, RangeLoop
from .ftest import Fixed, FTest, Rule
from .goodness import anderson_darling, deviance, kolmogorov_smirnov, pearson
from .integration import integral
from .limit import limit
from .limitscan import limits
from .quality import goodness_of_fit
from .reading import SpectrumFileError, read_csv
from .record import ResultError
from .result import (
    FitResult,
    GlobalP,
    Goodness,
    LimitResult,
    LimitScan,
    RangeTry,
    ScanPoint,
    ScanResult,
)
from .rootfile import read_root, read_spectrum
from .scan import scan
from .signal import Gaussian, Signal, SignalError
from .signal_file import read_signal, signal_to_dict, signal_to_json
from .significance import asimov_significance, p_local, q0, z_value
from .spectrum import CountsError, EdgesError, FitRangeError, Spectrum, SpectrumError
from .toys import binomial_interval, global_p
from .windowfile import read_windows

__all__ = [
    "CMS_DIJET_EDGES",
    "EVERYTHING",
    "SIGNAL_RANGE",
    "BinningError",
    "CountsError",
    "CrystalBall",
    "DoubleCrystalBall",
    "EdgesError",
    "FTest",
    "Family",
    "FamilyError",
    "FitRange",
    "FitRangeError",
    "FitResult",
    "Fixed",
    "Gaussian",
    "GlobalP",
    "Goodness",
    "LimitResult",
    "LimitScan",
    "RangeLoop",
    "RangeTry",
    "ResultError",
    "Rule",
    "ScanPoint",
    "ScanResult",
    "Signal",
    "SignalError",
    "Spectrum",
    "SpectrumError",
    "SpectrumFileError",
    "anderson_darling",
    "asimov_significance",
    "background",
    "binomial_interval",
    "deviance",
    "dijet_edges",
    "families",
    "fit",
    "fit_crystal_ball",
    "fit_csv",
    "geometric",
    "global_p",
    "goodness_of_fit",
    "integral",
    "kolmogorov_smirnov",
    "limit",
    "limits",
    "p_local",
    "pearson",
    "q0",
    "read_csv",
    "read_root",
    "read_signal",
    "read_spectrum",
    "read_windows",
    "scan",
    "signal_to_dict",
    "signal_to_json",
    "subdivided",
    "z_value",
]
