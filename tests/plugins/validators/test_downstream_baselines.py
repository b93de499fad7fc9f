"""The cheap baselines: as large as what is added, of the same classes, and not the real samples again."""

import numpy as np
import pytest

from genaug.data import Samples, SampleSpec
from genaug_plugins.evaluation.baselines import classical, repeats

WANTED = np.array([7, 0, 3, 4])
SPECS = {
    "image": SampleSpec(modality="image", shape=(1, 12, 10), class_names=tuple("abcd"), value_range=(-1, 1)),
    "signal": SampleSpec(modality="signal", shape=(2, 40), class_names=tuple("abcd")),
    "vector": SampleSpec(modality="vector", shape=(5,), class_names=tuple("abcd")),
}


def real(spec: SampleSpec) -> Samples:
    """Return 4, 3 and 1 samples of three classes, and none of the fourth."""
    labels = np.array([0, 0, 0, 0, 1, 1, 1, 2])
    values = np.random.default_rng(0).uniform(-0.9, 0.9, (8, *spec.shape)) + 0.05 * labels.reshape(
        -1, *[1] * len(spec.shape)
    )
    return Samples(values.clip(-1, 1).astype(np.float32), labels.astype(np.int64))


def test_repeats_are_real_samples_as_often_as_one_another() -> None:
    samples = real(SPECS["vector"])
    drawn = repeats(samples, WANTED, np.random.default_rng(1))
    assert drawn.per_class(4).tolist() == [7, 0, 3, 0]  # of d there is nothing to repeat
    ids, counts = np.unique(drawn.ids[drawn.labels == 0], return_counts=True)
    assert set(ids) == set(samples.ids[:4])
    assert sorted(counts) == [1, 2, 2, 2]


@pytest.mark.parametrize("modality", SPECS)
def test_classical_samples_are_new_of_the_same_classes_and_repeatable(modality: str) -> None:
    spec = SPECS[modality]
    samples = real(spec)
    made = classical(samples, WANTED, spec, np.random.default_rng(1))
    assert made.per_class(4).tolist() == [7, 0, 3, 0]
    assert made.values.shape[1:] == spec.shape
    assert np.isfinite(made.values).all()
    lonely = made.labels == 2
    if modality == "vector":  # one sample has no neighbour to go to
        assert set(made.ids[lonely]) == {samples.ids[7]}
    else:
        assert not set(made.ids) & set(samples.ids)
    assert len(set(made.ids[~lonely])) == 7
    again = classical(samples, WANTED, spec, np.random.default_rng(1))
    assert (again.values == made.values).all()
    assert (classical(samples, WANTED, spec, np.random.default_rng(2)).values != made.values).any()


def test_images_stay_in_range_and_near_their_origin() -> None:
    spec = SPECS["image"]
    ramp = np.linspace(-1, 1, 120, dtype=np.float32).reshape(1, 1, 12, 10)
    samples = Samples(np.repeat(ramp, 2, axis=0), np.array([0, 1]))
    made = classical(samples, np.array([50, 0, 0, 0]), spec, np.random.default_rng(1))
    assert made.values.min() >= -1
    assert made.values.max() <= 1
    apart = np.abs(made.values - ramp).mean(axis=(1, 2, 3))
    assert apart.min() > 0.01
    assert apart.max() < 0.4  # shuffled pixels would be 0.67 apart


def test_a_constant_image_stays_as_it_is() -> None:
    spec = SPECS["image"]
    samples = Samples(np.full((2, 1, 12, 10), 0.5, dtype=np.float32), np.array([0, 1]))
    made = classical(samples, np.array([5, 0, 0, 0]), spec, np.random.default_rng(1))
    assert np.allclose(made.values, 0.5, atol=1e-6)  # nothing black comes in at the edges


def test_vectors_lie_between_two_of_their_class() -> None:
    spec = SPECS["vector"]
    line = np.outer(np.arange(6.0), np.ones(5)).astype(np.float32)
    samples = Samples(line, np.array([0, 0, 0, 1, 1, 1]))
    made = classical(samples, np.array([20, 20, 0, 0]), spec, np.random.default_rng(1))
    assert np.allclose(made.values, made.values[:, :1])
    for label, low, high in ((0, 0, 2), (1, 3, 5)):
        own = made.values[made.labels == label]
        assert own.min() >= low
        assert own.max() <= high


def test_no_wanted_sample_is_none() -> None:
    for spec in SPECS.values():
        assert len(classical(real(spec), np.zeros(4, dtype=np.int64), spec, np.random.default_rng(1))) == 0
