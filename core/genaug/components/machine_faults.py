"""Faults of the machine, such as a full disk, for which no component is to blame."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager

from genaug.errors import GenaugError, PluginFailed, StoreError

_SPACE = "free some space"
_FILES = "close other programs, or raise the limit (`ulimit -n 4096`)"
_FAULTS = {
    getattr(errno, name): told
    for name, told in {
        "ENOSPC": ("the disk is full", _SPACE),
        "EDQUOT": ("the quota of the disk is used up", _SPACE),
        "EFBIG": ("a file became larger than the file system or `ulimit -f` allows", "raise the limit"),
        "EROFS": ("the file system is read-only", "choose another output folder"),
        "EMFILE": ("this process has too many open files", _FILES),
        "ENFILE": ("the machine has too many open files", _FILES),
    }.items()
    if hasattr(errno, name)  # EDQUOT does not exist on Windows
}
_NUMBER = re.compile(r"\b(?:os error|errno) (\d+)", re.IGNORECASE)
"""How libraries in other languages (safetensors, pyarrow) quote an error of the operating system."""
_FULL = re.compile(r"no space left on device|(?:disk|database) is full", re.IGNORECASE)


def machine_fault(error: BaseException) -> StoreError | None:
    """Return the fault of the machine that an exception, or what caused it, reports; None: there is none."""
    seen: BaseException | None = error
    while seen is not None:
        number = seen.errno if isinstance(seen, OSError) else None
        if number not in _FAULTS:
            quoted = _NUMBER.search(str(seen))
            number = int(quoted[1]) if quoted else errno.ENOSPC if _FULL.search(str(seen)) else None
        if number in _FAULTS:
            what, advice = _FAULTS[number]
            name = seen.filename if isinstance(seen, OSError) else None
            where = f" ({name!r})" if isinstance(name, str) else ""
            return StoreError(f"{what}{where}: {advice}, and start again; what is finished is kept")
        seen = seen.__cause__ or seen.__context__
    return None


@contextmanager
def naming_machine_faults() -> Iterator[None]:
    """Turn exceptions that report a fault of the machine into an error that says what to do.

    Raises:
        StoreError: naming the fault.
    """
    try:
        yield
    except Exception as error:  # OSError, and those of libraries in other languages
        fault = None if isinstance(error, GenaugError) and not isinstance(error, PluginFailed) else error
        found = None if fault is None else machine_fault(fault)
        if found is None:
            raise
        raise found from error
