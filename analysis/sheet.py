"""The samples of a data sheet, sorted by what they are for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .campaign_sample import QCD, CampaignSample

SIDEBAND, TTBAR = "deta_min", "ttbar"


@dataclass(frozen=True)
class Sheet:
    """All samples that a data sheet describes, in the order of the catalogue."""

    samples: tuple[CampaignSample, ...]

    @property
    def signals(self) -> tuple[CampaignSample, ...]:
        """The signals."""
        return tuple(sample for sample in self.samples if sample.is_signal)

    @property
    def dijets(self) -> tuple[CampaignSample, ...]:
        """The backgrounds of two jets near each other in eta, whose m_jj can be shown together."""
        return tuple(
            sample
            for sample in self.samples
            if not sample.is_signal and sample.origin.of_dijets and not sample.origin.cut.get(SIDEBAND)
        )

    @property
    def qcd(self) -> tuple[CampaignSample, ...]:
        """The QCD samples among them, that with the largest effective number of events first."""
        found = [sample for sample in self.dijets if sample.origin.process == QCD]
        return tuple(sorted(found, key=lambda sample: -sample.effective))

    @property
    def background(self) -> CampaignSample | None:
        """The QCD sample that stands for all: the largest of dijets, otherwise any."""
        return next(iter((*self.qcd, *self._any_qcd)), None)

    @property
    def _any_qcd(self) -> tuple[CampaignSample, ...]:
        return tuple(s for s in self.samples if QCD in s.origin.process and not s.is_signal and len(s.table))

    def background_of(self, signal: CampaignSample) -> CampaignSample | None:
        """Return the QCD sample that a signal is drawn over: one with the same selection if there is one."""
        alike = [sample for sample in self._any_qcd if sample.origin.cut == signal.origin.cut]
        return next(iter(alike), self.background)

    @property
    def tagged(self) -> tuple[CampaignSample, ...]:
        """The samples whose b tags are shown: QCD, and top quarks for jets with b hadrons."""
        tops = [sample for sample in self.samples if sample.origin.process == TTBAR]
        first = [] if self.background is None else [self.background]
        return tuple(s for s in (*first, *tops[:1]) if s.has("j1_flavour", "j1_btag") and len(s.table))

    @property
    def processes(self) -> dict[str, tuple[CampaignSample, ...]]:
        """The signals by process."""
        names = dict.fromkeys(sample.origin.process for sample in self.signals)
        return {name: tuple(s for s in self.signals if s.origin.process == name) for name in names}

    @property
    def groups(self) -> dict[str, tuple[CampaignSample, ...]]:
        """What the detector is measured with: QCD, top quarks, and the signals of each process."""
        first = {} if self.background is None else {QCD: (self.background,)}
        tops = tuple(sample for sample in self.samples if sample.origin.process == TTBAR)
        return first | ({TTBAR: tops} if tops else {}) | self.processes

    @property
    def label(self) -> str:
        """What figures say about the samples: that of the first that has something to say."""
        return next((s.origin.label for s in self.samples if s.origin.label), "Simulation")

    def missing(self) -> Iterator[str]:
        """Say what cannot be shown for lack of samples, or of what files hold."""
        if not self.signals:
            yield "No signals: their jets, peaks and prongs are not shown."
        if not self.qcd:
            yield "No QCD sample of dijets: there is no fit of m_jj and no normalisation."
        if not any(sample.origin.process == TTBAR for sample in self.samples):
            yield "No ttbar sample: the peaks of W and top are not shown."
        for columns, what in (
            (("d1_reach",), "generated particles (GenPart): no prongs"),
            (("j1_gen_pt",), "generated jets (GenJetAK8): no response"),
            (("j1_flavour", "j1_btag"), "b-tag scores and flavours: no efficiencies"),
        ):
            without = [sample.name for sample in self.samples if not sample.has(*columns)]
            if without:
                yield f"{', '.join(without)}: files without {what}."
        empty = [sample.name for sample in self.samples if not len(sample.table)]
        if empty:
            yield f"{', '.join(empty)}: no event has two good jets."
