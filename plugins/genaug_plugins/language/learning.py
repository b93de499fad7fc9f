"""The training of a causal language model: the likelihood of sequences, given their beginnings."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from genaug.data import Samples, SampleSpec
from genaug.data.samples import IntArray
from genaug.errors import TrainingDiverged
from genaug.training.batch_sampler import BatchSampler
from genaug.training.config import TrainingConfig
from genaug.training.distributed import ProcessGroup
from genaug.training.ema import EMA
from genaug.training.loss_log import LossLog
from genaug.training.optimizer import Optimizer, norm
from genaug.training.precision import Forward
from genaug.training.run import TrainingRun
from genaug.training.snapshot import SampleNow, TrainingSnapshot
from genaug.training.state import network_state, random_state, restore_network, restore_random

IGNORED = -100
"""The target of a token whose likelihood is not learned."""


class Corpus(Protocol):
    """The sequences that are learned.

    Attributes:
        shuffled: number of parts of a sequence that come in random order; 0: none.
    """

    shuffled: int

    def sequence(self, row: int, order: NDArray[np.int64]) -> tuple[list[int], int]:
        """Return the tokens of a training sample, and how many at its beginning are given.

        Args:
            row: the sample.
            order: a permutation of its `shuffled` parts.
        """


class _LogitsOf(nn.Module):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self._network = network

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        logits: Tensor = self._network(input_ids=ids, attention_mask=mask, use_cache=False).logits
        return logits


class LanguageRun(TrainingRun[TrainingConfig]):
    """Training of a network on −mean log p(token | tokens before it), over the tokens behind the beginnings.

    Only parameters that require gradients are updated, averaged, and kept in checkpoints.

    Args:
        network: a causal language model of transformers, on the device of `random`.
        corpus: the sequences of the N training samples.
        labels: int64 ``[N]``, their classes.
        pad: the token that fills up.
        spec: of the samples.
        config: settings of the training.
        random: source of all randomness but that of dropout.
        sample: makes samples for hooks with the network as it is.
    """

    def __init__(
        self,
        network: nn.Module,
        corpus: Corpus,
        labels: IntArray,
        pad: int,
        spec: SampleSpec,
        config: TrainingConfig,
        random: torch.Generator,
        sample: SampleNow,
    ) -> None:
        self.config, self._random, self._spec, self._sample = config, random, spec, sample
        self._corpus, self._pad, self._whole = corpus, pad, network
        self.group = ProcessGroup(random.device)
        parts = self.group.rows(config.batch_size, config.accumulate)
        rows = Samples(np.arange(len(labels), dtype=np.float64)[:, None], labels)
        self._batches = BatchSampler(rows, config.labels, config.batch_size, random, parts)
        self.group.broadcast(network)
        self._learned = nn.ParameterList([p for p in network.parameters() if p.requires_grad])
        self._logits = Forward(_LogitsOf(network), config)
        self._adam = Optimizer(self._learned, config.learning_rate, config.betas, self.group)
        self.ema = EMA(self._learned, config.ema_half_life) if config.ema_half_life else None
        self._losses = LossLog(["loss"], random.device)
        self._gradient = torch.zeros(())
        network.train()

    @property
    def network(self) -> nn.Module:
        """Return the network with the averaged weights, in evaluation mode; the training ends with it."""
        if self.ema is not None:
            with torch.no_grad():
                for weight, mean in zip(self._learned, self.ema.network.parameters(), strict=True):
                    weight.copy_(mean)
        return self._whole.eval().requires_grad_(False)

    def advance(self, measured: bool) -> None:
        """Update the weights by one batch."""
        self._losses.begin()
        self._adam.begin(measured)
        for rows, share in self._batches.parts():
            drawn, _ = self._batches.draw()  # [N, 1]
            orders = torch.rand(
                len(drawn), max(self._corpus.shuffled, 1), generator=self._random, device=drawn.device
            ).argsort(dim=1)
            ids, mask, targets = self._batch(
                rows.of(drawn)[:, 0].long().tolist(), rows.of(orders).cpu().numpy()
            )
            logits = self._logits(ids, mask)  # [n, t, V]
            loss = functional.cross_entropy(
                logits[:, :-1].flatten(0, 1), targets[:, 1:].flatten(), ignore_index=IGNORED
            )
            self._adam.add(loss * share)
            self._losses.add({"loss": loss}, share)
        self._adam.step()
        self.step += 1
        self._losses.end(self.step)
        if self.ema is not None:
            self.ema.update(self._learned, self.step)
        if measured:
            self._gradient = self._adam.gradient

    def _batch(self, rows: list[int], orders: NDArray[np.int64]) -> tuple[Tensor, Tensor, Tensor]:
        """Return tokens, mask and targets of samples, ``[n, t]``, padded on the right."""
        sequences = [self._corpus.sequence(row, order) for row, order in zip(rows, orders, strict=True)]
        longest = max(len(tokens) for tokens, _ in sequences)
        ids = torch.full((len(rows), longest), self._pad)
        mask, targets = torch.zeros_like(ids), torch.full_like(ids, IGNORED)
        for place, (tokens, given) in enumerate(sequences):
            ids[place, : len(tokens)] = torch.tensor(tokens)
            mask[place, : len(tokens)] = 1
            targets[place, given : len(tokens)] = ids[place, given : len(tokens)]
        device = self._random.device
        return ids.to(device), mask.to(device), targets.to(device)

    def values(self) -> dict[str, float]:
        """Return the loss in nats per token, and the norm of its gradient."""
        return self._losses.values(self.group) | {"gradient": float(self._gradient)}

    def check_finite(self) -> None:
        """Raise an error if the loss was, or a weight is, not finite.

        Raises:
            TrainingDiverged: naming the step.
        """
        advice = f"lower the learning rate ({self.config.learning_rate:g})"
        broken = self._losses.non_finite(self.group)
        if broken is not None:
            raise TrainingDiverged(
                f"the loss became non-finite at step {broken.step} of {self.config.steps}: {advice}"
            )
        if not math.isfinite(float(norm([weight.detach() for weight in self._learned]))):
            raise TrainingDiverged(
                f"weights became non-finite at step {self.step} of {self.config.steps}: {advice}"
            )

    def scale_rates(self, factor: float) -> None:
        """Set the learning rate to `factor` times the initial one."""
        self._adam.scale_rate(factor)

    @contextmanager
    def snapshot(self) -> Iterator[TrainingSnapshot]:
        """Yield a snapshot; its samples are of the weights as they are, not of their average."""
        self._whole.eval()
        try:
            yield TrainingSnapshot(self.step, self.config.steps, self._spec, self._sample)
        finally:
            self._whole.train()

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return everything that changes."""
        average = {} if self.ema is None else network_state("average", self.ema.network)
        tensors = {
            **network_state("learned", self._learned),
            **average,
            **self._adam.state("adam"),
            **random_state(self._random),
        }
        return tensors, {"losses": self._losses.values(self.group)}

    def restore(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Go back to a `state`."""
        restore_network("learned", self._learned, tensors)
        if self.ema is not None:
            restore_network("average", self.ema.network, tensors)
        self._adam.restore("adam", tensors)
        restore_random(self._random, tensors)
        self._losses.restore(state["losses"])
