"""What a pipeline's denoising network learns: noise levels, targets, conditions, by its family."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from diffusers import DDPMScheduler
from torch import Tensor, nn

from genaug.data.samples import FloatArray
from genaug_plugins.pipelines.loading import quiet

Condition = dict[str, Tensor]
"""Arguments of the network for n samples, each ``[n, …]``."""
AT_ONCE = 4
"""Images that are encoded at a time."""


class Denoising:
    """The denoising problem of a pipeline, on the latents of its autoencoder.

    Diffusion (Ho et al. 2020): x_t = √ᾱ_t·x₀ + √(1 − ᾱ_t)·ε with t uniform; the target is ε, v = √ᾱ_t·ε −
    √(1 − ᾱ_t)·x₀ or x₀, as the scheduler says. Flow matching (Lipman et al. 2023; Esser et al. 2024): x_σ =
    (1 − σ)·x₀ + σ·ε with σ = sigmoid(n), n ~ N(0, 1), shifted as in sampling; the target is ε − x₀.

    Args:
        pipeline: a Stable Diffusion 1, 2, XL or 3.
        size: height and width of its images.

    Attributes:
        network: F, which predicts the target.
    """

    def __init__(self, pipeline: Any, size: tuple[int, ...]) -> None:
        self._pipeline, self._size = pipeline, size
        self.is_flow = type(pipeline.scheduler).__name__.startswith("FlowMatch")
        self.network: nn.Module = pipeline.transformer if self.is_flow else pipeline.unet
        self.device = next(self.network.parameters()).device
        self._scheduler: Any = None
        if not self.is_flow:
            with quiet():
                self._scheduler = DDPMScheduler.from_config(pipeline.scheduler.config)

    @property
    def dtype(self) -> torch.dtype:
        """Return the precision of the network."""
        return next(self.network.parameters()).dtype

    @torch.no_grad()
    def encode(self, images: FloatArray) -> Tensor:
        """Return mean and standard deviation of the latents of images ``[N, 3, H, W]``, ``[N, 2, c, h,
        w]``.
        """
        vae = self._pipeline.vae
        before = vae.dtype
        found = []
        with quiet():
            vae.to(torch.float32)  # some autoencoders overflow in half precision
            for part in torch.split(torch.from_numpy(images), AT_ONCE):
                latents = vae.encode(part.to(self.device)).latent_dist
                found.append(torch.stack([latents.mean, latents.std], dim=1).cpu())
            vae.to(before)
        return torch.cat(found)

    def latents(self, moments: Tensor, random: torch.Generator) -> Tensor:
        """Return x₀, latents drawn by their moments ``[n, 2, c, h, w]`` and scaled as the network knows
        them.
        """
        config = self._pipeline.vae.config
        mean, deviation = moments.unbind(1)
        drawn = mean + deviation * torch.randn(mean.shape, generator=random, device=mean.device)
        scaled: Tensor = (drawn - (getattr(config, "shift_factor", None) or 0.0)) * config.scaling_factor
        return scaled

    def noisy(self, x0: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Return x_t ``[n, c, h, w]``, times ``[n]`` as the network reads them, and targets ``[n, c, h,
        w]``.
        """
        n, device = len(x0), x0.device
        epsilon = torch.randn(x0.shape, generator=random, device=device)
        if self.is_flow:
            config = self._pipeline.scheduler.config
            sigma = torch.randn(n, generator=random, device=device).sigmoid()
            sigma = config.shift * sigma / (1 + (config.shift - 1) * sigma)
            s = sigma[:, None, None, None]
            return (1 - s) * x0 + s * epsilon, sigma * config.num_train_timesteps, epsilon - x0
        config = self._scheduler.config
        t = torch.randint(config.num_train_timesteps, (n,), generator=random, device=device)
        noisy: Tensor = self._scheduler.add_noise(x0, epsilon, t)
        if config.prediction_type == "v_prediction":
            return noisy, t, self._scheduler.get_velocity(x0, epsilon, t)
        return noisy, t, x0 if config.prediction_type == "sample" else epsilon

    def condition(self, prompts: Sequence[str]) -> Condition:
        """Return what the network gets of n prompts; gradients reach the text encoder."""
        pipeline, texts = self._pipeline, list(prompts)
        shared: dict[str, Any] = {"device": self.device, "num_images_per_prompt": 1}
        shared["do_classifier_free_guidance"] = False
        with quiet():
            if self.is_flow:
                embedded, _, pooled, _ = pipeline.encode_prompt(texts, None, None, **shared)
                return {"encoder_hidden_states": embedded, "pooled_projections": pooled}
            if getattr(pipeline, "text_encoder_2", None) is not None:
                embedded, _, pooled, _ = pipeline.encode_prompt(texts, **shared)
                height, width = self._size
                sizes = torch.tensor([[height, width, 0, 0, height, width]] * len(texts), device=self.device)
                return {
                    "encoder_hidden_states": embedded,
                    "text_embeds": pooled,
                    "time_ids": sizes.to(embedded.dtype),
                }
            embedded, _ = pipeline.encode_prompt(texts, **shared)
            return {"encoder_hidden_states": embedded}

    def predict(self, x: Tensor, t: Tensor, condition: Condition) -> Tensor:
        """Return F(x_t, t, condition) in float32, ``[n, c, h, w]``."""
        own = dict(condition)
        if "time_ids" in own:
            own = {
                "encoder_hidden_states": own.pop("encoder_hidden_states"),
                "added_cond_kwargs": own,  # type: ignore[dict-item]
            }
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.dtype != torch.float32):
            made = self.network(x.to(self.dtype), timestep=t, return_dict=False, **own)[0]
        predicted: Tensor = made.float()
        return predicted
