import awkward as ak
import numpy as np
import pytest
from dijethunt.analysis.correction import VARIATIONS, Corrections
from dijethunt.analysis.corrector import corrected
from dijethunt.analysis.payload import CorrectionError
from dijethunt.analysis.processor import DijetProcessor
from dijethunt.analysis.selection import configuration, select
from dijethunt.datasets.catalogue import Dataset
from dijethunt.datasets.error import FileError
from dijethunt.datasets.jagged import flat
from dijethunt.datasets.nanoaod import open_events
from dijethunt.selections.region import DijetSelection

PT, MASS, AREA, RHO = np.array([600.0, 500.0]), np.array([120.0, 80.0]), 2.0, 20.0
JER = {"jer_resolution": "MC_PtResolution", "jer_scale_factor": "MC_ScaleFactor", "jer_matching": False}
FACTOR = 1.1 * (0.9 - RHO * AREA / PT)
"""What the payload makes of the stored pT: 0.9 undoes the stored correction."""


@pytest.fixture
def file(make_events):
    return make_events(scalars={"fixedGridRhoFastjetAll": np.full(4, RHO, np.float32)})


def jets(events, name="pt"):
    return flat(events.FatJet[name]).reshape(-1, 2)


@pytest.mark.parametrize("branch", ["fixedGridRhoFastjetAll", "Rho_fixedGridRhoFastjetAll"])
def test_the_stored_correction_is_replaced(make_events, payload, branch):
    events = open_events(make_events(scalars={branch: np.full(4, RHO, np.float32)}))
    after = corrected(events, Corrections(str(payload), "MC_L1L2"), "background", "qcd")
    for name, stored in (("pt", PT), ("mass", MASS)):
        np.testing.assert_allclose(jets(after, name), np.tile(stored * FACTOR, (4, 1)), rtol=1e-6)
    np.testing.assert_array_equal(jets(after, "msoftdrop"), np.tile([90, 60], (4, 1)))
    np.testing.assert_array_equal(jets(events), np.tile(PT, (4, 1)))  # the events themselves stay


@pytest.mark.parametrize(("name", "relative"), [("MC_Total", [0.02, 0.02]), ("MC_Flavor", [0.005, 0.0025])])
def test_the_scale_is_shifted_up_and_down(file, payload, name, relative):
    up, nominal, down = (
        jets(
            corrected(
                open_events(file),
                Corrections(str(payload), "MC_L1L2", None, name, variation=v),
                "signal",
                "x",
            )
        )
        for v in ("jes_up", "nominal", "jes_down")
    )
    assert (up > nominal).all()
    assert (nominal > down).all()
    np.testing.assert_allclose(up / nominal, 1 + np.tile(relative, (4, 1)), rtol=1e-6)
    np.testing.assert_allclose(down / nominal, 1 - np.tile(relative, (4, 1)), rtol=1e-6)


def test_data_take_the_correction_of_their_era(make_events, payload):
    runs = np.array([100, 199, 200, 300], np.uint32)
    eras = {"RunA_L2": (100, 199), "RunB_L2": (200, 300)}
    corrections = Corrections(str(payload), "MC_L2", eras, "MC_Total", **JER, variation="jes_up")
    events = open_events(make_events(scalars={"run": runs}))
    factor = jets(corrected(events, corrections, "data", "jetht")) / PT / 0.9
    np.testing.assert_allclose(factor, [[1.05] * 2] * 2 + [[1.15] * 2] * 2, rtol=1e-6)
    events = open_events(make_events(scalars={"run": runs + 1}))
    with pytest.raises(CorrectionError, match="run 301 is in no era of jec_data"):
        corrected(events, corrections, "data", "jetht")


@pytest.mark.parametrize(("variation", "scale"), [("nominal", 1.3), ("jer_up", 1.4), ("jer_down", 1.2)])
def test_the_resolution_is_widened_by_the_scale(make_events, payload, variation, scale):
    n = 5000
    events = open_events(make_events(n=n))
    after = jets(corrected(events, Corrections(str(payload), **JER, variation=variation), "signal", "xyy"))
    width = 0.1 * np.sqrt(scale**2 - 1)
    assert (after / PT).std() == pytest.approx(width, abs=4 * width / np.sqrt(4 * n))
    assert (after / PT).mean() == pytest.approx(1, abs=4 * width / np.sqrt(2 * n))


def test_smearing_does_not_depend_on_chunks(make_events, payload):
    file = make_events(n=50)
    corrections = Corrections(str(payload), **JER)
    whole = jets(corrected(open_events(file), corrections, "signal", "xyy"))
    parts = [open_events(file, start=start, stop=stop) for start, stop in ((0, 13), (13, 50))]
    again = [jets(corrected(part, corrections, "signal", "xyy")) for part in parts]
    np.testing.assert_array_equal(whole, np.concatenate(again))
    assert (whole != jets(corrected(open_events(file), corrections, "signal", "other"))).all()


