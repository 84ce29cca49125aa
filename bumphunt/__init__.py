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

from . import families, nuisance
from .bias import bias
from .bias_figure import bias_figure, spurious_figure
from .bias_result import Bias, BiasPoint, Slope, SpuriousPoint, SpuriousSignal
from .binning import CMS_DIJET_EDGES, BinningError, dijet_edges, geometric, subdivided
from .bump import Bump, BumpHunt
from .bumpfigure import bump_figure, bump_toys_figure
from .bumphunter import bumphunter
from .bumphunter2d import bumphunter_2d
from .bumpwindow import BumpWindowError
from .coverage import coverage
from .coverage_result import Coverage, CoveragePoint, Share
from .cross_section import cross_section_limit
from .cross_section_result import CrossSectionLimit, Exclusion
from .crossing_figure import crossing_figure
from .crystal_ball import DoubleCrystalBall
from .crystal_fit import SIGNAL_RANGE, fit_crystal_ball
from .crystal_shape import CrystalBall
from .csvfit import background, fit_csv
from .curve import Curve
from .curve_step import differentiated
from .discovery import expected_discovery
from .discovery_injection import discovery_from_injections
from .discovery_result import Discovery
from .efficiency import EfficiencyCurve, EfficiencyError
from .efficiency_file import read_efficiency
from .envelope import Envelope
from .expected import Expected
from .family import Family, FamilyError
from .fit import fit
from .fitrange import EVERYTHING, FitRange, RangeLoop
from .ftest import Fixed, FTest, Rule
from .goodness import anderson_darling, deviance, kolmogorov_smirnov, pearson
from .hepdata import read_hepdata
from .hepdata_out import to_hepdata
from .hepdata_table import HepDataError
from .injection import inject
from .integration import integral
from .interval import Intervals
from .limit import limit
from .limit_result import LimitResult, LimitScan, LimitToys, StrengthScan
from .limitscan import limits
from .lookelsewhere import gross_vitells
from .minos import minos
from .nuisance import Nuisance, NuisanceError
from .plane import Plane
from .pyhf_library import PyhfError
from .pyhf_limit import limit_with_pyhf, q0_with_pyhf
from .pyhf_workspace import modifier_set, pyhf_model, to_pyhf
from .quality import goodness_of_fit
from .reading import SpectrumFileError, read_csv
from .record import ResultError
from .result import FitResult, Goodness, RangeTry
from .rootfile import read_root, read_spectrum
from .scan import scan
from .scanresult import GlobalP, GrossVitells, ScanPoint, ScanResult, ToyP
from .signal import Gaussian, Signal, SignalError, generic_widths
from .signal_file import read_signal, signal_to_dict, signal_to_json
from .significance import asimov_significance, p_local, q0, z_value
from .spectrum import CountsError, EdgesError, FitRangeError, Spectrum, SpectrumError
from .spurious import spurious_signal
from .template_shape import TemplateShape
from .template_signal import TemplateSignal
from .toyfolder import CampaignError, toy_campaign
from .toys import binomial_interval, global_p, local_p, p_of_toys
from .window import ScanError
from .windowfile import read_shares, read_windows

__all__ = [
    "CMS_DIJET_EDGES",
    "EVERYTHING",
    "SIGNAL_RANGE",
    "Bias",
    "BiasPoint",
    "BinningError",
    "Bump",
    "BumpHunt",
    "BumpWindowError",
    "CampaignError",
    "CountsError",
    "Coverage",
    "CoveragePoint",
    "CrossSectionLimit",
    "CrystalBall",
    "Curve",
    "Discovery",
    "DoubleCrystalBall",
    "EdgesError",
    "EfficiencyCurve",
    "EfficiencyError",
    "Envelope",
    "Exclusion",
    "Expected",
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
    "GrossVitells",
    "HepDataError",
    "Intervals",
    "LimitResult",
    "LimitScan",
    "LimitToys",
    "Nuisance",
    "NuisanceError",
    "Plane",
    "PyhfError",
    "RangeLoop",
    "RangeTry",
    "ResultError",
    "Rule",
    "ScanError",
    "ScanPoint",
    "ScanResult",
    "Share",
    "Signal",
    "SignalError",
    "Slope",
    "Spectrum",
    "SpectrumError",
    "SpectrumFileError",
    "SpuriousPoint",
    "SpuriousSignal",
    "StrengthScan",
    "TemplateShape",
    "TemplateSignal",
    "ToyP",
    "anderson_darling",
    "asimov_significance",
    "background",
    "bias",
    "bias_figure",
    "binomial_interval",
    "bump_figure",
    "bump_toys_figure",
    "bumphunter",
    "bumphunter_2d",
    "coverage",
    "cross_section_limit",
    "crossing_figure",
    "deviance",
    "differentiated",
    "dijet_edges",
    "discovery_from_injections",
    "expected_discovery",
    "families",
    "fit",
    "fit_crystal_ball",
    "fit_csv",
    "generic_widths",
    "geometric",
    "global_p",
    "goodness_of_fit",
    "gross_vitells",
    "inject",
    "integral",
    "kolmogorov_smirnov",
    "limit",
    "limit_with_pyhf",
    "limits",
    "local_p",
    "minos",
    "modifier_set",
    "nuisance",
    "p_local",
    "p_of_toys",
    "pearson",
    "pyhf_model",
    "q0",
    "q0_with_pyhf",
    "read_csv",
    "read_efficiency",
    "read_hepdata",
    "read_root",
    "read_shares",
    "read_signal",
    "read_spectrum",
    "read_windows",
    "scan",
    "signal_to_dict",
    "signal_to_json",
    "spurious_figure",
    "spurious_signal",
    "subdivided",
    "to_hepdata",
    "to_pyhf",
    "toy_campaign",
    "z_value",
]
