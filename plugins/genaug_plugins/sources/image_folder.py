"""A folder of images, with one folder for each class."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from genaug import Recognition
from genaug.data import Dataset
from genaug.data.summary import count
from genaug.errors import DataError
from genaug_plugins.sources.class_folders import ClassFolders, has_file, part_folders, some
from genaug_plugins.sources.image_formats import image_suffixes
from genaug_plugins.sources.image_source import ImageEntry, ImageSource, files_sha256


class ImageFolderSource(ImageSource):
    """Read a folder of images: one folder inside it for each class.

    Any size, mode, format, bit depth and orientation that Pillow reads; folders inside a class
    folder belong to that class; hidden files are left out. Nothing in the folder is changed.

    A folder of folders `train`, `val` (or `valid`, `validation`) and `test`, each with class folders, is
    taken as the views it names.
    """

    name: ClassVar[str] = "image-folder"

    path: Path
    """Folder with one folder of images for each class, or with folders `train`, `val` and `test` of them."""
    test: Path | None = None
    """Another folder with one folder for each class, whose images are the test view."""
    view_folders: bool = True
    """Take folders `train`, `val` and `test` as views; false: they are classes like others."""

    def load(self) -> Dataset:
        """Read every image, in the order of the sorted relative paths.

        Raises:
            DataError: where the folder is missing or has no class folder, or, with
                ``on_corrupt: error``, naming the files that cannot be read.
        """
        listed = self._listed()
        entries, problems = [], []
        for prefix, view, folders in listed:
            entries += [
                ImageEntry(folders.root / path, prefix + path, path.split("/")[0], view)
                for path in folders.paths
            ]
            problems += [f"{prefix.rstrip('/')}: {line}" if prefix else line for line in folders.problems]
        views = [(view, folders.classes) for _, view, folders in listed]
        every = set().union(*(classes for _, classes in views))
        learned = set().union(*(classes for view, classes in views if view != "test"))
        if every - learned:
            raise DataError(
                f"{some(sorted(every - learned))}: a class of the test images without training images; "
                "class folders must have the same names in both"
            )
        assigning = [prefix.rstrip("/") for prefix, view, _ in listed if view]
        details = {"views": f"the folder name ({', '.join(assigning)})"} if assigning else {}
        return self.read_entries(entries, str(self.path.expanduser()), problems, details)

    def state(self) -> str:
        """Return the SHA-256 of the images' sorted relative paths and bytes.

        Raises:
            DataError: where the folder is missing or has no class folder.
        """
        listed = self._listed()
        files = [(prefix + path, one.root / path) for prefix, _, one in listed for path in one.paths]
        return files_sha256(files, "\n".join(line for _, _, folders in listed for line in folders.problems))

    @classmethod
    def recognize(cls, path: Path) -> Recognition | None:
        """Recognize a folder with one folder of images for each class.

        Raises:
            DataError: where a folder has images, but not in class folders.
        """
        if not path.is_dir() or not has_file(path, image_suffixes()):
            return None
        listed = cls(path=path)._listed()
        images = sum(len(folders.paths) for _, _, folders in listed)
        classes = set().union(*(folders.classes for _, _, folders in listed))
        parts = [prefix.rstrip("/") for prefix, view, _ in listed if view]
        notes = [f"the folders {', '.join(parts)} are taken as views"] if parts else []
        found = f"{count(images, 'image')} in {count(len(classes), 'class folder')} ({some(sorted(classes))})"
        return Recognition(
            settings={"path": str(path), "on_corrupt": "skip"},
            confidence=0.9 if len(classes) > 1 else 0.3,
            found=found,
            notes=tuple(notes),
        )

    def _listed(self) -> list[tuple[str, str, ClassFolders]]:
        """Return the prefix of the origins, the view and the class folders of each root."""
        root = self.path.expanduser()
        parts = part_folders(root) if self.view_folders else {}
        if parts and self.test is not None:
            raise DataError(
                f"{root} has folders {', '.join(parts)}, and `test` is given, too: set `path` to "
                f"{root / 'train'}, or leave out `test`"
            )
        if parts:
            return [
                (f"{name}/", view, ClassFolders(root / name, image_suffixes(), "image"))
                for name, view in parts.items()
            ]
        listed = [("", "", ClassFolders(root, image_suffixes(), "image", not self.view_folders))]
        if self.test is not None:
            test = self.test.expanduser()
            listed.append((f"{test.name}/", "test", ClassFolders(test, image_suffixes(), "image")))
        return listed
