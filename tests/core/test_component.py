"""A component is a frozen, described recipe."""

from typing import Any, ClassVar

import pytest
from pydantic import Field, ValidationError

from genaug import Selector
from genaug.descriptions import descriptions


class KeepSelector(Selector):
    """A selector that keeps some candidates."""

    name: ClassVar[str] = "keep"

    share: float = Field(default=0.5, gt=0, le=1)
    """How many of them.

    More words.
    """

    def select(self, candidates: Any, train: Any, context: Any) -> Any:
        raise NotImplementedError


def test_settings_are_bounded_and_no_others_accepted() -> None:
    with pytest.raises(ValidationError, match="less than or equal to 1"):
        KeepSelector(share=2)
    with pytest.raises(ValidationError, match="Extra inputs"):
        KeepSelector(shares=0.1)  # type: ignore[call-arg]


def test_a_component_is_frozen_and_compared_by_its_settings() -> None:
    one = KeepSelector(share=0.25)
    with pytest.raises(ValidationError, match="frozen"):
        one.share = 0.5
    assert one == KeepSelector(share=0.25)
    assert one != KeepSelector()
    assert len({one, KeepSelector(share=0.25)}) == 1


def test_a_contract_itself_cannot_be_made() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Selector()  # type: ignore[abstract]


def test_the_docstring_below_a_field_describes_it() -> None:
    assert descriptions(KeepSelector)["share"].startswith("How many of them.")


def test_what_is_dumped_is_what_a_config_says() -> None:
    assert KeepSelector().model_dump() == {"use": "keep", "share": 0.5}
    full = KeepSelector().referred_to_as("my-plugin:keep")
    assert full.model_dump(mode="json") == {"use": "my-plugin:keep", "share": 0.5}
    assert KeepSelector().kind == "selector"


class SpaceSelector(KeepSelector):
    """A selector that keeps some candidates by their features."""

    extractor: str | None = None
    """Whose features; None: the pipeline's extractor."""


def test_who_leaves_its_extractor_open_uses_the_one_of_the_pipeline() -> None:
    assert SpaceSelector().uses_pipeline_extractor
    assert not SpaceSelector(extractor="pixels").uses_pipeline_extractor
    assert not KeepSelector().uses_pipeline_extractor
