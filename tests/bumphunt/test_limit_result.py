from __future__ import annotations

import json

import dijethunt.bumphunt as bh
import pytest

PLAIN = bh.LimitResult(
    3000.0, 12.0, (4.0, 6.0, 9.0, 13.0, 18.0), 0.95, "asymptotic CLs", "signal events", 40.0, True, True
)
FULL = bh.LimitResult(
    **{
        **PLAIN.__dict__,
        "nuisances": ("luminosity",),
        "scan": bh.StrengthScan((1.0, 2.0), None, ((0.9, 0.8),) * 5),
        "toys": bh.LimitToys(100, 3, 7, None, (0.1,) * 5),
    }
)


@pytest.mark.parametrize("result", [PLAIN, FULL])
def test_the_way_through_json(result):
    assert bh.LimitResult.from_json(result.to_json()) == result
    scan = bh.LimitScan((result, PLAIN))
    assert bh.LimitScan.from_json(scan.to_json()) == scan


def test_a_plain_limit_is_written_as_before_there_were_options():
    keys = ["mass", "observed", "expected", "level", "method", "unit", "background"]
    assert list(json.loads(PLAIN.to_json())) == [*keys, "asymptotic_valid", "valid", "warnings"]


def test_foreign_content_is_refused():
    with pytest.raises(bh.ResultError, match="no StrengthScan"):
        bh.LimitResult.from_dict({**PLAIN.as_dict(), "scan": {"low": 1}})
    with pytest.raises(bh.ResultError, match="no LimitResult"):
        bh.LimitResult.from_dict({"mass": 3000.0})
