"""Every generation of NanoAOD and PFNano gives the documented result: the right numbers or the right error."""

import awkward as ak
import numpy as np
import pytest
import uproot
from dijethunt.analysis.processor import DijetProcessor
from dijethunt.analysis.selection import select
from dijethunt.datasets.candidate import INDEXED, INLINE, NAMINGS, V15, candidates
from dijethunt.datasets.error import DataError, FileError
from dijethunt.datasets.jagged import counts, flat
from dijethunt.datasets.nanoaod import inspect, open_events
from dijethunt.datasets.process import XYY
from dijethunt.datasets.production import simulate
from dijethunt.datasets.reconstruction import CANDIDATES_MAX
from dijethunt.selections.groomed import groomed_mass
from dijethunt.selections.region import DijetSelection

TAUS = ("tau1", "tau2", "tau3", "tau4")
JETS = ("pt", "eta", "phi", "mass", "msoftdrop", *TAUS, "jetId", "rawFactor")
CANDIDATES = ("pt", "eta", "phi", "mass", "puppiWeight")
FRACTIONS = {"neHEF": 0.1, "neEmEF": 0.2, "chHEF": 0.6}
NAMES = {INDEXED: "indexed", INLINE: "inline", V15: "v15"}
ALL = pytest.mark.parametrize("naming", NAMINGS, ids=list(NAMES.values()))


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """Simulated events, whose candidates have no weight but 1."""
    path = tmp_path_factory.mktemp("simulated") / "xyy.root"
    simulate(XYY(mjj_min=2000.0), output=path, events=30, seed=9, mpi=False, events_per_part=30)
    return path


@pytest.fixture(params=["real", "simulated"])
def pfnano(request):
    """A file in the naming ``INDEXED``."""
    if request.param == "simulated":
        return request.getfixturevalue("simulated")
    return request.getfixturevalue("real_data") / "nanoaod" / "pfnano.root"


def rewrite(path, folder, naming, jets=JETS, others=None, **more):
    """Write the events of a file in the naming ``INDEXED`` again, in another naming and with other jet fields.

    Momenta get double precision, so that weighted ones are the same as those weighted after reading. Candidates
    linked to no jet, and candidates of AK4 jets, are put in the way.
    """
    with uproot.open(path) as file:
        stored = file["Events"].arrays(
            filter_name=["run", "luminosityBlock", "event", "genWeight", "*Jet*", "PFC*"]
        )
    tree = {name: stored[name] for name in ("run", "luminosityBlock", "event", "genWeight")}
    tree["FatJet"] = ak.zip({name: stored[f"FatJet_{name}"] for name in jets} | more)
    tree |= collections(stored, naming) | (others or {})
    folder.mkdir()
    with uproot.recreate(folder / "events.root") as file:
        file.mktree("Events", {name: ak.type(values).content for name, values in tree.items()}).extend(tree)
    return folder / "events.root"


def collections(stored, naming):
    jet, index = stored["FatJetPFCands_jetIdx"], stored["FatJetPFCands_pFCandsIdx"]
    momenta = {name: ak.values_astype(stored[f"PFCands_{name}"], np.float64) for name in CANDIDATES}
    nowhere = ak.values_astype(ak.ones_like(momenta["pt"]) * -1, np.int32)
    if naming == INLINE:
        unlinked = {name: ak.concatenate([values, values[index]], axis=1) for name, values in momenta.items()}
        return {"FatJetPFCands": ak.zip({"jetIdx": ak.concatenate([nowhere, jet], axis=1)} | unlinked)}
    links = {"jetIdx": jet, "index": index}
    if naming == V15:
        links = {name: ak.concatenate([nowhere, values], axis=1) for name, values in links.items()}
        weight = momenta.pop("puppiWeight")
        momenta |= {name: momenta[name] * weight for name in ("pt", "mass")}
    links = {naming.jet: links["jetIdx"], naming.index: links["index"]}
    other = naming.links.replace("FatJet", "Jet")
    return {naming.source: ak.zip(momenta), naming.links: ak.zip(links), other: ak.zip(links)}


