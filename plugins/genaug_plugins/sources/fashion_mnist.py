"""Fashion-MNIST from its four IDX files: 70,000 gray photos of clothes, ten classes."""

import gzip
import hashlib
import zlib
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genaug import Source
from genaug.data import Dataset
from genaug.errors import DataError
from genaug_plugins.sources.files import row_origins
from genaug_plugins.sources.image_dataset import image_dataset

CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
_PREFIXES = {"train": ("train",), "test": ("t10k",), "both": ("train", "t10k")}


class FashionMnistSource(Source):
    """Read Fashion-MNIST (Xiao, Rasul and Vollgraf 2017, arXiv 1708.07747) from its IDX files."""

    name: ClassVar[str] = "fashion-mnist"

    path: Path = Path("/usr/share/datasets/fashion-mnist")
    """Folder with the IDX files, gzipped or not; the default is the folder of Debian's
    dataset-fashion-mnist."""
    part: Literal["train", "test", "both"] = "train"
    """Which of the published parts to read: 60,000, 10,000 or all; genaug splits what is read."""
    size: Literal[16, 28, 32] = 32
    """Side of the images, in pixels; 32 pads two black pixels on each side, 16 averages 2×2 of those."""
    limit_per_class: int | None = Field(default=None, ge=1)
    """Number of samples to read of each class, the first ones; None: all."""

    def load(self) -> Dataset:
        """Read the images, in the order of the files.

        Raises:
            DataError: where a file is missing, broken or of another kind.
        """
        prefixes = _PREFIXES[self.part]
        images = [self._read(f"{prefix}-images-idx3-ubyte", 3) for prefix in prefixes]
        labels = [self._read(f"{prefix}-labels-idx1-ubyte", 1) for prefix in prefixes]
        for prefix, image, label in zip(prefixes, images, labels, strict=True):
            if len(image) != len(label) or image.shape[1:] != (28, 28) or label.max(initial=0) >= 10:
                raise DataError(
                    f"the {prefix} files in {self.path} are not Fashion-MNIST: images {list(image.shape)}, "
                    f"{len(label)} labels up to {label.max(initial=0)}; expected [N, 28, 28] and N up to 9"
                )
        pixels, classes = np.concatenate(images), np.concatenate(labels).astype(np.int64)
        origins = np.concatenate(
            [row_origins(prefix, len(part)) for prefix, part in zip(prefixes, labels, strict=True)]
        )
        if self.limit_per_class is not None:
            first = [np.flatnonzero(classes == label)[: self.limit_per_class] for label in range(10)]
            rows = np.sort(np.concatenate(first))
            pixels, classes, origins = pixels[rows], classes[rows], origins[rows]
        if self.size != 28:
            pixels = np.pad(pixels, ((0, 0), (2, 2), (2, 2)))
        if self.size == 16:
            pixels = np.rint(pixels.reshape(-1, 16, 2, 16, 2).mean(axis=(2, 4))).astype(np.uint8)
        details = {"mode": "gray", "origin": f"Fashion-MNIST, {self.part}"}
        return image_dataset(pixels[:, None], classes, CLASSES, origins, details)

    def state(self) -> str:
        """Return the SHA-256 of the files that are read.

        Raises:
            DataError: where one is missing.
        """
        digest = hashlib.sha256()
        for prefix in _PREFIXES[self.part]:
            for kind in ("images-idx3", "labels-idx1"):
                digest.update(self._file(f"{prefix}-{kind}-ubyte").read_bytes())
        return digest.hexdigest()

    def _file(self, stem: str) -> Path:
        folder = self.path.expanduser()
        for name in (f"{stem}.gz", stem):
            if (folder / name).is_file():
                return folder / name
        raise DataError(
            f"there is no {stem}.gz in {folder}: install the Debian package dataset-fashion-mnist, "
            "or set `path` to a folder with the four IDX files of Fashion-MNIST"
        )

    def _read(self, stem: str, axes: int) -> NDArray[np.uint8]:
        """Read an IDX file: two zero bytes, type (8: uint8), axes, big-endian lengths, values."""
        file = self._file(stem)
        try:
            data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        except (OSError, EOFError, zlib.error) as error:
            raise DataError(f"{file} cannot be unpacked: {error}; fetch it again") from error
        start = 4 + 4 * axes
        shape = tuple(int(n) for n in np.frombuffer(data[4:start], dtype=">u4"))
        if data[:4] != bytes([0, 0, 8, axes]) or len(shape) != axes or len(data) - start != np.prod(shape):
            raise DataError(f"{file} is not a complete IDX file of bytes with {axes} axes; fetch it again")
        return np.frombuffer(data, dtype=np.uint8, offset=start).reshape(shape)
