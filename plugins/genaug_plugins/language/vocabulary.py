"""Vocabularies: from texts to tokens and back, learned, listed, or those of a pretrained model."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from genaug.errors import MissingWeights

FILE = "vocabulary.json"


class Vocabulary(ABC):
    """Base class of vocabularies.

    Attributes:
        size: number of tokens; a token is an integer from 0 to `size` − 1.
        end: the token that ends a sequence.
        pad: the token that fills up shorter sequences; it is never read.
        never: tokens that are never drawn; `end` is not among them.
    """

    size: int
    end: int
    pad: int
    never: Sequence[int]

    @abstractmethod
    def encode(self, text: str) -> list[int]:
        """Return the tokens of a text, none of which is special."""

    @abstractmethod
    def decode(self, tokens: Sequence[int]) -> str:
        """Return the text of tokens, without special ones."""

    @abstractmethod
    def spelling(self, token: int) -> str:
        """Return what a token stands for in a text; "" for special ones and parts of a character."""

    @abstractmethod
    def beginning(self, label: int, words: str) -> list[int]:
        """Return the tokens before a sequence of a class: its own token, or `words` where there is none."""

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write JSON files."""


class _OwnTokens(Vocabulary):
    """A vocabulary whose special tokens follow `count` others: start, end, padding, one for each class.

    They are no texts, so no text of the data can be taken for one.
    """

    def __init__(self, count: int, classes: int) -> None:
        self._count, self._classes = count, classes
        self._start, self.end, self.pad = count, count + 1, count + 2
        self.size = count + 3 + classes
        self.never = (self._start, self.pad, *range(count + 3, self.size))

    def beginning(self, label: int, words: str) -> list[int]:
        """Return the start and the token of the class."""
        return [self._start, self._count + 3 + label]


class LearnedVocabulary(_OwnTokens):
    """Byte pairs of the training texts (Sennrich et al. 2016, arXiv 1508.07909), so any text has tokens.

    Args:
        tokenizer: of the library tokenizers.
        classes: number of classes.
    """

    def __init__(self, tokenizer: Any, classes: int) -> None:
        super().__init__(tokenizer.get_vocab_size(), classes)
        self._tokenizer = tokenizer

    @classmethod
    def learn(cls, texts: Iterable[str], size: int, classes: int) -> LearnedVocabulary:
        """Return a vocabulary of `size` tokens or fewer; 256 are the bytes alone."""
        from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
        trainer = trainers.BpeTrainer(
            vocab_size=max(size, len(alphabet)), initial_alphabet=alphabet, show_progress=False
        )
        tokenizer.train_from_iterator(texts, trainer)
        return cls(tokenizer, classes)

    def encode(self, text: str) -> list[int]:
        """Return the tokens of a text."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def decode(self, tokens: Sequence[int]) -> str:
        """Return the text; bytes that are no UTF-8 become U+FFFD."""
        return str(self._tokenizer.decode([token for token in tokens if token < self._count]))

    def spelling(self, token: int) -> str:
        """Return the characters of a token."""
        text = self.decode([token])
        return "" if "\ufffd" in text else text

    def save(self, folder: Path) -> None:
        """Write the byte pairs."""
        _write(folder, {"classes": self._classes, "learned": json.loads(self._tokenizer.to_str())})


class ListedVocabulary(_OwnTokens):
    """Given pieces, and single characters for what is none of them: for the sentences of a table.

    Args:
        pieces: distinct, e.g. `` colour is`` and `` red``; those of one character spell other texts.
        classes: number of classes.
    """

    def __init__(self, pieces: Sequence[str], classes: int) -> None:
        super().__init__(len(pieces), classes)
        self._pieces = list(pieces)
        self._numbers = {piece: number for number, piece in enumerate(pieces)}

    def encode(self, text: str) -> list[int]:
        """Return the token of a piece, or those of its characters.

        Raises:
            KeyError: if a character is not a piece.
        """
        if text in self._numbers:
            return [self._numbers[text]]
        return [self._numbers[character] for character in text]

    def decode(self, tokens: Sequence[int]) -> str:
        """Return the pieces, joined."""
        return "".join(self._pieces[token] for token in tokens if token < self._count)

    def spelling(self, token: int) -> str:
        """Return the piece."""
        return self._pieces[token] if token < self._count else ""

    def save(self, folder: Path) -> None:
        """Write the pieces."""
        _write(folder, {"classes": self._classes, "listed": self._pieces})


class PretrainedVocabulary(Vocabulary):
    """The vocabulary of a pretrained model.

    Args:
        tokenizer: of transformers.
        size: number of tokens that the network knows.

    Raises:
        MissingWeights: if no token ends a text.
    """

    def __init__(self, tokenizer: Any, size: int) -> None:
        if tokenizer.eos_token_id is None:
            raise MissingWeights(
                "the tokenizer of the model has no token that ends a text (`eos_token` in "
                "tokenizer_config.json): set one"
            )
        self._tokenizer = tokenizer
        self.size, self.end = size, int(tokenizer.eos_token_id)
        self.pad = self.end if tokenizer.pad_token_id is None else int(tokenizer.pad_token_id)
        special = set(tokenizer.all_special_ids) | set(range(len(tokenizer), size))
        self._special = special
        self.never = tuple(sorted(special - {self.end}))

    def encode(self, text: str) -> list[int]:
        """Return the tokens of a text; special ones that it spells are read as other words are."""
        found = self._tokenizer(text, add_special_tokens=False, split_special_tokens=True)
        return list(found["input_ids"])

    def decode(self, tokens: Sequence[int]) -> str:
        """Return the text."""
        return str(
            self._tokenizer.decode(list(tokens), skip_special_tokens=True, clean_up_tokenization_spaces=False)
        )

    def spelling(self, token: int) -> str:
        """Return the characters of a token; a space stands for the mark of a word's beginning."""
        if token in self._special:
            return ""
        piece = str(self._tokenizer.convert_ids_to_tokens(token))
        return piece.replace("\u2581", " ").replace("\u0120", " ").replace("\u010a", "\n")

    def beginning(self, label: int, words: str) -> list[int]:
        """Return the model's first token, and the words."""
        start = self._tokenizer.bos_token_id
        return [self.end if start is None else int(start), *self.encode(words)]

    def save(self, folder: Path) -> None:
        """Write the tokenizer as transformers does."""
        self._tokenizer.save_pretrained(folder)
        for path in folder.iterdir():  # a chat template, a model card
            if path.suffix not in (".json", ".safetensors"):
                path.unlink()


def load_own(folder: Path) -> LearnedVocabulary | ListedVocabulary:
    """Return a learned or listed vocabulary that was saved."""
    record = json.loads((folder / FILE).read_text(encoding="utf-8"))
    if "listed" in record:
        return ListedVocabulary(record["listed"], record["classes"])
    from tokenizers import Tokenizer

    return LearnedVocabulary(Tokenizer.from_str(json.dumps(record["learned"])), record["classes"])


def _write(folder: Path, record: dict[str, Any]) -> None:
    (folder / FILE).write_text(json.dumps(record, ensure_ascii=False) + "\n", encoding="utf-8")
