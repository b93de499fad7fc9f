"""The step of a GAN: update of the discriminator, lazy penalties, update of the generator, average."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from genaug.adversarial.chain import Chain
from genaug.adversarial.config import AdversarialConfig
from genaug.adversarial.discriminator_pass import Batch, DiscriminatorPass, GeneratorPass, Logits, Rows
from genaug.adversarial.losses import LOSSES
from genaug.adversarial.mode_collapse import ModeCollapse
from genaug.adversarial.networks import build_networks, checked_discriminator, checked_generator
from genaug.adversarial.snapshot import AdversarialSnapshot
from genaug.adversarial.start import Start, begin_from
from genaug.contracts import Architecture, Regularizer
from genaug.data import TrainView
from genaug.data.samples import FloatArray
from genaug.errors import TrainingDiverged
from genaug.training.batch_sampler import BatchSampler
from genaug.training.distributed import ProcessGroup
from genaug.training.ema import EMA
from genaug.training.loss_log import LossLog
from genaug.training.optimizer import Optimizer, norm
from genaug.training.precision import Forward, in_memory_format
from genaug.training.run import TrainingRun
from genaug.training.state import network_state, random_state, restore_network, restore_random

ADVICE = "or put a gradient penalty on the discriminator"


class AdversarialRun(TrainingRun[AdversarialConfig]):
    """Training of a generator G against a discriminator f (Goodfellow et al. 2014, arXiv 1406.2661).

    x, y are real samples and their labels, z latents, T the regularizers' augmentations in their order (the
    same for real and fake samples), L_D and L_G the adversarial losses. A step is

    1. f ← Adam on L_D(f(T x, y), f(T G(z, y), y)) + Σ penalties,
    2. where a lazy penalty R is due, at every k-th step: f ← Adam on k·R, on the same samples
       (Karras et al. 2020, arXiv 1912.04958, appendix B),
    3. G ← Adam on L_G(f(T G(z, y), y)) + Σ penalties on the generator, with new z and y,
    4. Ḡ ← the exponential moving average of G.

    In shapes N is the batch and n the rows of one part of it; all randomness is drawn for N (see
    `BatchSampler`).

    Args:
        architecture: of the networks.
        regularizers: in their order.
        view: the training view.
        config: settings of the training.
        random: source of all randomness but that of the networks; its device is that of the training.
        start: initial weights.

    Attributes:
        generator, discriminator: the networks G and f.
        ema: the average Ḡ.
        condition_dim: K, number of condition columns of the discriminator.
        latent_dim: Z, length of a latent.
        warnings: on the start, for the user.
    """

    def __init__(
        self,
        architecture: Architecture,
        regularizers: Sequence[Regularizer],
        view: TrainView,
        config: AdversarialConfig,
        random: torch.Generator,
        start: Start,
    ) -> None:
        self.config, self._random, self._spec = config, random, view.spec
        self.group = ProcessGroup(random.device)
        self._chain = chain = Chain(regularizers, view.spec, config.steps, config.batch_size, random)
        parts = self.group.rows(config.batch_size, config.accumulate)
        self._batches = BatchSampler(view.samples, config.labels, config.batch_size, random, parts)
        self._loss = LOSSES[config.loss]
        self.condition_dim = chain.condition_dim
        networks = build_networks(architecture, view.spec, chain.condition_dim)
        self.warnings = begin_from(start, *networks, architecture.name)
        self.generator, self.discriminator = (
            in_memory_format(network.to(random.device), config) for network in networks
        )
        for network in networks:
            self.group.broadcast(network)
        self.latent_dim = cast(int, self.generator.latent_dim)

        self._G = checked_generator(Forward(self.generator, config), architecture, view.spec)
        # A compiled network cannot be differentiated twice.
        self._f_twice = checked_discriminator(
            Forward(self.discriminator, config, compiled=False), architecture
        )
        twice = bool(chain.differentiating & set(chain.prompt))
        self._f = (
            self._f_twice
            if twice
            else checked_discriminator(Forward(self.discriminator, config), architecture)
        )
        # With lazy penalties the discriminator has 1 + share updates in a step, for which Adam's rate and
        # decays are adjusted (1912.04958, appendix B).
        shift = 1 / (1 + chain.lazy_share())
        self._adam_g = Optimizer(self.generator, config.learning_rate, config.betas, self.group)
        self._adam_d = Optimizer(
            self.discriminator,
            config.discriminator_rate * shift,
            (config.betas[0] ** shift, config.betas[1] ** shift),
            self.group,
        )
        self.ema = EMA(self.generator, config.ema_half_life)
        self._generator_terms = ["loss_g", *(f"{name}.g" for name in chain.in_generator)]
        self._losses = LossLog(["loss_d", *chain.prompt, *chain.lazy, *self._generator_terms], random.device)
        self._diversity = ModeCollapse(view.samples, self.latent_dim, random.device)
        self._measured: dict[str, Tensor] = {}

    def advance(self, measured: bool) -> None:
        """Update the discriminator, then the generator, then its average; see the class."""
        self._losses.begin()
        passes = self._update_discriminator(measured)
        if due := self._chain.due(self.step):
            self._update_discriminator_lazily(passes, due)
        self._update_generator(measured)
        self.step += 1
        self._losses.end(self.step)
        self.ema.update(self.generator, self.step)

    def _update_discriminator(self, measured: bool) -> list[DiscriminatorPass]:
        """Minimize L_D(f(T x, y), f(T G(z, y), y)) + Σ penalties in f; return the passes of the parts."""
        self._adam_d.begin(measured)
        passes = []
        for rows, share in self._batches.parts():
            with torch.no_grad():
                x, y = self._batches.draw()  # [N, *shape], [N]
                real = self._augmented(x, y, rows)  # [n, *shape], [n], [n, K]
                y = self._batches.draw_labels()  # [N]
                z = rows.of(self._batches.draw_noise(self.latent_dim))  # [n, Z]
                fake = self._augmented(self._G(z, rows.of(y)), y, rows)
            d = DiscriminatorPass(self._f, real, fake, latents=z, generate=self._G, rows=rows)
            terms = {"loss_d": self._loss.discriminator(d.real_logits, d.fake_logits)}
            terms |= self._chain.penalties(d, self._chain.prompt)
            self._adam_d.add(torch.stack(list(terms.values())).sum() * share)
            self._losses.add(terms, share)
            passes.append(d)
        self._adam_d.step()
        self._logits = Logits(
            self.group.gather(torch.cat([d.real_logits.detach() for d in passes])),  # [N]
            self.group.gather(torch.cat([d.fake_logits.detach() for d in passes])),
        )
        self._chain.observe(self._logits)
        if measured:
            self._measured |= {"gradient_d": self._adam_d.gradient, "speed_d": self._adam_d.speed}
        self._last = passes[0]
        return passes

    def _update_discriminator_lazily(self, passes: list[DiscriminatorPass], due: list[str]) -> None:
        """Minimize Σ k·R in f over the lazy penalties R that are due, on the same samples."""
        self._adam_d.begin(measured=False)
        for (rows, share), seen in zip(self._batches.parts(), passes, strict=True):
            terms = self._chain.penalties(self._again(seen, rows), due)
            if terms:
                loss = torch.stack([self._chain.every(name) * term for name, term in terms.items()]).sum()
                self._adam_d.add(loss * share)
                self._losses.add(terms, share)
        self._adam_d.step()

    def _update_generator(self, measured: bool) -> None:
        """Minimize L_G(f(T G(z, y), y)) + Σ penalties in G."""
        self._adam_g.begin(measured)
        for rows, share in self._batches.parts():
            y = self._batches.draw_labels()  # [N]
            z = rows.of(self._batches.draw_noise(self.latent_dim))  # [n, Z]
            values = self._G(z, rows.of(y))  # [n, *shape]
            fake = self._augmented(values, y, rows)
            logits = self._f(fake.values, fake.labels, fake.condition)  # [n]
            terms = {"loss_g": self._loss.generator(logits)}
            g = GeneratorPass(z, rows.of(y), values, logits, self._G, rows)
            terms |= {f"{name}.g": term for name, term in self._chain.generator_penalties(g).items()}
            self._adam_g.add(torch.stack(list(terms.values())).sum() * share)
            self._losses.add(terms, share)
        self._adam_g.step()
        if measured:
            self._measured |= {"gradient_g": self._adam_g.gradient, "speed_g": self._adam_g.speed}

    def _augmented(self, values: Tensor, labels: Tensor, rows: Rows) -> Batch:
        """Return T of these rows ``[n]``, with randomness drawn for all N.

        Args:
            values: of the batch ``[N, *shape]``, or of these rows ``[n, *shape]``, which are then padded with
                zeros to N.
            labels: of the batch, ``[N]``.
            rows: of the part.
        """
        if len(values) < rows.total:
            before, after = (
                values.new_zeros(count, *values.shape[1:]) for count in (rows.start, rows.total - rows.stop)
            )
            values = torch.cat([before, values, after])
        batch = self._chain.augment(values, labels)
        if len(rows) == rows.total:
            return batch
        return Batch(rows.of(batch.values), rows.of(batch.labels), rows.of(batch.condition))

    def _again(self, seen: DiscriminatorPass, rows: Rows) -> DiscriminatorPass:
        """Return a twice differentiable pass of the current discriminator over the same samples."""
        return DiscriminatorPass(
            self._f_twice, seen.real, seen.fake, latents=seen.latents, generate=self._G, rows=rows
        )

    @property
    def network(self) -> nn.Module:
        """Return the averaged generator."""
        return self.ema.network

    def values(self) -> dict[str, float]:
        """Return losses, penalties, logits, gradient norms and the regularizers' values of the last step."""
        real, fake = self._logits.real, self._logits.fake
        return self._losses.values(self.group) | {
            "real_logits": float(real.mean()),
            "fake_logits": float(fake.mean()),
            "r_t": float(real.sign().mean()),
            **{name: float(value) for name, value in self._measured.items()},
            **self._chain.logs(),
        }

    def check_finite(self) -> None:
        """Raise an error if a term of the losses was non-finite at any step so far, or a weight is now.

        Raises:
            TrainingDiverged: naming the first non-finite term and its step, or the network.
        """
        total, config = self.config.steps, self.config
        if (broken := self._losses.non_finite(self.group)) is not None:
            # A discriminator with non-finite weights makes the generator's terms non-finite too.
            first = [name for name in broken.terms if name not in self._generator_terms]
            culprits = first or list(broken.terms)
            named = " and ".join(f"{name} ({broken.terms[name]})" for name in culprits)
            weights = " or the weight of that regularizer" if set(self._chain.names) & set(culprits) else ""
            raise TrainingDiverged(
                f"{named} became non-finite at step {broken.step} of {total}: lower the learning rates "
                f"(generator {config.learning_rate:g}, discriminator {config.discriminator_rate:g})"
                f"{weights}, {ADVICE}"
            )
        # The last update may have made weights non-finite after its terms were computed.
        for network, what in ((self.discriminator, "discriminator"), (self.generator, "generator")):
            size = self.group.mean(norm([parameter.detach() for parameter in network.parameters()]))
            if not math.isfinite(float(size)):
                raise TrainingDiverged(
                    f"weights of the {what} became non-finite at step {self.step} of {total}: "
                    f"lower the learning rates, {ADVICE}"
                )

    def check_samples(self) -> None:
        """Raise an error if the generator has collapsed."""
        self._diversity.check(self.ema.network, self.step, self.group)

    def scale_rates(self, factor: float) -> None:
        """Set both learning rates to `factor` times the initial ones."""
        for optimizer in (self._adam_g, self._adam_d):
            optimizer.scale_rate(factor)

    @contextmanager
    def snapshot(self) -> Iterator[AdversarialSnapshot]:
        """Yield a snapshot of the training, with the discriminator in evaluation mode."""

        def sample(label: int, count: int, seed: int) -> FloatArray:
            z = torch.randn(count, self.latent_dim, generator=torch.Generator().manual_seed(seed))
            y = torch.full((count,), label)
            with torch.no_grad():
                values = self.ema.network(z.to(self.group.device), y.to(self.group.device))
            return np.asarray(values.float().cpu())

        self.discriminator.eval()
        try:
            yield AdversarialSnapshot(
                self.step,
                self.config.steps,
                self._spec,
                sample,
                self.ema.network,
                self.latent_dim,
                self.discriminator,
                lambda: self._again(self._last, self._last.rows),
            )
        finally:
            self.discriminator.train()

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return everything that changes, as tensors and plain JSON."""
        tensors = {
            **network_state("generator", self.generator),
            **network_state("discriminator", self.discriminator),
            **network_state("average", self.ema.network),
            **self._adam_g.state("adam_g"),
            **self._adam_d.state("adam_d"),
            **random_state(self._random),
        }
        return tensors, {
            "losses": self._losses.values(self.group),
            "diversity": self._diversity.largest,
            "regularizers": self._chain.state(),
        }

    def restore(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Go back to a `state`."""
        restore_network("generator", self.generator, tensors)
        restore_network("discriminator", self.discriminator, tensors)
        restore_network("average", self.ema.network, tensors)
        self._adam_g.restore("adam_g", tensors)
        self._adam_d.restore("adam_d", tensors)
        restore_random(self._random, tensors)
        self._losses.restore(state["losses"])
        self._diversity.largest = state["diversity"]
        self._chain.restore(state["regularizers"])
