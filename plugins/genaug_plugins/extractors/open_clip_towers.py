"""Image–text models of open_clip: by a tag of published weights, from a file, or from a folder."""

import pickle  # for the error that the safe reader raises
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import open_clip
import torch
from safetensors import SafetensorError
from torch import Tensor

from genaug.errors import ConfigError, MissingWeights
from genaug_plugins.extractors.preparation import Preparation
from genaug_plugins.extractors.towers import Towers


def load_open_clip(model: str, weights: str | None, device: str) -> Towers:
    """Load a model of open_clip.

    Args:
        model: name; or `local-dir:FOLDER` with open_clip_config.json and its weights.
        weights: a tag of the model's published weights, or a file; not used for `local-dir:`.
        device: of the model.

    Raises:
        ConfigError: if there is no such model, or its preparation of images is not supported.
        MissingWeights: if the weights are not available.
    """
    local = model.startswith("local-dir:")
    if not local and model not in open_clip.list_models():
        raise ConfigError(
            f"extractor clip: open_clip has no model {model!r}; open_clip.list_models() lists them, "
            "or set local-dir:FOLDER to a local one"
        )
    tags = open_clip.list_pretrained_tags_by_model(model)
    a_file = weights is not None and Path(weights).is_file()
    if not local and not a_file and weights not in tags:
        raise MissingWeights(
            f"extractor clip: {weights!r} is neither a file nor a tag of {model}; its tags are "
            f"{', '.join(tags) or 'none'}"
        )
    try:
        with torch.random.fork_rng(devices=[]):  # the initial weights are overwritten
            made, _, _ = open_clip.create_model_and_transforms(
                model,
                pretrained=None if local else weights,
                require_pretrained=True,
                weights_only=True,
                device=device,
            )
        tokenizer = open_clip.get_tokenizer(model)
    except pickle.UnpicklingError as error:
        raise MissingWeights(
            f"extractor clip: {weights} contains more than tensors, which might run code, and is not "
            "read: save its tensors as .safetensors"
        ) from error
    except (SafetensorError, OSError, RuntimeError, ValueError) as error:
        raise MissingWeights(
            f"extractor clip: no weights for {model} could be loaded ({error}). Set `weights` to "
            "a file that contains them, or `model` to local-dir:FOLDER"
        ) from error

    def texts(given: Sequence[str]) -> Tensor:
        return made.encode_text(tokenizer(list(given)).to(device))  # type: ignore[no-any-return]

    named = Path(model.removeprefix("local-dir:")).name if local else f"{model}, {weights}"
    scale = float(made.logit_scale.detach().exp())
    return Towers(f"open_clip {named}", made, made.encode_image, texts, scale, _preparation(made, model))


def _preparation(made: Any, model: str) -> Preparation:
    wanted = open_clip.get_model_preprocess_cfg(made)
    size = wanted["size"]
    height, width = (size, size) if isinstance(size, int) else size
    fit = {"shortest": "crop", "squash": "squash"}.get(wanted["resize_mode"])
    if height != width or fit is None or wanted["interpolation"] not in ("bicubic", "bilinear"):
        raise ConfigError(
            f"extractor clip: {model} needs images of {height}x{width} by resize_mode "
            f"{wanted['resize_mode']!r} and {wanted['interpolation']} interpolation; supported are squares "
            "by 'shortest' or 'squash', bicubic or bilinear"
        )
    return Preparation(height, wanted["mean"], wanted["std"], wanted["interpolation"], fit, eight_bits=True)  # type: ignore[arg-type]
