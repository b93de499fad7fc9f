"""Selectors on hand-made candidates: who is kept, why, and what is said of it."""

from collections.abc import Sequence

import numpy as np
import pytest

from genaug.contracts import Candidates, Context, Extractor, Model, Selector, Task
from genaug.data import Origin, Pool, Samples, SampleSpec, Selection, TrainView
from genaug.data.samples import FloatArray
from genaug.errors import DataError, PluginFailed
from genaug.hooks import open_hooks
from genaug.testing import parametrize_with_checks
from genaug_plugins.extractors.pixels import PixelsExtractor
from genaug_plugins.selectors.cluster import ClusterSelector
from genaug_plugins.selectors.random import RandomSelector
from genaug_plugins.selectors.realism import RealismSelector
from genaug_plugins.selectors.top_k import TopKSelector

SPEC = SampleSpec(modality="vector", shape=(2,), class_names=("left", "right", "far"))
CENTRES = np.array([[-3.0, 0.0], [3.0, 0.0], [0.0, 9.0]])


class NearestCentreModel(Model):
    """Probabilities from distances to the class means."""

    def __init__(self, means: np.ndarray) -> None:
        self.means = means

    def predict(self, samples: Samples) -> np.ndarray:
        d = ((samples.values[:, None] - self.means[None]) ** 2).sum(axis=-1)
        p = np.exp(-(d - d.min(axis=1, keepdims=True)))
        return p / p.sum(axis=1, keepdims=True)


class NearestCentreTask(Task):
    name = "nearest-centre"

    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Model:
        rows = [training.values[training.labels == c] for c in range(spec.classes)]
        return NearestCentreModel(np.stack([r.mean(axis=0) if len(r) else np.full(2, 1e3) for r in rows]))


class BrokenTask(Task):
    name = "broken"

    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Model:
        class Broken(Model):
            def predict(self, samples: Samples) -> np.ndarray:
                return np.full((len(samples), spec.classes), np.nan)

        return Broken()


