"""Planted copies are found wherever they lie, and nothing else is."""

import numpy as np
import pytest

from genaug.data import (
    Finding,
    Findings,
    Samples,
    SampleSpec,
)
from genaug.testing.evidence import context_of, evidence_of
from genaug_plugins.extractors.pixels import PixelsExtractor
from genaug_plugins.validators.leakage import LeakageValidator

SPEC = SampleSpec(modality="image", shape=(1, 10, 10), class_names=("a", "b"), value_range=(-1.0, 1.0))


def draws(n: int, seed: int) -> Samples:
    values = np.random.default_rng(seed).uniform(-0.9, 0.9, (n, *SPEC.shape))
    return Samples(values.astype(np.float32), np.arange(n) % 2)


def nearly(samples: Samples) -> Samples:
    noise = np.random.default_rng(9).normal(0, 0.01, samples.values.shape)
    return Samples((samples.values + noise).astype(np.float32), samples.labels)


def measured(
    selected: Samples, train: Samples, validation: Samples, test: Samples
) -> tuple[dict[str, Finding], Findings]:
    evidence = evidence_of(SPEC, (train, validation, test), selected)
    context = context_of(evidence, extractor=PixelsExtractor())
    found = LeakageValidator().measure(evidence, context)
    return {one.name: one for one in found.findings}, found


def test_fresh_samples_leak_nothing() -> None:
    by_name, found = measured(draws(30, 0), draws(20, 1), draws(20, 2), draws(40, 3))
    assert [one.value for one in by_name.values()] == [0.0] * 5
    assert found.warnings == ()


@pytest.mark.parametrize("near", [False, True])
def test_candidates_that_copy_the_test_view_are_counted_by_class(near: bool) -> None:
    test = draws(40, 3)
    planted = test.take(np.array([0, 2, 4]))  # all of class a
    planted = nearly(planted) if near else planted
    selected = Samples.join([draws(27, 0), planted])
    by_name, found = measured(selected, draws(20, 1), draws(20, 2), test)
    copies = by_name["copies_of_test[selected]"]
    assert copies.value == pytest.approx(3 / 30)
    assert copies.reference == 0
    assert copies.per_class["b"] == 0
    assert copies.note.startswith(f"{0 if near else 3} of them exact")
    exactly = 0 if near else 3
    assert found.warnings == (
        f"3 of 30 selected candidates copy a sample of the test view, {exactly} of them exactly: "
        "scores on held-out samples are too optimistic",
    )


def test_copies_across_the_views_are_told_apart() -> None:
    train, validation = draws(20, 1), draws(20, 2)
    test = Samples.join([draws(36, 3), train.take(np.array([0])), nearly(validation.take(np.arange(3)))])
    by_name, found = measured(draws(30, 0), train, validation, test)
    assert by_name["copies_of_train[test]"].value == 1 / 40
    assert by_name["copies_of_validation[test]"].value == 3 / 40
    assert by_name["copies_of_train[validation]"].value == 0
    assert len(found.warnings) == 1


def test_the_training_views_own_share_stands_beside_that_of_the_candidates() -> None:
    train = draws(20, 1)
    by_name, _ = measured(train, train, draws(20, 2), Samples.join([draws(30, 3), train.take(np.arange(5))]))
    copies = by_name["copies_of_test[selected]"]
    assert copies.value == copies.reference == 5 / 20


def test_what_is_empty_is_said() -> None:
    by_name, found = measured(draws(0, 0), draws(20, 1), draws(0, 2), draws(40, 3))
    assert list(by_name) == ["copies_of_train[test]"]
    assert len(found.warnings) == 4


def test_too_many_are_not_looked_at_and_this_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("genaug_plugins.validators.leakage.MOST", 35)
    by_name, found = measured(draws(30, 0), draws(20, 1), draws(20, 2), draws(40, 3))
    assert set(by_name) == {"copies_of_train[validation]", "copies_of_validation[selected]"}
    assert "no search for copies between test and train: more than 35 samples" in found.warnings


def test_samples_of_few_values_that_are_equal_by_chance_are_no_leak() -> None:
    def few(n: int, seed: int) -> Samples:
        values = draws(n, seed).values
        values[:] = np.random.default_rng(seed).choice([-0.5, 0.5], (n, 1, 1, 1))
        values[:, 0, 0, :4] = np.random.default_rng(seed).choice([-0.9, 0.9], (n, 4))
        return Samples(values, np.arange(n) % 2)

    by_name, found = measured(few(60, 0), few(100, 1), few(40, 2), few(60, 3))
    assert by_name["copies_of_test[selected]"].value > 0.5
    assert not [warning for warning in found.warnings if "selected candidates" in warning]
    (said,) = found.remarks
    assert said.count("selected candidates copy") == 2
    assert "by chance: samples of so few different values" in said


def test_exact_copies_of_all_data_are_no_chance_and_stand_beside_the_verdict() -> None:
    # Candidates that were made elsewhere can be the data themselves: training rows are copied as often.
    train, validation, test = draws(20, 1), draws(20, 2), draws(40, 3)
    everything = Samples.join([train, validation, test])
    _, found = measured(everything, train, validation, test)
    assert found.remarks == ()
    assert found.cautions == (
        "40 of 80 selected candidates copy a sample of the test view, 40 of them exactly: scores on the test "
        "view are too optimistic",
    )


def texts(*content: str) -> Samples:
    from genaug.data.encoding import object_array

    return Samples(object_array(list(content)), np.arange(len(content)) % 2)


def of_texts(selected: Samples, train: Samples, test: Samples) -> Findings:
    from genaug_plugins.extractors.bag_of_words import BagOfWordsExtractor

    spec = SampleSpec(modality="text", shape=(), class_names=("a", "b"))
    evidence = evidence_of(spec, (train, texts("another one", "and one more"), test), selected)
    return LeakageValidator().measure(evidence, context_of(evidence, extractor=BagOfWordsExtractor()))


def test_short_texts_that_are_made_of_training_texts_are_equal_by_chance() -> None:
    train = texts("the room was good", "the food was bad", "our room was bad", "our food was good")
    test = texts("the room was bad", "our food was bad")
    found = of_texts(texts("the room was bad", "the food was good", "our room was good"), train, test)
    assert not found.cautions
    assert not found.warnings
    (said,) = found.remarks
    assert "1 of 3 selected candidates copy a sample of the test view" in said
    assert "by chance: all words of these texts follow each other in training texts" in said


def test_a_text_that_no_training_text_explains_is_a_leak() -> None:
    train = texts("the room was good", "the food was bad", "our room was bad", "our food was good")
    test = texts("a quiet house by the sea", "our food was bad")
    found = of_texts(texts("a quiet house by the sea", "the food was good"), train, test)
    assert any("too optimistic" in caution for caution in found.cautions)
