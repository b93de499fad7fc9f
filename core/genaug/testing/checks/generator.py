"""What a generator and its sampler must do."""

import dataclasses
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from safetensors import safe_open

from genaug.contracts import Generator, Sampler
from genaug.contracts.capabilities import unknown_capabilities
from genaug.data import Request, Samples
from genaug.stages.samplers import check_sampler, load_sampler
from genaug.testing.companions import MemoryCheckpoint
from genaug.testing.dependencies import depends_on, foundation
from genaug.testing.material import Material
from genaug.testing.watch import digest, no_error, no_global_randomness, other_global_randomness


@foundation
def states_what_its_samplers_can_do(generator: Generator, material: Material) -> None:
    """Declare existing capabilities, and return a sampler that has them."""
    wrong = unknown_capabilities(generator.given_capabilities)
    assert not wrong, f"given_capabilities: {wrong}"
    with no_error("when it is fitted"):
        sampler = generator.fit(material.train(), material.context())
    with no_error("when its sampler is compared with what it declares"):
        check_sampler(sampler, generator, material.spec)


@foundation
def samples_what_was_requested(generator: Generator, material: Material) -> None:
    """Return the requested number of finite samples of the class, with the spec's dtype, shape and range."""
    sampler = _fitted(generator, material)
    for label, count in ((0, 1), (1, 5), (2, 9)):
        _check_made(sampler, Request(label, count))


def samples_of_what_else_it_takes(generator: Generator, material: Material) -> None:
    """Return other samples for other latents, prompts and sources, where it has the capability."""
    sampler, train = _fitted(generator, material), material.train().samples
    able = sampler.capabilities - (set() if sampler.latent_dim else {"latent"})
    latents = np.random.default_rng(1).standard_normal((2, 3, sampler.latent_dim or 1), dtype=np.float32)
    one, other = (train.take(np.flatnonzero(train.labels == 1)[row : row + 1]) for row in (0, 1))
    pairs = {
        "latent": [Request(1, 3, latents=part) for part in latents],
        "prompt": [Request(1, 3, prompt=text) for text in ("a red kite", "a small grey stone")],
        "image-to-image": [
            Request(1, 3, sources=(str(part.ids[0]),), source_samples=part) for part in (one, other)
        ],
    }
    for capability, (first, second) in pairs.items():
        if capability in able:
            made, again = (_check_made(sampler, request).values for request in (first, second))
            assert not np.array_equal(made, again), f"it declares {capability!r}, but ignores the input"


def keeps_what_a_mask_keeps(generator: Generator, material: Material) -> None:
    """Keep the values of the source, to 8 bits, where the mask is False."""
    sampler = _fitted(generator, material)
    if "inpaint" not in sampler.capabilities or sampler.spec != material.spec:
        return
    shape = material.spec.shape[1:] or material.spec.shape
    mask = np.arange(np.prod(shape)).reshape(1, *shape) % 2 == 0
    source = material.train().samples.take(np.array([1]))
    request = Request(1, 3, sources=(str(source.ids[0]),), mask=mask, source_samples=source)
    away = np.abs(_check_made(sampler, request).values - source.values)
    kept = np.broadcast_to(~request.mask_over(material.spec), away.shape)
    assert away[kept].max() <= 1 / 127, f"a value that the mask keeps changed by {away[kept].max():.3g}"


@depends_on("leaves_global_randomness_alone")
def encodes_real_samples(generator: Generator, material: Material) -> None:
    """Return finite, deterministic float32 latents of real samples, where it has `encode`."""
    sampler, train = _fitted(generator, material), material.train().samples
    if "encode" not in sampler.capabilities:
        return
    latents = sampler.encode(train)
    wanted = (len(train), sampler.latent_dim)
    assert latents.shape == wanted, f"latents have the shape {latents.shape}, not {wanted}"
    assert latents.dtype == np.float32, f"latents are {latents.dtype}, not float32"
    assert np.isfinite(latents).all(), "latents contain NaN or infinite values"
    assert digest(sampler.encode(train)) == digest(latents), "the same samples have other latents"


@depends_on("leaves_global_randomness_alone")
def samples_the_same_for_the_same_rng(generator: Generator, material: Material) -> None:
    """Return the same samples for the same request and rng state, after any other requests."""
    sampler = _fitted(generator, material)
    first = _drawn(sampler)
    sampler.draw(Request(1, 4), np.random.default_rng(5))
    with other_global_randomness():
        again = _drawn(sampler)
    assert digest(again) == digest(first), "the same request and rng state give other samples"


@depends_on("samples_the_same_for_the_same_rng")
def fits_the_same_for_the_same_seed(generator: Generator, material: Material) -> None:
    """Learn the same from the same view and seed."""
    first = _drawn(_fitted(generator, material))
    with other_global_randomness():
        again = _drawn(_fitted(generator, material))
    assert digest(again) == digest(first), "two fits with one seed give different samplers"


@depends_on("samples_the_same_for_the_same_rng")
def comes_back_from_its_folder(generator: Generator, material: Material) -> None:
    """Have the same samples, capabilities and history after saving and loading."""
    sampler = _fitted(generator, material)
    with _saved(sampler) as folder:
        loaded = load_sampler(generator, folder, material.context())
    assert digest(_drawn(loaded)) == digest(_drawn(sampler)), "the loaded sampler gives other samples"
    for name in ("spec", "capabilities", "latent_dim", "options_model", "chunk_size"):
        before, after = getattr(sampler, name), getattr(loaded, name)
        assert after == before, f"`{name}` was {before!r}, and is {after!r} after loading"
    assert {name: list(column) for name, column in loaded.history.items()} == {
        name: list(column) for name, column in sampler.history.items()
    }, "the loaded sampler has another history"


