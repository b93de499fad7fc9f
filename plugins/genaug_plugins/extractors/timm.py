"""Features of any image model that timm knows."""

import difflib
import pickle  # for the error that the safe reader raises
from pathlib import Path
from typing import Any, ClassVar

import timm
import timm.models
import torch
from pydantic import Field
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from genaug.contracts import Extractor
from genaug.data import SampleSpec
from genaug.errors import ConfigError, MissingWeights
from genaug_plugins.extractors.image_model import ImageModelEmbedder


class TimmExtractor(Extractor):
    """Compare images by the pooled features of a timm model.

    The model's own normalization is used. For what happens to small, gray and transparent images see
    the documentation of `ImageModelEmbedder`.
    """

    name: ClassVar[str] = "timm"
    modalities: ClassVar[frozenset[str]] = frozenset({"image"})

    model: str = "resnet18.a1_in1k"
    """Name of the model, with its weights' tag: `resnet50.a1_in1k`."""
    weights: Path | None = None
    """File with the model's weights (.safetensors, .pth); None: the model hub, or its local cache."""
    size: int | None = Field(default=None, ge=16, le=2048)
    """Side in pixels to which images are resized; None: the size the model was trained at."""

    def reads(self) -> tuple[Path, ...]:
        """Return the file of weights, where one is named."""
        return () if self.weights is None else (self.weights,)

    def check_usable(self, spec: SampleSpec) -> None:
        """Refuse what is no image, and a file of weights that is not there."""
        super().check_usable(spec)
        if self.weights is not None and not self.weights.is_file():
            raise MissingWeights(f"extractor timm: there is no file {self.weights}, which `weights` names")

    def load(self, spec: SampleSpec, device: str) -> ImageModelEmbedder:
        """Load the model.

        Raises:
            ConfigError: where timm knows no such model.
            MissingWeights: where the weights cannot be had, or do not fit.
            DataError: where the images have more than four channels.
        """
        self.check_usable(spec)
        tagged = timm.list_pretrained()
        if not (self.model in tagged if "." in self.model else timm.is_model(self.model)):
            near = difflib.get_close_matches(self.model, tagged, n=3)
            hint = f", did you mean {' or '.join(near)}?" if near else "; timm.list_models() lists them"
            raise ConfigError(f"extractor timm: there is no model {self.model!r}{hint}")
        with torch.random.fork_rng(devices=[]):  # the initial weights are overwritten
            model = self._from_hub() if self.weights is None else self._from_file(self.weights)
        cfg = _cfg(model)
        size = self.size or cfg["input_size"][1]
        return ImageModelEmbedder(f"timm {self.model}", model, spec, size, cfg["mean"], cfg["std"], device)

    def _from_hub(self) -> nn.Module:
        try:
            return timm.create_model(self.model, pretrained=True, num_classes=0)
        except (OSError, RuntimeError) as error:
            raise MissingWeights(
                f"extractor timm: the weights of {self.model!r} are neither in the local cache nor to be had "
                f"from the hub ({error}). Set `weights` to a file that holds them, or use the extractor "
                "'efficientnet-lite0', whose weights come with a package, or 'pixels'"
            ) from error

    def _from_file(self, path: Path) -> nn.Module:
        model: nn.Module = timm.create_model(self.model, pretrained=False, num_classes=0)
        cut = _cfg(model)["classifier"] or ()
        classifiers = tuple(f"{layer}." for layer in ([cut] if isinstance(cut, str) else cut))
        tensors = {
            name: tensor
            for name, tensor in timm.models.clean_state_dict(self._tensors(path)).items()
            if not name.startswith(classifiers)
        }
        try:
            model.load_state_dict(tensors)
        except RuntimeError as error:
            raise MissingWeights(
                f"extractor timm: the weights in {path} do not fit {self.model!r}: {error}"
            ) from error
        return model

    def _tensors(self, path: Path) -> dict[str, Tensor]:
        try:
            if path.suffix == ".safetensors":
                return load_file(path)
            return torch.load(path, map_location="cpu", weights_only=True)  # type: ignore[no-any-return]
        except pickle.UnpicklingError as error:
            raise MissingWeights(
                f"extractor timm: {path} holds no tensors, or more than tensors, which might run code, "
                "and is not read: save its tensors as .safetensors"
            ) from error
        except (SafetensorError, OSError, RuntimeError, ValueError, EOFError) as error:
            raise MissingWeights(f"extractor timm: {path} cannot be read as weights: {error}") from error


def _cfg(model: nn.Module) -> dict[str, Any]:
    return model.pretrained_cfg  # type: ignore[return-value]  # a plain attribute, not a module
