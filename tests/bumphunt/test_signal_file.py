from __future__ import annotations

import json

import dijethunt.bumphunt as bh
import pytest

SHAPE = bh.CrystalBall(3000.0, 0.98, 0.045, 1.4, 4.0, 2.0, 5.0, (0.1,) * 6, 5000.0, 0.4)


@pytest.mark.parametrize(
    "signal",
    [
        bh.Gaussian(0.045, 0.98, 0.001),
        bh.DoubleCrystalBall((SHAPE,), extrapolate=True),
        bh.TemplateSignal((bh.TemplateShape(3000.0, (0.7, 0.9, 1.0, 1.1, 1.2), 2.5, 1e4),)),
    ],
    ids=["gaussian", "crystal_ball", "template"],
)
def test_shapes_survive_the_way_through_a_file(signal, tmp_path):
    path = tmp_path / "shape.json"
    path.write_text(bh.signal_to_json(signal))
    assert bh.read_signal(path) == signal


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot read a signal shape"),
        ("[1]", r"\"shape\" is None"),
        ('{"shape": "box"}', "'box'; it is one of gaussian, crystal_ball, template"),
        ('{"shape": "gaussian", "with": 0.1}', r"shape.json: .*'with'"),
        ('{"shape": "gaussian", "width": 45}', "shape.json: Gaussian with relative width 45"),
        ('{"shape": "crystal_ball", "shapes": [1]}', "shape.json: "),
        ('{"shape": "crystal_ball"}', "shape.json: shapes at"),
        ('{"shape": "crystal_ball", "shapes": [{"mass": 1}]}', "shape.json: this is no CrystalBall"),
        ('{"shape": "template", "shapes": [{"mass": 1}]}', "shape.json: this is no TemplateShape"),
    ],
)
def test_what_is_no_shape_is_named(text, message, tmp_path):
    path = tmp_path / "shape.json"
    path.write_text(text)
    with pytest.raises(bh.SignalError, match=message):
        bh.read_signal(path)


def test_a_file_that_is_not_there_and_a_shape_of_ones_own_are_named(tmp_path):
    with pytest.raises(bh.SignalError, match=r"nowhere\.json"):
        bh.read_signal(tmp_path / "nowhere.json")

    class Box:
        def template(self, edges, mass):
            return edges

    with pytest.raises(bh.SignalError, match="a Box cannot be written"):
        bh.signal_to_json(Box())


def test_the_file_says_what_it_is():
    assert json.loads(bh.signal_to_json(bh.Gaussian(0.05)))["shape"] == "gaussian"
