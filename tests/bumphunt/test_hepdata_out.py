from __future__ import annotations

import sys
from dataclasses import replace
from numbers import Real

import dijethunt.bumphunt as bh
import pytest
import yaml

SIGNAL = bh.Gaussian(0.05)
MASSES = (2400.0, 3000.0, 3600.0)


@pytest.fixture(scope="module")
def spectrum(truth):
    return truth(3000).spectrum(1)


@pytest.fixture(scope="module")
def results(spectrum, truth):
    family = truth(3000).family
    groups = [(MASSES, spectrum)]
    scan = bh.scan(groups, family, SIGNAL)
    chance = bh.GlobalP(0.25, 0.15, 0.4, scan.largest.r, n_toys=20, n_larger=5, n_failed=0, seed=1)
    return {
        "Spectrum": bh.fit(spectrum, family),
        "P-values": replace(scan, p_global=chance),
        "Limits (95%)": bh.limits(groups, family, SIGNAL),
    }


def is_number(value):
    return isinstance(value, Real) and not isinstance(value, bool)


def check_table(content):
    """Check a table against the structure that HEPData publishes for table files."""
    assert set(content) == {"independent_variables", "dependent_variables"}
    lengths = set()
    for kind, variables in content.items():
        assert variables
        for variable in variables:
            assert set(variable) <= {"header", "values", "qualifiers"}
            assert set(variable["header"]) <= {"name", "units"}
            assert isinstance(variable["header"]["name"], str)
            lengths.add(len(variable["values"]))
            for row in variable["values"]:
                if kind == "independent_variables":
                    assert set(row) in ({"low", "high"}, {"value"})
                else:
                    check_value(row)
            for qualifier in variable.get("qualifiers", []):
                assert {"name", "value"} <= set(qualifier) <= {"name", "value", "units"}
    assert len(lengths) == 1


def check_value(row):
    assert {"value"} <= set(row) <= {"value", "errors"}
    assert is_number(row["value"]) or row["value"] == "-"
    for error in row.get("errors", []):
        assert isinstance(error["label"], str)
        if "symerror" in error:
            assert is_number(error["symerror"])
        else:
            assert set(error["asymerror"]) == {"minus", "plus"}
            assert error["asymerror"]["minus"] <= 0 <= error["asymerror"]["plus"]


def load(path):
    return list(yaml.safe_load_all(path.read_text()))


def column(content, name):
    (found,) = [one for one in content["dependent_variables"] if one["header"]["name"] == name]
    return found


def test_the_submission_has_the_published_structure(results, tmp_path):
    files = bh.to_hepdata(results, tmp_path, luminosity=137.0, comment="A test.")
    assert [file.name for file in files] == [
        "spectrum.yaml",
        "p_values.yaml",
        "limits_95.yaml",
        "submission.yaml",
    ]
    assert sorted(tmp_path.iterdir()) == sorted(files)
    first, *tables = load(files[-1])
    assert first == {"comment": "A test."}
    assert [table["name"] for table in tables] == list(results)
    for table in tables:
        assert set(table) == {"name", "description", "keywords", "data_file"}
        assert table["description"]
        keywords = {one["name"]: one["values"] for one in table["keywords"]}
        assert keywords["cmenergies"] == [13000.0]
        assert keywords["reactions"] == ["P P --> JET JET X"]
        (content,) = load(tmp_path / table["data_file"])
        check_table(content)
        for variable in content["dependent_variables"]:
            qualifiers = {one["name"]: (one["value"], one["units"]) for one in variable["qualifiers"]}
            assert qualifiers == {"SQRT(S)": (13000.0, "GeV"), "LUMINOSITY": (137.0, "fb$^{-1}$")}


