"""The stages `sample.…`: further samples of a finished run, made by the same fitted generator."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from genaug.contracts import Context, Generator, Sampler
from genaug.data import Pool, Request, TrainView
from genaug.data.json_files import write_json
from genaug.data.samples import IntArray
from genaug.data.seeds import derive_seed
from genaug.errors import DataError
from genaug.stages import generate
from genaug.stages.requests import RequestCheck, RequestRefused
from genaug.stages.samplers import check_sampler
from genaug.stages.stage import Stage, StageContext

RECORD = "sample.json"


@dataclass(frozen=True)
class Order:
    """An order of further samples.

    Attributes:
        counts: samples of each class, by its number.
        number: of the order in its run, from 1 on.
        first: number of the first request, behind those of the pool and of earlier orders.
    """

    counts: Mapping[int, int]
    number: int
    first: int

    @property
    def stage(self) -> str:
        """Return the name of the stage that makes the samples."""
        return f"sample.{self.number}"


def stage(generator: Generator, order: Order) -> Stage:
    """Return the stage that makes the samples of an order; after a kill it resumes behind the last chunk.

    Its artifact is a pool, as that of the stage `generate`.
    """
    recipe = {**asdict(order), "counts": {str(label): count for label, count in order.counts.items()}}
    return Stage(
        order.stage,
        {"generator": generator},
        recipe,
        ("split", "fit", "generate"),
        partial(_work, generator, order),
        generate.read,
        keep_partial=True,
    )


def next_order(counts: Mapping[int, int], pool: Pool, store: Path, pool_fingerprint: str) -> Order:
    """Return the order that follows the finished ones of a run.

    Args:
        counts: samples of each class.
        pool: of the run.
        store: the folder of its artifacts.
        pool_fingerprint: of the stage `generate`; orders for another pool are not counted.
    """
    number, first = 1, max((origin.request for origin in pool.origins), default=-1) + 1
    for path in store.glob(f"sample-*/{RECORD}"):
        made = json.loads(path.read_text(encoding="utf-8"))
        if path.parent.suffix != ".partial" and made["pool"] == pool_fingerprint:
            number, first = max(number, made["number"] + 1), max(first, made["next"])
    return Order(counts, number, first)


def _work(generator: Generator, order: Order, stage: StageContext) -> None:
    context: Context = stage.context
    train: TrainView = stage.read("split").train
    sampler = check_sampler(stage.read("fit").sampler(context), generator, train.spec)
    requests = _requests(order, stage.read("generate"), sampler, train, generator)
    assert context.run_seed is not None, "the context of a stage has the seed of the run"
    seed = derive_seed(context.run_seed, "generate")  # so that the chunks continue those of the pool
    generate.make_pool(requests, sampler, generator, stage, seed, order.first)
    record = {"number": order.number, "next": order.first + len(requests)}
    write_json(stage.folder / RECORD, record | {"pool": stage.fingerprint("generate")})


def _requests(
    order: Order, pool: Pool, sampler: Sampler, train: TrainView, generator: Generator
) -> list[Request]:
    """Return the checked requests of an order, like those of the run for the same class.

    Raises:
        DataError: where the sampler cannot serve them.
    """
    if sampler.available is not None:
        raise DataError(
            f"the generator {generator.name!r} has a fixed number of samples and cannot make more: ask for "
            "those that are left in the config's strategy, and run it again"
        )
    check, found = RequestCheck(sampler, train), list[Request]()
    for label, count in order.counts.items():
        patterns = _patterns(pool, label)
        shares = np.full(len(patterns), count // len(patterns))
        shares[: count % len(patterns)] += 1
        for pattern, share in zip(patterns, shares.tolist(), strict=True):
            if share:
                try:
                    found.append(check(resized(pattern, share)))
                except RequestRefused as error:
                    raise DataError(
                        f"the generator {generator.name!r} cannot make samples of class "
                        f"{train.spec.class_names[label]!r} as asked: {error}"
                    ) from error
    return found


def _patterns(pool: Pool, label: int) -> list[Request]:
    """Return the different requests of a run for a class: by prompt, options, sources and soft label."""
    known: dict[str, Request] = {}
    numbers: IntArray = np.unique(pool.origin[pool.labels == label])
    for number in numbers.tolist():
        asked = pool.origins[number].asked()
        key: list[Any] = [asked.prompt, dict(asked.options), asked.paired or asked.sources, asked.soft_label]
        known.setdefault(json.dumps(key, sort_keys=True), asked)
    return list(known.values()) or [Request(label, 1)]


def resized(pattern: Request, count: int) -> Request:
    """Return a request like another one: with its prompt, options and sources, and latents drawn anew.

    The sources of a request with latents are the origin of these, and a soft label says between which of them
    they lie: without the latents, both are left out.
    """
    if pattern.latents is not None:
        pattern = replace(pattern, label=pattern.made_label, soft_label=None)
    paired = pattern.paired and pattern.latents is None
    sources, mask = pattern.sources if pattern.latents is None else (), pattern.mask
    if paired:  # each sample has sources of its own: they are used in turn
        each = len(sources) // pattern.count
        sources = tuple(
            source
            for n in range(count)
            for source in sources[n % pattern.count * each : (n % pattern.count + 1) * each]
        )
    if mask is not None and len(mask) > 1:
        mask = mask[np.arange(count) % len(mask)]
    return replace(pattern, count=count, latents=None, sources=sources, paired=paired, mask=mask, start=0)
