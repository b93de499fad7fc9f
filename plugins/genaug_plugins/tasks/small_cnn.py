"""A small convolutional network for images and signals, trained for a fixed number of steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from genaug.contracts import Model
from genaug.data import Samples, SampleSpec
from genaug.data.samples import FloatArray, IntArray
from genaug.errors import TrainingDiverged
from genaug.seeds import derive_seed

SMALLEST_SIDE = 8
"""The shortest image side or signal the network can read."""

_AXES: dict[int, tuple[type[nn.Module], type[nn.Module], type[nn.Module]]] = {
    1: (nn.Conv1d, nn.MaxPool1d, nn.AdaptiveAvgPool1d),
    2: (nn.Conv2d, nn.MaxPool2d, nn.AdaptiveAvgPool2d),
}


@dataclass(frozen=True)
class Schedule:
    """Hold how a network is trained.

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


class SmallCnn(nn.Module):
    """Map values ``[N, C, H, W]`` or ``[N, C, T]`` to logits ``[N, classes]``.

    Strided convolutions bring sides above 32 to at most 32; three 3-wide convolutions of width
    w, 2w, 2w follow, each with group norm and ReLU and with max pooling between; the last map is
    averaged to 4 cells a side and read by one linear layer. Inputs are standardized a channel.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, shape: Sequence[int], classes: int, width: int, mean: Tensor, std: Tensor) -> None:
        super().__init__()
        channels, sides = shape[0], list(shape[1:])
        self.register_buffer("mean", mean.reshape(1, channels, *(1 for _ in sides)))
        self.register_buffer("std", std.reshape(1, channels, *(1 for _ in sides)))
        convolution, pool, average = _AXES[len(sides)]
        layers: list[nn.Module] = []

        def stage(wide: int, stride: Sequence[int]) -> None:
            nonlocal channels
            layers.append(convolution(channels, wide, 3, padding=1, stride=tuple(stride), bias=False))
            layers.extend([nn.GroupNorm(1 if wide % 8 else min(8, wide // 8), wide), nn.ReLU()])
            channels = wide

        while max(sides) > 32:
            stride = [2 if side > 32 else 1 for side in sides]
            stage(width, stride)
            sides = [-(-side // s) for side, s in zip(sides, stride, strict=True)]
        for wide in (width, 2 * width):
            stage(wide, [1 for _ in sides])
            # An 8-pixel side is halved once, a longer one twice: the last stage keeps 4 or more.
            halved = [2 if side >= (16 if wide == width else 8) else 1 for side in sides]
            if max(halved) > 1:
                layers.append(pool(tuple(halved)))
            sides = [side // half for side, half in zip(sides, halved, strict=True)]
        stage(2 * width, [1 for _ in sides])
        if any(side != 4 for side in sides):
            layers.append(average(4))
        self.body = nn.Sequential(*layers, nn.Flatten())
        self.head = nn.Linear(2 * width * 4 ** len(sides), classes)

    def forward(self, values: Tensor) -> Tensor:
        """Return logits ``[N, classes]``."""
        logits: Tensor = self.head(self.represented(values))
        return logits

    def represented(self, values: Tensor) -> Tensor:
        """Return what the last layer reads, ``[N, 2 width · 4 ** axes]``."""
        found: Tensor = self.body((values - self.mean) / self.std)
        return found


class SmallCnnModel(Model):
    """Hold a trained `SmallCnn`."""

    def __init__(self, network: SmallCnn, device: str) -> None:
        self._network = network.eval()
        self._device = device

    def predict(self, samples: Samples) -> NDArray[np.float64]:
        """Return class probabilities, float64 ``[N, classes]``."""
        logits = self._computed(self._network, samples, self._network.head.out_features)
        return logits.double().softmax(1).numpy()

    def features(self, samples: Samples) -> FloatArray:
        """Return what the last layer reads, float32 ``[N, D]``: a map of 4 cells a side."""
        found = self._computed(self._network.represented, samples, self._network.head.in_features)
        return found.numpy()

    def _computed(self, part: Callable[[Tensor], Tensor], samples: Samples, width: int) -> Tensor:
        """Return float32 ``[N, width]``, on the CPU."""
        found = torch.zeros(len(samples), width)
        with torch.inference_mode():
            for start in range(0, len(samples), 256):
                values = torch.from_numpy(samples.values[start : start + 256]).to(self._device)
                found[start : start + 256] = part(values).cpu()
        return found


def fit_small_cnn(
    spec: SampleSpec, training: Samples, width: int, schedule: Schedule, seed: int, device: str
) -> SmallCnnModel:
    """Train a fresh network; torch's global random state is left as it was.

    Args:
        spec: an image or signal, each side at least `SMALLEST_SIDE`.
        training: at least one sample.
        width: channels of the first stage.
        schedule: how it is trained.
        seed: initialization, order and augmentation come from it alone.
        device: torch device.

    Raises:
        TrainingDiverged: where the loss became non-finite.
    """
    axes = (0, *range(2, training.values.ndim))
    mean = torch.from_numpy(training.values.mean(axis=axes, dtype=np.float64).astype(np.float32))
    std = torch.from_numpy(training.values.std(axis=axes, dtype=np.float64).astype(np.float32))
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(derive_seed(seed, "initialization"))
        network = SmallCnn(spec.shape, spec.classes, width, mean, std.clamp_min(1e-6)).to(device)
    rng = np.random.default_rng(derive_seed(seed, "order"))
    order = _order(training.labels, schedule, rng)  # [steps, batch]
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=schedule.learning_rate, weight_decay=schedule.weight_decay
    )
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, schedule.steps)
    values, labels = torch.from_numpy(training.values), torch.from_numpy(training.labels)
    # Left alone, cudnn would pick its algorithms by a stopwatch.
    with torch.backends.cudnn.flags(enabled=True, deterministic=True, benchmark=False):
        for step, rows in enumerate(order):
            batch = _augmented(values[rows], schedule, rng).to(device)
            loss = functional.cross_entropy(
                network(batch), labels[rows].to(device), label_smoothing=schedule.label_smoothing
            )
            if not torch.isfinite(loss):
                raise TrainingDiverged(
                    f"the small-cnn's loss became {loss.item()} at step {step}: "
                    f"lower learning_rate (now {schedule.learning_rate})"
                )
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            cosine.step()
    return SmallCnnModel(network, device)


def _order(labels: IntArray, schedule: Schedule, rng: np.random.Generator) -> IntArray:
    """Return which samples each step sees, ``[steps, batch]``: shuffled epochs end to end."""
    total = schedule.steps * schedule.batch_size
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
    return np.concatenate(parts)[:total].reshape(schedule.steps, schedule.batch_size)


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
