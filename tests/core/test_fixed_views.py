"""What the split says about the views that a source assigns."""

import json
from pathlib import Path

import numpy as np
import pytest

from genaug.data import Dataset, Samples, SampleSpec
from genaug.data.audit import audit
from genaug.data.sample_files import save_samples
from genaug.data.split import Split, split_rows
from genaug.data.split_notes import split_notes
from genaug.stages.audit import read


def dataset(views: list[str], groups: list[str] | None = None, copies: tuple[int, int] = (0, 0)) -> Dataset:
    details = {"views": "the column 'split'"}
    spec = SampleSpec(modality="vector", shape=(3,), class_names=("a", "b"), details=details)
    values = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    values[copies[0]] = values[copies[1]]
    return Dataset(
        spec,
        Samples(values, np.arange(40) % 2),
        None if groups is None else np.array(groups),
        np.array([f"{row}.png" for row in range(40)]),
        views=np.array(views),
    )


def sizes(rows: dict[str, np.ndarray]) -> tuple[int, int, int]:
    return len(rows["train"]), len(rows["validation"]), len(rows["test"])


@pytest.mark.parametrize(
    ("split", "wanted"),
    [
        (Split(), (20, 8, 12)),  # .5 and .2 of .7
        (Split(train_per_class=3, validation_per_class=2), (6, 4, 12)),
        (Split(validation_per_class=2), (24, 4, 12)),
        (Split(validation_share=0), (28, 0, 12)),
    ],
)
@pytest.mark.parametrize("rest", ["", "train"])
def test_a_view_that_nothing_is_assigned_to_is_cut_from_training(
    split: Split, wanted: tuple[int, int, int], rest: str
) -> None:
    data = dataset(["test"] * 12 + [rest] * 28)
    rows = split_rows(data, split, seed=0)
    assert sizes(rows) == wanted
    assert rows["test"].tolist() == list(range(12))
    notes = list(split_notes(data, split, rows))
    assert bool(notes) == (rest == "train" and wanted[1] > 0)
    assert "the column 'split' assigns" in audit(data).notes[0]


def test_what_is_left_out_or_joins_a_view_is_said() -> None:
    views = ["train"] * 14 + ["validation"] * 6 + ["test"] * 18 + ["", ""]
    groups = [str(row) for row in range(40)]
    groups[4] = groups[25]
    data = dataset(views, groups, copies=(39, 31))
    rows = split_rows(data, Split(), seed=0)
    assert 4 not in np.concatenate(list(rows.values()))
    assert 39 in rows["test"]
    left_out, joined = split_notes(data, Split(), rows)
    assert "1 sample that the source assigns" in left_out
    assert "the first: 4.png" in left_out
    assert "1 sample joined the test view" in joined
    assert "the first: 39.png" in joined


def test_counts_that_are_not_used_are_said() -> None:
    data = dataset(["train"] * 14 + ["validation"] * 6 + ["test"] * 20)
    split = Split(train_per_class=2)
    notes = list(split_notes(data, split, split_rows(data, split, seed=0)))
    assert notes == ["split.train_per_class is not used: the source assigns the samples of the train view"]


def test_data_sets_of_an_older_release_are_read(tmp_path: Path) -> None:
    data = dataset(["test"] * 40)
    save_samples(data.samples, tmp_path / "samples", data.spec)
    names = {"spec": data.spec.model_dump(mode="json"), "groups": None, "origins": None}
    (tmp_path / "dataset.json").write_text(json.dumps(names))
    (tmp_path / "audit.json").write_text(audit(data).model_dump_json())
    assert read(tmp_path).dataset.views is None
