import pytest
from dijethunt.datasets.catalogue import CatalogueError, Dataset, match, read_catalogue

GOOD = """
[qcd]
files = ["qcd/*.root", "extra.root"]
kind = "background"
cross_section = 6.6
luminosity = 26.81
label = "QCD multijet"

[run2018]
files = "data/**/*.root"
kind = "data"
luminosity = 59.8
"""


@pytest.fixture
def folder(tmp_path):
    for name in ("qcd/b.root", "qcd/a.root", "extra.root", "data/A/1.root", "data/B/2.root"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    return tmp_path


def catalogue(folder, text):
    (folder / "samples.toml").write_text(text)
    return read_catalogue(folder / "samples.toml")


def test_globs_are_relative_to_the_catalogue_and_sorted(folder, monkeypatch):
    monkeypatch.chdir("/")
    found = catalogue(folder, GOOD)
    assert found["qcd"].files == tuple(str(folder / n) for n in ("qcd/a.root", "qcd/b.root", "extra.root"))
    assert found["run2018"].files == tuple(str(folder / n) for n in ("data/A/1.root", "data/B/2.root"))


def test_expected_events_are_cross_section_times_luminosity(folder):
    found = catalogue(folder, GOOD)
    assert found["qcd"].produced == pytest.approx(6.6e-12 * 26.81e15)
    assert found["run2018"].produced is None


def test_absolute_paths_and_urls_are_kept(folder):
    url = "root://eospublic.cern.ch//eos/file.root"
    assert match([str(folder / "extra.root"), url], "/nowhere") == (str(folder / "extra.root"), url)


def test_brackets_in_a_path_that_exists_are_no_glob(folder):
    (folder / "qcd[1].root").write_text("")
    assert match(["qcd[1].root"], folder) == (str(folder / "qcd[1].root"),)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("cross_section", "crossection", r"sample 'qcd': no key 'crossection'; did you mean 'cross_section'"),
        ('"background"', '"backgroud"', r"sample 'qcd': no kind 'backgroud'; did you mean 'background'"),
        ("qcd/*.root", "qcd/*.rot", r"sample 'qcd': no file matches '.*qcd/\*\.rot'"),
        ("extra.root", "qcd/a.root", r"sample 'qcd': named twice: .*qcd/a\.root"),
        ("6.6", "-6.6", r"sample 'qcd': cross_section = -6\.6; give a positive number"),
        ("6.6", "inf", r"sample 'qcd': cross_section = inf; give a positive number"),
        ("6.6", '"6.6"', r"sample 'qcd': cross_section = '6\.6'; give int or float"),
        ("6.6", "true", r"sample 'qcd': cross_section = True; give int or float"),
        (
            'kind = "data"',
            'kind = "data"\ncross_section = 1.0',
            r"'run2018' is data and has no cross section",
        ),
        ('kind = "data"', "", r"sample 'run2018': kind missing"),
        ("[qcd]", "[qcd", r"cannot read the catalogue .*samples\.toml"),
        ("[qcd]", "x = 1\n[qcd]", r"'x' is not a table; write \[x\]"),
    ],
)
def test_mistakes_are_named(folder, old, new, message):
    with pytest.raises(CatalogueError, match=message):
        catalogue(folder, GOOD.replace(old, new, 1))


def test_a_file_that_is_not_text(folder):
    (folder / "events.toml").write_bytes(b"root\xff\xfe")
    with pytest.raises(CatalogueError, match=r"events\.toml is not text; a catalogue is TOML with a table"):
        read_catalogue(folder / "events.toml")


def test_empty_catalogue(folder):
    with pytest.raises(CatalogueError, match=r"samples\.toml: no sample"):
        catalogue(folder, "")


def test_sample_without_files():
    with pytest.raises(CatalogueError, match="sample 'x' has no files"):
        Dataset("x", (), "data")


def test_lists_of_files_are_relative_to_themselves(folder):
    (folder / "lists").mkdir()
    (folder / "lists" / "all.txt").write_text(
        "# background\n../qcd/*.root  # both\n\n../extra.root\nroot://eos.cern.ch//a#1.root\n"
    )
    found = match(["lists/all.txt", "data/A/1.root"], folder)
    listed = [str(folder / "lists" / name) for name in ("../qcd/a.root", "../qcd/b.root", "../extra.root")]
    assert found == (*listed, "root://eos.cern.ch//a#1.root", str(folder / "data/A/1.root"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# nothing\n", r"all\.txt lists no file"),
        ("all.txt\n", r"all\.txt lists other lists"),
        ("qcd/c.root\n", r"all\.txt: no file matches '.*qcd/c\.root'"),
        ("extra.root\nextra.root\n", r"all\.txt: named twice: .*extra\.root"),
    ],
)
def test_mistakes_in_a_list_are_named(folder, text, message):
    (folder / "all.txt").write_text(text)
    with pytest.raises(CatalogueError, match=message):
        match(["all.txt"], folder)
