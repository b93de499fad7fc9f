"""The machine that fits were computed on, and what may differ on another."""

import importlib.metadata
import platform
from pathlib import Path

NUMERIC = ("torch", "numpy", "scipy", "scikit-learn")


def conditions(device: str) -> str:
    """Return a sentence on the machine that the fits ran on, and on what may differ on another.

    Args:
        device: torch device of the fits.
    """
    information = Path("/proc/cpuinfo")
    lines = information.read_text(encoding="utf-8").splitlines() if information.is_file() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    processor = next(names, "") or platform.processor() or platform.machine()
    where = f"on the processor {processor} with one thread a fit"
    if device != "cpu":
        import torch

        where = f"on {torch.cuda.get_device_name(device)}" if device.startswith("cuda") else f"on {device}"
    libraries = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in NUMERIC)
    return (
        f"Computed {where}, with {libraries}. Another kind of processor or device, another number of threads "
        "in the stages before, or other versions of these libraries round differently, and training "
        "amplifies that: the same config may give other values there, and another verdict where the interval "
        "ends near 0."
    )
