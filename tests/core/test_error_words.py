"""What a config's wrong values are called: plain words, the word as it is written, characters by name."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, get_args

import pytest
from pydantic import Field, ValidationError
from pydantic_core.core_schema import ErrorType

from genaug import Pipeline, config
from genaug.config.error_words import _WORDS
from genaug.config.odd_characters import odd_characters
from genaug.errors import ConfigError, GenaugWarning
from genaug.settings import Settings

CONFIG = """\
seed: 0
source: {use: arrays, path: a.npz, class_names: [cat, dog], levels: [0, 1]}
generator:
  use: gan
  architecture: {use: dcgan, width: 16}
  steps: 5
strategy: {use: class-balance, add: 3}
selectors:
  - {use: top-k, k: 1}
validators:
  - {use: downstream, seeds: 5}
"""


def refusal(tmp_path: Path, *overrides: str, text: str = CONFIG) -> str:
    path = tmp_path / "a.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        Pipeline.from_file(path, overrides)
    return str(caught.value).replace(str(tmp_path) + "/", "")


@pytest.mark.parametrize(
    ("override", "words"),
    [
        (
            "source.class_names=[no, cat]",
            ["source.class_names[0]: expected text (you gave no): quote it: 'no'"],
        ),
        ("source.class_names=[1e3, on]", ["quote it: '1e3'", "quote it: 'on'"]),
        ("source.class_names=[cat, null]", ["where it is meant as text, quote it: 'null'"]),
        ("source.path=2024", ["source.path: expected a path (you gave 2024): quote it: '2024'"]),
        ("generator.steps=true", ["generator.steps: expected a number, not true or false (you gave true)"]),
        ("generator.steps=2.5", ["expected a whole number (you gave 2.5)"]),
        ("generator.steps=many", ['expected a whole number (you gave "many")']),
        ("generator.steps=0", ["must be "]),
        ("threads=yes", ["threads: expected a number, not true or false (you gave yes)"]),
        ("split.train_share=on", ["expected a number, not true or false (you gave on)"]),
        ("split.train_share=[1]", ["expected a number (you gave a list)"]),
        ("split=3", ["split: expected a mapping: `key: value` (you gave 3)"]),
        ("validators=5", ["expected a list: one `- …` line for each item (you gave 5)"]),
        ("source.levels=[1]", ["expected a list of more values: it ends after 1"]),
        ("source.levels=[1, 2, 3]", ["expected a list of 2 or fewer, but it has 3"]),
        ("source.class_names=[]", ["expected a list of 1 or more, but it has 0"]),
        ("source.modality=imagge", ["must be 'auto', 'image', 'signal' or 'vector'; did you mean 'image'?"]),
        ("source.modality=“image”", ["U+201C (left double quotation mark)"]),
        ("source.modality=image\u200b", ["did you mean 'image'?", "U+200B (zero width space)"]),
        ("generator.use=gan\u00a0x", ["U+00A0 (no-break space)"]),
        (
            "source.gro\u00adups=a",
            ["unknown setting that contains U+00AD (soft hyphen); did you mean 'groups'?"],
        ),
    ],
)
def test_a_wrong_value_is_explained_in_plain_words(
    tmp_path: Path, override: str, words: Sequence[str]
) -> None:
    said = refusal(tmp_path, override)
    for word in words:
        assert word in said
    assert "Input should" not in said
    assert len(said.splitlines()) <= len(words)


def test_a_no_break_space_is_named_where_the_file_cannot_be_read(tmp_path: Path) -> None:
    assert "line 1 contains U+00A0 (no-break space)" in refusal(
        tmp_path, text=CONFIG.replace("seed: 0", "seed:\u00a00")
    )
    assert "U+00A0 (no-break space)" in refusal(tmp_path, text="seed:\u00a00\n")


def test_the_words_of_a_file_are_quoted_as_they_are_written(tmp_path: Path) -> None:
    said = refusal(tmp_path, text=CONFIG.replace("[cat, dog]", "[Off, 010]"))
    assert "a.yaml:2: source.class_names[0]: expected text (you gave Off): quote it: 'Off'" in said
    assert "quote it: '010'" in said


def test_every_type_of_error_that_settings_give_has_words() -> None:
    assert set(_WORDS) - {"boolean_for_number", "path_type"} <= set(get_args(ErrorType)) | {"string_sub_type"}


@pytest.mark.parametrize(
    ("text", "named"),
    [("plain text", ""), ("ü", ""), ("a\ufeffb", "U+FEFF (zero width no-break space)"), ("’", "U+2019")],
)
def test_odd_characters_are_named(text: str, named: str) -> None:
    found = odd_characters(text)
    assert found.startswith(named) if named else not found


class Everything(Settings):
    """Settings of all kinds."""

    whole: int | None = Field(default=None, ge=1)
    """A number."""
    text: int | str = 1
    """A number or text."""
    numbers: tuple[float, ...] = ()
    """Numbers."""
    flag: bool = False
    """A boolean."""
    some: Literal[1, 2] | None = None
    """One of two."""


@pytest.mark.parametrize(
    "given",
    [
        {"whole": True},
        {"text": False},
        {"numbers": [1, True]},
        {"flag": 1},
        {"flag": "yes"},
        {"flag": 0.0},
        {"some": True},
    ],
)
def test_booleans_are_no_numbers_and_numbers_no_booleans(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Everything.model_validate(given)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"whole": 3.0}, 3),
        ({"whole": None}, None),
        ({"text": "3"}, "3"),
        ({"text": 3}, 3),
        ({"numbers": [1, 2.5]}, (1.0, 2.5)),
        ({"flag": True}, True),
        ({"some": 2}, 2),
    ],
)
def test_values_of_the_right_kind_are_kept(given: dict[str, Any], kept: Any) -> None:
    found = getattr(Everything.model_validate(given), next(iter(given)))
    assert found == kept
    assert type(found) is type(kept)


def test_another_component_leaves_out_the_settings_that_it_does_not_have(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    with pytest.warns(
        GenaugWarning, match=r"left out, as 'gaussian' does not have them: generator\.archi"
    ) as told:
        pipeline = Pipeline.from_file(path, ["generator.use=gaussian"])
    assert len(told) == 1
    assert pipeline.generator.name == "gaussian"
    with pytest.warns(GenaugWarning, match=r"'gaussian' does not have them: generator\.architecture$"):
        said = refusal(tmp_path, "generator.use=gaussian", "generator.steps=7")
    assert "--set generator.steps=7: generator.steps: unknown setting; 'gaussian' takes" in said


def test_the_same_component_keeps_all_settings(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Pipeline.from_file(path, ["generator.use=gan"]).generator.model_dump()["steps"] == 5
    assert "Did you mean 'gaussian'" in refusal(tmp_path, "generator.use=gausian")
    assert config.read(path).switched == {}
