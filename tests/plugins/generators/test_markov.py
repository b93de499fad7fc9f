"""The Markov chain of words."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from genaug.data import Request, Samples, SampleSpec, TrainView
from genaug.data.encoding import object_array
from genaug.errors import DataError
from genaug.testing import Material
from genaug_plugins.generators.markov import MarkovGenerator, MarkovSampler

SPEC = SampleSpec(modality="text", shape=(), class_names=("cat", "dog", "none"))
CONTEXT = Material().context()
TEXTS = ["the cat sat on the mat", "the cat ran to the door", "a cat sat by the door", "my dog  barks\nat me"]


def fit(texts: list[str] = TEXTS, labels: tuple[int, ...] = (0, 0, 0, 1), **settings: int) -> MarkovSampler:
    train = TrainView(SPEC, Samples(object_array(texts), np.array(labels)))
    return MarkovGenerator(**settings).fit(train, CONTEXT)


def drawn(sampler: MarkovSampler, label: int, count: int) -> list[str]:
    return sampler.sample(Request(label, count), np.random.default_rng(0)).values.tolist()


def test_each_pair_of_words_was_seen_in_the_class() -> None:
    made = drawn(fit(order=1, min_count=1), 0, 50)
    pairs = {pair for text in TEXTS[:3] for pair in itertools.pairwise(text.split())}
    assert all(
        pair in pairs for text in made for words in [text.split()] for pair in itertools.pairwise(words)
    )
    assert all(text.split()[0] in ("the", "a") for text in made)
    assert all(text.split()[-1] in ("mat", "door") for text in made if len(text.split()) < 12)
    assert not set(made) & set(TEXTS)
    assert len(set(made)) > 10


def test_frequencies_are_those_of_the_counts() -> None:
    sampler = fit(["x a", "x a", "x a", "x b"], (0, 0, 0, 0), order=1, min_count=1)
    sampler._training = set()  # here copies are wanted
    made = drawn(sampler, 0, 4000)
    assert abs(made.count("x a") / 4000 - 0.75) < 0.03


def test_a_context_seen_too_rarely_backs_off_to_fewer_words() -> None:
    texts = ["p q r", "s q t", "u q t"]
    sampler = fit(texts, (0, 0, 0), order=2, min_count=2)
    assert sampler._followers(0, [0, 1]) == sampler._next[0][(1,)]  # after "p q" once: what follows q
    assert sorted(sampler._followers(0, [1])) != []
    eager = fit(texts, (0, 0, 0), order=2, min_count=1)
    assert [eager._vocabulary[token] for token in eager._followers(0, [0, 1])] == ["r"]


def test_a_class_of_one_text_still_gives_texts() -> None:
    assert all(drawn(fit(), 1, 5))


def test_what_it_cannot_learn_is_named() -> None:
    with pytest.raises(DataError, match=r"'none' cannot be sampled.*cat, dog"):
        drawn(fit(), 2, 1)
    with pytest.raises(DataError, match="makes texts, not image samples"):
        MarkovGenerator().fit(Material().train(), CONTEXT)


def test_it_comes_back_from_its_folder(tmp_path: Path) -> None:
    sampler = fit()
    sampler.save(tmp_path)
    assert drawn(MarkovGenerator().load(tmp_path, CONTEXT), 0, 20) == drawn(sampler, 0, 20)
