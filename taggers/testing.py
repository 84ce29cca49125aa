"""The conformance suite: what every tagger must do, for authors of taggers to run on theirs.

In a test of your own:

    from dijethunt.taggers.testing import CHECKS

    @pytest.mark.parametrize("check", CHECKS)
    def test_conformance(check):
        check(MyTagger)

Each check takes a function that makes the tagger, such as its class, and optionally a function that makes toy events
(`toy` by default) for taggers with inputs that no toy here can imitate. A violation raises ``ConformanceError``.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import cache, lru_cache
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from ..datasets.column import TRUTH
from ..datasets.table import Array, FeatureTable, chunks, concatenate
from ..datasets.window import OUTSIDE
from . import store
from .base import Run, Sample, Tagger, Traits
from .blind import check_inputs, inputs_of, view
from .crossfit import CrossFit
from .division import PRIOR
from .error import ConformanceError, NotFittedError
from .metric import auc
from .spy import Spy, each, require, tables_of
from .toy import WINDOW, toy

Make = Callable[[], Tagger]
Toy = Callable[[frozenset[str], int, int, int], FeatureTable]

FLOOR = 0.7
RTOL = 1e-5
RUN = Run(seed=11)
N_BACKGROUND, N_SIGNAL = 4000, 200
_VALIDATION = {
    "data": "validation",
    "background": "background_validation",
    "signal": "signal_validation",
    "priors": "priors_validation",
}


def toy_sample(tagger: Tagger, make_toy: Toy = toy, seed: int = 1) -> Sample:
    """Draw every kind of sample that a tagger declares, whole, with truth, as `CrossFit` takes it."""
    declared = tagger.traits.trains_on
    return Sample(
        data=make_toy(tagger.inputs, N_BACKGROUND, N_SIGNAL, seed),
        background=make_toy(tagger.inputs, N_BACKGROUND, 0, seed + 1) if "background" in declared else None,
        signal=make_toy(tagger.inputs, 0, N_BACKGROUND, seed + 2) if "signal" in declared else None,
        priors=_two(make_toy(tagger.inputs, 0, N_BACKGROUND, seed + 4)) if "priors" in declared else None,
        window=WINDOW,
        deta_sideband=make_toy(tagger.inputs, N_BACKGROUND, 0, seed + 3)
        if tagger.traits.region == "deta_sideband"
        else None,
    )


def check_declarations(make: Make, make_toy: Toy = toy) -> None:  # noqa: ARG001
    """Check that name, traits, inputs and hyperparameters are of the right kind, and inputs hold no truth."""
    tagger = make()
    require(bool(getattr(tagger, "name", "")), f"{type(tagger).__name__} has no name")
    require(isinstance(tagger.traits, Traits), f"{tagger.name}: traits is {tagger.traits!r}, not Traits")
    require(isinstance(tagger.inputs, frozenset), f"{tagger.name}: inputs is not a frozenset of names")
    require(bool(tagger.inputs), f"{tagger.name}: inputs is empty; list at least 'event', to count by")
    check_inputs(tagger)
    parameters = json.loads(json.dumps(tagger.parameters, allow_nan=False))
    require(parameters == tagger.parameters, f"{tagger.name}: JSON cannot hold the hyperparameters")


def check_error_before_fit(make: Make, make_toy: Toy = toy) -> None:
    """Check that a tagger that trains raises ``NotFittedError`` for a score asked before, and that fit leaves it so."""
    tagger = make()
    if not tagger.traits.trains_on:
        return
    table = _test_table(tagger, make_toy)
    _fit(tagger, make_toy)
    try:
        tagger.score(table)
    except NotFittedError:
        return
    raise ConformanceError(
        f"{tagger.name}: score before fit must raise NotFittedError; fit must return a new tagger"
    )


def check_scores(make: Make, make_toy: Toy = toy) -> None:
    """Check that there is one finite score per event, also for no event at all."""
    fitted = _fitted(make, make_toy)
    table = _test_table(fitted, make_toy)
    scores = fitted.score(table)
    require(
        scores.shape == (len(table),),
        f"{fitted.name}: scores of {len(table)} events have shape {scores.shape}",
    )
    require(
        bool(np.isfinite(scores).all()),
        f"{fitted.name}: {np.sum(~np.isfinite(scores))} scores are not finite",
    )
    require(
        fitted.score(table.where(np.arange(0))).shape == (0,),
        f"{fitted.name}: no score of shape (0,) for no event",
    )


def check_learns(make: Make, make_toy: Toy = toy) -> None:
    """Check that a tagger that trains finds the signal of the toy, by the area under its ROC curve."""
    tagger = make()
    if not tagger.traits.trains_on:
        return
    model = CrossFit(tagger, seed=3, folds=2, members=1).fit(toy_sample(tagger, make_toy))
    table = make_toy(tagger.inputs, N_BACKGROUND, N_BACKGROUND, 7)
    area = auc(model.score(table), table[TRUTH])
    require(
        area > FLOOR,
        f"{tagger.name}: area under the ROC curve on the toy is {area:.3f}; at least {FLOOR} is needed",
    )


def check_same_seed(make: Make, make_toy: Toy = toy) -> None:
    """Check that the same seed gives exactly the same scores."""
    first, second = _fitted(make, make_toy), _fit(make(), make_toy)
    table = _test_table(first, make_toy)
    _same(first.score(table), second.score(table), f"{first.name}: two trainings with the same seed")


def check_truth_unused(make: Make, make_toy: Toy = toy) -> None:
    """Check that a column truth in the tables, right or permuted, changes nothing."""
    tagger = make()
    table = _test_table(tagger, make_toy)
    reference = _fitted(make, make_toy).score(table)
    labelled = _part(tagger, toy_sample(tagger, make_toy), _view_with_truth)
    for part in (labelled, each(labelled, _permute_truth)):
        scores = tagger.fit(part, RUN).score(table.with_columns(truth=np.ones(len(table))))
        _same(scores, reference, f"{tagger.name}: trainings with and without a column truth")


def check_chunks(make: Make, make_toy: Toy = toy) -> None:
    """Check that the score of an event does not depend on the other events of the table."""
    fitted = _fitted(make, make_toy)
    table = _test_table(fitted, make_toy)
    whole = fitted.score(table)
    pieces = np.concatenate([fitted.score(piece) for piece in chunks(table, 997)])
    back = fitted.score(table.where(np.arange(len(table))[::-1]))[::-1]
    for scores, how in ((pieces, "in pieces"), (back, "in reverse order")):
        close = np.allclose(scores, whole, rtol=RTOL, atol=0)
        require(close, f"{fitted.name}: scores of the whole table and {how} differ")


def check_save(make: Make, make_toy: Toy = toy) -> None:
    """Check that a tagger saved and loaded gives exactly the same scores and has the same history."""
    fitted = _fitted(make, make_toy)
    table = _test_table(fitted, make_toy)
    with TemporaryDirectory() as folder:
        store.save(Path(folder), fitted, store.Training(seed=RUN.seed))
        loaded = make().restore(store.read(folder, "tagger")[1])
    _same(loaded.score(table), fitted.score(table), f"{fitted.name}: scores before saving and after loading")
    require(set(loaded.history) == set(fitted.history), f"{fitted.name}: the history is lost by saving")


def check_worker(make: Make, make_toy: Toy = toy) -> None:
    """Check that a trained tagger can be sent to another process and scores the same there."""
    fitted = _fitted(make, make_toy)
    table = _test_table(fitted, make_toy)
    try:
        pickle.dumps(fitted)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise ConformanceError(f"{fitted.name}: cannot be sent to another process: {error}") from error
    try:
        there = worker().submit(fitted.score, table).result()
    except BrokenProcessPool as error:
        worker.cache_clear()
        raise ConformanceError(f"{fitted.name}: another process cannot receive it: {error}") from error
    _same(there, fitted.score(table), f"{fitted.name}: scores here and in another process")


def check_crossfit(make: Make, make_toy: Toy = toy) -> None:
    """Check that, cross-fitted, it sees only what it declares and never scores an event that it was trained on."""
    tagger = make()
    sample = toy_sample(tagger, make_toy)
    model = CrossFit(Spy(tagger=tagger), seed=3, folds=2, members=2).fit(sample)
    given = sample.data, sample.background, sample.signal, sample.priors
    tables = [table for table in given if table is not None]
    scores = model.score(concatenate([table.only(sample.data.columns) for table in tables]))
    require(bool(np.isfinite(scores).all()), f"{tagger.name}: cross-fitted scores are not all finite")


CHECKS: tuple[Callable[..., None], ...] = (
    check_declarations,
    check_error_before_fit,
    check_scores,
    check_learns,
    check_same_seed,
    check_truth_unused,
    check_chunks,
    check_save,
    check_worker,
    check_crossfit,
)


def check_tagger(make: Make, make_toy: Toy = toy) -> None:
    """Run all checks on the taggers that ``make`` makes; ``ConformanceError`` at the first violation."""
    for check in CHECKS:
        check(make, make_toy)


@lru_cache(maxsize=1)
def _fitted(make: Make, make_toy: Toy) -> Tagger:
    return _fit(make(), make_toy)


@cache
def worker() -> ProcessPoolExecutor:
    """Return the process that trained taggers are sent to, the same one for all checks."""
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"))


def _fit(tagger: Tagger, make_toy: Toy) -> Tagger:
    return tagger.fit(_part(tagger, toy_sample(tagger, make_toy), _view), RUN)


def _part(tagger: Tagger, sample: Sample, show: Callable[[FeatureTable, Tagger], FeatureTable]) -> Sample:
    """Set a quarter of every table aside for validation, and show of each what a tagger may see."""
    whole = tables_of(sample)
    validated = {name: table.fold(4, "conformance") == 0 for name, table in whole.items()}
    trained: dict[str, Any] = {name: table.where(~validated[name]) for name, table in whole.items()}
    aside: dict[str, Any] = {_VALIDATION[name]: table.where(validated[name]) for name, table in whole.items()}
    return each(replace(sample, **trained, **aside), lambda table: show(table, tagger))


def _two(priors: FeatureTable) -> FeatureTable:
    """Call every other event one of a second signal."""
    return priors.with_columns(**{PRIOR: (np.arange(len(priors)) % 2).astype(np.int8)})


def _view(table: FeatureTable, tagger: Tagger) -> FeatureTable:
    return view(table, tagger, WINDOW)


def _view_with_truth(table: FeatureTable, tagger: Tagger) -> FeatureTable:
    inside = table.where(WINDOW.region(table["mjj"]) != OUTSIDE) if tagger.traits.window else table
    return _view(inside, tagger).with_columns(truth=inside[TRUTH])


def _permute_truth(table: FeatureTable) -> FeatureTable:
    return table.with_columns(truth=np.random.default_rng(5).permutation(table[TRUTH]))


def _test_table(tagger: Tagger, make_toy: Toy) -> FeatureTable:
    return inputs_of(make_toy(tagger.inputs, N_BACKGROUND, N_SIGNAL, 9), tagger)


def _same(scores: Array, reference: Array, what: str) -> None:
    require(np.array_equal(scores, reference), f"{what} give different scores")
