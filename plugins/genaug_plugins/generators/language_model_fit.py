"""The fit of the generator `language-model`, its files, and what is read from them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from genaug import Context
from genaug.data import SampleSpec, TrainView
from genaug.data.samples import FloatArray, IntArray
from genaug.data.seeds import derive_seed
from genaug.training import loop
from genaug.training.state import seeded
from genaug_plugins.generators.language_model import SCRATCH, LanguageModelGenerator
from genaug_plugins.generators.language_model_sampler import LanguageSampler
from genaug_plugins.language.learning import LanguageRun
from genaug_plugins.language.loading import load_causal
from genaug_plugins.language.networks import load_network, new_network, save_network, with_adapter
from genaug_plugins.language.row_form import Rows
from genaug_plugins.language.rows import RowWords
from genaug_plugins.language.vocabulary import PretrainedVocabulary, Vocabulary, load_own
from genaug_plugins.language.writing import Texts, Writing

TEXT_TOP_P = 0.95
RECORD = "language-model.json"
CONVERSION = "convert the language model"


@dataclass(frozen=True, eq=False)
class _Fitted:
    """What a sampler is made of, and what is saved."""

    settings: LanguageModelGenerator
    spec: SampleSpec
    network: nn.Module
    vocabulary: Vocabulary
    writing: Writing
    counts: Sequence[int]
    history: Mapping[str, Sequence[float]]
    warnings: Sequence[str]

    def sampler(self) -> LanguageSampler:
        """Return the sampler."""
        settings = self.settings
        return LanguageSampler(
            self.spec,
            self.network,
            self.vocabulary.pad,
            self.writing.form(self.vocabulary, _longest(self.network)),
            self.counts,
            settings.attempts,
            settings.sample_batch_size,
            settings.temperature,
            settings.top_p or (TEXT_TOP_P if self.spec.modality == "text" else 1.0),
            self.save,
            self.history,
            self.warnings,
        )

    def save(self, folder: Path) -> None:
        """Write the files that `load` reads."""
        save_network(self.network, folder, self.settings.learned(self.spec.modality))
        if self.settings.model == SCRATCH:
            self.vocabulary.save(folder)
        record = {
            "spec": self.spec.model_dump(mode="json"),
            "writing": self.writing.record(),
            "counts": list(self.counts),
            "history": {name: list(column) for name, column in self.history.items()},
            "warnings": list(self.warnings),
        }
        text = json.dumps(record, ensure_ascii=False)
        (folder / RECORD).write_text(text + "\n", encoding="utf-8")


def fit(settings: LanguageModelGenerator, train: TrainView, context: Context) -> LanguageSampler:
    """Return the sampler of a fitted network; see `LanguageModelGenerator.fit`."""
    spec, samples, device = train.spec, train.samples, torch.device(context.device)
    learned = settings.learned(spec.modality)
    if spec.modality == "text":
        writing: Writing = _texts(settings, spec, list(samples.values), samples.labels)
    else:
        words = RowWords.learn(spec, samples.values)
        free = settings.decoding == "free"
        writing = Rows(words, spec.class_names, free, samples.values, samples.labels)
    counts = samples.per_class(spec.classes).tolist()
    with seeded(device, derive_seed(context.seed, "networks")):
        if settings.model == SCRATCH:
            vocabulary = writing.vocabulary(settings.vocabulary)
            positions = writing.positions(vocabulary)
            network = new_network(
                vocabulary, positions, settings.width, settings.layers, settings.heads, settings.dropout
            ).to(device)
        else:
            network, vocabulary = _pretrained(settings, context)
        if learned == "none":
            return _Fitted(settings, spec, network, vocabulary, writing, counts, {}, ()).sampler()
        if learned == "lora":
            network = with_adapter(network, settings.rank, settings.alpha)
        else:
            network.requires_grad_(True)
        corpus, warnings = writing.corpus(vocabulary, _longest(network))

        def sample(label: int, count: int, seed: int) -> FloatArray:
            now = _Fitted(settings, spec, network, vocabulary, writing, counts, {}, ()).sampler()
            return now.snapshot(label, count, seed)

        run = LanguageRun(
            network,
            corpus,
            samples.labels,
            vocabulary.pad,
            spec,
            settings,
            torch.Generator(device).manual_seed(derive_seed(context.seed, "training")),
            sample,
        )
        result = loop.train(run, context, warnings=warnings)
    return _Fitted(
        settings, spec, result.network, vocabulary, writing, counts, result.history, result.warnings
    ).sampler()


def load(settings: LanguageModelGenerator, folder: Path, context: Context) -> LanguageSampler:
    """Return a saved sampler; see `LanguageModelGenerator.load`."""
    record: dict[str, Any] = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    spec = SampleSpec.model_validate(record["spec"])
    learned, device = settings.learned(spec.modality), torch.device(context.device)
    known = record["writing"]
    if spec.modality == "text":
        labels = np.array(known["labels"], dtype=np.int64)
        writing: Writing = _texts(settings, spec, known["texts"], labels)
    else:
        writing = Rows(RowWords(known["columns"]), spec.class_names, settings.decoding == "free")
    with seeded(device, 0):  # networks draw initial weights that are replaced
        if settings.model == SCRATCH:
            vocabulary: Vocabulary = load_own(folder)
            network = load_network(folder, None)
        else:
            network, vocabulary = _pretrained(settings, context)
            if learned == "full":
                network = load_network(folder, None)
            elif learned == "lora":
                network = load_network(folder, network)
    return _Fitted(
        settings,
        spec,
        network.to(device),
        vocabulary,
        writing,
        record["counts"],
        record["history"],
        record["warnings"],
    ).sampler()


def _texts(settings: LanguageModelGenerator, spec: SampleSpec, texts: list[str], labels: IntArray) -> Texts:
    prompt = settings.prompt if settings.learned("text") == "none" else None
    return Texts(texts, labels, spec.class_names, settings.max_tokens, prompt, settings.shots)


def _pretrained(settings: LanguageModelGenerator, context: Context) -> tuple[nn.Module, Vocabulary]:
    """Return the pretrained network and its vocabulary."""

    def notify(done: int) -> None:
        context.hooks.progressed(task=CONVERSION, done=done, total=1)

    loaded = load_causal(settings.model, context.device, f"generator {settings.name!r}", notify)
    embedding: Any = loaded.network.get_input_embeddings()  # type: ignore[operator]
    return loaded.network, PretrainedVocabulary(loaded.tokenizer, embedding.weight.shape[0])


def _longest(network: Any) -> int:
    """Return the longest sequence that a network reads."""
    return int(getattr(network.config, "max_position_embeddings", 1024))
