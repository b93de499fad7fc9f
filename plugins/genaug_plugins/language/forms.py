"""What a causal language model writes: the interface of texts and of rows, and texts themselves."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genaug.data.encoding import object_array
from genaug_plugins.language.accepting import Verdict
from genaug_plugins.language.drawing import Guide
from genaug_plugins.language.lines import LineGuide, TextGuide, TextJudge, line_breaks, plain
from genaug_plugins.language.vocabulary import LearnedVocabulary, Vocabulary

ASIDE = 8
"""Tokens that a prompt leaves free of the network's longest sequence, beside those that are drawn."""


class Form(ABC):
    """Base class of what is written: samples as tokens, and back."""

    repeats = True
    """Whether samples may be equal."""

    @abstractmethod
    def begin(self, label: int, rng: np.random.Generator, last: bool) -> tuple[list[int], Guide]:
        """Return the tokens before a sample of a class, and its guide.

        Args:
            label: the class.
            rng: of this sample.
            last: whether it is the last time that this sample is drawn.
        """

    @abstractmethod
    def judge(self, tokens: Sequence[int], guide: Guide) -> Verdict[Any]:
        """Return the verdict on what was drawn."""

    @abstractmethod
    def values(self, made: Sequence[Any]) -> NDArray[Any]:
        """Return the values of samples, ``[N, *shape]``."""


class TextForm(Form):
    """Texts of a network that was trained on a `TextCorpus`.

    Args:
        beginnings: the tokens before a text of each class.
        vocabulary: of the network.
        most: maximum number of tokens of a text.
        whole: whether each training text has an end within `most` tokens, so that others are unfinished.
        training: the training texts.
    """

    repeats = False

    def __init__(
        self,
        beginnings: Sequence[Sequence[int]],
        vocabulary: Vocabulary,
        most: int,
        whole: bool,
        training: Sequence[str],
    ) -> None:
        self._beginnings, self._vocabulary, self._most = beginnings, vocabulary, most
        self._whole, self._judge = whole, TextJudge(training)
        self._stripped = not isinstance(vocabulary, LearnedVocabulary)

    def begin(self, label: int, rng: np.random.Generator, last: bool) -> tuple[list[int], Guide]:
        """Return the beginning of the class."""
        return list(self._beginnings[label]), TextGuide(self._vocabulary, self._most)

    def judge(self, tokens: Sequence[int], guide: Guide) -> Verdict[str]:
        """Return the verdict on a text."""
        ended = bool(tokens) and tokens[-1] == self._vocabulary.end
        text = self._vocabulary.decode(tokens[:-1] if ended else tokens)
        return self._judge(text.strip() if self._stripped else text, ended or not self._whole)

    def values(self, made: Sequence[Any]) -> NDArray[Any]:
        """Return an array of strings."""
        return object_array(list(made))


class PromptForm(Form):
    """Texts of a pretrained network that sees some training texts of the class in its prompt.

    Args:
        instruction: the first line; {class} stands for the name of the class.
        class_names: of the classes.
        texts: the N training texts.
        labels: int64 ``[N]``, their classes.
        shots: number of training texts in a prompt.
        vocabulary: of the network.
        most: maximum number of tokens of a text.
        context: longest sequence that the network reads.
    """

    repeats = False

    def __init__(
        self,
        instruction: str,
        class_names: Sequence[str],
        texts: Sequence[str],
        labels: NDArray[np.int64],
        shots: int,
        vocabulary: Vocabulary,
        most: int,
        context: int,
    ) -> None:
        self._instruction, self._names, self._shots = instruction, class_names, shots
        self._lines = [
            [" ".join(text.split()) for text, own in zip(texts, labels, strict=True) if own == label]
            for label in range(len(class_names))
        ]
        self._vocabulary, self._most, self._context = vocabulary, most, context
        self._judge, self._breaks = TextJudge(texts), line_breaks(vocabulary)

    def begin(self, label: int, rng: np.random.Generator, last: bool) -> tuple[list[int], Guide]:
        """Return a prompt with training texts of the class, drawn without replacement."""
        lines = self._lines[label]
        chosen = rng.permutation(len(lines))[: self._shots]
        first = self._instruction.replace("{class}", self._names[label])
        while True:
            listed = "".join(f"\n- {lines[number]}" for number in chosen)
            prompt = self._vocabulary.beginning(label, f"{first}{listed}\n-")
            if len(prompt) + self._most + ASIDE <= self._context or len(chosen) <= 1:
                break
            chosen = chosen[:-1]
        room = max(self._context - self._most - ASIDE, ASIDE)
        return prompt[-room:], LineGuide(self._vocabulary, self._most, self._breaks)

    def judge(self, tokens: Sequence[int], guide: Guide) -> Verdict[str]:
        """Return the verdict on a line."""
        text = self._vocabulary.decode(tokens)
        ended = tokens[-1] in self._breaks or tokens[-1] == self._vocabulary.end
        return self._judge(text.split("\n")[0].strip(), ended)

    def values(self, made: Sequence[Any]) -> NDArray[Any]:
        """Return an array of strings."""
        return object_array(list(made))


def repeated(value: Any) -> object:
    """Return what is equal for samples that repeat one another."""
    return plain(value) if isinstance(value, str) else value
