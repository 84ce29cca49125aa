"""Folds and random draws that depend on the identity of an event and on nothing else."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

IDENTITY = ("sample", "run", "lumi", "event")


def sample_id(name: str) -> np.uint64:
    """Turn the name of a sample into the number that the ``sample`` column holds."""
    return np.uint64(int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little"))


def event_hash(identity: tuple[NDArray[np.generic], ...], salt: str) -> NDArray[np.uint64]:
    """Hash events to uniform 64-bit numbers (n,).

    ``identity`` holds the columns sample, run, lumi and event, each (n,); every use of the hash (outer folds,
    inner splits, injection) has a ``salt`` of its own, so that they are independent. The mixing step is
    splitmix64 (Steele, Lea, Flood, doi:10.1145/2660193.2660195).
    """
    state = np.full(len(identity[0]), sample_id(salt), dtype=np.uint64)
    for column in identity:
        state = _mix(state ^ column.astype(np.uint64))
    return state


def event_uniform(identity: tuple[NDArray[np.generic], ...], salt: str) -> NDArray[np.float64]:
    """Draw one uniform number in [0, 1) per event (n,) from its identity."""
    return (event_hash(identity, salt) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    with np.errstate(over="ignore"):
        x = x + np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
