"""Selection by a person's tags."""

import json
from pathlib import Path

import numpy as np
import pytest

from genaug.errors import ConfigError
from genaug_plugins.selectors.tags import TagsSelector, read_tags


def written(folder: Path, tags: dict[str, str]) -> Path:
    path = folder / "tags.json"
    path.write_text(json.dumps({"candidates": 4, "tags": tags}))
    return path


def given(hand_made):  # type: ignore[no-untyped-def]
    return hand_made.candidates(np.arange(8.0).reshape(4, 2), [0, 0, 1, 1])


def selected(hand_made, selector):  # type: ignore[no-untyped-def]
    return selector.select(given(hand_made), hand_made.train(), hand_made.context())


@pytest.mark.parametrize(
    ("untagged", "kept"), [("drop", [True, False, False, False]), ("keep", [True, False, True, True])]
)
def test_tagged_candidates_are_kept(hand_made, tmp_path, untagged, kept) -> None:  # type: ignore[no-untyped-def]
    ids = given(hand_made).pool.ids
    path = written(tmp_path, {str(ids[0]): "keep", str(ids[1]): "drop"})
    found = selected(hand_made, TagsSelector(path=path, untagged=untagged))
    assert found.kept.tolist() == kept
    assert found.reasons[1] == "tagged drop"
    assert found.warnings == ()


def test_a_csv_is_read_as_well(hand_made, tmp_path) -> None:  # type: ignore[no-untyped-def]
    ids = given(hand_made).pool.ids
    path = tmp_path / "tags.csv"
    path.write_text(f"id,tag\n{ids[3]},keep\n", encoding="utf-8-sig")
    found = selected(hand_made, TagsSelector(path=path))
    assert found.kept.tolist() == [False, False, False, True]
    assert found.reasons[0] == "it has no tag"


def test_tags_of_other_candidates_are_an_error(hand_made, tmp_path) -> None:  # type: ignore[no-untyped-def]
    ids = given(hand_made).pool.ids
    path = written(tmp_path, {str(ids[0]): "keep", "f" * 64: "keep"})
    with pytest.raises(ConfigError, match=r"1 of the 2 candidates tagged in .* are not among the 4.*: f{12}"):
        selected(hand_made, TagsSelector(path=path))
    found = selected(hand_made, TagsSelector(path=path, missing="ignore"))
    assert found.kept.tolist() == [True, False, False, False]
    assert "1 of the 2 candidates" in found.warnings[0]


def test_a_candidate_to_be_dropped_may_be_gone_but_not_all_tags(hand_made, tmp_path) -> None:  # type: ignore[no-untyped-def]
    ids = given(hand_made).pool.ids
    path = written(tmp_path, {str(ids[0]): "drop", "f" * 64: "drop"})
    found = selected(hand_made, TagsSelector(path=path, untagged="keep"))
    assert found.kept.tolist() == [False, True, True, True]
    path = written(tmp_path, {"e" * 64: "drop", "f" * 64: "drop"})
    with pytest.raises(ConfigError, match="of other candidates"):
        selected(hand_made, TagsSelector(path=path, untagged="keep"))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("t.json", "{", "is not JSON"),
        ("t.json", "[]", "must hold"),
        ("t.json", '["ab", 1]', "must hold"),
        ("t.json", '{"tags": 3}', "must hold"),
        ("t.json", '{"tags": ["ab"]}', "must hold"),
        ("t.json", '{"tags": ["ab", "cd"]}', "must hold"),
        ("t.json", '{"tags": {}}', "has no tags"),
        ("t.json", '{"tags": {"ab": "maybe"}}', "a tag is `keep` or `drop`"),
        ("t.json", '{"tags": {"ab": "keep", "ab": "drop"}}', "both as keep and as drop"),
        ("t.csv", "name,tag\nab,keep\n", "needs the columns id and tag; it has name, tag"),
        ("t.csv", "", "it has none"),
    ],
)
def test_what_is_wrong_with_a_file_is_named(tmp_path: Path, name: str, text: str, said: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ConfigError, match=said):
        read_tags(path)


def test_a_missing_file_is_refused_before_anything_is_learned(hand_made, tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ConfigError, match=r"there is no file .*tag candidates there"):
        TagsSelector(path=tmp_path / "none.json").check_usable(hand_made.train().spec)


def test_other_tags_are_another_selection(tmp_path: Path) -> None:
    path = written(tmp_path, {"a": "keep"})
    assert TagsSelector(path=path).reads() == (path,)
