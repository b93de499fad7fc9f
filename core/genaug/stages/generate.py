"""The stage `generate`: the sampler makes the samples that the strategy requests."""

import json
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from genaug.components.component import Component
from genaug.contracts import Generator, Strategy, StrategyPlace, Task
from genaug.contracts.capabilities import unknown_capabilities
from genaug.data import Origin, Pool, SampleSpec
from genaug.data.acceptance import BAD_AT_MOST, Tally
from genaug.data.json_files import write_json
from genaug.data.pool_files import load_pool, read_tally, save_shard
from genaug.data.resampling import at_spec
from genaug.errors import DataError, PluginFailed
from genaug.stages.confusion import confusion_of, refuse_undeclared
from genaug.stages.guarded_sampler import GuardedSampler
from genaug.stages.making import Made, make
from genaug.stages.parts import load_part, part_folder, save_part, saved_parts
from genaug.stages.requests import asked, chunks
from genaug.stages.samplers import check_sampler
from genaug.stages.sources import TrainingSamples
from genaug.stages.stage import Stage, StageContext

SHARD = 4096
"""Candidates of a shard at least, before the next one begins."""
SAVE_SECONDS = 60.0
"""Seconds after which the finished part of a shard is saved: a kill costs at most that work."""
EARLY = 16
"""Samples that must have been made before a run stops because too many of them are invalid."""


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


def stage(generator: Generator, strategy: Strategy, task: Task) -> Stage:
    """Return the stage that makes the pool; after a kill it resumes behind the last saved chunk.

    The pool depends on the task where the strategy declares that it reads the task's confusion.
    """
    components: dict[str, Component] = {"generator": generator, "strategy": strategy}
    return Stage(
        "generate",
        components | ({"task": task} if strategy.reads_confusion else {}),
        {},
        ("split", "fit"),
        lambda stage: _work(generator, strategy, task, stage),
        read,
        keep_partial=True,
    )


def _work(generator: Generator, strategy: Strategy, task: Task, stage: StageContext) -> None:
    context, train = stage.context, stage.read("split").train
    sampler = check_sampler(stage.read("fit").sampler(context), generator, train.spec)
    confused = (
        partial(confusion_of, task, train, context)
        if strategy.reads_confusion
        else partial(refuse_undeclared, strategy)
    )
    requests = asked(strategy, generator, sampler, train, replace(context, confused=confused))
    if not requests:
        raise DataError(
            f"the strategy {strategy.name!r} asks for nothing: every class has what it wants already. "
            "Ask for more"
        )
    origins = list(chunks(requests, sampler.chunk_size, stage.fingerprint("fit"), context.seed))
    write_json(stage.folder / "spec.json", train.spec.model_dump(mode="json"))
    write_json(stage.folder / "native.json", sampler.spec.model_dump(mode="json"))
    pool = _Shards(stage, train.spec, origins, GuardedSampler(sampler, generator), TrainingSamples(train))
    tally = pool.make()
    notes = [f"generator {generator.name!r}: {note}" for note in tally.notes(sampler.spec)]
    for note in notes:
        stage.hooks.warned(message=note)
    write_json(stage.folder / "notes.json", notes)


