"""Options that several commands share: a frozen dataclass is a group of them, and makes objects of what was given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Annotated, Any, get_type_hints

import typer

Jobs = Annotated[int, typer.Option("--jobs", "-j", min=1, help="Number of processes.")]
Overrides = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a key: seed=2.")
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Same seed, same toys.")]


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the fields of its dataclass arguments as options of their own.

    Arguments:
        command: function whose annotations are resolvable; every group is made anew from what was given.

    """
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: kind for name, kind in hints.items() if is_dataclass(kind)}
    parameters = [
        one for parameter in signature(command).parameters.values() for one in _flat(parameter, hints)
    ]

    @wraps(command)
    def run(**given: Any) -> None:
        made = {
            name: kind(**{field.name: given.pop(field.name) for field in fields(kind)})
            for name, kind in groups.items()
        }
        command(**made, **given)

    run.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


@contextmanager
def blamed(option: str) -> Iterator[None]:
    """Turn an error of a value into wrong use of the option that it was given as."""
    try:
        yield
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None


def _flat(parameter: Parameter, hints: dict[str, Any]) -> list[Parameter]:
    """Return a parameter, or those of the fields of its dataclass."""
    kind = hints[parameter.name]
    if not is_dataclass(kind):
        return [parameter.replace(annotation=kind, kind=Parameter.KEYWORD_ONLY)]
    own = get_type_hints(kind, include_extras=True)
    return [
        Parameter(field.name, Parameter.KEYWORD_ONLY, default=_default(field), annotation=own[field.name])
        for field in fields(kind)
    ]


def _default(field: Field[Any]) -> Any:
    return Parameter.empty if field.default is MISSING else field.default