def test_variations_share_their_random_numbers(make_events, payload):
    events = open_events(make_events(n=50))
    up, nominal, down = (
        jets(corrected(events, Corrections(str(payload), **JER, variation=v), "signal", "xyy")) / PT - 1
        for v in ("jer_up", "nominal", "jer_down")
    )
    widths = np.sqrt(np.array([1.4, 1.3, 1.2]) ** 2 - 1)
    np.testing.assert_allclose(up / nominal, widths[0] / widths[1], rtol=1e-3)
    np.testing.assert_allclose(down / nominal, widths[2] / widths[1], rtol=1e-3)


def test_soft_drop_masses_have_numbers_of_their_own(make_events):
    n = 5000
    groomed = np.tile(np.float32([90, -1]), (n, 1))
    events = open_events(make_events(n=n, jets={"msoftdrop": groomed}))
    scale = {"jms": (0.98, 1.0, 1.03)}
    width = {"jmr": (1.0, 1.1, 1.25), "msd_resolution": 0.08}
    for variation, expected in (("nominal", 1.0), ("jms_up", 1.03), ("jms_down", 0.98)):
        after = corrected(events, Corrections(**scale, variation=variation), "signal", "xyy")
        np.testing.assert_allclose(jets(after, "msoftdrop"), np.tile([90 * expected, 0], (n, 1)), rtol=1e-6)
        np.testing.assert_array_equal(jets(after), jets(events))
    for variation, factor in (("nominal", 1.1), ("jmr_up", 1.25), ("jmr_down", 1.0)):
        after = corrected(events, Corrections(**width, variation=variation), "signal", "xyy")
        expected = 0.08 * np.sqrt(factor**2 - 1)
        spread = (jets(after, "msoftdrop")[:, 0] / 90).std()
        assert spread == pytest.approx(expected, abs=4 * expected / np.sqrt(2 * n) + 1e-6)
        assert not jets(after, "msoftdrop")[:, 1].any()


def generated(pt, groomed, n=4):
    """Return jets at generator level in the directions of the reconstructed ones."""
    rows = {"pt": pt, "msoftdrop": groomed, "eta": [0.5, -0.25], "phi": [1.0, -2.0]}
    return {name: ak.from_regular(np.tile(np.float32(value), (n, 1))) for name, value in rows.items()}


@pytest.mark.parametrize("variation", [v for v in VARIATIONS if not v.startswith("btag")])
def test_the_preset_for_simulated_jets(make_events, variation):
    """pT 600 and 500 from 580 and 520, soft-drop mass 90 from 80; the mass of 60 has no partner near in mass."""
    both = {"genJetAK8Idx": np.tile(np.int32([0, 1]), (4, 1))}
    events = open_events(make_events(jets=both, GenJetAK8=generated([580, 520], [80, 5])))
    after = corrected(events, Corrections(preset="mock", variation=variation), "signal", "xyy")
    name, _, direction = variation.partition("_")
    sign = {"up": 1, "down": -1, "": 0}[direction]
    pt, groomed = PT.copy(), np.array([90.0, 60.0])
    if name == "jes":
        pt *= 1 + sign * (0.01 + 0.0005 * np.array([0.5, 0.25]) ** 2 + 0.002 * np.abs(np.log10(PT / 500)))
    if name == "jer":
        pt += sign * 0.05 * np.array([20, -20])
    if name == "jms":
        groomed *= 1 + sign * 0.01
    if name == "jmr":
        groomed[0] += sign * 0.1 * 10
    np.testing.assert_allclose(jets(after), np.tile(pt, (4, 1)), rtol=1e-6)
    np.testing.assert_allclose(jets(after, "mass"), np.tile(MASS * pt / PT, (4, 1)), rtol=1e-6)
    measured = jets(after, "msoftdrop")
    np.testing.assert_allclose(measured[:, 0], groomed[0], rtol=1e-6)
    if variation == "jmr_up":  # without a partner it is smeared, by 0.08 sqrt(1.1^2 - 1) = 3.7 per cent
        assert 0 < np.abs(measured[:, 1] / 60 - 1).max() < 5 * 0.037
    else:
        np.testing.assert_allclose(measured[:, 1], groomed[1], rtol=1e-6)


@pytest.mark.parametrize("variation", ["bc_up", "bc_down", "light_up", "light_down"])
def test_variations_of_b_tagging_replace_the_scores(make_events, variation):
    flavours, direction = variation.split("_")
    varied = f"btagDeepB_{flavours}{direction.title()}"
    subjets = {"btagDeepB": [0.1, 0.2, 0.3, 0.4], varied: [0.15, 0.25, 0.35, 0.45]}
    file = make_events(
        jets={"btagDeepB": [0.5, 0.6], varied: [0.55, 0.65], "subJetIdx1": [0, 2], "subJetIdx2": [1, 3]},
        SubJet={k: ak.from_regular(np.tile(np.float32(v), (4, 1))) for k, v in subjets.items()},
    )
    for corrections, score, best in (
        (Corrections(), [0.5, 0.6], [0.2, 0.4]),
        (Corrections(variation=f"btag_{variation}"), [0.55, 0.65], [0.25, 0.45]),
    ):
        processor = DijetProcessor(quantities=["msd", "btag", "btag_subjet"], corrections=corrections)
        table, _ = select([file], processor)
        for jet in (0, 1):
            np.testing.assert_allclose(table[f"j{jet + 1}_btag"], score[jet], rtol=1e-6)
            np.testing.assert_allclose(table[f"j{jet + 1}_btag_subjet"], best[jet], rtol=1e-6)


