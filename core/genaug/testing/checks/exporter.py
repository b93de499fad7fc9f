"""What an exporter must do."""

import os
import tempfile
import time
from pathlib import Path

import numpy as np

from genaug.contracts import Exporter
from genaug.data.samples import BoolArray
from genaug.testing.dependencies import foundation
from genaug.testing.material import Material
from genaug.testing.watch import digest, files, no_error, no_global_randomness, written_paths

FOLDER_NAME = b"the-folder-to-export-into"


@foundation
def writes_files(exporter: Exporter, material: Material) -> None:
    """Write at least one file, none of them empty."""
    with no_error("when it exports"):
        written = _exported(exporter, material)
    assert written, "it writes nothing"
    empty = [name for name, content in written.items() if not content]
    assert not empty, f"{empty[0]} is empty"


def writes_the_page_it_declares(exporter: Exporter, material: Material) -> None:
    """Write the file that `page` names, where it names one."""
    if exporter.page is not None:
        written = _exported(exporter, material)
        assert exporter.page in written, f"`page` is {exporter.page!r}, but it writes {sorted(written)[:5]}"


def writes_only_into_its_folder(exporter: Exporter, material: Material) -> None:
    """Write, make, move or remove nothing outside the given folder."""
    home = Path.cwd()
    with tempfile.TemporaryDirectory() as root:
        place = Path(root).resolve()
        (place / "out").mkdir()
        (place / "elsewhere").mkdir()
        os.chdir(place / "elsewhere")
        try:
            with written_paths() as paths:
                exporter.export(material.run(), place / "out")
        finally:
            os.chdir(home)
        strays = [path for path in paths if not path.is_relative_to(place / "out")]
        strays += [place / name for name in files(place) if not name.startswith("out/")]
    assert not strays, f"it wrote {strays[0]}"


def writes_the_same_bytes_twice(exporter: Exporter, material: Material) -> None:
    """Write the same bytes for the same run, at another time."""
    first = _exported(exporter, material)
    time.sleep(1.1)  # a time in whole seconds, in a file or in an archive, must have changed
    again = _exported(exporter, material)
    other = [name for name in first.keys() | again.keys() if first.get(name) != again.get(name)]
    assert not other, f"{sorted(other)[0]} is not the same the second time"


def mentions_no_absolute_path(exporter: Exporter, material: Material) -> None:
    """Write no path of the export folder."""
    written = _exported(exporter, material)
    marked = [name for name, content in written.items() if FOLDER_NAME in content]
    assert not marked, f"{marked[0]} contains the path of the export folder"


def copes_with_an_empty_selection(exporter: Exporter, material: Material) -> None:
    """Export a run whose selection is empty."""
    with no_error("where no candidate was kept"):
        _exported(exporter, material, np.zeros(24, dtype=np.bool_))


def leaves_the_run_alone(exporter: Exporter, material: Material) -> None:
    """Change nothing in the run."""
    run = material.run()
    before = digest(run)
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root) / "out"
        folder.mkdir()
        exporter.export(run, folder)
    assert digest(run) == before, "exporting changed the completed run"


def leaves_global_randomness_alone(exporter: Exporter, material: Material) -> None:
    """Neither use nor seed a global random generator."""
    with no_global_randomness("exporting"):
        _exported(exporter, material)


def _exported(exporter: Exporter, material: Material, kept: BoolArray | None = None) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root) / FOLDER_NAME.decode()
        folder.mkdir()
        exporter.export(material.run(kept), folder)
        return files(folder)
