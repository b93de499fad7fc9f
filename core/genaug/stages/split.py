"""The stage `split`: the data set is split into its three views."""

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from genaug.data import Dataset, Samples, SampleSpec, TestView, TrainView, ValidationView
from genaug.data.copies import near_copies_across
from genaug.data.dataset import VIEWS
from genaug.data.json_files import write_json
from genaug.data.sample_files import load_samples, save_samples
from genaug.data.samples import UNLABELLED, IntArray
from genaug.data.seeds import derive_seed
from genaug.data.split import UNLABELLED_ROWS, Split, split_rows
from genaug.data.split_notes import split_notes
from genaug.stages.audit import Audited
from genaug.stages.stage import Stage, StageContext

GROUPS = "train-groups.json"
"""File with the group of each training sample, where the data set has groups."""
ROWS = "rows.json"
"""File with the rows of each view in the data set."""


class Views:
    """The views of a split, each read from disk when it is first used."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.record: dict[str, Any] = json.loads((folder / "split.json").read_text(encoding="utf-8"))
        self.spec = SampleSpec.model_validate(self.record["spec"])

    def rows(self, view: str) -> IntArray | None:
        """Return the rows of a view in the data set, ``[N]``; None where an older release made the split."""
        path = self._folder / ROWS
        if not path.exists():
            return None
        return np.array(json.loads(path.read_text(encoding="utf-8"))[view], dtype=np.int64)

    @cached_property
    def train(self) -> TrainView:
        """Return the training view."""
        unlabelled, groups = self._folder / UNLABELLED_ROWS, self._folder / GROUPS
        return TrainView(
            self.spec,
            load_samples(self._folder / "train", self.spec),
            load_samples(unlabelled, self.spec) if unlabelled.exists() else None,
            np.array(json.loads(groups.read_text(encoding="utf-8")), dtype=np.str_)
            if groups.exists()
            else None,
        )

    @cached_property
    def validation(self) -> ValidationView:
        """Return the validation view."""
        return ValidationView(self.spec, load_samples(self._folder / "validation", self.spec))

    @cached_property
    def test(self) -> TestView:
        """Return the test view."""
        return TestView(self.spec, load_samples(self._folder / "test", self.spec))


def split_seed(seed: int) -> int:
    """Return the seed of the split in a run with seed `seed`."""
    return derive_seed(seed, "split")


def stage(split: Split, seed: int) -> Stage:
    """Return the stage that splits the audited data set of a run with seed `seed`."""
    recipe = {"settings": split.model_dump(mode="json")}
    return Stage(
        "split",
        {},
        recipe,
        ("audit",),
        lambda stage: _work(split, split_seed(seed), stage),
        Views,
        computes=False,
    )


def _work(split: Split, seed: int, stage: StageContext) -> None:
    audited: Audited = stage.read("audit")
    dataset, spec = audited.dataset, audited.dataset.spec
    rows = split_rows(dataset, split, seed)
    parts = {view: dataset.samples.take(rows[view]) for view in VIEWS}
    for note in split_notes(dataset, split, rows):
        stage.hooks.warned(message=note)
    copies = {
        view: int(near_copies_across(parts[view], parts["train"], spec).sum())
        for view in VIEWS
        if view != "train"
    }
    for view, part in parts.items():
        save_samples(part, stage.folder / view, spec)
        if view != "train" and copies[view]:
            stage.hooks.warned(
                message=f"{copies[view]} of {len(part)} {view} samples have a near copy in the training view"
            )
    write_json(stage.folder / ROWS, {view: rows[view].tolist() for view in VIEWS}, indent=None)
    if dataset.groups is not None:
        write_json(stage.folder / GROUPS, dataset.groups[rows["train"]].tolist())
    unlabelled = _unlabelled(dataset, rows[UNLABELLED_ROWS], parts, stage)
    counts = {
        view: dict(zip(spec.class_names, part.per_class(spec.classes).tolist(), strict=True))
        for view, part in parts.items()
    }
    record = {
        "spec": spec.model_dump(mode="json"),
        "views": counts,
        "near_copies_of_training": copies,
        "unlabelled": unlabelled,
    }
    write_json(stage.folder / "split.json", record)


def _unlabelled(
    dataset: Dataset, rows: IntArray, parts: Mapping[str, Samples], stage: StageContext
) -> dict[str, int]:
    """Write the unlabelled training samples, if any, and return how many were left out.

    Left out are those that repeat a validation or test sample, exactly or nearly, or share its group.
    """
    found = int((dataset.samples.labels == UNLABELLED).sum())
    if not found:
        return {"used": 0, "left_out": 0}
    part = dataset.samples.take(rows)
    for view in ("validation", "test"):
        part = part.take(~near_copies_across(part, parts[view], dataset.spec))
    if len(part):
        save_samples(part, stage.folder / UNLABELLED_ROWS, dataset.spec)
    if len(part) < found:
        stage.hooks.warned(
            message=f"{found - len(part)} of {found} unlabelled samples were left out: they repeat a "
            "validation or test sample, exactly or nearly, or share its group"
        )
    return {"used": len(part), "left_out": found - len(part)}
