"""The classification task as it was written before models were components."""

from typing import Any

import pytest
from pydantic import ValidationError

from genaug.errors import RenamedWarning
from genaug_plugins.tasks.classification import ClassificationTask


def read(given: dict[str, Any]) -> ClassificationTask:
    return ClassificationTask.model_validate(given)


@pytest.mark.parametrize(
    ("flat", "nested"),
    [
        ({"model": "ridge"}, {"use": "ridge"}),
        ({"model": "small-cnn", "steps": 9, "width": 8}, {"use": "small-cnn", "steps": 9, "width": 8}),
        ({"model": "timm", "network": "resnet18"}, {"use": "timm", "network": "resnet18"}),
        (
            {"steps": 9, "strength": 2.0, "balance": False},
            {
                "use": "auto",
                "network": {"use": "small-cnn", "steps": 9, "balance": False},
                "columns": {"use": "logistic-regression", "strength": 2.0, "balance": False},
            },
        ),
        (
            {"extractor": {"use": "pixels"}, "steps": 9},
            {"use": "logistic-regression", "extractor": {"use": "pixels"}},
        ),
    ],
)
def test_flat_settings_are_read_as_the_models_and_say_so(
    flat: dict[str, Any], nested: dict[str, Any]
) -> None:
    with pytest.warns(RenamedWarning, match="model: {use: "):
        old = read(flat)
    assert old == read({"model": nested})


def test_settings_of_today_are_read_without_a_word() -> None:
    assert read({}) == read({"model": {"use": "auto"}})


@pytest.mark.parametrize(
    ("model", "setting"),
    [
        ("small-cnn", {"network": "resnet18"}),
        ("timm", {"width": 16}),
        ("ridge", {"strength": 0.5}),
        ("gradient-boosting", {"steps": 9}),
        ("logistic-regression", {"iterations": 9}),
        ("auto", {"size": 64}),
    ],
)
def test_a_flat_setting_that_the_model_does_not_use_is_refused(
    model: str, setting: dict[str, object]
) -> None:
    (name,) = setting
    with pytest.raises(ValidationError, match=f"model: {model} does not use {name}: .*set model: "):
        read({"model": model, **setting})


def test_a_flat_setting_beside_a_model_of_today_is_refused() -> None:
    with pytest.raises(ValidationError, match="steps"):
        read({"model": {"use": "small-cnn"}, "steps": 9})
