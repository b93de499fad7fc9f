"""Features of an image model of timm."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from genaug.components.prerequisites import Prerequisite
from genaug.data import SampleSpec
from genaug.errors import ConfigError, MissingWeights
from genaug_plugins.extractors.image_model import ImageModelExtractor
from genaug_plugins.weights.published import published_weights

if TYPE_CHECKING:
    from genaug_plugins.extractors.image_embedder import ImageModelEmbedder

SHORT = {
    f"dinov2-{size}": f"vit_{size}_patch14_dinov2.lvd142m" for size in ("small", "base", "large", "giant")
}
"""Short names of models."""
INSTEAD = (
    "Set `weights` to a file, or use the extractor 'efficientnet-lite0', whose weights come with a package, "
    "or 'pixels'"
)


class TimmExtractor(ImageModelExtractor):
    """Compare images by the pooled features of a timm model.

    The model's own normalization is used. A transformer for images of a fixed size is adapted to another one
    by interpolating its position embeddings, as timm does. For small, gray and transparent images see
    `Preparation`.
    """

    name: ClassVar[str] = "timm"

    model: str = "resnet18.a1_in1k"
    """Name of the model, with its weights' tag: `resnet50.a1_in1k`; or `dinov2-small`, -base, -large,
    -giant."""
    weights: Path | None = None
    """File with the model's weights (.safetensors, .pth); None: the model hub, or its local cache."""
    size: int | None = Field(default=None, ge=14, le=2048)
    """Side in pixels to which images are resized; None: the size the model was trained at (518 for
    DINOv2, which is slow on a CPU; it is often used at 224)."""

    def reads(self) -> tuple[Path, ...]:
        """Return the file of weights, if one is set."""
        return () if self.weights is None else (self.weights,)

    def prerequisites(self) -> tuple[Prerequisite, ...]:
        """Return the model's published weights, where no file is set and the name has their tag."""
        name = SHORT.get(self.model, self.model)
        return published_weights(name, INSTEAD) if self.weights is None else ()

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for samples that are not images, and for a missing file of weights."""
        super().check_usable(spec)
        if self.weights is not None and not self.weights.is_file():
            raise MissingWeights(
                f"extractor timm: the file {self.weights} of the setting `weights` does not exist"
            )

    def load(self, spec: SampleSpec, device: str) -> ImageModelEmbedder:
        """Load the model.

        Raises:
            ConfigError: if timm has no such model, or not for this size.
            MissingWeights: if the weights are not available, or do not fit.
            DataError: if the images have more than four channels.
        """
        import timm
        import torch

        from genaug_plugins.extractors.image_embedder import ImageModelEmbedder
        from genaug_plugins.extractors.preparation import Preparation
        from genaug_plugins.weights.timm_models import load_weights, timm_configuration

        self.check_usable(spec)
        name = SHORT.get(self.model, self.model)
        cfg = timm_configuration(name, "extractor timm", aliases=SHORT)
        own_size = cfg["input_size"][1]
        size = self.size or own_size
        # Convolutional models accept images of any size; others need it as an argument.
        options: dict[str, Any] = (
            {"img_size": size} if cfg.get("fixed_input_size") and size != own_size else {}
        )
        try:
            with torch.random.fork_rng(devices=[]):  # the initial weights are overwritten
                model = timm.create_model(name, pretrained=self.weights is None, num_classes=0, **options)
        except (TypeError, AssertionError) as error:
            raise ConfigError(
                f"extractor timm: {name!r} cannot be created for images of size {size} ({error}): leave "
                "`size` out"
            ) from error
        except (OSError, RuntimeError) as error:
            raise MissingWeights(
                f"extractor timm: the weights of {self.model!r} are neither in the local cache nor available "
                f"from the hub ({error}). {INSTEAD}"
            ) from error
        if self.weights is not None:
            load_weights(model, self.weights, self.model, "extractor timm")
        preparation = Preparation(size, cfg["mean"], cfg["std"])
        return ImageModelEmbedder(f"timm {name}", model, spec, preparation, self.computation(device))