def sums(path):
    """Return pT and mass of the sums of candidates of hard jets, with those of the raw jets.

    Simulated files hold the candidates of two jets, and no more than a number of them: jets that are not complete
    are left out.
    """
    events = open_events(path)
    n = int(counts(events.FatJet).sum())
    found = candidates(events, np.arange(n))
    energy, px, py, pz = (np.bincount(found.slot, p, minlength=n) for p in found.momentum().T)
    raw = 1 - flat(events.FatJet.rawFactor)
    pt, mass = (flat(events.FatJet[name]) * raw for name in ("pt", "mass"))
    number = np.bincount(found.slot, minlength=n)
    hard = (pt > 300) & (number > 0) & (number < CANDIDATES_MAX)
    return np.hypot(px, py)[hard], np.sqrt(energy**2 - px**2 - py**2 - pz**2)[hard], pt[hard], mass[hard]


@ALL
def test_candidates_add_up_to_raw_jets(pfnano, naming, tmp_path):
    """PUPPI weights belong to pT and mass: without them the mass of real jets would be 0.5% too large."""
    path = rewrite(pfnano, tmp_path / "new", naming)
    assert [n.branches <= inspect(path).branches for n in NAMINGS] == [n == naming for n in NAMINGS]
    sum_pt, sum_mass, pt, mass = sums(path)
    assert len(pt) >= 20
    assert np.median(sum_pt / pt) == pytest.approx(1, abs=3e-4)
    assert np.median(sum_mass / mass) == pytest.approx(1, abs=1e-3)
    assert np.abs(sum_pt / pt - 1).max() < 2e-3
    assert np.abs(sum_mass / mass - 1).max() < 3e-3


def test_every_naming_gives_the_same_table(pfnano, tmp_path):
    processor = DijetProcessor(quantities=["msd", "n_pf"], constituents=True)
    files = [rewrite(pfnano, tmp_path / name, naming) for naming, name in NAMES.items()]
    tables = [select([file], processor)[0] for file in files]
    assert len(tables[0]) >= 10
    assert len(np.unique(tables[0]["j1_n_pf"])) > 5
    assert np.count_nonzero(tables[0]["j2_constituents"].any(axis=-1)) > 20 * len(tables[0])
    assert len({table.digest() for table in tables}) == 1


def test_identification_from_fractions_keeps_the_events_that_jetid_keeps(pfnano, tmp_path):
    with uproot.open(pfnano) as file:
        pt = file["Events/FatJet_pt"].array()
    bad = (ak.local_index(pt) == 1) & (np.arange(len(pt)) % 3 == 0)
    content = {name: ak.full_like(pt, value) for name, value in FRACTIONS.items()}
    content |= {"chMultiplicity": ak.full_like(pt, 30, dtype=np.int16), "neHEF": ak.where(bad, 0.995, 0.1)}
    content["neMultiplicity"] = content["chMultiplicity"]
    rest = [name for name in JETS if name != "jetId"]
    known = rewrite(pfnano, tmp_path / "known", V15, rest, jetId=ak.where(bad, 4, 6))
    derived = rewrite(pfnano, tmp_path / "derived", V15, rest, **content)
    assert "FatJet_jetId" not in inspect(derived).branches
    one, two = (select([path], DijetProcessor(constituents=True))[0] for path in (known, derived))
    assert 0 < len(one) < len(pt)
    assert one.digest() == two.digest()


SUBSTRUCTURE = ("tau21", "tau32", "tau43")
OPEN_DATA = "nanoAOD_2015_CMS_Open_Data_ttbar"


