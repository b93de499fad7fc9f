"""What `datasets` opens is what the run kept."""

import dataclasses
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pytest
from ruamel.yaml import YAML

from genaug.contracts import CompletedRun
from genaug.data.images import to_uint8
from genaug.testing.material import Material
from genaug_plugins.exporters.hugging_face import HuggingFaceExporter


def opened(folder: Path, run: CompletedRun | None = None, **settings: Any) -> datasets.Dataset:
    (folder / "out").mkdir()
    HuggingFaceExporter(**settings).export(run or Material().run(), folder / "out")
    return datasets.load_dataset(str(folder / "out"), cache_dir=str(folder / "cache"))["train"]


def test_images_are_decoded_and_marked(tmp_path: Path) -> None:
    run = Material().run()
    real, kept = run.evidence.train.samples, run.evidence.selected
    table = opened(tmp_path, run)
    assert len(table) == len(real) + len(kept)
    assert table["synthetic"] == [False] * len(real) + [True] * len(kept)
    assert table["id"] == [*real.ids.tolist(), *kept.ids.tolist()]
    assert table.features["label"].names == list(run.evidence.spec.class_names)
    assert table["label"] == [*real.labels.tolist(), *kept.labels.tolist()]
    values = np.concatenate([real.values, kept.samples.values])
    for row, value in zip(table, values, strict=True):
        assert (np.asarray(row["image"]) == to_uint8(value)[0]).all()


def test_scores_and_origin_are_columns(tmp_path: Path) -> None:
    run = Material().run()
    pool = dataclasses.replace(run.evidence.pool, scores={"logit": np.arange(24) / 2})
    run = dataclasses.replace(run, evidence=dataclasses.replace(run.evidence, pool=pool))
    table = opened(tmp_path, run, real=False)
    kept = np.flatnonzero(run.evidence.funnel.kept)
    assert [row["generator.logit"] for row in table["scores"]] == (kept / 2).tolist()
    assert table["seed"] == [pool.origins[pool.origin[index]].seed for index in kept]
    assert set(table["status"]) == {"kept"}


def test_files_hold_no_more_than_a_shard(tmp_path: Path) -> None:
    run = Material().run()
    table = opened(tmp_path, run, shard=7)
    files = sorted(path.name for path in (tmp_path / "out" / "data").iterdir())
    count = -(-len(table) // 7)
    assert files == [f"train-{n:05d}-of-{count:05d}.parquet" for n in range(count)]
    ids = [*run.evidence.train.samples.ids.tolist(), *run.evidence.selected.ids.tolist()]
    assert table["id"] == ids


@pytest.mark.parametrize("shape", [(2, 32), (6,), (5, 8, 8)])
def test_other_samples_are_numbers(tmp_path: Path, shape: tuple[int, ...]) -> None:
    run = Material(shape).run()
    table = opened(tmp_path, run, real=False)
    assert "image" not in table.features
    expected = run.evidence.selected.samples.values.reshape(len(table), -1)
    assert np.allclose(np.asarray(table["values"]), expected)


def test_the_card_says_the_verdict_and_marks_the_data_as_synthetic(tmp_path: Path) -> None:
    run = Material().run()
    opened(tmp_path, run)
    card = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    head = YAML(typ="safe", pure=True).load(card.split("---")[1])
    assert "synthetic" in head["tags"]
    verdict = next(one.verdict for one in run.findings if one.verdict)
    assert verdict.sentence in card
