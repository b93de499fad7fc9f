"""The sampler of a trained variational autoencoder."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file as save_arrays
from safetensors.torch import save_file

from genaug import Sampler
from genaug.data import Request, Samples, SampleSpec
from genaug.data.samples import FloatArray
from genaug.errors import DataError
from genaug.training.auto_batch import AutoBatch
from genaug_plugins.generators.vae.autoencoder import Autoencoder, posterior
from genaug_plugins.generators.vae.fitted_prior import FittedPrior
from genaug_plugins.generators.vae.form import Form
from genaug_plugins.generators.vae.options import CAPABILITIES, VaeOptions

WEIGHTS, PRIOR, RECORD = "vae.safetensors", "vae-prior.safetensors", "vae.json"


class VaeSampler(Sampler):
    """Sampler of x ~ p(x | z, y), z by the prior of the class y, or around the latents of real samples.

    Latents are u ~ N(0, 1), see `FittedPrior`. From a source with the latent u₀ ~ q(u | source) a sample has
    u = √(1 − s²)·u₀ + s·ε, ε ~ N(0, 1), at the strength s: as the prior at 1, as the posterior near 0, with
    the variance of the prior throughout.

    Args:
        spec: of its samples.
        autoencoder: trained, on its device.
        form: in which it has learned.
        prior: of the latents of each class.
        classes: the labels it was trained on.
        noise: whether samples get the noise of the likelihood.
        history: values logged during training.
        warnings: for the user, a sentence each.
        hooks: of the run; they are notified of smaller batches.
    """

    capabilities = CAPABILITIES
    options_model = VaeOptions

    def __init__(
        self,
        spec: SampleSpec,
        autoencoder: Autoencoder,
        form: Form,
        prior: FittedPrior,
        classes: Sequence[int],
        noise: bool,
        history: Mapping[str, Sequence[float]],
        warnings: Sequence[str],
        hooks: Any,
    ) -> None:
        self.spec, self.history, self.warnings = spec, history, warnings
        self._networks = autoencoder.eval().requires_grad_(False)
        self._form, self._prior, self._classes, self._noise = form, prior, list(classes), noise
        self._device = next(autoencoder.parameters()).device
        self.latent_dim: int = prior.mean.shape[1]
        self._batches = AutoBatch(form.layout.batch, "the vae", hooks, "lower `width`")

    def sample(self, request: Request, rng: np.random.Generator) -> Iterator[Samples]:
        """Yield the samples in batches; all randomness is drawn before, sample by sample.

        Raises:
            DataError: if the class had no training samples, or the latents have another shape.
        """
        if request.label not in self._classes:
            known = ", ".join(self.spec.class_names[label] for label in self._classes)
            raise DataError(
                f"class {self.spec.class_names[request.label]!r} cannot be sampled: it had no training "
                f"samples; the classes learned are {known}"
            )
        count, layout = request.count, self._form.layout
        if request.latents is None and request.sources:
            strength = VaeOptions.model_validate(request.options).strength
            latents = self._around(request.one_source_each(), strength, rng)
        else:
            latents = request.latents_or_normal(self.latent_dim, rng)
        z = self._prior.to_posterior(latents, request.label)
        noise = self._output_noise(count, rng)
        uniform = rng.random((count, self._form.draws)) if self._form.draws else None

        def decoded(rows: slice) -> Samples:
            codes = torch.from_numpy(np.ascontiguousarray(z[rows])).to(self._device)
            labels = torch.full((len(codes),), request.label, device=self._device)
            with torch.no_grad():
                made: FloatArray = self._networks.decoder(codes, labels).float().cpu().numpy()
            if noise is not None:
                numbers = layout.numbers
                if numbers is None:
                    made = made + noise[rows]
                else:
                    made = np.concatenate([made[:, :numbers] + noise[rows], made[:, numbers:]], axis=1)
            values = self._form.values(made, None if uniform is None else uniform[rows])
            return Samples(values, np.full(len(codes), request.label, dtype=np.int64))

        yield from self._batches(decoded, count)

    def encode(self, samples: Samples) -> NDArray[np.float32]:
        """Return the latents of the posterior means of real samples, ``[N, Z]``; their labels are used."""
        return self._prior.to_latents(self._posterior(samples)[0], samples.labels)

    def save(self, folder: Path) -> None:
        """Write the weights, and the values needed to rebuild the networks."""
        state = self._networks.state_dict()
        save_file({name: tensor.cpu().contiguous() for name, tensor in state.items()}, folder / WEIGHTS)
        save_arrays(self._prior.tensors, folder / PRIOR)
        record: dict[str, Any] = {
            "spec": self.spec.model_dump(mode="json"),
            "form": self._form.record(),
            "classes": self._classes,
            "history": {name: list(column) for name, column in self.history.items()},
            "warnings": list(self.warnings),
        }
        (folder / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")

    def _around(self, sources: Samples, strength: float, rng: np.random.Generator) -> FloatArray:
        mean, deviation = self._posterior(sources)
        eta, epsilon = rng.standard_normal((len(sources), 2, self.latent_dim), dtype=np.float32).swapaxes(
            0, 1
        )
        own = self._prior.to_latents(mean + deviation * eta, sources.labels)
        return np.asarray(np.sqrt(1 - strength**2) * own + strength * epsilon, dtype=np.float32)

    def _output_noise(self, count: int, rng: np.random.Generator) -> FloatArray | None:
        if not self._noise:
            return None
        likelihood = self._networks.likelihood
        spread = (likelihood.sigma * likelihood.varies).cpu().numpy()
        return np.asarray(rng.standard_normal((count, *spread.shape), dtype=np.float32) * spread)

    def _posterior(self, samples: Samples) -> tuple[FloatArray, FloatArray]:
        """Return means and standard deviations of the posteriors, ``[N, Z]`` each."""
        found: list[FloatArray] = []
        for batch in samples.batches(self._form.layout.batch):
            values = torch.from_numpy(self._form.learned(batch)).to(self._device)
            with torch.no_grad():
                encoded = self._networks.encoder(values, torch.from_numpy(batch.labels).to(self._device))
            mean, log_variance = posterior(encoded.float())
            found.append(torch.stack([mean, (0.5 * log_variance).exp()]).cpu().numpy())
        mean_and_deviation = np.concatenate(found, axis=1)
        return mean_and_deviation[0], mean_and_deviation[1]
