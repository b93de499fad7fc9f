"""The docstring below a field describes it, and is read only when it is asked for."""

from typing import Any

from pydantic import Field

from genaug.descriptions import descriptions
from genaug.settings import Settings


class Outer:
    class Sizes(Settings):
        width: int = 1
        """How wide it is.

            Not indented.
        """
        depth: int = Field(default=1, description="How deep it is.")
        """Text that the field's own description replaces."""
        plain: int = 1

        def work(self) -> None:
            """Do nothing: this describes no field."""


class Wider(Outer.Sizes):
    width: int = 2
    height: int = 2
    """How high it is."""


def test_docstrings_below_fields_are_found_in_classes_and_functions() -> None:
    class Local(Settings):
        inner: int = 1
        """Its number."""

    assert descriptions(Local) == {"inner": "Its number."}
    assert descriptions(Outer.Sizes) == {
        "width": "How wide it is.\n\nNot indented.",
        "depth": "How deep it is.",
        "plain": "",
    }


def test_an_inherited_field_has_the_description_of_the_class_that_declares_it() -> None:
    described = descriptions(Wider)
    assert (described["depth"], described["height"]) == ("How deep it is.", "How high it is.")
    assert described["width"] == ""  # declared again, without one


def test_they_are_in_the_json_schema_of_a_model_and_of_its_parts() -> None:
    class Whole(Settings):
        sizes: Outer.Sizes = Outer.Sizes()
        """The sizes."""

    schema = Whole.model_json_schema()
    assert schema["properties"]["sizes"]["description"] == "The sizes."
    assert schema["$defs"]["Sizes"]["properties"]["depth"]["description"] == "How deep it is."
    assert "description" not in schema["$defs"]["Sizes"]["properties"]["plain"]


def test_a_class_without_a_source_file_has_none() -> None:
    space: dict[str, Any] = {"__name__": "typed"}
    exec(  # as a notebook does
        "from genaug.settings import Settings\n"
        "class Typed(Settings):\n    size: int = 1\n    '''Its size.'''\n",
        space,
    )
    assert descriptions(space["Typed"]) == {"size": ""}
