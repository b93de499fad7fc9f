"""An autoencoder of diffusers as a fixed first stage: images are learned as its latents."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from torch import Tensor
from torch.nn.functional import pad

from genaug.data import Samples, SampleSpec, TrainView
from genaug.data.samples import FloatArray
from genaug.errors import DataError
from genaug_plugins.generators.units import Units
from genaug_plugins.generators.vae.form import Doubles, Form
from genaug_plugins.generators.vae.layout import Layout

BATCH = 16


class FirstStage:
    """A pretrained AutoencoderKL (Rombach et al. 2022, arXiv 2112.10752), which is not trained.

    Images of any size are extended at the lower and right edge to a multiple of its reduction, and cut back.
    Gray images are repeated over its channels and averaged back.

    Args:
        folder: that `AutoencoderKL.save_pretrained` wrote.
        spec: of the images.
        device: to compute on.
    """

    def __init__(self, folder: Path, spec: SampleSpec, device: str) -> None:
        from diffusers import AutoencoderKL

        try:
            with torch.random.fork_rng(devices=[]):  # a new network draws its initial weights
                network = AutoencoderKL.from_pretrained(folder, local_files_only=True, use_safetensors=True)
        except (OSError, ValueError, RuntimeError, SafetensorError) as error:
            reason = str(error).strip().partition("\n")[0]
            raise DataError(
                f"autoencoder: {folder} cannot be loaded as an AutoencoderKL: {reason}"
            ) from error
        self._network = network.to(device).eval().requires_grad_(False)
        self._device, self._spec = device, spec
        config = network.config
        self._reads: int = config["in_channels"]
        reduction = 2 ** (len(config["block_out_channels"]) - 1)
        sides = [-(-side // reduction) for side in spec.shape[1:]]
        self._surplus = [own * reduction - side for own, side in zip(sides, spec.shape[1:], strict=True)]
        self.shape = (int(config["latent_channels"]), *sides)
        """Shape of a latent, ``[C', H', W']``."""

    def encode(self, values: FloatArray) -> FloatArray:
        """Return the means of the latents of images ``[N, C, H, W]``, ``[N, *shape]``."""
        below, right = self._surplus
        with torch.no_grad():
            latents = [
                self._network.encode(
                    pad(batch.to(self._device), (0, right, 0, below), mode="replicate").expand(
                        -1, self._reads, -1, -1
                    )
                ).latent_dist.mean
                for batch in torch.split(torch.from_numpy(values), BATCH)
            ]
        return _joined(latents)

    def decode(self, latents: FloatArray) -> FloatArray:
        """Return the images of latents, ``[N, C, H, W]``, in [-1, 1]."""
        channels, height, width = self._spec.shape
        with torch.no_grad():
            images = [
                self._network.decode(batch.to(self._device)).sample[:, :, :height, :width]
                for batch in torch.split(torch.from_numpy(latents), BATCH)
            ]
        made = _joined(images)
        if channels == 1:
            made = made.mean(axis=1, keepdims=True)
        return made.clip(-1.0, 1.0)


class FirstStageForm(Form):
    """Images as latents of a first stage, each channel in units of its standard deviation.

    Args:
        stage: the first stage.
        units: of the channels of its latents.
    """

    def __init__(self, stage: FirstStage, units: Units) -> None:
        self._stage, self._units = stage, units
        self.layout = Layout(stage.shape)
        channels = (units.scale > 0)[:, None]  # [C', 1, 1]
        self.varies = np.broadcast_to(channels, stage.shape).astype(np.float32)

    @classmethod
    def of(cls, train: TrainView, stage: FirstStage) -> "FirstStageForm":
        """Return the form of training images."""
        latents = _as_signals(stage.encode(train.samples.values))
        spec = SampleSpec(modality="signal", shape=latents.shape[1:], class_names=train.spec.class_names)
        units = Units.of(TrainView(spec, Samples(latents, train.samples.labels)))
        return cls(stage, units)

    @classmethod
    def of_record(cls, stage: FirstStage, record: Mapping[str, Any]) -> "FirstStageForm":
        """Return a stored form."""
        return cls(stage, Units.of_record(record["units"]))

    def learned(self, samples: Samples) -> FloatArray:
        """Return latents in their units."""
        latents = _as_signals(self._stage.encode(samples.values))
        scaled = self._units.samples(Samples(latents, samples.labels)).values
        return scaled.reshape(-1, *self._stage.shape)

    def values(self, made: FloatArray, uniform: Doubles | None = None) -> NDArray[Any]:
        """Return images."""
        latents = self._units.values(_as_signals(made)).reshape(-1, *self._stage.shape)
        return self._stage.decode(latents)

    def record(self) -> dict[str, Any]:
        """Return the units."""
        return {"units": self._units.record()}


def _as_signals(latents: FloatArray) -> FloatArray:
    """Return latents ``[N, C', H', W']`` as ``[N, C', H'·W']``: each channel has a unit, not each pixel."""
    return latents.reshape(len(latents), latents.shape[1], -1)


def _joined(parts: list[Tensor]) -> FloatArray:
    found: FloatArray = torch.cat(parts).float().cpu().numpy()
    return found
