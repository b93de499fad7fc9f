"""The memory of this process and of this machine."""

import os
import resource
import sys
from contextlib import suppress
from pathlib import Path

STATUS = Path("/proc/self/status")
RESET = Path("/proc/self/clear_refs")
LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
"""Files with the limit of a container, which may be below the memory of the machine."""


def reset_peak() -> None:
    """Let the peak begin anew with the memory in use, where the system can do that (Linux)."""
    with suppress(OSError):
        RESET.write_text("5")


def peak_memory() -> int:
    """Return the largest resident memory of this process in bytes, since the last `reset_peak` on Linux."""
    with suppress(OSError, StopIteration):
        lines = STATUS.read_text(encoding="ascii", errors="replace").splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) * 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def machine_memory() -> int | None:
    """Return the bytes that processes of this machine, or of this container, may use; None: not known."""
    found = []
    with suppress(OSError, ValueError):
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    for path in LIMITS:
        with suppress(OSError, ValueError):
            found.append(int(path.read_text(encoding="ascii")))
    return min((one for one in found if one > 0), default=None)
