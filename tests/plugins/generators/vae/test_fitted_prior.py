"""The prior of each class against the moments of its latents."""

import numpy as np

from genaug_plugins.generators.vae.fitted_prior import FittedPrior

RNG = np.random.default_rng(0)
LABELS = np.repeat([0, 1, 2], [3000, 3000, 1]).astype(np.int64)
MEANS = (RNG.standard_normal((6001, 2)) * [1.0, 0.2] + np.array([[3, 0], [0, -2], [5, 5]])[LABELS]).astype(
    np.float32
)
VARIANCES = np.full((6001, 2), 0.04, dtype=np.float32)
PRIOR = FittedPrior.of(MEANS, VARIANCES, LABELS, 4)


def test_draws_of_a_class_have_the_moments_of_its_posteriors() -> None:
    for label, center in enumerate(([3, 0], [0, -2])):
        z = PRIOR.to_posterior(RNG.standard_normal((20000, 2), dtype=np.float32), label)
        np.testing.assert_allclose(z.mean(axis=0), center, atol=0.05)
        np.testing.assert_allclose(np.cov(z.T), np.diag([1.04, 0.08]), atol=0.05)


def test_latents_of_a_class_are_standard_normal_and_come_back() -> None:
    latents = PRIOR.to_latents(MEANS, LABELS)
    own = latents[LABELS == 0]
    np.testing.assert_allclose(own.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(own.var(axis=0), [1 / 1.04, 0.04 / 0.08], rtol=0.05)  # means vary less
    np.testing.assert_allclose(PRIOR.to_posterior(own, 0), MEANS[LABELS == 0], atol=1e-5)


def test_a_class_of_one_has_the_pooled_covariance_and_one_of_none_that_of_all() -> None:
    np.testing.assert_allclose(PRIOR.mean[2], MEANS[-1])
    np.testing.assert_allclose(PRIOR.root[2] @ PRIOR.root[2].T, np.diag([1.04, 0.08]), atol=0.3)
    for row in (3, -1):  # without samples, and samples without a class
        np.testing.assert_allclose(PRIOR.mean[row], MEANS.mean(axis=0, dtype=np.float64), atol=1e-6)
        covariance = np.cov(MEANS.T.astype(np.float64), bias=True) + 0.04 * np.eye(2)
        np.testing.assert_allclose(PRIOR.root[row] @ PRIOR.root[row].T, covariance, rtol=0.01, atol=0.01)
