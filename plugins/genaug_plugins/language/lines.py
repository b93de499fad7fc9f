"""Texts for a causal language model: what is learned, what is drawn, and what is refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from genaug_plugins.language.accepting import Verdict
from genaug_plugins.language.vocabulary import LearnedVocabulary, Vocabulary

REPLACED = "\ufffd"
"""Stands for bytes that are no text."""


def plain(text: str) -> str:
    """Return a text with single spaces and in lower case, to compare it with others."""
    return " ".join(text.split()).casefold()


class TextCorpus:
    """Training texts as sequences: the beginning of the class, the text, and its end.

    Args:
        texts: N training texts.
        labels: int64 ``[N]``.
        class_names: of the classes.
        vocabulary: of the network.
        most: maximum number of tokens of a text; the rest of a longer one is not learned.
        longest: maximum number of tokens of a sequence.
    """

    shuffled = 0

    def __init__(
        self,
        texts: Iterable[str],
        labels: Sequence[int],
        class_names: Sequence[str],
        vocabulary: Vocabulary,
        most: int,
        longest: int,
    ) -> None:
        self.beginnings = [vocabulary.beginning(label, f"{name}:") for label, name in enumerate(class_names)]
        self.most = most = min(most, longest - max(map(len, self.beginnings)))
        """Maximum number of tokens of a text."""
        space = "" if isinstance(vocabulary, LearnedVocabulary) else " "
        tokens = [[*vocabulary.encode(space + text), vocabulary.end] for text in texts]
        self.cut = sum(len(text) > most for text in tokens)
        """Number of texts that are not learned to their end."""
        self.longest = max(len(text) for text in tokens)
        """Tokens of the longest text, with its end."""
        self._sequences = [
            ([*self.beginnings[label], *text[:most]], len(self.beginnings[label]))
            for label, text in zip(labels, tokens, strict=True)
        ]

    def sequence(self, row: int, order: NDArray[np.int64]) -> tuple[list[int], int]:
        """Return the tokens of a text, and how many are its beginning; the order means nothing."""
        return self._sequences[row]


class TextGuide:
    """A text of any tokens that ends with the end token, or after `most` tokens; it is not empty."""

    def __init__(self, vocabulary: Vocabulary, most: int) -> None:
        self._end, self._most = vocabulary.end, most
        self._never = list(vocabulary.never)

    def done(self, made: Sequence[int]) -> bool:
        """Return whether the end was drawn, or there are `most` tokens."""
        return len(made) >= self._most or (bool(made) and made[-1] == self._end)

    def allowed(self, made: Sequence[int]) -> None:
        """Allow all but the banned tokens."""

    def banned(self, made: Sequence[int]) -> Sequence[int]:
        """Ban special tokens, and the end at the beginning."""
        return self._never if made else [*self._never, self._end]


class LineGuide:
    """A line of a pretrained model: it ends with a line break, the end token, or after `most` tokens."""

    def __init__(self, vocabulary: Vocabulary, most: int, breaks: frozenset[int]) -> None:
        self._ends, self._most, self._never = breaks | {vocabulary.end}, most, list(vocabulary.never)

    def done(self, made: Sequence[int]) -> bool:
        """Return whether the line has ended."""
        return len(made) >= self._most or (bool(made) and made[-1] in self._ends)

    def allowed(self, made: Sequence[int]) -> None:
        """Allow all but the banned tokens."""

    def banned(self, made: Sequence[int]) -> Sequence[int]:
        """Ban special tokens, and the end of the line at its beginning."""
        return self._never if made else [*self._never, *self._ends]


class TextJudge:
    """Judges texts: empty ones, copies of training texts, broken bytes, and unfinished ones are refused.

    Texts that differ in white space or case alone are the same.

    Args:
        training: the training texts.
    """

    def __init__(self, training: Iterable[str]) -> None:
        texts = list(training)
        self._known = {plain(text) for text in texts}
        self._broken = any(REPLACED in text for text in texts)

    def __call__(self, text: str, finished: bool) -> Verdict[str]:
        """Return the verdict on a text, and whether its end was drawn."""
        if not text.strip():
            return Verdict(None, "empty")
        if REPLACED in text and not self._broken:
            return Verdict(text, "not a text")
        if plain(text) in self._known:
            return Verdict(text, "copied")
        return Verdict(text, "" if finished else "unfinished")


def line_breaks(vocabulary: Vocabulary) -> frozenset[int]:
    """Return the tokens with a line break in them."""
    return frozenset(token for token in range(vocabulary.size) if "\n" in vocabulary.spelling(token))
