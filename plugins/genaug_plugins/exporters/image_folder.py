"""The augmented data set as folders of images, each with its provenance."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from genaug import CompletedRun, Exporter
from genaug.data import Samples, SampleSpec
from genaug.data.images import encode_png, to_uint8
from genaug.errors import DataError
from genaug_plugins.exporters.class_folder_names import FreeNames, safe_folders
from genaug_plugins.exporters.image_folder_card import write_folder_card
from genaug_plugins.exporters.original_files import READ_BY_TORCHVISION, original_name, place, write_png
from genaug_plugins.exporters.rows import Row, candidate_rows, json_line, rows_of

HELD_OUT = ("validation", "test")


class _Sample(NamedTuple):
    """A sample to write: its values, its row of metadata, and the path of its original file, or ""."""

    values: NDArray[np.float32]
    row: Row
    file: str


class ImageFolderExporter(Exporter):
    """Write images into class folders, with the provenance of each in ``metadata.jsonl``.

    ``all/`` has real training images and kept synthetic ones together, as torchvision's ImageFolder reads
    them: its classes are those of the data. ``real/`` and ``synthetic/`` have the same files apart; where the
    file system allows it, they take no further space. Every class has a folder in each, even if it is empty.
    ``classes.json`` has the classes in their order, with their folders.

    Real images are the original files, by name and to the byte, where the source has files that still exist;
    others, and synthetic ones, are lossless PNGs, synthetic ones in the resolution in which they were made.
    The whole folder opens as ``datasets.load_dataset(FOLDER)``, with all that is known of each image; images
    and classes alone as ``datasets.load_dataset("imagefolder", data_dir="FOLDER/all")``. The builder
    ``imagefolder`` on the whole folder would find only the held-out views, or without metadata count an
    image in each of its folders.
    """

    name: ClassVar[str] = "image-folder"
    renamed_values: ClassVar[Mapping[str, Mapping[str, str]]] = {"real": {"joined": "all"}}

    real: Literal["both", "all", "apart", "none"] = "both"
    """Folders of real training images: `both`: `all/`, and apart in `real/` and `synthetic/`; `all`: together
    alone; `apart`: apart alone; `none`: only `synthetic/` is written."""
    originals: Literal["link", "copy", "png"] = "link"
    """Real images: hard links to the original files (copies, where that is not possible), copies of them, or
    PNGs at the resolution of the task. A program that changes a linked file in place changes the original."""
    held_out: bool = False
    """Also write the validation and test views, in `validation/` and `test/`, for measurements elsewhere."""
    dropped: bool = False
    """Also write the candidates that were dropped, in `dropped/`, with the reason of each."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for samples that are not images of 1 to 4 channels."""
        if spec.modality != "image" or spec.shape[0] > 4:
            raise DataError(
                f"image-folder writes images of 1 to 4 channels, but the samples are of modality "
                f"{spec.modality!r} and shape {list(spec.shape)}: remove it from `exporters`"
            )

    def export(self, run: CompletedRun, folder: Path) -> None:
        """Write the images, ``metadata.jsonl``, ``classes.json`` and a ``README.md`` that describes them.

        Raises:
            DataError: if the samples are not images of 1 to 4 channels.
        """
        spec = run.evidence.spec
        self.check_usable(spec)
        classes = safe_folders(spec.class_names)
        entries = [
            {"label": label, "class": name, "folder": made}
            for label, (name, made) in enumerate(zip(spec.class_names, classes, strict=True))
        ]
        text = json.dumps(entries, ensure_ascii=False, indent=1)
        (folder / "classes.json").write_text(text + "\n", encoding="utf-8", newline="\n")

        together = self.real in ("both", "all")
        parts = {"synthetic": self._candidates(run, kept=True)}
        if self.real != "none":
            parts = {"real": self._view(run, "train")} | parts
        training = list(parts)
        if self.dropped:
            parts["dropped"] = self._candidates(run, kept=False)
        apart = [part for part in parts if part not in training or self.real != "all"]
        folders = [*(["all"] if together else []), *apart, *(HELD_OUT if self.held_out else ())]
        for part in folders:
            for made in classes:
                (folder / part / made).mkdir(parents=True, exist_ok=True)
        writer = _Writer(folder, spec, classes, self.originals)
        with (folder / "metadata.jsonl").open("w", encoding="utf-8", newline="\n") as metadata:
            for part, samples in parts.items():
                homes = [part] if part in apart else []
                homes += ["all"] if together and part in training else []
                for sample in samples:
                    metadata.write(writer.write(sample, homes))
        for view in HELD_OUT if self.held_out else ():
            with (folder / view / "metadata.jsonl").open("w", encoding="utf-8", newline="\n") as metadata:
                for sample in self._view(run, view):
                    metadata.write(writer.write(sample, [view], inside=view))
        write_folder_card(run, folder, folders, writer.gone)

    def _view(self, run: CompletedRun, view: str) -> Iterator[_Sample]:
        samples: Samples = getattr(run.evidence, view).samples
        files = run.files.get(view) if self.originals != "png" else None
        paths = [""] * len(samples) if files is None else files.tolist()
        alone = {path for path, times in Counter(paths).items() if times == 1}
        status, number = ("real" if view == "train" else view), 0
        for values, rows in rows_of(run.evidence, samples, status):
            for value, row in zip(values, rows, strict=True):
                # A file of several samples, as that of object crops, is no sample.
                yield _Sample(value, row, paths[number] if paths[number] in alone else "")
                number += 1

    def _candidates(self, run: CompletedRun, kept: bool) -> Iterator[_Sample]:
        evidence = run.evidence
        rows = np.flatnonzero(evidence.funnel.kept if kept else ~evidence.funnel.kept)
        for values, own in candidate_rows(evidence, rows, native=True):
            for value, row in zip(values, own, strict=True):
                yield _Sample(value, row, "")


