import numpy as np
import pytest
from dijethunt.datasets.column import JET_COLUMNS
from dijethunt.datasets.error import UnknownNameError
from dijethunt.selections.quantity import (
    COUNTED,
    DEFAULT,
    QUANTITIES,
    find,
    msd,
    n_pf,
    offered,
    quantity,
    rho,
    tau21,
    tau32,
    tau41,
    tau43,
)

PFNANO = frozenset(
    [f"FatJetPFCands_{name}" for name in ("jetIdx", "pFCandsIdx")]
    + [f"PFCands_{name}" for name in ("pt", "eta", "phi", "mass", "puppiWeight")]
)


def jets(**fields):
    return {name: np.array([value], dtype=np.float32) for name, value in fields.items()}


@pytest.mark.parametrize(
    ("ratio", "upper", "lower"),
    [(tau21, "tau2", "tau1"), (tau32, "tau3", "tau2"), (tau43, "tau4", "tau3"), (tau41, "tau4", "tau1")],
)
def test_ratios_divide_the_right_way_and_are_finite(ratio, upper, lower):
    assert ratio(jets(**{upper: [0.1, 0.2], lower: [0.4, 0.25]}))[0] == pytest.approx([0.25, 0.8], rel=1e-4)
    assert ratio(jets(**{upper: [0.0, 0.0], lower: [0.0, 0.3]})).tolist() == [[0, 0]]
    undefined = ratio(jets(**{upper: [np.nan, 0.1], lower: [0.1, np.nan]}))
    assert undefined.tolist() == [[1, 1]]


def test_ratio_to_minus_the_regulator_is_one():
    assert tau21({"tau2": np.array([[0.1]]), "tau1": np.array([[-1e-6]])}).tolist() == [[1]]


def test_soft_drop_mass_and_rho_without_sentinels():
    found = jets(msoftdrop=[-1.0, 90.0], pt=[500.0, 900.0])
    assert msd(found).tolist() == [[0, 90]]
    assert rho(found)[0] == pytest.approx([0, 0.1])


def test_number_of_candidates_prefers_the_full_count():
    stored = jets(nPFCandsAll=[140, 90], nConstituents=[100, 90])
    assert n_pf(stored).tolist() == [[140, 90]]
    assert n_pf(jets(nConstituents=[100, 90])).dtype == np.int32
    assert n_pf({COUNTED: np.array([[7, 8]])}).tolist() == [[7, 8]]


def test_number_of_candidates_is_taken_from_what_there_is():
    constituents = frozenset(["FatJet_nConstituents"])
    assert n_pf.source(constituents | {"FatJet_nPFCandsAll"} | PFNANO) == ("nPFCandsAll",)
    assert n_pf.source(constituents | PFNANO) == ("nConstituents",)
    assert n_pf.source(PFNANO) == (COUNTED,)
    assert n_pf.source(PFNANO - {"PFCands_pt"}) is None


def test_offered_quantities_depend_on_the_branches():
    assert offered(frozenset(["FatJet_pt", "FatJet_msoftdrop", "FatJet_tau3"])) == ("pt", "msd", "rho")


def test_branches_name_every_alternative():
    assert [set(b) for b in n_pf.branches()] == [{"FatJet_nPFCandsAll"}, {"FatJet_nConstituents"}, PFNANO]
    assert tau21.branches() == (frozenset(["FatJet_tau2", "FatJet_tau1"]),)


def test_every_quantity_is_a_column_with_the_same_unit():
    units = {column.name: column.unit for column in JET_COLUMNS}
    assert {name: q.unit for name, q in QUANTITIES.items()} == {name: units[name] for name in QUANTITIES}
    assert set(DEFAULT) <= set(QUANTITIES)
    assert all(q.meaning for q in QUANTITIES.values())


def test_own_quantities_need_one_function():
    @quantity(("pt", "area"), unit="GeV")
    def density(jets):
        """Momentum per area."""
        return jets["pt"] / jets["area"]

    assert (density.name, density.unit, density.meaning) == ("density", "GeV", "Momentum per area.")
    assert density(jets(pt=[600, 400], area=[2, 2])).tolist() == [[300, 200]]


def test_misspelled_quantity():
    with pytest.raises(UnknownNameError, match="no quantity 'tau_21'; did you mean 'tau21'"):
        find("tau_21")
