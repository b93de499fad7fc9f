"""Views are read from disk batch by batch: nothing that streams holds more than a few blocks."""

import tracemalloc
from pathlib import Path

import numpy as np

from genaug.data import Dataset, Samples, SampleSpec
from genaug.data.audit import audit
from genaug.data.sample_files import load_samples, save_samples
from genaug.data.stored import image_samples
from genaug.testing import Material
from genaug_plugins.exporters.image_folder import ImageFolderExporter
from genaug_plugins.exporters.webdataset import WebdatasetExporter

SPEC = SampleSpec(modality="image", shape=(3, 64, 64), class_names=("a", "b"), value_range=(-1.0, 1.0))
WHOLE = 3000 * 3 * 64 * 64 * 4
"""Bytes of the samples below in float32: 147 MB."""


def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (3000, 3, 64, 64)).astype(np.uint8)


def peak_of(work: object, *arguments: object) -> int:
    tracemalloc.start()
    try:
        work(*arguments)  # type: ignore[operator]
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_writing_auditing_and_reading_a_view_never_holds_all_of_it(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("genaug.data.stored.BLOCK_BYTES", 4 * 2**20)
    samples = image_samples(pixels(), np.arange(3000) % 2)
    assert peak_of(save_samples, samples, tmp_path / "view", SPEC) < 0.25 * WHOLE
    stored = load_samples(tmp_path / "view", SPEC)
    assert peak_of(audit, Dataset(SPEC, stored)) < 0.35 * WHOLE  # thumbnails of all are among it

    def through() -> None:
        for batch in stored.take(np.random.default_rng(1).permutation(3000)[:1500]).batches(100):
            assert len(batch.values) == 100

    assert peak_of(through) < 0.25 * WHOLE
    assert "values" not in vars(stored)


def test_exporters_read_the_training_view_by_batches(tmp_path: Path) -> None:
    run = Material().run()
    save_samples(run.evidence.train.samples, tmp_path / "view", run.evidence.spec)
    stored = load_samples(tmp_path / "view", run.evidence.spec)
    run.evidence.train.__dict__["samples"] = stored
    for exporter in (ImageFolderExporter(), WebdatasetExporter()):
        folder = tmp_path / exporter.name
        folder.mkdir()
        exporter.export(run, folder)
        assert "values" not in vars(stored), f"{exporter.name} read all values at once"


def test_values_read_at_once_are_those_of_the_batches(tmp_path: Path) -> None:
    save_samples(image_samples(pixels()[:50], np.arange(50) % 2), tmp_path / "view", SPEC)
    stored = load_samples(tmp_path / "view", SPEC)
    assert np.array_equal(stored.values, Samples.join(list(stored.batches(7))).values)
