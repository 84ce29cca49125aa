"""The chain from collisions to the stored events of one part, batch after batch."""

from __future__ import annotations

from time import process_time

import numpy as np

from .content import Columns, Content, event_columns
from .flavour import heavy_hadrons, tag
from .generator import Collisions, Generator
from .jagged import Index
from .pileup import Pileup, observe
from .recipe import Recipe
from .reconstruction import Reconstruction, reconstruct
from .substructure import substructure
from .truth import generated_jets, hard_particles

BATCH_MIN, BATCH_MAX = 100, 500


class Chain:
    """Generator, detector and reconstruction of a part, with what they have made so far.

    ``generated`` and ``selected`` count events, ``sumw`` is the sum of weights of the generated ones, ``generation_seconds``
    the CPU time of Pythia.
    """

    def __init__(self, recipe: Recipe, part: int) -> None:
        self._recipe = recipe
        self._part = part
        self._rng = recipe.rng(part)
        seed = recipe.pythia_seed(part)
        begin = process_time()
        self.generator = Generator(recipe.process, seed, mpi=recipe.mpi)
        self.generation_seconds = process_time() - begin
        self._pileup = Pileup(recipe.pileup, recipe.detector, seed) if recipe.pileup else None
        self._stored = self.generated = self.selected = 0
        self.sumw = 0.0

    def batch(self, wanted: int) -> Columns:
        """Make the next batch, up to the event that completes ``wanted`` selected ones; returns its branches."""
        recipe = self._recipe
        begin = process_time()
        collisions = self.generator.batch(int(np.clip(2 * wanted, BATCH_MIN, BATCH_MAX)))
        self.generation_seconds += process_time() - begin
        flow, number = observe(collisions.particles, recipe.detector, self._pileup, self._rng)
        found = reconstruct(flow, recipe.cut, recipe.detector, self._rng, recipe.radius)
        kept, used = found.until(wanted)
        content = complete(collisions, kept, number, recipe, self._rng)
        columns = event_columns(content, self._part + 1, self._stored + 1)
        self._stored += len(kept.event)
        self.selected += int(kept.passes.sum())
        self.generated += used
        self.sumw += float(collisions.hard["weight"][:used].sum())
        return columns


def complete(
    collisions: Collisions, kept: Reconstruction, pileup: Index, recipe: Recipe, rng: np.random.Generator
) -> Content:
    """Compute all else that is stored of the kept events of a batch; ``pileup`` (n,) are its other collisions."""
    flow, radius, records = kept.flow, recipe.radius, collisions.records
    inner = substructure(flow, kept.jets, radius)
    jet, subjet = tag(flow, kept.jets, inner.subjets, heavy_hadrons(records), rng, radius)
    return Content(
        kept,
        inner,
        jet,
        subjet,
        generated_jets(collisions.particles, kept.jets, recipe.detector, radius),
        hard_particles(records, kept.event),
        collisions.hard,
        pileup,
    )