def test_a_fit_is_written_with_its_spectrum_which_is_read_back(results, spectrum, tmp_path):
    fit = results["Spectrum"]
    bh.to_hepdata(fit, tmp_path)
    back = bh.read_hepdata(tmp_path)
    assert back.edges.tolist() == spectrum.edges.tolist()
    assert back.counts.tolist() == spectrum.counts.tolist()
    assert bh.fit(back, bh.families.dijet(3)) == fit
    (content,) = load(tmp_path / "table_1.yaml")
    expected = [row["value"] for row in column(content, "Fitted background")["values"]]
    assert expected == pytest.approx(fit.expected, rel=1e-5)
    few = fit.observed.index(min(fit.observed))
    error = column(content, "Observed events")["values"][few]["errors"][0]["asymerror"]
    assert error["plus"] > -error["minus"]
    assert fit.function in load(tmp_path / "submission.yaml")[1]["description"]


def test_a_scan_is_written_with_its_p_values(results, tmp_path):
    scan = results["P-values"]
    bh.to_hepdata({"scan": scan}, tmp_path)
    (content,) = load(tmp_path / "scan.yaml")
    assert [row["value"] for row in content["independent_variables"][0]["values"]] == list(MASSES)
    p = [row["value"] for row in column(content, "Local p-value")["values"]]
    assert p == pytest.approx([point.p_local for point in scan.points], rel=1e-5)
    fitted = column(content, "Fitted signal")["values"]
    assert [row["errors"][0]["symerror"] for row in fitted] == pytest.approx(
        [q.error for q in scan.points], rel=1e-5
    )
    assert "Global p-value" in load(tmp_path / "submission.yaml")[1]["description"]


def test_points_of_several_windows_are_told_apart(spectrum, tmp_path):
    scan = bh.scan([([2400.0], spectrum), ([2400.0], spectrum)], bh.families.dijet(3), SIGNAL)
    bh.to_hepdata({"scan": scan}, tmp_path)
    (content,) = load(tmp_path / "scan.yaml")
    check_table(content)
    assert content["independent_variables"][1]["header"]["name"] == "Window"
    assert [row["value"] for row in content["independent_variables"][1]["values"]] == [0, 1]


def test_p_values_of_toys_are_written_and_invalid_asymptotic_ones_are_not(spectrum, truth, tmp_path):
    groups, family = [((2400.0, 5000.0), truth(300).spectrum(1))], truth(300).family
    scan = bh.local_p(bh.scan(groups, family, SIGNAL), groups, family, SIGNAL, n_toys=20, seed=1)
    good, few = scan.points
    assert (good.asymptotic_valid, few.asymptotic_valid) == (True, False)
    bh.to_hepdata({"scan": scan}, tmp_path)
    (content,) = load(tmp_path / "scan.yaml")
    check_table(content)
    assert [row["value"] for row in column(content, "Local p-value")["values"]] == [
        pytest.approx(good.p_local, rel=1e-5),
        "-",
    ]
    assert column(content, "Local significance")["values"][1]["value"] == "-"
    toys = column(content, "Local p-value from toys")["values"]
    assert [row["value"] for row in toys] == pytest.approx([point.p_toys.p for point in scan.points])
    error = toys[1]["errors"][0]["asymerror"]
    assert toys[1]["value"] + error["plus"] == pytest.approx(few.p_toys.high, rel=1e-5)
    assert toys[1]["value"] + error["minus"] == pytest.approx(few.p_toys.low, abs=1e-6)
    text = load(tmp_path / "submission.yaml")[1]["description"]
    assert "The asymptotic p-value and significance are not valid at 5000 GeV." in text
    assert "did not converge" not in text


def test_fits_that_are_not_valid_are_said_to_be(results, tmp_path):
    nan = float("nan")
    fit, scan, limits = results.values()
    point, limit = scan.points[1], limits.limits[2]
    broken = {
        "fit": replace(fit, valid=False, errors=(nan,) * len(fit.errors)),
        "scan": replace(scan, points=(scan.points[0], replace(point, valid=False, error=nan))),
        "limits": bh.LimitScan((replace(limit, valid=False, asymptotic_valid=False, expected=(nan,) * 5),)),
    }
    bh.to_hepdata(broken, tmp_path)
    texts = [one["description"] for one in load(tmp_path / "submission.yaml")[1:]]
    assert "The fit is not valid: it did not converge" in texts[0]
    assert f"{fit.names[1]} = {fit.values[1]:.6g}, " in texts[0]
    assert "A fit did not converge, and the numbers are not reliable, at 3000 GeV." in texts[1]
    assert "The asymptotic limit is not valid at 3600 GeV. A fit did not converge" in texts[2]
    assert not any("+- nan" in text for text in texts)
    for name in broken:
        (content,) = load(tmp_path / f"{name}.yaml")
        check_table(content)
    (content,) = load(tmp_path / "scan.yaml")
    assert column(content, "Local p-value")["values"][1]["value"] == "-"
    assert "errors" not in column(content, "Fitted signal")["values"][1]


