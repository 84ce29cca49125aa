"""Spectra in HEPData tables: YAML files of a submission, read with PyYAML, which has to be installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from .array import FloatArray
from .hepdata_counts import Conversion
from .hepdata_unit import unit
from .reading import SYNONYMS, SpectrumFileError, joined_edges
from .spectrum import Spectrum, SpectrumError

SUBMISSION = "submission.yaml"
ROUNDING = 1e-4


def read_hepdata(
    path: str | Path,
    table: str | None = None,
    *,
    column: str | None = None,
    luminosity: float | None = None,
    per_width: bool = False,
    rounding: float = ROUNDING,
) -> Spectrum:
    """Read a spectrum from a HEPData table.

    Published spectra are often cross sections per bin width. They become counts if both factors are asked for and the
    results are whole numbers; units of the table (pb, fb, GeV, TeV) are understood.

    Arguments:
        path: YAML file of a table, or the ``submission.yaml`` (or its folder) that lists the tables.
        table: name of the table in the submission; needed if it has several.
        column: name of the dependent variable; needed unless there is one, or one with a name such as observed, data
            or events.
        luminosity: integrated luminosity in fb-1, by which a cross section is multiplied.
        per_width: whether the column is divided by the bin width, by which it is then multiplied; in GeV if the table
            does not say.
        rounding: relative precision of the published values: products with luminosity or width may differ from a
            whole number by so much, and are rounded.

    Raises:
        SpectrumFileError: if PyYAML is missing, the file cannot be read, or holds no such table or column, or a density
            or cross section without the factors that make it counts.
        CountsError: if the contents are no counts.
        SpectrumError: if they are otherwise no spectrum.

    """
    place, content = _table(Path(path), table)
    low, high = _bins(place, content)
    chosen = _column(place, content, column)
    values = np.array([_number(place, n, row) for n, row in enumerate(chosen.get("values", []))])
    if len(values) != len(low):
        msg = f"{place}: {len(low)} bins and {len(values)} values of '{_name(chosen)}'; there is one value for each bin"
        raise SpectrumFileError(msg)
    edges = joined_edges(place, low, high)
    conversion = Conversion(
        place, _name(chosen), unit(_header(chosen).get("units")), luminosity, per_width, rounding
    )
    try:
        return Spectrum(edges, conversion.counts(values, np.diff(edges)))
    except SpectrumFileError:
        raise
    except SpectrumError as error:
        msg = f"{place}, '{_name(chosen)}': {error}"
        raise type(error)(msg) from None


def load(path: Path) -> list[Any]:
    """Return the documents of a YAML file.

    Raises:
        SpectrumFileError: if PyYAML is missing or the file cannot be read.

    """
    try:
        import yaml  # noqa: PLC0415  only HEPData tables need it
    except ImportError:
        msg = f"reading {path} needs PyYAML, which is not installed; install it or give the spectrum as CSV"
        raise SpectrumFileError(msg) from None
    try:
        with path.open(encoding="utf-8") as file:
            return [document for document in yaml.safe_load_all(file) if document is not None]
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        msg = f"cannot read {path}: {error}; give a YAML file of a HEPData submission"
        raise SpectrumFileError(msg) from None


def _table(path: Path, name: str | None) -> tuple[str, dict[str, Any]]:
    """Return where the table is, for messages, and its content."""
    path = path / SUBMISSION if path.is_dir() else path
    documents = load(path)
    tables = {
        str(d["name"]): d for d in documents if isinstance(d, dict) and "data_file" in d and "name" in d
    }
    if not tables:
        if not documents or not isinstance(documents[0], dict) or "dependent_variables" not in documents[0]:
            msg = f"{path} is neither a HEPData table (with dependent_variables) nor a submission (with data_file)"
            raise SpectrumFileError(msg)
        if name is not None:
            msg = (
                f"{path} is a single table; give a name of a table with its submission.yaml, or leave it out"
            )
            raise SpectrumFileError(msg)
        return str(path), documents[0]
    if name is None and len(tables) == 1:
        name = next(iter(tables))
    if name not in tables:
        wanted = "say which table" if name is None else f"no table '{name}'"
        msg = f"{path}: {wanted}; there are: {', '.join(tables)}"
        raise SpectrumFileError(msg)
    return _table(path.parent / str(tables[name]["data_file"]), None)


def _bins(place: str, content: dict[str, Any]) -> tuple[FloatArray, FloatArray]:
    variables = content.get("independent_variables") or []
    if len(variables) != 1:
        names = ", ".join(_name(variable) for variable in variables) or "none"
        msg = f"{place}: independent variables: {names}; a spectrum has one, with bins of mass"
        raise SpectrumFileError(msg)
    rows = variables[0].get("values", [])
    if not rows:
        msg = f"{place}: '{_name(variables[0])}' has no bins"
        raise SpectrumFileError(msg)
    scale = unit(_header(variables[0]).get("units")).energy
    low, high = (
        np.array([_number(place, n, row, end) for n, row in enumerate(rows)]) * scale
        for end in ("low", "high")
    )
    order = np.argsort(low, kind="stable")
    if (np.diff(order) < 0).any():
        msg = f"{place}: the bins of '{_name(variables[0])}' are not in increasing order"
        raise SpectrumFileError(msg)
    return low, high


def _column(place: str, content: dict[str, Any], name: str | None) -> dict[str, Any]:
    columns = list(content["dependent_variables"] or [])
    names = [_name(column) for column in columns]
    wanted = ("observed", *SYNONYMS["observed"])
    if name is not None:
        found = [n for n, one in enumerate(names) if one == name] or [
            n for n, one in enumerate(names) if name.lower() in one.lower()
        ]
    else:
        found = [n for n, one in enumerate(names) if set(one.lower().split()) & set(wanted)]
        found = [0] if len(columns) == 1 else found
    if len(found) != 1:
        what = f"{'several columns' if found else 'no column'} '{name or 'observed'}'"
        msg = f"{place}: {what}; there are: {', '.join(repr(one) for one in names) or 'none'}; give column="
        raise SpectrumFileError(msg)
    return dict(columns[found[0]])


def _name(variable: dict[str, Any]) -> str:
    return str(_header(variable).get("name", "unnamed"))


def _header(variable: dict[str, Any]) -> dict[str, Any]:
    return dict(variable.get("header") or {})


def _number(place: str, index: int, row: Any, key: str = "value") -> float:
    got = row.get(key) if isinstance(row, dict) else row
    try:
        return float(got)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        what = "a bin needs low and high ends" if key != "value" else "expected a number"
        msg = f"{place}: bin {index}, '{key}': got {got!r}; {what}"
        raise SpectrumFileError(msg) from None
