"""Toys in a folder: made block by block on any number of processes, kept, and gone on with after an interruption."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from itertools import chain
from multiprocessing import get_context
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from .array import FloatArray
from .campaign import BLOCKS, Campaign
from .family import Family
from .fitrange import EVERYTHING, FitRange
from .ftest import Rule
from .nuisance import Nuisance
from .toys import BLOCK
from .window import Group, Shares, Signals

IDENTITY = "toys.json"
SIZE = BLOCK * BLOCKS
FILES = 5

Progress = Callable[[int, int], None]


class CampaignError(ValueError):
    """Raised when a folder holds other toys than those asked for, or they cannot be sent to other processes."""


def toy_campaign(
    folder: Path | str,
    groups: Sequence[Group],
    background: Family | Rule,
    signal: Signals,
    *,
    n_toys: int,
    seed: int,
    fit_range: FitRange = EVERYTHING,
    shares: Shares = (1.0,),
    nuisances: Sequence[Nuisance] = (),
    jobs: int = 1,
    progress: Progress | None = None,
) -> FloatArray:
    """Return the largest excess of each toy, those of `global_p`, keeping what is made in a folder.

    What is there already is not made again; more toys can be asked for later. The result does not depend on the number
    of processes.

    Arguments:
        folder: where the toys are kept; made if it is not there.
        groups: as in `scan`.
        background: as in `scan`.
        signal: as in `scan`.
        n_toys: number of toys; they are made and kept in files of 1000.
        seed: the result depends on it and on nothing else that is random.
        fit_range: as in `scan`.
        shares: as in `scan`.
        nuisances: as in `scan`.
        jobs: number of processes.
        progress: called with the number of toys that are there and of those to be there.

    Returns:
        Zero without an excess and NaN where a fit failed, shape (n_toys,); `p_of_toys` makes a p-value of them.

    Raises:
        CampaignError: if the folder holds toys of other inputs.

    """
    if n_toys < 1 or jobs < 1:
        msg = f"n_toys is {n_toys} and jobs {jobs}; at least one toy and one process are needed"
        raise ValueError(msg)
    campaign = Campaign(groups, background, signal, seed, fit_range, shares, nuisances)
    place = Path(folder)
    _claim(place, campaign)
    paths = [place / f"toys_{number:06d}.npz" for number in range(-(-n_toys // SIZE))]
    kept = {number: largest for number, path in enumerate(paths) if (largest := _read(path)) is not None}
    missing = [number for number in range(len(paths)) if number not in kept]
    done = len(kept)
    for finished in chain([0], _made(campaign, paths, missing, jobs)):
        done += finished
        if progress is not None:
            progress(done * SIZE, len(paths) * SIZE)
    return np.concatenate([kept[n] if n in kept else _whole(path) for n, path in enumerate(paths)])[:n_toys]


def _claim(place: Path, campaign: Campaign) -> None:
    """Make the folder of a campaign, or find that it is its own."""
    path = place / IDENTITY
    if path.exists():
        if f'"{campaign.identity}"' not in path.read_text():
            msg = (
                f"{place} holds toys of another spectrum, signal, rule or seed; "
                "give another folder, or remove this one"
            )
            raise CampaignError(msg)
        return
    place.mkdir(parents=True, exist_ok=True)
    content = {"identity": campaign.identity, "seed": campaign.seed, "toys_per_file": SIZE}
    temporary = path.with_name(f".toys.{os.getpid()}.json")
    temporary.write_text(json.dumps(content, indent=1) + "\n")
    temporary.replace(path)


def _made(campaign: Campaign, paths: Sequence[Path], missing: Sequence[int], jobs: int) -> Iterator[int]:
    """Make the missing files and yield how many are finished, step by step."""
    if jobs == 1 or len(missing) < 2:
        for number in missing:
            campaign.make(paths[number], number)
            yield 1
        return
    fresh = replace(campaign)
    try:
        ForkingPickler.dumps(fresh)
    except Exception as error:  # noqa: BLE001
        msg = (
            f"the background or signal cannot be sent to other processes ({error}); "
            "define its functions in a module, or use one process"
        )
        raise CampaignError(msg) from None
    tasks = [
        [(paths[number], number) for number in missing[first : first + FILES]]
        for first in range(0, len(missing), FILES)
    ]
    pool = ProcessPoolExecutor(min(jobs, len(tasks)), mp_context=get_context("spawn"))
    try:
        for future in as_completed([pool.submit(_work, fresh, task) for task in tasks]):
            yield future.result()
    except BrokenProcessPool as error:
        msg = 'a process that made toys died (out of memory, killed, or a script without `if __name__ == "__main__"`); what is finished is kept: run again'
        raise CampaignError(msg) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _work(campaign: Campaign, task: Sequence[tuple[Path, int]]) -> int:
    for path, number in task:
        campaign.make(path, number)
    return len(task)


def _read(path: Path) -> FloatArray | None:
    """Return the toys of a file, None where there is no whole one."""
    try:
        with path.open("rb") as file, np.load(file) as content:
            largest = np.asarray(content["largest"], dtype=float)
    except (OSError, ValueError, KeyError, BadZipFile, EOFError):
        return None
    return largest if largest.shape == (SIZE,) else None


def _whole(path: Path) -> FloatArray:
    largest = _read(path)
    if largest is None:
        msg = f"{path} was made and cannot be read; is another process changing the folder?"
        raise CampaignError(msg)
    return largest
