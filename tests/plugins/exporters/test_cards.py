"""The cards and texts that exporters write beside the samples."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.csv
import pyarrow.parquet
import pytest

from genaug.contracts import Exporter
from genaug.errors import DataError
from genaug.testing.material import Material
from genaug_plugins.exporters.croissant import CroissantExporter
from genaug_plugins.exporters.hugging_face import HuggingFaceExporter
from genaug_plugins.exporters.image_folder import ImageFolderExporter
from genaug_plugins.exporters.table_file import TableFileExporter
from genaug_plugins.exporters.text_file import TextFileExporter
from genaug_plugins.exporters.webdataset import WebdatasetExporter

OF_KIND = [
    (ImageFolderExporter(), Material()),
    (HuggingFaceExporter(), Material()),
    (HuggingFaceExporter(), Material.of_table()),
    (CroissantExporter(), Material()),
    (WebdatasetExporter(), Material()),
    (TextFileExporter(), Material.of_text()),
    (TableFileExporter(), Material.of_table()),
]


@pytest.mark.parametrize(("exporter", "material"), OF_KIND)
def test_tables_of_cards_are_complete(tmp_path: Path, exporter: Exporter, material: Material) -> None:
    exporter.export(material.run(), tmp_path)
    card = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "use real samples that are not in this folder for evaluation." in card.replace("\n", " ")
    tables = [
        block.splitlines() for block in card.split("\n\n") if any(x[:1] == "|" for x in block.splitlines())
    ]
    assert len(tables) >= 2
    for header, border, *rows in tables:
        assert set(border) == {"|", "-"}
        assert [line.count("|") for line in rows] == [header.count("|")] * len(rows)
        assert all(line.startswith("| ") and line.endswith(" |") for line in (header, *rows))


@pytest.mark.parametrize(
    ("exporter", "material"), [(TextFileExporter(), Material()), (TableFileExporter(), Material.of_text())]
)
def test_another_modality_is_refused(exporter: Exporter, material: Material) -> None:
    with pytest.raises(DataError, match=f"{exporter.name}.*{material.spec.modality}.*remove it"):
        exporter.check_usable(material.spec)


def test_texts_are_written_with_their_history(tmp_path: Path) -> None:
    run = Material.of_text().run()
    TextFileExporter().export(run, tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "texts.jsonl").read_text(encoding="utf-8").splitlines()]
    real, selected = run.evidence.train.samples, run.evidence.selected
    assert [line["text"] for line in lines] == [*real.values, *selected.samples.values]
    assert [line["status"] for line in lines] == ["real"] * len(real) + ["kept"] * len(selected)
    names = run.evidence.spec.class_names
    assert [line["label"] for line in lines[: len(real)]] == [names[label] for label in real.labels]
    kept = np.flatnonzero(run.evidence.funnel.kept)
    assert [line["scores"]["two-of-three.place"] for line in lines[len(real) :]] == kept.tolist()


@pytest.mark.parametrize("settings", [{"format": "csv"}, {"format": "parquet", "real": False}])
def test_rows_are_written_with_their_history(tmp_path: Path, settings: dict[str, Any]) -> None:
    run = Material.of_table().run()
    TableFileExporter(**settings).export(run, tmp_path)
    if settings["format"] == "csv":
        table = pyarrow.csv.read_csv(tmp_path / "table.csv").to_pylist()
    else:
        table = pyarrow.parquet.read_table(tmp_path / "table.parquet").to_pylist()
    real, selected = run.evidence.train.samples, run.evidence.selected
    expected = [*(real.ids.tolist() if settings.get("real", True) else []), *selected.ids.tolist()]
    assert [row["id"] for row in table] == expected
    assert [row["synthetic"] for row in table] == [name in set(selected.ids.tolist()) for name in expected]
    pool, kept = run.evidence.pool, np.flatnonzero(run.evidence.funnel.kept)
    seeds = [pool.origins[pool.origin[index]].seed for index in kept]
    assert [row["seed"] for row in table[-len(kept) :]] == seeds
    assert [row["position"] for row in table[-len(kept) :]] == pool.position[kept].tolist()
    assert {row["class"] for row in table} <= set(run.evidence.spec.class_names)
