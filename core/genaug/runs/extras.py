"""Packages that only some methods need, imported where they are used."""

import importlib
from typing import Any

from genaug.errors import MissingRequirement

EXTRAS = {"pandas": "pandas", "datasets": "hub"}
"""The extra of genaug that installs each package."""


def needed(package: str, purpose: str) -> Any:
    """Return a package.

    Args:
        package: its name, one of `EXTRAS`.
        purpose: what needs it.

    Raises:
        MissingRequirement: where it is not installed.
    """
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise MissingRequirement(
            f"{purpose} needs {package}, which is not installed: pip install 'genaug[{EXTRAS[package]}]'"
        ) from error
