"""Nearest neighbours and the measures that rest on them: values, conventions, ties, precision."""

import contextlib
import io
from pathlib import Path

import numpy as np
import prdc
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch import Tensor

from genaug.errors import DataError
from genaug_plugins.metrics.neighbourhood import Neighbourhood, neighbourhood
from genaug_plugins.metrics.neighbours import distances, exact_distances
from genaug_plugins.metrics.neighbours.nearest import nearest, nearest_others
from genaug_plugins.metrics.realism import Realism, realism
from genaug_plugins.metrics.rows import Rows


def clouds(n: int = 150, m: int = 130, d: int = 24, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    real = rng.normal(size=(n, d)).astype(np.float32)
    return real, (rng.normal(size=(m, d)) * 0.9 + 0.2).astype(np.float32)


def same_figures(found: Neighbourhood, expected: Neighbourhood) -> None:
    for name in ("precision", "recall", "density", "coverage"):
        assert getattr(found, name) == getattr(expected, name), name


def rows(features: np.ndarray) -> Rows:
    return Rows(features, "features")


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
    monkeypatch.setattr(distances, "_TILE", 7)
    monkeypatch.setattr(exact_distances, "_CHUNK", 40)
    for found, back in (
        (neighbourhood(real, fake, 3), np.arange(len(fake))),
        (neighbourhood(real[order], fake[fake_order], 3), fake_order),
    ):
        same_figures(found, whole)
        np.testing.assert_array_equal(found.realism, whole.realism[back])


def test_a_set_of_copies_is_measured_not_refused() -> None:
    found = neighbourhood(np.arange(20.0)[:, None], np.full((500, 1), 3.0), k=3)
    assert found.precision == 1
    assert found.recall == 1 / 20  # the fakes' radius is 0: only the real sample they copy lies within
    assert found.authenticity == 0


@pytest.mark.parametrize(
    ("real", "fake", "words"),
    [
        (np.zeros((3, 2)), np.zeros((9, 2)), "real features have 3 samples, but at least 4"),
        (np.zeros((9, 2)), np.zeros((0, 2)), "fake features have 0 samples"),
        (np.zeros((9, 2)), np.zeros((9, 3)), "2 dimensions and fake ones 3"),
        (np.zeros((9, 2)), np.full((9, 2), np.nan), "fake features contain NaN"),
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
    monkeypatch.setattr(distances, "_SMALL", 0)
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
    monkeypatch.setattr(distances, "_SMALL", 0)
    real, fake = clouds()
    assert distances.SquaredDistances(rows(fake), rows(real)).dtype == torch.float32
    two_tight_modes = np.concatenate([1e-3 * real[:60] - 9, 1e-3 * real[:60] + 9])
    for hard in (two_tight_modes, real * 1e-20, real * 1e18, 0 * real):
        assert distances.SquaredDistances(rows(hard), rows(hard)).dtype == torch.float64, hard[0, 0]


@pytest.mark.parametrize("d", [1, 7, 129, 1000])
def test_a_pairs_exact_distance_depends_on_nothing_but_the_pair(
    d: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Ties are told from near-ties by equality: a pair must always give the same bits.
    rng = np.random.default_rng(7)
    a, b = (rng.normal(size=(41, d)).astype(np.float32) for _ in range(2))
    i, j = rng.integers(0, 41, size=(2, 300))
    x, y = rows(a), rows(b)
    together = distances.SquaredDistances(x, y).exact(i, j)
    np.testing.assert_allclose(together, np.square(a.astype(np.float64)[i] - b[j]).sum(axis=1), rtol=1e-13)
    monkeypatch.setattr(exact_distances, "_CHUNK", 3 * d)
    np.testing.assert_array_equal(distances.SquaredDistances(x, y).exact(i, j), together)
    np.testing.assert_array_equal(distances.SquaredDistances(y, x).exact(j, i), together)
    one_by_one = [distances.SquaredDistances(x, y).exact(i[p : p + 1], j[p : p + 1])[0] for p in range(20)]
    np.testing.assert_array_equal(one_by_one, together[:20])


def test_no_queries_have_no_neighbours() -> None:
    assert nearest(np.zeros((0, 2)), np.zeros((4, 2)), 3).distances.shape == (0, 3)


SMALL = arrays(np.int8, st.tuples(st.integers(2, 24), st.just(2)), elements=st.integers(-2, 2))


def by_the_formulas(real: np.ndarray, fake: np.ndarray, k: int) -> dict[str, object]:
    rr, ff, gf = (np.square(pairwise(*pair)).round() for pair in ((real, real), (fake, fake), (fake, real)))
    np.fill_diagonal(rr, np.inf)
    np.fill_diagonal(ff, np.inf)
    r, s = np.sort(rr, axis=1)[:, k - 1], np.sort(ff, axis=1)[:, k - 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.where((gf == 0) & (r == 0), 1.0, r / gf)[:, r <= np.median(r)]
    star = gf.argmin(axis=1)
    return {
        "precision": (gf <= r).any(axis=1).mean(),
        "recall": (gf <= s[:, None]).any(axis=0).mean(),
        "density": (gf < r).sum() / (k * len(fake)),
        "coverage": (gf.min(axis=0) < r).mean(),
        "realism": np.sqrt(ratios.max(axis=1)),
        "authentic": rr.min(axis=1)[star] < gf.min(axis=1),
    }


@settings(max_examples=30, deadline=None)
@given(real=SMALL, fake=SMALL, k=st.integers(1, 4), tile=st.sampled_from([5, 9, 40]), data=st.data())
def test_holds_for_any_small_sets_in_any_order_and_tiles(
    real: np.ndarray, fake: np.ndarray, k: int, tile: int, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(real))))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(distances, "_TILE", tile)
        patched.setattr(distances, "_SMALL", data.draw(st.sampled_from([0, 2**20])))
        if min(len(real), len(fake)) <= k:  # n ≤ k has no k-th neighbour
            with pytest.raises(DataError, match=f"at least {k + 1} are needed"):
                neighbourhood(real, fake, k)
            return
        found = neighbourhood(real, fake, k)
        for name, value in by_the_formulas(real, fake, k).items():
            np.testing.assert_allclose(getattr(found, name), value, rtol=1e-12, err_msg=name)
        again = neighbourhood(real[order], fake, k)
        same_figures(again, found)
        np.testing.assert_array_equal(again.realism, found.realism)


def test_identical_and_disjoint_sets() -> None:
    real, _ = clouds()
    same, apart = neighbourhood(real, real.copy(), 3), neighbourhood(real, real + 1e3, 3)
    assert (same.precision, same.recall, same.coverage, same.authenticity) == (1, 1, 1, 0)
    assert (apart.precision, apart.recall, apart.density, apart.coverage) == (0, 0, 0, 0)
    assert apart.authenticity == 1
    assert (apart.realism < 0.1).all()


def test_a_single_sample_is_said_to_be_too_few() -> None:
    with pytest.raises(DataError, match="real features have 1 sample, but at least 2"):
        neighbourhood(np.zeros((1, 3)), np.zeros((5, 3)), 1)


@pytest.mark.parametrize(
    "kind", ["tensor", "memmap", "read-only", "float64", "strided", "fortran", "big-endian"]
)
def test_it_does_not_matter_how_features_are_held(kind: str, tmp_path: Path) -> None:
    real, fake = clouds()
    expected = neighbourhood(real, fake, 3)

    def held(features: np.ndarray) -> np.ndarray | Tensor:
        if kind == "tensor":
            return torch.from_numpy(features).requires_grad_()
        if kind == "memmap":
            path = tmp_path / f"{len(features)}.npy"
            np.save(path, features)
            return np.load(path, mmap_mode="r")
        if kind == "read-only":
            features = features.copy()
            features.flags.writeable = False
            return features
        if kind == "float64":
            return features.astype(np.float64)
        if kind == "strided":
            return np.repeat(features, 2, axis=0)[::-2][::-1]
        return np.asfortranarray(features) if kind == "fortran" else features.astype(">f4")

    found = neighbourhood(held(real), held(fake), 3)
    same_figures(found, expected)
    np.testing.assert_array_equal(found.realism, expected.realism)
    np.testing.assert_array_equal(found.nearest.indices, expected.nearest.indices)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.int32, torch.uint8])
def test_half_precision_and_integers_are_taken_for_what_they_are(dtype: torch.dtype) -> None:
    real, fake = (torch.from_numpy(values * 20).abs().to(dtype) for values in clouds())
    same_figures(neighbourhood(real, fake, 3), neighbourhood(real.double(), fake.double(), 3))
    if dtype != torch.bfloat16:
        same_figures(neighbourhood(real.numpy(), fake.numpy(), 3), neighbourhood(real, fake, 3))


def test_features_that_are_no_real_numbers_are_refused() -> None:
    with pytest.raises(DataError, match="must be real numbers, not complex64"):
        nearest(np.zeros((3, 2)), np.zeros((3, 2), dtype=np.complex64))


def test_the_callers_leave_to_round_products_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distances, "_SMALL", 0)
    real, fake = clouds()
    expected = neighbourhood(real, fake, 3)
    before = torch.get_float32_matmul_precision()
    try:
        torch.set_float32_matmul_precision("medium")
        with torch.autocast("cpu", dtype=torch.bfloat16):
            found = neighbourhood(real, fake, 3)
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.set_float32_matmul_precision(before)
    same_figures(found, expected)
    np.testing.assert_array_equal(found.realism, expected.realism)


