"""Generating: requests and samples are checked where they come back, and every row can be made again."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from genaug import Context, Generator, Pipeline, Sampler, Strategy
from genaug.data import Pool, Request, Samples, SampleSpec, TrainView
from genaug.errors import DataError, PluginFailed, StoreError
from genaug.execution.store import Store
from genaug.hooks import Hook, hookimpl
from genaug.stages import generate, shards
from genaug.stages.remaking import remade
from genaug.stages.split import Views
from genaug.testing import Material

DIGITS: dict[str, Any] = {
    "source": {"use": "sklearn-digits"},
    "split": {"train_per_class": 3, "validation_per_class": 1, "test_per_class": 1},
    "hooks": [],
}
ALL = frozenset({"class-conditional", "latent", "encode", "prompt", "image-to-image", "inpaint"})


class Options(BaseModel):
    model_config = ConfigDict(extra="forbid")

    strength: float = Field(default=0.5, ge=0, le=1)


class NoiseSampler(Sampler):
    """A sampler of noise around a shade for each class, three samples a batch; uses all parts of requests."""

    capabilities = ALL
    latent_dim = 2
    options_model = Options
    chunk_size = 8

    def __init__(self, spec: SampleSpec) -> None:
        self.spec = spec

    def sample(self, request: Request, rng: np.random.Generator) -> Iterable[Samples]:
        options = Options.model_validate(request.options)
        shade = np.float32(request.label / self.spec.classes - 0.5 + len(request.prompt or "") / 100)
        values = np.full((request.count, *self.spec.shape), shade, dtype=np.float32)
        if request.latents is not None:
            values += 0.1 * request.latents.mean(axis=1).reshape(-1, *(1,) * len(self.spec.shape))
        if request.source_samples is not None and request.latents is None:
            values = values + request.one_source_each().values
        values = values + options.strength * 0.2 * rng.standard_normal(values.shape, dtype=np.float32)
        if request.mask is not None:
            values = np.where(request.mask_over(self.spec), values, request.one_source_each().values)
        for start in range(0, request.count, 3):
            part = values[start : start + 3].clip(-1, 1).astype(np.float32)
            yield Samples(part, np.full(len(part), request.label))

    def encode(self, samples: Samples) -> np.ndarray:
        return samples.values.reshape(len(samples), -1)[:, 20:22].astype(np.float32)

    def save(self, folder: Path) -> None:
        (folder / "noise.json").write_text(json.dumps(self.spec.model_dump(mode="json")))


class NoiseGenerator(Generator):
    name: ClassVar[str] = "noise"
    given_capabilities: ClassVar[frozenset[str]] = ALL
    given_options: ClassVar[type[BaseModel] | None] = Options
    sampler: ClassVar[type[NoiseSampler]] = NoiseSampler

    def fit(self, train: TrainView, context: Context) -> Sampler:
        return self.sampler(self.made(train.spec))

    def load(self, folder: Path, context: Context) -> Sampler:
        return self.sampler(SampleSpec.model_validate_json((folder / "noise.json").read_text()))

    def made(self, spec: SampleSpec) -> SampleSpec:
        return spec


class GivenStrategy(Strategy):
    """A strategy with the requests that `ask` returns."""

    name: ClassVar[str] = "given"
    ask: ClassVar[Callable[[TrainView, Sampler], Any]]

    def requests(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context
    ) -> Iterator[Request]:
        found: Iterator[Request] = type(self).ask(train, sampler)
        return found


def variant(base: type, **attributes: Any) -> Any:
    """Return a class with other attributes than its base."""
    return type(f"Odd{base.__name__}", (base,), {"__module__": __name__, **attributes})


def strategy_for(ask: Callable[[TrainView, Sampler], Any]) -> Strategy:
    made: Strategy = variant(GivenStrategy, ask=staticmethod(ask))()
    return made


def pipeline(
    ask: Callable[[TrainView, Sampler], Any], generator: Generator | None = None, **more: Any
) -> Pipeline:
    return Pipeline(**{**DIGITS, **more}, generator=generator or NoiseGenerator(), strategy=strategy_for(ask))


def artifact(made: Pipeline, folder: Path, stage: str) -> Path:
    job = made.job()
    found = Store(folder / "store").find(stage, job.fingerprints[stage])
    assert found is not None
    return found.folder


def pool_of(made: Pipeline, folder: Path) -> Pool:
    made.run(folder)
    return generate.read(artifact(made, folder, "generate"))


def of_class(label: int, count: int, **more: Any) -> Callable[[TrainView, Sampler], list[Request]]:
    return lambda train, sampler: [Request(label, count, **more)]


def sampler_that(name: str, method: Callable[..., Any], **attributes: Any) -> Generator:
    """Return a generator whose sampler has another method of that name, and other attributes."""
    changed = variant(NoiseSampler, **{name: method, **attributes})
    made: Generator = variant(NoiseGenerator, sampler=changed)()
    return made


def all_ones(self: Sampler, request: Request, rng: np.random.Generator) -> Samples:
    values = np.ones((request.count, *self.spec.shape), dtype=np.float32)
    return Samples(values, np.full(request.count, request.label))


def changed(change: Callable[[Samples], Any]) -> Callable[..., Any]:
    """Return a `sample` that gives what `change` makes of all ones."""
    return lambda self, request, rng: change(all_ones(self, request, rng))


# What the strategy returns is the strategy's fault.


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda train, sampler: None, "returned a NoneType, not an iterable of requests"),
        (lambda train, sampler: [{"label": 0}], "request 0: it is a dict, not a Request"),
        (of_class(10, 1), r"`label` is 10, and the classes are 0 … 9"),
        (of_class(0, 0), "`count` is 0, not a whole number from 1 on"),
        (
            of_class(0, 2, latents=np.zeros((2, 3), np.float32)),
            r"latents are float32 \[2, 3\], not float32 \[2, 2\]",
        ),
        (of_class(0, 2, latents=np.full((2, 2), np.nan, np.float32)), "latents contain NaN"),
        (of_class(0, 2, sources=("f" * 32,)), "the source 'f{32}', which is not the id of a training sample"),
        (of_class(0, 2, mask=np.ones((1, 8, 8), bool)), "a mask without sources"),
        (of_class(0, 2, soft_label=(0.5, 0.5)), "`soft_label` is .* not a tuple of 10 numbers, one a class"),
        (of_class(0, 2, soft_label=(0.5, 0.6, *[0.0] * 8)), "no share may be below 0, and all must sum to 1"),
        (of_class(0, 2, soft_label=(1.5, -0.5, *[0.0] * 8)), "no share may be below 0, and all must sum to"),
        (of_class(2, 2, soft_label=(0.5, 0.5, *[0.0] * 8)), "class '2', which has no share in their `soft"),
        (of_class(0, 2, options={"strength": 2}), "options_model.*strength: Input should be less"),
        (of_class(0, 2, options={"guidance": 2}), "guidance: Extra inputs are not permitted"),
    ],
)
def test_a_strategy_that_asks_wrongly_is_named(ask: Callable[..., Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(PluginFailed, match=rf"(?s)strategy 'given'.*{message}"):
        pipeline(ask).run(tmp_path)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"prompt": "a seven"}, "a prompt, without the capability 'prompt'; it can do class-conditional"),
        ({"latents": np.zeros((2, 2), np.float32)}, "latents, without the capability 'latent'"),
        ({"options": {"strength": 0.1}}, "the options strength, and it has none to set"),
    ],
)
def test_what_the_sampler_cannot_do_is_refused_in_the_name_of_the_strategy(
    given: dict[str, Any], message: str, tmp_path: Path
) -> None:
    modest = {"capabilities": frozenset({"class-conditional"}), "latent_dim": None, "options_model": None}
    odd = variant(NoiseSampler, **modest, sample=all_ones)
    stated = {"given_capabilities": frozenset({"class-conditional"}), "given_options": None, "sampler": odd}
    generator = variant(NoiseGenerator, **stated)()
    with pytest.raises(PluginFailed, match=rf"strategy 'given'.*{message}"):
        pipeline(of_class(0, 2, **given), generator).run(tmp_path)


def test_a_strategy_that_needs_more_than_the_generator_offers_is_refused_when_the_config_is_read() -> None:
    demanding = variant(GivenStrategy, needs=frozenset({"prompt"}), name="demanding")()
    with pytest.raises(
        ValidationError, match=r"'demanding' needs prompt, and the generator 'gaussian' offers"
    ):
        Pipeline(**DIGITS, generator={"use": "gaussian"}, strategy=demanding)


# What the generator returns is the generator's fault.


@pytest.mark.parametrize(
    ("generator", "message"),
    [
        (
            variant(NoiseGenerator, fit=lambda self, train, context: None)(),
            "`fit` of .* returned None",
        ),
        (
            sampler_that("x", all_ones, capabilities=ALL | {"fly"}),
            "there is no capability 'fly'; there are class-",
        ),
        (sampler_that("x", all_ones, capabilities=ALL - {"prompt"}), "states prompt, and the sampler's"),
        (sampler_that("x", all_ones, latent_dim=None), "`latent`, and its `latent_dim` is None"),
        (sampler_that("encode", Sampler.encode), "`encode` and has no `encode` of its own"),
        (sampler_that("x", all_ones, chunk_size=0), "`chunk_size` is 0"),
        (
            sampler_that("sample", lambda self, request, rng: None),
            "`sample` of .* returned None, not Samples",
        ),
        (sampler_that("sample", lambda self, request, rng: iter([1])), "yielded a int, not Samples"),
        (sampler_that("sample", changed(lambda s: s.take(np.arange(3)))), "asked for 5 .* and gave 3"),
        (
            sampler_that("sample", changed(lambda s: Samples(s.values[:, :, 1:], s.labels))),
            r"values are float32 \[5, 1, 7, 8\], and its spec says",
        ),
        (
            sampler_that("sample", changed(lambda s: Samples(s.values.astype(np.float64), s.labels))),
            "its values are float64",
        ),
        (
            sampler_that("sample", changed(lambda s: Samples(s.values, s.labels + 1))),
            r"it gave classes \[2\]",
        ),
        (
            sampler_that("scores", lambda self, samples: {"good": np.ones(3)}),
            "the score 'good' .*must be 5 finite",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_generator_that_returns_wrongly_is_named(
    generator: Generator, message: str, tmp_path: Path
) -> None:
    with pytest.raises(PluginFailed, match=message) as failed:
        pipeline(of_class(1, 5), generator).run(tmp_path)
    assert "the generator 'noise'" in str(failed.value)


def test_latents_that_are_wrong_are_not_the_fault_of_the_strategy_that_asked_for_them(tmp_path: Path) -> None:
    def ask(train: TrainView, sampler: Sampler) -> Iterator[Request]:
        yield Request(0, 3, sampler.encode(train.samples)[:3])

    generator = sampler_that("encode", lambda self, samples: np.zeros((len(samples), 5)))
    with pytest.raises(PluginFailed, match=r"`encode` of the sampler of the generator 'noise'.*float64"):
        pipeline(ask, generator).run(tmp_path)


# Samples out of range, or not finite.


def test_values_from_0_to_255_stop_the_run(tmp_path: Path) -> None:
    """Before, the run finished with nearly all pixels white and without a word."""
    generator = sampler_that(
        "sample", changed(lambda s: Samples((s.values + 1) * np.float32(127.5), s.labels))
    )
    with pytest.raises(
        PluginFailed, match=r"generator 'noise'.*5 of 5 samples are far outside.*like 0 … 255"
    ):
        pipeline(of_class(1, 5), generator).run(tmp_path)


def test_a_slight_excess_is_clipped_with_a_warning_that_states_the_share(tmp_path: Path) -> None:
    def slightly(samples: Samples) -> Samples:
        samples.values[:, 0, 0, :4] = 1.1
        return samples

    made = pipeline(of_class(1, 5), sampler_that("sample", changed(slightly)))
    record = made.run(tmp_path)
    assert [
        warning for warning in record.warnings if "6.25% of the values made were outside -1 … 1" in warning
    ]
    pool = generate.read(artifact(made, tmp_path, "generate"))
    assert pool.samples.values.max() == 1


def test_bad_samples_in_many_cost_a_warning_and_not_the_run(tmp_path: Path) -> None:
    def spoiled(self: Sampler, request: Request, rng: np.random.Generator) -> Samples:
        samples = all_ones(self, request, rng)
        if request.start == 96:
            samples.values[2] = np.nan
        return samples

    few = pipeline(of_class(1, 200), sampler_that("sample", spoiled))
    pool = pool_of(few, tmp_path / "few")
    assert len(pool) == 199
    assert pool.position[pool.origin == 12].tolist() == [0, 1, 3, 4, 5, 6, 7]
    assert "1 of 200 samples contain NaN or infinite values: they were left out of the pool" in pool.notes[0]
    many = pipeline(of_class(1, 99), sampler_that("sample", spoiled))
    with pytest.raises(PluginFailed, match=r"generator 'noise'.*NaN or infinite.*Up to 1%"):
        many.run(tmp_path / "many")


# Chunks, parts and lineage.


def softened(train: TrainView, sampler: Sampler) -> Iterator[Request]:
    """Ask for class 3 from samples of class 1, and for class 0."""
    ids = train.samples.ids[train.samples.labels == 1].tolist()
    yield Request(3, 20, sources=(ids[0],), soft_label=(0, 0.75, 0, 0.25, *[0.0] * 6))
    yield Request(0, 4)


def test_soft_labels_reach_the_pool_and_come_again(tmp_path: Path) -> None:
    """The sampler is asked for class 3; the samples are of class 1, which has the larger share."""
    made = pipeline(softened)
    pool = pool_of(made, tmp_path)
    assert pool.labels.tolist() == [1] * 20 + [0] * 4
    soft = pool.samples.soft_labels
    assert soft is not None
    assert soft[[0, 20]].tolist() == [[0, 0.75, 0, 0.25, *[0] * 6], [1, *[0] * 9]]
    assert (pool.origins[0].label, pool.origins[0].soft_label) == (3, (0, 0.75, 0, 0.25, *[0.0] * 6))
    sampler = NoiseGenerator().load(artifact(made, tmp_path, "fit"), Material().context())
    rows = np.array([22, 3])
    again = remade(pool, rows, NoiseGenerator(), sampler, Views(artifact(made, tmp_path, "split")).train)
    assert np.array_equal(again.samples.values, pool.take(rows).samples.values)
    assert np.array_equal(again.samples.class_shares(10), soft[rows])


def everything(train: TrainView, sampler: Sampler) -> Iterator[Request]:
    """Ask in every way there is, for 79 samples in 6 requests."""
    ids = train.samples.ids.tolist()
    latents = np.random.default_rng(1).standard_normal((20, 2), dtype=np.float32)
    yield Request(0, 20, latents)
    yield Request(1, 10, prompt="a one", options={"strength": 0.25})
    yield Request(2, 15, sources=(ids[0],), mask=np.arange(64).reshape(1, 8, 8) % 3 == 0)
    yield Request(3, 12, sources=tuple(ids[:12]), paired=True)
    yield Request(4, 13, sampler.encode(train.samples)[:13], sources=tuple(ids[:13]), paired=True)
    yield Request(4, 9, latents[:9], sources=tuple(ids[:18]), paired=True)


def test_rows_are_made_again_from_their_lineage_alone(tmp_path: Path) -> None:
    made = pipeline(everything)
    pool = pool_of(made, tmp_path)
    sampler = NoiseGenerator().load(artifact(made, tmp_path, "fit"), Material().context())
    train = Views(artifact(made, tmp_path, "split")).train
    rows = np.random.default_rng(0).permutation(79)[:40]
    again = remade(pool, rows, NoiseGenerator(), sampler, train)
    assert np.array_equal(again.samples.values, pool.take(rows).samples.values)
    assert np.array_equal(again.labels, pool.labels[rows])
    assert np.array_equal(again.ids, pool.ids[rows])
    by_request = {origin.request: origin for origin in pool.origins}
    assert by_request[1].options == {"strength": 0.25}
    assert by_request[0].options == {"strength": 0.5}  # every default is written out
    assert by_request[0].inputs["latents"].shape == (4, 2)  # the last chunk of 8, 8 and 4
    assert pool.sources_of(20 + 10 + 15 + 9) == (train.samples.ids[9],)
    assert pool.sources_of(70 + 8) == tuple(train.samples.ids[16:18])


def test_a_pipeline_makes_candidates_of_a_run_again(tmp_path: Path) -> None:
    made = pipeline(everything)
    pool = pool_of(made, tmp_path)
    wanted = pool.ids[[44, 3, 69]].tolist()
    assert made.remake(tmp_path, wanted).ids.tolist() == wanted
    with pytest.raises(DataError, match=r"'f{32}' is not an id of one of the 79 candidates"):
        made.remake(tmp_path, ["f" * 32])
    with pytest.raises(StoreError, match="no finished stage 'split' of this config"):
        made.remake(tmp_path / "elsewhere", wanted)


def test_a_request_is_cut_into_chunks_that_rest_on_one_another_in_nothing(tmp_path: Path) -> None:
    whole = pool_of(pipeline(of_class(1, 20)), tmp_path / "whole")
    assert [(origin.request, origin.start, origin.count) for origin in whole.origins] == [
        (0, 0, 8),
        (0, 8, 8),
        (0, 16, 4),
    ]
    assert len({origin.seed for origin in whole.origins}) == 3
    small = pool_of(pipeline(of_class(1, 8)), tmp_path / "small")  # one chunk: the seed of the request
    assert np.array_equal(small.ids, whole.ids[:8])


@pytest.mark.parametrize("shard", [4096, 30])
def test_a_killed_run_repeats_at_most_the_chunk_it_was_in(
    shard: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "SHARD", shard)
    monkeypatch.setattr(shards, "SAVE_SECONDS", -1.0)  # save at every chance
    asked: list[tuple[int, int]] = []
    made, hurry = pipeline(everything), NoiseSampler.sample

    def sample(self: NoiseSampler, request: Request, rng: np.random.Generator) -> Iterable[Samples]:
        if len(asked) == 6:
            asked.append((-1, -1))
            raise KeyboardInterrupt
        asked.append((request.label, request.start))
        return hurry(self, request, rng)

    monkeypatch.setattr(NoiseSampler, "sample", sample)
    with pytest.raises(KeyboardInterrupt):
        made.run(tmp_path / "killed")
    record = made.run(tmp_path / "killed")
    assert asked[:6] + asked[7:] == [
        (label, start)
        for label, count in (*enumerate((20, 10, 15, 12, 13)), (4, 9))
        for start in range(0, count, 8)
    ]
    assert record.manifest == made.run(tmp_path / "whole").manifest
    assert not list((tmp_path / "killed").rglob("*.part-*"))


HEARD: list[tuple[Any, ...]] = []


class ListeningHook(Hook):
    name: ClassVar[str] = "listening"

    def subscribe(self) -> object:
        HEARD.clear()
        return _Listener()


class _Listener:
    @hookimpl
    def progressed(self, task: str, done: int, total: int) -> None:
        if task == "generate":
            HEARD.append((done, total))

    @hookimpl
    def warned(self, message: str) -> None:
        HEARD.append((message,))


def test_progress_is_seen_after_every_batch(tmp_path: Path) -> None:
    pipeline(of_class(1, 11), hooks=[ListeningHook()]).run(tmp_path)
    # Chunks of 8 and 3 samples, in batches of 3.
    seen = [(done, 11) for done in (0, 3, 6, 8, 11)]
    assert seen == HEARD


@pytest.mark.parametrize("shard", [4096, 30])
def test_the_progress_of_a_resumed_run_begins_behind_what_was_made(
    shard: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before: it began at 0, so that the estimate took the samples of the killed run for today's work."""
    monkeypatch.setattr(shards, "SHARD", shard)
    monkeypatch.setattr(shards, "SAVE_SECONDS", -1.0)
    chunks, hurry = [0], NoiseSampler.sample

    def sample(self: NoiseSampler, request: Request, rng: np.random.Generator) -> Iterable[Samples]:
        chunks[0] += 1
        if chunks[0] == 7:
            raise KeyboardInterrupt
        return hurry(self, request, rng)

    monkeypatch.setattr(NoiseSampler, "sample", sample)
    made = pipeline(everything, hooks=[ListeningHook()])
    with pytest.raises(KeyboardInterrupt):
        made.run(tmp_path)
    made.run(tmp_path)
    counts = [heard for heard in HEARD if len(heard) == 2]  # others are warnings
    assert counts[0] == (8 + 8 + 4 + 8 + 2 + 8, 79)
    assert counts == sorted(set(counts))
    assert counts[-1] == (79, 79)


