"""The Fréchet distance against references and closed forms, on both routes."""

from pathlib import Path

import numpy as np
import pytest
import scipy.linalg
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torchmetrics.image.fid import FrechetInceptionDistance

from genaug.errors import DataError
from genaug_plugins.metrics.frechet import frechet_between, frechet_distance
from genaug_plugins.metrics.moments import Moments


def features(n: int, d: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    mixing = rng.normal(size=(d, d)) / np.sqrt(d)
    return rng.normal(size=(n, d)) @ mixing + rng.normal(size=d) * 0.3


def by_definition(real: np.ndarray, fake: np.ndarray) -> float:
    a, b = np.cov(real, rowvar=False), np.cov(fake, rowvar=False)
    # Tr(S1 S2)^½ from the square root of a symmetric matrix, which is stable for singular ones too.
    values, vectors = np.linalg.eigh(a)
    root = vectors * np.sqrt(np.clip(values, 0, None)) @ vectors.T
    inner = np.linalg.eigvalsh(root @ b @ root)
    shift = real.mean(axis=0) - fake.mean(axis=0)
    return float(shift @ shift + np.trace(a) + np.trace(b) - 2 * np.sqrt(np.clip(inner, 0, None)).sum())


@pytest.mark.parametrize("seed", range(3))
def test_equals_scipy_and_torch_fidelity_where_covariances_are_regular(seed: int) -> None:
    real, fake = features(400, 24, seed), features(350, 24, seed + 10)
    a, b = np.cov(real, rowvar=False), np.cov(fake, rowvar=False)
    shift = real.mean(axis=0) - fake.mean(axis=0)
    reference = float(shift @ shift + np.trace(a + b - 2 * scipy.linalg.sqrtm(a @ b).real))
    assert frechet_distance(real, fake) == pytest.approx(reference, rel=1e-8)
    statistics = [fid_features_to_statistics(torch.from_numpy(f)) for f in (real, fake)]
    peer = fid_statistics_to_metric(*statistics, verbose=False)["frechet_inception_distance"]
    assert frechet_distance(real, fake) == pytest.approx(peer, rel=1e-8)


@pytest.mark.parametrize(("n", "m"), [(30, 35), (30, 400), (400, 30), (64, 64), (65, 65), (66, 66)])
def test_singular_covariances_are_measured_exactly(n: int, m: int) -> None:
    # √ of an eigenvalue that is 0 but for rounding is off by up to 1e-8: hence the looser reference.
    real, fake = features(n, 64, 0), features(m, 64, 1)
    assert frechet_distance(real, fake) == pytest.approx(by_definition(real, fake), rel=1e-6)


def test_a_subspace_and_dead_columns_change_nothing() -> None:
    real, fake = features(300, 12, 0), features(280, 12, 1)
    basis = np.linalg.qr(np.random.default_rng(2).normal(size=(40, 40)))[0][:12]
    expected = frechet_distance(real, fake)
    assert frechet_distance(real @ basis, fake @ basis) == pytest.approx(expected, rel=1e-9)
    padded = [np.concatenate([f, np.full((len(f), 5), 7.0)], axis=1) for f in (real, fake)]
    assert frechet_distance(*padded) == pytest.approx(expected, rel=1e-12)


def test_the_two_routes_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    real, fake = features(500, 32, 0), features(500, 32, 1)
    quick = frechet_distance(real, fake)
    monkeypatch.setattr("genaug_plugins.metrics.frechet._TRUSTED_ERROR", -1.0)
    monkeypatch.setattr("genaug_plugins.metrics.frechet._ROUNDING", -1.0)
    assert frechet_distance(real, fake) == pytest.approx(quick, rel=1e-11)
    few = frechet_distance(real[:20], fake)
    monkeypatch.undo()
    assert frechet_distance(real[:20], fake) == pytest.approx(few, rel=1e-11)


@pytest.mark.parametrize("condition", [1e2, 1e6, 1e10])
@pytest.mark.parametrize("alike", [True, False])
def test_ill_conditioned_covariances_cost_no_digits(condition: float, alike: bool) -> None:
    rng = np.random.default_rng(0)
    d = 40
    turns = [np.linalg.qr(rng.normal(size=(d, d)))[0] for _ in range(2)]
    spread = np.logspace(0, -np.log10(condition) / 2, d)
    real = rng.normal(size=(300, d)) * spread @ turns[0]
    fake = 1.05 * rng.normal(size=(280, d)) * spread @ turns[0 if alike else 1]
    factors = [np.linalg.qr(f - f.mean(axis=0), mode="r") / np.sqrt(len(f) - 1) for f in (real, fake)]
    trace = np.linalg.svd(factors[0] @ factors[1].T, compute_uv=False).sum()  # squares no condition number
    own = sum(np.sum(f * f) for f in factors) + np.sum((real.mean(axis=0) - fake.mean(axis=0)) ** 2)
    assert frechet_distance(real, fake) == pytest.approx(own - 2 * trace, rel=1e-9)
    assert frechet_between(Moments.of(real), Moments.of(fake)) == pytest.approx(own - 2 * trace, rel=1e-9)


def test_closed_form_of_known_gaussians() -> None:
    # Samples with exactly the moments asked for: commuting covariances have Σ (√a − √b)².
    rng = np.random.default_rng(0)
    a, b = rng.uniform(0.1, 4, 12), rng.uniform(0.1, 4, 12)
    raw = rng.normal(size=(50, 12))
    white = np.linalg.qr(raw - raw.mean(axis=0))[0] * np.sqrt(49)
    real, fake = white * np.sqrt(a), white[:, ::-1] * np.sqrt(b) + 0.25
    expected = 12 * 0.25**2 + np.sum((np.sqrt(a) - np.sqrt(b)) ** 2)
    assert frechet_distance(real, fake) == pytest.approx(expected, rel=1e-10)


def test_a_reference_package_agrees_on_digits() -> None:
    images = load_digits().data
    real, fake = images[:900], images[900:]
    statistics = [fid_features_to_statistics(torch.from_numpy(f)) for f in (real, fake)]
    peer = fid_statistics_to_metric(*statistics, verbose=False)["frechet_inception_distance"]
    # Dead pixels make both covariances singular; the peer takes roots of eigenvalues that are but rounding.
    assert frechet_distance(real, fake) == pytest.approx(peer, rel=1e-6)
    assert frechet_distance(real, fake) == pytest.approx(by_definition(real, fake), rel=1e-7)


def test_torchmetrics_agrees() -> None:
    class Extractor(torch.nn.Module):
        num_features = 16

        def forward(self, values: torch.Tensor) -> torch.Tensor:
            return values.flatten(1)

    real, fake = features(200, 16, 0), features(180, 16, 1)
    metric = FrechetInceptionDistance(
        Extractor(), normalize=True, input_img_size=(1, 4, 4), antialias=False
    ).set_dtype(torch.float64)
    for values, is_real in ((real, True), (fake, False)):
        metric.update(torch.from_numpy(values.reshape(-1, 1, 4, 4)), real=is_real)
    assert frechet_distance(real, fake) == pytest.approx(float(metric.compute()), rel=1e-6)


def test_arrays_tensors_and_mapped_files_give_the_same(tmp_path: Path) -> None:
    real, fake = (features(120, 20, s).astype(np.float32) for s in (0, 1))
    np.save(tmp_path / "real.npy", real)
    expected = frechet_distance(real, fake)
    assert frechet_distance(np.load(tmp_path / "real.npy", mmap_mode="r"), fake) == expected
    assert frechet_distance(torch.from_numpy(real), torch.from_numpy(fake)) == expected
    assert frechet_distance(real.astype(np.float64), fake) == pytest.approx(expected, rel=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 40), st.integers(2, 40), st.integers(1, 20), st.integers(0, 2**31))
