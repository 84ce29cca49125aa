from __future__ import annotations

import dijethunt.bumphunt as bh
import pytest


@pytest.fixture
def path(truth, tmp_path):
    spectrum = truth(200_000).spectrum(1)
    lines = [
        f"{a:g},{b:g},{n:g}"
        for a, b, n in zip(spectrum.edges, spectrum.edges[1:], spectrum.counts, strict=False)
    ]
    path = tmp_path / "spectrum.csv"
    path.write_text("\n".join(["low,high,observed", *lines]))
    return path


def test_fit_of_a_file_is_the_fit_of_its_spectrum(path):
    spectrum = bh.read_csv(path)
    assert bh.fit_csv(path) == bh.fit(spectrum, bh.families.dijet(3))
    ranged = bh.fit_csv(path, parameters=2, fit_range=(2000, None))
    assert ranged == bh.fit(spectrum, bh.families.dijet(2), fit_range=(2000, None))


def test_auto_is_the_f_test(path):
    chosen = bh.fit_csv(path, parameters="auto")
    rule = bh.FTest(tuple(bh.families.dijet(n) for n in (2, 3, 4)))
    assert chosen == bh.fit(bh.read_csv(path), rule)


def test_thresholds_of_the_rule_can_be_given():
    rule = bh.background("dijet", "auto", alpha=0.10, largest_uncertainty=0.15)
    assert rule == bh.FTest.published(rule.families)
    assert [family.formula for family in rule.families] == [bh.families.dijet(n).formula for n in (2, 3, 4)]


def test_auto_climbs_the_ladder_of_every_family_with_several_sizes():
    for name in bh.families.names():
        if len(bh.families.sizes(name)) > 1:
            chosen = [family.name for family in bh.background(name, "auto").families]
            assert chosen == [family.name for family in bh.families.ladder(name)]
    with pytest.raises(bh.FamilyError, match="'power' has no two sizes"):
        bh.background("power", "auto")


def test_published_spectrum_needs_two_parameters(cms_path):
    assert bh.fit_csv(cms_path, parameters="auto").function == bh.families.dijet(2).formula


def test_unknown_family_is_named(path):
    with pytest.raises(bh.FamilyError, match="no family 'crystal'"):
        bh.fit_csv(path, family="crystal")
