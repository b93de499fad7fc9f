"""Image–text models of transformers, from a local folder."""

import pickle  # for the error that the safe reader raises
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors import SafetensorError
from torch import Tensor
from transformers import AutoImageProcessor, AutoTokenizer, CLIPModel

from genaug.errors import ConfigError, MissingWeights
from genaug_plugins.extractors.preparation import Preparation
from genaug_plugins.extractors.towers import Towers
from genaug_plugins.weights.quiet_loading import quiet_loading

_FILTERS: dict[int, Literal["bilinear", "bicubic"]] = {2: "bilinear", 3: "bicubic"}
"""Pillow's filter numbers, used in the configuration."""


def load_transformers(folder: Path, device: str) -> Towers:
    """Load a CLIP model saved by transformers, with its tokenizer and its image processor.

    Raises:
        ConfigError: if its preparation of images is not supported.
        MissingWeights: if a file is missing in the folder.
    """
    try:
        with quiet_loading():
            loaded: Any = CLIPModel.from_pretrained(
                folder, local_files_only=True, dtype=torch.float32, output_loading_info=True
            )
            model, info = loaded
        tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        processor: Any = AutoImageProcessor.from_pretrained(folder, local_files_only=True)  # type: ignore[no-untyped-call, unused-ignore]
    except (pickle.UnpicklingError, SafetensorError, OSError, RuntimeError, ValueError, KeyError) as error:
        raise MissingWeights(
            f"extractor clip: {folder} cannot be read as a CLIP model of transformers ({error}). It needs "
            "the files that save_pretrained of the model, its tokenizer and its image processor write"
        ) from error
    if lacking := sorted(info["missing_keys"]):
        raise MissingWeights(
            f"extractor clip: the weights in {folder} lack {len(lacking)} of the model's tensors, "
            f"{lacking[0]} first: save them again with save_pretrained"
        )
    model = model.to(device)
    length = model.config.text_config.max_position_embeddings

    def images(pixels: Tensor) -> Tensor:
        return _pooled(model.get_image_features(pixel_values=pixels))

    def texts(given: Sequence[str]) -> Tensor:
        read = tokenizer(
            list(given), padding="max_length", truncation=True, max_length=length, return_tensors="pt"
        )
        return _pooled(
            model.get_text_features(
                input_ids=read["input_ids"].to(device), attention_mask=read["attention_mask"].to(device)
            )
        )

    scale = float(model.logit_scale.detach().exp())
    return Towers(f"transformers {folder.name}", model, images, texts, scale, _preparation(processor, folder))


def _pooled(found: Any) -> Tensor:
    """Return the projected features; before transformers 5 they were not wrapped."""
    return found if isinstance(found, Tensor) else found.pooler_output


def _preparation(processor: Any, folder: Path) -> Preparation:
    resized, cut = dict(processor.size), dict(processor.crop_size or {})
    size = resized.get("shortest_edge")
    filter = _FILTERS.get(int(processor.resample))
    if size is None or filter is None or {*cut.values()} - {size} or not processor.do_center_crop:
        raise ConfigError(
            f"extractor clip: the image processor in {folder} has size {resized}, crop {cut}, filter "
            f"{processor.resample}; supported is a shortest_edge, cropped to the same size, by Pillow's "
            "filter 2 or 3"
        )
    return Preparation(size, processor.image_mean, processor.image_std, filter, "crop", eight_bits=True)
