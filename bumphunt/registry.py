"""The register of families by name; one function adds another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from .family import Family, FamilyError

Maker = Callable[..., Family]


@dataclass(frozen=True)
class Entry:
    """A registered family.

    Arguments:
        maker: function of the number of shape parameters and ``sqrt_s`` in GeV.
        sizes: numbers of shape parameters that it makes; empty if not known.
        ladder: those of nested functions among which an F-test chooses.

    """

    maker: Maker
    sizes: tuple[int, ...] = ()
    ladder: tuple[int, ...] = ()


_entries: dict[str, Entry] = {}


def register(
    name: str, sizes: Iterable[int] = (), ladder: Iterable[int] | None = None
) -> Callable[[Maker], Maker]:
    """Add a family under a name, as a decorator of the function that makes it.

    Arguments:
        name: the name; the function takes the number of shape parameters and ``sqrt_s`` in GeV and returns a `Family` or
            a `Curve`.
        sizes: numbers of shape parameters that the function makes, in increasing order.
        ladder: those among which an F-test chooses; the functions must be nested. None takes all.

    Raises:
        FamilyError: if the name is taken.

    """

    def add(maker: Maker) -> Maker:
        if name in _entries:
            msg = f"a family '{name}' is registered already; choose another name"
            raise FamilyError(msg)
        made = tuple(sizes)
        _entries[name] = Entry(maker, made, made if ladder is None else tuple(ladder))
        return maker

    return add


def names() -> tuple[str, ...]:
    """Return the names of all families, in order."""
    return tuple(sorted(_entries))


def sizes(name: str) -> tuple[int, ...]:
    """Return the numbers of shape parameters that a family may have; empty if it was registered without them."""
    return _entry(name).sizes


def family(name: str, n_shape: int, sqrt_s: float = 13_000.0) -> Family:
    """Make a family by its name.

    Arguments:
        name: one of `names()`.
        n_shape: number of shape parameters, the normalisation not counted.
        sqrt_s: centre-of-mass energy in GeV.

    Raises:
        FamilyError: if there is no such family, or none with so many parameters.

    """
    return _entry(name).maker(n_shape, sqrt_s=sqrt_s)


def ladder(name: str, sqrt_s: float = 13_000.0) -> tuple[Family, ...]:
    """Return the nested functions of a family among which an F-test chooses, the smallest first.

    Arguments:
        name: one of `names()`.
        sqrt_s: centre-of-mass energy in GeV.

    Raises:
        FamilyError: if there is no such family, or it has no two sizes.

    """
    entry = _entry(name)
    if len(entry.ladder) < 2:
        msg = f"family '{name}' has no two sizes to choose between; give a number of parameters, or register sizes"
        raise FamilyError(msg)
    return tuple(entry.maker(n, sqrt_s=sqrt_s) for n in entry.ladder)


def sized(label: str, choices: Mapping[int, str], n_shape: int) -> str:
    """Return the choice for a number of shape parameters.

    Raises:
        FamilyError: if there is none.

    """
    if n_shape not in choices:
        *most, last = map(str, choices)
        known = f"{', '.join(most)} or {last}" if most else last
        msg = f"the {label} function has {known} shape parameters (the normalisation not counted), not {n_shape}"
        raise FamilyError(msg)
    return choices[n_shape]


def _entry(name: str) -> Entry:
    if name not in _entries:
        near = get_close_matches(name, _entries, n=1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        msg = f"no family '{name}'; there are: {', '.join(names())}{hint}"
        raise FamilyError(msg)
    return _entries[name]
