"""The training of a variational autoencoder: one step, and what a checkpoint keeps."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from genaug.data import Samples, SampleSpec
from genaug.errors import TrainingDiverged
from genaug.training.batch_sampler import BatchSampler
from genaug.training.config import TrainingConfig
from genaug.training.distributed import ProcessGroup
from genaug.training.ema import EMA
from genaug.training.loss_log import LossLog
from genaug.training.optimizer import Optimizer, norm
from genaug.training.precision import Forward, in_memory_format
from genaug.training.run import TrainingRun
from genaug.training.snapshot import TrainingSnapshot
from genaug.training.state import network_state, random_state, restore_network, restore_random
from genaug_plugins.generators.vae.autoencoder import Autoencoder, posterior
from genaug_plugins.generators.vae.divergence import kl_by_dimension, with_free_bits

MEASURED = 4096
"""Number of training samples on which the variance of samples is measured, at most."""
Shown = Callable[[NDArray[np.float32]], NDArray[Any]]


class VaeRun(TrainingRun[TrainingConfig]):
    """Training of an autoencoder on the evidence lower bound (Kingma & Welling 2014, arXiv 1312.6114).

    x are samples, y their labels, ε ~ N(0, 1). A step is

    1. μ, log σ² = encoder(x, y), z = μ + σ·ε,
    2. loss = −log p(x | decoder(z, y)) + β·Σ_j max(λ, KL_j), divided by the number of values,
    3. Adam on the loss; the exponential moving average of all weights.

    Args:
        autoencoder: the networks before the first step, on the device of `random`.
        learned: samples as the networks read them.
        spec: of the samples that `shown` returns.
        config: settings of the training.
        beta: β, weight of the divergence.
        free_bits: λ, nats of each latent dimension without cost.
        random: source of all randomness but that of the networks.
        shown: ``(made by the decoder) -> values of the data``, for hooks.
    """

    def __init__(
        self,
        autoencoder: Autoencoder,
        learned: Samples,
        spec: SampleSpec,
        config: TrainingConfig,
        beta: float,
        free_bits: float,
        random: torch.Generator,
        shown: Shown,
    ) -> None:
        self.config, self._random, self._spec, self._shown = config, random, spec, shown
        self._learned = learned
        self._beta, self._free_bits = beta, free_bits
        self.group = ProcessGroup(random.device)
        parts = self.group.rows(config.batch_size, config.accumulate)
        self._batches = BatchSampler(learned, config.labels, config.batch_size, random, parts)
        in_memory_format(autoencoder, config)
        self.group.broadcast(autoencoder)
        self.autoencoder = autoencoder
        self._encode, self._decode = (
            Forward(network, config) for network in (autoencoder.encoder, autoencoder.decoder)
        )
        self._adam = Optimizer(autoencoder, config.learning_rate, config.betas, self.group)
        self._ema = EMA(autoencoder, config.ema_half_life)
        self._losses = LossLog(["loss", "reconstruction", "kl"], random.device)
        self._values = math.prod(learned.values.shape[1:])
        with torch.no_grad():
            one = torch.zeros(1, *learned.values.shape[1:], device=random.device)
            label = torch.zeros(1, dtype=torch.int64, device=random.device)
            self._latent_dim = autoencoder.encoder(one, label).shape[1] // 2

    def advance(self, measured: bool) -> None:
        """Update the networks once, then their average; see the class."""
        self._losses.begin()
        self._adam.begin(measured)
        for rows, share in self._batches.parts():
            x, y = (rows.of(whole) for whole in self._batches.draw())  # [n, *shape], [n]
            noise = rows.of(self._batches.draw_noise(self._latent_dim))  # [n, Z]
            mean, log_variance = posterior(self._encode(x, y))
            made = self._decode(mean + (0.5 * log_variance).exp() * noise, y)  # [n, *shape]
            kl = kl_by_dimension(mean, log_variance)  # [n, Z]
            terms = {"reconstruction": self.autoencoder.likelihood(x, made), "kl": kl.sum(dim=1).mean()}
            price = self._beta * with_free_bits(kl, self._free_bits)
            terms["loss"] = (terms["reconstruction"] + price) / self._values
            self._adam.add(terms["loss"] * share)
            self._losses.add(terms, share)
        self._adam.step()
        self.step += 1
        self._losses.end(self.step)
        self._ema.update(self.autoencoder, self.step)

    @property
    def network(self) -> Autoencoder:
        """Return the averaged networks."""
        averaged = self._ema.network
        assert isinstance(averaged, Autoencoder)
        return averaged

    def values(self) -> dict[str, float]:
        """Return the terms of the last step: `loss` for each value, the others for each sample, in nats."""
        return self._losses.values(self.group)

    @torch.no_grad()
    def measure_variance(self) -> None:
        """Set the variance of numbers to the error of the averaged networks on training samples."""
        likelihood, totals, all_of = self.network.likelihood, [], len(self._learned)
        some = self._learned.take(np.linspace(0, all_of - 1, min(all_of, MEASURED)).astype(np.int64))
        for batch in some.batches(likelihood.layout.batch):
            x, y = (torch.from_numpy(part).to(self.group.device) for part in (batch.values, batch.labels))
            mean, log_variance = posterior(self.network.encoder(x, y))
            noise = torch.randn(mean.shape, generator=self._random, device=x.device)
            made = self.network.decoder(mean + (0.5 * log_variance).exp() * noise, y)
            totals.append(torch.stack(likelihood.totals(*likelihood.errors(x, made))))
        squares, counts = torch.stack(totals).sum(dim=0)
        likelihood.mean_square.copy_(squares / counts.clamp_min(1.0))

    @torch.no_grad()
    def posteriors(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return means and variances of the posteriors of all training samples, ``[N, Z]`` each."""
        found = []
        for batch in self._learned.batches(self.network.likelihood.layout.batch):
            x, y = (torch.from_numpy(part).to(self.group.device) for part in (batch.values, batch.labels))
            mean, log_variance = posterior(self.network.encoder(x, y))
            found.append(torch.stack([mean, log_variance.exp()]).cpu())
        mean, variance = torch.cat(found, dim=1).numpy()
        return mean, variance

    def check_finite(self) -> None:
        """Raise an error if a term of the loss was non-finite at any step so far, or a weight is now.

        Raises:
            TrainingDiverged: naming the term and its step, or the weights.
        """
        advice = f"lower the learning rate ({self.config.learning_rate:g})"
        if (broken := self._losses.non_finite(self.group)) is not None:
            named = " and ".join(f"{name} ({value})" for name, value in broken.terms.items())
            raise TrainingDiverged(
                f"{named} became non-finite at step {broken.step} of {self.config.steps}: {advice}"
            )
        weights = [parameter.detach() for parameter in self.autoencoder.parameters()]
        if not math.isfinite(float(self.group.mean(norm(weights)))):
            raise TrainingDiverged(
                f"the weights became non-finite at step {self.step} of {self.config.steps}: {advice}"
            )

    def scale_rates(self, factor: float) -> None:
        """Set the learning rate to `factor` times the initial one."""
        self._adam.scale_rate(factor)

    @contextmanager
    def snapshot(self) -> Iterator[TrainingSnapshot]:
        """Yield a snapshot that samples from the averaged networks."""

        def sample(label: int, count: int, seed: int) -> NDArray[Any]:
            noise = torch.randn(count, self._latent_dim, generator=torch.Generator().manual_seed(seed))
            labels = torch.full((count,), label, device=self.group.device)
            with torch.no_grad():
                made = self.network.decoder(noise.to(self.group.device), labels)
            return self._shown(made.float().cpu().numpy())

        yield TrainingSnapshot(self.step, self.config.steps, self._spec, sample)

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return everything that changes, as tensors and plain JSON."""
        tensors = {
            **network_state("autoencoder", self.autoencoder),
            **network_state("average", self._ema.network),
            **self._adam.state("adam"),
            **random_state(self._random),
        }
        return tensors, {"losses": self._losses.values(self.group)}

    def restore(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Go back to a `state`."""
        restore_network("autoencoder", self.autoencoder, tensors)
        restore_network("average", self._ema.network, tensors)
        self._adam.restore("adam", tensors)
        restore_random(self._random, tensors)
        self._losses.restore(state["losses"])
