"""Nearest neighbours and the measures that rest on them: values, conventions, ties, precision."""

import contextlib
import io

import numpy as np
import prdc
import pytest

from genaug.errors import DataError
from genaug_plugins.metrics import distances
from genaug_plugins.metrics.nearest import nearest, nearest_others
from genaug_plugins.metrics.neighbours import neighbourhood, realism


def clouds(n: int = 150, m: int = 130, d: int = 24, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    real = rng.normal(size=(n, d)).astype(np.float32)
    return real, (rng.normal(size=(m, d)) * 0.9 + 0.2).astype(np.float32)


def pairwise(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.sqrt(((a.astype(np.float64)[:, None] - b.astype(np.float64)[None]) ** 2).sum(axis=-1))


@pytest.mark.parametrize("k", [1, 3, 5])
@pytest.mark.parametrize("seed", range(3))
def test_equals_the_reference_package(k: int, seed: int) -> None:
    real, fake = clouds(seed=seed)
    with contextlib.redirect_stdout(io.StringIO()):
        expected = prdc.compute_prdc(real.astype(np.float64), fake.astype(np.float64), k)
    found = neighbourhood(real, fake, k)
    for name, value in expected.items():
        assert getattr(found, name) == pytest.approx(value, abs=1e-6), name


@pytest.mark.parametrize("k", [1, 3])
def test_equals_the_formulas_on_values_full_of_ties(k: int) -> None:
    # Small integers: exact distances, very many of them equal, and duplicates within and across the sets.
    rng = np.random.default_rng(1)
    real = rng.integers(0, 3, size=(80, 3)).astype(np.float32)
    fake = rng.integers(0, 4, size=(70, 3)).astype(np.float32)
    rr, ff, gf = pairwise(real, real), pairwise(fake, fake), pairwise(fake, real)
    np.fill_diagonal(rr, np.inf)
    np.fill_diagonal(ff, np.inf)
    r, s = np.sort(rr, axis=1)[:, k - 1], np.sort(ff, axis=1)[:, k - 1]
    found = neighbourhood(real, fake, k)
    assert found.precision == (gf <= r).any(axis=1).mean()
    assert found.recall == (gf <= s[:, None]).any(axis=0).mean()
    assert found.density == pytest.approx((gf < r).sum() / (k * len(fake)), abs=1e-12)
    assert found.coverage == (gf.min(axis=0) < r).mean()
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.where((gf == 0) & (r == 0), 1.0, r / gf)
    np.testing.assert_allclose(found.realism, ratios[:, r <= np.median(r)].max(axis=1), rtol=1e-12)
    star = gf.argmin(axis=1)
    np.testing.assert_array_equal(found.authentic, rr.min(axis=1)[star] < gf.min(axis=1))
    np.testing.assert_array_equal(found.nearest.indices[:, 0], star)


def test_a_collapsed_generator_is_precise_and_recalls_little() -> None:
    rng = np.random.default_rng(2)
    modes = rng.normal(size=(10, 16)) * 20
    real = np.concatenate([mode + rng.normal(size=(60, 16)) for mode in modes])
    collapsed = modes[0] + 0.9 * rng.normal(size=(400, 16))
    found = neighbourhood(real, collapsed, k=5)
    assert found.precision > 0.9
    assert found.recall < 0.15
    assert found.coverage < 0.15


def test_fresh_draws_are_as_good_as_real() -> None:
    rng = np.random.default_rng(3)
    found = neighbourhood(rng.normal(size=(600, 4)), rng.normal(size=(600, 4)), k=5)
    assert found.precision > 0.85
    assert found.recall > 0.85
    assert found.density == pytest.approx(1, abs=0.1)
    assert found.coverage > 0.9
    assert found.authenticity == pytest.approx(0.5, abs=0.08)


def test_copies_have_distance_exactly_zero_even_with_a_large_offset() -> None:
    rng = np.random.default_rng(4)
    real = (rng.normal(size=(100, 32)) * 1e-2 + 1e3).astype(np.float32)
    found = neighbourhood(real, real[::-1].copy(), k=3)
    assert (found.nearest.distances == 0).all()
    np.testing.assert_array_equal(found.nearest.indices[:, 0], np.arange(100)[::-1])
    assert found.authenticity == 0
    assert found.coverage == found.precision == found.recall == 1
    assert np.isinf(found.realism[found.nearest.indices[:, 0] < 100]).any()


def test_near_copies_keep_their_small_distance_with_a_large_offset() -> None:
    rng = np.random.default_rng(5)
    points = rng.normal(size=(200, 16)) + 1e6
    queries = points.copy()
    queries[:, 0] += 1e-6
    found = nearest(queries, points, k=2)
    expected = np.abs(queries[:, 0] - points[:, 0])  # what 1e-6 becomes in float64 at 1e6
    np.testing.assert_array_equal(found.indices[:, 0], np.arange(200))
    np.testing.assert_allclose(found.distances[:, 0], expected, rtol=1e-12)


@pytest.mark.parametrize("k", [1, 4])
def test_nearest_equals_sorting_all_distances(k: int) -> None:
    real, fake = clouds()
    all_distances = pairwise(fake, real)
    found = nearest(fake, real, k)
    np.testing.assert_array_equal(found.indices, np.argsort(all_distances, axis=1)[:, :k])
    np.testing.assert_allclose(found.distances, np.sort(all_distances, axis=1)[:, :k], rtol=1e-12)


def test_another_point_may_be_a_copy_but_not_the_point_itself() -> None:
    points = np.array([[0.0], [0.0], [5.0]])
    found = nearest_others(points)
    np.testing.assert_array_equal(found.indices[:, 0], [1, 0, 0])
    np.testing.assert_array_equal(found.distances[:, 0], [0, 0, 5])


def test_neither_the_block_size_nor_the_order_changes_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(6)
    real = rng.integers(0, 3, size=(90, 4)).astype(np.float64) / 3
    fake = np.concatenate([real[:20], rng.integers(0, 3, size=(50, 4)) / 3])
    whole = neighbourhood(real, fake, 3)
    order, fake_order = rng.permutation(len(real)), rng.permutation(len(fake))
    monkeypatch.setattr(distances, "_BLOCK", 7 * len(real))
    monkeypatch.setattr(distances, "_CHUNK", 40)
    for found, back in (
        (neighbourhood(real, fake, 3), np.arange(len(fake))),
        (neighbourhood(real[order], fake[fake_order], 3), fake_order),
    ):
        for name in ("precision", "recall", "density", "coverage"):
            assert getattr(found, name) == getattr(whole, name), name
        np.testing.assert_array_equal(found.realism, whole.realism[back])


def test_a_set_of_copies_is_measured_not_refused() -> None:
    found = neighbourhood(np.arange(20.0)[:, None], np.full((500, 1), 3.0), k=3)
    assert found.precision == 1
    assert found.recall == 1 / 20  # the fakes' radius is 0: only the real sample they copy lies within
    assert found.authenticity == 0


@pytest.mark.parametrize(
    ("real", "fake", "words"),
    [
        (np.zeros((3, 2)), np.zeros((9, 2)), "real features hold 3 samples, but at least 4"),
        (np.zeros((9, 2)), np.zeros((0, 2)), "fake features hold 0 samples"),
        (np.zeros((9, 2)), np.zeros((9, 3)), "2 dimensions and fake ones 3"),
        (np.zeros((9, 2)), np.full((9, 2), np.nan), "fake features hold NaN"),
        (np.zeros(9), np.zeros((9, 1)), r"must be \[N, D\]"),
    ],
)
def test_what_cannot_be_measured_is_said(real: np.ndarray, fake: np.ndarray, words: str) -> None:
    with pytest.raises(DataError, match=words):
        neighbourhood(real, fake, 3)


def test_realism_alone_is_the_same_and_takes_any_number_of_fakes() -> None:
    real, fake = clouds()
    whole = neighbourhood(real, fake, 3).realism
    np.testing.assert_array_equal(realism(real, fake, 3), whole)
    np.testing.assert_array_equal(realism(real, fake[:1], 3), whole[:1])
    assert realism(real, fake[:0], 3).shape == (0,)


@pytest.mark.parametrize("kind", ["clouds", "ties", "copies", "near-copies", "offset"])
def test_the_precision_of_the_bounds_changes_nothing(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(8)
    real, fake = clouds()
    if kind == "ties":
        real, fake = (rng.integers(0, 3, size=(n, 4)).astype(np.float32) for n in (90, 70))
    elif kind == "copies":
        fake = np.concatenate([real[:60], fake[:20], real[:10]])
    elif kind == "near-copies":
        fake = real + 1e-4 * rng.normal(size=real.shape).astype(np.float32)
    elif kind == "offset":
        real, fake = real * 1e-3 + 5, fake * 1e-3 + 5
    in_float64 = neighbourhood(real, fake, 3)
    monkeypatch.setattr(distances, "_BLOCK", 500)
    monkeypatch.setattr(distances.SquaredDistances, "_float32_resolves", lambda self: True)
    in_float32 = neighbourhood(real, fake, 3)
    for name in ("precision", "recall", "density", "coverage", "authenticity"):
        assert getattr(in_float32, name) == getattr(in_float64, name), name
    np.testing.assert_array_equal(in_float32.realism, in_float64.realism)
    np.testing.assert_array_equal(in_float32.nearest.indices, in_float64.nearest.indices)
    np.testing.assert_array_equal(in_float32.nearest.distances, in_float64.nearest.distances)


def test_float32_serves_where_it_resolves_neighbours_and_not_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(distances, "_BLOCK", 500)
    real, fake = clouds()
    assert distances.SquaredDistances(fake, real).bounds(slice(0, 3))[0].dtype == np.float32
    two_tight_modes = np.concatenate([1e-3 * real[:60] - 9, 1e-3 * real[:60] + 9])
    for hard in (two_tight_modes, real * 1e-20, real * 1e18, 0 * real):
        assert distances.SquaredDistances(hard, hard).bounds(slice(0, 3))[0].dtype == np.float64, hard[0, 0]


@pytest.mark.parametrize("d", [1, 7, 129, 1000])
def test_a_pairs_exact_distance_depends_on_nothing_but_the_pair(
    d: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Ties are told from near-ties by equality: a pair must always give the same bits.
    rng = np.random.default_rng(7)
    a, b = (rng.normal(size=(41, d)).astype(np.float32) for _ in range(2))
    i, j = rng.integers(0, 41, size=(2, 300))
    together = distances.SquaredDistances(a, b).exact(i, j)
    monkeypatch.setattr(distances, "_CHUNK", 3 * d)
    np.testing.assert_array_equal(distances.SquaredDistances(a, b).exact(i, j), together)
    np.testing.assert_array_equal(distances.SquaredDistances(b, a).exact(j, i), together)
    one_by_one = [distances.SquaredDistances(a, b).exact(i[p : p + 1], j[p : p + 1])[0] for p in range(20)]
    np.testing.assert_array_equal(one_by_one, together[:20])


def test_no_queries_have_no_neighbours() -> None:
    assert nearest(np.zeros((0, 2)), np.zeros((4, 2)), 3).distances.shape == (0, 3)
