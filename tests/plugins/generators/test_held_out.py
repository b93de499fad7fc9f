"""Measuring beside the training: what is held out, that it is not learned from, what is chosen."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pytest

from genaug import Context, Hook, adversarial
from genaug.data import Samples, SampleSpec, TrainView
from genaug.errors import DataError
from genaug.hooks import open_hooks
from genaug.testing.companions import FlatExtractor, MemoryCheckpoint, MemoryFeatures
from genaug_plugins.generators.gan import GanGenerator
from genaug_plugins.generators.gan_sampler import GanSampler
from genaug_plugins.generators.held_out import HeldOut, split_held_out

SPEC = SampleSpec(modality="vector", shape=(2,), class_names=("many", "few", "one"), value_range=(-1, 1))
COLUMNS = ("held_out.frechet_distance", "held_out.recall")


def view(*counts: int) -> TrainView:
    """Return so many samples of each class, all different, in no order."""
    labels = np.random.default_rng(1).permutation(np.repeat(range(len(counts)), counts))
    values = np.random.default_rng(0).uniform(-1, 1, (len(labels), 2))
    return TrainView(SPEC, Samples(values.astype(np.float32), labels.astype(np.int64)))


def context(hooks: Sequence[Hook] = ()) -> Context:
    features = MemoryFeatures(view(4))
    return Context(0, "cpu", open_hooks(hooks), FlatExtractor(), features, MemoryCheckpoint())


def fit(train: TrainView, **settings: Any) -> GanSampler:
    tiny = {
        "architecture": {"use": "mlp", "width": 8, "latent_dim": 2},
        "steps": 9,
        "batch_size": 8,
        "log_every": 2,
        "hold_out": 0.25,
        "evaluate_every": 4,
    }
    return GanGenerator.model_validate(tiny | settings).fit(train, context())


def test_holds_out_a_share_of_each_class_and_leaves_each_something_to_learn_from() -> None:
    whole = view(20, 3, 1)
    learned, held = split_held_out(whole, 0.25, np.random.default_rng(0))
    assert np.bincount(held.samples.labels, minlength=3).tolist() == [5, 1, 0]
    assert np.bincount(learned.samples.labels, minlength=3).tolist() == [15, 2, 1]
    assert set(learned.samples.ids).isdisjoint(held.samples.ids)
    assert set(learned.samples.ids) | set(held.samples.ids) == set(whole.samples.ids)


def test_groups_are_not_separated() -> None:
    whole = view(20, 12, 4)
    groups = np.array([f"patient {n}" for n in np.random.default_rng(2).integers(0, 12, 36)])
    grouped = TrainView(SPEC, whole.samples, groups=groups)
    for seed in range(10):
        learned, held = split_held_out(grouped, 0.25, np.random.default_rng(seed))
        assert learned.groups is not None
        assert held.groups is not None
        assert set(learned.groups).isdisjoint(held.groups)
        assert sorted([*learned.groups, *held.groups]) == sorted(groups)
        assert 6 <= len(held.samples) <= 12
        assert set(learned.samples.labels.tolist()) == {0, 1, 2}


def test_groups_that_cannot_be_held_out_are_an_error() -> None:
    whole = view(20, 9)
    one = TrainView(SPEC, whole.samples, groups=np.full(29, "all"))
    with pytest.raises(DataError, match=r"is 0 \(samples of one group stay together\), too few"):
        split_held_out(one, 0.25, np.random.default_rng(0))


def test_without_groups_the_rows_of_the_previous_release_are_held_out() -> None:
    whole = view(20, 3, 1)
    held = split_held_out(whole, 0.25, np.random.default_rng(7))[1]
    labels, rng = whole.samples.labels, np.random.default_rng(7)
    first = [rng.permutation(np.flatnonzero(labels == label))[:n] for label, n in enumerate((5, 1, 0))]
    assert held.samples.ids.tolist() == whole.samples.ids[np.sort(np.concatenate(first))].tolist()


def test_refuses_to_measure_by_too_few() -> None:
    with pytest.raises(
        DataError, match=r"0\.1 of 30 training samples is 3, too few.*at least 4.*set it to 0"
    ):
        fit(view(20, 9, 1), hold_out=0.1)


def test_logs_what_it_measures_when_it_is_due() -> None:
    history = fit(view(20, 6, 1)).history
    assert history["step"] == [1, 2, 4, 6, 8, 9]
    for name in COLUMNS:
        first, second, third, fourth, fifth, _ = history[name]
        assert first == second == third  # measured at 1, 6 and 9
        assert fourth == fifth
    assert len(set(history[COLUMNS[0]])) == 3
    assert all(0 <= recall <= 1 for recall in history[COLUMNS[1]])
    assert not set(COLUMNS) & fit(view(20, 6, 1), hold_out=0.0).history.keys()


def test_what_is_held_out_is_never_learned_from(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, seen = view(20, 6, 1), []
    train = adversarial.train

    def spied(architecture: Any, regularizers: Any, learned: TrainView, *more: Any, **named: Any) -> Any:
        seen.append(learned)
        return train(architecture, regularizers, learned, *more, **named)

    monkeypatch.setattr("genaug.adversarial.train", spied)
    fit(whole)
    assert [len(learned.samples) for learned in seen] == [20]  # 5 of 20, 2 of 6 and none of 1 held out

    # Whatever the held out samples are, the same weights are learned from the others.
    others = np.isin(whole.samples.ids, seen[0].samples.ids)
    values = np.where(others[:, None], whole.samples.values, -whole.samples.values)
    changed = TrainView(SPEC, Samples(values, whole.samples.labels))
    plain, other = fit(whole), fit(changed)
    assert plain.history["loss_g"] == other.history["loss_g"]
    assert plain.history[COLUMNS[0]] != other.history[COLUMNS[0]]


def test_a_generator_that_makes_the_held_out_samples_is_at_no_distance() -> None:
    held = view(5, 4, 1)

    class Copying:
        latent_dim = 3

        def __call__(self, latents: Any, labels: Any) -> Any:
            return latents.new_tensor(held.samples.values)

    values = HeldOut(held, context())(cast(Any, Copying()))
    assert values == {COLUMNS[0]: pytest.approx(0, abs=1e-9), COLUMNS[1]: 1.0}


def test_a_collapsed_generator_can_be_measured() -> None:
    held = view(5, 4, 1)

    class Constant:
        latent_dim = 3

        def __call__(self, latents: Any, labels: Any) -> Any:
            return latents.new_zeros(len(latents), 2)

    real = held.samples.values.astype(np.float64)
    values = HeldOut(held, context())(cast(Any, Constant()))
    expected = (real.mean(0) ** 2).sum() + real.var(0, ddof=1).sum()
    assert values == {COLUMNS[0]: pytest.approx(expected, rel=1e-6), COLUMNS[1]: 0.0}
