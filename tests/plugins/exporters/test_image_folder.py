import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from torchvision.datasets import ImageFolder

from genaug.contracts import CompletedRun
from genaug.data import Funnel, Origin, Samples, Selection
from genaug.data.images import decode_png, to_uint8
from genaug.errors import DataError, RenamedWarning
from genaug.testing.material import Material
from genaug_plugins.exporters.class_folder_names import safe_folders
from genaug_plugins.exporters.image_folder import ImageFolderExporter


def exported(folder: Path, run: CompletedRun | None = None, **settings: Any) -> list[dict[str, Any]]:
    ImageFolderExporter(**settings).export(run or Material().run(), folder)
    lines = (folder / "metadata.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    named = [row[key] for row in rows for key in ("file_name", "together") if key in row]
    assert sorted(named) == sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.*")
        if path.parent != folder and path.relative_to(folder).parts[0] not in ("validation", "test")
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


def test_real_and_synthetic_may_be_written_together_alone(tmp_path: Path) -> None:
    with pytest.warns(RenamedWarning, match="'joined' of 'real' is now called 'all'"):
        rows = exported(tmp_path, real="joined")
    assert {row["file_name"].split("/")[0] for row in rows} == {"all"}
    assert not (tmp_path / "synthetic").exists()
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
    assert folders[9:] == ["train", "test tube", "x" * 100]
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
    rows = exported(tmp_path / "out", run, dropped=True, held_out=True)
    opened = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))
    assert list(opened) == ["train"]
    held_out = datasets.load_dataset(str(tmp_path / "out"), "held_out", cache_dir=str(tmp_path / "cache"))
    assert {view: len(part) for view, part in held_out.items()} == {"validation": 6, "test": 12}
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


