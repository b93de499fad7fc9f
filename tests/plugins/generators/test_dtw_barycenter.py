"""Averages under dynamic time warping: alignments against brute force, peaks that stay peaks."""

from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from genaug import Context
from genaug.data import DataFacts, Request, Samples, SampleSpec, TrainView
from genaug.data.split import Split
from genaug.errors import DataError
from genaug.hooks import open_hooks
from genaug.testing.companions import MemoryCheckpoint
from genaug_plugins.generators import dtw_barycenter
from genaug_plugins.generators.dtw_barycenter import DtwBarycenterGenerator
from genaug_plugins.generators.time_warping import barycenters, steps_back, warping_paths

NOTHING = cast(Any, None)
CONTEXT = Context(0, "cpu", open_hooks([]), NOTHING, NOTHING, MemoryCheckpoint())
RNG = np.random.default_rng


def view(values: NDArray[Any], labels: list[int]) -> TrainView:
    names = tuple("abcdef"[: max(labels) + 1])
    spec = SampleSpec(modality="signal", shape=values.shape[1:], class_names=names)
    return TrainView(spec, Samples(values.astype(np.float32), np.array(labels, dtype=np.int64)))


def bumps(count: int, length: int = 60) -> NDArray[np.float64]:
    at = RNG(0).uniform(20, 40, (count, 1))
    return np.exp(-(((np.arange(length) - at) / 3) ** 2) / 2)[:, None]  # [N, 1, T]


def brute_force(a: NDArray[Any], b: NDArray[Any], radius: int) -> float:
    cost = np.full((len(a) + 1, len(b) + 1), np.inf)
    cost[0, 0] = 0
    for i in range(len(a)):
        for j in range(max(0, i - radius), min(len(b), i + radius + 1)):
            least = min(cost[i, j], cost[i, j + 1], cost[i + 1, j])
            cost[i + 1, j + 1] = ((a[i] - b[j]) ** 2).sum() + least
    return float(np.sqrt(cost[-1, -1]))


@pytest.mark.parametrize(("length", "radius"), [(1, 1), (2, 1), (7, 1), (17, 3), (9, 9), (9, 30)])
def test_alignments_are_those_of_brute_force(length: int, radius: int) -> None:
    a, b = RNG(length).standard_normal((2, 4, length, 2))
    distances, moves = warping_paths(a, b, radius)
    known = [brute_force(one, other, radius) for one, other in zip(a, b, strict=True)]
    assert distances == pytest.approx(known)
    along, times = np.zeros(4), np.zeros((4, length))
    for rows, i, j in steps_back(moves, 4):
        along[rows] += ((a[rows, i] - b[rows, j]) ** 2).sum(axis=1)
        times[rows, i] += 1
        assert (np.abs(i - j) <= radius).all()
    assert np.sqrt(along) == pytest.approx(known)  # the path has the cost
    assert (times >= 1).all()


def test_the_barycenter_of_one_signal_is_that_signal_and_weights_count() -> None:
    signals = RNG(0).standard_normal((2, 3, 12, 1))
    only_the_first = np.array([[1.0, 0, 0], [1.0, 0, 0]])
    np.testing.assert_allclose(barycenters(signals, only_the_first, 4, 5), signals[:, 0])
    high = np.stack([np.zeros((12, 1)), np.ones((12, 1))])[None]
    made = barycenters(high, np.array([[1.0, 3.0]]), 2, 5)
    assert made == pytest.approx(0.75)


def test_peaks_stay_peaks() -> None:
    real = bumps(20)
    sampler = DtwBarycenterGenerator(window=0.4).fit(view(real, [0] * 20), CONTEXT)
    made = sampler.draw(Request(0, 30), RNG(1)).values
    assert made.shape == (30, 1, 60)
    assert np.median(made.max(axis=2)) > 0.9
    assert real.mean(axis=0).max() < 0.5  # the plain mean does not
    width = (made > 0.5).sum(axis=2).mean() / (real > 0.5).sum(axis=2).mean()
    assert width == pytest.approx(1, abs=0.35)
    assert len(np.unique(made.round(5), axis=0)) == 30


def test_blocks_units_and_sources_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    train = view(np.concatenate([bumps(8), 1000 * bumps(8)[::-1]], axis=1), [0] * 8)
    made = DtwBarycenterGenerator().fit(train, CONTEXT).draw(Request(0, 5), RNG(1)).values
    monkeypatch.setattr(dtw_barycenter, "CELLS", 1)
    again = DtwBarycenterGenerator().fit(train, CONTEXT).draw(Request(0, 5), RNG(1)).values
    np.testing.assert_array_equal(again, made)
    scaled = view(train.samples.values * 4, [0] * 8)
    larger = DtwBarycenterGenerator().fit(scaled, CONTEXT).draw(Request(0, 5), RNG(1)).values
    np.testing.assert_allclose(larger, 4 * made, rtol=1e-5)


def test_a_class_of_one_is_copied_and_classes_of_one_are_refused() -> None:
    train = view(bumps(3), [0, 0, 1])
    sampler = DtwBarycenterGenerator().fit(train, CONTEXT)
    np.testing.assert_allclose(
        sampler.draw(Request(1, 2), RNG(0)).values, train.samples.values[[2, 2]], rtol=1e-6
    )
    none = np.zeros(2, dtype=np.int64)
    with pytest.raises(DataError, match="no class has two in training"):
        DtwBarycenterGenerator().check_data(DataFacts(train.spec, Split(), none + 1, none, none))
    image = SampleSpec(modality="image", shape=(1, 8, 8), class_names=("a",), value_range=(-1, 1))
    with pytest.raises(DataError, match="signals"):
        DtwBarycenterGenerator().check_usable(image)