class _Shards:
    """The making of a pool, shard by shard; existing shards are kept.

    Args:
        stage: its folder and hooks.
        spec: of the real data.
        origins: all chunks to make.
        sampler: makes the samples.
        training: the samples that requests start from.
    """

    def __init__(
        self,
        stage: StageContext,
        spec: SampleSpec,
        origins: Sequence[Origin],
        sampler: GuardedSampler,
        training: TrainingSamples,
    ) -> None:
        self._folder = stage.folder
        self._hooks = stage.hooks
        self._spec = spec
        self._origins = tuple(origins)
        self._sampler = sampler
        self._training = training
        self._total = sum(origin.count for origin in origins)
        self._done = 0
        self._tally = Tally()
        self._scores: list[str] | None = None
        self._warned = False

    def make(self) -> Tally:
        """Make all shards; return the counts of invalid samples."""
        self._progressed(0)
        for index, numbers in enumerate(_shards(self._origins)):
            path = self._folder / f"pool-{index:05d}.parquet"
            if path.exists():
                self._resume(read_tally(path))
            else:
                self._save(self._shard(path.stem, numbers), path)
                for part in saved_parts(self._folder, path.stem):
                    shutil.rmtree(part)
        return self._tally

    def _shard(self, stem: str, numbers: range) -> Made:
        """Make the samples of a shard, and save finished parts on the way."""
        made = [load_part(folder, self._sampler.spec) for folder in saved_parts(self._folder, stem)]
        for part in made:
            self._resume(part.tally)
        fresh: list[Made] = []
        saved = time.monotonic()
        for number in numbers[sum(part.chunks for part in made) :]:
            began = time.monotonic()
            fresh.append(make(self._origins[number], number, self._sampler, self._training, self._progressed))
            self._tally += fresh[-1].tally
            self._refuse_bad()
            self._warn_of_slow_chunks(fresh[-1].tally.made, time.monotonic() - began)
            if time.monotonic() - saved > SAVE_SECONDS:
                made.append(Made.join(fresh))
                save_part(made[-1], part_folder(self._folder, stem, len(made)), self._sampler.spec)
                fresh, saved = [], time.monotonic()
        return Made.join([*made, *fresh])

    def _save(self, made: Made, path: Path) -> None:
        """Write a finished shard."""
        native, view = self._sampler.spec, made.samples
        if native.shape != self._spec.shape:
            view = replace(view, values=at_spec(view.values, native, self._spec))
        scores = self._sampler.scores(made.samples)
        if self._scores is not None and sorted(scores) != self._scores:
            raise PluginFailed(
                f"the sampler of the {self._sampler.owner} scored {self._scores} at first, and then "
                f"{sorted(scores)}: it must give the same scores for all samples"
            )
        self._scores = sorted(scores)
        pool = Pool(self._spec, view, self._origins, made.origin, made.position, scores, made.samples, native)
        save_shard(pool, path, made.tally)

    def _resume(self, tally: Tally) -> None:
        self._tally += tally
        self._progressed(tally.made)

    def _progressed(self, count: int) -> None:
        self._done += count
        self._hooks.progressed(task="generate", done=self._done, total=self._total)

    def _refuse_bad(self) -> None:
        bad, made = self._tally.bad, self._tally.made
        if bad > BAD_AT_MOST * self._total or (made >= EARLY and bad > made / 2):
            raise PluginFailed(
                f"the sampler of the {self._sampler.owner} made samples that cannot be used: "
                f"{self._tally.what_is_wrong(self._sampler.spec)}. Up to {BAD_AT_MOST:.0%} of all are left "
                "out with a warning, more are not"
            )

    def _warn_of_slow_chunks(self, count: int, seconds: float) -> None:
        if seconds > SAVE_SECONDS and not self._warned:
            self._warned = True
            self._hooks.warned(
                message=f"the sampler of the {self._sampler.owner} took {seconds:.0f} s for a chunk of "
                f"{count} samples, and a killed run repeats the chunk it was in: lower its `chunk_size`"
            )


def _shards(origins: Sequence[Origin]) -> Iterator[range]:
    """Yield the numbers of the chunks that share a shard."""
    first, count = 0, 0
    for number, origin in enumerate(origins):
        count += origin.count
        if count >= SHARD or number == len(origins) - 1:
            yield range(first, number + 1)
            first, count = number + 1, 0


def read(folder: Path) -> Pool:
    """Read the artifact; values stay on disk until they are used."""
    spec, native = (
        SampleSpec.model_validate_json((folder / name).read_text(encoding="utf-8"))
        for name in ("spec.json", "native.json")
    )
    notes = json.loads((folder / "notes.json").read_text(encoding="utf-8"))
    return load_pool(sorted(folder.glob("pool-*.parquet")), spec, native, tuple(notes))
