"""Rows as the networks read them, and back."""

import numpy as np
from scipy.special import ndtri

from genaug.data import Column, Samples, SampleSpec, TrainView
from genaug_plugins.generators.vae.table_form import TableForm

COLUMNS = (
    Column(name="x", type="numeric"),
    Column(name="n", type="integer", missing=True),
    Column(
        name="colour", type="categorical", categories=("blue", "green", "red", "none has it"), missing=True
    ),
    Column(name="flag", type="boolean"),
    Column(name="constant", type="numeric"),
    Column(name="gone", type="numeric", missing=True),
    Column(name="one colour", type="categorical", categories=("blue", "green")),
)
SPEC = SampleSpec(modality="table", shape=(len(COLUMNS),), class_names=("a", "b"), columns=COLUMNS)


def train(count: int = 60) -> TrainView:
    rng = np.random.default_rng(0)
    columns = [
        rng.lognormal(3, 2, count),
        np.where(rng.random(count) < 0.3, np.nan, rng.integers(-5, 6, count)),
        rng.choice([0, 1, 2, np.nan], count),
        rng.integers(0, 2, count),
        np.full(count, 7.25),
        np.full(count, np.nan),
        np.ones(count),
    ]
    return TrainView(SPEC, Samples(np.stack(columns, axis=1), rng.integers(0, 2, count)))


def test_training_rows_come_back() -> None:
    view = train()
    form = TableForm.of(view)
    learned = form.learned(view.samples)
    assert learned.dtype == np.float32
    assert np.isfinite(learned).all()
    assert learned.shape[1:] == form.layout.shape
    again = form.values(learned)
    np.testing.assert_allclose(again, view.samples.values, rtol=1e-4)
    exact = [1, 2, 3, 4, 5, 6]
    np.testing.assert_array_equal(again[:, exact], view.samples.values[:, exact])


def test_a_stored_form_is_the_same() -> None:
    view = train()
    form = TableForm.of(view)
    again = TableForm.of_record(SPEC, form.record())
    assert again.layout == form.layout
    np.testing.assert_array_equal(again.learned(view.samples), form.learned(view.samples))


def test_numbers_are_the_normal_scores_of_their_ranks() -> None:
    view = train()
    scores = TableForm.of(view).learned(view.samples)[:, 0]
    ranks = view.samples.values[:, 0].argsort().argsort()
    np.testing.assert_allclose(scores, ndtri((ranks + 0.5) / len(ranks)), rtol=1e-5)


def test_nothing_is_made_that_no_training_row_has() -> None:
    view = train()
    form = TableForm.of(view)
    rng = np.random.default_rng(1)
    made = form.values(
        5 * rng.standard_normal((500, *form.layout.shape), dtype=np.float32), rng.random((500, form.draws))
    )
    SPEC.check_values(made)
    for number in range(len(COLUMNS)):
        cells, own = made[:, number], view.samples.values[:, number]
        assert np.isnan(cells).all() == np.isnan(own).all()
        if COLUMNS[number].type == "numeric" and not np.isnan(own).all():
            assert own.min() <= cells.min()
            assert cells.max() <= own.max()
        elif COLUMNS[number].type != "integer":
            assert set(cells[~np.isnan(cells)]) <= set(own[~np.isnan(own)])


def test_choices_are_drawn_by_their_probabilities() -> None:
    form = TableForm.of(train())
    made = np.zeros((4000, *form.layout.shape), dtype=np.float32)
    start, stop = form.layout.choices[sorted(form._codes).index(2)]
    made[:, start:stop] = np.log([0.1, 0.2, 0.3, 0.4])  # missing first, then blue, green and red
    colours = form.values(made, np.random.default_rng(0).random((4000, form.draws)))[:, 2]
    shares = [np.isnan(colours).mean(), *((colours == code).mean() for code in range(3))]
    np.testing.assert_allclose(shares, [0.1, 0.2, 0.3, 0.4], atol=0.03)
