"""One adversarial training: networks, optimizers, average, regularizers, history, and a step of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn

from genaug.adversarial.average import Average
from genaug.adversarial.draws import Draw, Draws
from genaug.adversarial.losses import discriminator_loss, generator_loss
from genaug.adversarial.state import (
    network_state,
    optimizer_state,
    random_state,
    restore_network,
    restore_optimizer,
    restore_random,
)
from genaug.contracts import ActiveRegularizer, Architecture, Regularizer, Training
from genaug.data import TrainView
from genaug.data.discriminator_pass import Batch, DiscriminatorPass
from genaug.errors import PluginFailed, TrainingDiverged


@dataclass(frozen=True)
class Schedule:
    """Hold how long and how fast an adversarial training learns.

    Attributes:
        steps: updates of either network.
        batch_size: real samples, and fake ones, of each update.
        generator_rate, discriminator_rate: learning rates of Adam.
        betas: decay of Adam's two moments.
        half_life: steps after which a weight counts half in the averaged generator; 0: no averaging.
        labels: how classes are drawn, see `Draws`.
        log_every: steps between two entries of the history.
        checkpoint_every: steps between two checkpoints.
    """

    steps: int
    batch_size: int
    generator_rate: float
    discriminator_rate: float
    betas: tuple[float, float] = (0.0, 0.99)
    half_life: float = 50.0
    labels: Draw = "balanced"
    log_every: int = 10
    checkpoint_every: int = 250


class Run:
    """Hold everything that changes while training."""

    def __init__(
        self,
        architecture: Architecture,
        regularizers: Sequence[Regularizer],
        view: TrainView,
        schedule: Schedule,
        random: torch.Generator,
    ) -> None:
        self._schedule = schedule
        self._random = random
        self._draws = Draws(view.samples, schedule.labels, schedule.batch_size, random)
        self._actives: dict[str, ActiveRegularizer] = {}
        for regularizer in regularizers:
            training = Training(
                view.spec, schedule.steps, schedule.batch_size, random, tuple(self._actives.values())
            )
            same = sum(other.name == regularizer.name for other in regularizers[: len(self._actives)])
            name = f"{regularizer.name}#{same + 1}" if same else regularizer.name
            self._actives[name] = regularizer.attach(training)
        self.condition_dim = sum(active.condition_dim for active in self._actives.values())
        generator, discriminator = architecture.networks(view.spec, self.condition_dim)
        self._generator = generator.to(random.device)
        self._discriminator = discriminator.to(random.device)
        self._latent_dim = cast(int, generator.latent_dim)
        self._adam_g = _adam(self._generator, schedule.generator_rate, schedule.betas)
        self._adam_d = _adam(self._discriminator, schedule.discriminator_rate, schedule.betas)
        self.average = Average(self._generator, schedule.half_life)
        self.step = 0
        self.history: dict[str, list[float]] = {}
        self._latest: dict[str, Tensor | float] = {}

    def advance(self) -> None:
        """Update the discriminator, then the generator, then its average."""
        self._discriminator_step()
        self._generator_step()
        self.step += 1
        self.average.update(self._generator, self.step)

    def _discriminator_step(self) -> None:
        with torch.no_grad():
            real = self._viewed(*self._draws.real())
            fake = self._viewed(*self._fakes())
        d = DiscriminatorPass(self._discriminator, real, fake)
        adversarial = discriminator_loss(d.real_logits, d.fake_logits)
        loss, terms = adversarial, {"loss_d": adversarial.detach()}
        for name, active in self._actives.items():
            if type(active).penalty is ActiveRegularizer.penalty or self.step % active.every:
                continue
            penalty = active.penalty(d)
            if penalty is not None:
                loss = loss + active.every * penalty
            terms[name] = torch.zeros(()) if penalty is None else penalty.detach()
        self._check_finite(loss, terms)
        _update(self._adam_d, loss)
        for active in self._actives.values():
            active.observe(d)
        self._latest |= terms
        self._latest["real_logits"] = d.real_logits.detach().mean()
        self._latest["fake_logits"] = d.fake_logits.detach().mean()

    def _generator_step(self) -> None:
        batch = self._viewed(*self._fakes())
        loss = generator_loss(self._discriminator(batch.values, batch.labels, batch.condition))
        terms = {"loss_g": loss.detach()}
        self._check_finite(loss, terms)
        _update(self._adam_g, loss)
        self._latest |= terms

    def _fakes(self) -> tuple[Tensor, Tensor]:
        labels = self._draws.labels()
        return self._generator(self._draws.latents(self._latent_dim), labels), labels

    def _viewed(self, values: Tensor, labels: Tensor) -> Batch:
        """Return the batch as the discriminator sees it, through every view in order."""
        batch = Batch(values, labels, values.new_zeros(len(values), 0))
        columns = 0
        for name, active in self._actives.items():
            batch = active.view(batch)
            columns += active.condition_dim
            if batch.condition.shape != (len(values), columns):
                raise PluginFailed(
                    f"the regularizer {name!r} says it has {active.condition_dim} condition columns, but "
                    f"its view made a condition of shape {tuple(batch.condition.shape)}, not "
                    f"{(len(values), columns)}"
                )
        return batch

    def _check_finite(self, loss: Tensor, terms: dict[str, Tensor]) -> None:
        if torch.isfinite(loss):
            return
        culprits = {name: float(t) for name, t in terms.items() if not math.isfinite(t)}
        named = (
            " and ".join(f"{name} ({value})" for name, value in culprits.items()) or "the sum of all terms"
        )
        weights = " or the weight of that regularizer" if culprits.keys() & self._actives.keys() else ""
        raise TrainingDiverged(
            f"{named} became non-finite at step {self.step + 1} of {self._schedule.steps}: lower the "
            f"learning rates (generator {self._schedule.generator_rate:g}, discriminator "
            f"{self._schedule.discriminator_rate:g}){weights}, or put a gradient penalty such as r1 on the "
            f"discriminator"
        )

    def log(self) -> dict[str, float]:
        """Write the step's values into the history and return them."""
        values = {name: float(value) for name, value in self._latest.items()}
        for name, active in self._actives.items():
            values |= {f"{name}.{key}": float(value) for key, value in active.logs().items()}
        row = {"step": float(self.step), **values}
        if self.history and row.keys() != self.history.keys():
            changed = ", ".join(sorted(row.keys() ^ self.history.keys()))
            raise PluginFailed(
                f"a regularizer must log the same names at every step; these changed: {changed}"
            )
        for name, value in row.items():
            self.history.setdefault(name, []).append(value)
        return values

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return everything that changes, as tensors and plain JSON."""
        tensors = {
            **network_state("generator", self._generator),
            **network_state("discriminator", self._discriminator),
            **network_state("average", self.average.network),
            **optimizer_state("adam_g", self._adam_g),
            **optimizer_state("adam_d", self._adam_d),
            **random_state(self._random),
        }
        return tensors, {
            "step": self.step,
            "history": {name: list(column) for name, column in self.history.items()},
            "latest": {name: float(value) for name, value in self._latest.items()},
            "regularizers": {name: active.state() for name, active in self._actives.items()},
        }

    def restore(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Go back to a `state`."""
        restore_network("generator", self._generator, tensors)
        restore_network("discriminator", self._discriminator, tensors)
        restore_network("average", self.average.network, tensors)
        restore_optimizer("adam_g", self._adam_g, tensors)
        restore_optimizer("adam_d", self._adam_d, tensors)
        restore_random(self._random, tensors)
        self.step = state["step"]
        self.history = {name: list(column) for name, column in state["history"].items()}
        self._latest = dict(state["latest"])
        for name, active in self._actives.items():
            active.restore(state["regularizers"][name])


def _adam(network: nn.Module, rate: float, betas: tuple[float, float]) -> torch.optim.Adam:
    return torch.optim.Adam(network.parameters(), lr=rate, betas=betas, fused=True)


def _update(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    """Step along the gradients of the optimizer's own parameters, and compute no others."""
    optimizer.zero_grad()
    torch.autograd.backward(loss, inputs=optimizer.param_groups[0]["params"])
    optimizer.step()