def test_selection_and_quantities_see_corrected_jets(make_events, payload):
    """The payload scales by 1.1 a jet of stored pT 300 over 0.9: 297 GeV fails, 304 GeV passes."""
    pt = np.array([[600, 300 / 0.99 - 3], [600, 300 / 0.99 + 3]] * 2)
    file = make_events(jets={"pt": pt, "rawFactor": 0.1})
    processor = DijetProcessor(DijetSelection(), ["msd"], corrections=Corrections(str(payload), "MC_L2"))
    table, _ = select([file], processor)
    assert table["event"].tolist() == [2, 4]
    np.testing.assert_allclose(table["j1_pt"], 600 * 0.99, rtol=1e-6)
    np.testing.assert_allclose(table["j2_pt"], 303, rtol=1e-4)
    stored, _ = select([file], DijetProcessor(quantities=["msd"]))
    np.testing.assert_allclose(table["mjj"], stored.where(stored["event"] % 2 == 0)["mjj"] * 0.99, rtol=1e-5)


def test_jets_are_ordered_after_correction(make_events, payload):
    """j1 is the jet whose soft-drop mass is larger after correction, here often the one of pT 500 GeV."""
    file = make_events(n=200, jets={"msoftdrop": [61, 60]})
    wide = Corrections(jmr=(1, 2, 3), msd_resolution=0.3)
    table, _ = select([file], DijetProcessor(quantities=["msd"], corrections=wide))
    assert (table["j1_msd"] >= table["j2_msd"]).all()
    assert 0.2 < (table["j1_pt"] == 500).mean() < 0.8


def test_every_variation_is_another_configuration(payload):
    names = {"jec": "MC_L1L2", "jes_uncertainty": "MC_Total", **JER}
    processors = [
        DijetProcessor(corrections=Corrections(str(payload), **names, variation=v))
        for v in ("nominal", "jes_up")
    ]
    one, two = map(configuration, processors)
    assert one["selection"] == two["selection"]
    assert one["corrections"] != two["corrections"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"jec": "MC_L1L2"},
            r"the correction MC_L1L2 needs fixedGridRhoFastjetAll or Rho_.*; give files with",
        ),
        (
            {**JER, "jer_matching": True},
            r"smearing with generator jets needs .*GenJetAK8_pt.*jer_matching = false",
        ),
        (
            {"payload": None, "jmr": (0.9, 1, 1.1), "msd_resolution": 0.08, "jmr_matching": True},
            r"smearing with generator soft-drop masses needs .*GenJetAK8_msoftdrop.*leave jmr_matching",
        ),
        (
            {"payload": None, "variation": "btag_bc_up"},
            r"the variation btag_bc_up needs FatJet_btagDeepB_bcUp, SubJet_btagDeepB_bcUp; give files",
        ),
    ],
)
def test_branches_that_corrections_need(make_events, payload, given, message):
    processor = DijetProcessor(
        quantities=["msd"], corrections=Corrections(**{"payload": str(payload), **given})
    )
    with pytest.raises(FileError, match=rf"events\.root: {message}"):
        select([make_events()], processor)


def test_a_correction_that_the_payload_does_not_have(file, payload):
    processor = DijetProcessor(quantities=["msd"], corrections=Corrections(str(payload), "MC_L1L3"))
    with pytest.raises(CorrectionError, match="no correction 'MC_L1L3'; did you mean MC_L1L2"):
        select([file], processor)


def test_real_simulation(real_data, payload):
    """Old and new names of branches, generator jets included: the raw jets times the factors of the payload."""
    for name, rho in (
        ("pfnano.root", "fixedGridRhoFastjetAll"),
        ("nano_tt_v12.root", "Rho_fixedGridRhoFastjetAll"),
    ):
        file = real_data / "nanoaod" / name
        full = Corrections(str(payload), "MC_L1L2", None, "MC_Total", "MC_PtResolution", "MC_ScaleFactor")
        events = open_events(file, full.branches())
        after = corrected(events, Corrections(str(payload), "MC_L1L2"), "background", "qcd")
        density = events.Rho.fixedGridRhoFastjetAll if "_" in rho else events[rho]
        fatjets = events.FatJet
        expected = flat(1.1 * (fatjets.pt * (1 - fatjets.rawFactor) - density * fatjets.area))
        np.testing.assert_allclose(flat(after.FatJet.pt), expected, rtol=1e-5)
        select(
            [Dataset("qcd", (str(file),), "background")], DijetProcessor(quantities=["msd"], corrections=full)
        )
        smeared = corrected(events, full, "background", "qcd")
        ratio = flat(smeared.FatJet.pt) / expected
        assert 0.5 < ratio.min() < ratio.max() < 1.5
        assert (np.abs(ratio - 1) > 1e-4).mean() > 0.9
