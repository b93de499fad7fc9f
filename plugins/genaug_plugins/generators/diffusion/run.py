"""The training of a diffusion model."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from genaug.data import TrainView
from genaug.data.samples import FloatArray
from genaug.errors import DataError, TrainingDiverged
from genaug.training.batch_sampler import BatchSampler
from genaug.training.distributed import ProcessGroup
from genaug.training.ema import EMA
from genaug.training.loss_log import LossLog
from genaug.training.optimizer import Optimizer, norm
from genaug.training.precision import Forward, in_memory_format
from genaug.training.run import TrainingRun
from genaug.training.snapshot import TrainingSnapshot
from genaug.training.state import network_state, random_state, restore_network, restore_random
from genaug_plugins.generators.diffusion.augmentation import Augmentation
from genaug_plugins.generators.diffusion.config import DiffusionConfig
from genaug_plugins.generators.diffusion.denoiser import Denoiser, over
from genaug_plugins.generators.diffusion.formulation import Formulation
from genaug_plugins.generators.diffusion.solver import solve

GLANCE = 10
"""Levels of the samples that hooks look at."""


class DiffusionRun(TrainingRun[DiffusionConfig]):
    """Training of the network F on E‖F(c_in·x_t, c_noise, y) − a·x₀ − b·ε‖²; see `Formulation`.

    A share `class_dropout` of the labels y is replaced by no class. All randomness is drawn for the whole
    batch N; n are the rows of one part of it.

    Args:
        network: F, on the CPU.
        formulation: of the noise.
        view: the training view, in units in which its values have a size of about 1.
        config: settings of the training.
        random: source of all randomness; its device is that of the training.
        hooks: of the run; they are notified when a batch is split for lack of memory. None: nobody is.

    Attributes:
        ema: the average of F.
    """

    def __init__(
        self,
        network: nn.Module,
        formulation: Formulation,
        view: TrainView,
        config: DiffusionConfig,
        random: torch.Generator,
        hooks: Any = None,
    ) -> None:
        self.config, self._random, self._spec = config, random, view.spec
        self._formulation = formulation
        self._augmentation = Augmentation(config.augment, view.spec.modality)
        self.group = ProcessGroup(random.device)
        self._hooks, self._samples, self._parts = hooks, view.samples, config.accumulate
        self._batches = self._split()
        self._network = in_memory_format(network.to(random.device), config)
        self.group.broadcast(self._network)
        self._f = Forward(self._network, config)
        self._adam = Optimizer(self._network, config.learning_rate, config.betas, self.group)
        self._factor = 1.0
        self.ema = EMA(self._network, config.ema_half_life)
        self._losses = LossLog(["loss"], random.device)
        self._measured: dict[str, Tensor] = {}

    def advance(self, measured: bool) -> None:
        """Update F on one batch, then its average; where memory is short, the batch is split further."""
        before = self._random.get_state()
        while True:
            try:
                self._update(measured)
                break
            except torch.OutOfMemoryError as error:
                self._split_further(error)
                self._random.set_state(before)
        self.step += 1
        self._losses.end(self.step)
        self.ema.update(self._network, self.step)

    def _update(self, measured: bool) -> None:
        self._losses.begin()
        self._adam.scale_rate(self._factor * self.config.rate(self.step))
        self._adam.begin(measured)
        for rows, share in self._batches.parts():
            x0, told, y = self._batch()  # [N, *shape], [N, K], [N]
            t = self._formulation.draw(len(x0), self._random)  # [N]
            epsilon = torch.randn(x0.shape, generator=self._random, device=x0.device)  # [N, *shape]
            loss = self._loss(*(rows.of(part) for part in (x0, y, told, t, epsilon)))
            self._adam.add(loss * share)
            self._losses.add({"loss": loss}, share)
        self._adam.step()
        if measured:
            self._measured = {"gradient": self._adam.gradient, "speed": self._adam.speed}

    def _split(self) -> BatchSampler:
        """Return a sampler of batches that are computed in so many parts."""
        parts = self.group.rows(self.config.batch_size, self._parts)
        return BatchSampler(self._samples, self.config.labels, self.config.batch_size, self._random, parts)

    def _split_further(self, error: BaseException) -> None:
        """Compute batches in twice as many parts after an error for lack of memory."""
        if 2 * self._parts > self.config.batch_size // self.group.count:
            raise DataError("one sample does not fit into memory: lower `width`, or raise `patch`") from error
        self._parts *= 2
        torch.cuda.empty_cache()
        self._batches = self._split()
        if self._hooks is not None:
            self._hooks.warned(
                message=f"out of memory: batches are computed in {self._parts} parts now (accumulate)"
            )

    def _batch(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return augmented samples, what was changed, and labels, some of them dropped."""
        x0, y = self._batches.draw()
        dropped = torch.rand(len(y), generator=self._random, device=y.device) < self.config.class_dropout
        y = torch.where(dropped, self._spec.classes, y)
        return *self._augmentation(x0, self._random), y

    def _loss(self, x0: Tensor, y: Tensor, told: Tensor, t: Tensor, epsilon: Tensor) -> Tensor:
        """Return the mean of (F − a·x₀ − b·ε)² over the rows ``[n]``."""
        f = self._formulation
        x = over(f.alpha(t), x0) * x0 + over(f.sigma(t), x0) * epsilon
        a, b = f.target(t)
        made = self._f(over(f.into(t), x) * x, f.noise(t), y, told)
        return (made - over(a, x0) * x0 - over(b, x0) * epsilon).square().mean()

    @property
    def network(self) -> nn.Module:
        """Return the averaged network."""
        return self.ema.network

    def values(self) -> dict[str, float]:
        """Return the loss, the gradient's norm and the relative size of the update of the last step."""
        measured = {name: float(value) for name, value in self._measured.items()}
        return self._losses.values(self.group) | measured

    def check_finite(self) -> None:
        """Raise an error if the loss was non-finite at any step so far, or a weight is now.

        Raises:
            TrainingDiverged: naming the step.
        """
        advice = f"lower learning_rate ({self.config.learning_rate:g})"
        if (broken := self._losses.non_finite(self.group)) is not None:
            raise TrainingDiverged(
                f"the loss became non-finite at step {broken.step} of {self.config.steps}: {advice}"
            )
        size = self.group.mean(norm([parameter.detach() for parameter in self._network.parameters()]))
        if not math.isfinite(float(size)):
            raise TrainingDiverged(
                f"weights became non-finite at step {self.step} of {self.config.steps}: {advice}"
            )

    def scale_rates(self, factor: float) -> None:
        """Set the learning rate of each step to `factor` times that of the settings."""
        self._factor = factor

    @contextmanager
    def snapshot(self) -> Iterator[TrainingSnapshot]:
        """Yield a snapshot with samples of the averaged network, of few noise levels."""
        denoiser = Denoiser(
            self.ema.network, self._formulation, self._spec.classes, self._augmentation.columns
        )
        levels = self._formulation.levels(GLANCE)

        def sample(label: int, count: int, seed: int) -> FloatArray:
            random = torch.Generator().manual_seed(seed)
            start = torch.randn(count, *self._spec.shape, generator=random).to(self.group.device)
            y = torch.full((count,), label, device=self.group.device)
            with torch.no_grad():
                made = solve(
                    lambda x, time: denoiser(x, time, y),
                    levels,
                    levels[0].sigma * start,
                    lambda: torch.zeros_like(start),
                )
            values = made.float().cpu()
            if self._spec.value_range is not None:
                values = values.clamp(*self._spec.value_range)
            return np.asarray(values)

        yield TrainingSnapshot(self.step, self.config.steps, self._spec, sample)

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return everything that changes, as tensors and plain JSON."""
        tensors = {
            **network_state("network", self._network),
            **network_state("average", self.ema.network),
            **self._adam.state("adam"),
            **random_state(self._random),
        }
        return tensors, {"losses": self._losses.values(self.group)}

    def restore(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Go back to a `state`."""
        restore_network("network", self._network, tensors)
        restore_network("average", self.ema.network, tensors)
        self._adam.restore("adam", tensors)
        restore_random(self._random, tensors)
        self._losses.restore(state["losses"])
