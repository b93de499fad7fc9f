"""The lock of an output folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from genaug.data.output_folders import mark_output
from genaug.errors import RunLocked, StoreError


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock an output folder for one run, and mark it as one.

    The lock is released when the process ends, however it ends.

    Raises:
        RunLocked: where another run has locked it.
        StoreError: where the folder cannot be created or written.
    """
    from filelock import FileLock, Timeout

    lock, process = FileLock(folder / ".lock", timeout=0), folder / ".process"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
        mark_output(folder)
    except Timeout as error:
        holder = process.read_text().strip() if process.exists() else ""
        raise RunLocked(
            f"another run (process {holder or 'unknown'}) uses {folder}: wait until it ends, or choose "
            "another output folder"
        ) from error
    except OSError as error:
        raise StoreError(
            f"cannot write to the output folder {folder}: {error.strerror}. Choose another one"
        ) from error
    try:
        process.write_text(str(os.getpid()))
        yield
    finally:
        lock.release()
