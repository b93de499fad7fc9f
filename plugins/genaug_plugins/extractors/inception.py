"""Features of the network of the Fréchet inception distance (FID)."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from genaug.data import SampleSpec
from genaug.errors import MissingWeights
from genaug_plugins.extractors.image_model import ImageModelExtractor

if TYPE_CHECKING:
    from genaug_plugins.extractors.image_embedder import ImageModelEmbedder

FILES = ("weights-inception-2015-12-05-6726825d.pth", "pt_inception-2015-12-05-6726825d.pth")
"""File names of torch-fidelity and pytorch-fid in torch's cache; the weights are the same."""


class InceptionExtractor(ImageModelExtractor):
    """Compare images by the 2,048 pooled features of the FID's Inception, as torch-fidelity computes them.

    The network is TensorFlow's of 2015, its bilinear resizing to 299 pixels, without antialiasing,
    included: results are comparable with published ones. Images are rounded to 8 bits first, gray is
    repeated, an alpha channel is composited on white. The weights (91 MB) are not part of any package: set
    their file, or put it into torch's download cache. Nothing is downloaded here.
    """

    name: ClassVar[str] = "inception"

    weights: Path | None = None
    """The file of weights, as torch-fidelity or pytorch-fid publish it; None: torch's cache."""

    def reads(self) -> tuple[Path, ...]:
        """Return the file of weights, if there is one."""
        return tuple(path for path in self._places() if path.is_file())[:1]

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for samples that are not images, and for missing weights."""
        super().check_usable(spec)
        if not self.reads():
            looked = " and ".join(map(str, self._places()))
            raise MissingWeights(
                f"extractor inception: there is no file {looked}. Get {FILES[0]} from the releases of "
                "torch-fidelity and put it there, or set `weights` to its path; or use the extractor "
                "'efficientnet-lite0', whose weights come with a package"
            )

    def load(self, spec: SampleSpec, device: str) -> ImageModelEmbedder:
        """Load the network.

        Raises:
            MissingWeights: if the weights are missing, or do not fit.
            DataError: if the images have more than four channels.
        """
        import torch
        from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

        from genaug_plugins.extractors.inception_embedder import InceptionEmbedder, Pooled
        from genaug_plugins.extractors.preparation import Preparation
        from genaug_plugins.weights.tensor_file import read_tensors

        self.check_usable(spec)
        path = self.reads()[0]
        # The library reads its file with pickle, so the weights are read safely first.
        file = io.BytesIO()
        torch.save(read_tensors(path, "extractor inception"), file)
        file.seek(0)
        try:
            with torch.random.fork_rng(devices=[]):  # the initial weights are overwritten
                network = FeatureExtractorInceptionV3(
                    "inception-v3-compat", ["2048"], feature_extractor_weights_path=file
                )
        except (RuntimeError, TypeError, AttributeError) as error:
            raise MissingWeights(
                f"extractor inception: the weights in {path} do not fit the FID's Inception: {error}"
            ) from error
        preparation = Preparation(299, (0.5,) * 3, (0.5,) * 3)
        return InceptionEmbedder(
            "FID Inception 2015-12-05, torch-fidelity",
            Pooled(network),
            spec,
            preparation,
            self.computation(device),
        )

    def _places(self) -> tuple[Path, ...]:
        import torch

        if self.weights is not None:
            return (self.weights,)
        return tuple(Path(torch.hub.get_dir()) / "checkpoints" / name for name in FILES)
