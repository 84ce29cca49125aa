import numpy as np
import pytest
from dijethunt.datasets.column import JET_COLUMNS
from dijethunt.datasets.error import UnknownNameError
from dijethunt.datasets.nanoaod import inspect
from dijethunt.selections.field import CANDIDATES, COUNTED, SUBJET_BTAG, SUBJET_MASS
from dijethunt.selections.quantities import (
    DEFAULT,
    QUANTITIES,
    btag,
    btag_subjet,
    find,
    girth,
    image_nae,
    lsf3,
    msd,
    n2b1,
    n3b1,
    n_pf,
    offered,
    rho,
    tau1,
    tau2,
    tau3,
    tau4,
    tau21,
    tau32,
    tau41,
    tau43,
    tau_s,
)
from dijethunt.selections.quantity import of_candidates, quantity

PFNANO = frozenset(
    [f"FatJetPFCands_{name}" for name in ("jetIdx", "pFCandsIdx")]
    + [f"PFCands_{name}" for name in ("pt", "eta", "phi", "mass", "puppiWeight")]
)


GENERATIONS = ("pfnano", "nano_tt_v12", "nano_dimuon", "nanoAOD_2015_CMS_Open_Data_ttbar")


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


def test_mass_of_the_subjets_stands_in_for_the_soft_drop_mass():
    found = jets(**{SUBJET_MASS: [80.0, 90.0]}, pt=[500.0, 900.0])
    assert msd(found).tolist() == [[80, 90]]
    assert rho(found)[0] == pytest.approx([0.16, 0.1])


@pytest.mark.parametrize(
    ("cleaned", "field", "absent"),
    [
        (lsf3, "lsf3", [-1.0]),
        (btag, "btagDeepB", [-2.0, -1.0, -10.0]),
        (btag_subjet, SUBJET_BTAG, [-2.0, -1.0]),
        (n2b1, "n2b1", [-1.0, -1e5]),
        (n3b1, "n3b1", [-1.0, -1e5]),
    ],
)
def test_marks_of_what_is_absent_become_zero(cleaned, field, absent):
    for mark in [*absent, np.nan, np.inf, -np.inf]:
        assert cleaned(jets(**{field: [mark, 0.25]})).tolist() == [[0, 0.25]]


def test_fractions_and_scores_do_not_exceed_one():
    assert lsf3(jets(lsf3=[1.7, 1.0])).tolist() == [[1, 1]]
    assert btag(jets(btagDeepB=[1.5, 0.5])).tolist() == [[1, 0.5]]
    assert n3b1(jets(n3b1=[2.5, 1.0])).tolist() == [[2.5, 1]]


def test_tau_is_taken_as_stored_or_else_from_the_candidates(make_jets):
    """Two candidates of pT 100 and 50 at distance 0.3: tau1 = 0.125, tau2 = 0."""
    found = {CANDIDATES: make_jets([(100, 0.0, 0.0), (50, 0.3, 0.0)], [(100, 0.0, 0.0)])}
    assert tau1(found)[0] == pytest.approx([0.125, 0], abs=1e-3)
    assert tau21(found)[0] == pytest.approx([0, 0], abs=1e-3)
    for n, tau in enumerate((tau1, tau2, tau3, tau4), start=1):
        assert tau(jets(**{f"tau{n}": [0.5, 0.25]})).tolist() == [[0.5, 0.25]]


def test_tau_s_is_the_root_of_tau21_over_tau1():
    assert tau_s(jets(tau1=[0.4, 0.2], tau2=[0.1, 0.2]))[0] == pytest.approx([0.5 / 0.4, 1 / 0.2], rel=1e-4)


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
    assert offered(frozenset(["FatJet_pt", "FatJet_msoftdrop", "FatJet_tau3"])) == (
        "pt",
        "msd",
        "rho",
        "tau3",
    )
    with_candidates = offered(PFNANO)
    assert {"tau43", "n_pf", "girth", "image_tnt", "n_lund"} <= set(with_candidates)
    assert not {"msd", "lsf3", "btag", "pt"} & set(with_candidates)


def test_real_files_offer_what_their_generation_has(real_data):
    files = {name: offered(inspect(real_data / "nanoaod" / f"{name}.root").branches) for name in GENERATIONS}
    assert set(files["pfnano"]) == set(QUANTITIES)
    with_candidates = {name for name, q in QUANTITIES.items() if q.fields == ((CANDIDATES,),)}
    assert set(QUANTITIES) - set(files["nano_tt_v12"]) == with_candidates | {"btag_subjet"}
    assert set(QUANTITIES) - set(files["nano_dimuon"]) == with_candidates | {"lsf3", "n_pf"}
    missing = {"msd", "rho", "tau4", "tau43", "tau41", "btag_subjet", "n2b1", "n3b1"}
    assert set(QUANTITIES) - set(files["nanoAOD_2015_CMS_Open_Data_ttbar"]) == with_candidates | missing


def test_branches_name_every_alternative():
    stored, counted, *candidates = (set(b) for b in n_pf.branches())
    assert (stored, counted) == ({"FatJet_nPFCandsAll"}, {"FatJet_nConstituents"})
    assert PFNANO in candidates
    assert tau21.branches() == (frozenset(["FatJet_tau2", "FatJet_tau1"]), *map(frozenset, candidates))
    assert rho.branches()[0] == {"FatJet_msoftdrop", "FatJet_pt"}
    assert rho.branches()[1] >= {"FatJet_subJetIdx1", "SubJet_mass", "FatJet_pt"}


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


def test_functions_of_candidates_become_quantities(make_jets):
    def faint_image(found):
        """Jet image of soft radiation."""
        return image_nae(found, power=0.3)

    own = of_candidates(faint_image)
    assert (own.name, own.meaning) == ("faint_image", "Jet image of soft radiation.")
    found = make_jets([(100, 0.0, 0.0), (50, 0.3, 0.0)], [])
    np.testing.assert_array_equal(own({CANDIDATES: found}), faint_image(found))
    assert QUANTITIES["girth"]({CANDIDATES: found})[0] == pytest.approx(girth(found)[0])
    assert QUANTITIES["n_lund"]({CANDIDATES: found}).dtype == np.int32


def test_misspelled_quantity():
    with pytest.raises(UnknownNameError, match="no quantity 'tau_21'; did you mean 'tau21'"):
        find("tau_21")
