"""Groups of options, and errors of values that name their option."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from dijethunt.workflows.option import blamed, grouped
from typer.testing import CliRunner


@dataclass(frozen=True)
class Box:
    """Two sides."""

    width: Annotated[float, typer.Argument()]
    height: Annotated[float, typer.Option("--height", help="Of the box.")] = 2.0


@grouped
def area(box: Box, times: Annotated[int, typer.Option("--times")] = 1) -> None:
    """Print an area."""
    typer.echo(f"{times * box.width * box.height:g}")


def run(*words: str) -> str:
    app = typer.Typer()
    app.command()(area)
    shown = CliRunner().invoke(app, words)
    assert shown.exit_code == 0, shown.output
    return shown.stdout


def test_the_fields_of_a_group_are_options_of_the_command() -> None:
    assert run("3", "--times", "5").strip() == "30"
    assert run("3", "--height", "4").strip() == "12"
    shown = run("--help")
    assert "--height" in shown
    assert "Of the box." in shown
    assert "Print an area." in shown


def test_an_error_of_a_value_is_wrong_use_of_its_option() -> None:
    with pytest.raises(typer.BadParameter, match="too wide") as caught, blamed("--width"):
        raise ValueError("too wide")
    assert caught.value.param_hint == "--width"