@pytest.mark.parametrize(
    ("name", "selection", "quantities", "cutflow", "largest"),
    [
        ("pfnano", {}, ("msd", *SUBSTRUCTURE, "n_pf"), (10, 10, 10, 10, 10, 10), 3383.73),
        ("nano_tt_v12", {}, ("msd", *SUBSTRUCTURE, "n_pf"), (200, 33, 32, 6, 6, 6), 1414.20),
        ("nano_dimuon", {}, ("msd", *SUBSTRUCTURE), (40, 2, 2, 1, 1, 1), 746.13),
        ("nano_dy", {}, ("msd", *SUBSTRUCTURE), (40, 0, 0, 0, 0, 0), None),
        (OPEN_DATA, {"order": "mass"}, ("tau21", "tau32", "n_pf"), (200, 0, 0, 0, 0, 0), None),
    ],
    ids=["PFNano UL", "NanoAOD v12", "real data", "no fat jets", "Open Data"],
)
def test_real_files_give_known_events(real_data, name, selection, quantities, cutflow, largest):
    """Two fat jets of pT > 300 GeV, wherever in delta eta; the largest m_jj in GeV is known."""
    processor = DijetProcessor(DijetSelection(deta_max=None, **selection), quantities)
    table, flows = select([real_data / "nanoaod" / f"{name}.root"], processor)
    events = flows[name].cutflow.events
    assert (*events[:5], events[-1]) == cutflow
    assert len(table) == cutflow[-1]
    assert table["mjj"].max(initial=-1) == pytest.approx(largest or -1, abs=0.01)
    assert all(np.isfinite(table[column]).all() for column in table.columns)


@pytest.mark.parametrize(
    ("name", "selection", "quantities", "message"),
    [
        ("nano_tree", {}, (), r"no FatJet collection \(branch nFatJet\) .* needs AK8 jets"),
        ("nano_dimuon", {}, ("n_pf",), r"n_pf needs FatJet_n.*; ask for .* offers: .* msd, .*tau43, tau41"),
        ("nano_tt_v12", {}, ("tau21", "missing"), "no quantity 'missing'"),
        (OPEN_DATA, {}, (), r"soft-drop mass needs FatJet_msoftdrop; select with order = 'mass'"),
        (OPEN_DATA, {"order": "mass"}, ("msd",), r"msd needs FatJet_msoftdrop.*; ask for .* offers: .*tau21"),
        (
            OPEN_DATA,
            {"order": "mass"},
            ("tau43",),
            r"tau43 needs FatJet_tau4; ask for .* offers: .*tau21, tau32",
        ),
    ],
)
def test_real_files_that_lack_something_say_what_to_do(real_data, name, selection, quantities, message):
    with pytest.raises(DataError, match=message):
        select(
            [real_data / "nanoaod" / f"{name}.root"],
            DijetProcessor(DijetSelection(**selection), quantities),
        )


def test_no_candidates_in_real_files_without(real_data):
    with pytest.raises(
        FileError, match=r"v12\.root: reading constituents needs .* or .*; ask for no constituents"
    ):
        select([real_data / "nanoaod" / "nano_tt_v12.root"], DijetProcessor(constituents=True))


def test_subjets_stand_in_for_the_soft_drop_mass(real_data, tmp_path):
    """In real PFNano their mass is that of msoftdrop within 4%, and j1 and j2 are the same jets."""
    path = real_data / "nanoaod" / "pfnano.root"
    with uproot.open(path) as file:
        stored = file["Events"].arrays(filter_name="*Jet_*")
    subjets = ak.zip({name: stored[f"SubJet_{name}"] for name in ("pt", "eta", "phi", "mass")})
    rest = [*(name for name in JETS if name != "msoftdrop"), "subJetIdx1", "subJetIdx2"]
    path = rewrite(path, tmp_path / "new", INDEXED, rest, {"SubJet": subjets})
    processor = DijetProcessor(quantities=("msd", *SUBSTRUCTURE))
    one, two = (select([p], processor)[0] for p in (real_data / "nanoaod" / "pfnano.root", path))
    for column in ("mjj", "j1_pt", "j2_pt", "j1_tau21"):
        np.testing.assert_array_equal(one[column], two[column])
    np.testing.assert_allclose(one.jets("msd"), two.jets("msd"), rtol=0.04, atol=0.01)
    derived, known = groomed_mass(open_events(path)), flat(stored.FatJet_msoftdrop)
    np.testing.assert_allclose(derived, np.maximum(known, 0), rtol=0.04, atol=0.01)
