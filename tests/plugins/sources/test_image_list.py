"""A list of images in a table."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from genaug.errors import DataError
from genaug_plugins.sources.image_list import ImageListSource


def listed(folder: Path, header: str, *rows: str, images: int = 6) -> Path:
    (folder / "photos").mkdir()
    for number in range(images):
        pixels = np.random.default_rng(number).integers(0, 256, (8, 8, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(folder / "photos" / f"{number}.png")
    path = folder / "list.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_paths_labels_groups_views_and_times_are_read(tmp_path: Path) -> None:
    path = listed(
        tmp_path,
        "file,species,animal,part,taken",
        "photos/0.png,lynx,a,train,2024-01-01",
        "photos/1.png,lynx,a,,2024-01-02 06:00",
        "photos/2.png,wolf,b,Test,2024-01-03",
        "photos/3.png,,c,val,2024-01-04",
    )
    data = ImageListSource(path=path, size=8, group="animal", split="part", time="taken").load()
    assert data.spec.class_names == ("lynx", "wolf")
    assert data.samples.labels.tolist() == [0, 0, 1, -1]
    assert data.views is not None
    assert data.groups is not None
    assert data.times is not None
    assert data.files is not None
    assert data.views.tolist() == ["train", "", "test", "validation"]
    assert data.groups.tolist() == ["a", "a", "b", "c"]
    assert np.diff(data.times).tolist() == [86400 * 1.25, 86400 * 0.75, 86400]
    assert data.files[2] == str(tmp_path / "photos" / "2.png")
    assert data.spec.details["views"] == "the column 'part'"


def test_a_root_and_a_suffix_complete_the_paths(tmp_path: Path) -> None:
    path = listed(tmp_path, "image_id,diagnosis", "0,a", "1,b", "1,b")
    data = ImageListSource(path=path, size=8, root=tmp_path / "photos", suffix=".png").load()
    assert len(data.samples) == 2
    assert "read once: 1 row with the file of an earlier row" in data.problems[0]


@pytest.mark.parametrize(
    ("rows", "settings", "words"),
    [
        (
            ["photos/0.png,a", "photos/9.png,b"],
            {},
            r"1 of 2 images .* do not exist:\n  line 3 of list.csv: .*9\.png",
        ),
        (["photos/0.png,a", ",b"], {}, "'path' is empty in line 3"),
        (
            ["photos/0.png,a", "photos/0.png,b"],
            {},
            "listed twice with different entries: line 2 .* and line 3",
        ),
        (["photos/0.png,a"], {"label": "lable"}, r"no column 'lable' \(`label`\); did you mean 'label'"),
        (["photos/0.png,a"], {"split": "label"}, "contains 'a' in line 2"),
        (["photos/0.png,a"], {"time": "label"}, "contains 'a' in line 2 .*: use numbers, or dates"),
        (
            ["photos/0.png,a", "photos/1.png,"],
            {"group": "label"},
            "is empty in line 3 .*: give each image a group",
        ),
    ],
)
def test_bad_rows_are_named(tmp_path: Path, rows: list[str], settings: dict[str, str], words: str) -> None:
    with pytest.raises(DataError, match=words):
        ImageListSource(path=listed(tmp_path, "path,label", *rows), **settings).load()


def test_missing_files_may_be_skipped_but_no_class_is_lost(tmp_path: Path) -> None:
    path = listed(tmp_path, "path,label", "photos/0.png,a", "photos/9.png,a", "photos/1.png,b")
    data = ImageListSource(path=path, on_corrupt="skip").load()
    assert data.problems[0].startswith("left out, as it cannot be read: photos/9.png: it is a broken link")
    path.write_text("path,label\nphotos/0.png,a\nphotos/9.png,b\n")
    with pytest.raises(DataError, match="not one image of b"):
        ImageListSource(path=path, on_corrupt="skip").load()


def test_the_state_follows_the_table_and_the_images(tmp_path: Path) -> None:
    source = ImageListSource(path=listed(tmp_path, "path,label", "photos/0.png,a", "photos/1.png,b"))
    states = {source.state()}
    (tmp_path / "photos" / "0.png").write_bytes((tmp_path / "photos" / "2.png").read_bytes())
    states.add(source.state())
    (tmp_path / "list.csv").write_text("path,label\nphotos/0.png,b\nphotos/1.png,b\n")
    assert len({*states, source.state()}) == 3


def test_a_list_of_images_is_recognized(tmp_path: Path) -> None:
    path = listed(tmp_path, "image_id,dx,patient,label", "0,x,p,a", "1,x,q,b")
    found = ImageListSource.recognize(path)
    assert found is not None
    assert found.settings == {
        "path": str(path),
        "image": "image_id",
        "label": "label",
        "suffix": ".png",
        "root": str(tmp_path / "photos"),
        "group": "patient",
        "on_corrupt": "skip",
    }
    assert len(ImageListSource(**found.settings).load().samples) == 2
    assert ImageListSource.recognize(tmp_path / "photos") is None
    path.write_text(f"image,label\n{'x' * 5000},a\n")  # was an OSError: file name too long
    assert ImageListSource.recognize(path) is None
    path.write_text("age,label\n3,a\n")
    assert ImageListSource.recognize(path) is None
