"""What a folder of images holds, and a config that suits it."""

import json
import statistics
from dataclasses import dataclass
from pathlib import Path

from genaug.components.registry import Registry
from genaug.data import Dataset
from genaug.data.seeds import derive_seed
from genaug.data.split import Split, split_rows
from genaug.errors import DataError, PluginError

SEED = 0
SIZES = (8, 16, 32)
"""Image sizes that a CPU learns in minutes."""
LOOKED_AT = 300
"""Images whose size is looked up."""
SHARES = ((0.5, 0.2), (0.5, 0.1), (0.4, 0.1), (0.3, 0.1), (0.5, 0.0), (0.3, 0.0))
"""Training and validation shares, from the best to what tiny data still allows."""
TEST_IMAGES = 60
"""Test images below which no accuracy says much; reached where some of the shares reach it."""
ADDED = (50, 500)
"""Fewest and most images that the largest class is enlarged by."""


@dataclass(frozen=True)
class Found:
    """Hold what a folder of images holds.

    Attributes:
        classes: images of each class, by name.
        side: median of the images' shorter sides, in pixels.
        unreadable: whether some file has to be skipped.
        split: shares of the views that every class can fill.
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


def look(folder: Path, registry: Registry) -> Found:
    """Read a folder of images the way a run would.

    Raises:
        DataError: where nothing can be learned from it, saying what was found instead.
    """
    reader = registry.get("source", "image-folder")
    dataset: Dataset = reader.model_validate({"path": folder, "on_corrupt": "skip"}).load()  # type: ignore[attr-defined]
    names, counts = dataset.spec.class_names, dataset.samples.per_class(dataset.spec.classes)
    if len(names) == 1:
        raise DataError(
            f"found a single class, {names[0]!r}, in {folder}: the starter config is for "
            "classification, which needs two class folders"
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
    """Return shares that every class can fill, and the training images of the largest class."""
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


def starter(folder: Path, found: Found, registry: Registry) -> str:
    """Return a commented YAML config for a folder of images."""
    size = max((size for size in SIZES if size <= found.side), default=SIZES[0])
    larger = "\n  # 64 or 128 show more, and take 4 or 16 times as long." * (found.side >= 64)
    wanted = found.training + min(max(3 * found.training, ADDED[0]), ADDED[1])
    counts = ", ".join(
        f"{' '.join(name.split())} {count}" for name, count in list(found.classes.items())[:12]
    )
    more = f" and {len(found.classes) - 12} more" if len(found.classes) > 12 else ""
    skip = "\n  on_corrupt: skip # some files cannot be read; `genaug check` names them" * found.unreadable
    return f"""\
# {found.images} images in {len(found.classes)} classes: {counts}{more}.
# Look: `genaug check` on this file. Run: `genaug run` on it; minutes on a CPU.
# What can stand here: `genaug plugins list`, `genaug plugins info NAME`.

seed: {SEED} # the same seed gives the same results

source:
  use: image-folder
  path: {json.dumps(str(folder), ensure_ascii=False)} # if relative, to the folder that genaug is started in
  size: {size} # pixels of a side; half of the images have {found.side} or fewer{larger}{skip}

# Shares of each class; what is left is the test view, which only the verdict looks at.
split: {{train_share: {found.split.train_share}, validation_share: {found.split.validation_share}}}

generator:
  use: gan
  architecture: {{use: dcgan, width: 16}} # wider learns better and slower; 32 suits a GPU
  steps: 1500 # more is better, up to a point; --set generator.steps=5 tries the chain out
  regularizers:
    - {{use: r1}} # a gradient penalty: what helps most where data are scarce

# Bring every class up to this many; the largest has {found.training} images to learn from. Twice what is
# lacking is generated, because the selectors drop some.
strategy: {{use: class-balance, per_class: {wanted}, oversample: 2}}

# Which candidates are kept; each selector judges what the one before it left.
selectors:
  - {{use: top-k, k: 1}} # those that a classifier of the training images takes for their class
{_extractor(registry)}
task: {{use: classification, model: {{use: small-cnn}}}} # the job that the new images are to help with

validators:
  - {{use: downstream, seeds: 5}} # the verdict: does the job get better?
  - {{use: fidelity}} # how near the candidates are to real images, and how varied
  - {{use: memorization}} # whether they are copies of training images
  - {{use: leakage}} # whether any sample stands in two views, or a test image among the candidates
  - {{use: decomposition}} # where real and synthetic images lie, and along what they differ

exporters:
  - {{use: image-folder}} # the kept images, one folder a class
  - {{use: html-report}} # the page to read
"""


def _extractor(registry: Registry) -> str:
    """Return the lines that name the feature space, where the default one is not installed."""
    try:
        registry.get("extractor", "efficientnet-lite0")
    except PluginError:
        return """
# Images are compared as pixels. Better: pip install 'genaug[offline]', and take this line out.
extractor: { use: pixels }
"""
    return ""
