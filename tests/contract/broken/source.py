"""Sources that break exactly one promise."""

import dataclasses
import uuid
from pathlib import Path
from typing import ClassVar

import numpy as np

from genaug import Source
from genaug.data import Dataset, Samples
from genaug.testing import Material


class ShapesSource(Source):
    name: ClassVar[str] = "shapes"

    path: Path | None = None
    """A file that stands for the data."""

    def load(self) -> Dataset:
        return Material().dataset()


class LoudSource(ShapesSource):
    def load(self) -> Dataset:
        dataset = super().load()
        dataset.samples.values[0] *= 3
        return dataset


class OffByOneSource(ShapesSource):
    def load(self) -> Dataset:
        dataset = super().load()
        return dataclasses.replace(
            dataset, samples=Samples(dataset.samples.values, dataset.samples.labels + 1)
        )


class FewGroupsSource(ShapesSource):
    def load(self) -> Dataset:
        return dataclasses.replace(super().load(), groups=np.array(["a", "b"]))


class ShufflingSource(ShapesSource):
    def load(self) -> Dataset:
        dataset = super().load()
        order = np.random.default_rng().permutation(len(dataset.samples))
        return dataclasses.replace(dataset, samples=dataset.samples.take(order))


class RestlessSource(ShapesSource):
    def state(self) -> str:
        return uuid.uuid4().hex


class ScribblingSource(ShapesSource):
    def load(self) -> Dataset:
        assert self.path is not None
        with self.path.open("a") as file:
            file.write("read once more\n")
        return super().load()


class SeedingSource(ShapesSource):
    def load(self) -> Dataset:
        np.random.seed(0)
        return super().load()


def scribbling(folder: Path) -> Source:
    (folder / "data.txt").write_text("data\n")
    return ScribblingSource(path=folder / "data.txt")


GOOD = [ShapesSource()]

BROKEN = {
    "gives_values_of_its_spec": [LoudSource()],
    "gives_labels_of_its_spec": [OffByOneSource()],
    "names_a_group_and_an_origin_for_each": [FewGroupsSource()],
    "reads_the_same_twice": [ShufflingSource()],
    "states_the_same_twice": [RestlessSource()],
    "leaves_its_files_alone": [scribbling],
    "leaves_global_randomness_alone": [SeedingSource()],
}