def test_order_and_repetition_of_both_sets_change_nothing(n: int, m: int, d: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    real, fake = rng.normal(size=(n, d)), 2 * rng.normal(size=(m, d)) + 0.1
    value = frechet_distance(real, fake)
    # √λ near 0, where rounding is as large as λ: one set in two orders.
    near = {"rel": 1e-8, "abs": 1e-9}
    assert frechet_distance(rng.permutation(real), rng.permutation(fake)) == pytest.approx(value, **near)
    assert frechet_between(Moments.of(real), Moments.of(fake)) == pytest.approx(value, **near)
    assert value >= 0
    # Every sample three times: the scatter is threefold, and the covariance the same but for ddof.
    thrice = [Moments.of(np.repeat(f, 3, axis=0)) for f in (real, fake)]
    once = [Moments(m.count // 3, m.mean, m.scatter / 3) for m in thrice]
    assert frechet_between(*once) == pytest.approx(value, **near)


def test_closed_form_of_a_shift_and_a_scale() -> None:
    real = features(200, 10, 0)
    assert frechet_distance(real, real + 2.0) == pytest.approx(40.0, rel=1e-10)
    trace = np.trace(np.cov(real, rowvar=False))
    centred = real - real.mean(axis=0)
    assert frechet_distance(centred, 3 * centred) == pytest.approx(4 * trace, rel=1e-10)


def test_equal_sets_have_distance_zero_and_it_is_symmetric() -> None:
    real, fake = features(100, 8, 0), features(90, 8, 1)
    assert frechet_distance(real, real) == pytest.approx(0, abs=1e-12)
    assert frechet_distance(real, fake) == pytest.approx(frechet_distance(fake, real), rel=1e-12)


def test_one_dimension_and_float32() -> None:
    real = np.array([[0.0], [2.0], [4.0]], dtype=np.float32)
    assert frechet_distance(real, real * 2) == pytest.approx(4 + 4, rel=1e-12)  # (Δμ)² + (Δσ)²


@pytest.mark.parametrize(
    "bad", [np.zeros((1, 4)), np.full((5, 4), np.inf), np.zeros((5, 4, 1)), np.zeros((5, 3))]
)
def test_what_cannot_be_measured_is_said(bad: np.ndarray) -> None:
    with pytest.raises(DataError):
        frechet_distance(np.zeros((6, 4)), bad)
