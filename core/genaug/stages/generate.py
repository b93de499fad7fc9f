"""The stage `generate`: the sampler makes the samples that the strategy requests."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genaug.components.component import Component
from genaug.contracts import Context, Generator, Sampler, Selector, Strategy, StrategyPlace, Task
from genaug.contracts.capabilities import unknown_capabilities
from genaug.data import Origin, Pool, Request, SampleSpec, TrainView
from genaug.data.json_files import write_json
from genaug.data.pool_files import load_pool
from genaug.errors import DataError
from genaug.stages import choose
from genaug.stages.confusion import confusion_of, refuse_undeclared
from genaug.stages.guarded_sampler import GuardedSampler
from genaug.stages.requests import RequestRefused, asked, chunks, complete_options
from genaug.stages.rounds import next_requests
from genaug.stages.samplers import check_sampler
from genaug.stages.shards import Shards
from genaug.stages.sources import TrainingSamples
from genaug.stages.split import Views
from genaug.stages.stage import Stage, StageContext, labelled

Ids = NDArray[np.str_]


def check_place(strategy: Strategy, generator: Generator, task: Task) -> None:
    """Check that a generator and a task can serve a strategy, before anything is learned.

    Raises:
        ValueError: where it cannot, or where the generator states capabilities that do not exist.
    """
    if wrong := unknown_capabilities(generator.given_capabilities):
        raise ValueError(f"the generator {generator.name!r} states `given_capabilities` wrongly: {wrong}")
    strategy.check_place(
        StrategyPlace(
            generator.name, generator.given_capabilities, generator.given_options, task.name, task.predicts
        )
    )
    for options in strategy.requested_options():
        try:
            complete_options(options, generator.given_options)
        except RequestRefused as error:
            raise ValueError(
                f"the strategy {strategy.name!r} asks the generator {generator.name!r} for {error}: choose "
                "another generator or another strategy, or change its settings"
            ) from error


def stage(
    generator: Generator, strategy: Strategy, task: Task, selectors: tuple[Selector, ...] = ()
) -> Stage:
    """Return the stage that makes the pool; after a kill it resumes behind the last saved chunk.

    The pool depends on the task where the strategy declares that it reads the task's confusion, and on the
    selectors where it asks again for what they drop (`Strategy.repeats`).
    """
    until = selectors if strategy.repeats else ()
    components: dict[str, Component] = {"generator": generator, "strategy": strategy}
    components |= {f"selector.{label}": selector for label, selector in labelled(until)}
    return Stage(
        "generate",
        components | ({"task": task} if strategy.reads_confusion else {}),
        {},
        ("split", "fit", *(choose.inputs(task) if strategy.reads_confusion else ())),
        lambda stage: _work(generator, strategy, task, until, stage),
        read,
        keep_partial=True,
    )


def _work(
    generator: Generator, strategy: Strategy, task: Task, until: tuple[Selector, ...], stage: StageContext
) -> None:
    context, train = strategy_context(strategy, task, stage), stage.read("split").train
    sampler = check_sampler(stage.read("fit").sampler(context), generator, train.spec)
    requests = asked(strategy, generator, sampler, train, context)
    if not requests:
        raise DataError(
            f"the strategy {strategy.name!r} asks for nothing: every class has what it wants already. "
            "Ask for more"
        )
    further = partial(next_requests, strategy, generator, sampler, until, stage, context, _pool)
    make_pool(
        requests, sampler, generator, stage, context.seed, further=further if strategy.repeats else None
    )
    if "finite" in sampler.capabilities:
        refuse_held_out(read(stage.folder).ids, view_ids(stage.read("split")), generator)


def strategy_context(strategy: Strategy, task: Task | None, stage: StageContext) -> Context:
    """Return the context of a strategy, with the task's confusion where it reads it.

    Args:
        strategy: makes the requests.
        task: of the pipeline; None where the strategy does not read the confusion.
        stage: `generate`.
    """
    context, train = stage.context, stage.read("split").train
    if task is None or not strategy.reads_confusion:
        return replace(context, confused=partial(refuse_undeclared, strategy))
    return replace(context, confused=partial(confusion_of, choose.chosen(task, train, stage), train, context))


def refuse_held_out(ids: Ids, views: Mapping[str, Ids], generator: Generator) -> None:
    """Refuse candidates from elsewhere that are validation or test samples: scores would mean nothing.

    Where training samples repeat one another, values are few, and equal samples may be equal by chance.

    Args:
        ids: content ids of the candidates.
        views: content ids of the samples of each view.
        generator: that returns the candidates.

    Raises:
        DataError: naming how many there are, and what to do.
    """
    if len(np.unique(views["train"])) < len(views["train"]):
        return
    counts = {name: int(np.isin(ids, views[name]).sum()) for name in ("validation", "test")}
    if any(counts.values()):
        raise DataError(
            f"of the {len(ids):,} candidates of the generator {generator.name!r}, "
            f"{counts['validation']:,} are samples of the validation view and {counts['test']:,} of the test "
            "view, to the bit: what they are worth cannot be measured on these. Take the real samples out of "
            "the candidates, or give only those as data that the candidates do not contain"
        )


def view_ids(views: Views) -> dict[str, Ids]:
    """Return the content ids of the samples of each view."""
    return {
        "train": views.train.samples.ids,
        "validation": views.validation.samples.ids,
        "test": views.test.samples.ids,
    }


def make_pool(
    requests: Sequence[Request],
    sampler: Sampler,
    generator: Generator,
    stage: StageContext,
    seed: int,
    first: int = 0,
    further: Callable[[int], list[Request]] | None = None,
) -> None:
    """Make the samples of checked requests, and write the pool into the stage's folder.

    Args:
        requests: with complete options.
        sampler: a fitted one.
        generator: that it belongs to.
        stage: reads the views and the fit.
        seed: of the stage `generate`.
        first: number of the first request; see `chunks`.
        further: returns the requests that follow a number of rounds; None: there is one round.
    """
    train: TrainView = stage.read("split").train
    write_json(stage.folder / "spec.json", train.spec.model_dump(mode="json"))
    write_json(stage.folder / "native.json", sampler.spec.model_dump(mode="json"))
    guarded = GuardedSampler(sampler, generator)
    training, origins, ends = TrainingSamples(train), list[Origin](), list[int]()
    while requests:
        origins += chunks(requests, sampler.chunk_size, stage.fingerprint("fit"), seed, first)
        first += len(requests)
        ends.append(len(origins) - 1)
        tally = Shards(stage, train.spec, origins, guarded, training, ends).make()
        requests = () if further is None else further(len(ends))
    notes = [f"generator {generator.name!r}: {note}" for note in tally.notes(sampler.spec)]
    for note in notes:
        stage.hooks.warned(message=note)
    write_json(stage.folder / "notes.json", notes)


def read(folder: Path) -> Pool:
    """Read the artifact; values stay on disk until they are used."""
    return _pool(folder, tuple(json.loads((folder / "notes.json").read_text(encoding="utf-8"))))


def _pool(folder: Path, notes: tuple[str, ...] = ()) -> Pool:
    """Return the candidates that are in the stage's folder."""
    spec, native = (
        SampleSpec.model_validate_json((folder / name).read_text(encoding="utf-8"))
        for name in ("spec.json", "native.json")
    )
    return load_pool(sorted(folder.glob("pool-*.parquet")), spec, native, notes)
