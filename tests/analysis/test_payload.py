import gzip

import numpy as np
import pytest
from dijethunt.analysis.payload import CorrectionError, find, read

JETS = {
    "JetPt": np.array([400.0, 500.0]),
    "JetEta": np.array([0.0, -2.0]),
    "JetA": np.array([2.0, 2.1]),
    "Rho": np.array([20.0, 10.0]),
}


def test_compound_corrections_update_the_pt_between_their_steps(payload):
    factor = find(payload, "MC_L1L2")(JETS)
    np.testing.assert_allclose(factor, [1.1 * (1 - 40 / 400), 1.1 * (1 - 21 / 500)], rtol=1e-12)


def test_systematics_are_words(payload):
    scale = find(payload, "MC_ScaleFactor")
    assert [scale(JETS, direction)[0] for direction in ("nom", "up", "down")] == [1.3, 1.4, 1.2]


def test_needs_are_the_branches_of_the_inputs(payload):
    needs = find(payload, "MC_L1").needs()
    old = frozenset({"FatJet_area", "fixedGridRhoFastjetAll", "FatJet_pt"})
    assert all(need.met(old) for need in needs)
    assert all(need.met(old - {"fixedGridRhoFastjetAll"} | {"Rho_fixedGridRhoFastjetAll"}) for need in needs)
    assert not all(need.met(old - {"fixedGridRhoFastjetAll"}) for need in needs)


def test_jets_that_are_no_numbers_are_left_alone(payload):
    jets = JETS | {"JetPt": np.array([np.nan, 500.0])}
    np.testing.assert_allclose(find(payload, "MC_L1L2")(jets), [1.0, 1.1 * (1 - 21 / 500)])


def test_gzipped_payloads(payload, tmp_path):
    path = tmp_path / "payload.json.gz"
    path.write_bytes(gzip.compress(payload.read_bytes()))
    assert set(read(path)) == set(read(payload))


def test_a_payload_that_changed_is_read_again(payload):
    assert find(payload, "MC_L2")(JETS)[0] == 1.1
    payload.write_text(payload.read_text().replace("1.1", "1.125"))
    assert find(payload, "MC_L2")(JETS)[0] == 1.125


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "MC_Totl",
            r"no correction 'MC_Totl'; did you mean MC_Total.* it holds 10: MC_Flavor, .*, \.\.\.; correct",
        ),
        ("Muon_ID", r"Muon_ID needs the input 'MuonPt'; known are JetPt, .*: name a correction of AK8 jets"),
    ],
)
def test_names_that_cannot_be_used(payload, name, message):
    with pytest.raises(CorrectionError, match=message):
        find(payload, name)


def test_systematics_that_the_payload_does_not_know(payload):
    with pytest.raises(
        CorrectionError, match=r"MC_ScaleFactor cannot be evaluated .*; check that it is made for"
    ):
        find(payload, "MC_ScaleFactor")(JETS, "sideways")


@pytest.mark.parametrize("content", ["{not JSON", "{}", '{"schema_version": 99}', ""])
def test_files_that_are_no_payload(tmp_path, content):
    path = tmp_path / "payload.json"
    path.write_text(content)
    with pytest.raises(CorrectionError, match=r"payload\.json is not a correctionlib payload"):
        read(path)


def test_a_payload_that_is_not_there(tmp_path):
    with pytest.raises(CorrectionError, match=r"cannot read the payload .*none\.json: No such file"):
        read(tmp_path / "none.json")
