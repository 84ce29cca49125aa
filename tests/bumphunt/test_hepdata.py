from __future__ import annotations

import sys

import dijethunt.bumphunt as bh
import numpy as np
import pytest
import yaml
from dijethunt.bumphunt.hepdata_unit import unit

BINS = [(1000, 1100), (1100, 1300), (1300, 1600)]
COUNTS = [700, 300, 41]


def written(path, columns, bins=BINS, units="GeV", **more):
    """Write a table as HEPData has it; columns are (name, units, values)."""
    content = {
        "independent_variables": [
            {"header": {"name": "M(jj)", "units": units}, "values": [{"low": a, "high": b} for a, b in bins]}
        ],
        "dependent_variables": [
            {
                "header": {"name": name, "units": unit_} if unit_ else {"name": name},
                "qualifiers": [{"name": "SQRT(S)", "value": 13000, "units": "GeV"}],
                "values": [{"value": v, "errors": [{"symerror": 1.0, "label": "stat"}]} for v in values],
            }
            for name, unit_, values in columns
        ],
        **more,
    }
    path.write_text(yaml.safe_dump(content))
    return path


@pytest.fixture
def table(tmp_path):
    columns = [("Background", "", [690.5, 310.0, 40.0]), ("Observed events", "", COUNTS)]
    return written(tmp_path / "table1.yaml", columns)


@pytest.fixture
def submission(tmp_path, table):
    limits = written(tmp_path / "t2.yaml", [("Limit", "pb", [1.0, 2.0, 3.0])])
    heads = [{"comment": "about it"}] + [
        {"name": name, "description": "-", "keywords": [], "data_file": file.name}
        for name, file in (("Spectrum", table), ("Limits", limits))
    ]
    path = tmp_path / "submission.yaml"
    path.write_text(yaml.safe_dump_all(heads))
    return path


def test_the_observed_column_is_found_by_its_name(table):
    spectrum = bh.read_hepdata(table)
    assert spectrum.edges.tolist() == [1000, 1100, 1300, 1600]
    assert spectrum.counts.tolist() == COUNTS
    assert bh.read_spectrum(table).counts.tolist() == COUNTS


def test_a_table_of_a_submission_is_named(submission):
    for path in (submission, submission.parent):
        assert bh.read_hepdata(path, "Spectrum").counts.tolist() == COUNTS
    assert bh.read_spectrum(f"{submission}:Spectrum").counts.tolist() == COUNTS
    with pytest.raises(bh.SpectrumFileError, match="say which table; there are: Spectrum, Limits"):
        bh.read_spectrum(submission)
    with pytest.raises(bh.SpectrumFileError, match="no table 'spectra'; there are"):
        bh.read_hepdata(submission, "spectra")
    with pytest.raises(bh.SpectrumFileError, match="'Limit' is in pb, not in events; give luminosity"):
        bh.read_hepdata(submission, "Limits")


@pytest.mark.parametrize(
    ("units", "in_fb_per_gev"),
    [("pb/TeV", 1.0), ("fb/GeV", 1.0), ("pb TeV$^{-1}$", 1.0), ("nb/GeV", 1e6), ("fb/(100 GeV)", 0.01)],
)
def test_cross_sections_per_width_become_counts_if_asked_to(tmp_path, units, in_fb_per_gev):
    values = np.array(COUNTS) / np.diff([1000, 1100, 1300, 1600]) / 36.5 / in_fb_per_gev
    path = written(tmp_path / "x.yaml", [("dsigma/dm", units, [float(f"{value:.5g}") for value in values])])
    assert bh.read_hepdata(path, luminosity=36.5, per_width=True).counts.tolist() == COUNTS
    for missing in ({}, {"luminosity": 36.5}, {"per_width": True}):
        with pytest.raises(bh.SpectrumFileError, match="not in events; give"):
            bh.read_hepdata(path, **missing)
    with pytest.raises(bh.SpectrumFileError, match=r"events, which is not a whole number within 0\.0001"):
        bh.read_hepdata(path, luminosity=36.9, per_width=True)


def test_axes_and_densities_have_their_units(tmp_path):
    bins = [(1.0, 1.1), (1.1, 1.3), (1.3, 1.6)]
    values = [count / width for count, width in zip(COUNTS, (100, 200, 300), strict=True)]
    path = written(tmp_path / "x.yaml", [("N", "Events / GeV", values)], bins, "TeV")
    spectrum = bh.read_hepdata(path, per_width=True)
    assert spectrum.edges == pytest.approx([1000, 1100, 1300, 1600])
    assert spectrum.counts.tolist() == COUNTS
    with pytest.raises(bh.SpectrumFileError, match="is in Events / GeV, not in events; give per_width=True"):
        bh.read_hepdata(path)
    with pytest.raises(
        bh.SpectrumFileError, match="is in Events / GeV and is no cross section in b to ab; leave lumi"
    ):
        bh.read_hepdata(path, luminosity=10.0, per_width=True)
    known = (
        unit("fb / 100 GeV"),
        unit("GEV"),
        unit(None),
        unit("Events"),
        unit("$\\mathrm{pb}/\\mathrm{TeV}$"),
    )
    assert [one.gev for one in known] == [100, 1, 1, 1, 1000]
    assert [one.cross_section for one in known] == [True, False, False, False, True]
    assert not unit("events with b jets").cross_section


