from __future__ import annotations

from typing import Any

import pytest
from dijethunt.analysis.gallery import heading, trained


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ({"injected": 0}, "nothing injected"),
        ({"injected": 0, "labelled": None}, "nothing injected"),
        ({"injected": 0, "labelled": 0}, "nothing injected"),
        ({"injected": 150, "labelled": 0}, "150 signal events injected"),
        ({"injected": 0, "labelled": 60}, "60 signal events by truth"),
        ({"injected": 150, "labelled": 60}, "150 signal events injected, 60 others by truth"),
    ],
)
def test_a_search_is_named_by_its_signal(entry: dict[str, Any], text: str) -> None:
    assert heading(entry) == text


def test_windows_without_a_fit_have_models_too() -> None:
    assert trained({"order": ["B3", "B4"]}) == ("B3", "B4")
    assert trained({"order": ["B3"], "left_out": {"B7": "too few events"}}) == ("B3", "B7")
