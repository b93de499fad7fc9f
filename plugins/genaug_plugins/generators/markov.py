"""A simple generator of texts: a Markov chain over words for each class."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genaug import Context, Generator, Sampler
from genaug.data import Request, Samples, SampleSpec, TrainView
from genaug.data.encoding import object_array
from genaug.errors import DataError

TENSORS = "markov.safetensors"
RECORD = "markov.json"
END = -1
"""The token that ends a text."""
START = -2
"""The token before the first word."""
ATTEMPTS = 20
"""Maximum number of draws for a text that is not a training text."""


class MarkovGenerator(Generator):
    """Learn which word follows which in the texts of each class: an n-gram model with back-off.

    The next word is drawn from those that followed the last `order` words in the class; if these occur fewer
    than `min_count` times, from those that followed the last `order` − 1 words, and so on (Katz 1987, without
    discounts). Words are separated by white space, so generated texts have single spaces.
    A text that equals a training text is drawn again, up to 20 times.

    It is a baseline, which a useful generator should exceed: it models `order` + 1 consecutive words and no
    meaning.
    """

    name: ClassVar[str] = "markov"
    given_capabilities: ClassVar[frozenset[str]] = frozenset({"class-conditional"})

    order: int = Field(default=2, ge=1, le=8)
    """Maximum number of words that the next one depends on."""
    min_count: int = Field(default=2, ge=1)
    """Minimum number of occurrences of the last words in the class; otherwise fewer of them are used."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for samples that are not texts.

        Raises:
            DataError: naming the modality.
        """
        if spec.modality != "text":
            raise DataError(f"the generator {self.name!r} makes texts, not {spec.modality} samples")

    def fit(self, train: TrainView, context: Context) -> MarkovSampler:
        """Count; nothing is random.

        Raises:
            DataError: if the samples are not texts, or there are none.
        """
        self.check_usable(train.spec)
        if not len(train.samples):
            raise DataError(f"{self.name} needs at least one training text")
        words = [text.split() for text in train.samples.values]
        vocabulary = sorted({word for text in words for word in text})
        numbers = {word: number for number, word in enumerate(vocabulary)}
        tokens = [np.array([numbers[word] for word in text] + [END], dtype=np.int64) for text in words]
        return MarkovSampler(train.spec, vocabulary, tokens, train.samples.labels, self.order, self.min_count)

    def load(self, folder: Path, context: Context) -> MarkovSampler:
        """Return a saved sampler; the context is not used."""
        from safetensors.numpy import load_file

        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        tensors = load_file(folder / TENSORS)
        tokens = np.split(tensors["tokens"], np.flatnonzero(tensors["tokens"] == END) + 1)[:-1]
        spec = SampleSpec.model_validate(record["spec"])
        return MarkovSampler(
            spec, record["vocabulary"], tokens, tensors["labels"], record["order"], record["min_count"]
        )


class MarkovSampler(Sampler):
    """Sampler of texts, word by word.

    Args:
        spec: of its samples.
        vocabulary: the words; a token is an index into it.
        tokens: those of each training text, with -1 at the end.
        labels: int64, the class of each training text.
        order: maximum number of words that the next one depends on.
        min_count: minimum number of occurrences of these words in the class.
    """

    capabilities = frozenset({"class-conditional"})

    def __init__(
        self,
        spec: SampleSpec,
        vocabulary: list[str],
        tokens: list[NDArray[np.int64]],
        labels: NDArray[np.int64],
        order: int,
        min_count: int,
    ) -> None:
        self.spec = spec
        self._vocabulary, self._tokens, self._labels = vocabulary, tokens, labels
        self._order, self._min_count = order, min_count
        self._longest = 2 * max(len(text) for text in tokens)
        self._training = {tuple(text.tolist()) for text in tokens}
        self._next: list[dict[tuple[int, ...], list[int]]] = [{} for _ in range(spec.classes)]
        for label, text in zip(labels.tolist(), tokens, strict=True):
            seen = text.tolist()
            for place, token in enumerate(seen):
                for length in range(min(order, place) + 1):
                    before = seen[place - length : place]
                    if length == place:
                        self._next[label].setdefault((START, *before), []).append(token)
                    if place:
                        self._next[label].setdefault(tuple(before), []).append(token)

    def sample(self, request: Request, rng: np.random.Generator) -> Samples:
        """Return `request.count` texts.

        Raises:
            DataError: if the class had no training texts.
        """
        if not self._next[request.label]:
            known = ", ".join(self.spec.class_names[label] for label in np.unique(self._labels))
            raise DataError(
                f"class {self.spec.class_names[request.label]!r} cannot be sampled: it had no training "
                f"texts; the classes learned are {known}"
            )
        texts = []
        for _ in range(request.count):
            for _ in range(ATTEMPTS):
                tokens = self._draw(request.label, rng)
                if tuple(tokens) not in self._training:
                    break
            texts.append(" ".join(self._vocabulary[token] for token in tokens if token != END))
        return Samples(object_array(texts), np.full(request.count, request.label, dtype=np.int64))

    def save(self, folder: Path) -> None:
        """Write the training texts as tokens; the counts follow from them."""
        from safetensors.numpy import save_file

        save_file({"tokens": np.concatenate(self._tokens), "labels": self._labels}, folder / TENSORS)
        record = {
            "spec": self.spec.model_dump(mode="json"),
            "vocabulary": self._vocabulary,
            "order": self._order,
            "min_count": self._min_count,
        }
        (folder / RECORD).write_text(
            json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )

    def _draw(self, label: int, rng: np.random.Generator) -> list[int]:
        """Return the tokens of one text, including its end."""
        tokens: list[int] = []
        while len(tokens) < self._longest and (not tokens or tokens[-1] != END):
            follow = self._followers(label, tokens)
            tokens.append(follow[int(rng.integers(len(follow)))])
        return tokens if tokens[-1] == END else [*tokens, END]

    def _followers(self, label: int, tokens: list[int]) -> list[int]:
        """Return the tokens that followed the longest context with enough occurrences."""
        known = self._next[label]
        if not tokens:
            return known[(START,)]
        for length in range(min(self._order, len(tokens)), 0, -1):
            before = tuple(tokens[-length:])
            contexts = [(START, *before), before] if length == len(tokens) else [before]
            for context in contexts:
                if len(follow := known.get(context, [])) >= self._min_count:
                    return follow
        return known[()]
