"""What a component needs beside its distribution: packages of extras, and weights of a model hub."""

import importlib.util
import os
from dataclasses import dataclass

from genaug.errors import MissingRequirement, MissingWeights

SECONDS = 5.0
"""Longest wait for an answer of the model hub."""


@dataclass(frozen=True)
class Package:
    """A package that is needed with the present settings.

    Attributes:
        module: its top-level module, e.g. ``open_clip``.
        install: what to give to pip, e.g. ``genaug[clip]``.
    """

    module: str
    install: str

    def check(self, user: str) -> None:
        """Check that the package is installed, without importing it.

        Args:
            user: the component in words: ``extractor 'clip'``.

        Raises:
            MissingRequirement: with the command that installs it.
        """
        if importlib.util.find_spec(self.module) is None:
            raise MissingRequirement(
                f"the {user} needs {self.module}, which is not installed: pip install '{self.install}'"
            )


@dataclass(frozen=True)
class HubWeights:
    """Weights in a repository of the model hub, downloaded when they are first used.

    Attributes:
        repository: ``owner/name``.
        files: one of these names is needed.
        instead: what to do without them.
    """

    repository: str
    files: tuple[str, ...]
    instead: str

    def check(self, user: str) -> None:
        """Check that the weights are in the local cache, or that the hub can be reached.

        Args:
            user: the component in words: ``extractor 'timm'``.

        Raises:
            MissingWeights: with what to do instead.
        """
        from huggingface_hub import get_hf_file_metadata, hf_hub_url, try_to_load_from_cache
        from huggingface_hub.errors import EntryNotFoundError, RepositoryNotFoundError

        if any(isinstance(try_to_load_from_cache(self.repository, name), str) for name in self.files):
            return
        reason = "HF_HUB_OFFLINE is set"
        if os.environ.get("HF_HUB_OFFLINE", "").upper() not in ("1", "ON", "YES", "TRUE"):
            try:
                get_hf_file_metadata(hf_hub_url(self.repository, self.files[0]), timeout=SECONDS)
                return
            except (EntryNotFoundError, RepositoryNotFoundError):
                return  # the hub can be reached: the weights have another place or name there
            except Exception as error:  # whatever the hub's client raises without a connection
                reason = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        raise MissingWeights(
            f"the {user} needs weights of {self.repository}, which are neither in the local cache nor "
            f"available from the hub ({reason}). {self.instead}"
        )


Prerequisite = Package | HubWeights