def test_a_fit_that_leaves_unlabelled_samples_unused_says_so(tmp_path: Path) -> None:
    values = np.random.default_rng(0).uniform(-1, 1, (30, 1, 8, 8)).astype(np.float32)
    labels = np.where(np.arange(30) < 24, np.arange(30) % 2, -1)
    np.savez(tmp_path / "data.npz", values=values, labels=labels)
    source = {"use": "arrays", "path": str(tmp_path / "data.npz"), "unlabelled": -1}
    made = pipeline(of_class(1, 4), source=source, split={}, hooks=[ListeningHook()])
    made.run(tmp_path / "run")
    assert any("learned from none of the 6 unlabelled samples" in str(line[0]) for line in HEARD)


def test_a_chunk_that_takes_long_is_warned_of_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "SAVE_SECONDS", -1.0)
    pipeline(of_class(1, 20), hooks=[ListeningHook()]).run(tmp_path)
    warnings = [line[0] for line in HEARD if len(line) == 1]
    assert len(warnings) == 1
    assert "generator 'noise'" in warnings[0]
    assert "for a chunk of 8 samples, and a killed run repeats the chunk it was in" in warnings[0]


def test_the_pool_keeps_what_was_made_and_shows_it_at_the_size_of_the_data(tmp_path: Path) -> None:
    def large(self: NoiseGenerator, spec: SampleSpec) -> SampleSpec:
        return spec.model_copy(update={"shape": (3, 20, 24)})

    def shades(self: Sampler, request: Request, rng: np.random.Generator) -> Samples:
        rows = np.linspace(-0.8, 0.8, 20, dtype=np.float32)[None, None, :, None]
        values = np.broadcast_to(rows, (request.count, *self.spec.shape)) + rng.random(dtype=np.float32) / 10
        return Samples(np.ascontiguousarray(values), np.full(request.count, request.label))

    odd = variant(NoiseSampler, sample=shades)
    generator = variant(NoiseGenerator, made=large, sampler=odd)()
    made = pipeline(of_class(1, 10), generator)
    pool = pool_of(made, tmp_path)
    assert pool.spec.shape == (1, 8, 8)
    assert pool.samples.values.shape == (10, 1, 8, 8)
    native_spec, native = pool.native()
    assert native_spec.shape == (3, 20, 24)
    assert native.values.shape == (10, 3, 20, 24)
    assert np.all(np.diff(pool.samples.values[0, 0, :, 0]) > 0)  # still from dark to light
    assert pool.samples.values.mean() == pytest.approx(native.values.mean(), abs=0.01)
    assert pool.take(np.array([3])).native()[1].values.shape == (1, 3, 20, 24)
    train = Views(artifact(made, tmp_path, "split")).train
    sampler = generator.load(artifact(made, tmp_path, "fit"), Material().context())
    again = remade(pool, np.arange(10), generator, sampler, train)
    assert np.array_equal(again.ids, pool.ids)
    assert np.array_equal(again.native()[1].values, native.values)


def test_a_generator_of_another_modality_is_refused(tmp_path: Path) -> None:
    def vectors(self: NoiseGenerator, spec: SampleSpec) -> SampleSpec:
        return SampleSpec(modality="vector", shape=(64,), class_names=spec.class_names)

    generator = variant(NoiseGenerator, made=vectors)()
    with pytest.raises(PluginFailed, match=r"generator 'noise'.*modality is 'vector', not 'image'"):
        pipeline(of_class(1, 10), generator).run(tmp_path)


def test_no_more_is_asked_for_than_there_is(tmp_path: Path) -> None:
    generator = sampler_that("x", all_ones, available=[4] * 10)
    with pytest.raises(
        PluginFailed, match=r"strategy 'given'.*5 samples of class '1' in all, and there are 4"
    ):
        pipeline(of_class(1, 5), generator).run(tmp_path)
    assert len(pool_of(pipeline(of_class(1, 4), generator), tmp_path)) == 4
