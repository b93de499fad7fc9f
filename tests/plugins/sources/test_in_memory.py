"""Arrays and texts from Python, as the source of a run."""

import gc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from genaug import Pipeline, from_arrays, load
from genaug.errors import DataError
from genaug_plugins import InMemorySource

REST: dict[str, Any] = {
    "split": {"train_per_class": 5, "validation_per_class": 3},
    "generator": {"use": "gaussian"},
    "strategy": {"use": "class-balance", "add": 4},
    "extractor": {"use": "pixels"},
    "hooks": [],
    "device": "cpu",
    "threads": 1,
}


def vectors(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(40, 3))


def test_arrays_run_and_are_exported_without_them(tmp_path: Path) -> None:
    labels = np.repeat(["up", "down"], 20)
    run = Pipeline(source=from_arrays(vectors(), labels), **REST).run(tmp_path)
    assert run.selected.counts == {"down": 4, "up": 4}
    gc.collect()
    again = load(tmp_path)
    assert again.export("webdataset").is_dir()
    assert again.sampler.sample("up", 3).counts == {"down": 0, "up": 3}
    with pytest.raises(DataError, match=r"pass them again with genaug\.from_arrays"):
        InMemorySource(digest="gone").load()


def test_the_same_arrays_are_the_same_run_and_others_are_not() -> None:
    labels = [0, 1] * 20
    first, same, other = (from_arrays(vectors(seed), labels) for seed in (0, 0, 1))
    assert first.state() == same.state() != other.state()
    assert from_arrays(vectors(), labels, groups=np.arange(40) // 4).state() != first.state()
    assert (
        Pipeline(source=first, **REST).job().fingerprints == Pipeline(source=same, **REST).job().fingerprints
    )


def test_the_arrays_are_copied() -> None:
    values = vectors()
    source = from_arrays(values, [0, 1] * 20)
    before = source.load().samples.ids.tolist()
    values[:] = 0
    assert source.load().samples.ids.tolist() == before


def test_tensors_images_and_texts_are_taken() -> None:
    images = torch.arange(4 * 3 * 5 * 5, dtype=torch.uint8).reshape(4, 3, 5, 5)
    spec = from_arrays(images, torch.tensor([0, 1, 0, 1]), class_names=("a", "b")).load().spec
    assert (spec.modality, spec.shape, spec.class_names) == ("image", (3, 5, 5), ("a", "b"))
    texts = from_arrays(["one", "two", "three"], ["x", "y", "x"], groups=["g", "h", "g"]).load()
    assert texts.spec.modality == "text"
    assert texts.samples.values.tolist() == ["one", "two", "three"]
    assert texts.samples.labels.tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("values", "labels", "message"),
    [
        (np.zeros((3, 2)), [0, 1], "there are 3 samples"),
        (np.full((2, 2), np.nan), [0, 1], "NaN or infinite"),
        (None, [0, 1], "values is None"),
        ([[1, 2], [3]], [0, 1], "values is not an array"),
        ([{"a": 1}, {"a": 2}], [0, 1], "values holds a dict"),
        (["one", " "], [0, 1], "an empty text in row 1"),
    ],
)
def test_what_cannot_be_used_is_said_at_once(values: Any, labels: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        from_arrays(values, labels)


def test_a_data_frame_is_a_table() -> None:
    pandas = pytest.importorskip("pandas")
    with pytest.raises(DataError, match="use the source table-file"):
        from_arrays(pandas.DataFrame({"a": [1, 2]}), [0, 1])


IMAGES = np.random.default_rng(0).integers(0, 255, size=(40, 8, 8), dtype=np.uint8)


def files(folder: Path) -> dict[str, dict[str, Any]]:
    """Write the same samples in files of each modality; return the sources that read them."""
    rng = np.random.default_rng(0)
    np.savez(folder / "vectors.npz", values=rng.normal(size=(40, 3)), labels=[0, 1] * 20)
    np.savez(folder / "signals.npz", values=rng.normal(size=(40, 2, 16)), labels=[0, 1] * 20)
    lines = [f"{rng.normal():.2f},word{row} and some others,{row % 2}" for row in range(40)]
    (folder / "table.csv").write_text("\n".join(["size,text,label", *lines]))
    return {
        "vector": {"use": "arrays", "path": folder / "vectors.npz"},
        "signal": {"use": "arrays", "path": folder / "signals.npz"},
        "table": {"use": "table-file", "path": folder / "table.csv", "label": "label", "ignore": ["text"]},
        "text": {"use": "text-file", "path": folder / "table.csv"},
    }


@pytest.mark.parametrize(
    ("modality", "values", "generator", "extractor"),
    [
        ("vector", vectors(), "gaussian", "standardized"),
        ("signal", np.random.default_rng(0).normal(size=(40, 2, 16)), "gaussian", "standardized"),
        (
            "text",
            [f"word{row % 7} and some {'other' if row % 2 else 'more'}" for row in range(40)],
            "markov",
            "bag-of-words",
        ),
        ("table", None, "gaussian-copula", "columns"),
        ("image", IMAGES, "gaussian", "efficientnet-lite0"),
    ],
)
def test_the_extractor_that_is_left_out_is_that_of_the_modality(
    tmp_path: Path, modality: str, values: Any, generator: str, extractor: str
) -> None:
    left_out = {name: value for name, value in REST.items() if name != "extractor"}
    given: list[Any] = [] if values is None else [from_arrays(values, [0, 1] * 20)]
    given += [source for name, source in files(tmp_path).items() if name == modality]
    for source in given:
        validators = [{"use": "fidelity"}, {"use": "memorization"}, {"use": "downstream", "seeds": 3}]
        pipeline = Pipeline(
            **left_out
            | {
                "source": source,
                "generator": {"use": generator},
                "selectors": [{"use": "near-copy"}],
                "validators": validators,
            }
        )
        assert pipeline.extractor.name == extractor
        assert pipeline.source.load().spec.modality == modality
        pipeline.check()  # nothing refuses its samples
    missing = Pipeline(**left_out | {"source": {"use": "arrays", "path": tmp_path / "none.npz"}})
    assert missing.extractor.name == "efficientnet-lite0"  # that the file is missing is said by the run
