from dijethunt.datasets.column import EVENT_COLUMNS, JET_COLUMNS, JETS, SCHEMA, describe


def test_jet_columns_exist_for_both_jets():
    assert {f"{jet}_{c.name}" for jet in JETS for c in JET_COLUMNS} <= set(SCHEMA)
    assert len(SCHEMA) == len(EVENT_COLUMNS) + 3 * len(JET_COLUMNS)


def test_masses_and_momenta_have_units():
    assert {SCHEMA[name].unit for name in ("mjj", "j1_pt", "j2_msd", "j1_mass")} == {"GeV"}
    assert SCHEMA["deta"].unit == SCHEMA["j1_tau21"].unit == ""


def test_columns_of_single_jets_have_units_too():
    assert [SCHEMA[name].unit for name in ("jet", "pt", "tau21", "constituents")] == ["", "GeV", "", "GeV"]


def test_own_columns_are_described_by_name_alone():
    described = describe(["mjj", "my_score"])
    assert described["mjj"].meaning == "invariant mass of the two leading AK8 jets"
    assert (described["my_score"].unit, described["my_score"].meaning) == ("", "")
