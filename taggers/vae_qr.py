"""VAE-QR: a variational autoencoder of constituents, its score decorrelated by quantile regression (arXiv:2412.03747)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, ClassVar, Self

import numpy as np

from ..datasets.column import JETS
from ..datasets.error import unknown
from ..datasets.table import Array, FeatureTable, Floats
from .base import Run, Traits, learned, nest, unnest
from .constituent_autoencoder import PUBLISHED_AUTOENCODER, ConstituentAutoencoder
from .error import ParameterError
from .jet import Jets, JetTagger
from .learner import untrained
from .scratch import kept
from .vector import Vector
from .watch import Learned

MEASURES = ("loss", "reconstruction")


@dataclass(frozen=True, kw_only=True)
class VaeQr(JetTagger, ConstituentAutoencoder):
    r"""How badly the more ordinary of the two jets is reconstructed from a small latent space.

    One network for both jets is trained on jets of events with large \\|delta eta\\|, where a resonance is rare, and looks at
    nothing but the constituents. It is scored in the signal region, whose events it has never seen. The score of a jet is the Chamfer
    distance plus ``beta`` times the divergence of the latent space (``measure`` "loss"), or the distance alone
    ("reconstruction", as in the talk). The working point selects the same share of the events at each m_jj, in slices.
    The preset "published" is given momenta in the laboratory; "autoencoder" has no latent distribution: a plain autoencoder of the same inputs.
    """

    name: ClassVar[str] = "vae_qr"
    traits: ClassVar[Traits] = Traits(
        level="jet", region="deta_sideband", window=False, folds=False, trains_on=frozenset({"data"})
    )
    working_point: ClassVar[Mapping[str, Any]] = MappingProxyType(
        {"kind": "quantile", "efficiencies": (0.01, 0.05, 0.1)}
    )
    models_per_fold: ClassVar[int] = 1
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
        {"published": PUBLISHED_AUTOENCODER, "autoencoder": MappingProxyType({"beta": 0.0})}
    )
    ranking: ClassVar[bool] = False

    combine: str = "min"
    measure: str = "loss"
    model: Vector = learned(untrained)  # noqa: RUF009

    def __post_init__(self) -> None:
        """Refuse hyperparameters that cannot be used."""
        super().__post_init__()
        if self.measure not in MEASURES:
            raise ParameterError(f"tagger {self.name}: {unknown('measure', self.measure, MEASURES)}")

    @property
    def inputs(self) -> frozenset[str]:
        """The constituents of both jets."""
        return frozenset(f"{jet}_constituents" for jet in JETS)

    def jets(self, table: FeatureTable) -> Jets:
        """Collect the constituents (n, 2, 100, 3)."""
        return Jets(np.stack([table[f"{jet}_constituents"] for jet in JETS], axis=1))

    def fit_jets(self, training: Jets, validation: Jets | None, run: Run) -> Self:
        """Return a tagger trained on both jets of all events."""
        jets = tuple(_flat(part) for part in (training, validation) if part is not None)

        def learn() -> dict[str, Array]:
            return vars(self.train_network(jets[0], jets[1] if len(jets) > 1 else None, run))

        found = Learned(**kept(run, self.settings, jets, learn))
        return self.learn(model=found.models[0], history=found.history)

    @property
    def settings(self) -> ConstituentAutoencoder:
        """What decides the training of the network; taggers that differ in their scores alone share it."""
        return ConstituentAutoencoder(
            **{f.name: getattr(self, f.name) for f in fields(ConstituentAutoencoder)}
        )

    def score_jets(self, jets: Jets) -> Floats:
        """Return the score of each jet (n, 2)."""
        if not len(self.model):
            raise self.unfitted()
        distance, divergence = self.losses(self.model, _flat(jets)).T
        scores = distance + (self.beta * divergence if self.measure == "loss" else 0)
        return np.asarray(scores.reshape(-1, len(JETS)))

    def state(self) -> dict[str, Array]:
        """Return network and losses."""
        return {"model": self.model} | nest({"history": self.history})

    def restore(self, state: Mapping[str, Array]) -> Self:
        """Return the tagger that had this ``state``."""
        return self.learn(model=state["model"], history=unnest("history", state))


def _flat(jets: Jets) -> Array:
    return jets.features.reshape(-1, *jets.features.shape[2:])
