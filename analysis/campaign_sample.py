"""The samples of a campaign: how each was made, and its events as a data sheet needs them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..datasets.catalogue import PB_PER_FB, Dataset, read_catalogue
from ..datasets.error import FileError, UnknownNameError, unknown
from ..datasets.nanoaod import inspect
from ..datasets.pfnano import read_provenance
from ..datasets.process import PROCESSES
from ..datasets.table import FeatureTable
from ..selections.quantities import offered
from ..selections.region import DijetSelection
from . import selection as selecting
from .processor import DijetProcessor
from .truth_table import truth
from .weighted import effective

CATALOGUE = "catalogue.toml"
QUANTITIES = ("msd", "tau21", "tau32", "tau43", "n_pf", "btag", "lsf3")
SIGNAL, QCD = "signal", "qcd"

Mask = NDArray[np.bool_]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Origin:
    """How a sample was made: the settings of its recipe as they are stored in its files."""

    settings: Mapping[str, Any]
    label: str

    @property
    def process(self) -> str:
        """Name of the process."""
        return str(self.settings["process"]["name"])

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of the process by name."""
        given = dict(self.settings["process"])
        kind = PROCESSES.get(self.process)
        order = [f.name for f in fields(kind) if f.name in given] if kind else []
        return {name: given[name] for name in (*order, *sorted(given)) if name != "name"}

    @property
    def cut(self) -> Mapping[str, Any]:
        """The selection that the sample is complete for."""
        return dict(self.settings["cut"])

    @property
    def of_dijets(self) -> bool:
        """Whether that is a selection of two jets and their mass, not of single jets."""
        return "mjj_min" in self.cut

    @property
    def radius(self) -> float:
        """The radius of the jets."""
        return float(self.settings.get("radius", 0.8))

    @property
    def benchmark(self) -> str:
        """Name as benchmarks have it: the process, then the masses (GeV) of resonance and daughters."""
        masses = [v for name, v in self.parameters.items() if name == "mass" or name.startswith("m_")]
        return "_".join([self.process, *(f"{mass:g}" for mass in masses)])


@dataclass(frozen=True)
class CampaignSample:
    """A sample: its files, its origin, its record of cuts, and a table of its events with two good jets.

    Cuts in m_jj and delta eta are not made in the table. ``made`` is what the summary of the campaign says.
    """

    dataset: Dataset
    origin: Origin
    flow: Mapping[str, Any]
    table: FeatureTable
    made: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name in the catalogue."""
        return self.dataset.name

    @property
    def is_signal(self) -> bool:
        """Whether the catalogue calls it a signal."""
        return self.dataset.kind == SIGNAL

    @cached_property
    def weight(self) -> NDArray[np.float64]:
        """Weights (n,) of the events."""
        return np.asarray(self.table["weight"], dtype=np.float64)

    @property
    def effective(self) -> float:
        """Effective number of the events of the table."""
        return effective(self.weight)

    @property
    def cross_section(self) -> float | None:
        """Cross section (pb) of everything that was generated; None when neither files nor catalogue have it."""
        found = self.flow["cross_section"] or (self.flow["generated"] or {}).get("cross_section")
        return None if found is None else float(found)

    @property
    def per_weight(self) -> float | None:
        """Cross section (fb) of an event of weight 1."""
        generated = self.flow["generated"]
        if self.cross_section is None or not generated or not generated["sumw"]:
            return None
        return self.cross_section * PB_PER_FB / float(generated["sumw"])

    @property
    def k_factor(self) -> float:
        """What the cross section was multiplied with already."""
        return float(self.made.get("k_factor", 1.0))

    def has(self, *columns: str) -> bool:
        """Tell whether the table has columns."""
        return all(column in self.table for column in columns)

    def jets(self, name: str, mask: Mask | None = None) -> NDArray[Any]:
        """Return a quantity of both jets (2 n,) of the events of a mask (n,): first all j1, then all j2."""
        values = [self.table[f"{jet}_{name}"] for jet in ("j1", "j2")]
        return np.concatenate([v if mask is None else v[mask] for v in values])


def catalogue(folder: Path | str, names: Iterable[str] = ()) -> dict[str, Dataset]:
    """Return the named samples of a campaign folder, all without names.

    ``FileError`` when it is no folder of a campaign; ``UnknownNameError`` lists the samples that exist.
    """
    path = Path(folder) / CATALOGUE
    if not path.is_file():
        raise FileError(f"{folder}: no {CATALOGUE} in it; give the folder that a campaign was written to")
    found = {name: one for name, one in read_catalogue(path).items() if one.kind != "data"}
    wanted = list(names) or list(found)
    for name in wanted:
        if name not in found:
            raise UnknownNameError(f"{path}: {unknown('sample', name, found)}")
    return {name: found[name] for name in wanted}


def origin(dataset: Dataset) -> Origin:
    """Read how a sample was made from its first file; ``FileError`` when that is not a file of this simulation."""
    made = read_provenance(Path(dataset.files[0]))
    return Origin(made["settings"], made.get("label", ""))


def read_samples(
    datasets: Mapping[str, Dataset],
    summary: Mapping[str, Any],
    jobs: int = 1,
    progress: Progress | None = None,
) -> list[CampaignSample]:
    """Read the events of samples; ``summary`` is that of the campaign.

    ``progress`` is called with the sample that is read, how much of it is done, and how much there is.
    """
    samples, known = [], summary.get("samples", {})
    for name, dataset in datasets.items():
        made = origin(dataset)
        loose = loose_selection(made)
        processor = DijetProcessor(loose, _quantities(dataset.files))
        notify = _named(progress, name)
        table, flows = selecting.select([dataset], processor, jobs, notify)
        more = truth(dataset, loose, made.radius, jobs)
        joined = FeatureTable({**table.columns, **more.columns})
        samples.append(CampaignSample(dataset, made, flows[name].record(), joined, known.get(name, {})))
    return samples


def loose_selection(made: Origin) -> DijetSelection:
    """Return the selection of two good jets, as loose as the sample allows, without cuts in m_jj and delta eta."""
    usual = DijetSelection(deta_max=None)
    pt_min = min(usual.pt_min, float(made.cut["pt_min"]))
    return DijetSelection(deta_max=None, pt_min=pt_min)


def _quantities(files: Sequence[str]) -> tuple[str, ...]:
    """Return what all files offer of the quantities that are shown."""
    known = set(QUANTITIES).intersection(*(offered(inspect(path).branches) for path in files))
    return tuple(name for name in QUANTITIES if name in known)


def _named(progress: Progress | None, name: str) -> Callable[[int, int], None] | None:
    return None if progress is None else lambda done, total: progress(name, done, total)
