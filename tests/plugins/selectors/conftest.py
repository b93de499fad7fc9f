"""Hand-made candidates for selectors: points in a plane, of three classes around three centres."""

from collections.abc import Mapping, Sequence
from types import SimpleNamespace

import numpy as np
import pytest

from genaug.contracts import Candidates, Context, Model, Predictor
from genaug.data import Origin, Pool, Samples, SampleSpec, TrainView
from genaug.hooks import open_hooks
from genaug.testing.companions import LabelTask, MemoryCheckpoint, MemoryFeatures
from genaug_plugins.extractors.pixels import PixelsExtractor

SPEC = SampleSpec(modality="vector", shape=(2,), class_names=("left", "right", "far"))
CENTRES = np.array([[-3.0, 0.0], [3.0, 0.0], [0.0, 9.0]])

Rows = Sequence[Sequence[float]] | np.ndarray
Labels = Sequence[int] | np.ndarray


class NearestCentre(Predictor):
    """Probabilities from distances to the class means."""

    def __init__(self, means: np.ndarray) -> None:
        self.means = means

    def predict(self, samples: Samples) -> np.ndarray:
        d = ((samples.values[:, None] - self.means[None]) ** 2).sum(axis=-1)
        p = np.exp(-(d - d.min(axis=1, keepdims=True)))
        return p / p.sum(axis=1, keepdims=True)


class NearestCentreModel(Model):
    name = "nearest-centre"

    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
        rows = [training.values[training.labels == c] for c in range(spec.classes)]
        return NearestCentre(np.stack([r.mean(axis=0) if len(r) else np.full(2, 1e3) for r in rows]))


class BrokenModel(Model):
    name = "broken"

    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
        class Broken(Predictor):
            def predict(self, samples: Samples) -> np.ndarray:
                return np.full((len(samples), spec.classes), np.nan)

        return Broken()


def samples(values: Rows, labels: Labels) -> Samples:
    return Samples(np.asarray(values, dtype=np.float32).reshape(-1, 2), np.asarray(labels, dtype=np.int64))


def candidates(
    values: Rows, labels: Labels, sources: Sequence[str] = (), scores: Mapping[str, np.ndarray] | None = None
) -> Candidates:
    """Return candidates of one request, started from `sources`."""
    made = samples(values, labels)
    place = np.arange(len(made))
    pool = Pool(SPEC, made, (Origin("g", 0, sources=tuple(sources)),), np.zeros_like(place), place)
    return Candidates(pool, scores or {})


def train(per_class: Sequence[int] = (20, 20, 20), seed: int = 0) -> TrainView:
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(3), per_class)
    return TrainView(SPEC, samples(CENTRES[labels] + rng.normal(size=(len(labels), 2)), labels))


def view(values: Rows, labels: Labels) -> TrainView:
    return TrainView(SPEC, samples(values, labels))


def clouds(n: int, seed: int = 1, scale: float = 1.0) -> Candidates:
    """Return n candidates around the centre of each class."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(3), n)
    return candidates(CENTRES[labels] + scale * rng.normal(size=(len(labels), 2)), labels)


def context(seed: int = 0) -> Context:
    """Return a context whose features are the values."""
    return Context(
        seed, "cpu", open_hooks([]), PixelsExtractor(), MemoryFeatures(train()), MemoryCheckpoint()
    )


@pytest.fixture(scope="session")
def hand_made() -> SimpleNamespace:
    """Return what makes candidates, training views, contexts and judges by hand."""
    return SimpleNamespace(
        spec=SPEC,
        centres=CENTRES,
        candidates=candidates,
        clouds=clouds,
        context=context,
        samples=samples,
        train=train,
        view=view,
        judge=LabelTask(model=NearestCentreModel()),
        broken_judge=LabelTask(model=BrokenModel()),
    )
