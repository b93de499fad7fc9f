"""The rounds of a strategy that asks again for what the selectors drop."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from genaug.contracts import Context, Generator, Rounds, Sampler, Selector, Strategy
from genaug.data import Pool, Request, TrainView
from genaug.data.json_files import write_json
from genaug.stages.requests import asked
from genaug.stages.select import kept_by
from genaug.stages.stage import StageContext


def next_requests(
    strategy: Strategy,
    generator: Generator,
    sampler: Sampler,
    selectors: tuple[Selector, ...],
    stage: StageContext,
    context: Context,
    load: Callable[[Path], Pool],
    number: int,
) -> list[Request]:
    """Return the requests that follow a number of rounds; none where these were the last ones.

    The selectors decide on all candidates so far, as their stages will decide on all of them in the end. What
    they keep of each class is written, so that a run that resumes does not select again.

    Args:
        strategy: one that repeats.
        generator: that the sampler belongs to.
        sampler: a fitted one.
        selectors: the chain.
        stage: `generate`.
        context: passed to the strategy and the selectors.
        load: returns the candidates in a folder.
        number: of rounds so far, 1 or more.
    """
    train: TrainView = stage.read("split").train
    path = stage.folder / f"round-{number:04d}.json"
    if not path.exists():
        pool = load(stage.folder)
        kept = pool.labels[kept_by(selectors, pool, train, context)]
        classes = train.spec.classes
        found = {
            "made": np.bincount(pool.labels, minlength=classes).tolist(),
            "kept": np.bincount(kept, minlength=classes).tolist(),
        }
        write_json(path, found)
        stage.hooks.noted(
            message=f"round {number}: selectors keep {len(kept):,} of {len(pool):,} candidates so far"
        )
    counts = json.loads(path.read_text(encoding="utf-8"))
    made, left = (np.array(counts[name], dtype=np.int64) for name in ("made", "kept"))
    return asked(strategy, generator, sampler, train, context, Rounds(number, made, left))
