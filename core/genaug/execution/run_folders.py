"""The output folders of runs in a folder."""

import os
from collections.abc import Sequence
from pathlib import Path

from genaug.data.output_folders import is_output
from genaug.errors import StoreError
from genaug.execution.record import FILE, no_record

DEPTH = 6
"""Maximum depth at which runs are searched."""
LISTED = 20_000
"""Maximum number of folders that are listed."""


def run_folders(paths: Sequence[Path]) -> tuple[list[Path], list[str]]:
    """Return the output folders of runs at and below paths, sorted below each, and where the search stopped.

    A run is not searched for further ones: the runs of its folds belong to it. Links to folders and hidden
    folders are not followed.

    Args:
        paths: output folders of runs, or folders that contain some.

    Raises:
        StoreError: where a path does not exist, or no run is there.
    """
    found, stopped = list[Path](), list[str]()
    for path in paths:
        if not path.is_dir():
            raise StoreError(f"{path} does not exist, or is no folder: give the output folder of a run")
        here, left = list[Path](), LISTED
        waiting = [(path, 0)]
        while waiting and left:
            left -= 1
            folder, depth = waiting.pop()
            if (folder / FILE).is_file():
                here.append(folder)
                continue
            if depth == DEPTH:
                continue
            try:
                inner = sorted((one.name for one in os.scandir(folder) if _searched(one)), reverse=True)
            except OSError as error:
                stopped.append(f"{folder} cannot be listed: {error.strerror}")
                continue
            waiting += [(folder / name, depth + 1) for name in inner]
        if waiting:
            stopped.append(f"{path} has more than {LISTED:,} folders: the rest was not searched")
        if not here:
            if is_output(path):
                raise StoreError(no_record(path))
            raise StoreError(
                f"{path} is not the output folder of a run, and none is in it: no folder down to {DEPTH} "
                f"levels has a {FILE}"
            )
        found += here
    return list(dict.fromkeys(found)), stopped


def _searched(entry: "os.DirEntry[str]") -> bool:
    return not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)
