import numpy as np
import pytest
from scipy.stats import norm

from genaug_plugins.sources.gaussian_mixture import GaussianMixtureSource


@pytest.mark.parametrize("dimensions", [1, 30])
def test_the_clouds_are_where_they_are_said_to_be(dimensions: int) -> None:
    samples = GaussianMixtureSource(dimensions=dimensions, per_class=20_000).load().samples
    signs = 2 * samples.labels - 1
    aligned = samples.values * signs[:, None]
    assert np.linalg.norm(aligned.mean(axis=0)) == pytest.approx(1, abs=0.02)
    assert aligned.std(axis=0) == pytest.approx(np.full(dimensions, 0.6), rel=0.03)
    # The best classifier there is takes the sign of the sum.
    right = (samples.values.sum(axis=1) * signs > 0).mean()
    assert right == pytest.approx(norm.cdf(1 / 0.6), abs=0.005)


def test_the_seed_is_the_draw() -> None:
    ids = [GaussianMixtureSource(per_class=5, seed=seed).load().samples.ids.tolist() for seed in (0, 0, 1)]
    assert ids[0] == ids[1]
    assert not set(ids[0]) & set(ids[2])
