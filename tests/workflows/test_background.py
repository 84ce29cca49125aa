"""The background that options describe, and the help that lists what there is."""

from __future__ import annotations

import dijethunt.bumphunt as bh
import pytest
from dijethunt.workflows.background import Background, NarrowedBackground
from dijethunt.workflows.cli import app
from typer import BadParameter
from typer.testing import CliRunner

SQRT_S = 13_000.0


def test_one_family_with_its_number_of_parameters() -> None:
    for background in (Background(["ua2:4"]), Background(["ua2"], "4")):
        rule = background.rule(SQRT_S)
        assert isinstance(rule, bh.Family)
        assert (rule.name, rule.n_shape) == (bh.families.ua2(4).name, 4)
    assert Background().rule(13_600.0).sqrt_s == 13_600.0  # type: ignore[union-attr]


def test_auto_is_the_f_test_of_the_ladder() -> None:
    rule = Background(["exponential"], "auto", alpha=0.1, uncertainty=0.15).rule(SQRT_S)
    assert isinstance(rule, bh.FTest)
    assert (rule.alpha, rule.largest_uncertainty) == (0.1, 0.15)
    assert [one.name for one in rule.families] == [bh.families.exponential(n).name for n in (2, 3, 4)]


@pytest.mark.parametrize(
    ("background", "names"),
    [
        (Background(["dijet", "ua2:4"], profile=True), ["dijet3", "ua2_4"]),
        (Background(None, "auto", profile=True), ["dijet2", "dijet3", "dijet4"]),
        (Background(["ua2:4", "dijet"], "auto", profile=True), ["ua2_4", "dijet2", "dijet3", "dijet4"]),
    ],
)
def test_a_profile_is_over_all_families(background: Background, names: list[str]) -> None:
    rule = background.rule(SQRT_S)
    assert isinstance(rule, bh.Envelope)
    assert [one.name for one in rule.families] == names


@pytest.mark.parametrize(
    ("background", "option", "message"),
    [
        (Background(["dijett"]), "--family", "did you mean 'dijet'"),
        (Background(["ua2:9"]), "--family", "2, 3, 4 or 5 shape parameters"),
        (Background(["ua2:auto"]), "--family", "no number of shape parameters"),
        (Background(parameters="many"), "--parameters", "no number of shape parameters"),
        (Background(parameters="9"), "--parameters", "not 9"),
        (Background(["power"], "auto"), "--parameters", "no two sizes"),
        (Background(["ua2", "dijet"]), "--family", "need --profile"),
        (Background(profile=True), "--profile", "at least two different families"),
        (Background(parameters="auto", alpha=2.0), "--alpha, --uncertainty", "0 < alpha < 1"),
    ],
)
def test_impossible_backgrounds_name_the_option(background: Background, option: str, message: str) -> None:
    with pytest.raises(BadParameter, match=message) as caught:
        background.rule(SQRT_S)
    assert caught.value.param_hint == option


def test_the_range_loop_is_a_rule_for_the_range() -> None:
    assert NarrowedBackground().narrowing == bh.EVERYTHING
    assert NarrowedBackground(range_loop=True).narrowing == bh.RangeLoop()


@pytest.mark.parametrize("command", ["fit", "scan", "limit", "bias"])
def test_help_lists_the_families_that_are_registered(command: str) -> None:
    shown = " ".join(CliRunner().invoke(app, [command, "--help"]).stdout.replace("│", " ").split())
    assert ", ".join(bh.families.names()) in shown
