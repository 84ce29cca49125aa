"""The signal that options describe."""

from __future__ import annotations

from pathlib import Path

import dijethunt.bumphunt as bh
import pytest
from dijethunt.workflows.shape import Shape, Uncertainties
from typer import BadParameter


def test_a_width_or_a_file(tmp_path: Path) -> None:
    assert Shape([0.04]).one() == Shape([0.04]).several() == bh.Gaussian(0.04)
    path = tmp_path / "shape.json"
    path.write_text(bh.signal_to_json(bh.Gaussian(0.03, 0.99)))
    assert Shape(signal=path).one() == Shape(signal=path).several() == bh.Gaussian(0.03, 0.99)


def test_several_widths_in_increasing_order() -> None:
    found = Shape([0.08, 0.03]).several()
    assert list(found.items()) == [("width 0.03", bh.Gaussian(0.03)), ("width 0.08", bh.Gaussian(0.08))]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        (Shape(), "as --width or as --signal"),
        (Shape([0.04], Path("x.json")), "as --width or as --signal"),
        (Shape([-0.04]), "between 0 and 1"),
        (Shape([0.04, 0.05]), "takes one width"),
    ],
)
def test_one_signal_is_needed(shape: Shape, message: str) -> None:
    with pytest.raises(BadParameter, match=message):
        shape.one()


@pytest.mark.parametrize("shape", [Shape([0.04, 0.04]), Shape([0.04, 0.05], Path("x.json"))])
def test_each_width_once(shape: Shape) -> None:
    with pytest.raises(BadParameter, match="give each --width once"):
        shape.several()


def test_uncertainties_are_nuisance_parameters() -> None:
    assert Uncertainties().nuisances() == Uncertainties(0.0).nuisances() == ()
    expected = (
        bh.nuisance.luminosity(0.016),
        bh.nuisance.efficiency(0.1),
        bh.nuisance.scale(0.01),
        bh.nuisance.resolution(0.035),
    )
    assert Uncertainties(0.016, 0.1, 0.01, 0.035).nuisances() == expected


def test_an_impossible_uncertainty_names_its_option() -> None:
    with pytest.raises(BadParameter, match="between 0 and 1") as caught:
        Uncertainties(scale_uncertainty=2.0).nuisances()
    assert caught.value.param_hint == "--scale-uncertainty"
