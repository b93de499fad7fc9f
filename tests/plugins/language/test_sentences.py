"""Language enhancement: sentences on a class, from a model on disk."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from genaug.data import Samples, SampleSpec, TrainView
from genaug.errors import DataError, MissingWeights
from genaug.testing import Material
from genaug.testing.formula_sampler import FormulaSampler
from genaug_plugins import PromptsStrategy
from genaug_plugins.language.loading import CausalModel, load_causal
from genaug_plugins.language.sentences import class_sentences

WORDS = ("?", "\n", "a", "cat", "on", "the", "mat", "red", "small", "<end>")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a network with random weights that knows a few words."""
    path = tmp_path_factory.mktemp("words")
    tokenizer = Tokenizer(models.WordLevel({word: token for token, word in enumerate(WORDS)}, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>", unk_token="?").save_pretrained(
        path
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = GPT2Config(
            vocab_size=10, n_positions=256, n_embd=16, n_layer=1, n_head=2, bos_token_id=9, eos_token_id=9
        )
        GPT2LMHeadModel(config).save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def model(folder: Path) -> CausalModel:
    return load_causal(str(folder), "cpu", "test")


def test_sentences_are_distinct_and_have_the_word(model: CausalModel) -> None:
    found = class_sentences(model, "cat", 8, np.random.default_rng(0), attempts=80)
    assert len(found.texts) == len(set(found.texts)) == 8
    assert all("cat" in text.split() for text in found.texts)
    assert all(3 <= len(text.split()) <= 30 for text in found.texts)
    assert found.refused["without the word cat"] > 0
    again = class_sentences(model, "cat", 8, np.random.default_rng(0), attempts=80, batch_size=5)
    assert again.texts == found.texts


def test_attempts_are_bounded(model: CausalModel) -> None:
    found = class_sentences(model, "zebra", 4, np.random.default_rng(0), attempts=2)
    assert found.texts == ()
    assert sum(found.refused.values()) == 8


def test_the_strategy_asks_for_written_sentences(folder: Path, tmp_path: Path) -> None:
    spec = SampleSpec(modality="image", shape=(1, 4, 4), class_names=("cat", "mat"), value_range=(-1.0, 1.0))
    values = np.zeros((2, 1, 4, 4), dtype=np.float32)
    view = TrainView(spec, Samples(values, np.array([0, 1], dtype=np.int64)))
    sampler, context = FormulaSampler(spec, frozenset({"prompt"})), Material().context()
    strategy = PromptsStrategy(add=12, templates=(), writer=str(folder), written=3)
    strategy.check_usable(spec)
    requests = list(strategy.requests(view, sampler, np.random.default_rng(0), context))
    for label, name in enumerate(spec.class_names):
        prompts = [request.prompt for request in requests if request.label == label]
        assert 1 <= len(prompts) == len(set(prompts)) <= 3
        assert all(prompt is not None and name in prompt.split() for prompt in prompts)
    nameless = strategy.model_copy(update={"words": {"cat": "zebra"}})
    with pytest.raises(DataError, match="wrote 0 of 3 sentences with the word 'zebra'"):
        list(nameless.requests(view, sampler, np.random.default_rng(0), context))
    with pytest.raises(MissingWeights, match=r"there is no folder .*: set `writer`"):
        strategy.model_copy(update={"writer": str(tmp_path / "no")}).check_usable(spec)
