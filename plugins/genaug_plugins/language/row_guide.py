"""Guides a network through a sentence: it chooses values, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from genaug_plugins.language.rows import IS, SEPARATOR, RowWords
from genaug_plugins.language.vocabulary import Vocabulary

NUMBER_PART = re.compile(r" ?-?[0-9]*\.?[0-9]*", re.ASCII)
STOP = -1
"""Stands for the end of a value."""


class RowChoices:
    """The tokens that may come next in a value of each column.

    Values of columns with words are those words; numbers are in the column's form and within its bounds,
    whatever comes next.

    Args:
        words: of the table.
        vocabulary: of the network.
    """

    def __init__(self, words: RowWords, vocabulary: Vocabulary) -> None:
        self.words, self.vocabulary = words, vocabulary
        self.names = [vocabulary.encode(f" {name}{IS}") for name in words.names]
        self.separator = vocabulary.encode(SEPARATOR)
        self._spelled: list[dict[tuple[int, ...], str]] = [{} for _ in words.names]
        self._worded = [self._words_of(number) for number in range(len(words.names))]
        self.next = lru_cache(maxsize=1 << 16)(self._next)
        """``(column, tokens of its value so far) -> tokens`` that may come next; `STOP` for the end."""

    def _words_of(self, number: int) -> dict[tuple[int, ...], set[int]]:
        """Return what follows each beginning of a word of a column."""
        gap = self.words.gaps[number]
        found: dict[tuple[int, ...], set[int]] = {}
        for word in [*self.words.codes[number], *([] if gap is None else [gap])]:
            tokens = self.vocabulary.encode(f" {word}")
            self._spelled[number][tuple(tokens)] = word
            for length in range(len(tokens) + 1):
                follow = tokens[length] if length < len(tokens) else STOP
                found.setdefault(tuple(tokens[:length]), set()).add(follow)
        return found

    def word(self, number: int, tokens: tuple[int, ...]) -> str | None:
        """Return the word of a column with these tokens; None if they are a number."""
        return self._spelled[number].get(tokens)

    @cached_property
    def _number_parts(self) -> list[tuple[int, str]]:
        spelled = ((token, self.vocabulary.spelling(token)) for token in range(self.vocabulary.size))
        return [(token, text) for token, text in spelled if text and NUMBER_PART.fullmatch(text)]

    def _next(self, number: int, value: tuple[int, ...]) -> NDArray[np.int64]:
        found = set(self._worded[number].get(value, ()))
        numbers = self.words.numbers[number]
        if numbers is not None:
            text = "".join(self.vocabulary.spelling(token) for token in value)
            if not value or text.startswith(" "):
                for token, part in self._number_parts:
                    longer = text + part
                    if longer.startswith(" ") and numbers.possible(longer[1:]):
                        found.add(token)
                if value and numbers.complete(text[1:]):
                    found.add(STOP)
        return np.array(sorted(found), dtype=np.int64)

    def longest(self, numbers_tokens: int = 24) -> int:
        """Return the number of tokens of the longest sentence, with its end."""
        total = 0
        for number, name in enumerate(self.names):
            words = [len(tokens) for tokens in self._worded[number]]
            digits = numbers_tokens if self.words.numbers[number] is not None else 0
            total += len(name) + max([*words, digits], default=0) + len(self.separator)
        return total + 1


class RowGuide:
    """A sentence whose columns come in a given order.

    Args:
        choices: of the table.
        order: a permutation of the columns.
    """

    def __init__(self, choices: RowChoices, order: Sequence[int]) -> None:
        self._choices, self._order, self._end = choices, list(order), choices.vocabulary.end
        self._place, self._read = 0, 0
        self._forced = list(choices.names[self._order[0]])
        self._value: list[int] = []
        self.spelled: dict[int, list[int]] = {}
        """The tokens of the value of each column so far."""
        self._ended = False

    def done(self, made: Sequence[int]) -> bool:
        """Return whether the last column has a value."""
        for token in made[self._read :]:
            self._take(token)
        self._read = len(made)
        return self._ended

    def allowed(self, made: Sequence[int]) -> NDArray[np.int64]:
        """Return what may come next: a word of the sentence, or the tokens of a value."""
        self.done(made)
        if self._forced:
            return np.array(self._forced[:1], dtype=np.int64)
        column = self._order[self._place]
        follow = self._choices.next(column, tuple(self._value))
        return np.where(follow == STOP, self._stop, follow)

    def banned(self, made: Sequence[int]) -> Sequence[int]:
        """Ban nothing: `allowed` says what is possible."""
        return ()

    @property
    def _stop(self) -> int:
        last = self._place == len(self._order) - 1
        return self._end if last else self._choices.separator[0]

    def _take(self, token: int) -> None:
        if self._forced:
            self._forced.pop(0)
            return
        column = self._order[self._place]
        if token != self._stop:
            self._value.append(token)
            return
        self.spelled[column], self._value = self._value, []
        self._place += 1
        self._ended = self._place == len(self._order)
        if not self._ended:
            following = self._choices.names[self._order[self._place]]
            self._forced = [*self._choices.separator[1:], *following]
