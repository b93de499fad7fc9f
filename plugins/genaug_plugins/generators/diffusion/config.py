"""The settings of a diffusion model."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from genaug.training.config import TrainingConfig

FormulationName = Literal["flow", "edm", "ddpm"]
WIDTHS = {"vector": 128, "signal": 32, "image": 32}
BLOCKS = {"vector": 3, "signal": 1, "image": 1}


class DiffusionConfig(TrainingConfig):
    """Settings of the training and the network of a diffusion model."""

    formulation: FormulationName = "flow"
    """How noise is added and what the network predicts: `flow`, straight paths and their velocity; `edm`, the
    preconditioned denoiser of Karras et al. 2022; `ddpm`, a thousand discrete levels and v-prediction."""
    width: int | None = Field(default=None, ge=4, multiple_of=4)
    """Channels of the network at full resolution, or units of each layer for vectors; None: 32 and 128."""
    blocks: int | None = Field(default=None, ge=1)
    """Residual blocks of each resolution, or for vectors of the whole network; None: 1 and 3."""
    patch: int = Field(default=2, ge=1, le=16)
    """Side of the squares of pixels that are one place of the network of images: 2 takes about a quarter of
    the time of 1, and loses some detail."""
    resolutions: int = Field(default=3, ge=2, le=8)
    """Resolutions of the network of images and signals; each lower one has half the size."""
    attention: bool = False
    """Whether the lowest resolution has self-attention."""
    class_dropout: float = Field(default=0.1, ge=0, lt=1)
    """Share of the training samples without their class, for classifier-free guidance; 0: no guidance."""
    augment: float = Field(default=0.0, ge=0, le=1)
    """Probability of each change of a training image (mirror, rotation, scale, shift) or signal (shift,
    amplitude). The network is conditioned on them: samples do not show them. For few samples, e.g. 0.12."""
    steps: int = Field(default=3000, ge=1)
    """Updates of the weights."""
    warm_up: int = Field(default=100, ge=0)
    """Steps over which the learning rate rises from 0, at most a tenth of all."""
    cool_down: float = Field(default=0.5, ge=0, le=1)
    """Share of the steps, at the end, over which the learning rate falls to 0."""
    guidance: float = Field(default=1.0, ge=0)
    """Classifier-free guidance of samples whose request has none; 1: none, 0: as without a class."""
    sampling_steps: int = Field(default=20, ge=1)
    """Noise levels at which the network is evaluated for a sample, where the request has no `steps`."""

    def width_of(self, modality: str) -> int:
        """Return the width for samples of a modality."""
        return self.width or WIDTHS[modality]

    def blocks_of(self, modality: str) -> int:
        """Return the blocks for samples of a modality."""
        return self.blocks or BLOCKS[modality]

    def rate(self, step: int) -> float:
        """Return the learning rate of a step, 0 to steps − 1, divided by `learning_rate`."""
        warm_up = min(self.warm_up, self.steps // 10)
        rising = (step + 1) / (warm_up + 1) if step < warm_up else 1.0
        falling = (self.steps - step) / max(self.cool_down * self.steps, 1.0)
        return min(rising, falling, 1.0)
