from dataclasses import replace

import pytest
from dijethunt.analysis.correction import VARIATIONS, Corrections
from dijethunt.analysis.mock_jets import MOCK
from dijethunt.analysis.payload import CorrectionError
from dijethunt.datasets.error import FileError

JER = {"jer_resolution": "MC_PtResolution", "jer_scale_factor": "MC_ScaleFactor"}


def test_nothing_is_corrected_by_default():
    for kind in ("data", "background", "signal"):
        assert Corrections().of(kind) == Corrections()
        assert Corrections().needs(kind) == ()
    assert Corrections().branches() == frozenset()


def test_data_have_no_uncertainties(payload):
    full = Corrections(
        str(payload), "MC_L1L2", "RunA_L2", "MC_Total", **JER, jms=(0.99, 1, 1.01), variation="jes_up"
    )
    assert full.of("data") == Corrections(str(payload), jec_data="RunA_L2")
    assert full.of("signal") == Corrections(
        str(payload), "MC_L1L2", None, "MC_Total", **JER, jms=(0.99, 1, 1.01), variation="jes_up"
    )
    assert Corrections(str(payload), jes_uncertainty="MC_Total").of("data") == Corrections()


def test_branches_are_those_of_the_inputs(payload):
    corrections = Corrections(str(payload), jec="MC_L1L2", jms=(1, 1, 1))
    read = {"FatJet_pt", "FatJet_eta", "FatJet_area", "FatJet_rawFactor", "FatJet_msoftdrop"}
    assert read | {"fixedGridRhoFastjetAll", "Rho_fixedGridRhoFastjetAll"} <= corrections.branches()
    assert not any("Gen" in branch for branch in corrections.branches())
    smeared = Corrections(str(payload), **JER)
    assert "GenJetAK8_pt" in smeared.branches()
    assert "FatJet_rawFactor" not in smeared.branches()
    assert "GenJetAK8_pt" not in Corrections(str(payload), **JER, jer_matching=False).branches()


def test_directions():
    numbers = {"jms": (0.99, 1, 1.01), "jmr": (1, 1.1, 1.2), "msd_resolution": 0.1}
    corrections = Corrections(**numbers, variation="jmr_down")
    assert [corrections.direction(name) for name in ("jms", "jmr")] == ["nominal", "down"]
    assert Corrections(**numbers).direction("jmr") == "nominal"
    assert len(VARIATIONS) == 13


@pytest.mark.parametrize(
    ("variation", "score"),
    [
        ("btag_bc_up", "btagDeepB_bcUp"),
        ("btag_bc_down", "btagDeepB_bcDown"),
        ("btag_light_up", "btagDeepB_lightUp"),
        ("btag_light_down", "btagDeepB_lightDown"),
        ("nominal", ""),
    ],
)
def test_variations_of_b_tagging_read_another_score(variation, score):
    corrections = Corrections(variation=variation)
    branches = {f"FatJet_{score}", f"SubJet_{score}"} if score else set()
    assert corrections.score == score
    assert corrections.branches() == branches
    assert corrections.of("data") == Corrections()
    assert corrections.needs("data") == ()


def test_a_preset_fills_in_what_is_not_given():
    preset = Corrections(preset="mock")
    assert {name: getattr(preset, name) for name in MOCK} == MOCK
    assert preset == Corrections(**MOCK, preset="mock")
    own = Corrections(preset="mock", jms=(0.9, 1.0, 1.1), variation="jer_up")
    assert (own.jms, own.jmr) == ((0.9, 1.0, 1.1), MOCK["jmr"])
    assert preset.of("data") == Corrections()
    assert replace(preset, variation="jms_up").jms == MOCK["jms"]
    assert "GenJetAK8_msoftdrop" in preset.branches()


def test_the_content_of_the_payload_is_its_identity(payload, tmp_path):
    moved = tmp_path / "moved.json"
    moved.write_bytes(payload.read_bytes())
    one, same = (Corrections(str(path), "MC_L2", "RunA_L2") for path in (payload, moved))
    assert one.identity("signal") == same.identity("signal")
    moved.write_text(payload.read_text().replace("1.1", "1.2"))
    assert one.identity("signal") != same.identity("signal")
    moved.unlink()
    with pytest.raises(FileError, match=r"cannot read .*moved\.json"):
        same.identity("signal")


def test_a_variation_changes_the_identity_of_simulation_alone(payload):
    names = {"jec": "MC_L1L2", "jec_data": "RunA_L2", "jes_uncertainty": "MC_Total"}
    nominal, up = (Corrections(str(payload), **names, variation=v) for v in ("nominal", "jes_up"))
    assert nominal.identity("data") == up.identity("data")
    assert nominal.identity("signal") != up.identity("signal")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"jec": "MC_L1L2"}, "jec needs payload; give both, or neither"),
        ({"payload": "p.json"}, "payload needs names of corrections in it"),
        (
            {"payload": "p.json", "jer_resolution": "a"},
            "jer_resolution alone; give jer_resolution and jer_scale",
        ),
        ({"jmr": (1, 1.1, 1.2)}, "jmr alone; give jmr and msd_resolution"),
        (
            {"jms": (0.99, 1.0, -1.0)},
            r"jms = \(0\.99, 1\.0, -1\.0\); give positive factors: down, nominal, up",
        ),
        ({"variation": "jes_up"}, "variation 'jes_up' needs jes_uncertainty"),
        ({"jms": (1, 1, 1), "variation": "jer_down"}, "variation 'jer_down' needs jer_scale_factor"),
        ({"preset": "mok"}, "no preset 'mok'; did you mean 'mock'"),
        ({"variation": "jes_upp"}, "no variation 'jes_upp'; did you mean 'jes_up'"),
    ],
)
def test_corrections_that_make_no_sense(given, message):
    with pytest.raises(CorrectionError, match=message):
        Corrections(**given)


@pytest.mark.parametrize(
    ("given", "kind", "missing"), [("jec", "data", "jec_data"), ("jec_data", "signal", "jec")]
)
def test_data_and_simulation_are_corrected_both_or_neither(payload, given, kind, missing):
    corrections = Corrections(str(payload), **{given: "MC_L2"})
    with pytest.raises(
        CorrectionError, match=f"{given} is given, but these are {kind} events; give {missing} too"
    ):
        corrections.needs(kind)
