"""A small convolutional network for images and signals."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

_AXES: dict[int, tuple[type[nn.Module], type[nn.Module], type[nn.Module]]] = {
    1: (nn.Conv1d, nn.MaxPool1d, nn.AdaptiveAvgPool1d),
    2: (nn.Conv2d, nn.MaxPool2d, nn.AdaptiveAvgPool2d),
}


class SmallCnn(nn.Module):
    """Map values ``[N, C, H, W]`` or ``[N, C, T]`` to logits ``[N, classes]``.

    Strided convolutions reduce sides above 32 to at most 32; three 3-wide convolutions of width
    w, 2w, 2w follow, each with group norm and ReLU and with max pooling between; the last map is averaged to
    4 cells per side and followed by one linear layer. Inputs are standardized per channel.

    Args:
        shape: of an image or signal, each side at least 8.
        classes: number of logits.
        width: channels of the first stage.
        mean, std: of each channel, ``[C]``.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, shape: Sequence[int], classes: int, width: int, mean: Tensor, std: Tensor) -> None:
        super().__init__()
        channels, sides = shape[0], list(shape[1:])
        features = 2 * width * 4 ** len(sides)
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
            # A side of 8 pixels is halved once, a longer one twice: the last stage has at least 4.
            halved = [2 if side >= (16 if wide == width else 8) else 1 for side in sides]
            if max(halved) > 1:
                layers.append(pool(tuple(halved)))
            sides = [side // half for side, half in zip(sides, halved, strict=True)]
        stage(2 * width, [1 for _ in sides])
        if any(side != 4 for side in sides):
            layers.append(average(4))
        self.body = nn.Sequential(*layers, nn.Flatten())
        self.head = nn.Linear(features, classes)

    def forward(self, values: Tensor) -> Tensor:
        """Return logits ``[N, classes]``."""
        logits: Tensor = self.head(self.represented(values))
        return logits

    def represented(self, values: Tensor) -> Tensor:
        """Return the input of the last layer, ``[N, 2 width · 4 ** axes]``: a map of 4 cells per side."""
        found: Tensor = self.body((values - self.mean) / self.std)
        return found
