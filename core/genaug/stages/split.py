"""Split: the data set into its three views, once."""

import json
from functools import cached_property
from pathlib import Path
from typing import Any

from genaug.data import SampleSpec, TestView, TrainView, ValidationView
from genaug.data.copies import near_copies_across
from genaug.data.json_files import write_json
from genaug.data.seeds import derive_seed
from genaug.data.split import VIEWS, Split, split_rows
from genaug.data.storage import load_samples, save_samples
from genaug.stages.audit import Audited
from genaug.stages.step import Bench, Step

VERSION = 1


class Views:
    """Read the views of a split, each when it is asked for: who wants one never loads the others."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.record: dict[str, Any] = json.loads((folder / "split.json").read_text(encoding="utf-8"))
        self.spec = SampleSpec.model_validate(self.record["spec"])

    @cached_property
    def train(self) -> TrainView:
        """Return what may be learned from."""
        return TrainView(self.spec, load_samples(self._folder / "train.safetensors"))

    @cached_property
    def validation(self) -> ValidationView:
        """Return what choices are made on."""
        return ValidationView(self.spec, load_samples(self._folder / "validation.safetensors"))

    @cached_property
    def test(self) -> TestView:
        """Return what is looked at once."""
        return TestView(self.spec, load_samples(self._folder / "test.safetensors"))


def split_seed(seed: int) -> int:
    """Return the seed by which a run with seed `seed` splits its data."""
    return derive_seed(seed, "split")


def step(split: Split, seed: int) -> Step:
    """Return the step that splits the audited data set of a run with seed `seed`."""
    recipe = {"settings": split.model_dump(mode="json")}
    return Step(
        "split", VERSION, recipe, ("audit",), lambda bench: _work(split, split_seed(seed), bench), Views
    )


def _work(split: Split, seed: int, bench: Bench) -> None:
    audited: Audited = bench.read("audit")
    dataset, spec = audited.dataset, audited.dataset.spec
    parts = {view: dataset.samples.take(rows) for view, rows in split_rows(dataset, split, seed).items()}
    copies = {
        view: int(near_copies_across(parts[view], parts["train"], spec).sum())
        for view in VIEWS
        if view != "train"
    }
    for view, part in parts.items():
        save_samples(part, bench.folder / f"{view}.safetensors")
        if view != "train" and copies[view]:
            bench.hooks.warned(
                message=f"{copies[view]} of {len(part)} {view} samples have a near copy in the training view"
            )
    counts = {
        view: dict(zip(spec.class_names, part.per_class(spec.classes).tolist(), strict=True))
        for view, part in parts.items()
    }
    record = {"spec": spec.model_dump(mode="json"), "views": counts, "near_copies_of_training": copies}
    write_json(bench.folder / "split.json", record)
