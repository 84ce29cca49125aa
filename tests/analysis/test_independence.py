from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from dijethunt.analysis.independence import KINEMATICS, read_background, read_priors, require_independent
from dijethunt.datasets.identity import DuplicateError
from dijethunt.datasets.store import write
from dijethunt.datasets.table import FeatureTable, concatenate


@pytest.fixture
def save(tmp_path: Path) -> Callable[[str, FeatureTable], Path]:
    def saved(name: str, table: FeatureTable) -> Path:
        write(tmp_path / name, table, {})
        return tmp_path / name

    return saved


def events(seed: int, n: int = 300) -> FeatureTable:
    rng = np.random.default_rng(seed)
    columns = {name: rng.uniform(1, 2, n).astype(np.float32) for name in KINEMATICS}
    return FeatureTable(columns | {"event": np.arange(n), "sample": np.full(n, seed)})


def test_independent_samples_are_joined(save: Callable[[str, FeatureTable], Path]) -> None:
    samples = {name: save(name, events(i)) for i, name in enumerate(("qcd2", "qcd3"))}
    found = read_background(samples, save("data", events(9)), ["mjj", "event"])
    assert found is not None
    assert np.array_equal(found["mjj"], concatenate([events(0), events(1)])["mjj"])
    assert read_background({}, Path("nowhere"), ["mjj"]) is None


def test_the_same_events_are_found_under_other_names_and_numbers(
    save: Callable[[str, FeatureTable], Path],
) -> None:
    renamed = events(1).with_columns(event=np.arange(300)[::-1], sample=np.full(300, 77))
    shared = concatenate([events(2), renamed.where(np.arange(300) < 7)])
    data = save("data", events(1))
    with pytest.raises(DuplicateError, match="background 'qcd2': 7 of its 307 events are also in the data"):
        read_background({"qcd2": save("qcd2", shared)}, data, ["mjj"])
    twice = {name: save(name, events(5)) for name in ("qcd2", "qcd3")}
    with pytest.raises(DuplicateError, match="background 'qcd3': 300 of its 300"):
        read_background(twice, data, ["mjj"])


def test_one_equal_number_does_not_make_an_event(save: Callable[[str, FeatureTable], Path]) -> None:
    other = events(4).with_columns(mjj=events(1)["mjj"], j1_pt=events(1)["j1_pt"])
    assert read_background({"qcd2": save("qcd2", other)}, save("data", events(1)), ["mjj"]) is not None


def test_a_table_that_is_given_twice_is_found_and_one_without_kinematics_is_not_compared(
    save: Callable[[str, FeatureTable], Path],
) -> None:
    table, toy = save("a", events(1)), save("toy", FeatureTable({"mjj": events(1)["mjj"]}))
    require_independent([("a", table), ("b", save("b", events(2))), ("toy", toy), ("toy", toy)])
    with pytest.raises(DuplicateError, match="again: 300 of its 300 events are also in a; simulate it"):
        require_independent([("a", table), ("again", table)])


def test_priors_may_be_what_is_searched_for_under_one_name(save: Callable[[str, FeatureTable], Path]) -> None:
    named = [events(i).with_columns(run=np.ones(300, int), lumi=np.ones(300, int)) for i in range(3)]
    tables = [save("data", named[0]), save("signal", named[1])]
    priors = {"same": tables[1], "other": save("other", named[2])}
    found = read_priors(priors, tables, ["mjj"])
    assert found is not None
    assert found["prior"].tolist() == [0] * 300 + [1] * 300
    assert read_priors({}, [Path("nowhere")], ["mjj"]) is None
    renamed = save("renamed", named[1].with_columns(sample=np.full(300, 9)))
    with pytest.raises(DuplicateError, match=r"prior 'renamed': 300 of its 300 events .* under another name"):
        read_priors({"renamed": renamed}, tables, ["mjj"])
    toy = save("toy", FeatureTable({"mjj": events(5)["mjj"]}))
    assert len(read_priors({"other": priors["other"]}, [toy], ["mjj"]) or ()) == 300
