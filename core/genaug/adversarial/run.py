"""One adversarial training: networks, optimizers, average, regularizers, and a step of it."""

import math
from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor

from genaug.adversarial.batches import Batches
from genaug.adversarial.chain import Chain
from genaug.adversarial.config import Schedule, Start
from genaug.adversarial.discriminator_pass import Batch, DiscriminatorPass, GeneratorPass, Logits, Rows
from genaug.adversarial.losses import LOSSES
from genaug.adversarial.start import started
from genaug.contracts import Architecture, Regularizer
from genaug.data import TrainView
from genaug.errors import TrainingDiverged
from genaug.training.batch_sampler import BatchSampler
from genaug.training.distributed import ProcessGroup
from genaug.training.ema import EMA
from genaug.training.history import History
from genaug.training.loss_log import LossLog
from genaug.training.optimizer import Optimizer, norm
from genaug.training.precision import Forward, laid_out
from genaug.training.snapshot import TrainingSnapshot
from genaug.training.state import network_state, random_state, restore_network, restore_random


class Run:
    """Hold everything that changes while training.

    Attributes:
        step: updates of either network that are done.
        history: what was logged.
        warnings: what a person should know of it.
        condition_dim: columns of the condition that the discriminator was built for.
        generator, discriminator: the networks that learn.
        average: the generator's average.
        latent_dim: length of a latent.
        slowed: how often the learning rates were halved.
        peers: the processes that train together.
    """

    def __init__(
        self,
        architecture: Architecture,
        regularizers: Sequence[Regularizer],
        view: TrainView,
        schedule: Schedule,
        random: torch.Generator,
        start: Start,
    ) -> None:
        self._schedule, self._random, self._spec = schedule, random, view.spec
        self.peers = ProcessGroup(random.device)
        self._chain = Chain(regularizers, view.spec, schedule.steps, schedule.batch_size, random)
        self._batches = Batches(
            BatchSampler(view.samples, schedule.labels, schedule.batch_size, random),
            self._chain,
            self.peers.rows(schedule.batch_size, schedule.accumulate),
            random,
        )
        self.condition_dim = self._chain.condition_dim
        self._loss = LOSSES[schedule.loss]
        networks = architecture.networks(view.spec, self.condition_dim)
        self.warnings = started(*networks, start, architecture.name)
        self.generator, self.discriminator = (
            laid_out(network.to(random.device), schedule) for network in networks
        )
        for network in networks:
            self.peers.broadcast(network)
        self.latent_dim = cast(int, self.generator.latent_dim)
        self._g = Forward(self.generator, schedule)
        self._d_twice = Forward(self.discriminator, schedule, compiled=False)
        self._d = (
            self._d_twice
            if self._chain.differentiating & set(self._chain.prompt)
            else Forward(self.discriminator, schedule)
        )
        # A lazy penalty makes an update of its own, so the discriminator is updated more often than
        # once a step: Adam's rate and decays are taken to the power that makes up for it (Karras et
        # al. 2020, arXiv 1912.04958, appendix B).
        shift = 1 / (1 + self._chain.lazy_share())
        self._adam_g = Optimizer(self.generator, schedule.generator_rate, schedule.betas, self.peers)
        self._adam_d = Optimizer(
            self.discriminator,
            schedule.discriminator_rate * shift,
            (schedule.betas[0] ** shift, schedule.betas[1] ** shift),
            self.peers,
        )
        self.average = EMA(self.generator, schedule.half_life)
        self.step = 0
        self.slowed = 0
        self.history = History()
        chain = self._chain
        self._terms = LossLog(
            ["loss_d", *chain.prompt, *chain.lazy],
            ["loss_g", *(f"{name}.g" for name in chain.in_generator)],
            random.device,
        )
        self._measured: dict[str, Tensor] = {}

    def advance(self, measured: bool) -> None:
        """Update the discriminator, then the generator, then its average.

        Args:
            measured: measure gradients and updates as well, for a log that is due.
        """
        self._terms.begin()
        passes = self._discriminator_step(measured)
        due = self._chain.due(self.step)
        if due:
            self._lazy_step(passes, due)
        self._generator_step(measured)
        self.step += 1
        self._terms.end(self.step)
        self.average.update(self.generator, self.step)

    def _discriminator_step(self, measured: bool) -> list[DiscriminatorPass]:
        self._adam_d.begin(measured)
        passes = []
        for rows, share in self._batches.parts():
            with torch.no_grad():
                real = self._batches.real(rows)
                labels, latents = self._batches.labels_and_latents(rows, self.latent_dim)
                fake = self._batches.fake(self._g(latents, rows.of(labels)), labels, rows)
            d = self._pass(self._d, real, fake, latents, rows)
            terms = {"loss_d": self._loss.discriminator(d.real_logits, d.fake_logits)}
            terms |= self._chain.penalties(d, self._chain.prompt)
            self._adam_d.add(torch.stack(list(terms.values())).sum() * share)
            self._terms.add(terms, share)
            passes.append(d)
        self._adam_d.step()
        self._logits = Logits(
            *(
                self.peers.gather(torch.cat([logits.detach() for logits in side]))
                for side in ([d.real_logits for d in passes], [d.fake_logits for d in passes])
            )
        )
        self._chain.observe(self._logits)
        if measured:
            self._measured |= {"gradient_d": self._adam_d.gradient, "speed_d": self._adam_d.speed}
        self._last = passes[0]
        return passes

    def _lazy_step(self, passes: list[DiscriminatorPass], due: list[str]) -> None:
        """Update the discriminator along the penalties that are due, on the batches it has just seen."""
        self._adam_d.begin(measured=False)
        for (rows, share), seen in zip(self._batches.parts(), passes, strict=True):
            d = self._pass(self._d_twice, seen.real, seen.fake, seen.latents, rows)
            terms = self._chain.penalties(d, due)
            if terms:
                loss = torch.stack([self._chain.every(name) * term for name, term in terms.items()]).sum()
                self._adam_d.add(loss * share)
                self._terms.add(terms, share)
        self._adam_d.step()

    def _generator_step(self, measured: bool) -> None:
        self._adam_g.begin(measured)
        for rows, share in self._batches.parts():
            labels, latents = self._batches.labels_and_latents(rows, self.latent_dim)
            own = rows.of(labels)
            values = self._g(latents, own)
            batch = self._batches.fake(values, labels, rows)
            logits = self._d(batch.values, batch.labels, batch.condition)
            terms = {"loss_g": self._loss.generator(logits)}
            g = GeneratorPass(latents, own, values, logits, self._g, rows)
            terms |= {f"{name}.g": term for name, term in self._chain.generator_penalties(g).items()}
            self._adam_g.add(torch.stack(list(terms.values())).sum() * share)
            self._terms.add(terms, share)
        self._adam_g.step()
        if measured:
            self._measured |= {"gradient_g": self._adam_g.gradient, "speed_g": self._adam_g.speed}

    def _pass(
        self, discriminate: Forward, real: Batch, fake: Batch, latents: Tensor, rows: Rows
    ) -> DiscriminatorPass:
        return DiscriminatorPass(discriminate, real, fake, latents=latents, generate=self._g, rows=rows)

    def log(self, more: dict[str, float]) -> dict[str, float]:
        """Write the last step's values, and `more`, into the history and return them.

        Raises:
            PluginFailed: where a regularizer logs other names than before.
        """
        values = self._terms.values(self.peers)
        real, fake = self._logits.real, self._logits.fake
        values |= {
            "real_logits": float(real.mean()),
            "fake_logits": float(fake.mean()),
            "r_t": float(real.sign().mean()),
            **{name: float(value) for name, value in self._measured.items()},
            **self._chain.logs(),
            **more,
        }
        self.history.append(self.step, values)
        return values

    def snapshot(self) -> TrainingSnapshot:
        """Return the training as it stands, to be looked at; the discriminator in evaluation mode."""
        return TrainingSnapshot(
            self.step,
            self._schedule.steps,
            self._spec,
            self.average.network,
            self.latent_dim,
            self.discriminator,
            lambda: self._pass(
                self._d_twice, self._last.real, self._last.fake, self._last.latents, self._last.rows
            ),
        )

    def check_finite(self) -> None:
        """Raise where a term of the losses was not finite at any step so far, or a weight is not now.

        Raises:
            TrainingDiverged: naming the term that became non-finite and the step at which it did.
        """
        self._terms.check_finite(self.peers, self._schedule, set(self._chain.names))
        # The terms are those before the last update.
        for network, what in ((self.discriminator, "discriminator"), (self.generator, "generator")):
            size = self.peers.mean(norm([parameter.detach() for parameter in network.parameters()]))
            if not math.isfinite(float(size)):
                raise TrainingDiverged(
                    f"weights of the {what} became non-finite at step {self.step} of {self._schedule.steps}: "
                    "lower the learning rates, or put a gradient penalty such as r1 on the discriminator"
                )

    def slow_down(self, times: int, warning: str) -> None:
        """Halve both learning rates so many times, and keep why."""
        self.slowed = times
        self.warnings.append(warning)
        self._set_rates()

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return everything that changes, as tensors and plain JSON."""
        tensors = {
            **network_state("generator", self.generator),
            **network_state("discriminator", self.discriminator),
            **network_state("average", self.average.network),
            **self._adam_g.state("adam_g"),
            **self._adam_d.state("adam_d"),
            **random_state(self._random),
        }
        return tensors, {
            "step": self.step,
            "slowed": self.slowed,
            "warnings": list(self.warnings),
            "history": self.history.copy(),
            "terms": self._terms.values(self.peers),
            "regularizers": self._chain.state(),
        }

    def restore(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Go back to a `state`."""
        restore_network("generator", self.generator, tensors)
        restore_network("discriminator", self.discriminator, tensors)
        restore_network("average", self.average.network, tensors)
        self._adam_g.restore("adam_g", tensors)
        self._adam_d.restore("adam_d", tensors)
        restore_random(self._random, tensors)
        self.step, self.slowed, self.warnings = state["step"], state["slowed"], list(state["warnings"])
        self.history.restore(state["history"])
        self._terms.restore(state["terms"])
        self._chain.restore(state["regularizers"])
        self._set_rates()

    def _set_rates(self) -> None:
        for optimizer in (self._adam_g, self._adam_d):
            optimizer.scale_rate(0.5**self.slowed)
