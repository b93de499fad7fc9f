"""Causal language models of transformers: new ones, those with adapters, and their files."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

from genaug_plugins.language.vocabulary import Vocabulary
from genaug_plugins.weights.quiet_loading import quiet_loading

NETWORK = "network"
ADAPTER = "adapter"


def new_network(
    vocabulary: Vocabulary, positions: int, width: int, layers: int, heads: int, dropout: float
) -> nn.Module:
    """Return a GPT-2 (Radford et al. 2019) with random weights from torch's global generator.

    Args:
        vocabulary: its tokens.
        positions: longest sequence.
        width: length of its vectors.
        layers: number of layers.
        heads: number of attention heads; divides `width`.
        dropout: share of activations that are dropped in training.
    """
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(
        vocab_size=vocabulary.size,
        n_positions=positions,
        n_embd=width,
        n_layer=layers,
        n_head=heads,
        resid_pdrop=dropout,
        embd_pdrop=dropout,
        attn_pdrop=dropout,
        bos_token_id=vocabulary.end,
        eos_token_id=vocabulary.end,
        pad_token_id=vocabulary.pad,
    )
    return GPT2LMHeadModel(config)


def with_adapter(network: nn.Module, rank: int, alpha: float) -> nn.Module:
    """Return a network whose linear layers have trainable changes of low rank; the rest is frozen.

    The factor A is drawn from torch's global generator, B is 0: at first nothing is changed (Hu et al. 2021).
    """
    from peft import LoraConfig, get_peft_model
    from transformers.pytorch_utils import Conv1D

    transposed = any(isinstance(part, Conv1D) for part in network.modules())
    config = LoraConfig(
        r=rank,
        lora_alpha=alpha,  # type: ignore[arg-type]
        target_modules="all-linear",
        task_type="CAUSAL_LM",
        fan_in_fan_out=transposed,
    )
    with _peft_on_newer_transformers():
        changed: nn.Module = get_peft_model(network, config)
    return changed


def save_network(network: Any, folder: Path, learned: str) -> None:
    """Write a network as transformers does, or its changes as peft does; without a model card.

    Args:
        network: of transformers, or of peft.
        folder: that a subfolder is written into.
        learned: `full`, `lora`, or `none`: then nothing is written.
    """
    if learned == "none":
        return
    target = folder / (ADAPTER if learned == "lora" else NETWORK)
    with quiet_loading():
        network.save_pretrained(target)
    for path in target.iterdir():
        if path.suffix not in (".json", ".safetensors"):
            path.unlink()


def load_network(folder: Path, base: nn.Module | None) -> nn.Module:
    """Return a network that `save_network` wrote, in evaluation mode.

    Args:
        folder: with the subfolder.
        base: the pretrained network, if only changes of it were saved.
    """
    with quiet_loading():
        if base is None:
            from transformers import AutoModelForCausalLM

            network: nn.Module = AutoModelForCausalLM.from_pretrained(
                folder / NETWORK, local_files_only=True, dtype=torch.float32
            )
        else:
            from peft import PeftModel

            with _peft_on_newer_transformers():
                network = PeftModel.from_pretrained(base, str(folder / ADAPTER))
    return network.eval().requires_grad_(False)


@contextmanager
def _peft_on_newer_transformers() -> Iterator[None]:
    """Ignore that peft reads names which transformers is going to drop."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
        yield
