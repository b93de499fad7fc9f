"""The sampler of a trained GAN, with the scores of its discriminator."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import nn

from genaug import Sampler
from genaug.data import Request, Samples, SampleSpec
from genaug.data.encoding import as_stored
from genaug.data.samples import FloatArray
from genaug.errors import DataError
from genaug_plugins.generators.critic import Critic
from genaug_plugins.generators.density_ratio import DensityRatio, fit_ratio
from genaug_plugins.generators.gan_files import DISCRIMINATOR, GENERATOR, RECORD
from genaug_plugins.generators.units import Units

BATCH = 256
REAL_AT_MOST, FAKE_AT_LEAST = 2000, 1000
"""Maximum number of real and minimum number of fake samples for the fit of the density ratio."""


class GanSampler(Sampler):
    """A trained generator network and its discriminator.

    Args:
        spec: of its samples.
        network: ``(latents [N, Z], labels [N]) -> values``, in evaluation mode.
        critic: the discriminator at the end of the training.
        condition_dim: columns of the condition that the discriminator was built for.
        classes: the labels it was trained on.
        history: values logged during training.
        warnings: for the user, a sentence each.
        ratio: the density ratio as a function of the discriminator's logit; None: unknown.
        units: in which the networks have learned; None: those of the data.
    """

    capabilities = frozenset({"class-conditional", "latent"})

    def __init__(
        self,
        spec: SampleSpec,
        network: nn.Module,
        critic: Critic,
        condition_dim: int,
        classes: Sequence[int],
        history: Mapping[str, Sequence[float]],
        warnings: Sequence[str] = (),
        ratio: DensityRatio | None = None,
        units: Units | None = None,
    ) -> None:
        self.spec = spec
        self.history = history
        self.warnings = warnings
        self.ratio = ratio
        self.latent_dim: int = int(network.latent_dim)  # type: ignore[arg-type]
        self._network = network
        self._critic = critic
        self._condition_dim = condition_dim
        self._classes = list(classes)
        self._units = units or Units.of_data()

    def sample(self, request: Request, rng: np.random.Generator) -> Iterator[Samples]:
        """Yield `request.count` samples in batches, with standard normal latents if none are given.

        Raises:
            DataError: if the class had no training samples, or the latents have another shape.
        """
        if request.label not in self._classes:
            known = ", ".join(self.spec.class_names[label] for label in self._classes)
            raise DataError(
                f"class {request.label} cannot be sampled: it had no training samples; "
                f"the classes learned are {known}"
            )
        latents = request.latents_or_normal(self.latent_dim, rng)
        device = next(self._network.parameters()).device
        for codes in torch.split(torch.from_numpy(np.ascontiguousarray(latents)), BATCH):
            labels = torch.full((len(codes),), request.label, device=device)
            with torch.no_grad():
                values: FloatArray = self._network(codes.to(device), labels).cpu().numpy()
            yield Samples(self._units.values(values), np.full(len(codes), request.label, dtype=np.int64))

    def scores(self, samples: Samples) -> Mapping[str, NDArray[np.float64]]:
        """Return ``discriminator``, its logits, and ``log_density_ratio``, log p_data / p_model.

        A fit of an earlier version has no ratio.
        """
        logits = self._critic.logits(self._units.samples(samples))
        found = {"discriminator": logits}
        return found if self.ratio is None else found | {"log_density_ratio": self.ratio.of(logits)}

    def learn_ratio(self, real: Samples, held_out: bool, rng: np.random.Generator) -> None:
        """Fit the density ratio on real samples, and on newly drawn samples with the same class frequencies.

        Args:
            real: N ≥ 1 samples of the learned classes.
            held_out: whether the discriminator was not trained on them.
            rng: source of all randomness.
        """
        if len(real) > REAL_AT_MOST:
            real = real.take(np.sort(rng.choice(len(real), REAL_AT_MOST, replace=False)))
        times = -(-FAKE_AT_LEAST // len(real))
        counts = times * real.per_class(self.spec.classes)
        fake = Samples.join([self.draw(Request(int(c), int(counts[c])), rng) for c in np.flatnonzero(counts)])
        fake = as_stored(fake, self.spec)  # as the pool stores them
        of_real, of_fake = (self._critic.logits(self._units.samples(part)) for part in (real, fake))
        self.ratio = fit_ratio(of_real, of_fake, held_out)

    def save(self, folder: Path) -> None:
        """Write the weights of both networks, and the values needed to rebuild them."""
        for network, file in ((self._network, GENERATOR), (self._critic.network, DISCRIMINATOR)):
            weights = {name: tensor.cpu().contiguous() for name, tensor in network.state_dict().items()}
            save_file(weights, folder / file)
        record = {
            "spec": self.spec.model_dump(mode="json"),
            "condition_dim": self._condition_dim,
            "classes": self._classes,
            "history": {name: list(column) for name, column in self.history.items()},
            "warnings": list(self.warnings),
            "units": self._units.record(),
            "density_ratio": None if self.ratio is None else self.ratio.record(),
        }
        (folder / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
