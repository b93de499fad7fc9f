"""Pipelines by name on the model hub: in the local cache, downloaded only where that is asked for."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from genaug.errors import MissingWeights
from genaug_plugins.pipelines.folder import INDEX

NAME = re.compile(r"[\w.-]+/[\w.-]+")


def cached_folder(name: str, revision: str | None) -> Path | None:
    """Return the folder of a pipeline in the local cache; None where it is not there."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(name, INDEX, revision=revision)
    return Path(found).parent if isinstance(found, str) else None


def hub_folder(name: str, revision: str | None, variant: str | None, download: bool) -> Path:
    """Return the folder of a pipeline in the local cache, after a download where that is allowed.

    Raises:
        MissingWeights: where it is not in the cache and must or can not be downloaded.
    """
    from diffusers import DiffusionPipeline
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

    try:
        folder = Path(
            DiffusionPipeline.download(
                name, revision=revision, variant=variant, use_safetensors=True, local_files_only=not download
            )
        )
    except Exception as error:  # whatever the client of the hub raises, with or without a connection
        raise missing(name, download, f"{type(error).__name__}: {_first_line(error)}") from error
    if download and not (folder / "README.md").is_file():
        with suppress(EntryNotFoundError, LocalEntryNotFoundError, OSError):
            hf_hub_download(name, "README.md", revision=revision)  # it states the licence
    return folder


def missing(name: str, download: bool, reason: str = "") -> MissingWeights:
    """Return the error for a pipeline that is not there, with what to do."""
    if download:
        return MissingWeights(
            f"the pipeline {name} could not be downloaded ({reason}): check the name and the connection, or "
            "copy the pipeline from a machine that has it and set `pipeline` to its folder"
        )
    return MissingWeights(
        f"there is no folder {name}, and no pipeline of this name is in the local cache of the model hub: "
        "set "
        "`pipeline` to a folder that `save_pretrained` wrote, or `download: true` to fetch it from the hub"
    )


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else ""
