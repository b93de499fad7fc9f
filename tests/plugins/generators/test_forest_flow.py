"""The flow of boosted trees: closed forms, valid rows, gaps, resuming."""

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from genaug import Context
from genaug.data import Column, DataFacts, Request, Samples, SampleSpec, TrainView
from genaug.data.split import Split
from genaug.errors import DataError
from genaug.hooks import open_hooks
from genaug.testing.companions import MemoryCheckpoint
from genaug_plugins.generators import forest_flow
from genaug_plugins.generators.flow_columns import FlowColumns
from genaug_plugins.generators.forest_flow import ForestFlowGenerator
from genaug_plugins.generators.forest_flow_sampler import ForestFlowSampler

NOTHING = cast(Any, None)
RNG = np.random.default_rng
TINY = ForestFlowGenerator(times=4, repeats=5, trees=3)

COLUMNS = (
    Column(name="size", type="numeric", missing=True),
    Column(name="count", type="integer"),
    Column(name="colour", type="categorical", categories=("red", "green", "blue", "never")),
    Column(name="sold", type="boolean", missing=True),
    Column(name="same", type="numeric"),
    Column(name="empty", type="numeric", missing=True),
)


def context(checkpoint: MemoryCheckpoint | None = None) -> Context:
    return Context(0, "cpu", open_hooks([]), NOTHING, NOTHING, checkpoint or MemoryCheckpoint())


def vectors(values: NDArray[Any], labels: list[int] | None = None) -> TrainView:
    labels = labels or [0] * len(values)
    names = tuple("abcdef"[: max(labels) + 1])
    spec = SampleSpec(modality="vector", shape=values.shape[1:], class_names=names)
    return TrainView(spec, Samples(values.astype(np.float32), np.array(labels, dtype=np.int64)))


def table(count: int = 300) -> TrainView:
    """Return rows where the size is missing for red ones only, and `count` grows with the size."""
    rng = RNG(0)
    size = rng.lognormal(size=count)
    colour = rng.integers(0, 3, count).astype(np.float64)
    rows = np.stack(
        [
            size,
            np.floor(5 * size),
            colour,
            rng.random(count) < 0.3,
            np.full(count, 7.5),
            np.full(count, np.nan),
        ],
        axis=1,
    )
    rows[(colour == 0) & (rng.random(count) < 0.5), 0] = np.nan
    rows[rng.random(count) < 0.1, 3] = np.nan
    spec = SampleSpec(modality="table", shape=(6,), class_names=("a", "b"), columns=COLUMNS)
    return TrainView(spec, Samples(rows, (np.arange(count) % 2).astype(np.int64)))


def fit(train: TrainView, generator: ForestFlowGenerator = TINY) -> ForestFlowSampler:
    return generator.fit(train, context())


def draw(sampler: ForestFlowSampler, label: int, count: int, **more: Any) -> NDArray[Any]:
    return sampler.draw(Request(label, count, **more), RNG(1)).values


def test_learns_the_flow_from_a_gaussian_to_a_gaussian() -> None:
    """E(x − ε | x_t) = (t·R − (1 − t)·1)·(t²·R + (1 − t)²·1)⁻¹·x_t for data of the covariance R."""
    r = np.array([[1.0, 0.8], [0.8, 1.0]])
    made = RNG(0).multivariate_normal([5.0, -3.0], r * np.outer([2.0, 0.1], [2.0, 0.1]), 4000)
    sampler = fit(vectors(made), ForestFlowGenerator(times=10, repeats=3, trees=20, depth=4))
    x = RNG(1).standard_normal((500, 2))
    for step in (0, 5, 8):
        t = step / 10
        marginal = t**2 * r + (1 - t) ** 2 * np.eye(2)
        inside = x @ np.linalg.cholesky(marginal).T  # as x_t is distributed
        known = inside @ ((t * r - (1 - t) * np.eye(2)) @ np.linalg.inv(marginal)).T
        away = sampler.velocity(0, step, inside) - known
        assert (away**2).mean() < 0.05 * (known**2).mean() + 0.02
    drawn = draw(sampler, 0, 4000)
    assert drawn.mean(0) == pytest.approx([5.0, -3.0], abs=0.15)
    assert drawn.std(0) == pytest.approx([2.0, 0.1], rel=0.1)
    assert np.corrcoef(drawn.T)[0, 1] == pytest.approx(0.8, abs=0.06)


def test_rows_are_valid_and_gaps_are_where_those_of_the_data_are() -> None:
    train = table()
    sampler = fit(train, ForestFlowGenerator(times=10, repeats=10, trees=20, depth=4))
    rows = np.concatenate([draw(sampler, label, 400) for label in (0, 1)])
    train.spec.check_values(rows)
    real = train.samples.values
    assert not (rows[:, 2] == 3).any(), "a category that never occurs"
    assert (rows[:, 4] == 7.5).all()
    assert np.isnan(rows[:, 5]).all()
    for column in (0, 1):
        known = rows[~np.isnan(rows[:, column]), column]
        assert known.min() >= np.nanmin(real[:, column])
        assert known.max() <= np.nanmax(real[:, column])
    gone, red = np.isnan(rows[:, 0]), rows[:, 2] == 0
    gone_, red_ = np.isnan(real[:, 0]), real[:, 2] == 0
    assert gone[red].mean() == pytest.approx(gone_[red_].mean(), abs=0.15)  # ten times are coarse
    assert gone[~red].mean() < 0.06
    whole = rows[~gone]
    assert np.corrcoef(np.log(whole[:, 0]), np.log1p(whole[:, 1]))[0, 1] > 0.85


