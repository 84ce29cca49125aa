import numpy as np
import pytest
from dijethunt.datasets.error import FileError
from dijethunt.datasets.nanoaod import check, inspect, open_events
from dijethunt.selections.identification import FIELDS, identified, tight
from dijethunt.selections.region import DijetSelection

GOOD = {"neHEF": 0.2, "neEmEF": 0.3, "chHEF": 0.4, "chMultiplicity": 20, "neMultiplicity": 15}


def passes(eta, **changes):
    values = {"eta": eta} | GOOD | changes
    return bool(tight(*(np.array([values[name]]) for name in FIELDS))[0])


@pytest.mark.parametrize("eta", [0.0, -2.5, 2.65, -2.9, 3.5])
def test_a_plain_jet_passes_everywhere(eta):
    assert passes(eta)


@pytest.mark.parametrize(
    ("changes", "kept"),
    [  # |eta| regions up to 2.6, 2.7, 3.0 and above
        ({"neHEF": 0.95}, [True, False, True, True]),
        ({"neHEF": 0.99}, [False, False, False, True]),
        ({"neEmEF": 0.45}, [True, True, True, False]),
        ({"neEmEF": 0.95}, [False, True, True, False]),
        ({"chHEF": 0.01}, [False, True, True, True]),
        ({"chMultiplicity": 0}, [False, True, True, True]),
        ({"chMultiplicity": 1, "neMultiplicity": 0}, [False, True, True, False]),
        ({"chMultiplicity": 1, "neMultiplicity": 1}, [True, True, True, False]),
        ({"neHEF": np.nan}, [False, False, False, False]),
        ({"neHEF": np.inf}, [False, False, False, False]),
    ],
)
def test_limits_depend_on_the_region(changes, kept):
    for sign in (1, -1):
        assert [passes(sign * eta, **changes) for eta in (1.0, 2.65, 2.9, 3.1)] == kept


def test_multiplicities_of_small_integers_do_not_overflow():
    values = {"eta": 0.0} | GOOD | {"chMultiplicity": 200, "neMultiplicity": 57}
    kinds = {"chMultiplicity": np.uint8, "neMultiplicity": np.uint8}
    assert tight(*(np.array([values[n]], kinds.get(n, np.float32)) for n in FIELDS)).tolist() == [True]


def test_stored_identification_is_bit_two(make_nanoaod):
    events = open_events(
        make_nanoaod(change={"FatJet_jetId": lambda v: np.arange(len(v), dtype=np.int32) % 8})
    )
    assert identified(events.FatJet)[:8].tolist() == [False, False, True, True] * 2


def test_a_file_with_neither_is_refused_with_the_way_out(make_nanoaod):
    file = inspect(make_nanoaod(drop=("FatJet_jetId",)))
    with pytest.raises(FileError, match=r"identification needs FatJet_jetId; select with jet_id = false"):
        check(file, DijetSelection().needs())
    check(file, DijetSelection(jet_id=False).needs())