def scores_what_it_made(generator: Generator, material: Material) -> None:
    """Score samples in finite float64 under the names of `given_scores`, and no others, always."""
    sampler = _fitted(generator, material)
    made = _drawn(sampler)
    sets = [*made, Samples.join(made), made[0].take(np.zeros(0, dtype=np.int64))]
    names = generator.given_scores
    for samples in sets:
        scores = sampler.scores(samples)
        assert set(scores) == names, f"the scores are {sorted(scores)}; `given_scores`, {sorted(names)}"
        for name, column in scores.items():
            assert column.dtype == np.float64, f"the score {name!r} is {column.dtype}, not float64"
            assert column.shape == (len(samples),), (
                f"the score {name!r} has the shape {column.shape}, and there are {len(samples)} samples"
            )
            assert np.isfinite(column).all(), f"the score {name!r} holds NaN or infinite values"


@depends_on("scores_what_it_made", "comes_back_from_its_folder")
def scores_the_same_from_its_folder(generator: Generator, material: Material) -> None:
    """Return the same scores of the same samples, also after saving and loading."""
    sampler = _fitted(generator, material)
    samples = Samples.join(_drawn(sampler))
    scores = dict(sampler.scores(samples))
    assert digest(dict(sampler.scores(samples))) == digest(scores), "the same samples have other scores"
    with _saved(sampler) as folder:
        loaded = load_sampler(generator, folder, material.context())
    assert digest(dict(loaded.scores(samples))) == digest(scores), "the loaded sampler gives other scores"


def saves_without_pickle(generator: Generator, material: Material) -> None:
    """Save safetensors, JSON and parquet files only, and at least one."""
    with _saved(_fitted(generator, material)) as folder:
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        assert paths, "nothing was saved"
        for path in paths:
            assert path.suffix in (".safetensors", ".json", ".parquet"), (
                f"{path.name} is not of one of the three formats"
            )
            with no_error(f"when {path.name} is read in its format"):
                if path.suffix == ".json":
                    json.loads(path.read_text(encoding="utf-8"))
                elif path.suffix == ".parquet":
                    pq.read_schema(path)
                else:
                    with safe_open(path, framework="np"):
                        pass


def logs_a_history_of_even_columns(generator: Generator, material: Material) -> None:
    """Log one number for each logged step under each name, one of which is `step`."""
    history = _fitted(generator, material).history
    if history:
        assert "step" in history, "a history needs `step`, to name the steps"
        lengths = {name: len(column) for name, column in history.items()}
        assert len(set(lengths.values())) == 1, f"the columns have different lengths: {lengths}"
        for name, column in history.items():
            strange = [value for value in column if not isinstance(value, int | float)]
            assert not strange, f"the history {name!r} contains {strange[0]!r}, which is not a number"


@depends_on("fits_the_same_for_the_same_seed")
def resumes_from_any_checkpoint(generator: Generator, material: Material) -> None:
    """Resume from each checkpoint with the result of an uninterrupted fit."""
    kept = MemoryCheckpoint()
    whole = generator.fit(material.train(), material.context(checkpoint=kept))
    expected = _drawn(whole)
    places = sorted({0, len(kept.saved) // 2, len(kept.saved) - 1} & set(range(len(kept.saved))))
    for place in places:
        resumed = generator.fit(
            material.train(), material.context(checkpoint=MemoryCheckpoint(kept.saved[place]))
        )
        assert digest(_drawn(resumed)) == digest(expected), (
            f"resuming from checkpoint {place + 1} of {len(kept.saved)} ends with another sampler"
        )
        assert digest({**resumed.history}) == digest({**whole.history}), (
            f"resuming from checkpoint {place + 1} of {len(kept.saved)} ends with another history"
        )


def leaves_the_training_view_alone(generator: Generator, material: Material) -> None:
    """Change nothing in the view it learns from."""
    train = material.train()
    before = digest(train)
    generator.fit(train, material.context())
    assert digest(train) == before, "fitting changed the training view"


def leaves_global_randomness_alone(generator: Generator, material: Material) -> None:
    """Neither use nor seed a global random generator, in fitting and in sampling."""
    with no_global_randomness("fitting"):
        sampler = _fitted(generator, material)
    with no_global_randomness("sampling"):
        _drawn(sampler)


def _fitted(generator: Generator, material: Material) -> Sampler:
    return generator.fit(material.train(), material.context())


def _drawn(sampler: Sampler) -> list[Samples]:
    rng = np.random.default_rng(3)
    return [sampler.draw(Request(label, 3), rng) for label in range(sampler.spec.classes)]


def _check_made(sampler: Sampler, request: Request) -> Samples:
    """Return the samples of a request, after checking them."""
    complete = {} if sampler.options_model is None else sampler.options_model().model_dump(mode="json")
    samples = sampler.draw(dataclasses.replace(request, options=complete), np.random.default_rng(0))
    spec, label, wanted = sampler.spec, request.label, (request.count, *sampler.spec.shape)
    assert samples.values.shape == wanted, f"values have the shape {samples.values.shape}, not {wanted}"
    assert samples.labels.shape == (request.count,), (
        f"labels have the shape {samples.labels.shape}, not ({request.count},)"
    )
    assert (samples.labels == label).all(), (
        f"requested class {label}, got {sorted(set(samples.labels.tolist()))}"
    )
    with no_error("where samples are compared with the spec"):
        spec.check_values(samples.values)
    return samples


@contextmanager
def _saved(sampler: Sampler) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        sampler.save(Path(folder))
        yield Path(folder)
