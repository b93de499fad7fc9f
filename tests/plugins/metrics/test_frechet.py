"""The Fréchet distance against references and closed forms, on both routes."""

import numpy as np
import pytest
import scipy.linalg
import torch
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric

from genaug.errors import DataError
from genaug_plugins.metrics.frechet import frechet_distance


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
    assert frechet_distance(real, fake) == pytest.approx(quick, rel=1e-11)


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
