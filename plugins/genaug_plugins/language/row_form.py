"""Rows for a causal language model: what is learned, and what is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genaug.data.samples import IntArray
from genaug.errors import DataError
from genaug_plugins.language.accepting import Verdict
from genaug_plugins.language.drawing import Guide
from genaug_plugins.language.forms import Form
from genaug_plugins.language.learning import Corpus
from genaug_plugins.language.lines import TextGuide
from genaug_plugins.language.row_guide import RowChoices, RowGuide
from genaug_plugins.language.rows import SEPARATOR, RowWords
from genaug_plugins.language.vocabulary import ListedVocabulary, Vocabulary
from genaug_plugins.language.writing import Writing

FREE = 1.5
"""A sentence that is drawn freely has at most this many times the tokens of the longest one."""


class RowCorpus:
    """Training rows as sentences: the beginning of the class, the columns in random order, the end.

    Args:
        beginnings: tokens before a sentence of each class.
        choices: of the table.
        values: ``[N, D]``.
        labels: int64 ``[N]``.
    """

    def __init__(
        self,
        beginnings: Sequence[Sequence[int]],
        choices: RowChoices,
        values: NDArray[np.float64],
        labels: IntArray,
    ) -> None:
        encode, words = choices.vocabulary.encode, choices.words
        self.shuffled = values.shape[1]
        self._beginnings, self._labels = beginnings, labels
        self._separator, self._end = choices.separator, choices.vocabulary.end
        self._cells = [
            [
                [*choices.names[number], *encode(f" {words.cell(number, value)}")]
                for number, value in enumerate(row)
            ]
            for row in values.tolist()
        ]

    def sequence(self, row: int, order: NDArray[np.int64]) -> tuple[list[int], int]:
        """Return the tokens of a row in an order of its columns, and how many are its beginning."""
        tokens = list(self._beginnings[int(self._labels[row])])
        given = len(tokens)
        for place, number in enumerate(order.tolist()):
            tokens += [*(self._separator if place else ()), *self._cells[row][number]]
        return [*tokens, self._end], given


class RowForm(Form):
    """Rows of a network that was trained on a `RowCorpus`.

    Args:
        beginnings: tokens before a sentence of each class.
        choices: of the table.
        free: draw sentences of any tokens, and draw invalid ones again, as GReaT does; the last attempt is
            guided. False: all are guided, so that each is valid.
        most: maximum number of tokens of a free sentence.
    """

    def __init__(
        self, beginnings: Sequence[Sequence[int]], choices: RowChoices, free: bool, most: int
    ) -> None:
        self._beginnings, self._choices, self._free, self._most = beginnings, choices, free, most

    def begin(self, label: int, rng: np.random.Generator, last: bool) -> tuple[list[int], Guide]:
        """Return the beginning of the class, and a guide with a random order of the columns."""
        order = rng.permutation(len(self._choices.names)).tolist()
        if self._free and not last:
            return list(self._beginnings[label]), TextGuide(self._choices.vocabulary, self._most)
        return list(self._beginnings[label]), RowGuide(self._choices, order)

    def judge(self, tokens: Sequence[int], guide: Guide) -> Verdict[Any]:
        """Return the row, or that it is invalid."""
        vocabulary, words = self._choices.vocabulary, self._choices.words
        if isinstance(guide, RowGuide):
            cells = {}
            for number, spelled in guide.spelled.items():
                word = "".join(vocabulary.spelling(token) for token in spelled)
                by_tokens = self._choices.word(number, tuple(spelled))
                cells[number] = words.value(number, word[1:] if by_tokens is None else by_tokens)
            row = [cells[number] for number in range(len(words.names))]
            return Verdict(None if None in row else np.array(row, dtype=np.float64))
        if not tokens or tokens[-1] != vocabulary.end:
            return Verdict(None, "unfinished")
        sentence = vocabulary.decode(tokens[:-1])
        found = words.row(sentence if sentence.startswith(" ") else f" {sentence}")
        return Verdict(None, "invalid") if found is None else Verdict(found)

    def values(self, made: Sequence[Any]) -> NDArray[Any]:
        """Return rows ``[N, D]``."""
        return np.stack(made)


@dataclass(frozen=True, eq=False)
class Rows(Writing):
    """Training rows.

    Attributes:
        words: of the table.
        class_names: of the classes.
        free: see `RowForm`.
        values: ``[N, D]``, and
        labels: int64 ``[N]``, of the training rows; None where the network has learned already.
    """

    words: RowWords
    class_names: Sequence[str]
    free: bool
    values: NDArray[np.float64] | None = None
    labels: IntArray | None = None

    def vocabulary(self, size: int) -> Vocabulary:
        """Return a vocabulary of the names, words and characters of the table; it has no other size."""
        return ListedVocabulary(self.words.pieces, len(self.class_names))

    def positions(self, vocabulary: Vocabulary) -> int:
        """Return the length of the longest sentence with its beginning, drawn freely or not."""
        longest = RowChoices(self.words, vocabulary).longest()
        return int(FREE * longest) + max(map(len, self._beginnings(vocabulary)))

    def corpus(self, vocabulary: Vocabulary, longest: int) -> tuple[Corpus, list[str]]:
        """Return the rows as sentences.

        Raises:
            DataError: if a sentence can be longer than what the network reads.
        """
        assert self.values is not None
        assert self.labels is not None
        choices = RowChoices(self.words, vocabulary)
        needed = choices.longest() + max(map(len, self._beginnings(vocabulary)))
        if needed > longest:
            raise DataError(
                f"a row of this table can have {needed:,} tokens, and the model reads {longest:,}: leave "
                "columns out, or use a model that reads more"
            )
        return RowCorpus(self._beginnings(vocabulary), choices, self.values, self.labels), []

    def form(self, vocabulary: Vocabulary, longest: int) -> Form:
        """Return rows like these."""
        choices, beginnings = RowChoices(self.words, vocabulary), self._beginnings(vocabulary)
        most = min(int(FREE * choices.longest()), longest - max(map(len, beginnings)))
        return RowForm(beginnings, choices, self.free, most)

    def record(self) -> Mapping[str, Any]:
        """Return the words."""
        return {"columns": self.words.columns}

    def _beginnings(self, vocabulary: Vocabulary) -> list[list[int]]:
        return [
            vocabulary.beginning(label, f"class is {name}{SEPARATOR}")
            for label, name in enumerate(self.class_names)
        ]