def test_bounds_hold_for_every_pair_in_both_precisions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distances, "_TILE", 50)
    rng = np.random.default_rng(9)
    a = (rng.normal(size=(130, 300)) * rng.lognormal(0, 2, size=(130, 1)) + 5).astype(np.float32)
    b = np.concatenate([a[:40] + 1e-4, rng.normal(size=(71, 300)).astype(np.float32)])
    true = np.square(pairwise(a, b))
    for small in (0, 2**20):
        monkeypatch.setattr(distances, "_SMALL", small)
        monkeypatch.setattr(distances.SquaredDistances, "_float32_resolves", lambda self: True)
        for tile in distances.SquaredDistances(rows(a), rows(b)).tiles():
            n, m = (run.stop - run.start for run in (tile.rows, tile.columns))
            lower = tile.lower[:n, :m].double()
            upper = lower + tile.row_slack[:n, None] + tile.column_slack[:m]
            assert (lower.numpy() <= true[tile.rows, tile.columns]).all()
            assert (true[tile.rows, tile.columns] <= upper.numpy()).all()


def test_a_collapsed_set_does_not_cost_all_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = []
    exact = distances.exact_squared
    monkeypatch.setattr(
        distances, "exact_squared", lambda a, b, i, j: counted.append(len(i)) or exact(a, b, i, j)
    )
    real, _ = clouds(n=400)
    found = neighbourhood(real, np.repeat(real[:2], 300, axis=0), 5)
    assert sum(counted) < 20 * len(real)
    assert found.precision == 1
    assert found.recall == 2 / 400


def test_realism_of_blocks_is_realism_of_all_and_progress_is_told() -> None:
    real, fake = clouds()
    by_block = Realism(real, 3)
    whole = realism(real, fake, 3)
    np.testing.assert_array_equal(np.concatenate([by_block.of(fake[:50]), by_block.of(fake[50:])]), whole)
    told: list[tuple[int, int]] = []
    neighbourhood(real, fake, 3, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_torch_fidelity_agrees_but_for_where_a_ball_ends(capsys: pytest.CaptureFixture[str]) -> None:
    # It counts d ≤ r too, computes distances in the features' dtype, and calls the sets real = 2, fake = 1.
    from torch_fidelity.metric_prc import prc_features_to_metric

    real, fake = (torch.from_numpy(values.astype(np.float64)) for values in clouds())
    expected = prc_features_to_metric(fake, real, prc_neighborhood=3, prc_batch_size=100, verbose=False)
    found = neighbourhood(real, fake, 3)
    assert found.precision == pytest.approx(expected["precision"], abs=1e-6)
    assert found.recall == pytest.approx(expected["recall"], abs=1e-6)
