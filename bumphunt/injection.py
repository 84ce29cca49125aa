"""Signals put into spectra: toys of a spectrum, or of expected counts, with events of a resonance added."""

from __future__ import annotations

from .array import FloatArray
from .expected import Expected, signal_events
from .signal import Signal, SignalError
from .spectrum import Spectrum
from .toys import poisson


def inject(
    spectrum: Spectrum | Expected, signal: Signal, mass: float, strength: float, *, n_toys: int = 1, seed: int
) -> FloatArray:
    """Return counts with signal events in them.

    In expected counts background and signal fluctuate; the counts of a spectrum stay, and the number of signal events
    in each bin fluctuates.

    Arguments:
        spectrum: where the background comes from.
        signal: the signal shape.
        mass: resonance mass in GeV.
        strength: expected number of signal events, in the whole signal shape.
        n_toys: number of toys.
        seed: the result depends on it and on nothing else that is random.

    Returns:
        Counts, shape (n_toys, n_bins); a row of them makes a `Spectrum` on the same edges.

    Raises:
        SignalError: if the mass is outside the bins, or the strength is negative and expected counts become so.

    >>> from .signal import Gaussian
    >>> counts = inject(Spectrum([2000, 2100, 2200], [40, 30]), Gaussian(0.05), 2100, 50, n_toys=3, seed=1)
    >>> bool((counts >= [40, 30]).all()), counts.shape
    (True, (3, 2))

    """
    if isinstance(spectrum, Expected):
        return spectrum.with_signal(signal, mass, strength).toys(n_toys, seed)
    if strength < 0:
        msg = f"strength {strength:g}: events cannot be taken out of counts; inject into expected counts instead"
        raise SignalError(msg)
    return spectrum.counts + poisson(signal_events(spectrum.edges, signal, mass, strength), n_toys, seed)
