"""Starter configs for folders of images."""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genaug.components.registry import Registry
from genaug.config.yaml_writer import flow
from genaug.data import Dataset
from genaug.data.seeds import derive_seed
from genaug.data.split import Split, split_rows
from genaug.errors import DataError, PluginError

SEED = 0
LOOKED_AT = 300
"""Number of images whose size is read."""
SHARES = ((0.5, 0.2), (0.5, 0.1), (0.4, 0.1), (0.3, 0.1), (0.5, 0.0), (0.3, 0.0))
"""Training and validation shares, from the best to those for tiny data."""
TEST_IMAGES = 60
"""Fewest test images for a meaningful accuracy; reached where one of the shares allows it."""


@dataclass(frozen=True)
class Found:
    """What is in a folder of images.

    Attributes:
        classes: images of each class, by name.
        side: median of the images' shorter sides, in pixels.
        unreadable: whether some files cannot be read.
        split: shares of the views that all classes can fill.
        training: training images of the largest class.
    """

    classes: dict[str, int]
    side: int
    unreadable: bool
    split: Split
    training: int

    @property
    def images(self) -> int:
        """Return the number of images."""
        return sum(self.classes.values())


def look(folder: Path, registry: Registry, source: Mapping[str, Any]) -> Found:
    """Read a folder of images as a run would.

    Args:
        folder: the images.
        registry: where the source is looked up.
        source: a reference to a source with a setting ``path``, without it.

    Raises:
        DataError: where nothing can be learned from it, with what was found instead.
    """
    settings = {name: value for name, value in source.items() if name != "use"} | {"path": folder}
    reader = registry.get("source", source["use"])
    dataset: Dataset = reader.model_validate(settings).load()  # type: ignore[attr-defined]
    names, counts = dataset.spec.class_names, dataset.samples.per_class(dataset.spec.classes)
    if len(names) == 1:
        raise DataError(
            f"found a single class, {names[0]!r}, in {folder}: the starter config needs "
            "two class folders at least"
        )
    split, training = _split(dataset)
    return Found(
        classes=dict(zip(names, counts.tolist(), strict=True)),
        side=_side(folder, dataset),
        unreadable=any("cannot be read" in problem for problem in dataset.problems),
        split=split,
        training=training,
    )


def _split(dataset: Dataset) -> tuple[Split, int]:
    """Return shares that all classes can fill, and the number of training images of the largest class."""
    fitting = []
    for train, validation in SHARES:
        split = Split(train_share=train, validation_share=validation)
        try:
            rows = split_rows(dataset, split, derive_seed(SEED, "split"))
        except DataError as error:
            refused = error
            continue
        counts = dataset.samples.take(rows["train"]).per_class(dataset.spec.classes)
        fitting.append((split, int(counts.max()), len(rows["test"])))
    if not fitting:
        raise refused
    split, training, _ = next((one for one in fitting if one[2] >= TEST_IMAGES), fitting[0])
    return split, training


def _side(folder: Path, dataset: Dataset) -> int:
    """Return the median of the shorter sides of some images, read from their headers."""
    from PIL import Image

    assert dataset.origins is not None
    paths = dataset.origins[:: -(-len(dataset.origins) // LOOKED_AT)]
    sides = []
    for path in paths.tolist():
        with Image.open(folder.expanduser() / path) as image:
            sides.append(min(image.size))
    return int(statistics.median(sides))


def starter(folder: Path, found: Found, registry: Registry, template: Path) -> str:
    """Return a commented YAML config for a folder of images.

    Args:
        folder: the images.
        found: what is in it.
        registry: where the template looks components up.
        template: a preset's template. It may read the attributes of `Found`, ``classes`` as pairs of name
            (as YAML) and count; ``path``, the folder as a YAML string; ``seed``; ``train_share`` and
            ``validation_share``; and ``usable(kind, name)``, which tells whether a component is installed
            with everything that it needs.
    """
    from genaug.experiments.pages import rendered

    def usable(kind: str, name: str) -> bool:
        try:
            registry.get(kind, name)
        except PluginError:
            return False
        return True

    return rendered(
        template.name,
        [template.parent],
        images=found.images,
        classes=[(flow(name), count) for name, count in found.classes.items()],
        side=found.side,
        unreadable=found.unreadable,
        training=found.training,
        train_share=found.split.train_share,
        validation_share=found.split.validation_share,
        path=flow(str(folder)),
        seed=SEED,
        usable=usable,
    )
