"""Painted images: strength, sizes, channels, value range."""

import json
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from sklearn.datasets import load_sample_images

from genaug import Context, Pipeline, from_arrays
from genaug.data import Request, Samples, SampleSpec, TrainView
from genaug.errors import DataError
from genaug.hooks import open_hooks
from genaug.testing.companions import MemoryCheckpoint
from genaug_plugins.generators.style_transfer import StyleTransferGenerator

NOTHING = cast(Any, None)
CONTEXT = Context(0, "cpu", open_hooks([]), NOTHING, NOTHING, MemoryCheckpoint())


@pytest.mark.parametrize("shape", [(1, 17, 23), (3, 64, 96), (4, 20, 9)])
def test_strength_is_the_share_of_the_painting_at_any_size(shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(0).uniform(-1, 1, (2, *shape)).astype(np.float32)
    spec = SampleSpec(modality="image", shape=shape, class_names=("a",), value_range=(-1, 1))
    train = TrainView(spec, Samples(values, np.zeros(2, dtype=np.int64)))
    sampler = StyleTransferGenerator().fit(train, CONTEXT)
    source = train.samples.take(np.array([0]))
    named = {"sources": (str(source.ids[0]),), "source_samples": source}
    made = {
        strength: sampler.draw(
            Request(0, 1, options={"strength": strength, "style": 7}, **named), np.random.default_rng(0)
        ).values[0]
        for strength in (0.2, 0.4, 1.0)
    }
    for image in made.values():
        spec.check_values(image[None])
    painted = min(3, shape[0])
    for strength in (0.2, 0.4):
        expected = (1 - strength) * values[0, :painted] + strength * made[1.0][:painted]
        np.testing.assert_allclose(made[strength][:painted], expected, atol=1e-5)
    assert np.abs(made[1.0][:painted] - values[0, :painted]).mean() > 0.1
    np.testing.assert_array_equal(made[1.0][painted:], values[0, painted:])


def test_refuses_what_it_cannot_paint() -> None:
    spec = SampleSpec(modality="vector", shape=(4,), class_names=("a",))
    with pytest.raises(DataError, match="paints images, not samples of modality 'vector'"):
        StyleTransferGenerator().check_usable(spec)
    image = SampleSpec(modality="image", shape=(1, 8, 8), class_names=("a",), value_range=(-1, 1))
    with pytest.raises(DataError, match="no style 26: there are 0 to 25"):
        StyleTransferGenerator(styles=(26,)).check_usable(image)


def test_selectors_catch_paintings_that_break_the_label(tmp_path: Path) -> None:
    """Patches of photographs painted a little keep their class; of the wholly painted ones half lose it."""
    rng, patches, labels = np.random.default_rng(0), [], []
    for name, photo in zip(("temple", "flower"), load_sample_images().images, strict=True):
        for _ in range(60):
            top, left = rng.integers(0, photo.shape[0] - 96), rng.integers(0, photo.shape[1] - 96)
            patches.append(photo[top : top + 96 : 3, left : left + 96 : 3])
            labels.append(name)
    pipeline = Pipeline(
        source=from_arrays(np.stack(patches), labels),
        split={"train_per_class": 25, "validation_per_class": 10},
        extractor={"use": "pixels"},
        generator={"use": "style-transfer"},
        strategy={"use": "image-to-image", "times": 2, "strengths": [0.2, 1.0]},
        selectors=[{"use": "top-k", "k": 1}],
        validators=[],
    )
    run = pipeline.run(tmp_path)
    kept = [json.loads(options)["strength"] for options in run.selected.lineage["options"]]
    assert len(run.pool) == 100
    assert kept.count(0.2) >= 45  # of 50
    assert kept.count(1.0) <= 35
