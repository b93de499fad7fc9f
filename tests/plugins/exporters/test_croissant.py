"""What `mlcroissant` validates and reads is what the run kept."""

import dataclasses
import hashlib
import json
import socket
from pathlib import Path
from typing import Any

import datasets
import mlcroissant
import numpy as np
import pytest
from mlcroissant import Issues
from pydantic import ValidationError

from genaug.contracts import CompletedRun
from genaug.data import Origin
from genaug.data.images import to_uint8
from genaug.testing import failures
from genaug.testing.material import Material
from genaug_plugins.exporters.croissant import CroissantExporter

pytestmark = [
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning:rdflib"),
    pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame.reset_index:DeprecationWarning"),
]

RECOMMENDED = {
    "license": "CC-BY-4.0",
    "date_published": "2026-01-31",
    "cite_as": "Me: Samples.",
    "version": "1.0.0",
}


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("nothing here may use a network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def opened(folder: Path, run: CompletedRun | None = None, **settings: Any) -> mlcroissant.Dataset:
    CroissantExporter(**settings).export(run or Material().run(), folder)
    return mlcroissant.Dataset(jsonld=folder / "croissant.json")


def issues(data: mlcroissant.Dataset) -> Issues:
    return data.metadata.ctx.issues


def records(data: mlcroissant.Dataset, part: str) -> list[dict[str, Any]]:
    """Return the records by column, text as text."""
    return [
        {
            name.removeprefix(f"{part}/"): value.decode() if isinstance(value, bytes) else value
            for name, value in record.items()
        }
        for record in data.records(part)
    ]


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_images_are_decoded_and_labelled(tmp_path: Path, channels: int) -> None:
    run = Material((channels, 8, 8)).run()
    data = opened(tmp_path, run)
    assert not issues(data).errors
    for part, samples in (
        ("real", run.evidence.train.samples),
        ("synthetic", run.evidence.selected.samples),
    ):
        read = records(data, part)
        assert [record["id"] for record in read] == samples.ids.tolist()
        assert [record["label"] for record in read] == samples.labels.tolist()
        assert {record["synthetic"] for record in read} == {part == "synthetic"}
        for record, values in zip(read, samples.values, strict=True):
            pixels = np.asarray(record["image"]).reshape(8, 8, channels).transpose(2, 0, 1)
            assert (pixels == to_uint8(values)).all()
    assert [(one["label"], one["name"]) for one in records(data, "classes")] == list(
        enumerate(run.evidence.spec.class_names)
    )


@pytest.mark.parametrize("shape", [(2, 32), (6,), (5, 8, 8)])
def test_other_samples_are_numbers(tmp_path: Path, shape: tuple[int, ...]) -> None:
    run = Material(shape).run()
    read = records(opened(tmp_path, run), "synthetic")
    expected = run.evidence.selected.samples.values.reshape(len(read), -1)
    assert (np.array([record["values"] for record in read]) == expected).all()


def test_history_and_scores_are_fields_to_the_last_digit(tmp_path: Path) -> None:
    run = Material().run()
    pool = run.evidence.pool
    origins = (Origin("g" * 64, 2**62 + 1, "a <cat>", ("s1", "s2")), *pool.origins[1:])
    odd = "it's a.score [x] \\ größer"
    scores = {odd: np.arange(24) / 7, "late.score": np.where(np.arange(24) < 3, np.nan, 1.0)}
    evidence = dataclasses.replace(
        run.evidence,
        pool=dataclasses.replace(pool, origins=origins),
        funnel=dataclasses.replace(run.evidence.funnel, scores=scores),
    )
    data = opened(tmp_path, dataclasses.replace(run, evidence=evidence))
    assert not issues(data).errors
    read = records(data, "synthetic")
    first, kept = read[0], np.flatnonzero(evidence.funnel.kept)
    assert (first["generator"], first["seed"], first["position"]) == ("g" * 64, 2**62 + 1, 1)
    assert (first["prompt"], [one.decode() for one in first["sources"]]) == ("a <cat>", ["s1", "s2"])
    (name,) = (field for field in first if field.endswith("gr%C3%B6%C3%9Fer"))
    assert [record[name] for record in read] == (kept / 7).tolist()
    assert [record["scores/late.score"] for record in read][:3] == [None, None, 1.0]
    described = {field.id: field.name for field in data.metadata.record_sets[1].fields}
    assert odd in json.dumps(described[f"synthetic/{name}"], ensure_ascii=False).replace("\\\\", "\\")


def test_nothing_is_made_up_and_what_is_told_leaves_nothing_to_recommend(tmp_path: Path) -> None:
    for name in ("silent", "told"):
        (tmp_path / name).mkdir()
    silent = opened(tmp_path / "silent")
    assert sorted(text.split('"')[1].rpartition("/")[2] for text in issues(silent).warnings) == [
        "citeAs", "datePublished", "license", "version"
    ]  # fmt: skip
    told = opened(tmp_path / "told", **RECOMMENDED)
    assert not issues(told).warnings
    assert told.metadata.license == ["CC-BY-4.0"]


def test_the_description_says_the_verdict_and_the_hash_of_each_file(tmp_path: Path) -> None:
    opened(tmp_path, title="my-digits")
    described = json.loads((tmp_path / "croissant.json").read_text(encoding="utf-8"))
    assert described["name"] == "my-digits"
    assert described["description"].startswith("No measurable effect: +0.01 accuracy")
    assert described["conformsTo"] == "http://mlcommons.org/croissant/1.1"
    hashes = {file["contentUrl"]: file["sha256"] for file in described["distribution"]}
    assert hashes == {
        path.relative_to(tmp_path).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (tmp_path / "data").iterdir()
    }


def test_a_file_that_was_changed_is_not_read(tmp_path: Path) -> None:
    data = opened(tmp_path)
    (path,) = (tmp_path / "data").glob("synthetic-*")
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(mlcroissant.GenerationError) as refused:
        records(data, "synthetic")
    assert "not identical" in str(refused.value.__cause__)


def test_real_samples_may_be_left_out_and_none_may_be_kept(tmp_path: Path) -> None:
    data = opened(tmp_path, Material().run(np.zeros(24, dtype=np.bool_)), real=False)
    assert not issues(data).errors
    assert [part.id for part in data.metadata.record_sets] == ["classes", "synthetic"]
    assert records(data, "synthetic") == []


def test_datasets_opens_the_same_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    run = Material().run()
    (tmp_path / "out").mkdir()
    opened(tmp_path / "out", run)
    table = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))["train"]
    assert set(table["id"]) == {*run.evidence.train.samples.ids, *run.evidence.selected.ids}
    assert table.features["label"].names == list(run.evidence.spec.class_names)


@pytest.mark.parametrize("wrong", [{"title": "my digits"}, {"version": "1"}, {"license": ""}])
def test_what_the_format_refuses_is_refused_at_once(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        CroissantExporter(**wrong)


@pytest.mark.parametrize("material", [Material(), Material((6,))])
def test_it_meets_the_contract_of_an_exporter(material: Material) -> None:
    assert failures(CroissantExporter(), material) == {}
