"""The runs of a selector comparison: one pool, and an arm for each chain."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from genaug.components.component import Component
from genaug.components.identity import versions
from genaug.data import Funnel, Pool, Samples, SampleSpec
from genaug.data.comparison import EVERYTHING, Comparison
from genaug.execution.job import Job
from genaug.execution.local import LocalExecutor
from genaug.execution.lock import locked
from genaug.execution.record import RunRecord
from genaug.execution.store import STORE, Store
from genaug.experiments.outcomes import Outcomes
from genaug.experiments.runner import make
from genaug.experiments.runs import NOTHING_VARIED, Run
from genaug.experiments.selector_comparison import comparing
from genaug.experiments.selector_comparison.config import SelectorComparison
from genaug.stages import audit, choose, fit, generate, split
from genaug.stages.split import Views
from genaug.training.processes import process_rank

ARMS = "chains"
"""The folder of the arms' runs, in the output folder."""
POOL = ("audit", "split", "fit", "generate")
"""The stages that all arms share."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """The outcome of a selector comparison.

    Attributes:
        asked: the config.
        comparison: the result.
        record: of the run.
        views: of the split.
        pool: all candidates.
        funnels: the outcome of each candidate in each chain that did not fail.
    """

    asked: SelectorComparison
    comparison: Comparison
    record: RunRecord
    views: Views
    pool: Pool
    funnels: Mapping[str, Funnel]

    def picture_rows(self) -> Iterator[tuple[str, SampleSpec, Samples]]:
        """Yield real samples, the pool, and the candidates that each chain kept."""
        pool = self.pool
        yield "real", pool.spec, self.views.train.samples
        yield EVERYTHING, pool.spec, pool.samples
        for name, funnel in self.funnels.items():
            yield name, pool.spec, pool.take(np.flatnonzero(funnel.kept)).samples


def compare(
    asked: SelectorComparison, folder: Path, jobs: int = 1, say: Callable[[str], None] = lambda line: None
) -> Outcome | None:
    """Run a selector comparison; finished stages in the output folder are reused.

    A chain that failed is tried again. Returns None in a process that only took part in the fit.

    Args:
        asked: the config.
        folder: the output folder.
        jobs: chains that select in parallel; with more than one, each has its own process.
        say: called with each line of progress on the chains.

    Raises:
        GenaugError: for errors that the user can fix, except those of single chains.
    """
    arms = planned(asked, folder)
    execute = partial(make, arms, jobs, say, sources=[folder], isolated=False)
    whole, store = _job(asked, arms, execute), Store(folder / STORE)
    if process_rank() == 0:
        with locked(folder):
            last = store.find(comparing.COMPARE, whole.fingerprints[comparing.COMPARE])
            if last is not None and (last.folder / comparing.FAILED).exists():
                shutil.rmtree(last.folder)
    record = LocalExecutor().run(whole, folder)
    if record.status != "finished":
        return None
    made: dict[str, Any] = {}
    for stage in whole.stages:
        artifact = store.find(stage.name, whole.fingerprints[stage.name])
        assert artifact is not None, f"{stage.name} is recorded in {folder} but does not exist"
        made[stage.name] = stage.read(artifact.folder)
    funnels = {one.run.arm: one.funnel for one in Outcomes.of(arms).finished}
    return Outcome(asked, made[comparing.COMPARE], record, made["split"], made["generate"], funnels)


def planned(asked: SelectorComparison, folder: Path) -> list[Run]:
    """Return the runs of the chains: the pipeline with the chain as its selectors, and nothing after them."""
    nothing: dict[str, Any] = {"validators": (), "exporters": ()}
    pipelines = {
        name: asked.pipeline.model_copy(update={"selectors": chain, **nothing})
        for name, chain in asked.chains.items()
    }
    return [
        Run(name, NOTHING_VARIED, one.seed, one.config(), one, folder / ARMS, POOL)
        for name, one in pipelines.items()
    ]


def _job(asked: SelectorComparison, arms: list[Run], execute: Callable[[], object]) -> Job:
    pipeline, protocol = asked.pipeline, asked.protocol
    parts: list[Component] = [
        *(pipeline.source, pipeline.generator, pipeline.strategy, pipeline.task, pipeline.extractor),
        *(one for chain in asked.chains.values() for one in chain),
        protocol,
    ]
    return Job(
        stages=[
            audit.stage(pipeline.source),
            comparing.usable_stage(asked),
            split.stage(pipeline.split, pipeline.seed),
            *choose.stages(pipeline.task),
            fit.stage(pipeline.generator),
            generate.stage(pipeline.generator, pipeline.strategy, pipeline.task),
            comparing.stage(asked, arms, execute),
        ],
        seed=pipeline.seed,
        split=pipeline.split,
        device=pipeline.device,
        threads=pipeline.threads,
        components=(pipeline.generator, pipeline.strategy, pipeline.task, protocol),
        extractor=pipeline.extractor,
        exporters=(),
        hooks=pipeline.hooks,
        config=asked.model_dump(mode="json"),
        versions=versions(parts),
    )
