from __future__ import annotations

import dijethunt.bumphunt as bh
import pytest

TEXT = "# measured\nefficiency, cross_section,error,n\n0.1,40,0.01,5\n0.02,10,0.004,7\n\n"


def test_columns_are_found_by_their_names(tmp_path):
    (tmp_path / "curve.csv").write_text(TEXT)
    curve = bh.read_efficiency(tmp_path / "curve.csv")
    assert curve == bh.EfficiencyCurve((10.0, 40.0), (0.02, 0.1), (0.004, 0.01))


def test_errors_may_be_left_out(tmp_path):
    (tmp_path / "curve.csv").write_text("cross_section,efficiency\n10,0.02\n40,0.1\n")
    assert bh.read_efficiency(tmp_path / "curve.csv").error is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "cannot read .*curve.csv"),
        ("", "no column 'cross_section'; found no rows"),
        ("cross_section,eff\n1,2\n", "no column 'efficiency'; found cross_section, eff"),
        ("cross_section,efficiency\n10,x\n20,0.1\n", "curve.csv: could not convert"),
        ("cross_section,efficiency\n10\n20,0.1\n", "curve.csv: "),
        ("cross_section,efficiency\n10,1.5\n20,0.1\n", "curve.csv: efficiencies .* between 0 and 1"),
        ("cross_section,efficiency\n10,0.5\n", "curve.csv: .* at least two injections"),
    ],
)
def test_what_is_no_efficiency_is_named_with_its_file(tmp_path, text, message):
    if text is not None:
        (tmp_path / "curve.csv").write_text(text)
    with pytest.raises(bh.EfficiencyError, match=message):
        bh.read_efficiency(tmp_path / "curve.csv")
