"""Every exporter writes soft labels, where candidates have them."""

import dataclasses
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from genaug import CompletedRun
from genaug.data import Origin
from genaug.testing.material import Material
from genaug_plugins.exporters.croissant import CroissantExporter
from genaug_plugins.exporters.hugging_face import HuggingFaceExporter
from genaug_plugins.exporters.image_folder import ImageFolderExporter
from genaug_plugins.exporters.signal_file import SignalFileExporter
from genaug_plugins.exporters.table_file import TableFileExporter
from genaug_plugins.exporters.text_file import TextFileExporter
from genaug_plugins.exporters.text_folder import TextFolderExporter
from genaug_plugins.exporters.webdataset import WebdatasetExporter

SHARES = (0.7, 0.3, 0.0)


def softened(material: Material) -> CompletedRun:
    """Return a run whose candidates of the first class have a soft label."""
    run = material.run()
    pool = run.evidence.pool
    shares = pool.samples.class_shares(3).copy()
    shares[pool.origin == 0] = SHARES
    first = Origin("0" * 64, 0, soft_label=SHARES)
    samples = dataclasses.replace(pool.samples, soft_labels=shares)
    pool = dataclasses.replace(pool, samples=samples, origins=(first, *pool.origins[1:]))
    return dataclasses.replace(run, evidence=dataclasses.replace(run.evidence, pool=pool))


def check(rows: list[dict[str, Any]], names: bool = False) -> None:
    """Check the soft labels of real and of synthetic rows."""
    a_class = ("round", "square", "flat") if names else (0, 1, 2)
    for row in rows:
        if row["synthetic"] and row["label"] == a_class[0]:
            assert row["soft_label"] == list(SHARES)
        else:
            assert max(row["soft_label"]) == 1
    assert {row["synthetic"] for row in rows} == {True, False}
    assert sum(row["soft_label"] == list(SHARES) for row in rows) >= 5


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_class_folders_have_the_largest_share_and_metadata_has_all(tmp_path: Path) -> None:
    ImageFolderExporter(real="apart").export(softened(Material()), tmp_path)
    check(lines(tmp_path / "metadata.jsonl"))
    card = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "its folder, is the one with the largest share" in card


def test_parquet_files_have_a_list_of_shares(tmp_path: Path) -> None:
    HuggingFaceExporter().export(softened(Material()), tmp_path)
    table = pq.read_table(next((tmp_path / "data").glob("*.parquet")))
    check(table.drop_columns(["image"]).to_pylist())


def test_webdataset_has_them_in_its_json(tmp_path: Path) -> None:
    WebdatasetExporter().export(softened(Material()), tmp_path)
    rows = []
    for path in sorted(tmp_path.glob("*.tar")):
        with tarfile.open(path) as archive:
            for name in archive.getnames():
                if name.endswith(".json"):
                    member = archive.extractfile(name)
                    assert member is not None
                    rows.append(json.loads(member.read()))
    check(rows)


def test_tables_have_a_column_of_json(tmp_path: Path) -> None:
    run = softened(Material.of_table())
    TableFileExporter().export(run, tmp_path)
    rows = pyarrow.csv.read_csv(tmp_path / "table.csv").to_pylist()
    label = run.evidence.spec.class_names[0]
    found = [json.loads(row["soft_label"]) for row in rows if row["synthetic"] and label in row.values()]
    assert found
    assert all(shares == list(SHARES) for shares in found)


@pytest.mark.parametrize(
    ("exporter", "material", "file"),
    [
        (SignalFileExporter(), Material((2, 16), "signal"), "rows.jsonl"),
        (TextFileExporter(), Material.of_text(), "texts.jsonl"),
        (TextFolderExporter(), Material.of_text(), "rows.jsonl"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_lists_of_rows_have_them(exporter: Any, material: Material, file: str, tmp_path: Path) -> None:
    run = softened(material)
    exporter.export(run, tmp_path)
    rows = lines(tmp_path / file)
    assert all("soft_label" in row for row in rows)
    assert sum(row["soft_label"] == list(SHARES) for row in rows) >= 5


def test_croissant_describes_them(tmp_path: Path) -> None:
    CroissantExporter().export(softened(Material()), tmp_path)
    described = next(tmp_path.rglob("croissant.json")).read_text(encoding="utf-8")
    assert "synthetic/soft_label" in described
    assert np.isclose(sum(SHARES), 1)
