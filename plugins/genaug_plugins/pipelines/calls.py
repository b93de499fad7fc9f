"""Calls of pipelines: the arguments that each kind of pipeline takes, and images out of it."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import diffusers
import numpy as np
import torch

from genaug.data.samples import BoolArray, FloatArray
from genaug.errors import DataError
from genaug_plugins.pipelines.loading import quiet

Way = Literal["text", "image-to-image", "inpaint"]
AUTO: dict[Way, str] = {
    "text": "AutoPipelineForText2Image",
    "image-to-image": "AutoPipelineForImage2Image",
    "inpaint": "AutoPipelineForInpainting",
}
"""Class of diffusers that finds the pipeline for each way; importing one imports every pipeline."""


@dataclass(frozen=True, eq=False)
class Batch:
    """What n samples are made from.

    Attributes:
        seeds: of the noise of each sample, on the CPU.
        prompts: of each; empty for a pipeline that reads none.
        classes: numbers of the pipeline's classes; empty for one that has none.
        sources: float32 ``[n, C, H, W]`` in [-1, 1] at the pipeline's resolution; None: from noise.
        masks: bool ``[n, 1, H, W]``, True where new values are made; None: everywhere.
        latents: float32 ``[n, c, h, w]``, the noise to start from; None: drawn by the seeds.
    """

    seeds: Sequence[int]
    prompts: Sequence[str] = ()
    classes: Sequence[int] = ()
    sources: FloatArray | None = None
    masks: BoolArray | None = None
    latents: FloatArray | None = None

    def take(self, rows: Sequence[int]) -> Batch:
        """Return some of the samples."""
        kept = list(rows)
        return Batch(
            [self.seeds[row] for row in kept],
            [self.prompts[row] for row in kept] if self.prompts else (),
            [self.classes[row] for row in kept] if self.classes else (),
            None if self.sources is None else self.sources[kept],
            None if self.masks is None else self.masks[kept],
            None if self.latents is None else self.latents[kept],
        )

    def with_seeds(self, seeds: Sequence[int]) -> Batch:
        """Return the same samples with other noise."""
        return replace(self, seeds=seeds)

    @property
    def way(self) -> Way:
        """Return which kind of pipeline makes them."""
        if self.sources is None:
            return "text"
        return "image-to-image" if self.masks is None else "inpaint"


@dataclass(frozen=True)
class CallOptions:
    """The options of a call; None: the pipeline's default.

    Attributes:
        strength: share of the way from a source to pure generation, in (0, 1].
        guidance: scale of classifier-free guidance.
        steps: denoising steps.
        negative_prompt: what the samples must not show.
        size: height and width in pixels.
    """

    strength: float = 1.0
    guidance: float | None = None
    steps: int | None = None
    negative_prompt: str = ""
    size: tuple[int, int] | None = None


class PipelineCalls:
    """Calls of a pipeline and of those that share its components.

    Args:
        pipeline: a loaded one.
    """

    def __init__(self, pipeline: Any) -> None:
        self.pipeline = pipeline
        self._made: dict[Way, Any] = {}

    def __call__(self, batch: Batch, options: CallOptions) -> tuple[FloatArray, BoolArray]:
        """Return images, float32 ``[n, C, H, W]`` in [-1, 1], and which of them were flagged, bool ``[n]``.

        Each sample has a random generator of its own, so a sample does not depend on the others in its batch,
        up to the rounding of the networks.

        Raises:
            DataError: where the pipeline does not take what is asked for.
        """
        pipeline = self._pipeline(batch.way)
        arguments = self._arguments(pipeline, batch, options)
        try:
            with quiet():
                output = pipeline(**arguments)
        except ValueError as error:  # diffusers checks sizes and combinations of arguments itself
            raise DataError(f"{type(pipeline).__name__} refuses the request: {error}") from error
        images = np.asarray(output.images, dtype=np.float32)  # [n, H, W, C] in [0, 1]
        images = images[..., None] if images.ndim == 3 else images
        flagged = getattr(output, "nsfw_content_detected", None) or [False] * len(images)
        values = np.ascontiguousarray(images.transpose(0, 3, 1, 2)) * np.float32(2) - np.float32(1)
        return values, np.array([bool(flag) for flag in flagged], dtype=np.bool_)

    @cached_property
    def network(self) -> Any:
        """Return the denoising network."""
        return getattr(self.pipeline, "unet", None) or self.pipeline.transformer

    @property
    def own_size(self) -> tuple[int, int]:
        """Return height and width of the images that the network was trained on."""
        side = self.network.config.sample_size
        height, width = (side, side) if isinstance(side, int) else side
        return height * self.pipeline.vae_scale_factor, width * self.pipeline.vae_scale_factor

    def latent_shape(self, size: tuple[int, ...]) -> tuple[int, int, int]:
        """Return the shape of the latent of an image, c, h, w."""
        factor = self.pipeline.vae_scale_factor
        return self.network.config.in_channels, size[0] // factor, size[1] // factor

    @torch.no_grad()
    def invert(self, images: FloatArray, prompts: Sequence[str], steps: int) -> FloatArray:
        """Return the latents of images by DDIM inversion (Song et al. 2021, arXiv 2010.02502), ``[n, c,
        h, w]``.

        The deterministic sampler runs backwards from the encoded image, without guidance.

        Args:
            images: ``[n, 3, H, W]`` in [-1, 1].
            prompts: of each.
            steps: of the sampler.
        """
        pipeline, vae = self._pipeline("text"), self.pipeline.vae
        given = torch.from_numpy(images).to(pipeline.device, vae.dtype)
        own = pipeline.scheduler
        try:
            with quiet():
                pipeline.scheduler = diffusers.DDIMInverseScheduler.from_config(own.config)
                found = pipeline(
                    list(prompts),
                    latents=vae.encode(given).latent_dist.mean * vae.config.scaling_factor,
                    guidance_scale=1.0,
                    num_inference_steps=steps,
                    height=images.shape[2],
                    width=images.shape[3],
                    output_type="latent",
                ).images
        finally:
            pipeline.scheduler = own
        latents: FloatArray = found.float().cpu().numpy()
        return latents

    def _arguments(self, pipeline: Any, batch: Batch, options: CallOptions) -> dict[str, Any]:
        taken = inspect.signature(pipeline.__call__).parameters
        count, name = len(batch.seeds), type(pipeline).__name__
        arguments: dict[str, Any] = {
            "generator": [torch.Generator().manual_seed(seed) for seed in batch.seeds],
            "output_type": "np",
        }
        if batch.prompts:
            arguments["prompt"] = list(batch.prompts)
        elif "class_labels" in taken:
            arguments["class_labels"] = list(batch.classes)
        else:
            arguments["batch_size"] = count
        if options.steps is not None:
            arguments["num_inference_steps"] = options.steps
        if options.guidance is not None:
            if "guidance_scale" not in taken:
                raise DataError(f"{name} has no guidance: leave `guidance` out")
            arguments["guidance_scale"] = options.guidance
        if options.negative_prompt:
            if "negative_prompt" not in taken:
                raise DataError(f"{name} reads no negative prompt: leave `negative_prompt` out")
            arguments["negative_prompt"] = [options.negative_prompt] * count
            if "true_cfg_scale" in taken and options.guidance is not None:
                arguments["true_cfg_scale"] = options.guidance
        if batch.latents is not None:
            arguments["latents"] = torch.from_numpy(batch.latents).to(self.network.dtype)
        if batch.sources is not None:
            arguments |= self._start(taken, batch, options)
        elif options.size is not None:
            if "height" not in taken:
                raise DataError(f"{name} has one resolution: leave `size` out")
            arguments["height"], arguments["width"] = options.size
        return arguments

    def _start(self, taken: Any, batch: Batch, options: CallOptions) -> dict[str, Any]:
        assert batch.sources is not None
        found: dict[str, Any] = {"image": torch.from_numpy((batch.sources + 1) / 2)}
        if batch.masks is not None:
            found["mask_image"] = torch.from_numpy(batch.masks.astype(np.float32))
        if "height" in taken:
            found["height"], found["width"] = batch.sources.shape[2:]
        if "strength" in taken:
            found["strength"] = options.strength
            steps = options.steps or taken["num_inference_steps"].default
            if int(steps * options.strength) < 1:
                raise DataError(
                    f"strength {options.strength:g} leaves none of the {steps} steps to do: raise "
                    "`strength`, or "
                    f"`steps` to {int(np.ceil(1 / options.strength))} or more"
                )
        return found

    def _pipeline(self, way: Way) -> Any:
        """Return the pipeline that makes samples this way, with the components of the loaded one."""
        taken = inspect.signature(self.pipeline.__call__).parameters
        if "prompt" not in taken or (way == "text" and "image" not in taken):
            return self.pipeline
        if way not in self._made:
            with quiet():
                try:
                    self._made[way] = getattr(diffusers, AUTO[way]).from_pipe(self.pipeline)
                except ValueError:  # none that diffusers knows of: the loaded one is the only one
                    self._made[way] = self.pipeline
            self._made[way].set_progress_bar_config(disable=True)
        return self._made[way]
