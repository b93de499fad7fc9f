"""What a generator and its sampler promise."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from safetensors import safe_open

from genaug.contracts import Generator, Sampler
from genaug.data import Request, Samples
from genaug.testing.companions import MemoryCheckpoint
from genaug.testing.material import Material
from genaug.testing.watch import digest, no_error, no_global_randomness, other_global_randomness


def samples_what_was_asked(generator: Generator, material: Material) -> None:
    """Return as many finite samples of the class as asked, of the spec's shape and range."""
    sampler, spec = _fitted(generator, material), material.spec
    assert sampler.spec == spec, "the sampler's spec is not that of the training view"
    for label, count in ((0, 1), (1, 5), (2, 9)):
        samples = sampler.sample(Request(label, count), np.random.default_rng(0))
        assert samples.values.shape == (count, *spec.shape), (
            f"{samples.values.shape} for {count} of {spec.shape}"
        )
        assert (samples.labels == label).all(), (
            f"asked for class {label}, got {sorted(set(samples.labels.tolist()))}"
        )
        assert np.isfinite(samples.values).all(), "there are NaN or infinite values"
        if spec.value_range is not None:
            low, high = spec.value_range
            assert samples.values.min() >= low, "a value lies below the value range"
            assert samples.values.max() <= high, "a value lies above the value range"


def samples_the_same_for_the_same_rng(generator: Generator, material: Material) -> None:
    """Return the same samples for the same request and an rng in the same state, whatever came between."""
    sampler = _fitted(generator, material)
    first = _drawn(sampler)
    sampler.sample(Request(1, 4), np.random.default_rng(5))
    with other_global_randomness():
        again = _drawn(sampler)
    assert digest(again) == digest(first), "the same request and rng state give other samples"


def fits_the_same_for_the_same_seed(generator: Generator, material: Material) -> None:
    """Learn the same from the same view and seed."""
    first = _drawn(_fitted(generator, material))
    with other_global_randomness():
        again = _drawn(_fitted(generator, material))
    assert digest(again) == digest(first), "two fits with one seed give different samplers"


def comes_back_from_its_folder(generator: Generator, material: Material) -> None:
    """Give the same samples, capabilities and history after it was saved and loaded."""
    sampler = _fitted(generator, material)
    with _saved(sampler) as folder:
        loaded = generator.load(folder)
    assert digest(_drawn(loaded)) == digest(_drawn(sampler)), "the loaded sampler gives other samples"
    assert loaded.spec == sampler.spec
    assert loaded.capabilities == sampler.capabilities
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
                f"{column.shape} scores {name!r} of {len(samples)} samples"
            )
            assert np.isfinite(column).all(), f"the score {name!r} holds NaN or infinite values"


def scores_the_same_from_its_folder(generator: Generator, material: Material) -> None:
    """Score the same samples the same, again and after it was saved and loaded."""
    sampler = _fitted(generator, material)
    samples = Samples.join(_drawn(sampler))
    scores = dict(sampler.scores(samples))
    assert digest(dict(sampler.scores(samples))) == digest(scores), "the same samples have other scores"
    with _saved(sampler) as folder:
        loaded = generator.load(folder)
    assert digest(dict(loaded.scores(samples))) == digest(scores), "the loaded sampler gives other scores"


def saves_without_pickle(generator: Generator, material: Material) -> None:
    """Save safetensors, JSON and parquet files only, and at least one."""
    with _saved(_fitted(generator, material)) as folder:
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        assert paths, "nothing was saved"
        for path in paths:
            assert path.suffix in (".safetensors", ".json", ".parquet"), (
                f"{path.name} has none of the three formats"
            )
            with no_error(f"when {path.name} is read as what its name says"):
                if path.suffix == ".json":
                    json.loads(path.read_text(encoding="utf-8"))
                elif path.suffix == ".parquet":
                    pq.read_schema(path)
                else:
                    with safe_open(path, framework="np"):
                        pass


def logs_a_history_of_even_columns(generator: Generator, material: Material) -> None:
    """Log one number a logged step under each name, with `step` among the names."""
    history = _fitted(generator, material).history
    if history:
        assert "step" in history, "a history needs `step`, to name the steps"
        lengths = {name: len(column) for name, column in history.items()}
        assert len(set(lengths.values())) == 1, f"the columns have different lengths: {lengths}"
        assert all(isinstance(value, int | float) for column in history.values() for value in column)


def goes_on_from_any_checkpoint(generator: Generator, material: Material) -> None:
    """End the same from each of its checkpoints as without a break."""
    kept = MemoryCheckpoint()
    whole = generator.fit(material.train(), material.context(checkpoint=kept))
    expected = _drawn(whole)
    places = sorted({0, len(kept.saved) // 2, len(kept.saved) - 1} & set(range(len(kept.saved))))
    for place in places:
        resumed = generator.fit(
            material.train(), material.context(checkpoint=MemoryCheckpoint(kept.saved[place]))
        )
        assert digest(_drawn(resumed)) == digest(expected), (
            f"going on from checkpoint {place + 1} of {len(kept.saved)} ends with another sampler"
        )
        assert digest({**resumed.history}) == digest({**whole.history}), "… with another history"


def leaves_the_training_view_alone(generator: Generator, material: Material) -> None:
    """Change nothing in the view it learns from."""
    train = material.train()
    before = digest(train)
    generator.fit(train, material.context())
    assert digest(train) == before, "fitting changed the training view"


def leaves_global_randomness_alone(generator: Generator, material: Material) -> None:
    """Leave the global random generators as they were, in fitting and in sampling."""
    with no_global_randomness("fitting"):
        sampler = _fitted(generator, material)
    with no_global_randomness("sampling"):
        _drawn(sampler)


def _fitted(generator: Generator, material: Material) -> Sampler:
    return generator.fit(material.train(), material.context())


def _drawn(sampler: Sampler) -> list[Samples]:
    rng = np.random.default_rng(3)
    return [sampler.sample(Request(label, 3), rng) for label in range(sampler.spec.classes)]


@contextmanager
def _saved(sampler: Sampler) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        sampler.save(Path(folder))
        yield Path(folder)
