"""The stages of a search as tasks: which reads what, and where each writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import luigi

from ..analysis import hunt, mock, plan, point, report, training
from ..analysis.result import Outputs
from ..analysis.selection import write_selection
from ..datasets.catalogue import Dataset
from . import identity
from .task import Stage, Units


class Simulate(Units):
    """The parts of a simulated sample: NanoAOD files."""

    sample = luigi.Parameter()

    @property
    def recipe(self) -> Any:
        """What is simulated."""
        simulation = self.settings.samples[self.sample].simulation
        assert simulation is not None
        return simulation.recipe()

    def title(self) -> str:
        """Name the unit for messages."""
        return f"simulate {self.sample}, part {self.branch}"

    def units(self) -> list[int]:
        """List the parts."""
        return list(range(self.recipe.parts))

    def place(self) -> Path:
        """Return the ROOT file of the part."""
        return self.folder(identity.simulate(self.settings, self.sample)) / f"part-{self.branch:05d}.root"

    def work(self) -> None:
        """Simulate the part."""
        from ..datasets.production import simulate_part  # noqa: PLC0415  needs Pythia

        simulate_part(self.recipe, self.branch, self.place())


class Select(Stage):
    """The feature table of a sample, with its cutflow beside it."""

    sample = luigi.Parameter()

    def title(self) -> str:
        """Name the task for messages."""
        return f"select {self.sample}"

    def requires(self) -> Any:
        """Need the simulation of a simulated sample."""
        return Simulate.req(self) if self.settings.samples[self.sample].simulation else []

    def place(self) -> Path:
        """Return the feature table."""
        return self.folder(identity.select(self.settings, self.sample)) / "table.parquet"

    def files(self) -> tuple[str, ...]:
        """List the NanoAOD files of the sample."""
        if self.settings.samples[self.sample].simulation is None:
            return identity.input_files(self.settings, self.sample)
        return tuple(str(part.place()) for part in Simulate.req(self).get_branch_tasks().values())

    def work(self) -> None:
        """Run the processor over the files."""
        entry = self.settings.samples[self.sample]
        dataset = Dataset(
            self.sample, self.files(), entry.kind, entry.cross_section, entry.luminosity, entry.label
        )
        write_selection(self.place(), [dataset], self.settings.processor_of(self.sample))


class Inject(Stage):
    """The data of a search, and the signal that was not injected."""

    search = luigi.Parameter()

    def title(self) -> str:
        """Name the task for messages."""
        return f"inject, search {self.search}"

    def requires(self) -> Any:
        """Need the selected samples."""
        entry = self.settings.searches[self.search]
        return [Select.req(self, sample=name) for name in (*entry.data, entry.signal)]

    def place(self) -> Path:
        """Return the summary, which is written last."""
        return self.folder(identity.inject(self.settings, self.search)) / mock.SUMMARY

    def work(self) -> None:
        """Join the samples and hide the signal in them."""
        entry = self.settings.searches[self.search]
        tables = {name: Select.req(self, sample=name).place() for name in (*entry.data, entry.signal)}
        samples = {name: tables[name] for name in entry.data}
        strength = mock.Strength(entry.events, entry.cross_section, entry.luminosity)
        signal = (entry.signal, tables[entry.signal])
        mock.make_data(self.place().parent, samples, signal, strength, self.settings.seed)


class Search(Units):
    """A stage of one search."""

    search = luigi.Parameter()

    def windows(self, tagger: str) -> tuple[str, ...]:
        """Name the windows in which a tagger selects events."""
        selected = point.selects_in_windows(tagger, self.settings.taggers[tagger])
        return plan.windows(selected, *self.settings.scan.range)

    def trained(self, tagger: str, window: str) -> str:
        """Name the window of the models that score events in a ``window``."""
        return identity.trained_window(self.settings, tagger, window)

    def setup(self, tagger: str, window: str) -> training.Setup:
        """Describe the training of a tagger in a window."""
        config = self.settings
        data = Inject.req(self).place().parent
        settings, folds = config.taggers[tagger], config.folds
        others = {
            kind: {task.sample: task.place() for task in tasks} for kind, tasks in self.others(tagger).items()
        }
        return training.Setup(
            tagger, settings, window, data, config.seed, folds.outer, folds.members, **others
        )

    def others(self, tagger: str) -> dict[str, list[Select]]:
        """List the samples that a tagger trains with besides data and signal, by what they are."""
        found = identity.trained_with(self.settings, self.search, tagger)
        return {kind: [Select.req(self, sample=name) for name in names] for kind, names in found.items()}

    def branch_of(self, unit: Any) -> int:
        """Return the branch number of a unit."""
        return list(self.units()).index(unit)


class Train(Search):
    """The models of one tagger, window and outer fold."""

    def title(self) -> str:
        """Name the unit for messages."""
        tagger, window, fold = self.branch_data
        return f"train {tagger}, window {window}, fold {fold}, search {self.search}"

    def units(self) -> list[tuple[str, str, int]]:
        """List tagger, window and fold."""
        return [
            (tagger, window, fold)
            for tagger in self.settings.taggers
            for window in dict.fromkeys(self.trained(tagger, name) for name in self.windows(tagger))
            for fold in self.setup(tagger, window).trained_folds()
        ]

    def requires(self) -> Any:
        """Need the data, and other samples that the tagger trains with."""
        others = self.others(self.branch_data[0])
        return [Inject.req(self), *(task for tasks in others.values() for task in tasks)]

    def models(self, tagger: str, window: str) -> Path:
        """Return the folder of all models of a tagger in a window."""
        return self.folder(identity.train(self.settings, self.search, tagger, window))

    def place(self) -> Path:
        """Return the record that all models of the fold are there."""
        tagger, window, fold = self.branch_data
        return self.models(tagger, window) / f"fold{fold}.json"

    def work(self) -> None:
        """Train the members of the fold."""
        tagger, window, fold = self.branch_data
        training.train_fold(self.setup(tagger, window), fold, self.models(tagger, window), self.place())


class Score(Search):
    """The score and the category of every event, by one tagger in one window."""

    def title(self) -> str:
        """Name the unit for messages."""
        tagger, window = self.branch_data
        return f"score {tagger}, window {window}, search {self.search}"

    def units(self) -> list[tuple[str, str]]:
        """List tagger and window."""
        return [(tagger, window) for tagger in self.settings.taggers for window in self.windows(tagger)]

    def requires(self) -> Any:
        """Need the models of all folds."""
        train, (tagger, window) = Train.req(self, branch=-1), self.branch_data
        needed = tagger, self.trained(tagger, window)
        return [Train.req(self, branch=train.branch_of(u)) for u in train.units() if u[:2] == needed]

    def place(self) -> Path:
        """Return the summary, which is written last."""
        folder = self.folder(identity.score(self.settings, self.search, *self.branch_data))
        return folder / training.SUMMARY

    def work(self) -> None:
        """Score all events and select."""
        tagger, window = self.branch_data
        models = Train.req(self, branch=-1).models(tagger, self.trained(tagger, window))
        setup = self.setup(tagger, window)
        chosen = point.make_point(tagger, setup.settings, window, setup.folds, setup.seed)
        training.score_window(setup, models, chosen, self.place().parent)


class Hunt(Search):
    """Fits, p-values and limits of one tagger, over all its windows."""

    def title(self) -> str:
        """Name the unit for messages."""
        return f"scan {self.branch_data}, search {self.search}"

    def units(self) -> list[str]:
        """List the taggers."""
        return list(self.settings.taggers)

    def scores(self) -> dict[str, Score]:
        """Return the scoring of every window."""
        score = Score.req(self, branch=-1)
        units = [u for u in score.units() if u[0] == self.branch_data]
        return {window: Score.req(self, branch=score.branch_of((tagger, window))) for tagger, window in units}

    def requires(self) -> Any:
        """Need the scores of all windows."""
        return list(self.scores().values())

    def place(self) -> Path:
        """Return the results of the scan."""
        windows = self.windows(self.branch_data)
        return (
            self.folder(identity.hunt(self.settings, self.search, self.branch_data, windows)) / hunt.SUMMARY
        )

    def work(self) -> None:
        """Fit the spectra of all windows."""
        config, data = self.settings, Inject.req(self).place().parent
        settings = config.fit.hunt(config.scan, config.seed)
        scores = {window: score.place().parent for window, score in self.scores().items()}
        hunt.hunt(settings, scores, data, config.searches[self.search].mass, self.place().parent)


class Report(Stage):
    """The results of all searches: figures, page and ``results.json``."""

    def title(self) -> str:
        """Name the task for messages."""
        return "report"

    def requires(self) -> Any:
        """Need the scans of all searches."""
        return [Hunt.req(self, search=search) for search in self.settings.searches]

    def place(self) -> Path:
        """Return the results, which are written last."""
        return self.folder(identity.report(self.settings)) / report.RESULTS

    def outputs(self) -> Outputs:
        """Return where all stages left their outputs."""
        config = self.settings
        samples = {s: Select.req(self, sample=s).place() for s in identity.used_samples(config)}
        data = {s: Inject.req(self, search=s).place().parent for s in config.searches}
        scans = {s: Hunt.req(self, search=s, branch=-1).get_branch_tasks().values() for s in config.searches}
        hunts = {s: {scan.branch_data: scan.place().parent for scan in found} for s, found in scans.items()}
        scores = {
            s: {
                scan.branch_data: {w: score.place().parent for w, score in scan.scores().items()}
                for scan in found
            }
            for s, found in scans.items()
        }
        return Outputs(samples, data, hunts, scores)

    def work(self) -> None:
        """Draw and write the report."""
        report.write_report(self.settings.plain(), self.outputs(), self.place().parent)
