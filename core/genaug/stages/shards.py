"""The shards of a pool: made chunk by chunk, and saved so that little work is lost by a kill."""

import json
import shutil
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genaug.contracts.progress import Progress
from genaug.data import Origin, Pool, SampleSpec
from genaug.data.acceptance import BAD_AT_MOST, Tally
from genaug.data.pool_files import read_tally, save_shard
from genaug.data.resampling import at_spec
from genaug.errors import PluginFailed
from genaug.stages.guarded_sampler import GuardedSampler
from genaug.stages.making import Made, make
from genaug.stages.parts import load_part, part_folder, save_part, saved_parts
from genaug.stages.sources import TrainingSamples
from genaug.stages.stage import StageContext

SHARD = 4096
"""Candidates of a shard at least, before the next one begins."""
SAVE_SECONDS = 60.0
"""Seconds after which the finished part of a shard is saved: a kill costs at most that work."""
EARLY = 16
"""Samples that must have been made before a run stops because too many of them are invalid."""

Chunk = tuple[int, Origin]
"""The number of a chunk, and what it is made from."""


class Shards:
    """The shards of a pool; existing shards, and saved parts of one, are kept.

    Args:
        stage: its folder, hooks and map.
        spec: of the real data.
        origins: all chunks to make.
        sampler: makes the samples.
        training: the samples that requests start from.
        ends: numbers of the chunks behind which a shard ends: the last one of each round.
    """

    def __init__(
        self,
        stage: StageContext,
        spec: SampleSpec,
        origins: Sequence[Origin],
        sampler: GuardedSampler,
        training: TrainingSamples,
        ends: Collection[int] = (),
    ) -> None:
        self._ends = frozenset((*ends, len(origins) - 1))
        self._stage = stage
        self._folder = stage.folder
        self._spec = spec
        self._origins = tuple(origins)
        self._sampler = sampler
        self._training = training
        self._total = sum(origin.count for origin in origins)
        self._progress = Progress(stage.hooks, "generate", self._total)
        self._tally = Tally()
        self._scores: list[str] | None = None
        self._warned = False

    def make(self) -> Tally:
        """Make all shards; return the counts of invalid samples."""
        shards = list(self._planned())
        kept = [
            tally
            for path, parts, _ in shards
            for tally in ([read_tally(path)] if path.exists() else [part.tally for part in parts])
        ]
        for tally in kept:
            self._tally += tally
        # What an earlier attempt has made is reported first, so that no estimate takes it for today's work.
        self._progress.arrived(self._tally.made)
        if not self._tally.made:
            self._progress.advance(0)
        chunks = [(number, self._origins[number]) for _, _, numbers in shards for number in numbers]
        call = partial(_timed, self._sampler, self._training, self._progress)
        # With the threads of the run: samples may depend on them, and their number is in the fingerprint.
        results = self._stage.context.map(call, chunks, len(chunks), threads=None)
        for path, parts, numbers in shards:
            if path.exists():
                continue
            self._save(self._shard(path.stem, parts, islice(results, len(numbers))), path)
            for folder in saved_parts(self._folder, path.stem):
                shutil.rmtree(folder)
        return self._tally

    def _planned(self) -> Iterator[tuple[Path, list[Made], range]]:
        """Yield each shard: its file, its saved parts, and the numbers of the chunks that are not made."""
        first, count, index = 0, 0, 0
        for number, origin in enumerate(self._origins):
            count += origin.count
            if count < SHARD and number not in self._ends:
                continue
            path = self._folder / f"pool-{index:05d}.parquet"
            if path.exists():
                yield path, [], range(0)
            else:
                folders = saved_parts(self._folder, path.stem)
                parts = [load_part(folder, self._sampler.spec) for folder in folders]
                yield path, parts, range(first + sum(part.chunks for part in parts), number + 1)
            first, count, index = number + 1, 0, index + 1

    def _shard(self, stem: str, parts: list[Made], results: Iterator[tuple[Made, float]]) -> Made:
        """Collect the samples of a shard, and save finished parts on the way."""
        made, fresh, saved = list(parts), list[Made](), time.monotonic()
        for chunk, seconds in results:
            fresh.append(chunk)
            self._count(chunk.tally)
            self._check(chunk.tally.made, seconds)
            if time.monotonic() - saved > SAVE_SECONDS:
                made.append(Made.join(fresh))
                save_part(made[-1], part_folder(self._folder, stem, len(made)), self._sampler.spec)
                fresh, saved = [], time.monotonic()
        return Made.join([*made, *fresh])

    def _count(self, tally: Tally) -> None:
        self._tally += tally
        self._progress.arrived(tally.made)

    def _check(self, count: int, seconds: float) -> None:
        """Refuse too many invalid samples; warn of a chunk that took long."""
        bad, made, owner = self._tally.bad, self._tally.made, self._sampler.owner
        if bad > BAD_AT_MOST * self._total or (made >= EARLY and bad > made / 2):
            raise PluginFailed(
                f"the sampler of the {owner} made samples that cannot be used: "
                f"{self._tally.what_is_wrong(self._sampler.spec)}. Up to {BAD_AT_MOST:.0%} of all are left "
                "out with a warning, more are not"
            )
        if seconds > SAVE_SECONDS and not self._warned:
            self._warned = True
            self._stage.hooks.warned(
                message=f"the sampler of the {owner} took {seconds:.0f} s for a chunk of {count} samples, "
                "and a killed run repeats the chunk it was in: lower its `chunk_size`"
            )

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
        known = self._metadata(made)
        pool = Pool(
            self._spec,
            view,
            self._origins,
            made.origin,
            made.position,
            scores,
            made.samples,
            native,
            metadata=known,
        )
        save_shard(pool, path, made.tally)

    def _metadata(self, made: Made) -> NDArray[np.object_] | None:
        """Return what the sampler knows of each sample, as JSON; None where it knows nothing."""
        texts = np.full(len(made.samples), "{}", dtype=np.object_)
        for number in np.unique(made.origin).tolist():
            rows = np.flatnonzero(made.origin == number)
            known = self._sampler.metadata(self._origins[number].asked(), made.position[rows])
            for row, one in zip(rows, known, strict=False):  # there may be none at all
                texts[row] = json.dumps(dict(one), ensure_ascii=False, allow_nan=False)
        return texts if (texts != "{}").any() else None


def _timed(
    sampler: GuardedSampler, training: TrainingSamples, progress: Progress, chunk: Chunk
) -> tuple[Made, float]:
    """Make a chunk; return it with the seconds that it took."""
    number, origin = chunk
    began = time.monotonic()
    return make(origin, number, sampler, training, progress.advance), time.monotonic() - began
