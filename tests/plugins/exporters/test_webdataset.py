"""What the real `webdataset` streams is what the run kept."""

import dataclasses
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import webdataset

from genaug.contracts import CompletedRun
from genaug.data import Origin, Samples
from genaug.data.images import to_uint8
from genaug.testing import failures
from genaug.testing.material import Material
from genaug_plugins.exporters.webdataset import WebdatasetExporter

# The library leaves the archives it reads to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")


def exported(folder: Path, run: CompletedRun | None = None, **settings: Any) -> CompletedRun:
    run = run or Material().run()
    WebdatasetExporter(**settings).export(run, folder)
    return run


def streamed(folder: Path, part: str, decoding: str | None = None) -> list[dict[str, Any]]:
    archives = sorted(str(path) for path in folder.glob(f"{part}-*.tar"))
    data = webdataset.WebDataset(archives, shardshuffle=False)
    return list(data.decode(decoding) if decoding else data.decode())


@pytest.mark.parametrize(("channels", "decoding"), [(1, "pill"), (2, "pilrgba"), (3, "pil"), (4, "pilrgba")])
def test_images_classes_and_history_are_read_back(tmp_path: Path, channels: int, decoding: str) -> None:
    run = exported(tmp_path, Material((channels, 8, 8)).run())
    assert f'.decode("{decoding}")' in (tmp_path / "README.md").read_text(encoding="utf-8")
    names = json.loads((tmp_path / "classes.json").read_text(encoding="utf-8"))
    assert names == list(run.evidence.spec.class_names)
    for part, samples, status in (
        ("real", run.evidence.train.samples, "real"),
        ("synthetic", run.evidence.selected.samples, "kept"),
    ):
        read = streamed(tmp_path, part, decoding)
        assert [sample["json"]["id"] for sample in read] == samples.ids.tolist()
        assert [sample["cls"] for sample in read] == samples.labels.tolist()
        for sample, values in zip(read, samples.values, strict=True):
            pixels = np.asarray(sample["png"]).reshape(8, 8, -1)[:, :, -channels:].transpose(2, 0, 1)
            assert (pixels == to_uint8(values)).all()
            told = sample["json"]
            assert (told["label"], told["class"]) == (sample["cls"], names[sample["cls"]])
            assert (told["status"], told["synthetic"]) == (status, part == "synthetic")


@pytest.mark.parametrize("shape", [(2, 32), (6,), (5, 8, 8)])
def test_other_samples_are_arrays_without_pickle(tmp_path: Path, shape: tuple[int, ...]) -> None:
    run = exported(tmp_path, Material(shape).run())
    read = streamed(tmp_path, "synthetic")
    values = np.stack([sample["npy"] for sample in read])
    assert values.dtype == np.float32
    assert (values == run.evidence.selected.samples.values).all()
    with tarfile.open(tmp_path / "real-000000.tar") as archive:
        member = archive.extractfile(archive.getmembers()[0])
        assert member is not None
        assert np.load(io.BytesIO(member.read()), allow_pickle=False).shape == shape


def test_every_candidate_carries_its_history(tmp_path: Path) -> None:
    run = Material().run()
    pool = run.evidence.pool
    origins = (Origin("g" * 64, 2**62 + 1, "a <cat>", ("s1", "s2")), *pool.origins[1:])
    scores = {"two-of-three.place": np.where(np.arange(24) % 2, np.inf, np.nan)}
    evidence = dataclasses.replace(
        run.evidence,
        pool=dataclasses.replace(pool, origins=origins),
        funnel=dataclasses.replace(run.evidence.funnel, scores=scores),
    )
    exported(tmp_path, dataclasses.replace(run, evidence=evidence))
    first, second, *_ = (sample["json"] for sample in streamed(tmp_path, "synthetic"))
    assert (first["generator"], first["seed"], first["position"]) == ("g" * 64, 2**62 + 1, 1)
    assert (first["prompt"], first["sources"]) == ("a <cat>", ["s1", "s2"])
    assert first["scores"]["two-of-three.place"] == np.finfo(np.float64).max
    assert second["scores"]["two-of-three.place"] is None
    assert second["scores"]["generator.discriminator"] == pool.scores["discriminator"][2]


def test_archives_hold_no_more_than_a_shard(tmp_path: Path) -> None:
    run = exported(tmp_path, shard=7)
    archives = sorted(path.name for path in tmp_path.glob("*.tar"))
    assert archives == [f"{part}-{number:06d}.tar" for part in ("real", "synthetic") for number in range(3)]
    sizes = [len(list(webdataset.WebDataset(str(tmp_path / name), shardshuffle=False))) for name in archives]
    assert sizes == [7, 7, 4, 7, 7, 2]
    ids = [sample["json"]["id"] for sample in streamed(tmp_path, "synthetic")]
    assert ids == run.evidence.selected.ids.tolist()


def test_keys_are_safe_and_no_two_are_the_same(tmp_path: Path) -> None:
    run = Material().run()
    values = run.evidence.pool.samples.values.copy()
    values[2] = values[1]
    pool = dataclasses.replace(run.evidence.pool, samples=Samples(values, run.evidence.pool.samples.labels))
    run = dataclasses.replace(run, evidence=dataclasses.replace(run.evidence, pool=pool))
    exported(tmp_path, run, shard=5)
    keys = [sample["__key__"] for sample in streamed(tmp_path, "synthetic")]
    assert len(set(keys)) == len(keys) == 16
    assert keys[0] == f"00000000-{pool.ids[1]}"
    assert all(key.replace("-", "").isalnum() for key in keys)


def test_archives_say_nothing_of_who_wrote_them_and_when(tmp_path: Path) -> None:
    exported(tmp_path)
    with tarfile.open(tmp_path / "synthetic-000000.tar") as archive:
        members = archive.getmembers()
    assert {(one.mtime, one.uid, one.gid, one.uname, one.gname, one.mode) for one in members} == {
        (0, 0, 0, "", "", 0o644)
    }
    assert all(one.isfile() and "/" not in one.name for one in members)


def test_real_samples_may_be_left_out_and_none_may_be_kept(tmp_path: Path) -> None:
    exported(tmp_path, Material().run(np.zeros(24, dtype=np.bool_)), real=False)
    assert [path.name for path in tmp_path.glob("*.tar")] == ["synthetic-000000.tar"]
    with tarfile.open(tmp_path / "synthetic-000000.tar") as archive:
        assert archive.getmembers() == []


def test_the_card_says_the_verdict_and_how_to_read(tmp_path: Path) -> None:
    exported(tmp_path, Material((6,)).run())
    card = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "No measurable effect: +0.01 accuracy" in card
    assert "`.npy`" in card


@pytest.mark.parametrize("material", [Material(), Material((2, 32))])
def test_it_meets_the_contract_of_an_exporter(material: Material) -> None:
    assert failures(WebdatasetExporter(shard=5), material) == {}
