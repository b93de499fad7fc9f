"""The cheap baselines of tables and texts keep to what a sample is."""

import numpy as np

from genaug.data import Column, Samples, SampleSpec
from genaug.data.encoding import object_array
from genaug.testing import Material
from genaug_plugins.evaluation.baselines import classical
from genaug_plugins.evaluation.neighbour_interpolation import mixed_smote

RNG = np.random.default_rng


def test_rows_agree_with_the_spec_and_are_between_real_rows() -> None:
    train = Material.of_table().train()
    wanted = np.array([7, 0, 3])
    made = classical(train.samples, wanted, train.spec, RNG(0))
    train.spec.check_values(made.values)
    assert made.per_class(3).tolist() == wanted.tolist()
    for label in (0, 2):
        own = train.samples.values[train.samples.labels == label]
        new = made.values[made.labels == label]
        assert (np.nanmin(new, axis=0) >= np.nanmin(own, axis=0)).all()
        assert (np.nanmax(new, axis=0) <= np.nanmax(own, axis=0)).all()


def test_smote_of_two_rows_is_on_the_line_between_them() -> None:
    spec = SampleSpec(
        modality="table",
        shape=(3,),
        class_names=("a",),
        columns=(
            Column(name="x", type="numeric"),
            Column(name="y", type="numeric", missing=True),
            Column(name="c", type="categorical", categories=("p", "q")),
        ),
    )
    rows = np.array([[0, 5, 0], [10, np.nan, 1]], dtype=np.float64)
    made = mixed_smote(rows[RNG(0).integers(2, size=50)], rows, spec, 5, RNG(1))
    assert ((made[:, 0] >= 0) & (made[:, 0] <= 10)).all()
    assert made[:, 0].std() > 2
    assert set(made[~np.isnan(made[:, 1]), 1]) == {5.0}
    assert set(made[:, 2]) == {0.0, 1.0}  # a row's one neighbour decides


def test_texts_lose_and_swap_words_of_their_own() -> None:
    spec = SampleSpec(modality="text", shape=(), class_names=("a",))
    text = " ".join(f"w{number}" for number in range(40))
    real = Samples(object_array([text, "one"]), np.zeros(2, dtype=np.int64))
    made = classical(real, np.array([200]), spec, RNG(2))
    spec.check_values(made.values)
    long = [text.split() for text in made.values if text != "one"]
    assert all(set(words) <= set(text.split()) for words in long)
    assert 35 < np.mean([len(words) for words in long]) < 37
    assert sum(words == sorted(words, key=lambda word: int(word[1:])) for words in long) < 30
