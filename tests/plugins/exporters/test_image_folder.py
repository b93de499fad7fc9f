import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genaug.contracts import CompletedRun
from genaug.data import Origin, Samples
from genaug.data.images import decode_png, to_uint8
from genaug.errors import DataError
from genaug.testing.material import Material
from genaug_plugins.exporters.image_folder import ImageFolderExporter, safe_folders


def exported(folder: Path, run: CompletedRun | None = None, **settings: Any) -> list[dict[str, Any]]:
    ImageFolderExporter(**settings).export(run or Material().run(), folder)
    lines = (folder / "metadata.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert sorted(row["file_name"] for row in rows) == sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*.png")
    )
    return rows


def test_kept_candidates_and_real_training_samples_lie_apart(tmp_path: Path) -> None:
    run = Material().run()
    rows = exported(tmp_path, run)
    by_status = {status: [row for row in rows if row["status"] == status] for status in ("real", "kept")}
    assert len(rows) == len(by_status["real"]) + len(by_status["kept"])
    for status, samples, folder in (
        ("real", run.evidence.train.samples, "real"),
        ("kept", run.evidence.selected.samples, "synthetic"),
    ):
        assert [row["id"] for row in by_status[status]] == samples.ids.tolist()
        assert [row["label"] for row in by_status[status]] == samples.labels.tolist()
        for row, values in zip(by_status[status], samples.values, strict=True):
            assert row["file_name"].startswith(f"{folder}/{row['class']}/")
            assert row["synthetic"] == (status == "kept")
            pixels = decode_png((tmp_path / row["file_name"]).read_bytes())
            assert (pixels == to_uint8(values)).all()


def test_every_candidate_carries_its_history(tmp_path: Path) -> None:
    run = Material().run()
    pool = run.evidence.pool
    origins = (Origin("g" * 64, 2**62, "a <cat>", ("s1", "s2")), *pool.origins[1:])
    pool = dataclasses.replace(pool, origins=origins)
    scores = {"two-of-three.place": np.where(np.arange(24) % 2, np.inf, np.nan)}
    evidence = dataclasses.replace(
        run.evidence, pool=pool, funnel=dataclasses.replace(run.evidence.funnel, scores=scores)
    )
    rows = exported(tmp_path, dataclasses.replace(run, evidence=evidence), real="none", dropped=True)
    assert len(rows) == 24
    row = next(row for row in rows if row["id"] == pool.ids[1])
    assert row["status"] == "kept"
    assert (row["generator"], row["seed"], row["position"]) == ("g" * 64, 2**62, 1)
    assert (row["prompt"], row["sources"]) == ("a <cat>", ["s1", "s2"])
    assert row["scores"] == {
        "two-of-three.place": np.finfo(np.float64).max,
        **{f"generator.{name}": column[1] for name, column in pool.scores.items()},
    }
    dropped = next(row for row in rows if row["id"] == pool.ids[0])
    assert dropped["file_name"].startswith("dropped/")
    assert (dropped["dropped_by"], dropped["reason"]) == ("two-of-three", "every third is dropped")
    assert dropped["scores"]["two-of-three.place"] is None


def test_real_and_synthetic_may_be_joined(tmp_path: Path) -> None:
    rows = exported(tmp_path, real="joined")
    assert {row["file_name"].split("/")[0] for row in rows} == {"joined"}
    assert {row["status"] for row in rows} == {"real", "kept"}
    assert len(rows) == 18 + 16


def test_the_same_content_twice_gives_two_files(tmp_path: Path) -> None:
    run = Material().run()
    values = run.evidence.pool.samples.values.copy()
    values[2] = values[1]
    pool = dataclasses.replace(run.evidence.pool, samples=Samples(values, run.evidence.pool.samples.labels))
    twins = dataclasses.replace(run, evidence=dataclasses.replace(run.evidence, pool=pool))
    rows = exported(tmp_path, twins, real="none")
    assert len(rows) == 16
    assert sum(row["file_name"].endswith(f"{pool.ids[1]}-2.png") for row in rows) == 1


def test_the_card_says_what_the_folder_holds(tmp_path: Path) -> None:
    exported(tmp_path)
    card = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "No measurable effect: +0.01 accuracy" in card
    assert f"| {Material().spec.class_names[0]} | 6 |" in card


def test_class_folders_are_safe_and_distinct() -> None:
    names = [
        "T-shirt/top",
        "../../etc",
        "a:b",
        "a*b",
        "A_B",
        "été",
        "",
        "...",
        "CON",
        "train",
        "test tube",
        "x" * 300,
    ]
    folders = safe_folders(names)
    assert folders[:2] == ["T-shirt_top", "_.._etc"]
    assert folders[2:9] == ["a_b", "a_b-2", "A_B-3", "été", "class-6", "class-7", "class-8"]
    assert folders[9:] == ["class-9", "class-10", "x" * 100]
    assert safe_folders(["class-1", ""]) == ["class-1", "class-1-2"]


def test_samples_that_are_no_images_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="remove it from `exporters`"):
        ImageFolderExporter().export(Material((6,)).run(), tmp_path)


def test_hugging_face_opens_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    run = Material().run()
    spec = run.evidence.spec.model_copy(update={"class_names": ("train", "test tube", "a/b")})
    train = dataclasses.replace(run.evidence.train, spec=spec)
    run = dataclasses.replace(run, evidence=dataclasses.replace(run.evidence, train=train))
    (tmp_path / "out").mkdir()
    rows = exported(tmp_path / "out", run, dropped=True)
    opened = datasets.load_dataset(
        "imagefolder", data_dir=str(tmp_path / "out"), cache_dir=str(tmp_path / "cache")
    )
    assert list(opened) == ["train"]
    table = opened["train"]
    assert len(table) == len(rows) == 18 + 24
    by_name = {(row["id"], row["status"]): row for row in table}
    for row in rows:
        read = by_name[row["id"], row["status"]]
        assert read["class"] == row["class"]
        assert read["label"] == row["label"]
        assert read.get("scores") == row.get("scores") or row["status"] == "real"
        expected = decode_png((tmp_path / "out" / row["file_name"]).read_bytes())
        assert (np.asarray(read["image"]) == expected[0]).all()