def test_factors_that_a_column_does_not_ask_for_are_refused(table, tmp_path):
    with pytest.raises(bh.SpectrumFileError, match="'Observed events' has no unit and is no cross section"):
        bh.read_hepdata(table, luminosity=36.5)
    path = written(tmp_path / "x.yaml", [("N", "Events", COUNTS)])
    with pytest.raises(bh.SpectrumFileError, match="is in Events and is no density; leave per_width out"):
        bh.read_hepdata(path, per_width=True)
    path = written(tmp_path / "y.yaml", [("N", "pb", COUNTS)])
    with pytest.raises(bh.SpectrumFileError, match="luminosity is -1; it is positive"):
        bh.read_hepdata(path, luminosity=-1)


def test_the_published_spectrum_is_that_of_its_cross_sections(cms_path, tmp_path):
    """Densities in pb/TeV with five digits, times 137.5 fb-1 and the widths, are the published counts."""
    names = ("low_gev", "high_gev", "observed", "xsec_pb_per_tev")
    rows = np.genfromtxt(cms_path, delimiter=",", comments="#", skip_header=2, names=names)
    bins = list(zip(rows["low_gev"].tolist(), rows["high_gev"].tolist(), strict=True))
    path = written(tmp_path / "x.yaml", [("dsigma/dm", "pb/TeV", rows["xsec_pb_per_tev"].tolist())], bins)
    spectrum = bh.read_hepdata(path, luminosity=137.5, per_width=True, rounding=5e-4)
    thin = rows["observed"] < 1e4
    assert thin.sum() > 20
    assert spectrum.counts[thin] == pytest.approx(rows["observed"][thin], abs=1, rel=1e-3)
    with pytest.raises(bh.SpectrumFileError, match="not a whole number"):
        bh.read_hepdata(path, luminosity=36.0, per_width=True, rounding=5e-4)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"columns": [("Data", "", [1, 2])]}, "3 bins and 2 values of 'Data'"),
        ({"columns": [("Data", "", [1, "-", 2])]}, "bin 1, 'value': got '-'; expected a number"),
        ({"columns": [("Data", "", [1, 2.5, 2])]}, "'Data': bin 1 .* not a whole number"),
        ({"columns": [("Data", "", [1, -2, 2])]}, "negative"),
        (
            {"columns": [("a", "", COUNTS), ("b", "", COUNTS)]},
            "no column 'observed'; there are: 'a', 'b'; give",
        ),
        ({"columns": [("data a", "", COUNTS), ("data b", "", COUNTS)]}, "several columns 'observed'"),
        ({"bins": [(1000, 1100), (1050, 1300), (1300, 1600)]}, "1000-1100 and 1050-1300 GeV overlap"),
        ({"bins": [(1000, 1100), (1150, 1300), (1300, 1600)]}, "leave a gap"),
        ({"bins": [(1300, 1600), (1000, 1100), (1100, 1300)]}, "not in increasing order"),
        (
            {"bins": [(None, 1100), (1100, 1300), (1300, 1600)]},
            "bin 0, 'low': got None; a bin needs low and high",
        ),
        ({"bins": []}, "has no bins"),
        ({"independent_variables": []}, "independent variables: none"),
    ],
    ids=str,
)
def test_what_is_no_spectrum_is_named_with_its_place(tmp_path, change, message):
    arguments = {"columns": [("Data", "", COUNTS)], **change}
    path = written(tmp_path / "bad.yaml", **arguments)
    with pytest.raises(bh.SpectrumError, match=message) as caught:
        bh.read_hepdata(path)
    assert "bad.yaml" in str(caught.value)


def test_a_column_is_chosen_by_name(table):
    with pytest.raises(bh.CountsError, match="not a whole number"):
        bh.read_hepdata(table, column="background")
    assert bh.read_hepdata(table, column="Observed events").counts.tolist() == COUNTS
    with pytest.raises(bh.SpectrumFileError, match="no column 'theory'"):
        bh.read_hepdata(table, column="theory")
    with pytest.raises(bh.SpectrumFileError, match="is a single table"):
        bh.read_hepdata(table, "Spectrum")


def test_files_that_are_no_hepdata_are_named(tmp_path, monkeypatch):
    for name, text in (("a.yaml", "just text"), ("b.yaml", ""), ("c.yaml", "x: 1")):
        (tmp_path / name).write_text(text)
        with pytest.raises(bh.SpectrumFileError, match=f"{name} is neither a HEPData table"):
            bh.read_hepdata(tmp_path / name)
    (tmp_path / "d.yaml").write_text("a: [1")
    for name in ("d.yaml", "nowhere.yaml"):
        with pytest.raises(bh.SpectrumFileError, match=f"cannot read .*{name}"):
            bh.read_spectrum(tmp_path / name)
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(bh.SpectrumFileError, match="needs PyYAML, which is not installed"):
        bh.read_hepdata(tmp_path / "d.yaml")
