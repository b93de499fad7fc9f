"""Language enhancement: a language model writes sentences on a class (He et al. 2023, arXiv 2210.07574)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from genaug_plugins.language.accepting import Verdict, draw_accepted, own_generators
from genaug_plugins.language.drawing import Drawer, Guide
from genaug_plugins.language.lines import LineGuide, line_breaks, plain
from genaug_plugins.language.loading import CausalModel
from genaug_plugins.language.vocabulary import PretrainedVocabulary

TOKENS = 40
"""Maximum number of tokens of a sentence."""
WORDS = (3, 30)
"""Minimum and maximum number of words of a sentence."""
EXAMPLES: Mapping[str, Sequence[str]] = {
    "dog": (
        "a brown dog runs along a beach at sunset",
        "a small dog sleeps on a sofa beside a window",
        "close-up of a wet dog in the rain",
    ),
    "bicycle": (
        "a red bicycle leans against a brick wall",
        "an old bicycle with a basket stands in a narrow street",
        "a bicycle on a mountain path in the fog",
    ),
    "bridge": (
        "a long bridge of steel over a wide river at night",
        "a stone bridge in a park in autumn",
        "view from below of a bridge against a blue sky",
    ),
}
"""Sentences that show the model what is asked for."""


@dataclass(frozen=True)
class Sentences:
    """Sentences on a class.

    Attributes:
        texts: distinct, each with the word of the class; fewer than asked where the attempts ran out.
        refused: number of refused draws by reason.
    """

    texts: tuple[str, ...]
    refused: Mapping[str, int]


def class_sentences(
    model: CausalModel,
    word: str,
    count: int,
    rng: np.random.Generator,
    *,
    temperature: float = 1.0,
    top_p: float = 0.9,
    attempts: int = 10,
    batch_size: int = 16,
) -> Sentences:
    """Return distinct sentences that describe pictures of a class, written by a language model.

    Args:
        model: a pretrained one, which need not follow instructions.
        word: for the class; a sentence without it, or with another case of it, is refused.
        count: how many sentences.
        rng: the only source of randomness.
        temperature: see `Drawer`.
        top_p: see `Drawer`.
        attempts: maximum number of draws of a sentence.
        batch_size: sentences that are drawn at once; it does not change them.
    """
    embedding = model.network.get_input_embeddings()  # type: ignore[operator]
    vocabulary = PretrainedVocabulary(model.tokenizer, embedding.weight.shape[0])
    breaks = line_breaks(vocabulary)
    drawer = Drawer(model.network, vocabulary.pad, batch_size, temperature, top_p)
    others = {name: lines for name, lines in EXAMPLES.items() if name != word.casefold()}
    shown = {plain(line) for lines in EXAMPLES.values() for line in lines}
    named = re.compile(rf"\b{re.escape(word)}(s|es)?\b", re.IGNORECASE)
    rngs = own_generators(count, rng)

    def draw(places: Sequence[int], last: bool) -> list[list[int]]:
        prompts, guides = [], list[Guide]()
        for place in places:
            parts = []
            for name in rngs[place].permutation(sorted(others)).tolist():
                lines = rngs[place].permutation(np.array(others[name])).tolist()
                parts.append(
                    f"Captions of photos with the word {name}:\n" + "".join(f"- {x}\n" for x in lines)
                )
            asked = f"Captions of photos with the word {word}:\n-"
            prompts.append(vocabulary.beginning(0, "\n".join([*parts, asked])))
            guides.append(LineGuide(vocabulary, TOKENS, breaks))
        return drawer(prompts, guides, [rngs[place] for place in places])

    def judge(tokens: list[int]) -> Verdict[list[int]]:
        text = line(tokens)
        words = len(text.split())
        if not WORDS[0] <= words <= WORDS[1] or tokens[-1] not in breaks:
            return Verdict(None, "too short" if words < WORDS[0] else "too long")
        if not named.search(text):
            return Verdict(None, f"without the word {word}")
        return Verdict(None, "copied") if plain(text) in shown else Verdict(tokens)

    def line(tokens: Sequence[int]) -> str:
        return vocabulary.decode(tokens).split("\n")[0].strip()

    accepted = draw_accepted(count, attempts, draw, judge, lambda tokens: plain(line(tokens)))
    texts = [line(tokens) for tokens in accepted.values if tokens is not None]
    return Sentences(tuple(dict.fromkeys(texts)), dict(accepted.refused + accepted.kept))
