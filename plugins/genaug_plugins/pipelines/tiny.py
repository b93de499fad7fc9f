"""Tiny random pipelines on disk, to try a config, or this code, without a download.

``python -m genaug_plugins.pipelines.tiny FOLDER`` writes one of each family. Their images are noise.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genaug_plugins.pipelines.folder import INDEX

if TYPE_CHECKING:
    from transformers import CLIPTokenizer

WIDTH = 8
"""Channels of the smallest layer, and of text embeddings."""


def write_tiny(folder: Path, family: str = "stable-diffusion", **changes: Any) -> Path:
    """Write a tiny random pipeline as `save_pretrained` does; the same weights each time.

    Args:
        folder: to write into; it is made.
        family: one of `FAMILIES`.
        changes: components to put in place of those of the family; ``safety=True`` for a safety checker.

    Returns:
        The folder.
    """
    import torch

    from genaug_plugins.pipelines.loading import quiet

    with quiet(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        pipeline = FAMILIES[family](**changes)
        pipeline.save_pretrained(folder, safe_serialization=True)
    if family == "dit":  # as the published one; the pipeline itself does not save its classes
        index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        index["id2label"] = {str(number): f"thing {number}" for number in range(1000)}
        (folder / INDEX).write_text(json.dumps(index), encoding="utf-8")
    return folder


def _stable_diffusion(safety: bool = False, **changes: Any) -> Any:
    from diffusers import DDIMScheduler, StableDiffusionPipeline

    parts = {
        "vae": _vae(),
        "unet": _unet(cross_attention_dim=WIDTH),
        "text_encoder": _text_encoder(),
        "tokenizer": _tokenizer(),
        "scheduler": DDIMScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False
        ),
        "safety_checker": _safety_checker() if safety else None,
        "feature_extractor": _image_processor() if safety else None,
    }
    parts |= changes
    return StableDiffusionPipeline(**parts, requires_safety_checker=parts["safety_checker"] is not None)


def _instruct_pix2pix(**changes: Any) -> Any:
    from diffusers import DDIMScheduler, StableDiffusionInstructPix2PixPipeline

    parts = {
        "vae": _vae(),
        "unet": _unet(cross_attention_dim=WIDTH, in_channels=8),
        "text_encoder": _text_encoder(),
        "tokenizer": _tokenizer(),
        "scheduler": DDIMScheduler(),
        "safety_checker": None,
        "feature_extractor": None,
    }
    return StableDiffusionInstructPix2PixPipeline(**(parts | changes), requires_safety_checker=False)


def _stable_diffusion_xl(**changes: Any) -> Any:
    from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline

    parts = {
        "vae": _vae(),
        "unet": _unet(
            cross_attention_dim=2 * WIDTH,
            addition_embed_type="text_time",
            addition_time_embed_dim=WIDTH,
            projection_class_embeddings_input_dim=7 * WIDTH,  # six sizes, and the pooled text
        ),
        "text_encoder": _text_encoder(),
        "text_encoder_2": _text_encoder(projected=True),
        "tokenizer": _tokenizer(),
        "tokenizer_2": _tokenizer(),
        "scheduler": EulerDiscreteScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear"
        ),
    }
    return StableDiffusionXLPipeline(**(parts | changes), add_watermarker=False)


def _stable_diffusion_3(**changes: Any) -> Any:
    from diffusers import FlowMatchEulerDiscreteScheduler, SD3Transformer2DModel, StableDiffusion3Pipeline

    parts = {
        "transformer": SD3Transformer2DModel(
            sample_size=8,
            patch_size=1,
            in_channels=4,
            num_layers=1,
            attention_head_dim=8,
            num_attention_heads=2,
            joint_attention_dim=2 * WIDTH,
            caption_projection_dim=16,
            pooled_projection_dim=2 * WIDTH,
            out_channels=4,
        ),
        "vae": _vae(use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.0609, scaling_factor=1.5),
        "text_encoder": _text_encoder(projected=True),
        "text_encoder_2": _text_encoder(projected=True),
        "text_encoder_3": None,
        "tokenizer": _tokenizer(),
        "tokenizer_2": _tokenizer(),
        "tokenizer_3": None,
        "scheduler": FlowMatchEulerDiscreteScheduler(),
    }
    return StableDiffusion3Pipeline(**(parts | changes))


def _dit(**changes: Any) -> Any:
    from diffusers import DDIMScheduler, DiTPipeline, DiTTransformer2DModel

    parts = {
        "transformer": DiTTransformer2DModel(
            sample_size=8,
            num_layers=2,
            patch_size=2,
            attention_head_dim=4,
            num_attention_heads=2,
            in_channels=4,
            out_channels=8,
            num_embeds_ada_norm=1000,
        ),
        "vae": _vae(),
        "scheduler": DDIMScheduler(),
    }
    return DiTPipeline(**(parts | changes))


def _ddpm(channels: int = 3, **changes: Any) -> Any:
    from diffusers import DDIMPipeline, DDIMScheduler, UNet2DModel

    unet = UNet2DModel(
        sample_size=16,
        in_channels=channels,
        out_channels=channels,
        layers_per_block=1,
        block_out_channels=(4, 8),
        norm_num_groups=2,
        down_block_types=("DownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "UpBlock2D"),
    )
    return DDIMPipeline(**({"unet": unet, "scheduler": DDIMScheduler()} | changes))


FAMILIES: dict[str, Callable[..., Any]] = {
    "stable-diffusion": _stable_diffusion,
    "instruct-pix2pix": _instruct_pix2pix,
    "stable-diffusion-xl": _stable_diffusion_xl,
    "stable-diffusion-3": _stable_diffusion_3,
    "dit": _dit,
    "ddpm": _ddpm,
}


def _vae(**settings: Any) -> Any:
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=(4, 8),
        in_channels=3,
        out_channels=3,
        down_block_types=("DownEncoderBlock2D", "DownEncoderBlock2D"),
        up_block_types=("UpDecoderBlock2D", "UpDecoderBlock2D"),
        latent_channels=4,
        norm_num_groups=2,
        **settings,
    )


def _unet(**settings: Any) -> Any:
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        block_out_channels=(4, 8),
        layers_per_block=1,
        sample_size=8,
        out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=2,
        norm_num_groups=2,
        **({"in_channels": 4} | settings),
    )


def _text_encoder(projected: bool = False) -> Any:
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    tokenizer = _tokenizer()
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=2 * WIDTH,
        num_attention_heads=2,
        num_hidden_layers=2,
        projection_dim=WIDTH,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return (CLIPTextModelWithProjection if projected else CLIPTextModel)(config)


def _safety_checker() -> Any:
    from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
    from transformers import CLIPConfig, CLIPVisionConfig

    vision = CLIPVisionConfig(
        hidden_size=WIDTH,
        intermediate_size=2 * WIDTH,
        projection_dim=WIDTH,
        num_hidden_layers=1,
        num_attention_heads=2,
        image_size=16,
        patch_size=8,
    )
    checker = StableDiffusionSafetyChecker(
        CLIPConfig(vision_config=vision.to_dict(), projection_dim=WIDTH, text_config={"hidden_size": WIDTH})
    )
    checker.concept_embeds.data.normal_()
    return checker


def _image_processor() -> Any:
    from transformers import CLIPImageProcessor

    return CLIPImageProcessor(size={"shortest_edge": 16}, crop_size={"height": 16, "width": 16})


def _tokenizer() -> CLIPTokenizer:
    """Return a tokenizer of CLIP's kind whose tokens are single bytes."""
    from transformers import CLIPTokenizer
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    letters = list(bytes_to_unicode().values())  # type: ignore[no-untyped-call]
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    return CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=77)


if __name__ == "__main__":
    for name in FAMILIES:
        print(write_tiny(Path(sys.argv[1]) / name, name))
