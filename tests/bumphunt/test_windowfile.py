from __future__ import annotations

import dijethunt.bumphunt as bh
import pytest

TEXT = """
[[window]]
spectrum = "low.csv"
masses = [2500, 2600]

[[window]]
spectrum = "high.csv"
masses = [3000.0]
"""


@pytest.fixture
def folder(truth, tmp_path):
    for seed, name in enumerate(("low", "high")):
        spectrum = truth(20_000).spectrum(seed)
        rows = zip(spectrum.edges[:-1], spectrum.edges[1:], spectrum.counts, strict=True)
        lines = [f"{a:g},{b:g},{n:g}" for a, b, n in rows]
        (tmp_path / f"{name}.csv").write_text("\n".join(["low,high,observed", *lines]))
    return tmp_path


def test_each_window_has_its_masses_and_its_spectrum(folder, truth):
    (folder / "windows.toml").write_text(TEXT)
    groups = bh.read_windows(folder / "windows.toml")
    assert [masses for masses, _ in groups] == [(2500.0, 2600.0), (3000.0,)]
    for seed, (_, spectrum) in enumerate(groups):
        assert spectrum.counts.tolist() == truth(20_000).spectrum(seed).counts.tolist()
    scan = bh.scan(groups, bh.families.dijet(3), bh.Gaussian(0.05))
    assert [(point.mass, point.group) for point in scan.points] == [(2500, 0), (2600, 0), (3000, 1)]


def test_categories_have_a_spectrum_and_a_share_each(folder, truth):
    text = 'shares = [0.6, 0.3]\n[[window]]\nspectrum = ["low.csv", "high.csv"]\nmasses = [2500]\n'
    (folder / "windows.toml").write_text(text)
    [(masses, spectra)] = bh.read_windows(folder / "windows.toml")
    assert masses == (2500.0,)
    assert bh.read_shares(folder / "windows.toml") == (0.6, 0.3)
    assert [one.counts.tolist() for one in spectra] == [
        truth(20_000).spectrum(seed).counts.tolist() for seed in (0, 1)
    ]


def test_without_categories_all_signal_is_in_the_one_spectrum(folder):
    (folder / "windows.toml").write_text(TEXT)
    assert bh.read_shares(folder / "windows.toml") == (1.0,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("window = []\n", "give one table"),
        ("shares = [0.9, 0.2]\n" + TEXT, "at most 1 together"),
        ("shares = [1.1, -0.2]\n" + TEXT, "a positive number for each category"),
        ('shares = ["a"]\n' + TEXT, "a positive number for each category"),
        ("shares = [0.5, 0.3]\n" + TEXT, "window 0 has 1 spectra and there are 2 shares"),
        (
            '[[window]]\nspectrum = ["low.csv", "high.csv"]\nmasses = [2500]\n',
            "2 spectra and there are 1 shares",
        ),
        ("[[window]]\nspectrum = [3]\nmasses = [2500]\n", "give a file and a list"),
        ("[[window]\n", "cannot read .*windows.toml"),
        ("masses = [1]\n", r"found keys \['masses'\]; give one table \[\[window\]\]"),
        ("window = 3\n", "give one table"),
        (
            '[[window]]\nspectrum = "low.csv"\n',
            r"window 0 has keys \['spectrum'\]; it needs spectrum and masses",
        ),
        ('[[window]]\nspectrum = "low.csv"\nmasses = []\n', r"masses=\[\]; give a file and a list"),
        ('[[window]]\nspectrum = "low.csv"\nmasses = ["2500"]\n', "give a file and a list"),
        ('[[window]]\nspectrum = "no.csv"\nmasses = [2500]\n', r"cannot read .*no\.csv"),
    ],
)
def test_what_is_no_list_of_windows_is_named(folder, text, message):
    (folder / "windows.toml").write_text(text)
    with pytest.raises(bh.SpectrumFileError, match=message):
        bh.read_windows(folder / "windows.toml")
