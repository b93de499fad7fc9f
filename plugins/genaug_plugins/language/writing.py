"""How samples become sequences of tokens: what is known of the training samples, in fits and afterwards."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from genaug.data.samples import IntArray
from genaug_plugins.language.forms import Form, PromptForm, TextForm
from genaug_plugins.language.learning import Corpus
from genaug_plugins.language.lines import TextCorpus
from genaug_plugins.language.vocabulary import LearnedVocabulary, Vocabulary


class Writing(ABC):
    """Base class of what is known of the training samples."""

    @abstractmethod
    def vocabulary(self, size: int) -> Vocabulary:
        """Return a vocabulary for a new network, of `size` tokens or fewer where that can be chosen."""

    @abstractmethod
    def positions(self, vocabulary: Vocabulary) -> int:
        """Return the length of the longest sequence that is learned or drawn."""

    @abstractmethod
    def corpus(self, vocabulary: Vocabulary, longest: int) -> tuple[Corpus, list[str]]:
        """Return the sequences that are learned, and warnings.

        Args:
            vocabulary: of the network.
            longest: sequence that the network reads.
        """

    @abstractmethod
    def form(self, vocabulary: Vocabulary, longest: int) -> Form:
        """Return what is drawn; see `corpus`."""

    @abstractmethod
    def record(self) -> Mapping[str, Any]:
        """Return what is saved, as plain JSON."""


@dataclass(frozen=True, eq=False)
class Texts(Writing):
    """Training texts.

    Attributes:
        texts: N of them.
        labels: int64 ``[N]``, their classes.
        class_names: of the classes.
        most: maximum number of tokens of a text.
        prompt: first line of a prompt, for a network that learns nothing; None: it learns the texts.
        shots: number of training texts in a prompt.
    """

    texts: Sequence[str]
    labels: IntArray
    class_names: Sequence[str]
    most: int
    prompt: str | None
    shots: int

    def vocabulary(self, size: int) -> Vocabulary:
        """Return byte pairs of the texts."""
        return LearnedVocabulary.learn(self.texts, size, len(self.class_names))

    def positions(self, vocabulary: Vocabulary) -> int:
        """Return the length of the longest text with its beginning."""
        corpus = self._corpus(vocabulary, 2**30)
        return min(corpus.longest, self.most) + max(map(len, corpus.beginnings))

    def corpus(self, vocabulary: Vocabulary, longest: int) -> tuple[Corpus, list[str]]:
        """Return the texts as sequences."""
        corpus = self._corpus(vocabulary, longest)
        if not corpus.cut:
            return corpus, []
        return corpus, [
            f"{corpus.cut:,} of {len(self.texts):,} texts have more than {corpus.most} tokens, and the rest "
            "of them is not learned: raise `max_tokens`, or `vocabulary`"
        ]

    def form(self, vocabulary: Vocabulary, longest: int) -> Form:
        """Return texts like these, by what was learned or by a prompt."""
        if self.prompt is not None:
            return PromptForm(
                self.prompt,
                self.class_names,
                self.texts,
                self.labels,
                self.shots,
                vocabulary,
                self.most,
                longest,
            )
        corpus = self._corpus(vocabulary, longest)
        most = min(corpus.longest, corpus.most)
        return TextForm(corpus.beginnings, vocabulary, most, not corpus.cut, self.texts)

    def record(self) -> Mapping[str, Any]:
        """Return the texts and their classes."""
        return {"texts": list(self.texts), "labels": self.labels.tolist()}

    def _corpus(self, vocabulary: Vocabulary, longest: int) -> TextCorpus:
        return TextCorpus(self.texts, self.labels.tolist(), self.class_names, vocabulary, self.most, longest)