class _Writer:
    """A writer of images into the class folders of an export."""

    def __init__(
        self, folder: Path, spec: SampleSpec, classes: list[str], originals: Literal["link", "copy", "png"]
    ) -> None:
        self._folder, self._spec, self._classes, self._originals = folder, spec, classes, originals
        self._names = FreeNames()
        self.gone = 0
        """Number of samples whose original file does not exist any more."""

    def write(self, sample: _Sample, homes: list[str], inside: str = "") -> str:
        """Write an image into one or two folders with class folders; return its line of metadata.

        Args:
            sample: to write.
            homes: the folders.
            inside: the folder to which ``file_name`` is relative.
        """
        row, file = sample.row, sample.file
        if file and not Path(file).is_file():
            file, self.gone = "", self.gone + 1
        made, paths = self._classes[row["label"]], list[str]()
        own = original_name(file, row["id"]) if file else f"{row['id']}.png"
        for home in homes:
            name = own
            converted = home == "all" and Path(name).suffix.lower() not in READ_BY_TORCHVISION
            if converted:
                name = f"{Path(name).stem}.png"
            path = f"{home}/{made}/{self._names.take(f'{home}/{made}', name)}"
            if paths and not converted:
                place(self._folder / paths[0], self._folder / path, "link")
            else:
                self._place(sample.values, file, self._folder / path, converted)
            paths.append(path)
        line: dict[str, Any] = {
            "file_name": paths[0].removeprefix(f"{inside}/") if inside else paths[0],
            **({"together": paths[1]} if len(paths) > 1 else {}),
            **({"original": own} if file else {}),
            "class": self._spec.class_names[row["label"]],
            **row,
        }
        return json_line(line) + "\n"

    def _place(self, values: NDArray[np.float32], file: str, path: Path, converted: bool) -> None:
        if file and converted and write_png(file, path):
            return
        if file and not converted:
            place(file, path, "copy" if self._originals == "copy" else "link")
            return
        path.write_bytes(encode_png(to_uint8(values)))
