"""Left padding, batches and guides do not change what a causal language model draws."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch import nn
from transformers import (
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
)

from genaug_plugins.language.drawing import Drawer

SMALL = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
NETWORKS = {
    "gpt2": lambda: GPT2LMHeadModel(
        GPT2Config(vocab_size=30, n_positions=40, n_embd=16, n_layer=2, n_head=2)
    ),
    "llama": lambda: LlamaForCausalLM(
        LlamaConfig(vocab_size=30, num_key_value_heads=1, max_position_embeddings=40, **SMALL)
    ),
    "gemma3": lambda: Gemma3ForCausalLM(
        Gemma3TextConfig(
            vocab_size=30,
            num_key_value_heads=1,
            head_dim=8,
            sliding_window=4,
            layer_types=["sliding_attention", "full_attention"],
            max_position_embeddings=40,
            **SMALL,
        )
    ),
}


class Until:
    """Ends after `most` tokens, or with token 0."""

    def __init__(self, most: int) -> None:
        self._most = most

    def done(self, made: Sequence[int]) -> bool:
        return len(made) >= self._most or (bool(made) and made[-1] == 0)

    def allowed(self, made: Sequence[int]) -> None:
        return None

    def banned(self, made: Sequence[int]) -> Sequence[int]:
        return [29]


def network(name: str) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return NETWORKS[name]().eval().requires_grad_(False)


@pytest.mark.parametrize("name", NETWORKS)
def test_left_padding_gives_the_same_logits(name: str) -> None:
    model = network(name)
    prompts = [[3, 4, 5, 6, 7, 8, 9], [11], [12, 13, 14]]
    ids, mask = Drawer(model, 0, 8)._padded(prompts)
    positions = (mask.cumsum(1) - 1).clamp(min=0)
    padded = model(input_ids=ids, attention_mask=mask, position_ids=positions).logits[:, -1]
    for row, prompt in enumerate(prompts):
        alone = model(input_ids=torch.tensor([prompt])).logits[0, -1]
        torch.testing.assert_close(padded[row], alone, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("top_p", [1.0, 0.8])
def test_the_batch_size_does_not_change_what_is_drawn(name: str, top_p: float) -> None:
    model = network(name)
    prompts = [[1 + row % 28] * (1 + row % 5) for row in range(9)]
    drawn = []
    for batch_size in (1, 2, 4, 9):
        rngs = [np.random.default_rng(row) for row in range(9)]
        guides = [Until(3 + 2 * (row % 4)) for row in range(9)]
        drawn.append(Drawer(model, 0, batch_size, 1.5, top_p)(prompts, guides, rngs))
    assert drawn[0] == drawn[1] == drawn[2] == drawn[3]
    assert not any(29 in tokens for tokens in drawn[0])


def test_tokens_have_the_frequencies_of_the_network() -> None:
    model = network("gpt2")
    logits = model(input_ids=torch.tensor([[1, 2]])).logits[0, -1].double()
    logits[29] = -torch.inf
    shares = torch.softmax(logits / 0.5, dim=0).numpy()
    count = 4000
    rngs = [np.random.default_rng(row) for row in range(count)]
    drawn = Drawer(model, 0, 1000, temperature=0.5)([[1, 2]] * count, [Until(1)] * count, rngs)
    found = np.bincount([tokens[0] for tokens in drawn], minlength=30) / count
    error = np.sqrt(shares * (1 - shares) / count)
    assert (np.abs(found - shares) <= 5 * error + 1e-9).all()


def test_top_p_draws_from_the_likeliest_tokens_only() -> None:
    model = network("gpt2")
    logits = model(input_ids=torch.tensor([[1, 2]])).logits[0, -1].double()
    logits[29] = -torch.inf
    shares, order = torch.softmax(logits, dim=0).sort(descending=True)
    nucleus = set(order[: int((shares.cumsum(0) < 0.3).sum()) + 1].tolist())
    rngs = [np.random.default_rng(row) for row in range(500)]
    drawn = Drawer(model, 0, 500, top_p=0.3)([[1, 2]] * 500, [Until(1)] * 500, rngs)
    assert {tokens[0] for tokens in drawn} == nucleus
