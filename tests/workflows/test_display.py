"""Tables on the terminal."""

from __future__ import annotations

import pytest
from dijethunt.workflows.display import table


def test_names_are_not_broken_on_a_narrow_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    columns = ["sample", "cross section after selection [fb]", "expected", "there", "drawn"]
    table("26.81 fb-1", columns, [["xyy_3000_80_170", "123456.78", "1234567.8", 1_000_000, 1_000_000]])
    assert "xyy_3000_80_170" in capsys.readouterr().out