def context(seed: int = 0) -> Context:
    def embed(extractor: Extractor, samples: Samples) -> FloatArray:
        embedder = extractor.load(SPEC, "cpu")
        padded = np.resize(samples.values, (embedder.batch_size * -(-len(samples) // embedder.batch_size), 2))
        batches = padded.reshape(-1, embedder.batch_size, 2)
        return np.concatenate([embedder.embed(batch) for batch in batches])[: len(samples)]

    return Context(seed, "cpu", open_hooks([]), PixelsExtractor(), embed, checkpoint=None)  # type: ignore[arg-type]


def samples(values: Sequence[Sequence[float]] | np.ndarray, labels: Sequence[int] | np.ndarray) -> Samples:
    return Samples(np.asarray(values, dtype=np.float32).reshape(-1, 2), np.asarray(labels, dtype=np.int64))


def candidates(
    values: Sequence[Sequence[float]] | np.ndarray, labels: Sequence[int] | np.ndarray
) -> Candidates:
    made = samples(values, labels)
    place = np.arange(len(made))
    return Candidates(Pool(SPEC, made, (Origin("g", 0),), np.zeros_like(place), place), {})


def train(per_class: Sequence[int] = (20, 20, 20), seed: int = 0) -> TrainView:
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(3), per_class)
    return TrainView(SPEC, samples(CENTRES[labels] + rng.normal(size=(len(labels), 2)), labels))


def clouds(n: int, seed: int = 1, scale: float = 1.0) -> Candidates:
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(3), n)
    return candidates(CENTRES[labels] + scale * rng.normal(size=(len(labels), 2)), labels)


ALL = [
    TopKSelector(judge=NearestCentreTask()),
    RealismSelector(),
    RealismSelector(share=0.5),
    ClusterSelector(clusters=2, per_cluster=1),
    ClusterSelector(clusters=2, per_cluster=1, centres="training"),
    RandomSelector(),
]


@parametrize_with_checks(
    [s for s in ALL if s.name != "top-k"] + [TopKSelector(judge={"use": "classification", "steps": 2})]
)
def test_promises(component: Selector, check) -> None:  # type: ignore[no-untyped-def]
    check(component)


@pytest.mark.parametrize("selector", ALL, ids=lambda s: s.name)
def test_no_candidates_and_empty_classes(selector: Selector) -> None:
    none = selector.select(candidates([], []), train(), context())
    assert none.kept.shape == (0,)
    only_one = selector.select(candidates([[-3, 0], [-2.5, 0.5]], [0, 0]), train(), context())
    assert only_one.kept.shape == (2,)
    # The scores are the same set of names, whatever there was to score.
    assert none.scores.keys() == only_one.scores.keys()


@pytest.mark.parametrize("selector", ALL, ids=lambda s: s.name)
def test_the_same_seed_selects_the_same(selector: Selector) -> None:
    one, two = (selector.select(clouds(30), train(), context(seed=7)) for _ in range(2))
    np.testing.assert_array_equal(one.kept, two.kept)
    for name, column in one.scores.items():
        np.testing.assert_array_equal(column, two.scores[name])


# top-k


def test_top_k_keeps_what_the_judge_takes_for_its_class() -> None:
    # Two right ones, one mislabelled, one between left and right but nearer to right.
    given = candidates([[-3, 0], [3, 0], [3, 0], [0.2, 0]], [0, 1, 0, 0])
    found = TopKSelector(k=1, judge=NearestCentreTask()).select(given, train(), context())
    np.testing.assert_array_equal(found.kept, [True, True, False, False])
    np.testing.assert_array_equal(found.scores["rank"], [1, 1, 2, 2])
    assert found.reasons[2] == "the judge ranked its class 2 of 3; rank 1 is the last kept"
    assert found.scores["probability"][0] > 0.99 > 0.5 > found.scores["probability"][3]
    wider = TopKSelector(k=2, judge=NearestCentreTask()).select(given, train(), context())
    assert wider.kept.all()


def test_top_k_says_when_it_filters_nothing_or_a_whole_class() -> None:
    given = candidates([[-3, 0], [3, 0]], [0, 2])
    found = TopKSelector(k=1, judge=NearestCentreTask()).select(given, train(), context())
    assert found.notes == ("the judge recognised none of the 1 candidates of class 'far'",)
    found = TopKSelector(k=3, judge=NearestCentreTask()).select(given, train(), context())
    assert found.notes == ("k = 3 keeps every candidate: there are only 3 classes",)


def test_top_k_keeps_nothing_of_a_class_the_judge_cannot_know() -> None:
    given = candidates([[0, 9], [-3, 0]], [2, 0])
    found = TopKSelector(k=3, judge=NearestCentreTask()).select(given, train((20, 20, 0)), context())
    np.testing.assert_array_equal(found.kept, [False, True])
    assert found.reasons[0] == "its class has no training samples: the judge cannot know it"
    assert "class 'far' has no training samples: none of its candidates is kept" in found.notes


def test_top_k_refuses_a_judge_that_says_nothing() -> None:
    with pytest.raises(PluginFailed, match="the judge 'broken' returned"):
        TopKSelector(judge=BrokenTask()).select(clouds(2), train(), context())


def test_top_k_with_the_real_judge() -> None:
    given = candidates([[-3, 0], [3, 0], [0, 9], [3, 0.5]], [0, 1, 2, 0])
    found = TopKSelector().select(given, train(), context())
    np.testing.assert_array_equal(found.kept, [True, True, True, False])


def test_top_k_is_the_same_in_python_and_in_a_file() -> None:
    selector = TopKSelector.model_validate({"k": 2, "judge": {"use": "classification", "steps": 5}})
    assert (
        TopKSelector.model_validate({k: v for k, v in selector.model_dump().items() if k != "use"})
        == selector
    )


# realism


def test_realism_keeps_what_lies_among_the_training_samples() -> None:
    view = train()
    given = candidates([[-3, 0], [3, 0.2], [40, 40], [0, 4.5]], [0, 1, 0, 2])
    found = RealismSelector().select(given, view, context())
    np.testing.assert_array_equal(found.kept, [True, True, False, False])
    real, fake = view.samples.values.astype(float), given.pool.samples.values.astype(float)
    rr = np.linalg.norm(real[:, None] - real[None], axis=-1)
    r = np.sort(rr, axis=1)[:, 3]  # itself is the first
    gf = np.linalg.norm(fake[:, None] - real[None], axis=-1)
    expected = (r / gf)[:, r <= np.median(r)].max(axis=1)
    np.testing.assert_allclose(found.scores["realism"], expected, rtol=1e-9)
    assert found.reasons[2].startswith("realism 0.0")
    assert found.reasons[2].endswith("at least 1 is kept")


def test_realism_keeps_the_best_share_of_each_class() -> None:
    given = clouds(10, scale=2.0)
    found = RealismSelector(share=0.3).select(given, train(), context())
    for label in range(3):
        rows = np.flatnonzero(given.pool.samples.labels == label)
        best = rows[np.argsort(-found.scores["realism"][rows])[:3]]
        assert set(np.flatnonzero(found.kept[rows])) == set(best - rows[0])


def test_realism_says_that_copies_are_copies() -> None:
    view = train()
    half = np.argsort(np.abs(view.samples.values).sum(axis=1))[:30]
    given = candidates(view.samples.values[half], view.samples.labels[half])
    found = RealismSelector().select(given, view, context())
    copies = int((found.scores["realism"] == 1e9).sum())
    assert copies > 5
    assert f"{copies} candidates have the features of a training sample, to the last digit" in found.notes


def test_realism_needs_more_training_samples_than_neighbours() -> None:
    with pytest.raises(DataError, match="need at least 4 training samples, and there are 3: lower k"):
        RealismSelector().select(clouds(2), train((1, 1, 1)), context())


# cluster


def test_cluster_keeps_the_nearest_of_each_cluster_of_each_class() -> None:
    blobs = np.array([[-8.0, 0.0], [-2.0, 5.0], [6.0, 0.0]])
    rng = np.random.default_rng(3)
    values = np.concatenate([b + 0.1 * rng.normal(size=(8, 2)) for b in blobs])
    given = candidates(values, [0] * 24)
    found = ClusterSelector(clusters=3, per_cluster=2).select(given, train(), context())
    assert found.kept.sum() == 6
    values = given.pool.samples.values
    for rows in np.split(np.arange(24), 3):
        distance = np.linalg.norm(values[rows] - values[rows].mean(axis=0), axis=1)
        assert set(rows[np.argsort(distance)[:2]]) == set(rows[found.kept[rows]])
        np.testing.assert_allclose(found.scores["distance"][rows], distance, atol=1e-4)
        assert len(set(found.scores["cluster"][rows])) == 1
    assert "rank 3 from the centre of its cluster; 2 are kept" in found.reasons


def test_cluster_minds_every_candidate_not_a_sample_of_them() -> None:
    # FAISS by itself would look at 256 candidates a centre.
    rng = np.random.default_rng(0)
    given = candidates(rng.normal(size=(2000, 2)), [0] * 2000)
    found = ClusterSelector(clusters=1, per_cluster=1).select(given, train(), context())
    values = given.pool.samples.values
    distance = np.linalg.norm(values - values.mean(axis=0), axis=1)
    assert found.kept[distance.argmin()]
    np.testing.assert_allclose(found.scores["distance"], distance, atol=1e-5)


def test_cluster_copes_with_fewer_candidates_than_clusters_and_with_copies() -> None:
    given = candidates([[0, 0], [1, 1], [1, 1], [5, 5]], [0, 0, 0, 1])
    found = ClusterSelector(clusters=3, per_cluster=1).select(given, train(), context())
    assert found.kept.sum() == 3  # one of the two copies stands for both
    assert found.kept[[0, 3]].all()
    assert found.notes == (
        "class 'left' has 2 distinct candidates to cluster, fewer than the 3 clusters asked for",
        "class 'right' has 1 distinct candidates to cluster, fewer than the 3 clusters asked for",
    )


def test_cluster_around_the_training_samples_is_the_distance_to_the_real_centroid() -> None:
    view, given = train(), clouds(10)
    found = ClusterSelector(clusters=1, per_cluster=2, centres="training").select(given, view, context())
    for label in range(3):
        rows = np.flatnonzero(given.pool.samples.labels == label)
        centroid = view.samples.values[view.samples.labels == label].mean(axis=0)
        distance = np.linalg.norm(given.pool.samples.values[rows] - centroid, axis=1)
        np.testing.assert_allclose(found.scores["distance"][rows], distance, atol=1e-5)
        assert set(np.flatnonzero(found.kept[rows])) == set(np.argsort(distance)[:2])


def test_cluster_without_training_samples_of_a_class_says_so() -> None:
    found = ClusterSelector(centres="training").select(clouds(2), train((5, 5, 0)), context())
    assert found.reasons[-1] == "its class has no training samples, and so no centres"
    assert "class 'far' has no training samples: none of its candidates is kept" in found.notes


# random


def kept_of(selection: Selection, given: Candidates) -> list[int]:
    return np.bincount(given.pool.samples.labels[selection.kept], minlength=3).tolist()


def test_random_keeps_a_share_or_a_number_of_each_class() -> None:
    given = candidates(np.random.default_rng(0).normal(size=(26, 2)), [0] * 20 + [1] * 4 + [2] * 2)
    assert kept_of(RandomSelector().select(given, train(), context()), given) == [10, 2, 1]
    assert kept_of(RandomSelector(share=0.25).select(given, train(), context()), given) == [5, 1, 0]
    found = RandomSelector(per_class=3).select(given, train(), context())
    assert kept_of(found, given) == [3, 3, 2]
    assert found.notes == ("class 'far' has 2 candidates; 3 were asked for",)
    assert "not among the 3 of 20 drawn for its class" in found.reasons


def test_random_is_fair_and_another_seed_draws_another() -> None:
    given = clouds(20)
    drawn = np.stack([RandomSelector().select(given, train(), context(s)).kept for s in range(200)])
    assert np.abs(drawn.mean(axis=0) - 0.5).max() < 0.15  # 4 standard errors
    assert (drawn[0] != drawn[1]).any()


def test_random_takes_one_setting_not_two() -> None:
    with pytest.raises(ValueError, match="set per_class or share, not both"):
        RandomSelector(per_class=1, share=0.5)
