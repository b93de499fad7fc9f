"""An image model of timm as a network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import timm
import torch
from torch import Tensor, nn
from torch.nn import functional

from genaug.adapters.torch_training import standardization
from genaug.data import Samples, SampleSpec
from genaug.errors import ConfigError, MissingWeights
from genaug_plugins.weights.timm_models import load_weights, timm_configuration

Weights = Literal["hub", "none"] | Path

SMALLEST_SIDE = 32
"""Default minimum side of images, to which smaller ones are enlarged: most models halve a side five times."""


class TimmNetwork(nn.Module):
    """Map images ``[N, C, H, W]`` in [-1, 1] to logits by a timm model.

    Images of another size are resized to `sides` by an antialiased bicubic filter, clipped to [-1, 1], and
    normalized per channel.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, body: nn.Module, shape: Sequence[int], sides: tuple[int, int]) -> None:
        super().__init__()
        self.body, self.sides = body, sides
        self.register_buffer("mean", torch.zeros(1, shape[0], 1, 1))
        self.register_buffer("std", torch.ones(1, shape[0], 1, 1))
        self.body.eval()
        with torch.no_grad():  # a test: not every model accepts every size
            self.represented(torch.zeros(1, *shape))

    def forward(self, values: Tensor) -> Tensor:
        """Return logits ``[N, classes]``."""
        logits: Tensor = self.body(self._prepared(values))
        return logits

    def represented(self, values: Tensor) -> Tensor:
        """Return the input of the last layer, ``[N, D]``: the pooled features."""
        maps = self.body.forward_features(self._prepared(values))  # type: ignore[operator]
        found: Tensor = self.body.forward_head(maps, pre_logits=True)  # type: ignore[operator]
        return found

    def _prepared(self, images: Tensor) -> Tensor:
        if tuple(images.shape[2:]) != self.sides:
            images = functional.interpolate(images, self.sides, mode="bicubic", antialias=True).clamp(-1, 1)
        return (images - self.mean) / self.std


def check_timm(network: str, weights: Weights) -> None:
    """Raise an error for a model or weights that are not available, as far as can be checked offline.

    Raises:
        ConfigError: if timm has no such model, or no weights of it.
        MissingWeights: if there is no such file.
    """
    timm_configuration(network, "model timm")
    if weights == "hub" and not timm.is_model_pretrained(network):
        raise ConfigError(
            f"model timm: there are no weights of {network!r} on the hub: set weights to a file or to "
            "none, or use a network of timm.list_pretrained()"
        )
    if isinstance(weights, Path) and not weights.is_file():
        raise MissingWeights(f"model timm: the file {weights} of the setting `weights` does not exist")


def make_timm(
    network: str, weights: Weights, size: int | None, spec: SampleSpec, trainings: Sequence[Samples]
) -> TimmNetwork:
    """Create a network with a new last layer, initialized from torch's global random state.

    With weights, images are normalized as they were when the weights were trained (images that are
    not of three channels by the mean of the three); else by the mean and deviation of the training
    samples.

    Raises:
        ConfigError: if timm has no such model, or not for images of this size.
        MissingWeights: if the weights are not available, or do not fit.
    """
    check_timm(network, weights)
    cfg = timm_configuration(network, "model timm")
    channels, own = spec.shape[0], tuple(cfg["input_size"][1:])
    fixed = bool(cfg.get("fixed_input_size"))
    sides = _sides(size, own if fixed or weights != "none" else None, spec.shape[1:])
    options: dict[str, Any] = {"img_size": sides} if fixed and sides != own else {}
    try:
        body = timm.create_model(
            network, pretrained=weights == "hub", num_classes=spec.classes, in_chans=channels, **options
        )
    except (TypeError, AssertionError, ValueError, ArithmeticError) as error:
        raise ConfigError(
            f"model timm: {network!r} cannot be made for {channels} channels of {sides[0]}x{sides[1]} "
            f"({error}): leave size out, or use another network"
        ) from error
    except (OSError, RuntimeError) as error:
        raise MissingWeights(
            f"model timm: the weights of {network!r} are neither in the local cache nor available from "
            f"the hub ({error}): set weights to a file, or to none, to train from scratch"
        ) from error
    if weights == "hub" and spec.classes == cfg["num_classes"]:
        body.reset_classifier(spec.classes)  # type: ignore[operator]  # timm has kept the last layer, which is of other classes
    if isinstance(weights, Path):
        load_weights(body, weights, network, "model timm", channels=channels, new_last_layer=True)
    try:
        made = TimmNetwork(body, spec.shape, sides)
    except (RuntimeError, AssertionError, ValueError, IndexError, ArithmeticError) as error:
        raise ConfigError(
            f"model timm: {network!r} does not accept images of {sides[0]}x{sides[1]} ({error}): set "
            f"size: {own[0]}, its own size"
        ) from error
    mean, std = standardization(trainings)
    if weights != "none":
        # From [0, 1] to [-1, 1]: x ↦ 2x - 1.
        mean, std = 2 * _of_each(cfg["mean"], channels) - 1, 2 * _of_each(cfg["std"], channels)
    made.mean.copy_(mean.reshape(1, -1, 1, 1))
    made.std.copy_(std.reshape(1, -1, 1, 1))
    return made


def _sides(size: int | None, own: tuple[int, ...] | None, given: Sequence[int]) -> tuple[int, int]:
    """Return height and width of the model's input: as set, otherwise its own, otherwise those given."""
    if size is not None:
        return size, size
    if own is not None:
        return own[0], own[1]
    scale = max(1.0, SMALLEST_SIDE / min(given))
    return round(given[0] * scale), round(given[1] * scale)


def _of_each(known: Sequence[float], channels: int) -> Tensor:
    if len(known) == channels:
        return torch.tensor(known)
    return torch.full((channels,), sum(known) / len(known))
