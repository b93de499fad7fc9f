"""A simple generator of tables: a Gaussian copula for each class."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genaug import Context, Generator, Sampler
from genaug.data import DataFacts, Request, Samples, SampleSpec, TrainView
from genaug.errors import DataError
from genaug_plugins.generators.covariance_root import covariance_root

if TYPE_CHECKING:
    from genaug_plugins.generators.copula_marginals import Marginals

TENSORS = "gaussian-copula.safetensors"
RECORD = "gaussian-copula.json"

Table = NDArray[np.float64]


class GaussianCopulaGenerator(Generator):
    """Fit a Gaussian copula to the columns of a table, one for each class.

    Each column of each class has its own marginal: for numbers the quantile function, linear between the
    observed values; for categories and booleans their frequencies. A column with missing values has a
    second latent column, for whether the value is missing. The latent of a number is z = Φ⁻¹((rank − ½) / n);
    that of a category is at the middle of its interval of cumulative frequencies, the most frequent category
    first (Patki, Wedge & Veeramachaneni 2016, "The Synthetic Data Vault"). The latents' correlation in a
    class is shrunk towards the pooled within-class correlation R, which has the weight of Z + 1 rows:
    R_c = (n_c·S_c + (Z + 1)·R) / (n_c + Z + 1), scaled to a diagonal of 1, with Z latent columns; R itself is
    shrunk by Ledoit & Wolf (2004).

    Values are never outside the range of a class, and categories are only those of the class. Samples of a
    class of one row are copies of it. Dependence that is not monotone is lost.
    """

    name: ClassVar[str] = "gaussian-copula"
    given_capabilities: ClassVar[frozenset[str]] = frozenset({"class-conditional", "latent"})

    quantiles: int = Field(default=1000, ge=2)
    """Maximum number of quantiles that are stored for a column."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for samples that are not rows of a table.

        Raises:
            DataError: naming the modality.
        """
        if spec.modality != "table":
            raise DataError(f"the generator {self.name!r} makes rows of tables, not {spec.modality} samples")

    def check_data(self, facts: DataFacts) -> tuple[str, ...]:
        """Raise an error for fewer than two training rows."""
        if facts.train.sum() < 2:
            raise DataError(
                f"{self.name} needs at least two training rows, not {facts.train.sum()}: ask for more in "
                "`split`"
            )
        return ()

    def fit(self, train: TrainView, context: Context) -> GaussianCopulaSampler:
        """Fit in closed form; nothing is random.

        Raises:
            DataError: if the samples are not rows of a table, or there are fewer than two.
        """
        from sklearn.covariance import ledoit_wolf

        from genaug_plugins.generators.copula_marginals import Marginals

        self.check_usable(train.spec)
        samples, spec = train.samples, train.spec
        if len(samples) < 2:
            raise DataError(f"{self.name} needs at least two training rows, not {len(samples)}")
        counts = samples.per_class(spec.classes)
        marginals = Marginals.learn(samples, spec, self.quantiles)
        latents = marginals.latents(samples.values, samples.labels)  # [N, Z]
        pooled = _correlation(ledoit_wolf(latents, assume_centered=True)[0])
        prior = latents.shape[1] + 1
        factors = []
        for label in range(spec.classes):
            own = latents[samples.labels == label]
            factors.append(covariance_root(_correlation(own.T @ own + prior * pooled)))
        return GaussianCopulaSampler(spec, marginals, np.stack(factors), counts)

    def load(self, folder: Path, context: Context) -> GaussianCopulaSampler:
        """Return a saved sampler; the context is not used."""
        from safetensors.numpy import load_file

        from genaug_plugins.generators.copula_marginals import Marginals

        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        spec, tensors = SampleSpec.model_validate(record["spec"]), load_file(folder / TENSORS)
        return GaussianCopulaSampler(spec, Marginals(spec, tensors), tensors["factors"], tensors["counts"])


class GaussianCopulaSampler(Sampler):
    """Sampler of z ~ N(0, R_c), mapped to values at Φ(z) by the marginals of the class.

    Args:
        spec: of its samples.
        marginals: of each column in each class.
        factors: ``[classes, Z, Z]``, L with L·Lᵀ = R_c.
        counts: int64 ``[classes]``, training rows of each class.
    """

    capabilities = frozenset({"class-conditional", "latent"})

    def __init__(
        self, spec: SampleSpec, marginals: Marginals, factors: Table, counts: NDArray[np.int64]
    ) -> None:
        self.spec = spec
        self.latent_dim: int = factors.shape[1]
        self._marginals, self._factors, self._counts = marginals, factors, counts
        copies = [spec.class_names[label] for label in np.flatnonzero(counts == 1)]
        self.warnings = [
            f"class {name!r} has one row: samples of it are copies of that row" for name in copies
        ]

    def sample(self, request: Request, rng: np.random.Generator) -> Samples:
        """Return `request.count` rows.

        Raises:
            DataError: if the class had no training rows, or the latents have another shape.
        """
        if not self._counts[request.label]:
            known = ", ".join(self.spec.class_names[label] for label in np.flatnonzero(self._counts))
            raise DataError(
                f"class {self.spec.class_names[request.label]!r} cannot be sampled: it had no training rows; "
                f"the classes learned are {known}"
            )
        normal = request.latents_or_normal(self.latent_dim, rng).astype(np.float64)
        values = self._marginals.values(normal @ self._factors[request.label].T, request.label)
        return Samples(values, np.full(request.count, request.label, dtype=np.int64))

    def save(self, folder: Path) -> None:
        """Write the marginals, the factors and the spec."""
        from safetensors.numpy import save_file

        tensors: Mapping[str, NDArray[np.generic]] = {
            **self._marginals.tensors,
            "factors": self._factors,
            "counts": self._counts,
        }
        save_file({name: np.ascontiguousarray(part) for name, part in tensors.items()}, folder / TENSORS)
        record = {"spec": self.spec.model_dump(mode="json")}
        (folder / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def _correlation(covariance: Table) -> Table:
    """Return a covariance scaled to a diagonal of 1; a column without variance is independent."""
    spread = np.sqrt(np.diag(covariance))
    scale = np.where(spread > 0, spread, 1.0)
    correlation: Table = covariance / np.outer(scale, scale)
    np.fill_diagonal(correlation, 1.0)
    return correlation