def test_encoded_rows_decode_to_themselves() -> None:
    train = table(60)
    columns = FlowColumns.learn(train.samples.values, train.spec)
    assert columns.width == 1 + 1 + 3 + 1 + 2  # size, count, three colours, sold; marks of size and sold
    again = columns.decode(columns.encode(train.samples.values))
    np.testing.assert_allclose(again, train.samples.values, rtol=1e-9)


def test_classes_have_flows_of_their_own_and_a_class_without_rows_is_refused() -> None:
    values = np.concatenate([RNG(0).normal(0, 1, (100, 3)), RNG(1).normal(9, 1, (100, 3))])
    sampler = fit(vectors(values, [0] * 100 + [2] * 100), ForestFlowGenerator(times=6, repeats=10, trees=10))
    assert draw(sampler, 0, 300).mean() == pytest.approx(0, abs=0.3)
    assert draw(sampler, 2, 300).mean() == pytest.approx(9, abs=0.3)
    with pytest.raises(DataError, match=r"class 'b' cannot be sampled.*the classes learned are a, c"):
        draw(sampler, 1, 1)


def test_an_interrupted_fit_resumes_bitwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forest_flow, "SAVED_EVERY", 0.0)
    kept, train = MemoryCheckpoint(), table(40)
    whole = TINY.fit(train, context(kept))
    assert len(kept.saved) == 2 * 4 - 1  # after each forest but the last
    resumed = TINY.fit(train, context(MemoryCheckpoint(kept.saved[3])))
    for label in (0, 1):
        np.testing.assert_array_equal(draw(resumed, label, 9), draw(whole, label, 9))


def test_comes_back_without_pickle_and_batches_do_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sampler = fit(table(40))
    sampler.save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "forest-flow.json",
        "forest-flow.safetensors",
    ]
    loaded = TINY.load(tmp_path, context())
    expected = draw(sampler, 1, 11)
    monkeypatch.setattr("genaug_plugins.generators.forest_flow_sampler.BATCH", 3)
    np.testing.assert_array_equal(draw(loaded, 1, 11), expected)


def test_starts_from_sources_by_strength_and_keeps_what_a_mask_keeps() -> None:
    rng = RNG(0)
    one = rng.standard_normal((400, 1))
    train = vectors(np.concatenate([one, one + 0.1 * rng.standard_normal((400, 1))], axis=1))
    sampler = fit(train, ForestFlowGenerator(times=10, repeats=10, trees=20, depth=4))
    source = train.samples.take(np.array([0]))
    named = {"sources": (str(source.ids[0]),), "source_samples": source}
    away = [
        np.abs(draw(sampler, 0, 300, options={"strength": strength}, **named) - source.values).mean()
        for strength in (0.1, 0.5, 1.0)
    ]
    assert away[0] < 0.5 * away[1] < 0.5 * away[2] * 1.01
    filled = draw(sampler, 0, 300, mask=np.array([[False, True]]), **named)
    assert (filled[:, 0] == source.values[0, 0]).all()
    assert filled[:, 1].mean() == pytest.approx(source.values[0, 0], abs=0.25)
    assert filled[:, 1].std() < 0.6  # 1 where the mask were ignored


@pytest.mark.parametrize("count", [1, 3])
def test_few_rows_are_learned_with_a_warning(count: int) -> None:
    sampler = fit(vectors(np.arange(float(count * 2)).reshape(count, 2)))
    assert "near copies" in sampler.warnings[0]
    assert draw(sampler, 0, 2).shape == (2, 2)


def test_constant_vectors_are_constant() -> None:
    assert (draw(fit(vectors(np.full((8, 2), 3.5))), 0, 2) == 3.5).all()


def test_refuses_what_it_cannot_learn_and_tells_what_costs_much() -> None:
    image = SampleSpec(modality="image", shape=(1, 8, 8), class_names=("a",), value_range=(-1, 1))
    with pytest.raises(DataError, match="rows of tables and vectors, not image samples"):
        ForestFlowGenerator().check_usable(image)
    spec, none = vectors(np.zeros((1, 900))).spec, np.array([0])
    with pytest.raises(DataError, match="at least one training row"):
        ForestFlowGenerator().check_data(DataFacts(spec, Split(), none, none, none))
    (note,) = ForestFlowGenerator().check_data(DataFacts(spec, Split(), np.array([9]), none, none))
    assert "720,000 trees (900 values × 40 trees × 20 times × 1 classes)" in note
