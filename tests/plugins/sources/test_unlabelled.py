"""Samples without a class are read alike from all kinds of data; -1 is a class unless names say otherwise."""

import io
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from genaug import Source, from_arrays
from genaug.data.audit import audit
from genaug_plugins.sources.arrays import ArraysSource
from genaug_plugins.sources.huggingface_dataset import HuggingfaceDatasetSource
from genaug_plugins.sources.image_list import ImageListSource
from genaug_plugins.sources.signal_file import SignalFileSource
from genaug_plugins.sources.table_file import TableFileSource
from genaug_plugins.sources.text_file import TextFileSource
from genaug_plugins.sources.webdataset import WebdatasetSource

VECTORS = np.random.default_rng(0).normal(size=(8, 16)).astype(np.float32)


def png(row: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(row).integers(0, 255, (8, 8), np.uint8)).save(file, "PNG")
    return file.getvalue()


def lines(folder: Path, head: str, cells: list[str], labels: list[str]) -> Path:
    rows = [f"{cell},{label}" for cell, label in zip(cells, labels, strict=True)]
    (folder / "data.csv").write_text("\n".join([f"{head},label", *rows]) + "\n")
    return folder / "data.csv"


def table(folder: Path, labels: list[str]) -> Source:
    return TableFileSource(path=lines(folder, "a", [f"{row}.5" for row in range(8)], labels), label="label")


def text(folder: Path, labels: list[str]) -> Source:
    return TextFileSource(path=lines(folder, "text", [f"word {row} and more" for row in range(8)], labels))


def signals(folder: Path, labels: list[str]) -> Source:
    head = ",".join(f"t{step}" for step in range(16))
    return SignalFileSource(path=lines(folder, head, [",".join(map(str, row)) for row in VECTORS], labels))


def signal_arrays(folder: Path, labels: list[str]) -> Source:
    np.savez(folder / "s.npz", values=VECTORS, labels=labels)
    return SignalFileSource(path=folder / "s.npz", label="labels")


def images(folder: Path, labels: list[str]) -> Source:
    for row in range(8):
        (folder / f"{row}.png").write_bytes(png(row))
    return ImageListSource(path=lines(folder, "path", [f"{row}.png" for row in range(8)], labels), size=8)


def npz(folder: Path, labels: list[str]) -> Source:
    np.savez(folder / "v.npz", values=VECTORS, labels=labels)
    return ArraysSource(path=folder / "v.npz")


def memory(folder: Path, labels: list[str]) -> Source:
    return from_arrays(VECTORS, [label or None for label in labels])


def shards(folder: Path, labels: list[str]) -> Source:
    with tarfile.open(folder / "d.tar", "w") as archive:
        for row, label in enumerate(labels):
            for suffix, content in (("png", png(row)), ("cls", label.encode())):
                member = tarfile.TarInfo(f"{row}.{suffix}")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return WebdatasetSource(path=folder / "d.tar", size=8)


def hugging_face(folder: Path, labels: list[str]) -> Source:
    cells = {
        "image": [{"bytes": png(row), "path": None} for row in range(8)],
        "label": [x or None for x in labels],
    }
    pq.write_table(pa.table(cells), folder / "train.parquet")
    return HuggingfaceDatasetSource(path=str(folder), size=8)


SOURCES = [table, text, signals, signal_arrays, images, npz, memory, shards, hugging_face]


@pytest.mark.parametrize("source", SOURCES)
def test_an_empty_label_is_no_class(tmp_path: Path, source: Any) -> None:
    dataset = source(tmp_path, ["a", "", "b", "a", "NA", "b", "a", "b"]).load()
    assert dataset.spec.class_names == ("a", "b")
    assert dataset.samples.labels.tolist() == [0, -1, 1, 0, -1, 1, 0, 1]
    assert audit(dataset).unlabelled == 2


@pytest.mark.parametrize("source", SOURCES)
def test_minus_one_is_a_class_and_said(tmp_path: Path, source: Any) -> None:
    dataset = source(tmp_path, ["-1", "0", "1", "-1", "0", "1", "0", "1"]).load()
    assert sorted(dataset.spec.class_names) == ["-1", "0", "1"]
    assert any("'-1' is a class of 2 samples" in note for note in audit(dataset).notes)


def test_minus_one_is_no_class_where_the_others_have_names(tmp_path: Path) -> None:
    labels = [0, -1, 1, 0, -1, 1, 0, 1]
    expected = [0, -1, 1, 0, -1, 1, 0, 1]
    named = from_arrays(VECTORS, labels, class_names=("cat", "dog")).load()
    assert (named.spec.class_names, named.samples.labels.tolist()) == (("cat", "dog"), expected)
    shard = shards(tmp_path, list(map(str, labels))).model_copy(update={"class_names": ("cat", "dog")})
    assert shard.load().samples.labels.tolist() == expected
    assert (
        from_arrays(VECTORS, np.array([0, np.nan, 1, 0, np.nan, 1, 0, 1])).load().samples.labels.tolist()
        == expected
    )
    assert from_arrays(VECTORS, [0, None, 1, 0, None, 1, 0, 1]).load().spec.class_names == ("0", "1")
    assert from_arrays(VECTORS, [-1, 1] * 4).load().spec.class_names == ("-1", "1")
