import pytest
from dijethunt.analysis import stream
from dijethunt.analysis.processor import DijetProcessor
from dijethunt.analysis.selection import select


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [25, 50]),
        ({"quantities": ["msd", "ptd"]}, [10, 20, 30, 40, 50]),
        ({"quantities": ["msd"], "constituents": True}, [10, 20, 30, 40, 50]),
    ],
)
def test_chunks_are_smaller_where_candidates_are_read(make_nanoaod, monkeypatch, options, expected):
    monkeypatch.setattr(stream, "CHUNK", 25)
    monkeypatch.setattr(stream, "CHUNK_WITH_CONSTITUENTS", 10)
    steps = []
    select([make_nanoaod(n=50)], DijetProcessor(**options), progress=lambda done, _: steps.append(done))
    assert steps == expected
