"""Language enhancement: sentences on a class."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from genaug_plugins.language.loading import CausalModel
from genaug_plugins.language.sentences import class_sentences

WORDS = ["\n", " a", " cat", " on", " the", " mat", " red", " small"]


class Words:
    """A tokenizer of a few words; other characters are the token 0."""

    eos_token_id, bos_token_id, pad_token_id, all_special_ids = 9, 9, 9, [9]

    def __len__(self) -> int:
        return 10

    def __call__(self, text: str, **_: Any) -> dict[str, list[int]]:
        return {"input_ids": [WORDS.index(f" {word}") + 1 for word in text.split() if f" {word}" in WORDS]}

    def decode(self, tokens: Sequence[int], **_: Any) -> str:
        return "".join(WORDS[token - 1] for token in tokens if 1 <= token <= 8)

    def convert_ids_to_tokens(self, token: int) -> str:
        return WORDS[token - 1] if 1 <= token <= 8 else "?"


@pytest.fixture(scope="module")
def model() -> CausalModel:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = GPT2Config(
            vocab_size=10, n_positions=256, n_embd=16, n_layer=1, n_head=2, bos_token_id=9, eos_token_id=9
        )
        network = GPT2LMHeadModel(config).eval()
    return CausalModel(network, Words(), Path("tiny"))


def test_sentences_are_distinct_and_have_the_word(model: CausalModel) -> None:
    found = class_sentences(model, "cat", 12, np.random.default_rng(0), attempts=80)
    assert len(found.texts) == len(set(found.texts)) == 12
    assert all("cat" in text.split() for text in found.texts)
    assert all(3 <= len(text.split()) <= 30 for text in found.texts)
    assert found.refused["without the word cat"] > 0
    again = class_sentences(model, "cat", 12, np.random.default_rng(0), attempts=80, batch_size=5)
    assert again.texts == found.texts


def test_attempts_are_bounded(model: CausalModel) -> None:
    found = class_sentences(model, "zebra", 4, np.random.default_rng(0), attempts=2)
    assert found.texts == ()
    assert sum(found.refused.values()) == 8
