"""Evidence and contexts from hand-made samples, for the tests of validators, tasks and models."""

from collections.abc import Sequence

import numpy as np

from genaug.contracts import Context, Evidence, Extractor, Task
from genaug.contracts.results import MemoryResults, Results
from genaug.data import (
    Funnel,
    Origin,
    Pool,
    Samples,
    SampleSpec,
    Selection,
    TestView,
    TrainView,
    ValidationView,
)
from genaug.data.samples import BoolArray, FloatArray
from genaug.hooks import Hook, open_hooks
from genaug.testing.companions import FlatExtractor, LabelTask, MemoryCheckpoint, MemoryFeatures


def evidence_of(
    spec: SampleSpec,
    views: tuple[Samples, Samples, Samples],
    pool: Samples,
    kept: BoolArray | None = None,
    task: Task | None = None,
) -> Evidence:
    """Return evidence whose candidates are of one request.

    Args:
        spec: of all samples.
        views: training, validation and test samples.
        pool: the candidates.
        kept: which of them a selector named "chosen" keeps, ``[N]``; None: all are kept, without a selector.
        task: None: `LabelTask`.
    """
    train, validation, test = views
    count = len(pool)
    funnel = Funnel.of(count)
    if kept is not None:
        funnel = funnel.then("chosen", Selection(kept, np.where(kept, "", "dropped")))
    return Evidence(
        TrainView(spec, train),
        ValidationView(spec, validation),
        TestView(spec, test),
        Pool(spec, pool, (Origin("generator", 0),), np.zeros(count, dtype=np.int64), np.arange(count)),
        funnel,
        task or LabelTask(),
    )


def context_of(
    evidence: Evidence,
    seed: int = 0,
    extractor: Extractor | None = None,
    results: Results | None = None,
    hooks: Sequence[Hook] = (),
) -> Context:
    """Return a context on the CPU.

    Args:
        evidence: spaces that need training learn its training view.
        seed: of the context.
        extractor: the pipeline's; None: the values are the features.
        results: None: they are in memory.
        hooks: observers.
    """
    return Context(
        seed,
        "cpu",
        open_hooks(hooks),
        extractor or FlatExtractor(),
        MemoryFeatures(evidence.train),
        MemoryCheckpoint(),
        results or MemoryResults(),
    )


def context_without_features(
    seed: int = 0, results: Results | None = None, hooks: Sequence[Hook] = ()
) -> Context:
    """Return a context on the CPU in which asking for features is an error."""

    def no_features(*_: object) -> FloatArray:
        raise AssertionError("no features are needed")

    return Context(
        seed,
        "cpu",
        open_hooks(hooks),
        FlatExtractor(),
        no_features,  # type: ignore[arg-type]
        MemoryCheckpoint(),
        results or MemoryResults(),
    )
