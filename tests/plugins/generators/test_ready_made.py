"""Candidates made elsewhere: joined by names, with what lies beside them, and nothing lost in silence."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from genaug.data import Column, Request, Samples, SampleSpec, TrainView
from genaug.data.dates import Dates
from genaug.errors import DataError
from genaug.testing import Material
from genaug_plugins import AllAvailableStrategy, ReadyMadeGenerator
from genaug_plugins.generators.aligned_columns import aligned
from genaug_plugins.generators.ready_made import ReadyMadeSampler

RNG = np.random.default_rng


def pictures(folder: Path, counts: dict[str, int], side: int = 8, seed: int = 0) -> None:
    rng = RNG(seed)
    for name, count in counts.items():
        (folder / name).mkdir(parents=True)
        for number in range(count):
            pixels = rng.integers(0, 256, (side, side), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")


def view(classes: tuple[str, ...] = ("common", "rare"), side: int = 8) -> TrainView:
    spec = SampleSpec(modality="image", shape=(1, side, side), class_names=classes, value_range=(-1, 1))
    values = np.zeros((4, 1, side, side), dtype=np.float32)
    return TrainView(spec, Samples(values, np.array([0, 0, 0, 1], dtype=np.int64)))


def fitted(train: TrainView, source: dict[str, Any], **settings: Any) -> ReadyMadeSampler:
    generator = ReadyMadeGenerator.model_validate({"source": source, **settings})
    return generator.fit(train, Material().context())


def of_folder(path: Path, **more: Any) -> dict[str, Any]:
    return {"use": "image-folder", "path": str(path), **more}


def values_of(sampler: ReadyMadeSampler, label: int, count: int, start: int = 0) -> NDArray[Any]:
    return sampler.draw(Request(label, count, start=start), RNG(0)).values


def test_classes_are_joined_by_name_where_only_the_rare_one_was_made(tmp_path: Path) -> None:
    pictures(tmp_path, {"rare": 5})
    sampler = fitted(view(), of_folder(tmp_path))
    assert sampler.available == [0, 5]  # `rare` is class 0 there, and class 1 here
    assert (sampler.draw(Request(1, 5), RNG(0)).labels == 1).all()


def test_members_beside_images_of_a_shard_become_lineage(tmp_path: Path) -> None:
    pictures(tmp_path / "images", {"rare": 3})
    with tarfile.open(tmp_path / "made.tar", "w") as archive:
        for number in range(3):
            beside = json.dumps({"label": "rare", "prompt": f"a rare one, {number}", "seed": number})
            members = {"json": beside.encode(), "png": (tmp_path / f"images/rare/{number}.png").read_bytes()}
            for suffix, content in members.items():
                member = tarfile.TarInfo(f"{number}.{suffix}")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    source = {"use": "webdataset", "path": str(tmp_path / "made.tar"), "label": "json:label", "size": 8}
    sampler = fitted(view(), source)
    found = sampler.metadata(Request(1, 3), np.arange(3))  # before: the file's name alone
    assert sorted(str(one["prompt"]) for one in found) == [f"a rare one, {number}" for number in range(3)]
    assert sorted(str(one["seed"]) for one in found) == ["0", "1", "2"]
    assert {one["file"] for one in found} == {f"made.tar/{number}.png" for number in range(3)}


def test_every_candidate_comes_once_in_a_random_order(tmp_path: Path) -> None:
    pictures(tmp_path, {"common": 30})
    sampler = fitted(view(), of_folder(tmp_path))
    whole = values_of(sampler, 0, 30)
    assert len(np.unique(whole.reshape(30, -1), axis=0)) == 30
    in_parts = np.concatenate([values_of(sampler, 0, 20), values_of(sampler, 0, 10, start=20)])
    assert (in_parts == whole).all()
    in_order = of_folder(tmp_path)
    first = ReadyMadeGenerator.model_validate({"source": in_order}).source.load().samples.values
    assert not (whole == first).all()


def test_more_than_there_are_is_refused(tmp_path: Path) -> None:
    pictures(tmp_path, {"common": 3})
    with pytest.raises(DataError, match="4 candidates of class 'common' were asked for, and there are 3"):
        values_of(fitted(view(), of_folder(tmp_path)), 0, 4)


def test_unknown_classes_are_named_mapped_or_left_out(tmp_path: Path) -> None:
    pictures(tmp_path, {"rare_v2": 2, "fox": 3})
    with pytest.raises(DataError, match=r"candidates are of 'fox', 'rare_v2', and the data have .*'common'"):
        fitted(view(), of_folder(tmp_path))
    sampler = fitted(view(), of_folder(tmp_path), classes={"rare_v2": "rare"}, other_classes=True)
    assert sampler.available == [0, 2]
    assert sampler.warnings == ["left out: 3 candidates of other classes (fox)"]
    with pytest.raises(DataError, match="names 'wolf', which no candidate is of; they are of fox, rare_v2"):
        fitted(view(), of_folder(tmp_path), classes={"wolf": "rare"})
    with pytest.raises(DataError, match="none of the 5 candidates"):
        fitted(view(), of_folder(tmp_path), other_classes=True)


def test_candidates_keep_their_resolution(tmp_path: Path) -> None:
    pictures(tmp_path, {"rare": 2}, side=32)
    assert fitted(view(), of_folder(tmp_path, size=32)).spec.shape == (1, 32, 32)


def test_another_modality_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "made.npz", values=RNG(0).normal(size=(6, 3)), labels=["rare"] * 6)
    with pytest.raises(DataError, match="its modality is 'vector', not 'image'"):
        fitted(view(), {"use": "arrays", "path": str(tmp_path / "made.npz")})


def test_what_lies_beside_files_becomes_lineage(tmp_path: Path) -> None:
    pictures(tmp_path, {"rare": 4})
    info = PngInfo()
    info.add_text("parameters", "a rare bird, seed 7")
    Image.fromarray(np.full((8, 8), 9, dtype=np.uint8)).save(tmp_path / "rare" / "0.png", pnginfo=info)
    (tmp_path / "rare" / "1.json").write_text('{"prompt": "two", "cfg": 7.5}')
    (tmp_path / "rare" / "2.txt").write_text("three\n")
    lines = [{"file_name": "rare/3.png", "model": "painter"}, {"file_name": "rare/1.png", "model": "brush"}]
    (tmp_path / "metadata.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (tmp_path / "rare" / "metadata.csv").write_text("file_name,seed\n3.png,12\n")
    sampler = fitted(view(), of_folder(tmp_path))
    found = sampler.metadata(Request(1, 4), np.arange(4))
    assert sorted(found, key=lambda one: str(one["file"])) == [
        {"file": "rare/0.png", "parameters": "a rare bird, seed 7"},
        {"file": "rare/1.png", "model": "brush", "prompt": "two", "cfg": 7.5},
        {"file": "rare/2.png", "prompt": "three"},
        {"file": "rare/3.png", "model": "painter", "seed": "12"},
    ]
    own = [one["file"] for one in found]
    part = sampler.metadata(Request(1, 2, start=1), np.array([1]))  # the third of all
    assert [one["file"] for one in part] == own[2:3]


def test_a_broken_list_beside_the_files_is_named(tmp_path: Path) -> None:
    pictures(tmp_path, {"rare": 1})
    (tmp_path / "metadata.jsonl").write_text("{not json")
    with pytest.raises(DataError, match=r"metadata\.jsonl is not what its name says"):
        fitted(view(), of_folder(tmp_path))


def test_says_how_many_are_training_samples(tmp_path: Path) -> None:
    (tmp_path / "rare").mkdir()
    Image.fromarray(np.zeros((8, 8), dtype=np.uint8)).save(tmp_path / "rare" / "a.png")
    train = view()
    train = TrainView(train.spec, Samples(np.full((1, 1, 8, 8), -1, np.float32), np.array([1])))
    assert fitted(train, of_folder(tmp_path, size=8)).warnings == [
        "1 of the candidates are training samples themselves"
    ]


def test_comes_back_from_its_folder(tmp_path: Path) -> None:
    pictures(tmp_path / "made", {"rare": 3})
    generator = ReadyMadeGenerator.model_validate({"source": of_folder(tmp_path / "made")})
    sampler = generator.fit(view(), Material().context())
    (tmp_path / "saved").mkdir()
    sampler.save(tmp_path / "saved")
    again = generator.load(tmp_path / "saved", Material().context())
    assert (values_of(again, 1, 3) == values_of(sampler, 1, 3)).all()
    request, rows = Request(1, 3), np.arange(3)
    assert again.metadata(request, rows) == sampler.metadata(request, rows) != []


# tables


def test_tables_are_joined_by_the_names_and_words_of_their_columns(tmp_path: Path) -> None:
    columns = (
        Column(name="age", type="integer"),
        Column(name="colour", type="categorical", categories=("red", "blue")),
    )
    spec = SampleSpec(modality="table", shape=(2,), class_names=("a", "b"), columns=columns)
    train = TrainView(spec, Samples(np.array([[30.0, 0.0], [40.0, 1.0]]), np.array([0, 1])))
    made = {
        "colour": ["blue", "violet", "red", "blue", "blue", "red", "red"],
        "age": [41.0, 42.0, 43.5, 44.0, 45.0, 46.0, None],
        "class": ["a", "a", "a", "b", "b", "b", "b"],
        "note": [1, 2, 3, 4, 5, 6, 7],
    }
    pq.write_table(pa.table(made), tmp_path / "made.parquet")
    source = {"use": "table-file", "path": str(tmp_path / "made.parquet"), "label": "class"}
    sampler = fitted(train, source)
    assert sampler.available == [1, 3]
    assert values_of(sampler, 0, 1).tolist() == [[41.0, 1.0]]
    assert sorted(values_of(sampler, 1, 3).tolist()) == [[44.0, 1.0], [45.0, 1.0], [46.0, 0.0]]
    said = " / ".join(sampler.warnings)
    assert "columns note are not in the data" in said
    assert "'colour' has values that the data do not have ('violet')" in said
    assert "'age' has values that are missing or not whole numbers" in said


@pytest.mark.parametrize(
    ("own", "wanted", "cells", "result"),
    [
        ("integer", "categorical", [1, 2], [0.0, 1.0]),  # categories 1 and 2, read as numbers
        ("boolean", "integer", [0, 1], [None, None]),  # no and yes are no numbers
        ("integer", "boolean", [0, 1], [0.0, 1.0]),
        ("categorical", "numeric", [0, 1], [1.0, 2.0]),  # the words are numbers
    ],
)
def test_types_that_differ_are_joined_by_their_words(
    own: Any, wanted: Any, cells: list[float], result: list[float | None]
) -> None:
    def column(type_: Any) -> Column:
        categories = ("1", "2") if type_ == "categorical" else ()
        words = ("no", "yes") if type_ == "boolean" else None
        return Column(name="x", type=type_, categories=categories, words=words)

    values, valid, _ = aligned(np.array(cells, dtype=np.float64)[:, None], [column(own)], [column(wanted)])
    assert [value if fine else None for value, fine in zip(values[:, 0], valid, strict=True)] == result


def test_dates_are_joined_as_dates_whatever_day_they_are_counted_from() -> None:
    rules = [
        Dates(start=start, pattern=pattern, whole=True)
        for start, pattern in (("2020-01-16", "%d.%m.%Y"), ("2020-01-12", "%Y-%m-%d"))
    ]
    own, wanted = (Column(name="joined", type="integer", dates=rule) for rule in rules)
    values, valid, notes = aligned(np.array([[0.0], [10.0]]), [own], [wanted])
    assert values.tolist() == [[4.0], [14.0]]
    assert valid.all()
    assert notes == []
    with pytest.raises(DataError, match="'joined' has dates in the data, and other values in the candidates"):
        aligned(np.zeros((1, 1)), [Column(name="joined", type="integer")], [wanted])


def test_a_missing_column_is_named() -> None:
    one = Column(name="age", type="integer")
    with pytest.raises(DataError, match="lack the column 'size'; they have age"):
        aligned(np.zeros((1, 1)), [one], [one, Column(name="size", type="numeric")])


# the strategy


def test_all_available_asks_for_every_candidate(tmp_path: Path) -> None:
    pictures(tmp_path, {"common": 3, "rare": 7})
    sampler, train, context = fitted(view(), of_folder(tmp_path)), view(), Material().context()
    for settings, wanted in (({}, [(0, 3), (1, 7)]), ({"at_most": 5}, [(0, 3), (1, 5)])):
        asked = AllAvailableStrategy.model_validate(settings).requests(train, sampler, RNG(0), context)
        assert [(one.label, one.count) for one in asked] == wanted
