"""A simple generator: one Gaussian per class, in the principal components of all classes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genaug import Context, Generator, Sampler
from genaug.data import DataFacts, Request, Samples, SampleSpec, TrainView
from genaug.data.samples import FloatArray
from genaug.data.spread import ROUNDING_32, mean_and_spread, scales
from genaug.errors import DataError
from genaug_plugins.generators.covariance_root import covariance_root

TENSORS = "gaussian.safetensors"
RECORD = "gaussian.json"


class GaussianGenerator(Generator):
    """Fit a Gaussian to each class in the principal components of all samples; images, signals or vectors.

    With few samples of a class its maximum-likelihood covariance S_c is unreliable. The pooled within-class
    covariance, shrunk by Ledoit & Wolf (2004), is added with the weight of Z + 1 samples:
    Σ_c = (n_c·S_c + (Z + 1)·Σ_pooled) / (n_c + Z + 1), with Z components. So the covariance of a class of one
    sample is that of the others. That is the setting `covariance: mixed`; with `pooled` all classes have
    Σ_pooled, with `own` each has n_c/(n_c − 1)·S_c, shrunk as well. The columns of vectors are first divided
    by their standard deviations, because they may have different units.
    """

    name: ClassVar[str] = "gaussian"
    given_capabilities: ClassVar[frozenset[str]] = frozenset({"class-conditional", "latent", "encode"})

    components: Annotated[int, Field(ge=1)] | Annotated[float, Field(gt=0, le=1)] = 0.95
    """Principal components: their number (1, 2, …), or the share of the variance to keep (.95)."""

    covariance: Literal["mixed", "own", "pooled"] = "mixed"
    """Covariance of a class: its `own`, that of all classes (`pooled`), or `mixed`, which trusts its own the
    more, the more samples it has. `own` of a class of one sample is `pooled`."""
    shrinkage: bool = True
    """Shrink covariances towards a multiple of the identity matrix, by as much as Ledoit & Wolf (2004)
    estimate to be best. Otherwise they are the empirical ones: flat in some directions where there are fewer
    samples than components."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for tables and texts."""
        if spec.modality in ("table", "text"):
            raise DataError(
                f"gaussian learns images, signals and vectors, not {spec.modality} samples: "
                f"choose a generator for it (`genaug plugins list --kind generator`)"
            )

    def check_data(self, facts: DataFacts) -> tuple[str, ...]:
        """Raise an error if no class has two training samples."""
        if facts.train.max() < 2:
            raise DataError(
                "gaussian needs at least one class with two training samples to estimate a covariance: "
                "ask for more in `split`"
            )
        return ()

    def fit(self, train: TrainView, context: Context) -> GaussianSampler:
        """Fit in closed form.

        Raises:
            DataError: if no class has two samples, so that no covariance can be estimated.
        """
        samples, classes = train.samples, train.spec.classes
        counts = samples.per_class(classes)
        if counts.max() < 2:
            raise DataError(
                "gaussian needs at least one class with two training samples to estimate a covariance: "
                "ask for more in `split`"
            )
        flat = samples.values.reshape(len(samples), -1).astype(np.float64)  # [N, D]
        # Pixels and signal values share a unit. A power of two changes no digit, and codes are near 1.
        center = flat.mean(0)
        scale = np.full(flat.shape[1], np.ldexp(1.0, np.frexp(np.abs(flat).max())[1]))
        if train.spec.modality == "vector":
            scale = scales(*mean_and_spread(flat, ROUNDING_32))
            scale[np.isinf(scale)] = 1.0
        _, singular, axes = np.linalg.svd((flat - center) / scale, full_matrices=False)
        axes = axes[: self._kept(singular)]  # [Z, D]
        codes = (flat - center) / scale @ axes.T  # [N, Z]
        means = np.zeros((classes, axes.shape[0]))
        for label in np.flatnonzero(counts):
            means[label] = codes[samples.labels == label].mean(0)
        within = codes - means[samples.labels]  # [N, Z]
        pooled = self._estimate(within)
        # An estimate divides by N; each class mean uses one degree of freedom.
        pooled *= len(samples) / (len(samples) - np.count_nonzero(counts))
        factors = np.stack(
            [self._factor(within[samples.labels == label], pooled) for label in range(classes)]
        )  # [classes, Z, Z]
        plane = {"center": center, "scale": scale, "axes": axes}
        tensors = plane | {"means": means, "factors": factors, "counts": counts}
        return GaussianSampler(train.spec, tensors)

    def load(self, folder: Path, context: Context) -> GaussianSampler:
        """Return a saved sampler; the context is not used."""
        from safetensors.numpy import load_file

        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        return GaussianSampler(SampleSpec.model_validate(record["spec"]), load_file(folder / TENSORS))

    def _factor(self, own: NDArray[np.float64], pooled: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return L with L·Lᵀ = Σ_c, from the deviations ``[n, Z]`` of a class from its mean, and Σ_pooled."""
        count, prior = len(own), len(pooled) + 1
        if self.covariance == "mixed":
            mixed: NDArray[np.float64] = own.T @ own + prior * pooled
            return covariance_root(mixed) / float(np.sqrt(count + prior))
        if self.covariance == "own" and count > 1:
            return covariance_root(self._estimate(own) * (count / (count - 1)))
        return covariance_root(pooled)

    def _estimate(self, deviations: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the covariance of centered samples ``[n, Z]``, shrunk where it is set."""
        from sklearn.covariance import empirical_covariance, ledoit_wolf

        if self.shrinkage:
            shrunk: NDArray[np.float64] = ledoit_wolf(deviations, assume_centered=True)[0]
            return shrunk
        plain: NDArray[np.float64] = empirical_covariance(deviations, assume_centered=True)
        return plain

    def _kept(self, singular: NDArray[np.float64]) -> int:
        """Return how many components to keep, given the singular values of all in descending order."""
        rank = max(1, int((singular > singular[0] * 1e-6).sum()))
        if isinstance(self.components, int):
            return min(self.components, rank)
        share = np.cumsum(singular**2) / max(float((singular**2).sum()), np.finfo(np.float64).tiny)
        return min(int(np.searchsorted(share, self.components - 1e-9)) + 1, rank)


class GaussianSampler(Sampler):
    """Sampler of x = center + scale·((μ_c + L_c·z)·axes), with z standard normal.

    Args:
        spec: of its samples.
        tensors: ``center`` and ``scale`` ``[D]``, ``axes`` ``[Z, D]``, ``means`` μ ``[classes, Z]``,
            ``factors`` L ``[classes, Z, Z]``, ``counts`` ``[classes]``, training samples of each class.
    """

    capabilities = frozenset({"class-conditional", "latent", "encode"})

    def __init__(self, spec: SampleSpec, tensors: Mapping[str, NDArray[np.float64]]) -> None:
        self.spec = spec
        self.latent_dim: int = len(tensors["axes"])
        self._tensors = dict(tensors)

    def sample(self, request: Request, rng: np.random.Generator) -> Samples:
        """Return `request.count` samples, clipped to the value range.

        Raises:
            DataError: if the class had no training samples, or the latents have another shape.
        """
        t, label = self._tensors, request.label
        learned = np.flatnonzero(t["counts"])
        if label not in learned:
            known = ", ".join(self.spec.class_names[c] for c in learned)
            raise DataError(
                f"class {label} cannot be sampled: it had no training samples; the classes "
                f"learned are {known}"
            )
        latents = request.latents_or_normal(self.latent_dim, rng)  # [N, Z]
        codes = t["means"][label] + latents @ t["factors"][label].T
        values: FloatArray = (t["center"] + t["scale"] * (codes @ t["axes"])).astype(np.float32)
        if self.spec.value_range is not None:
            values = values.clip(*self.spec.value_range)
        labels = np.full(request.count, label, dtype=np.int64)
        return Samples(values.reshape(request.count, *self.spec.shape), labels)

    def encode(self, samples: Samples) -> NDArray[np.float32]:
        """Return z = L_c⁺·(code − μ_c), ``[N, Z]``: the shortest latent of the nearest sample.

        Raises:
            DataError: if a sample has no class, or a class without training samples.
        """
        t = self._tensors
        unknown = sorted(set(samples.labels.tolist()) - set(np.flatnonzero(t["counts"]).tolist()))
        if unknown:
            raise DataError(f"samples of class {unknown[0]} have no latent: it had no training samples")
        flat = samples.values.reshape(len(samples), -1).astype(np.float64)
        codes = (flat - t["center"]) / t["scale"] @ t["axes"].T - t["means"][samples.labels]  # [N, Z]
        latents = np.zeros((len(samples), self.latent_dim), dtype=np.float32)
        for label in np.unique(samples.labels):
            own = samples.labels == label
            latents[own] = codes[own] @ np.linalg.pinv(t["factors"][label]).T
        return latents

    def save(self, folder: Path) -> None:
        """Write the tensors and the spec."""
        from safetensors.numpy import save_file

        save_file({name: np.ascontiguousarray(t) for name, t in self._tensors.items()}, folder / TENSORS)
        record = {"spec": self.spec.model_dump(mode="json")}
        (folder / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
