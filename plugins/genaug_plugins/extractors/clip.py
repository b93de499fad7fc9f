"""Features of images and texts in the space of a CLIP model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from genaug.components.prerequisites import HubWeights, Package, Prerequisite
from genaug.data import SampleSpec
from genaug.errors import MissingRequirement, MissingWeights
from genaug_plugins.extractors.image_model import ImageModelExtractor

if TYPE_CHECKING:
    from genaug_plugins.extractors.clip_embedder import ClipEmbedder

LOCAL = "local-dir:"
REPOSITORIES: dict[tuple[str, str | None], str] = {
    ("ViT-B-32", "laion2b_s34b_b79k"): "laion/CLIP-ViT-B-32-laion2B-s34B-b79K"
}
"""Repositories of published weights that open_clip knows, by model and tag."""
WEIGHTS_FILES = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")


class ClipExtractor(ImageModelExtractor):
    """Compare images and texts by the embeddings of a CLIP model (Radford et al. 2021), at unit length.

    Images are resized as the model's configuration defines, in one batch: values differ from those of the two
    libraries by the rounding of single pixels, and not at all without resizing. Needs `genaug[clip]`
    (open_clip) or, for a folder that transformers saved, `genaug[text]`.
    """

    name: ClassVar[str] = "clip"
    reads_text: ClassVar[bool] = True

    model: str = "ViT-B-32"
    """An open_clip model; or `local-dir:FOLDER` with a model saved by open_clip (open_clip_config.json) or
    transformers (config.json)."""
    weights: str | None = "laion2b_s34b_b79k"
    """A tag of the model's published weights, or a file; not used for `local-dir:`."""

    def reads(self) -> tuple[Path, ...]:
        """Return the model's files, if they are local."""
        if self.model.startswith(LOCAL):
            folder = Path(self.model.removeprefix(LOCAL))
            return tuple(sorted(path for path in folder.glob("*") if path.is_file()))
        return (Path(self.weights),) if self.weights is not None and Path(self.weights).is_file() else ()

    def prerequisites(self) -> tuple[Prerequisite, ...]:
        """Return the library of the model, and its published weights where their repository is known."""
        if self.model.startswith(LOCAL):
            library = self._library()
            return (Package(library, f"genaug[{'clip' if library == 'open_clip' else 'text'}]"),)
        repository = REPOSITORIES.get((self.model, self.weights))
        instead = f"Set `weights` to a file, or `model` to {LOCAL}FOLDER, saved by open_clip or transformers"
        hub = () if repository is None else (HubWeights(repository, WEIGHTS_FILES, instead),)
        return (Package("open_clip", "genaug[clip]"), *hub)

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for samples that are not images, and for a folder without a model."""
        super().check_usable(spec)
        if self.model.startswith(LOCAL):
            self._library()

    def load(self, spec: SampleSpec, device: str) -> ClipEmbedder:
        """Load both towers.

        Raises:
            ConfigError: if there is no such model.
            MissingWeights: if the weights are not available.
            MissingRequirement: if the library of the model is not installed.
            DataError: if the images have more than four channels.
        """
        from genaug_plugins.extractors.clip_embedder import ClipEmbedder

        self.check_usable(spec)
        library = self._library()
        try:
            if library == "open_clip":
                from genaug_plugins.extractors.open_clip_towers import load_open_clip

                towers = load_open_clip(self.model, self.weights, device)
            else:
                from genaug_plugins.extractors.transformers_towers import load_transformers

                towers = load_transformers(Path(self.model.removeprefix(LOCAL)), device)
        except ImportError as error:
            extra = "clip" if library == "open_clip" else "text"
            raise MissingRequirement(
                f"the extractor 'clip' with model {self.model} needs {library}, which cannot be imported "
                f"({error}): pip install 'genaug[{extra}]'"
            ) from error
        return ClipEmbedder(towers, spec, self.computation(device))

    def _library(self) -> str:
        if not self.model.startswith(LOCAL):
            return "open_clip"
        folder = Path(self.model.removeprefix(LOCAL))
        for library, file in (("open_clip", "open_clip_config.json"), ("transformers", "config.json")):
            if (folder / file).is_file():
                return library
        raise MissingWeights(
            f"extractor clip: no weights for {self.model} could be loaded (the folder has neither "
            "open_clip_config.json nor config.json). Set `weights` to a file, or `model` to "
            f"{LOCAL}FOLDER, a folder saved by open_clip or transformers"
        )
