"""Execution of selector comparisons."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genaug.components.component import Component
from genaug.components.identity import versions
from genaug.data import Funnel, Pool
from genaug.data.comparison import Comparison
from genaug.execution import local
from genaug.execution.job import Job
from genaug.execution.record import RunRecord
from genaug.execution.store import Store, locked
from genaug.experiments.selector_comparison import chains as chain_stages
from genaug.experiments.selector_comparison import comparing
from genaug.experiments.selector_comparison.chains import FAILURE, Failed
from genaug.experiments.selector_comparison.config import SelectorComparison
from genaug.stages import audit, fit, generate, split
from genaug.stages.split import Views
from genaug.training.processes import process_rank

TRACES = "failures.txt"
"""File with the tracebacks of failed chains."""


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


def job(asked: SelectorComparison) -> Job:
    """Return the job of a selector comparison.

    Raises:
        DataError: where the source's data is not there.
    """
    return _planned(asked)[0]


def compare(asked: SelectorComparison, folder: Path) -> Outcome | None:
    """Run a selector comparison; finished stages in the output folder are reused.

    A chain that failed is tried again. Returns None in a process that only took part in the fit.

    Raises:
        GenaugError: for errors that the user can fix, except those of single chains.
    """
    planned, last = _planned(asked)
    if process_rank() == 0:
        _forget_failures(planned, folder)
    record = local.run(planned, folder)
    if record.status != "finished":
        return None
    made = {stage.name: _made(planned, stage.name, folder) for stage in planned.stages}
    read = {name: next(stage for stage in planned.stages if stage.name == name).read for name in made}
    ends = {chain: read[stage](made[stage]) for chain, stage in last.items()}
    _trace(ends, folder / TRACES)
    return Outcome(
        asked,
        read[comparing.COMPARE](made[comparing.COMPARE]),
        record,
        read["split"](made["split"]),
        read["generate"](made["generate"]),
        {chain: funnel for chain, funnel in ends.items() if isinstance(funnel, Funnel)},
    )


def _planned(asked: SelectorComparison) -> tuple[Job, dict[str, str]]:
    """Return the job, and the last stage of each chain."""
    pipeline, protocol = asked.pipeline, asked.protocol
    of_chain = {
        name: list(chain_stages.stages(name, selectors, pipeline.extractor, pipeline.if_class_empty))
        for name, selectors in asked.chains.items()
    }
    last = {name: made[-1].name for name, made in of_chain.items()}
    parts: list[Component] = [
        *(pipeline.source, pipeline.generator, pipeline.strategy, pipeline.task, pipeline.extractor),
        *(one for chain in asked.chains.values() for one in chain),
        protocol,
    ]
    stages = [
        audit.stage(pipeline.source),
        chain_stages.usable_stage(asked.chains, pipeline.extractor),
        split.stage(pipeline.split, pipeline.seed),
        fit.stage(pipeline.generator),
        generate.stage(pipeline.generator, pipeline.strategy),
        *(stage for made in of_chain.values() for stage in made),
        comparing.stage(protocol, asked.chains, last, pipeline.task, pipeline.extractor),
    ]
    planned = Job(
        stages=stages,
        seed=pipeline.seed,
        device=pipeline.device,
        threads=pipeline.threads,
        components=(pipeline.generator, pipeline.strategy, pipeline.task, protocol),
        extractor=pipeline.extractor,
        exporters=(),
        hooks=pipeline.hooks,
        config=asked.model_dump(mode="json"),
        versions=versions(parts),
    )
    return planned, last


def _forget_failures(planned: Job, folder: Path) -> None:
    """Remove the artifacts that lack a chain, so that they are made again."""
    with locked(folder):
        for stage in planned.stages:
            artifact = Store(folder / "store").find(stage.name, planned.fingerprints[stage.name])
            if artifact is not None and (artifact.folder / FAILURE).exists():
                shutil.rmtree(artifact.folder)


def _made(planned: Job, stage: str, folder: Path) -> Path:
    artifact = Store(folder / "store").find(stage, planned.fingerprints[stage])
    assert artifact is not None, f"{stage} is recorded in {folder} but does not exist"
    return artifact.folder


def _trace(ends: Mapping[str, Any], path: Path) -> None:
    traces = [f"{chain}\n{end.trace}" for chain, end in ends.items() if isinstance(end, Failed) and end.trace]
    if traces:
        path.write_text("\n".join(traces), encoding="utf-8")
    else:
        path.unlink(missing_ok=True)
