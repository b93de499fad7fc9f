"""Generate: what the strategy asks for, the sampler makes."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from genaug.components.identity import described, identity
from genaug.components.registry import Registry
from genaug.contracts import Generator, Sampler, Strategy
from genaug.data import Origin, Pool, Request, Samples, SampleSpec
from genaug.data.seeds import derive_seed
from genaug.data.storage import as_stored, load_pool, save_shard
from genaug.errors import DataError, PluginFailed
from genaug.stages.stage import Stage, StageContext, at_work

VERSION = 2
SHARD = 4096
"""Candidates a shard holds at least, before the next one is begun."""


def stage(generator: Generator, strategy: Strategy, registry: Registry) -> Stage:
    """Return the stage that makes the pool, shard by shard; a killed one goes on behind its last shard."""
    return Stage(
        "generate",
        VERSION,
        identity(strategy, registry),
        ("split", "fit"),
        lambda stage: _work(generator, strategy, stage),
        read,
        keep_partial=True,
    )


def _work(generator: Generator, strategy: Strategy, stage: StageContext) -> None:
    context, train, sampler = stage.context, stage.read("split").train, stage.read("fit")
    with at_work(strategy):
        requests = list(strategy.requests(train, sampler, context.rng("requests")))
    if not requests:
        raise DataError(
            f"the strategy {strategy.name!r} asks for nothing: every class has what it wants already. "
            "Ask for more"
        )
    origins = tuple(
        Origin(
            stage.fingerprint("fit"),
            derive_seed(context.seed, "request", str(number)),
            request.prompt or "",
            request.sources,
        )
        for number, request in enumerate(requests)
    )
    (stage.folder / "spec.json").write_text(train.spec.model_dump_json(indent=2), encoding="utf-8")
    shards = list(_shards(requests))
    scores: list[str] | None = None
    for index, numbers in enumerate(context.track(shards, "generate")):
        path = stage.folder / f"pool-{index:05d}.parquet"
        if not path.exists():
            fresh = path.with_suffix(".new")
            with at_work(generator):
                pool = _pool(train.spec, requests, origins, numbers, sampler)
            scores = sorted(pool.scores) if scores is None else scores
            if sorted(pool.scores) != scores:
                raise PluginFailed(
                    f"the sampler of the {described(generator)} scored {scores} at first, and then "
                    f"{sorted(pool.scores)}: it must give the same scores for all samples"
                )
            save_shard(pool, fresh)
            fresh.replace(path)


def _shards(requests: list[Request]) -> Iterator[list[int]]:
    """Yield the numbers of the requests that share a shard."""
    numbers: list[int] = []
    count = 0
    for number, request in enumerate(requests):
        numbers.append(number)
        count += request.count
        if count >= SHARD or number == len(requests) - 1:
            yield numbers
            numbers, count = [], 0


def _pool(
    spec: SampleSpec,
    requests: list[Request],
    origins: tuple[Origin, ...],
    numbers: list[int],
    sampler: Sampler,
) -> Pool:
    made = []
    for number in numbers:
        request = requests[number]
        samples = sampler.sample(request, np.random.default_rng(origins[number].seed))
        _check(samples, request, spec)
        made.append(as_stored(samples, spec))
    counts = [requests[number].count for number in numbers]
    position = np.concatenate([np.arange(count) for count in counts])
    samples = Samples.join(made)
    scores = dict(sampler.scores(samples))
    for name, column in scores.items():
        if column.shape != (len(samples),) or column.dtype != np.float64 or not np.isfinite(column).all():
            raise PluginFailed(f"the sampler's score {name!r} must be {len(samples)} finite float64 numbers")
    return Pool(spec, samples, origins, np.repeat(numbers, counts), position, scores)


def _check(samples: Samples, request: Request, spec: SampleSpec) -> None:
    if samples.values.shape != (request.count, *spec.shape) or (samples.labels != request.label).any():
        raise PluginFailed(
            f"the sampler was asked for {request.count} samples {spec.shape} of class {request.label} "
            f"and gave {samples.values.shape} of classes {sorted(set(samples.labels.tolist()))}"
        )
    if not np.isfinite(samples.values).all():
        raise PluginFailed(
            f"the sampler gave NaN or infinite values for class {spec.class_names[request.label]!r}"
        )


def read(folder: Path) -> Pool:
    """Read the artifact back."""
    spec = SampleSpec.model_validate_json((folder / "spec.json").read_text(encoding="utf-8"))
    return load_pool(sorted(folder.glob("pool-*.parquet")), spec)
