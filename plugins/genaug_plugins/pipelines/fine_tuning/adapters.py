"""What a fine-tuning learns: low-rank changes, or new words; as files that diffusers loads."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from genaug_plugins.pipelines.fine_tuning.denoising import Condition, Denoising
from genaug_plugins.pipelines.loading import quiet

ATTENTION = ("to_q", "to_k", "to_v", "to_out.0", "add_q_proj", "add_k_proj", "add_v_proj", "to_add_out")
"""Names of the linear layers of attention in the networks of diffusers."""
LORA = "lora/pytorch_lora_weights.safetensors"
"""File of low-rank changes, under the name that `load_lora_weights` looks for."""
WORDS = "embeddings"
"""Folder of learned words, one file for each class."""

Files = dict[str, dict[str, Tensor]]
"""Tensors by the name of their file and their own name."""


class Adapter(ABC):
    """Base class of what is learned.

    Attributes:
        parameters: the trained ones.
    """

    parameters: list[nn.Parameter]

    @abstractmethod
    def condition(self, labels: Sequence[int]) -> Condition:
        """Return what the network gets for samples of these classes."""

    @abstractmethod
    def files(self) -> Files:
        """Return what was learned, on the CPU."""


class LowRank(Adapter):
    """Changes BA of the attention layers: W + BA, of rank r (Hu et al. 2021), B = 0 at first.

    Args:
        denoising: of the pipeline; its network gets the changes.
        rank: r.
        prompts: of each class.
    """

    def __init__(self, denoising: Denoising, rank: int, prompts: Sequence[str]) -> None:
        from peft import LoraConfig

        network: Any = denoising.network
        self._network, self._prefix = network, "transformer" if denoising.is_flow else "unet"
        network.add_adapter(
            LoraConfig(r=rank, lora_alpha=rank, init_lora_weights="gaussian", target_modules=list(ATTENTION))
        )
        self.parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
        for parameter in self.parameters:
            parameter.data = parameter.data.float()
        with torch.no_grad():
            self._conditions = denoising.condition(prompts)

    def condition(self, labels: Sequence[int]) -> Condition:
        """Return the rows of the conditions, which do not change."""
        rows = list(labels)
        return {name: tensor[rows] for name, tensor in self._conditions.items()}

    def files(self) -> Files:
        """Return the changes under the names of diffusers."""
        from diffusers.utils.state_dict_utils import convert_state_dict_to_diffusers
        from peft import get_peft_model_state_dict

        changes = get_peft_model_state_dict(self._network)
        if self._prefix == "unet":  # a transformer keeps the names of peft
            changes = convert_state_dict_to_diffusers(changes)
        return {LORA: {f"{self._prefix}.{name}": _kept(tensor) for name, tensor in changes.items()}}


class NewWords(Adapter):
    """A new word for each class: its embedding starts as the mean of those of the class word.

    Args:
        denoising: of a pipeline with one text encoder.
        pipeline: that pipeline; its tokenizer and text encoder get the words.
        words: the class words.
        tokens: the new words.
        template: of prompts, with ``{class}``.
    """

    def __init__(
        self, denoising: Denoising, pipeline: Any, words: Sequence[str], tokens: Sequence[str], template: str
    ) -> None:
        self._denoising, self._tokens = denoising, list(tokens)
        self._prompts = [template.replace("{class}", token) for token in tokens]
        tokenizer, encoder = pipeline.tokenizer, pipeline.text_encoder
        known = encoder.get_input_embeddings().weight
        first = [known[tokenizer(word, add_special_tokens=False)["input_ids"]].mean(dim=0) for word in words]
        self.embeddings = nn.Parameter(torch.stack(first).detach().float().clone())  # [classes, D]
        self.parameters = [self.embeddings]
        tokenizer.add_tokens(self._tokens)
        with quiet():
            encoder.resize_token_embeddings(len(tokenizer), mean_resizing=False)
        encoder.requires_grad_(False)
        self._numbers = torch.tensor(tokenizer.convert_tokens_to_ids(self._tokens), device=denoising.device)
        encoder.get_input_embeddings().register_forward_hook(self._replace)

    def condition(self, labels: Sequence[int]) -> Condition:
        """Return the conditions, through the text encoder."""
        return self._denoising.condition([self._prompts[label] for label in labels])

    def files(self) -> Files:
        """Return one file for each class."""
        return {
            f"{WORDS}/{number}.safetensors": {token: _kept(embedding)}
            for number, (token, embedding) in enumerate(zip(self._tokens, self.embeddings, strict=True))
        }

    def _replace(self, module: nn.Module, given: tuple[Tensor, ...], embedded: Tensor) -> Tensor:
        """Return the output of the embedding layer with the learned rows where the ids are of new words."""
        own = given[0][..., None] == self._numbers  # [n, length, classes]
        learned = own.to(self.embeddings.dtype) @ self.embeddings
        return torch.where(own.any(dim=-1, keepdim=True), learned.to(embedded.dtype), embedded)


def apply(pipeline: Any, files: Mapping[str, Mapping[str, Tensor]]) -> None:
    """Load low-rank changes and learned words into a pipeline, as diffusers does."""
    with quiet(), torch.random.fork_rng(devices=[]):
        for tensors in files.values():
            if any("lora" in name for name in tensors):
                pipeline.load_lora_weights(dict(tensors))
            else:
                pipeline.load_textual_inversion(dict(tensors), token=next(iter(tensors)))


def _kept(tensor: Tensor) -> Tensor:
    return tensor.detach().to("cpu", torch.float32, copy=True).contiguous()
