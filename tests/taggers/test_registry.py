"""Taggers by name."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest
from dijethunt.taggers import registry
from dijethunt.taggers.cwola import CWoLa
from dijethunt.taggers.error import ParameterError, RegistryError


def with_entries(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    entries = [EntryPoint(name, value, registry.GROUP) for name, value in values.items()]
    monkeypatch.setattr(registry, "entry_points", lambda group: entries)


def test_built_in_taggers_are_installed():
    assert {"cwola", "inclusive"} <= set(registry.names())
    assert registry.find("cwola") is CWoLa


def test_an_unknown_name_lists_the_installed():
    with pytest.raises(RegistryError, match=r"^no tagger 'cwolla'; installed: .*cwola.*inclusive"):
        registry.make("cwolla")


def test_the_list_of_taggers_imports_none_of_their_libraries():
    code = (
        "import sys; from dijethunt.taggers import registry; registry.names();"
        "print([m for m in ('torch', 'xgboost', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_hyperparameters_from_a_configuration_file():
    tagger = registry.make("cwola", {"features": ["msd", "tau21"], "learning_rate": 1, "depth": 2})
    assert tagger == CWoLa(features=("msd", "tau21"), learning_rate=1.0, depth=2)
    assert isinstance(tagger.parameters["learning_rate"], float)


def test_a_preset_is_overridden_by_hyperparameters():
    assert registry.make("cwola", {"depth": 2}, "published") == CWoLa(pt_weights=True, depth=2)
    assert registry.make("cwola", {"pt_weights": False}, "published") == CWoLa()
    with pytest.raises(ParameterError, match="did you mean 'published'"):
        registry.make("cwola", {}, "publishd")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"dept": 3}, r"tagger cwola: no hyperparameter 'dept'; did you mean 'depth'\?"),
        ({"models": ()}, "no hyperparameter 'models'"),
        ({"depth": "3"}, "hyperparameter depth is '3'; allowed: int"),
        ({"depth": 2.5}, "allowed: int"),
        ({"pt_weights": 1}, "allowed: bool"),
        ({"depth": 0}, "depth is 0; allowed: at least 1"),
        ({"learning_rate": 0.0}, "learning_rate is 0.0"),
        ({"combine": "mean"}, "no combination 'mean'"),
        ({"features": []}, "features is empty"),
        ({"features": ["msd", 1]}, r"features is \['msd', 1\]; allowed: each of kind str"),
        ({"features": ["j2_msd"]}, "features has 'j2_msd', which is not a quantity of each jet"),
        ({"leaf_weight": float("nan")}, "leaf_weight is nan; allowed: finite numbers"),
    ],
)
def test_wrong_hyperparameters_are_named(parameters, message):
    with pytest.raises(ParameterError, match=message):
        registry.make("cwola", parameters)


def test_what_cannot_be_imported_says_so(monkeypatch):
    with_entries(monkeypatch, lost="no_such_package.tagger:Lost")
    assert registry.names() == ["lost"]
    with pytest.raises(RegistryError, match=r"'lost' .* cannot be imported: No module named"):
        registry.find("lost")


@pytest.mark.parametrize("value", ["json:loads", "dijethunt.taggers.cwola:CWoLa"])
def test_an_entry_point_must_be_a_tagger_of_its_name(monkeypatch, value):
    with_entries(monkeypatch, other=value)
    with pytest.raises(RegistryError, match="must be a subclass of Tagger with name = 'other'"):
        registry.find("other")


def test_two_taggers_of_one_name_are_refused(monkeypatch):
    entries = [EntryPoint("cwola", value, registry.GROUP) for value in ("a:B", "c:D")]
    monkeypatch.setattr(registry, "entry_points", lambda group: entries)
    with pytest.raises(RegistryError, match="a:B and c:D"):
        registry.names()
