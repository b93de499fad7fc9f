"""The training of adapters of a pipeline."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from genaug.data import Samples, SampleSpec
from genaug.data.samples import FloatArray
from genaug.errors import TrainingDiverged
from genaug.training.batch_sampler import BatchSampler
from genaug.training.distributed import ProcessGroup
from genaug.training.ema import EMA
from genaug.training.loss_log import LossLog
from genaug.training.optimizer import Optimizer
from genaug.training.rows import Rows
from genaug.training.run import TrainingRun
from genaug.training.snapshot import TrainingSnapshot
from genaug.training.state import network_state, random_state, restore_network, restore_random
from genaug_plugins.pipelines.fine_tuning.adapters import Adapter
from genaug_plugins.pipelines.fine_tuning.denoising import Condition, Denoising
from genaug_plugins.pipelines.fine_tuning.settings import FineTune


class Trained(nn.Module):
    """The trained parameters, in one module."""

    def __init__(self, parameters: list[nn.Parameter]) -> None:
        super().__init__()
        self.kept = nn.ParameterList(parameters)


class FineTuningRun(TrainingRun[FineTune]):
    """Training of an adapter on E‖F(x_t, t, c) − target‖², the pipeline's own weights fixed; see `Denoising`.

    With images that the pipeline made itself: + prior_weight·E‖F(x_t, t, c') − target‖² on those
    (DreamBooth).

    Args:
        denoising: of the pipeline.
        adapter: what is learned.
        moments: of the latents of the training images, float32 ``[N, 2, c, h, w]``, with their labels.
        prior: the same of images that the pipeline made; None: there are none.
        priors: conditions of those, by class.
        config: settings of the training.
        random: source of all randomness; its device is that of the training.
        spec: of samples.
        sample: makes samples now, for hooks.
    """

    def __init__(
        self,
        denoising: Denoising,
        adapter: Adapter,
        moments: Samples,
        prior: Samples | None,
        priors: Condition,
        config: FineTune,
        random: torch.Generator,
        spec: SampleSpec,
        sample: Callable[[int, int, int], FloatArray],
    ) -> None:
        self.config, self._random, self._spec, self._sample = config, random, spec, sample
        self.group = ProcessGroup(random.device)
        self._denoising, self._adapter, self._priors = denoising, adapter, priors
        parts = self.group.rows(config.batch_size, config.accumulate)
        self._batches = BatchSampler(moments, config.labels, config.batch_size, random, parts)
        self._prior = (
            None if prior is None else BatchSampler(prior, config.labels, config.batch_size, random, parts)
        )
        self.trained = Trained(adapter.parameters)
        self.group.broadcast(self.trained)
        self._adam = Optimizer(self.trained, config.learning_rate, config.betas, self.group)
        self.ema = EMA(self.trained, config.ema_half_life)
        self._losses = LossLog(["loss", *(["prior"] if self._prior else [])], random.device)
        self._measured: dict[str, Tensor] = {}

    def advance(self, measured: bool) -> None:
        """Update the adapter on one batch, then its average."""
        self._losses.begin()
        self._adam.begin(measured)
        for rows, share in self._batches.parts():
            terms = {"loss": self._loss(self._batches, rows, self._adapter.condition)}
            if self._prior is not None:
                prior = self._loss(self._prior, rows, lambda labels: _rows(self._priors, labels))
                terms["prior"] = self.config.prior_weight * prior
            self._adam.add(torch.stack(list(terms.values())).sum() * share)
            self._losses.add(terms, share)
        self._adam.step()
        if measured:
            self._measured = {"gradient": self._adam.gradient, "speed": self._adam.speed}
        self.step += 1
        self._losses.end(self.step)
        self.ema.update(self.trained, self.step)

    def _loss(self, batches: BatchSampler, rows: Rows, condition: Callable[[list[int]], Condition]) -> Tensor:
        """Return the mean of (F − target)² over the rows ``[n]`` of a new batch ``[N]``."""
        moments, labels = batches.draw()
        x0 = self._denoising.latents(moments, self._random)
        x, t, target = self._denoising.noisy(x0, self._random)
        made = self._denoising.predict(rows.of(x), rows.of(t), condition(rows.of(labels).tolist()))
        return (made - rows.of(target)).square().mean()

    @property
    def network(self) -> nn.Module:
        """Return the averaged parameters."""
        return self.ema.network

    def keep_average(self) -> None:
        """Put the averaged parameters into the adapter."""
        self.trained.load_state_dict(self.ema.network.state_dict())

    def values(self) -> dict[str, float]:
        """Return the losses, the gradient's norm and the relative size of the update of the last step."""
        measured = {name: float(value) for name, value in self._measured.items()}
        return self._losses.values(self.group) | measured

    def check_finite(self) -> None:
        """Raise an error if a loss was non-finite at any step so far, or a weight is now.

        Raises:
            TrainingDiverged: naming the step.
        """
        advice = f"lower learning_rate ({self.config.learning_rate:g}), or set `dtype: float32`"
        if (broken := self._losses.non_finite(self.group)) is not None:
            raise TrainingDiverged(
                f"the loss became non-finite at step {broken.step} of {self.config.steps}: {advice}"
            )
        if not all(bool(torch.isfinite(parameter).all()) for parameter in self.trained.parameters()):
            raise TrainingDiverged(
                f"weights became non-finite at step {self.step} of {self.config.steps}: {advice}"
            )

    def scale_rates(self, factor: float) -> None:
        """Set the learning rate to `factor` times the initial one."""
        self._adam.scale_rate(factor)

    @contextmanager
    def snapshot(self) -> Iterator[TrainingSnapshot]:
        """Yield a snapshot that samples with the present adapter."""
        yield TrainingSnapshot(self.step, self.config.steps, self._spec, self._sample)

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return everything that changes, as tensors and plain JSON."""
        tensors = {
            **network_state("trained", self.trained),
            **network_state("average", self.ema.network),
            **self._adam.state("adam"),
            **random_state(self._random),
        }
        return tensors, {"losses": self._losses.values(self.group)}

    def restore(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Go back to a `state`."""
        restore_network("trained", self.trained, tensors)
        restore_network("average", self.ema.network, tensors)
        self._adam.restore("adam", tensors)
        restore_random(self._random, tensors)
        self._losses.restore(state["losses"])


def _rows(conditions: Condition, labels: list[int]) -> Condition:
    return {name: tensor[labels] for name, tensor in conditions.items()}
