"""Stand-ins for the artifacts of stages that were stopped in a trial, so that the next ones have input."""

from dataclasses import replace
from typing import cast

import numpy as np

from genaug.contracts import Generator, Selector, Strategy, Task, Validator
from genaug.data import Funnel, Pool
from genaug.data.findings import Findings
from genaug.data.funnel_files import save_funnel
from genaug.execution.run_state import RunState
from genaug.execution.stage_context import RunStageContext
from genaug.stages import fit, generate
from genaug.stages.facts import facts
from genaug.stages.requests import asked
from genaug.stages.stage import Stage, StageContext


def stand_in_fit(stage: Stage, state: RunState) -> bool:
    """Write a fit that has hardly learned anything; return false where the generator cannot be shortened."""
    shortened = cast(Generator, stage.components["generator"]).shortened()
    if shortened is None:
        return False
    _write(fit.stage(shortened), stage, state)
    return True


def stand_in_pool(stage: Stage, state: RunState, share: float) -> None:
    """Write a pool of this share of the samples of each request."""
    generator = cast(Generator, stage.components["generator"])
    strategy = cast(Strategy, stage.components["strategy"])

    def work(context: StageContext) -> None:
        train = context.read("split").train
        sampler = context.read("fit").sampler(context.context)
        task = cast(Task | None, stage.components.get("task"))
        own = generate.strategy_context(strategy, task, context)
        requests = asked(strategy, generator, sampler, train, own)
        fewer = [request.part(0, max(1, int(request.count * share))) for request in requests]
        generate.make_pool(fewer, sampler, generator, context, context.context.seed)

    _write(replace(stage, work=work, keep_partial=False), stage, state)


def stand_in_selection(stage: Stage, state: RunState) -> None:
    """Write a selection of the most candidates that the selector can keep, the first ones of each class."""
    own = state.read(stage.name) if state.artifacts.get(stage.name) else None
    pool: Pool = state.read(stage.inputs[1])
    earlier: Funnel = state.read(stage.inputs[2]) if len(stage.inputs) > 2 else Funnel.of(len(pool))
    views = state.read("split").record["views"]
    known = facts(state.read("audit").dataset, state.job.split, state.job.seed, views)
    counts = np.bincount(pool.labels[earlier.kept], minlength=pool.spec.classes).astype(np.int64)
    most = cast(Selector, stage.components["selector"]).most_kept(known.with_candidates(counts))
    kept = earlier.kept.copy()
    for label, limit in enumerate(counts if most is None else most):
        kept[np.flatnonzero(kept & (pool.labels == label))[int(limit) :]] = False
    scores = {} if own is None else {name: np.nan_to_num(column) for name, column in own.scores.items()}
    funnel = replace(Funnel.of(len(pool)), kept=kept, scores={**earlier.scores, **scores})
    state.forget(stage.name)
    _write(replace(stage, work=lambda context: save_funnel(funnel, context.folder)), stage, state)


def stand_in_findings(stage: Stage, state: RunState) -> None:
    """Write findings without any."""
    found = Findings(validator=cast(Validator, stage.components["validator"]).name)

    def work(context: StageContext) -> None:
        (context.folder / "findings.json").write_text(found.model_dump_json(), encoding="utf-8")

    _write(replace(stage, work=work), stage, state)


def _write(stand_in: Stage, stage: Stage, state: RunState) -> None:
    """Write the artifact of a stage by the work of another one."""
    with state.store.create(stage.name, state.job.fingerprints[stage.name]) as partial:
        stand_in.work(RunStageContext(stage, state, partial))
    state.find(stage.name)
