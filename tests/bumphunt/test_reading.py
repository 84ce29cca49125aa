from __future__ import annotations

import dijethunt.bumphunt as bh
import pytest


def write(tmp_path, text):
    path = tmp_path / "spectrum.csv"
    path.write_text(text)
    return path


def test_columns_in_any_order_with_comments_and_units(tmp_path):
    path = write(
        tmp_path,
        "# a comment\nobserved, High_GeV ,low [GeV],theory\n\n7,1100,1000,x\n# more\n3,1300,1100,y\n",
    )
    spectrum = bh.read_csv(path)
    assert spectrum.edges.tolist() == [1000, 1100, 1300]
    assert spectrum.counts.tolist() == [7, 3]


@pytest.mark.parametrize(
    "names",
    [
        '"M(jj) [GeV]","M(jj) [GeV] LOW","M(jj) [GeV] HIGH",Observed events',
        "x,x low,x HIGH,data",
        "mass,low_gev,high_gev,Events",
    ],
)
def test_names_of_hepdata_and_synonyms_are_understood(tmp_path, names):
    text = f"#: name: Table 1\n{names}\n1050,1000,1100,7\n1200,1100,1300,3\n"
    spectrum = bh.read_csv(write(tmp_path, text))
    assert spectrum.edges.tolist() == [1000, 1100, 1300]
    assert spectrum.counts.tolist() == [7, 3]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a low,b low,high,observed\n1,1,2,3\n", "several columns may be 'low'"),
        ("low,high,data,data\n1,2,3,4\n", "several columns may be 'observed'"),
        ("low,high\n1,2\n", r"spectrum.csv: no column 'observed'; found \['low', 'high'\]"),
        ("", "no column 'low'"),
        ("low,high,observed\n", "no bins"),
        ("low,high,observed\n1,2,3\n2,3,many\n", "bin 1, column 'observed': got 'many', expected a number"),
        ("low,high,observed\n1,2\n", "bin 0, column 'observed': got nothing"),
        ("low,high,observed\n1,2,3\n1.5,3,3\n", "bins 1-2 and 1.5-3 GeV overlap"),
        ("low,high,observed\n1,2,3\n2.5,3,3\n", "bins 1-2 and 2.5-3 GeV leave a gap"),
        ("low,high,observed\n1,2,-3\n", r"spectrum.csv: bin 0 \(1-2 GeV\) holds -3, which is negative"),
        ("low,high,observed\n1,2,nan\n", "not finite"),
    ],
)
def test_what_is_no_spectrum_is_named_with_its_place(tmp_path, text, message):
    with pytest.raises(bh.SpectrumError, match=message):
        bh.read_csv(write(tmp_path, text))


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(bh.SpectrumFileError, match=r"cannot read .*nowhere\.csv"):
        bh.read_csv(tmp_path / "nowhere.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(bh.SpectrumFileError, match=r"cannot read .*binary\.csv"):
        bh.read_csv(tmp_path / "binary.csv")


def test_ends_of_bins_may_differ_in_the_last_digit(tmp_path):
    spectrum = bh.read_csv(write(tmp_path, "low,high,observed\n1000,1100.0000000001,7\n1100,1300,3\n"))
    assert spectrum.edges.tolist() == [1000, 1100, 1300]