@pytest.mark.parametrize("settings", [{}, {"real": "all"}, {"held_out": True, "dropped": True}], ids=str)
def test_hugging_face_counts_each_image_once(
    settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    rows = exported(tmp_path, Material().run(), **settings)
    once = sum(row["status"] in ("real", "kept") for row in rows)
    cache = str(tmp_path / "cache")
    together = datasets.load_dataset("imagefolder", data_dir=str(tmp_path / "all"), cache_dir=cache)["train"]
    assert len(together) == once
    assert together.features["label"].names == sorted(Material().spec.class_names)
    whole = datasets.load_dataset(str(tmp_path), cache_dir=cache)["train"]
    assert len(whole) == len(rows)
    card = (tmp_path / "README.md").read_text()
    assert 'load_dataset("imagefolder", data_dir="all")' in card


def test_a_file_that_is_gone_is_a_png_of_the_task(tmp_path: Path) -> None:
    run = with_files(tmp_path / "files", ["a.png", "b.png"])
    Path(run.files["train"][0]).unlink()
    (tmp_path / "out").mkdir()
    rows = exported(tmp_path / "out", run)
    gone, there = rows[:2]
    assert "original" not in gone
    assert decode_png((tmp_path / "out" / gone["file_name"]).read_bytes()).shape == (3, 8, 8)
    assert there["original"] == "b.png"
    assert (
        "The original files of 1 real images do not exist any more"
        in (tmp_path / "out" / "README.md").read_text()
    )


def with_files(folder: Path, names: list[str]) -> CompletedRun:
    """Return a run whose first training images have files of these names, of 20 × 30 pixels."""
    run = Material((3, 8, 8)).run()
    paths = []
    for number, name in enumerate(names):
        (folder / str(number)).mkdir(parents=True)
        path = folder / str(number) / name
        Image.new("RGB", (30, 20), (number, 100, 200)).save(path)
        paths.append(str(path))
    files = np.array([*paths, *[""] * (18 - len(paths))])
    return dataclasses.replace(run, files={"train": files})


def test_torchvision_reads_the_classes_and_every_image(tmp_path: Path) -> None:
    run = Material((3, 8, 8)).run()
    rows = exported(tmp_path, run)
    whole = ImageFolder(tmp_path / "all")
    assert whole.classes == sorted(run.evidence.spec.class_names)
    assert len(whole) == len(rows) == 34
    assert len(ImageFolder(tmp_path / "real")) == 18
    assert len(ImageFolder(tmp_path / "synthetic")) == 16
    joined = {row["together"] for row in rows}
    assert joined == {Path(path).relative_to(tmp_path).as_posix() for path, _ in whole.samples}
    for path, label in whole.samples:
        row = next(row for row in rows if path.endswith(row["together"]))
        assert row["class"] == whole.classes[label]
    by_class = json.loads((tmp_path / "classes.json").read_text(encoding="utf-8"))
    assert [one["class"] for one in by_class] == list(run.evidence.spec.class_names)


@pytest.mark.parametrize("originals", ["link", "copy"])
def test_real_files_keep_name_bytes_and_resolution(tmp_path: Path, originals: str) -> None:
    names = ["IMG 1.jpg", "img 1.JPG", "b.webp", "c.png"]
    run = with_files(tmp_path / "source", names)
    before = {path: path.read_bytes() for path in (tmp_path / "source").rglob("*.*")}
    (tmp_path / "out").mkdir()
    rows = exported(tmp_path / "out", run, originals=originals)
    assert [row.get("original") for row in rows[:5]] == [*names, None]
    for row, source in zip(rows, run.files["train"][:4], strict=False):
        for key, folder in (("file_name", "real"), ("together", "all")):
            path = tmp_path / "out" / row[key]
            assert path.parent == tmp_path / "out" / folder / row["class"]
            assert path.name.lower() in (Path(source).name.lower(), "img 1-2.jpg")
            assert path.read_bytes() == before[Path(source)]
            assert path.samefile(source) == (originals == "link")
    assert len({row["together"].casefold() for row in rows}) == len(rows)
    assert {path: path.read_bytes() for path in before} == before


def test_a_file_that_torchvision_passes_over_is_a_png_beside_the_others(tmp_path: Path) -> None:
    run = with_files(tmp_path / "source", ["a.gif", "b.png"])
    (tmp_path / "out").mkdir()
    rows = exported(tmp_path / "out", run)
    assert rows[0]["file_name"].endswith("a.gif")
    assert rows[0]["together"].endswith("a.png")
    with Image.open(tmp_path / "out" / rows[0]["together"]) as image:
        assert image.size == (30, 20)
    assert len(ImageFolder(tmp_path / "out" / "all")) == 34


def test_a_file_that_is_no_sample_of_its_own_is_not_copied(tmp_path: Path) -> None:
    run = with_files(tmp_path / "source", ["scene.png", "gone.png"])
    files = run.files["train"].copy()
    files[2] = files[0]  # two crops of one scene
    Path(files[1]).unlink()
    (tmp_path / "out").mkdir()
    rows = exported(tmp_path / "out", dataclasses.replace(run, files={"train": files}))
    for row, values in zip(rows[:3], run.evidence.train.samples.values, strict=False):
        assert "original" not in row
        assert (decode_png((tmp_path / "out" / row["file_name"]).read_bytes()) == to_uint8(values)).all()


def test_names_that_are_no_utf_8_are_replaced(tmp_path: Path) -> None:
    run = with_files(tmp_path / "source", ["a\udce9.png", "b\n.png"])
    (tmp_path / "out").mkdir()
    rows = exported(tmp_path / "out", run)
    assert [Path(row["file_name"]).stem for row in rows[:2]] == [row["id"] for row in rows[:2]]


def test_a_class_without_synthetic_images_keeps_its_folder(tmp_path: Path) -> None:
    run = Material((3, 8, 8)).run()
    kept = run.evidence.pool.labels == 1
    funnel = Funnel.of(24).then("one", Selection(kept, np.where(kept, "", "no").astype(np.object_)))
    run = dataclasses.replace(run, evidence=dataclasses.replace(run.evidence, funnel=funnel))
    exported(tmp_path, run)
    classes = sorted(run.evidence.spec.class_names)
    assert ImageFolder(tmp_path / "synthetic", allow_empty=True).classes == classes
    assert {label for _, label in ImageFolder(tmp_path / "synthetic", allow_empty=True).samples} == {
        classes.index(run.evidence.spec.class_names[1])
    }


def test_synthetic_images_have_the_resolution_in_which_they_were_made(tmp_path: Path) -> None:
    run = Material((3, 8, 8)).run()
    pool = run.evidence.pool
    native = pool.spec.model_copy(update={"shape": (3, 16, 24)})
    values = np.random.default_rng(0).uniform(-1, 1, (24, 3, 16, 24)).astype(np.float32)
    pool = dataclasses.replace(pool, native_samples=Samples(values, pool.labels), native_spec=native)
    run = dataclasses.replace(run, evidence=dataclasses.replace(run.evidence, pool=pool))
    rows = exported(tmp_path, run)
    made = decode_png((tmp_path / rows[18]["file_name"]).read_bytes())
    assert (made == to_uint8(values)[np.flatnonzero(run.evidence.funnel.kept)[0]]).all()
    assert "Synthetic images have 16 × 24 pixels" in (tmp_path / "README.md").read_text(encoding="utf-8")


def test_held_out_views_are_only_in_folders_of_their_own(tmp_path: Path) -> None:
    run = Material((3, 8, 8)).run()
    rows = exported(tmp_path, run, held_out=True)
    evidence = run.evidence
    for view, samples in (("validation", evidence.validation.samples), ("test", evidence.test.samples)):
        lines = (tmp_path / view / "metadata.jsonl").read_text(encoding="utf-8").splitlines()
        held = [json.loads(line) for line in lines]
        assert [row["id"] for row in held] == samples.ids.tolist()
        assert not {row["id"] for row in held} & {row["id"] for row in rows}
        assert len(ImageFolder(tmp_path / view)) == len(samples)
        assert all((tmp_path / view / row["file_name"]).is_file() for row in held)
