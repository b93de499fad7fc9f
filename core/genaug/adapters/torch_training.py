"""The training of a torch module: a fixed number of steps, whatever the size of the training set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
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
from genaug.errors import DataError, TrainingDiverged


@dataclass(frozen=True)
class Schedule:
    """How a module is trained.

    Attributes:
        steps, batch_size: the work, whatever the size of the training set.
        learning_rate: at the first step of AdamW; falls to 0 along half a cosine.
        weight_decay: AdamW's.
        label_smoothing: share of each target spread evenly over the classes.
        balance: repeat the samples of rarer classes until each class is seen equally often.
        shift: move each training image by up to 1/8 of each side.
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
) -> nn.Module:
    """Train a fresh module on training sets one after another; torch's global random state is kept.

    The training sets share the steps evenly (where that does not come out even, later ones have one more),
    and one optimizer with one fall of the learning rate: the first is learned at high rates, the last at
    low ones, as in pre-training and fine-tuning. Every batch is full, so that batch norm never sees the
    remainder of an epoch.

    Args:
        make: returns the module, initialized from torch's global random state.
        trainings: training sets, none of them empty.
        wanted: of each training set the labels, int64 ``[N]``, or the targets, float32 ``[N, ...]``.
        schedule: how it is trained.
        seed: initialization, order, augmentation and dropout come from it alone.
        device: torch device.
        called: what errors call the module.

    Raises:
        DataError: where there are more parts than steps.
        TrainingDiverged: where the loss became non-finite.
    """
    if not 1 <= len(trainings) <= schedule.steps:
        raise DataError(
            f"{schedule.steps} steps cannot be shared by {len(trainings)} training sets: give one set "
            "or more, and as many steps at least"
        )
    with _seeded(device, derive_seed(seed, "initialization")):
        network = make().to(device).train()
    rng = np.random.default_rng(derive_seed(seed, "order"))
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=schedule.learning_rate, weight_decay=schedule.weight_decay
    )
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, schedule.steps)
    # Left alone, cudnn would pick its algorithms by a stopwatch.
    quiet = torch.backends.cudnn.flags(enabled=True, deterministic=True, benchmark=False)
    with _seeded(device, derive_seed(seed, "dropout")), quiet:
        for step, (values, sought) in enumerate(_batches(trainings, wanted, schedule, rng)):
            loss = _loss(network(values.to(device)), sought.to(device), schedule)
            if not torch.isfinite(loss):
                raise TrainingDiverged(
                    f"the {called}'s loss became {loss.item()} at step {step}: "
                    f"lower learning_rate (now {schedule.learning_rate})"
                )
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            cosine.step()
    return network


def standardization(trainings: Sequence[Samples]) -> tuple[Tensor, Tensor]:
    """Return the mean and standard deviation of each channel, float32 ``[C]``, over all training sets.

    Together, since a module that learns training sets one after another keeps one normalization throughout,
    and is then normalized as one that learns the same samples at once: the order alone differs.
    The deviation is 1e-6 or more.
    """
    values = np.concatenate([part.values for part in trainings])
    axes = (0, *range(2, values.ndim))
    mean = torch.from_numpy(values.mean(axis=axes, dtype=np.float64).astype(np.float32))
    std = torch.from_numpy(values.std(axis=axes, dtype=np.float64).astype(np.float32))
    return mean, std.clamp_min(1e-6)


def _loss(outputs: Tensor, sought: Tensor, schedule: Schedule) -> Tensor:
    """Return the cross-entropy with labels, or the squared error of targets."""
    if sought.dtype == torch.int64:
        return functional.cross_entropy(outputs, sought, label_smoothing=schedule.label_smoothing)
    return functional.mse_loss(outputs.reshape(sought.shape), sought)


def _batches(
    trainings: Sequence[Samples],
    wanted: Sequence[NDArray[Any]],
    schedule: Schedule,
    rng: np.random.Generator,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield values ``[batch, *shape]`` and what is wanted of them ``[batch, ...]``, of each step."""
    for number, (part, sought) in enumerate(zip(trainings, wanted, strict=True)):
        first, end = (schedule.steps * n // len(trainings) for n in (number, number + 1))
        values, outputs = torch.from_numpy(part.values), torch.from_numpy(sought)
        for rows in _order(part.labels, end - first, schedule, rng):
            yield _augmented(values[rows], schedule, rng), outputs[rows]


def _order(labels: IntArray, steps: int, schedule: Schedule, rng: np.random.Generator) -> IntArray:
    """Return which samples each step sees, ``[steps, batch]``: shuffled epochs end to end."""
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


@contextmanager
def _seeded(device: str, seed: int) -> Iterator[None]:
    """Seed torch's global generators of the CPU and of `device`, and put them back in the end."""
    cuda = torch.device(device).type == "cuda"
    with torch.random.fork_rng(devices=[device] if cuda else []):
        # torch.manual_seed would seed every GPU there is, whether it is used or not.
        torch.default_generator.manual_seed(seed)
        if cuda:
            with torch.cuda.device(device):
                torch.cuda.manual_seed(seed)
        yield
