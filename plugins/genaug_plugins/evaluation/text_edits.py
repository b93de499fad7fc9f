"""Simple augmentation of texts: words are deleted and swapped."""

import numpy as np

CHANGED = 0.1
"""Share of the words that are deleted, and share of those that are swapped."""


def edited(text: str, rng: np.random.Generator) -> str:
    """Return a text with a tenth of its words deleted and a tenth swapped, at random; never empty.

    Two of the four operations of EDA (Wei & Zou 2019, arXiv 1901.11196); the other two need synonyms.
    """
    words = text.split()
    kept = [word for word in words if rng.random() >= CHANGED] or words
    for _ in range(int(rng.binomial(len(kept), CHANGED))):
        one, other = rng.integers(len(kept), size=2)
        kept[one], kept[other] = kept[other], kept[one]
    return " ".join(kept)
