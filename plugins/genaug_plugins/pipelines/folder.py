"""What a folder with a pipeline of diffusers contains; nothing heavy is imported, no weights are read."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from genaug.components import file_memory
from genaug.components.module_files import sha256
from genaug.errors import MissingWeights

INDEX = "model_index.json"
READ = (".json", ".txt", ".model", ".safetensors")
"""Suffixes of the files that a pipeline is loaded from."""
UNKNOWN = "unknown"
"""Licence of weights beside which none is stated."""
STARTING = frozenset({"image-to-image", "inpaint"})
FROM_IMAGES: Mapping[str, frozenset[str]] = {
    "StableDiffusion": STARTING,
    "StableDiffusionXL": STARTING,
    "StableDiffusion3": STARTING,
    "Flux": STARTING,
    "QwenImage": STARTING,
    "ZImage": STARTING,
    "LatentConsistencyModel": frozenset({"image-to-image"}),
    "Kandinsky3": frozenset({"image-to-image"}),
}
"""What families of pipelines can start from beside a text, by the name of the text-to-image pipeline."""
FROM_LATENTS: Mapping[str, frozenset[str]] = {
    "StableDiffusion": frozenset({"latent", "encode"}),
    "StableDiffusionXL": frozenset({"latent"}),
    "StableDiffusion3": frozenset({"latent"}),
}
"""Those whose latents can be given, and found for real images by DDIM inversion."""


@dataclass(frozen=True)
class PipelineFolder:
    """A folder that `save_pretrained` of a pipeline wrote.

    Attributes:
        path: the folder.
        variant: of the weights, e.g. ``fp16``; None: those without a variant.
    """

    path: Path
    variant: str | None = None

    @cached_property
    def index(self) -> dict[str, Any]:
        """Return the content of ``model_index.json``.

        Raises:
            MissingWeights: where the folder contains no pipeline, or one that runs code of its own.
        """
        file = self.path / INDEX
        try:
            found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        except OSError:
            raise MissingWeights(
                f"{self.path} contains no pipeline: it has no {INDEX}, which `save_pretrained` of a "
                "diffusers "
                "pipeline writes. Set `pipeline` to such a folder"
            ) from None
        except ValueError as error:
            raise MissingWeights(f"{file} cannot be read: {error}") from error
        code = sorted(self.path.rglob("*.py"))
        if code or not isinstance(found.get("_class_name"), str):
            raise MissingWeights(
                f"the pipeline in {self.path} needs code of its own ({code[0].name if code else INDEX}), "
                "which "
                "is not executed: use one whose classes diffusers has"
            )
        return found

    @property
    def class_name(self) -> str:
        """Return the name of the pipeline's class in diffusers."""
        return str(self.index["_class_name"])

    @property
    def components(self) -> dict[str, bool]:
        """Return the names of the pipeline's components, and whether each is there."""
        return {
            name: value[1] is not None
            for name, value in self.index.items()
            if isinstance(value, list) and len(value) == 2
        }

    @property
    def reads_text(self) -> bool:
        """Return whether samples are made from a prompt."""
        return any(name.startswith("tokenizer") for name, there in self.components.items() if there)

    @property
    def class_names(self) -> dict[str, int]:
        """Return the classes of a class-conditional pipeline, each with its number; none of another."""
        names = self.index.get("id2label") or {}
        return {word.strip(): int(number) for number, text in names.items() for word in text.split(",")}

    @property
    def is_class_conditional(self) -> bool:
        """Return whether samples are made of the pipeline's own classes."""
        return self.class_name.startswith("DiT")

    @property
    def capabilities(self) -> frozenset[str]:
        """Return the capabilities of samplers of this pipeline.

        One that reads nothing makes samples of one class; data with more are refused.
        """
        if not self.reads_text:
            return frozenset({"class-conditional"})
        name = self.class_name.removesuffix("Pipeline")
        if "InstructPix2Pix" in name:
            return frozenset({"prompt", "image-to-image"})
        if self.in_channels in (9, 33):  # latents, mask, and latents of the masked image
            return frozenset({"prompt", "inpaint"})
        latents = FROM_LATENTS.get(name, frozenset())
        for part in ("Img2Img", "Inpaint"):
            name = name.replace(part, "")
        return frozenset({"class-conditional", "prompt"}) | FROM_IMAGES.get(name, frozenset()) | latents

    def why_not_fine_tuned(self, method: str) -> str:
        """Return why a pipeline cannot be fine-tuned by a method; "" where it can."""
        if not self.class_name.startswith("StableDiffusion"):
            return f"`fine_tune` serves Stable Diffusion 1, 2, XL and 3, not {self.class_name}: leave it out"
        if method == "textual-inversion" and self.components.get("text_encoder_2"):
            return (
                f"{self.class_name} has several text encoders, and textual-inversion serves pipelines "
                "with one: "
                "choose `method: lora`"
            )
        return ""

    @property
    def in_channels(self) -> int | None:
        """Return the input channels of the denoising network; None: not stated."""
        for part in ("unet", "transformer"):
            file = self.path / part / "config.json"
            if file.is_file():
                found = json.loads(file.read_text(encoding="utf-8")).get("in_channels")
                return int(found) if isinstance(found, int) else None
        return None

    @property
    def files(self) -> tuple[Path, ...]:
        """Return the files that the pipeline is loaded from, sorted."""
        parts = [self.path / name for name, there in self.components.items() if there]
        found = (path for part in parts for path in part.rglob("*") if path.suffix in READ)
        return tuple(sorted([self.path / INDEX, *(path for path in found if self._is_read(path))]))

    def _is_read(self, path: Path) -> bool:
        if path.suffix != ".safetensors":
            return path.is_file()
        own = re.sub(r"-\d{5}-of-\d{5}$", "", path.stem).partition(".")[2]
        return own in ("", self.variant)

    def check_weights(self) -> None:
        """Raise an error where a component has weights in another format than safetensors.

        Raises:
            MissingWeights: naming the component and what to do.
        """
        for name, there in self.components.items():
            folder = self.path / name
            if not there or not folder.is_dir():
                continue
            others = sorted(path.name for path in folder.iterdir() if path.suffix in (".bin", ".pt", ".ckpt"))
            if others and not any(path.suffix == ".safetensors" for path in folder.iterdir()):
                raise MissingWeights(
                    f"the {name} in {self.path} has its weights in {others[0]} only, a format that can run "
                    "code when it is read: load the pipeline where you trust it, and write it with "
                    "save_pretrained(FOLDER, safe_serialization=True)"
                )

    @property
    def digest(self) -> str:
        """Return the sha256 of the files, with their names."""
        whole = hashlib.sha256()
        for path in self.files:
            whole.update(f"{path.relative_to(self.path).as_posix()} ".encode())
            whole.update(str(file_memory.recall("sha256", path, sha256)).encode())
        return whole.hexdigest()

    @property
    def licence(self) -> str:
        """Return the licence that the model card states, or a file beside the weights; or `UNKNOWN`."""
        card = self.path / "README.md"
        if card.is_file():
            stated = re.search(
                r"^license(?:_name)?:\s*[\"']?([^\s\"']+)",
                card.read_text(encoding="utf-8", errors="replace"),
                re.M,
            )
            if stated:
                return stated[1]
        for file in sorted(self.path.glob("LICENSE*")):
            lines = file.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            return lines[0].strip()[:100] if lines else UNKNOWN
        return UNKNOWN
