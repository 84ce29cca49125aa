import json

import numpy as np
from dijethunt.datasets.provenance import configuration_hash, provenance, versions


def test_hash_depends_on_values_and_not_on_order():
    first = {"selection": {"pt_min": 300.0, "deta_max": 1.3}, "names": ["a", "b"]}
    second = {"names": ["a", "b"], "selection": {"deta_max": 1.3, "pt_min": 300.0}}
    changed = {"names": ["b", "a"], "selection": {"deta_max": 1.3, "pt_min": 300.0}}
    assert configuration_hash(first) == configuration_hash(second)
    assert configuration_hash(first) != configuration_hash(changed)


def test_hash_is_frozen():
    """Stored outputs are found by this hash: it must never change."""
    assert configuration_hash({"a": 1}) == "1f8c00645b7df6ce"


def test_record_is_plain_and_repeatable():
    arguments = ({"pt_min": 300.0}, {"injection": 3}, {"qcd": "abc"})
    record = provenance(*arguments)
    assert json.loads(json.dumps(record)) == record == provenance(*arguments)
    assert record["seeds"] == {"injection": 3}
    assert record["configuration"] == configuration_hash({"pt_min": 300.0})


def test_versions_name_what_decides_numbers():
    assert versions()["numpy"] == np.__version__
    assert {"python", "coffea", "uproot"} <= set(versions())