def test_limits_of_windows_that_share_a_mass_need_tables_of_their_own(results, tmp_path):
    limits = results["Limits (95%)"].limits
    with pytest.raises(bh.HepDataError, match=r"several limits at 3000 GeV.*write a table for each window"):
        bh.to_hepdata(bh.LimitScan((*limits, limits[1])), tmp_path)


@pytest.mark.parametrize("wrong", [{"luminosity": -5.0}, {"luminosity": float("nan")}, {"sqrt_s": 0.0}])
def test_impossible_collisions_are_refused(results, tmp_path, wrong):
    with pytest.raises(bh.HepDataError, match="both are positive"):
        bh.to_hepdata(results, tmp_path / "new", **wrong)
    assert not (tmp_path / "new").exists()


def test_limits_are_written_with_their_bands(results, tmp_path):
    limits = results["Limits (95%)"].limits
    bh.to_hepdata({"limits": results["Limits (95%)"]}, tmp_path)
    (content,) = load(tmp_path / "limits.yaml")
    observed, expected = content["dependent_variables"]
    assert observed["header"] == {"name": "Observed limit", "units": "signal events"}
    assert [row["value"] for row in observed["values"]] == pytest.approx(
        [one.observed for one in limits], rel=1e-5
    )
    for row, one in zip(expected["values"], limits, strict=True):
        bands = {error["label"]: error["asymerror"] for error in row["errors"]}
        ends = [
            row["value"] + bands["2 sigma"]["minus"],
            row["value"] + bands["1 sigma"]["minus"],
            row["value"],
            row["value"] + bands["1 sigma"]["plus"],
            row["value"] + bands["2 sigma"]["plus"],
        ]
        assert ends == pytest.approx(one.expected, rel=1e-4)


def test_blind_limits_have_no_observed_column_and_gaps_are_dashes(spectrum, tmp_path):
    blind = bh.limits([(MASSES, spectrum)], bh.families.dijet(3), SIGNAL, blind=True)
    bh.to_hepdata({"limits": blind}, tmp_path)
    (content,) = load(tmp_path / "limits.yaml")
    assert [one["header"]["name"] for one in content["dependent_variables"]] == ["Expected limit"]
    seen = replace(blind.limits[0], observed=3.0)
    bh.to_hepdata({"limits": replace(blind, limits=(seen, *blind.limits[1:]))}, tmp_path)
    (content,) = load(tmp_path / "limits.yaml")
    assert [row["value"] for row in column(content, "Observed limit")["values"]] == [3.0, "-", "-"]
    check_table(content)
    other = replace(blind.limits[0], unit="fb")
    with pytest.raises(bh.HepDataError, match="limits of different kinds"):
        bh.to_hepdata(replace(blind, limits=(other, *blind.limits[1:])), tmp_path)


def test_what_cannot_be_written_is_said_before_anything_is(results, tmp_path, monkeypatch):
    with pytest.raises(bh.HepDataError, match="GlobalP has no HEPData table"):
        bh.to_hepdata({"ok": results["Spectrum"], "no": results["P-values"].p_global}, tmp_path / "new")
    with pytest.raises(bh.HepDataError, match="no results"):
        bh.to_hepdata({}, tmp_path / "new")
    with pytest.raises(bh.HepDataError, match="choose other names"):
        bh.to_hepdata({"a b": results["Spectrum"], "a-b": results["Spectrum"]}, tmp_path / "new")
    assert not (tmp_path / "new").exists()
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(bh.HepDataError, match="needs PyYAML, which is not installed"):
        bh.to_hepdata(results, tmp_path)
