"""Images in tar shards and in data sets of the library `datasets`."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from genaug.data.images import to_uint8
from genaug.errors import DataError
from genaug_plugins.sources.huggingface_dataset import HuggingfaceDatasetSource
from genaug_plugins.sources.webdataset import WebdatasetSource


def pixels(number: int) -> np.ndarray:
    return np.random.default_rng(number).integers(0, 256, (8, 8, 3)).astype(np.uint8)


def png(number: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels(number)).save(file, format="PNG")
    return file.getvalue()


def shard(path: Path, members: dict[str, bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def samples(start: int) -> dict[str, bytes]:
    found = {}
    for number in range(start, start + 4):
        found[f"{number:04d}.png"] = png(number)
        found[f"{number:04d}.cls"] = str(number % 2).encode()
        found[f"{number:04d}.json"] = json.dumps({"species": "ab"[number % 2], "scene": number // 2}).encode()
    return found


def test_shards_are_read_with_class_group_and_view(tmp_path: Path) -> None:
    for place, view in enumerate(("train", "test")):
        shard(tmp_path / f"{view}-0000.tar", samples(place * 4))
    data = WebdatasetSource(path=tmp_path, size=8, label="json:species", group="scene").load()
    assert data.spec.class_names == ("a", "b")
    assert data.views is not None
    assert data.groups is not None
    assert data.metadata is not None
    assert data.metadata[4] == {"species": "a", "scene": 0}
    assert data.views.tolist() == ["test"] * 4 + ["train"] * 4
    assert data.groups.tolist() == ["2", "2", "3", "3", "0", "0", "1", "1"]
    assert (to_uint8(data.samples.values)[4] == pixels(0).transpose(2, 0, 1)).all()
    found = WebdatasetSource.recognize(tmp_path)
    assert found is not None
    assert found.settings == {"path": str(tmp_path), "label": "cls"}
    assert WebdatasetSource(**found.settings, class_names=("x", "y")).load().spec.class_names == ("x", "y")


@pytest.mark.parametrize(
    ("more", "settings", "words"),
    [
        ({}, {"label": "txt"}, "no sample of .* has a class in `.txt`"),
        ({}, {"label": "json:kind"}, r"all\.tar/0000\.json has no field 'kind'; it has species, scene"),
        (
            {"0009.png": png(9), "0009.cls": b"7"},
            {"class_names": ("a", "b")},
            r"0009\.cls is 7, but there are 2",
        ),
        ({"0009.png": b"no", "0009.cls": b"1"}, {}, r"all\.tar/0009\.png: UnidentifiedImageError"),
    ],
)
def test_bad_samples_are_named(
    tmp_path: Path, more: dict[str, bytes], settings: dict[str, Any], words: str
) -> None:
    path = shard(tmp_path / "all.tar", samples(0) | more)
    with pytest.raises(DataError, match=words):
        WebdatasetSource(path=path, **settings).load()


def test_broken_and_missing_shards_are_named(tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_bytes(b"nothing of a tar")
    with pytest.raises(DataError, match=r"x\.tar is not a whole tar file"):
        WebdatasetSource(path=tmp_path).load()
    assert WebdatasetSource.recognize(tmp_path) is None
    with pytest.raises(DataError, match="there are no shards"):
        WebdatasetSource(path=tmp_path / "none").load()


def saved(folder: Path, kind: str) -> Path:
    import datasets

    datasets.disable_progress_bars()
    features = datasets.Features(
        {
            "picture": datasets.Image(),
            "label": datasets.ClassLabel(names=["cat", "dog"]),
            "id": datasets.Value("int64"),
        }
    )
    parts = {}
    for place, split in enumerate(("train", "test")):
        rows = range(place * 4, place * 4 + 4)
        columns = {
            "picture": [{"bytes": png(row), "path": None} for row in rows],
            "label": [row % 2 for row in rows],
            "id": [row // 2 for row in rows],
        }
        parts[split] = datasets.Dataset.from_dict(columns, features=features)
    if kind == "disk":
        datasets.DatasetDict(parts).save_to_disk(str(folder))
    else:
        (folder / "data").mkdir(parents=True)
        for split, part in parts.items():
            part.to_parquet(str(folder / "data" / f"{split}-00000-of-00001.parquet"))
    return folder


@pytest.mark.parametrize("kind", ["disk", "parquet"])
def test_saved_data_sets_are_read_with_their_splits_and_class_names(tmp_path: Path, kind: str) -> None:
    path = saved(tmp_path / "set", kind)
    data = HuggingfaceDatasetSource(path=str(path), size=8, group="id").load()
    assert data.spec.class_names == ("cat", "dog")
    assert data.views is not None
    assert data.origins is not None
    assert sorted(set(data.views.tolist())) == ["test", "train"]
    first = data.origins.tolist().index("train[0]")
    assert (to_uint8(data.samples.values)[first] == pixels(0).transpose(2, 0, 1)).all()
    found = HuggingfaceDatasetSource.recognize(path)
    assert found is not None
    assert found.settings == {"path": str(path)}
    one = HuggingfaceDatasetSource(path=str(path), splits=("train",)).load()
    assert one.views is None
    assert len(one.samples) == 4
    for settings, words in (
        ({"label": "lable"}, r"no column 'lable' \(`label`\); did you mean 'label'"),
        ({"splits": ("dev",)}, "has no split 'dev'; it has"),
    ):
        with pytest.raises(DataError, match=words):
            HuggingfaceDatasetSource(path=str(path), **settings).load()


def test_what_is_neither_local_nor_to_be_had_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datasets

    def refused(*_: object) -> None:
        raise ConnectionError("no network")

    monkeypatch.setattr(datasets, "load_dataset", refused)
    with pytest.raises(
        DataError, match=r"someone/birds is no folder .*ConnectionError: no network.*save_to_disk"
    ):
        HuggingfaceDatasetSource(path="someone/birds").load()
    with pytest.raises(DataError, match=r"has no \.parquet or \.arrow file"):
        HuggingfaceDatasetSource(path=str(tmp_path)).load()
