"""The training of a torch module, for a fixed number of steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from genaug.data import Samples
from genaug.data.samples import IntArray
from genaug.data.seeds import derive_seed
from genaug.data.spread import ROUNDING_32, mean_and_spread, scales
from genaug.errors import DataError, TrainingDiverged
from genaug.training.state import seeded


@dataclass(frozen=True)
class Schedule:
    """Settings of the training of a module.

    Attributes:
        steps, batch_size: number of steps and of samples in each, independent of the size of the training
            set.
        learning_rate: at the first step of AdamW; falls to 0 along half a cosine.
        weight_decay: of AdamW.
        label_smoothing: share of each label that is distributed evenly over the classes.
        balance: repeat the samples of rarer classes until all classes are equally frequent.
        shift: shift each training image by up to 1/8 of each side.
        flip: mirror each training image left to right with probability 1/2.
    """

    steps: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    label_smoothing: float
    balance: bool
    shift: bool
    flip: bool


def train(
    make: Callable[[], nn.Module],
    trainings: Sequence[Samples],
    wanted: Sequence[NDArray[Any]],
    schedule: Schedule,
    seed: int,
    device: str,
    called: str,
    losses: list[float] | None = None,
    of_classes: bool = True,
) -> nn.Module:
    """Train a new module on training sets sequentially; torch's global random state is restored.

    The training sets have equal shares of the steps (later ones one more if the division leaves a rest) and
    a common optimizer and schedule: the first set is learned at high rates, the last at low ones, as in
    pre-training and fine-tuning. Every batch is full, so that batch norm has no batch with the rest of an
    epoch.

    Args:
        make: returns the module, initialized from torch's global random state.
        trainings: training sets, none of them empty.
        wanted: for each training set the labels, int64 ``[N]``, or soft labels, float32 ``[N, classes]``; or
            the targets, float32 ``[N, ...]``.
        schedule: settings of the training.
        seed: initialization, order, augmentation and dropout derive from it only.
        device: torch device.
        called: name of the module in errors.
        losses: the loss of each step is appended to it.
        of_classes: whether `wanted` has labels, learned by the cross-entropy, not targets.

    Raises:
        DataError: if there are more training sets than steps, or none.
        TrainingDiverged: if the loss became non-finite.
    """
    if not 1 <= len(trainings) <= schedule.steps:
        raise DataError(
            f"{schedule.steps} steps cannot be shared by {len(trainings)} training sets: give one set "
            "or more, and as many steps at least"
        )
    with seeded(torch.device(device), derive_seed(seed, "initialization")):
        network = make().to(device).train()
    rng = np.random.default_rng(derive_seed(seed, "order"))
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=schedule.learning_rate, weight_decay=schedule.weight_decay
    )
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, schedule.steps)
    # By default cudnn chooses its algorithms by their measured speed.
    deterministic = torch.backends.cudnn.flags(enabled=True, deterministic=True, benchmark=False)
    with seeded(torch.device(device), derive_seed(seed, "dropout")), deterministic:
        for step, (values, sought) in enumerate(_batches(trainings, wanted, schedule, rng)):
            outputs, sought = network(values.to(device)), sought.to(device)
            if of_classes:
                loss = functional.cross_entropy(outputs, sought, label_smoothing=schedule.label_smoothing)
            else:
                loss = functional.mse_loss(outputs.reshape(sought.shape), sought)
            if not torch.isfinite(loss):
                raise TrainingDiverged(
                    f"the {called}'s loss became {loss.item()} at step {step}: "
                    f"lower learning_rate (now {schedule.learning_rate})"
                )
            if losses is not None:
                losses.append(loss.item())
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            cosine.step()
    return network


def standardization(trainings: Sequence[Samples]) -> tuple[Tensor, Tensor]:
    """Return the mean and standard deviation of each channel, float32 ``[C]``, over all training sets.

    A module that learns training sets sequentially has one normalization throughout: that of a module which
    learns all samples together. A constant channel is divided by its absolute value, or by 1 where it is 0.
    """
    values = np.concatenate([part.values for part in trainings])
    by_channel = np.moveaxis(values, 1, -1).reshape(-1, values.shape[1]).astype(np.float64)
    mean, spread = mean_and_spread(by_channel, ROUNDING_32)
    scale = scales(mean, spread)
    scale[np.isinf(scale)] = 1.0
    return torch.from_numpy(mean.astype(np.float32)), torch.from_numpy(scale.astype(np.float32))


def _batches(
    trainings: Sequence[Samples],
    wanted: Sequence[NDArray[Any]],
    schedule: Schedule,
    rng: np.random.Generator,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the values ``[batch, *shape]`` and the labels or targets ``[batch, ...]`` of each step."""
    for number, (part, sought) in enumerate(zip(trainings, wanted, strict=True)):
        first, end = (schedule.steps * n // len(trainings) for n in (number, number + 1))
        values, outputs = torch.from_numpy(part.values), torch.from_numpy(sought)
        for rows in _order(part.labels, end - first, schedule, rng):
            yield _augmented(values[rows], schedule, rng), outputs[rows]


def _order(labels: IntArray, steps: int, schedule: Schedule, rng: np.random.Generator) -> IntArray:
    """Return the samples of each step, ``[steps, batch]``, from consecutive shuffled epochs."""
    total = steps * schedule.batch_size
    groups = [np.arange(len(labels))]
    if schedule.balance:
        groups = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    most = max(len(group) for group in groups)
    parts: list[IntArray] = []
    drawn = 0
    while drawn < total:
        rounds = [
            np.concatenate([rng.permutation(group) for _ in range(-(-most // len(group)))])[:most]
            for group in groups
        ]
        epoch = rng.permutation(np.concatenate(rounds))
        parts.append(epoch.astype(np.int64))
        drawn += len(epoch)
    return np.concatenate(parts)[:total].reshape(steps, schedule.batch_size)


def _augmented(batch: Tensor, schedule: Schedule, rng: np.random.Generator) -> Tensor:
    if schedule.flip:
        mirrored = torch.from_numpy(rng.random(len(batch)) < 0.5).reshape(-1, 1, 1, 1)
        batch = torch.where(mirrored, batch.flip(-1), batch)
    if schedule.shift:
        n, _, height, width = batch.shape
        pads = height // 8, width // 8
        down, right = (torch.from_numpy(rng.integers(0, 2 * pad + 1, size=n)) for pad in pads)
        padded = functional.pad(batch, (pads[1], pads[1], pads[0], pads[0]), mode="replicate")
        rows = (down[:, None] + torch.arange(height))[:, :, None]  # [n, H, 1]
        columns = (right[:, None] + torch.arange(width))[:, None, :]  # [n, 1, W]
        batch = padded[torch.arange(n)[:, None, None], :, rows, columns].permute(0, 3, 1, 2).contiguous()
    return batch
