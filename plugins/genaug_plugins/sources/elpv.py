"""Photos of solar cells by electroluminescence, intact or defective: the package elpv-dataset."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple

import numpy as np
from pydantic import Field

from genaug import Source
from genaug.data import Dataset
from genaug.data.images import ByteArray
from genaug.errors import DataError, MissingRequirement
from genaug_plugins.sources.image_dataset import image_dataset

CLASSES = ("intact", "defective")
PACKAGE, LABELS = "elpv_dataset", "labels.csv"
INSTALL = "pip install 'genaug[elpv]'"


class Cell(NamedTuple):
    """A line of the labels: the photo's path, its probability of a defect, the module's type."""

    path: str
    probability: float
    module: str


class ElpvSource(Source):
    """Read the ELPV data set: 2,624 gray photos of solar cells, 300×300, mono- and polycrystalline.

    Experts gave each cell a probability of being defective: 0, ⅓, ⅔ or 1. Sources: Deitsch et al.,
    *Solar Energy* 185 (2019) 455-468; Buerhop-Lutz et al., EU PVSEC 2018. The photos come with the
    package elpv-dataset, under CC BY-NC-SA 4.0: not for commercial use.
    """

    name: ClassVar[str] = "elpv"

    path: Path | None = None
    """Folder with `labels.csv` and the photos it names; None: that of the installed package."""
    size: int = Field(default=64, ge=8, le=300)
    """Side of the images, in pixels: means over the area that each pixel covers."""
    defective_from: float = Field(default=0.5, gt=0, le=1)
    """Probability from which a cell is labelled as defective."""
    uncertain: Literal["keep", "drop"] = "keep"
    """Whether cells of probability ⅓ and ⅔ (uncertain ones) are read."""
    module: Literal["both", "mono", "poly"] = "both"
    """Type of the modules whose cells are read."""
    limit_defective: int | None = Field(default=None, ge=2)
    """Number of defective cells to read, chosen by a hash of their names, to make them rare; None: all."""
    limit_intact: int | None = Field(default=None, ge=2)
    """Number of intact cells to read, chosen in the same way; None: all."""

    def load(self) -> Dataset:
        """Read the photos, in the order of the labels.

        Raises:
            MissingRequirement: where neither the package nor `path` is there.
            DataError: where a file is missing or broken, or no cell is left of a class.
        """
        folder = self._folder()
        cells, labels = self._cells(folder)
        pixels = np.stack([_read_photo(folder / cell.path, self.size) for cell in cells])
        details = {"mode": "gray", "origin": "ELPV, CC BY-NC-SA 4.0"}
        origins = np.array([cell.path for cell in cells])
        return image_dataset(pixels[:, None], labels, CLASSES, origins, details)

    def state(self) -> str:
        """Return the SHA-256 of the labels and of the names and sizes of the photos that are read.

        Raises:
            MissingRequirement, DataError: as `load`.
        """
        folder = self._folder()
        digest = hashlib.sha256((folder / LABELS).read_bytes())
        for cell in self._cells(folder)[0]:
            photo = folder / cell.path
            digest.update(f"{cell.path} {photo.stat().st_size if photo.is_file() else 'missing'}".encode())
        return digest.hexdigest()

    def _folder(self) -> Path:
        if self.path is not None:
            folder = self.path.expanduser()
        else:
            found = importlib.util.find_spec(PACKAGE)
            if found is None or not found.submodule_search_locations:
                raise MissingRequirement(
                    f"the source 'elpv' needs the package elpv-dataset, which is not installed: {INSTALL} "
                    "(91 MB; its photos are CC BY-NC-SA 4.0), or set `path` to a folder with its files"
                )
            folder = Path(found.submodule_search_locations[0]) / "data"
        if not (folder / LABELS).is_file():
            raise DataError(f"there is no {LABELS} in {folder}: expected the files of ELPV ({INSTALL})")
        return folder

    def _cells(self, folder: Path) -> tuple[list[Cell], np.typing.NDArray[np.int64]]:
        """Return the cells that are read, and their labels."""
        cells = []
        for number, line in enumerate((folder / LABELS).read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip():
                continue
            try:
                path, probability, module = line.split()
                cell = Cell(path, float(probability), module)
            except ValueError as error:
                raise DataError(
                    f"{folder / LABELS}:{number}: expected PHOTO PROBABILITY TYPE, not {line!r}; "
                    f"install it again ({INSTALL})"
                ) from error
            sure = cell.probability in (0.0, 1.0)
            if self.module in ("both", cell.module) and (sure or self.uncertain == "keep"):
                cells.append(cell)
        labels = np.array([cell.probability >= self.defective_from for cell in cells], dtype=np.int64)
        # The file is sorted by module: its first cells would come from few modules.
        keys = np.array([hashlib.sha256(cell.path.encode()).hexdigest() for cell in cells])
        chosen = []
        for label, limit in enumerate((self.limit_intact, self.limit_defective)):
            rows = np.flatnonzero(labels == label)
            if not len(rows):
                raise DataError(f"ELPV in {folder}: with these settings there is no {CLASSES[label]} cell")
            chosen.append(rows[np.argsort(keys[rows])][:limit])
        taken = np.sort(np.concatenate(chosen))
        return [cells[row] for row in taken], labels[taken]


def _read_photo(photo: Path, size: int) -> ByteArray:
    from PIL import Image

    try:
        with Image.open(photo) as image:
            small = image.convert("L").resize((size, size), Image.Resampling.BOX)
    except FileNotFoundError as error:
        raise DataError(f"{photo} is missing: install it again ({INSTALL})") from error
    except (OSError, SyntaxError) as error:
        raise DataError(f"{photo} cannot be read: {error}; install it again ({INSTALL})") from error
    return np.asarray(small, dtype=np.uint8)
